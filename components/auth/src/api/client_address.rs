//! The address of the client, from the request's headers.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};

use crate::domain::client_network;

/// The host's own header. A client can send the header too, but the host appends its own after it.
const SPIN_HEADER: &str = "spin-client-addr";

/// The network of the client, from the header of a proxy if there is such a proxy, otherwise from the host's
/// own header. `None` when neither has an address; such clients count as one.
pub fn client_network(headers: &HeaderMap, proxy_header: Option<&HeaderName>) -> Option<IpAddr> {
    proxy_header
        .and_then(|name| last(headers, name.as_str()))
        .or_else(|| last(headers, SPIN_HEADER))
}

/// Proxies append to a list, so only the last entry is trustworthy.
fn last(headers: &HeaderMap, name: &str) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    client_network::parse(value.rsplit(',').next()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(headers: &[(&'static str, &'static str)], proxy: Option<&'static str>) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let proxy = proxy.map(HeaderName::from_static);
        client_network(&map, proxy.as_ref()).map_or("none".into(), |network| network.to_string())
    }

    #[test]
    fn the_last_value_is_the_hosts() {
        let forged = [(SPIN_HEADER, "10.9.9.9:1"), (SPIN_HEADER, "10.0.0.1:2")];
        assert_eq!(network(&forged, None), "10.0.0.1");
        assert_eq!(
            network(&[(SPIN_HEADER, "10.9.9.9:1, 10.0.0.1:2")], None),
            "10.0.0.1"
        );
        assert_eq!(network(&[], None), "none");
    }

    #[test]
    fn behind_a_proxy_its_header_counts() {
        let headers = [
            ("x-forwarded-for", "10.9.9.9"),
            ("x-forwarded-for", "10.8.8.8, 192.0.2.7"),
            (SPIN_HEADER, "10.0.0.1:2"),
        ];
        assert_eq!(network(&headers, Some("x-forwarded-for")), "192.0.2.7");
        assert_eq!(network(&headers, Some("x-real-ip")), "10.0.0.1");
        assert_eq!(network(&headers, None), "10.0.0.1");
    }
}
