//! Refresh tokens: opaque to everyone, 64 characters.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::domain::{
    keyed_hash::{KeyedHash, Purpose},
    random,
};

const HANDLE: usize = 16;
const SECRET: usize = 32;

/// A refresh token: the handle that all tokens of a session begin with, and a secret of its own.
/// Neither is kept anywhere, only their hashes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    handle: [u8; HANDLE],
    secret: [u8; SECRET],
}

impl RefreshToken {
    /// The first token of a new session.
    pub fn first() -> Result<Self, getrandom::Error> {
        Ok(Self {
            handle: random::bytes()?,
            secret: random::bytes()?,
        })
    }

    /// The token that follows this one. Under a key it is always the same, so that an exchange can be
    /// repeated without keeping any token; only this service can tell which it is.
    pub fn successor(
        &self,
        key: Option<&str>,
        keyed_hash: &KeyedHash,
    ) -> Result<Self, getrandom::Error> {
        let secret = match key {
            Some(key) => keyed_hash.of(
                Purpose::SuccessorToken,
                &[&self.handle, &self.secret, key.as_bytes()],
            ),
            None => random::bytes()?,
        };
        Ok(Self {
            handle: self.handle,
            secret,
        })
    }

    /// Reads a token; `None` for what cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (handle, secret) = bytes.split_first_chunk()?;
        Some(Self {
            handle: *handle,
            secret: secret.try_into().ok()?,
        })
    }

    /// The text that a client gets.
    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([&self.handle[..], &self.secret[..]].concat())
    }

    /// What is kept of the handle.
    pub fn handle_hash(&self) -> Vec<u8> {
        Sha256::digest(self.handle).to_vec()
    }

    /// What is kept of the whole token.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::new()
            .chain_update(self.handle)
            .chain_update(self.secret)
            .finalize()
            .to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = RefreshToken::first().unwrap();
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
    fn a_successor_follows_from_token_and_key() {
        let hash = KeyedHash::new(b"key").unwrap();
        let token = RefreshToken::first().unwrap();
        let next = |key| token.successor(key, &hash).unwrap();
        assert_eq!(next(Some("a")), next(Some("a")));
        assert_ne!(next(Some("a")), next(Some("b")));
        assert_ne!(next(None), next(None));
        assert_eq!(next(None).handle_hash(), token.handle_hash());
        assert_ne!(next(Some("a")).hash(), token.hash());
        let other = RefreshToken::first().unwrap();
        assert_ne!(other.handle_hash(), token.handle_hash());
        assert_ne!(
            other.successor(Some("a"), &hash).unwrap().secret,
            next(Some("a")).secret
        );
    }
}
