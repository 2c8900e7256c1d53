//! Names that no other test, and no earlier run on the same databases, has used.

use std::net::{IpAddr, Ipv4Addr};

use uuid::Uuid;

/// A name that starts with `prefix` and is used nowhere else.
pub fn name(prefix: &str) -> String {
    format!("{prefix}-{}", Uuid::now_v7().simple())
}

/// An e-mail address in lower case that nobody has registered.
pub fn email() -> String {
    format!("{}@test.example", name("customer"))
}

/// An id of the kind the services make.
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// 64 random bits.
pub fn bits() -> u64 {
    // The last 62 bits of a UUIDv7 are random; the two before them are its variant.
    let (_, low) = Uuid::now_v7().as_u64_pair();
    low.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (low << 2)
}

/// A loopback address that is not the usual one, so that what a service counts per client address
/// starts from nothing.
pub fn loopback_address() -> IpAddr {
    let bits = bits();
    let [a, b, c, ..] = bits.to_le_bytes();
    IpAddr::V4(Ipv4Addr::new(127, a.max(1), b, c.clamp(2, 254)))
}
