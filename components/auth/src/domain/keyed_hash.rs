//! Hashes that only this service can make, so that their input cannot be found by trying.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Makes HMAC-SHA256 hashes under a key that only this service has.
pub struct KeyedHash(Hmac<Sha256>);

/// What a hash is for. Hashes of the same input for different purposes differ.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The proof in a refresh token that this service made it.
    RefreshToken,
    /// The refresh token that follows another one.
    SuccessorToken,
    /// The administrator's password that an account last logged in with.
    AdminMark,
    /// The e-mail and client network that login attempts are counted for.
    LoginSubject,
    /// The client network that login attempts and registrations are counted for.
    ClientAddress,
}

impl KeyedHash {
    pub fn new(key: &[u8]) -> Result<Self, hmac::digest::InvalidLength> {
        Ok(Self(Hmac::new_from_slice(key)?))
    }

    /// The first `N` bytes, at most 32, of the hash of these parts in this order.
    pub fn of<const N: usize>(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; N] {
        const { assert!(N <= 32) };
        let label: &[u8] = match purpose {
            Purpose::RefreshToken => b"refresh token",
            Purpose::SuccessorToken => b"successor token",
            Purpose::AdminMark => b"admin mark",
            Purpose::LoginSubject => b"login subject",
            Purpose::ClientAddress => b"client address",
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

/// The hashes under the current key, and under a second one while the key is being replaced.
pub struct KeyedHashes {
    pub current: KeyedHash,
    pub accepted: Option<KeyedHash>,
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
