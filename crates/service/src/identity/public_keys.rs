//! The public keys of access tokens, from the variable `auth_public_keys`: a JSON Web Key Set (RFC 7517) of
//! Ed25519 keys (RFC 8037). It has two keys while the private key is being replaced.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, ThumbprintHash},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The public half of an Ed25519 key pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicKey {
    #[schema(value_type = String, example = "OKP")]
    kty: &'static str,
    #[schema(value_type = String, example = "Ed25519")]
    crv: &'static str,
    /// The key's 32 bytes in base64url.
    x: String,
    /// The key's id, which tokens have in their header.
    kid: String,
    #[schema(value_type = String, example = "sig")]
    r#use: &'static str,
    #[schema(value_type = String, example = "EdDSA")]
    alg: &'static str,
}

/// A JSON Web Key Set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeySet {
    #[schema(min_items = 1)]
    keys: Vec<PublicKey>,
}

/// The keys that verify auth's signatures.
#[derive(Debug)]
pub struct PublicKeys {
    set: KeySet,
    verifying: Vec<DecodingKey>,
}

impl PublicKeys {
    /// Reads a key set. The error completes the sentence "the variable is …".
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        refuse_private(&value)?;
        let given: JwkSet = serde_json::from_value(value)
            .map_err(|error| format!("no JSON Web Key Set: {error}"))?;
        if given.keys.is_empty() {
            return Err("a set of no keys".into());
        }
        let pairs: Result<Vec<_>, String> = given.keys.iter().map(ed25519).collect();
        let (keys, verifying) = pairs?.into_iter().unzip();
        Ok(Self {
            set: KeySet { keys },
            verifying,
        })
    }

    /// The set to publish: only the public parts, each key with a `kid`.
    pub fn set(&self) -> &KeySet {
        &self.set
    }

    /// The keys with this `kid`, or all keys if a token has none.
    pub fn with_kid(&self, kid: Option<&str>) -> impl Iterator<Item = &DecodingKey> {
        let keys = self.set.keys.iter().zip(&self.verifying);
        keys.filter(move |(public, _)| kid.is_none_or(|kid| public.kid == kid))
            .map(|(_, key)| key)
    }

    /// The `kid` of the key that verifies `signature` (base64url) of `message`.
    pub fn signer(&self, message: &[u8], signature: &str) -> Option<&str> {
        let signed_by = |key| {
            jsonwebtoken::crypto::verify(signature, message, key, Algorithm::EdDSA).unwrap_or(false)
        };
        let mut keys = self.set.keys.iter().zip(&self.verifying);
        let (public, _) = keys.find(|(_, key)| signed_by(key))?;
        Some(&public.kid)
    }
}

/// Refuses private keys, which would be published with the set.
fn refuse_private(set: &Value) -> Result<(), String> {
    let keys = set.get("keys").and_then(Value::as_array);
    let private = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
    if keys.is_some_and(|keys| keys.iter().any(private)) {
        return Err(
            "a set with a private key in it (`d`); leave only the public parts, and take \
                    that key out of use"
                .into(),
        );
    }
    Ok(())
}

fn ed25519(jwk: &Jwk) -> Result<(PublicKey, DecodingKey), String> {
    let AlgorithmParameters::OctetKeyPair(pair) = &jwk.algorithm else {
        return Err("a set with other keys than Ed25519 ones".into());
    };
    // The library accepts any length, and panics on a short key.
    let length = BASE64_URL_SAFE_NO_PAD.decode(&pair.x).map(|x| x.len());
    if pair.curve != EllipticCurve::Ed25519 || length != Ok(32) {
        return Err("a set with an invalid Ed25519 key: `x` must be 32 bytes in base64url".into());
    }
    let bad = |error| format!("a set with a bad key: {error}");
    let verifying = DecodingKey::from_jwk(jwk).map_err(bad)?;
    let kid = match &jwk.common.key_id {
        Some(kid) => kid.clone(),
        // RFC 7638.
        None => jwk.thumbprint(ThumbprintHash::SHA256).map_err(bad)?,
    };
    let public = PublicKey {
        kty: "OKP",
        crv: "Ed25519",
        x: pair.x.clone(),
        kid,
        r#use: "sig",
        alg: "EdDSA",
    };
    Ok((public, verifying))
}

#[cfg(test)]
pub(crate) mod tests {
    use jsonwebtoken::EncodingKey;
    use serde_json::json;

    use super::*;

    /// PKCS#8 of two Ed25519 keys: this prefix and the 32 bytes of the seed.
    pub(crate) const KEY: &[u8] = &pkcs8(1);
    pub(crate) const OTHER_KEY: &[u8] = &pkcs8(2);

    const fn pkcs8(seed: u8) -> [u8; 48] {
        const PREFIX: [u8; 16] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ];
        let mut der = [seed; 48];
        let mut at = 0;
        while at < PREFIX.len() {
            der[at] = PREFIX[at];
            at += 1;
        }
        der
    }

    /// The public half of a private key, as `x` of a JWK.
    pub(crate) fn x_of(der: &[u8]) -> String {
        let key = EncodingKey::from_ed_der(der);
        match Jwk::from_encoding_key(&key, Algorithm::EdDSA)
            .unwrap()
            .algorithm
        {
            AlgorithmParameters::OctetKeyPair(pair) => pair.x,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn set_of(xs: &[&str]) -> String {
        let keys = xs
            .iter()
            .map(|x| json!({"kty": "OKP", "crv": "Ed25519", "x": x}));
        json!({"keys": keys.collect::<Vec<_>>()}).to_string()
    }

    #[test]
    fn the_signing_key_is_found_among_two() {
        let (ours, other) = (x_of(KEY), x_of(OTHER_KEY));
        let keys = PublicKeys::parse(&set_of(&[&other, &ours])).unwrap();
        let signature =
            jsonwebtoken::crypto::sign(b"m", &EncodingKey::from_ed_der(KEY), Algorithm::EdDSA);
        let signature = signature.unwrap();
        assert_eq!(
            keys.signer(b"m", &signature),
            Some(keys.set().keys[1].kid.as_str())
        );
        assert_eq!(keys.signer(b"n", &signature), None);
        assert_eq!(keys.with_kid(None).count(), 2);
        assert_eq!(keys.with_kid(Some("?")).count(), 0);
    }

    #[test]
    fn the_published_set_has_public_parts_and_key_ids() {
        // The key and the thumbprint of RFC 8037, A.3.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let keys = PublicKeys::parse(&set_of(&[x])).unwrap();
        assert_eq!(
            serde_json::to_value(keys.set()).unwrap(),
            json!({"keys": [{
                "kty": "OKP",
                "crv": "Ed25519",
                "x": x,
                "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "use": "sig",
                "alg": "EdDSA",
            }]})
        );
    }

    #[test]
    fn an_invalid_key_set_is_refused() {
        let x = x_of(KEY);
        for bad in [
            "".to_owned(),
            "[]".to_owned(),
            r#"{"keys":[]}"#.to_owned(),
            set_of(&["AAAA"]),
            set_of(&[&x, &format!("{x}AAAA")]),
            json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "d": x}]}).to_string(),
            json!({"keys": [{"kty": "oct", "k": "AAAA"}]}).to_string(),
            json!({"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": x}]}).to_string(),
        ] {
            assert!(PublicKeys::parse(&bad).is_err(), "{bad}");
        }
    }
}
