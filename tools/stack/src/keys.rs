//! The key pair that signs access tokens.

use anyhow::{Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use serde_json::json;
use sha2::{Digest, Sha256};

/// What precedes the 32 bytes of an Ed25519 private key in PKCS#8 DER (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

pub struct KeyPair(SigningKey);

impl KeyPair {
    pub fn generate() -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The private key on one line: a PEM's body, the base64 of its PKCS#8 DER.
    pub fn private_key(&self) -> String {
        STANDARD.encode([PKCS8_PREFIX.as_slice(), self.0.as_bytes()].concat())
    }

    /// The public key as a JWKS on one line without blanks. Its id is the thumbprint of RFC 7638.
    pub fn public_keys(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes());
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        let kid = URL_SAFE_NO_PAD.encode(thumbprint);
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}]}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_key_of_rfc_8037_has_its_thumbprint_and_form() {
        // RFC 8037, appendix A.1 to A.3.
        let seed = URL_SAFE_NO_PAD
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .unwrap();
        let pair = KeyPair(SigningKey::from_bytes(&seed.clone().try_into().unwrap()));
        let keys: Value = serde_json::from_str(&pair.public_keys()).unwrap();
        assert_eq!(
            keys["keys"][0]["x"],
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        );
        assert_eq!(
            keys["keys"][0]["kid"],
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
        assert!(
            STANDARD
                .decode(pair.private_key())
                .unwrap()
                .ends_with(&seed)
        );
        assert!(!pair.public_keys().contains([' ', '\n']));
    }
}
