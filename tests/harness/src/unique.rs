//! Names that no other test and no earlier run has used.

use std::net::{IpAddr, Ipv4Addr};

use uuid::Uuid;

/// A unique name that starts with `prefix`.
pub fn name(prefix: &str) -> String {
    format!("{prefix}-{}", Uuid::now_v7().simple())
}

/// An e-mail address in lower case that is not registered.
pub fn email() -> String {
    format!("{}@test.example", name("customer"))
}

/// A UUIDv7, as the services make.
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// 64 random bits.
pub fn bits() -> u64 {
    // The last 62 bits of a UUIDv7 are random; the two before them are its variant.
    let (_, low) = Uuid::now_v7().as_u64_pair();
    low.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (low << 2)
}

/// A random loopback address, so that a service's counters per client address start at zero.
pub fn loopback_address() -> IpAddr {
    let bits = bits();
    let [a, b, c, ..] = bits.to_le_bytes();
    IpAddr::V4(Ipv4Addr::new(127, a.max(1), b, c.clamp(2, 254)))
}
