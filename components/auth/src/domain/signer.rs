//! Signing access tokens.

use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use service::{
    config::ConfigError,
    identity::token::{ACCESS_SECONDS, AccessClaims, AccessTokens},
};

use crate::domain::access::Access;

const VARIABLE: &str = "auth_private_key";

/// Signs access tokens with the private key. Signing the same token again gives the same text, because Ed25519
/// uses no randomness.
pub struct Signer {
    key: EncodingKey,
    header: Header,
    issuer: String,
    audience: String,
}

impl Signer {
    /// A signer with this private key. Its public key must be among the keys of `verifying`, or all tokens
    /// would be refused.
    pub fn new(private_key: &PrivateKey, verifying: &AccessTokens) -> Result<Self, ConfigError> {
        let key = EncodingKey::from_ed_der(&private_key.0);
        let probe = b"probe";
        let signature =
            jsonwebtoken::crypto::sign(probe, &key, Algorithm::EdDSA).map_err(|error| {
                ConfigError::invalid(
                    VARIABLE,
                    format!("no Ed25519 private key in PKCS#8: {error}"),
                )
            })?;
        let kid = verifying.keys().signer(probe, &signature).ok_or_else(|| {
            ConfigError::invalid(
                VARIABLE,
                "not the private half of any key in `auth_public_keys`; add its public half there",
            )
        })?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(kid.to_owned());
        Ok(Self {
            key,
            header,
            issuer: verifying.issuer().to_owned(),
            audience: verifying.audience().to_owned(),
        })
    }

    pub fn sign(&self, access: &Access) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = AccessClaims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: access.user,
            role: access.role,
            iat: access.issued_at,
            exp: access.issued_at + ACCESS_SECONDS,
            jti: access.id,
        };
        jsonwebtoken::encode(&self.header, &claims, &self.key)
    }
}

/// An Ed25519 private key, in PKCS#8 DER.
pub struct PrivateKey(Vec<u8>);

impl PrivateKey {
    /// Parses a key in PEM, or only the base64 inside PEM, for variables that cannot have several lines. Line
    /// ends may also be written `\n`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let lines = text.replace("\\n", "\n");
        let base64 = lines
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("-----"));
        let der = BASE64_STANDARD
            .decode(base64.collect::<String>())
            .map_err(|_| {
                ConfigError::invalid(
                    VARIABLE,
                    "neither PEM nor the base64 of a key in PKCS#8 DER",
                )
            })?;
        Ok(Self(der))
    }
}

#[cfg(test)]
mod tests {
    use service::identity::{
        public_keys::PublicKeys,
        token::{self, Role},
    };
    use uuid::Uuid;

    use super::*;

    /// The key pair of RFC 8410, section 10.
    const KEY: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    const X: &str = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE";
    /// The public key of RFC 8037, A.2.
    const OTHER_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn verifying(x: &str) -> AccessTokens {
        let keys = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"{x}"}}]}}"#);
        AccessTokens::new(
            PublicKeys::parse(&keys).unwrap(),
            "us".into(),
            "them".into(),
        )
    }

    fn signer(key: &str, x: &str) -> Result<Signer, String> {
        PrivateKey::parse(key)
            .and_then(|key| Signer::new(&key, &verifying(x)))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_signed_token_is_valid_and_reproducible() {
        let signer = signer(KEY, X).unwrap();
        let access = Access {
            id: Uuid::now_v7(),
            user: Uuid::now_v7(),
            role: Role::Admin,
            issued_at: token::now(),
        };
        let text = signer.sign(&access).unwrap();
        let claims = verifying(X).verify(&text).unwrap();
        assert_eq!((claims.sub, claims.jti), (access.user, access.id));
        assert_eq!(claims.exp - claims.iat, 900);
        assert_eq!(signer.sign(&access).unwrap(), text);
        let header = jsonwebtoken::decode_header(&text).unwrap();
        assert_eq!(header.kid.as_deref(), Some("k1"));
    }

    #[test]
    fn a_key_is_parsed_from_pem_in_one_or_more_lines() {
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n");
        assert!(signer(&pem, X).is_ok());
        assert!(signer(&pem.replace('\n', "\\n"), X).is_ok());
        assert!(signer(&pem.replace('\n', "\r\n"), X).is_ok());
    }

    #[test]
    fn an_invalid_key_is_refused_and_not_shown() {
        for (key, x, complaint) in [
            ("***", X, "neither PEM nor"),
            ("AAAA", X, "no Ed25519 private key"),
            (KEY, OTHER_X, "auth_public_keys"),
        ] {
            let error = signer(key, x).err().unwrap();
            assert!(error.contains("auth_private_key"), "{error}");
            assert!(error.contains(complaint), "{error}");
            assert!(!error.contains(key), "{error}");
        }
    }
}
