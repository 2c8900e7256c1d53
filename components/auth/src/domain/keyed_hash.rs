//! Hashes that only this service can make, so that what they hide cannot be found by trying.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Makes HMAC-SHA256 hashes, under a key that follows from the private key of the access tokens: one
/// secret less to set, and whoever has that one needs no other.
pub struct KeyedHash(Hmac<Sha256>);

/// What a hash is for. Hashes for different purposes have nothing to do with each other.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// That this service made a refresh token.
    RefreshToken,
    /// The refresh token that follows another one under an `Idempotency-Key`.
    SuccessorToken,
    /// Which administrator's password an account was last used with.
    AdminMark,
    /// For which e-mail and client address login attempts are counted.
    LoginSubject,
}

impl KeyedHash {
    pub fn new(private_key: &[u8]) -> Result<Self, hmac::digest::InvalidLength> {
        Ok(Self(Hmac::new_from_slice(private_key)?))
    }

    /// The hash of these parts, in this order: its first `N` bytes, 32 at the most.
    pub fn of<const N: usize>(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; N] {
        const { assert!(N <= 32) };
        let label: &[u8] = match purpose {
            Purpose::RefreshToken => b"refresh token",
            Purpose::SuccessorToken => b"successor token",
            Purpose::AdminMark => b"admin mark",
            Purpose::LoginSubject => b"login subject",
        };
        let mut mac = self.0.clone();
        for part in std::iter::once(&label).chain(parts) {
            // With its length, so that no two lists of parts are the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut first = [0; N];
        for (byte, of_whole) in first.iter_mut().zip(whole) {
            *byte = of_whole;
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_purpose_and_parts_all_count() {
        let hash = KeyedHash::new(b"key").unwrap();
        let base: [u8; 32] = hash.of(Purpose::LoginSubject, &[b"ab", b"c"]);
        assert_eq!(base, hash.of(Purpose::LoginSubject, &[b"ab", b"c"]));
        assert_ne!(base, hash.of(Purpose::LoginSubject, &[b"a", b"bc"]));
        assert_ne!(base, hash.of(Purpose::AdminMark, &[b"ab", b"c"]));
        let other = KeyedHash::new(b"other").unwrap();
        assert_ne!(base, other.of(Purpose::LoginSubject, &[b"ab", b"c"]));
    }
}
