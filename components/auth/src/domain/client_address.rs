//! Where a request comes from, as far as login attempts are counted by it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName};

/// The host's own header; a client can send one before it, but not after.
const SPIN_HEADER: &str = "spin-client-addr";

/// The client's address: by the header that a proxy sets, if there is such a proxy, else by the host's
/// own. `None` when neither holds an address: such clients count as one.
///
/// Of an IPv6 address only the network (/64) counts, since a single customer has all addresses of one.
pub fn of(headers: &HeaderMap, proxy_header: Option<&HeaderName>) -> Option<IpAddr> {
    proxy_header
        .and_then(|name| last(headers, name.as_str()))
        .or_else(|| last(headers, SPIN_HEADER))
}

fn last(headers: &HeaderMap, name: &str) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    parse(value.rsplit(',').next()?.trim()).map(network)
}

fn parse(text: &str) -> Option<IpAddr> {
    let with_port = text.parse().map(|address: SocketAddr| address.ip());
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    with_port.or_else(|_| bare.parse()).ok()
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(headers: &[(&'static str, &'static str)], proxy: Option<&'static str>) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let proxy = proxy.map(HeaderName::from_static);
        of(&map, proxy.as_ref()).map_or("none".into(), |address| address.to_string())
    }

    #[test]
    fn the_port_is_dropped() {
        let of = |value| address(&[(SPIN_HEADER, value)], None);
        assert_eq!(of("127.0.0.1:51234"), "127.0.0.1");
        assert_eq!(of("127.0.0.1"), "127.0.0.1");
        assert_eq!(of("[::ffff:10.0.0.1]:80"), "10.0.0.1");
        assert_eq!(of("[2001:db8:1:2:3:4:5:6]:80"), "2001:db8:1:2::");
        assert_eq!(of("[2001:db8:1:2::1]"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2::2"), "2001:db8:1:2::");
        assert_eq!(of("nonsense"), "none");
    }

    #[test]
    fn the_last_word_is_the_hosts() {
        let forged = [(SPIN_HEADER, "10.9.9.9:1"), (SPIN_HEADER, "10.0.0.1:2")];
        assert_eq!(address(&forged, None), "10.0.0.1");
        assert_eq!(
            address(&[(SPIN_HEADER, "10.9.9.9:1, 10.0.0.1:2")], None),
            "10.0.0.1"
        );
        assert_eq!(address(&[], None), "none");
    }

    #[test]
    fn behind_a_proxy_its_header_counts() {
        let headers = [
            ("x-forwarded-for", "10.9.9.9"),
            ("x-forwarded-for", "10.8.8.8, 192.0.2.7"),
            (SPIN_HEADER, "10.0.0.1:2"),
        ];
        assert_eq!(address(&headers, Some("x-forwarded-for")), "192.0.2.7");
        assert_eq!(address(&headers, Some("x-real-ip")), "10.0.0.1");
        assert_eq!(address(&headers, None), "10.0.0.1");
    }
}
