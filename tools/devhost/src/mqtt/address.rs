//! Addresses of brokers.

use crate::network::Destination;

/// The host and port of an address such as `mqtt://host:1883?client_id=…`, for the component's allowed hosts.
/// `None` when it is no URL with a host.
pub fn destination(address: &str) -> Option<Destination> {
    let url = url::Url::parse(address).ok()?;
    Some(Destination {
        scheme: url.scheme().to_owned(),
        host: url.host_str().filter(|host| !host.is_empty())?.to_owned(),
        port: url.port(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_no_part_of_the_destination() {
        let found = destination("mqtt://broker:1884?client_id=a").unwrap();
        assert_eq!(found.to_string(), "mqtt://broker:1884");
        let found = destination("mqtt://127.0.0.1?client_id=a").unwrap();
        assert_eq!(found.to_string(), "mqtt://127.0.0.1");
    }

    #[test]
    fn what_has_no_host_is_no_destination() {
        for address in ["", "broker:x", "mqtt://", "mqtt:///a", "127.0.0.1"] {
            assert_eq!(destination(address), None, "{address}");
        }
    }
}
