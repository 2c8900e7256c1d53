//! Tokens: users' access tokens, which auth signs with EdDSA, and the operator's token, which is a variable. The
//! tokens of the services are in [`crate::identity::service_token`].

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    config::{self, ConfigError},
    identity::public_keys::PublicKeys,
};

/// How long an access token is valid, in seconds.
pub const ACCESS_SECONDS: i64 = 15 * 60;

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    Customer,
    Admin,
}

/// The claims of an access token. Times are seconds since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessClaims {
    pub iss: String,
    pub aud: String,
    pub sub: Uuid,
    pub role: Role,
    pub iat: i64,
    pub exp: i64,
    pub jti: Uuid,
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Verifies access tokens: auth's public keys, issuer and audience.
pub struct AccessTokens {
    keys: PublicKeys,
    issuer: String,
    audience: String,
}

impl AccessTokens {
    pub async fn from_variables() -> Result<Self, ConfigError> {
        let keys = config::required("auth_public_keys").await?;
        let keys = PublicKeys::parse(&keys)
            .map_err(|problem| ConfigError::invalid("auth_public_keys", problem))?;
        let issuer = config::required("token_issuer").await?;
        let audience = config::required("token_audience").await?;
        Ok(Self::new(keys, issuer, audience))
    }

    pub fn new(keys: PublicKeys, issuer: String, audience: String) -> Self {
        Self {
            keys,
            issuer,
            audience,
        }
    }

    /// The public keys, one of which must have signed a token.
    pub fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    /// The expected `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The expected `aud`.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The claims of a valid token; `None` for any other.
    pub fn verify(&self, token: &str) -> Option<AccessClaims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let claims: AccessClaims = self
            .keys
            .with_kid(header.kid.as_deref())
            .find_map(|key| signed_claims(token, key, Algorithm::EdDSA))?;
        let valid = claims.iss == self.issuer && claims.aud == self.audience && now() < claims.exp;
        valid.then_some(claims)
    }
}

/// The claims of a token that this key signed with this algorithm. Only the signature and `nbf` are verified;
/// the caller must verify the other claims. A token with `crit` in its header is refused, because no extension
/// is understood here (RFC 7515, 4.1.11).
pub(super) fn signed_claims<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Option<T> {
    if has_critical_extensions(token) {
        return None;
    }
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.validate_nbf = true;
    validation.leeway = 0;
    let data = jsonwebtoken::decode(token, key, &validation).ok()?;
    Some(data.claims)
}

/// Whether the header has `crit`, whatever its value. True also for a header that cannot be read.
fn has_critical_extensions(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).ok();
    let header: Option<Map<String, Value>> =
        header.and_then(|header| serde_json::from_slice(&header).ok());
    header.is_none_or(|header| header.contains_key("crit"))
}

/// The static token of the variable `operator_token`.
pub struct OperatorToken(String);

impl OperatorToken {
    pub async fn from_variables() -> Result<Self, ConfigError> {
        Ok(Self(config::secret("operator_token").await?))
    }

    /// Whether this is the token. Takes the same time wherever the two differ.
    pub fn verify(&self, token: &str) -> bool {
        token.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    use super::*;
    use crate::identity::public_keys::tests::{KEY, OTHER_KEY, set_of, x_of};

    fn tokens() -> AccessTokens {
        let keys = PublicKeys::parse(&set_of(&[&x_of(KEY)])).unwrap();
        AccessTokens::new(keys, "zakaz".into(), "shop".into())
    }

    fn claims() -> Value {
        json!({
            "iss": "zakaz",
            "aud": "shop",
            "sub": Uuid::now_v7(),
            "role": "CUSTOMER",
            "iat": now(),
            "exp": now() + 60,
            "jti": Uuid::now_v7(),
        })
    }

    fn signed(header: &Header, claims: &Value, key: &[u8]) -> String {
        let key = match header.alg {
            Algorithm::EdDSA => EncodingKey::from_ed_der(key),
            _ => EncodingKey::from_secret(key),
        };
        jsonwebtoken::encode(header, claims, &key).unwrap()
    }

    fn with(change: impl FnOnce(&mut Value)) -> String {
        let mut claims = claims();
        change(&mut claims);
        signed(&Header::new(Algorithm::EdDSA), &claims, KEY)
    }

    #[test]
    fn a_token_is_valid_with_or_without_a_kid() {
        let tokens = tokens();
        assert!(tokens.verify(&with(|_| ())).is_some());
        let mut header = Header::new(Algorithm::EdDSA);
        let set = serde_json::to_value(tokens.keys().set()).unwrap();
        header.kid = set["keys"][0]["kid"].as_str().map(str::to_owned);
        assert!(tokens.verify(&signed(&header, &claims(), KEY)).is_some());
        header.kid = Some("another".into());
        assert!(tokens.verify(&signed(&header, &claims(), KEY)).is_none());
    }

    #[test]
    fn a_token_with_any_wrong_part_is_refused() {
        let tokens = tokens();
        for bad in [
            with(|claims| claims["iss"] = "other".into()),
            with(|claims| claims["aud"] = "other".into()),
            with(|claims| claims["aud"] = json!(["shop"])),
            with(|claims| claims["role"] = "ROOT".into()),
            with(|claims| claims["sub"] = "1".into()),
            with(|claims| claims["exp"] = now().into()),
            with(|claims| claims["exp"] = Value::Null),
            with(|claims| claims["nbf"] = (now() + 60).into()),
            signed(&Header::new(Algorithm::EdDSA), &claims(), OTHER_KEY),
            // The public key used as an HMAC secret.
            signed(
                &Header::new(Algorithm::HS256),
                &claims(),
                x_of(KEY).as_bytes(),
            ),
            String::new(),
            "a.b.c".into(),
        ] {
            assert!(tokens.verify(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_token_with_a_critical_extension_is_refused() {
        let tokens = tokens();
        for critical in [json!(["exp"]), json!([]), json!(null), json!("exp")] {
            let header = json!({"alg": "EdDSA", "typ": "JWT", "crit": critical});
            assert!(
                tokens.verify(&raw(&header, &claims())).is_none(),
                "{header}"
            );
        }
        let header = json!({"alg": "EdDSA", "typ": "JWT", "unknown": 1});
        assert!(tokens.verify(&raw(&header, &claims())).is_some());
    }

    /// A token with any header, signed with the right key.
    fn raw(header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let key = EncodingKey::from_ed_der(KEY);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    #[test]
    fn only_the_operator_token_itself_is_valid() {
        let token = OperatorToken("0123456789abcdef".into());
        assert!(token.verify("0123456789abcdef"));
        for bad in [
            "",
            "0123456789abcde",
            "0123456789abcdeg",
            "0123456789abcdef0",
        ] {
            assert!(!token.verify(bad), "{bad}");
        }
    }
}
