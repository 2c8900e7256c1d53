//! Hashes that only this service can make, so that their input cannot be found by trying.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Makes HMAC-SHA256 hashes. Their key is the private key of the access tokens, which saves another secret: it is
/// needed in the same place, and someone who steals it can forge tokens anyway.
pub struct KeyedHash(Hmac<Sha256>);

/// What a hash is for. Hashes of the same input for different purposes differ.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The proof in a refresh token that this service made it.
    RefreshToken,
    /// The refresh token that follows another one under an `Idempotency-Key`.
    SuccessorToken,
    /// The administrator's password that an account last logged in with.
    AdminMark,
    /// The e-mail and client network that login attempts are counted for.
    LoginSubject,
}

impl KeyedHash {
    pub fn new(private_key: &[u8]) -> Result<Self, hmac::digest::InvalidLength> {
        Ok(Self(Hmac::new_from_slice(private_key)?))
    }

    /// The first `N` bytes, at most 32, of the hash of these parts in this order.
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
            // The length of each part is hashed too, so that different lists of parts differ.
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
    fn key_purpose_and_parts_all_change_the_hash() {
        let hash = KeyedHash::new(b"key").unwrap();
        let base: [u8; 32] = hash.of(Purpose::LoginSubject, &[b"ab", b"c"]);
        assert_eq!(base, hash.of(Purpose::LoginSubject, &[b"ab", b"c"]));
        assert_ne!(base, hash.of(Purpose::LoginSubject, &[b"a", b"bc"]));
        assert_ne!(base, hash.of(Purpose::AdminMark, &[b"ab", b"c"]));
        let other = KeyedHash::new(b"other").unwrap();
        assert_ne!(base, other.of(Purpose::LoginSubject, &[b"ab", b"c"]));
    }
}
