//! The network that a client's login attempts and registrations are counted for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::domain::keyed_hash::{KeyedHash, Purpose};

/// The network of an address, with or without a port: an IPv4 address itself, or the /64 network of an IPv6
/// address, because one customer has all addresses of such a network.
pub fn parse(text: &str) -> Option<IpAddr> {
    let with_port = text.parse().map(|address: SocketAddr| address.ip());
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address: IpAddr = with_port.or_else(|_| bare.parse()).ok()?;
    Some(match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 => v4,
    })
}

/// The hash of a network that is stored in its place, because addresses are personal data. All clients without one
/// count as one.
pub fn hash(keyed_hash: &KeyedHash, network: Option<IpAddr>) -> [u8; 32] {
    let network = network.map_or_else(String::new, |network| network.to_string());
    keyed_hash.of(Purpose::ClientAddress, &[network.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_and_the_host_part_of_ipv6_are_dropped() {
        let network = |text| parse(text).map(|network| network.to_string());
        for (text, expected) in [
            ("127.0.0.1:51234", "127.0.0.1"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::ffff:10.0.0.1]:80", "10.0.0.1"),
            ("[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::"),
            ("[2001:db8:1:2::1]", "2001:db8:1:2::"),
            ("2001:db8:1:2::2", "2001:db8:1:2::"),
        ] {
            assert_eq!(network(text).as_deref(), Some(expected));
        }
        assert_eq!(network("nonsense"), None);
    }
}
