//! Refresh tokens: opaque to everyone, 64 characters.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::domain::{
    keyed_hash::{KeyedHash, Purpose},
    random,
};

const HANDLE: usize = 16;
const NONCE: usize = 16;
const PROOF: usize = 16;

/// A refresh token: the handle that all tokens of a session begin with, a nonce of its own, and a proof
/// that this service made it. None of them is kept anywhere, only hashes are.
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

    /// The token that follows this one. Under a key it is always the same, so that an exchange can be
    /// repeated without keeping any token; only this service can tell which it is.
    pub fn successor(
        &self,
        key: Option<&str>,
        keyed_hash: &KeyedHash,
    ) -> Result<Self, getrandom::Error> {
        let nonce = match key {
            Some(key) => keyed_hash.of(
                Purpose::SuccessorToken,
                &[&self.handle, &self.nonce, &self.proof, key.as_bytes()],
            ),
            None => random::bytes()?,
        };
        Ok(Self::new(self.handle, nonce, keyed_hash))
    }

    fn new(handle: [u8; HANDLE], nonce: [u8; NONCE], keyed_hash: &KeyedHash) -> Self {
        let proof = keyed_hash.of(Purpose::RefreshToken, &[&handle, &nonce]);
        Self {
            handle,
            nonce,
            proof,
        }
    }

    /// Whether this service made the token, under its present key: then one that is dead was alive once,
    /// and somebody has kept or stolen it. Any other tells nothing about its session.
    pub fn is_genuine(&self, keyed_hash: &KeyedHash) -> bool {
        let made = Self::new(self.handle, self.nonce, keyed_hash);
        made.proof.ct_eq(&self.proof).into()
    }

    /// Reads a token; `None` for what cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (handle, rest) = bytes.split_first_chunk()?;
        let (nonce, proof) = rest.split_first_chunk()?;
        Some(Self {
            handle: *handle,
            nonce: *nonce,
            proof: proof.try_into().ok()?,
        })
    }

    /// The text that a client gets.
    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([self.handle, self.nonce, self.proof].concat())
    }

    /// What is kept of the handle.
    pub fn handle_hash(&self) -> Vec<u8> {
        Sha256::digest(self.handle).to_vec()
    }

    /// What is kept of the whole token.
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

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = RefreshToken::first(&key("key")).unwrap();
        assert_eq!(token.text().len(), 64);
        assert_eq!(RefreshToken::read(&token.text()), Some(token.clone()));
        for bad in [
            String::new(),
            "x".into(),
            token.text() + "AAAA",
            token.text()[..60].into(),
            token.text().replace(|_| true, "="),
        ] {
            assert_eq!(RefreshToken::read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_with_any_change_is_not_genuine() {
        let token = RefreshToken::first(&key("key")).unwrap();
        assert!(token.is_genuine(&key("key")));
        assert!(!token.is_genuine(&key("other")));
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.text()).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let changed = RefreshToken::read(&BASE64_URL_SAFE_NO_PAD.encode(changed)).unwrap();
            assert!(!changed.is_genuine(&key("key")), "byte {position}");
        }
    }

    #[test]
    fn a_successor_follows_from_token_and_key() {
        let hash = key("key");
        let token = RefreshToken::first(&hash).unwrap();
        let next = |key| token.successor(key, &hash).unwrap();
        assert_eq!(next(Some("a")), next(Some("a")));
        assert_ne!(next(Some("a")), next(Some("b")));
        assert_ne!(next(None), next(None));
        assert_eq!(next(None).handle_hash(), token.handle_hash());
        assert_ne!(next(Some("a")).hash(), token.hash());
        assert!(next(Some("a")).is_genuine(&hash) && next(None).is_genuine(&hash));
        let other = RefreshToken::first(&hash).unwrap();
        assert_ne!(other.handle_hash(), token.handle_hash());
        assert_ne!(
            other.successor(Some("a"), &hash).unwrap().nonce,
            next(Some("a")).nonce
        );
    }
}
