//! Refresh tokens: 64 characters, opaque to clients.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::domain::{
    keyed_hash::{KeyedHash, KeyedHashes, Purpose},
    random,
};

const HANDLE: usize = 16;
const NONCE: usize = 16;
const PROOF: usize = 16;

/// A refresh token: the session's handle, a nonce, and a proof that this service made the token. Only hashes
/// of them are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    handle: [u8; HANDLE],
    nonce: [u8; NONCE],
    proof: [u8; PROOF],
}

impl RefreshToken {
    /// The first token of a new session.
    pub fn first(keyed_hash: &KeyedHash) -> Result<Self, getrandom::Error> {
        Ok(Self::new(random::bytes()?, random::bytes()?, keyed_hash))
    }

    /// The token that this one is exchanged for. It is always the same, so that an exchange can be repeated
    /// without storing a token; only this service can compute it.
    pub fn successor(&self, keyed_hash: &KeyedHash) -> Self {
        let nonce = keyed_hash.of(
            Purpose::SuccessorToken,
            &[&self.handle, &self.nonce, &self.proof],
        );
        Self::new(self.handle, nonce, keyed_hash)
    }

    fn new(handle: [u8; HANDLE], nonce: [u8; NONCE], keyed_hash: &KeyedHash) -> Self {
        let proof = keyed_hash.of(Purpose::RefreshToken, &[&handle, &nonce]);
        Self {
            handle,
            nonce,
            proof,
        }
    }

    /// Whether this service made the token under one of these keys. A genuine token that is not the session's
    /// current one was used before, and may have been stolen; any other may be a forgery and proves nothing.
    pub fn is_genuine(&self, keyed_hashes: &KeyedHashes) -> bool {
        let mut keys = std::iter::once(&keyed_hashes.current).chain(&keyed_hashes.accepted);
        keys.any(|key| {
            let made = Self::new(self.handle, self.nonce, key);
            made.proof.ct_eq(&self.proof).into()
        })
    }

    /// Parses a token; `None` for text of another form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (handle, rest) = bytes.split_first_chunk()?;
        let (nonce, proof) = rest.split_first_chunk()?;
        Some(Self {
            handle: *handle,
            nonce: *nonce,
            proof: proof.try_into().ok()?,
        })
    }

    /// The token as clients receive it.
    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([self.handle, self.nonce, self.proof].concat())
    }

    /// The stored hash of the handle.
    pub fn handle_hash(&self) -> Vec<u8> {
        Sha256::digest(self.handle).to_vec()
    }

    /// The stored hash of the whole token.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::new()
            .chain_update(self.handle)
            .chain_update(self.nonce)
            .chain_update(self.proof)
            .finalize()
            .to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> KeyedHash {
        KeyedHash::new(text.as_bytes()).unwrap()
    }

    fn keys(current: &str, accepted: Option<&str>) -> KeyedHashes {
        KeyedHashes {
            current: key(current),
            accepted: accepted.map(key),
        }
    }

    #[test]
    fn a_token_is_parsed_as_it_was_formatted() {
        let token = RefreshToken::first(&key("key")).unwrap();
        assert_eq!(token.text().len(), 64);
        assert_eq!(RefreshToken::parse(&token.text()), Some(token.clone()));
        for bad in [
            String::new(),
            "x".into(),
            token.text() + "AAAA",
            token.text()[..60].into(),
            token.text().replace(|_| true, "="),
        ] {
            assert_eq!(RefreshToken::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_with_any_change_is_not_genuine() {
        let token = RefreshToken::first(&key("key")).unwrap();
        assert!(token.is_genuine(&keys("key", None)));
        assert!(token.is_genuine(&keys("other", Some("key"))));
        assert!(!token.is_genuine(&keys("other", None)));
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.text()).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let changed = RefreshToken::parse(&BASE64_URL_SAFE_NO_PAD.encode(changed)).unwrap();
            assert!(!changed.is_genuine(&keys("key", None)), "byte {position}");
        }
    }

    #[test]
    fn a_token_determines_its_successor() {
        let hash = key("key");
        let token = RefreshToken::first(&hash).unwrap();
        let next = token.successor(&hash);
        assert_eq!(next, token.successor(&hash));
        assert_ne!(next, token.successor(&key("other")));
        assert_eq!(next.handle_hash(), token.handle_hash());
        assert_ne!(next.hash(), token.hash());
        assert_ne!(next.successor(&hash), next);
        assert!(next.is_genuine(&keys("key", None)));
        let other = RefreshToken::first(&hash).unwrap();
        assert_ne!(other.handle_hash(), token.handle_hash());
        assert_ne!(other.successor(&hash).nonce, next.nonce);
    }
}
