//! Tokens: users' access tokens, which auth signs with EdDSA; service tokens, which the services sign with a
//! shared secret; and the operator's token, which is a variable.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    config::{self, ConfigError},
    domain::Domain,
    identity::public_keys::PublicKeys,
};

/// How long an access token is valid, in seconds.
pub const ACCESS_SECONDS: i64 = 15 * 60;
/// How far ahead the `exp` of a service token may be, in seconds.
const SERVICE_SECONDS: i64 = 5 * 60;
/// How many seconds ahead the `iat` of a service token may be, since clocks differ.
const CLOCK_SKEW: i64 = 30;

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

/// The claims of a service token.
#[derive(Debug, Serialize, Deserialize)]
struct ServiceClaims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
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

/// Makes and verifies the tokens of calls between services.
pub struct ServiceTokens {
    domain: Domain,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl ServiceTokens {
    pub async fn from_variables(domain: Domain) -> Result<Self, ConfigError> {
        let secret = config::secret("service_secret").await?;
        Ok(Self {
            domain,
            signing: EncodingKey::from_secret(secret.as_bytes()),
            verifying: DecodingKey::from_secret(secret.as_bytes()),
        })
    }

    /// A token for a call to `callee`, and its `exp` in seconds since 1970.
    pub fn mint(&self, callee: Domain) -> Result<(String, i64), jsonwebtoken::errors::Error> {
        let iat = now();
        let claims = ServiceClaims {
            iss: self.domain.name().to_owned(),
            aud: callee.name().to_owned(),
            iat,
            exp: iat + SERVICE_SECONDS - CLOCK_SKEW,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)?;
        Ok((token, claims.exp))
    }

    /// Whether this is a valid token of a service for a call to this service.
    pub fn verify(&self, token: &str) -> bool {
        let Some(claims) = signed_claims::<ServiceClaims>(token, &self.verifying, Algorithm::HS256)
        else {
            return false;
        };
        let now = now();
        !claims.iss.is_empty()
            && claims.aud == self.domain.name()
            && claims.iat <= now + CLOCK_SKEW
            && now < claims.exp
            && claims.exp <= now + SERVICE_SECONDS
    }
}

/// The claims of a token that this key signed with this algorithm. Only the signature and `nbf` are verified;
/// the caller must verify the other claims.
fn signed_claims<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Option<T> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.validate_nbf = true;
    validation.leeway = 0;
    let data = jsonwebtoken::decode(token, key, &validation).ok()?;
    Some(data.claims)
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
    use serde_json::{Value, json};

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
    fn a_service_token_is_valid_for_its_callee_only() {
        let secret = b"0123456789abcdef";
        let tokens_of = |domain| ServiceTokens {
            domain,
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
        };
        let (token, exp) = tokens_of(Domain::Order).mint(Domain::Billing).unwrap();
        assert!(tokens_of(Domain::Billing).verify(&token));
        assert!(!tokens_of(Domain::Warehouse).verify(&token));
        assert!(exp <= now() + SERVICE_SECONDS);
        let too_long = json!({"iss": "order", "aud": "billing", "iat": now(), "exp": now() + 301});
        assert!(!tokens_of(Domain::Billing).verify(&signed(
            &Header::new(Algorithm::HS256),
            &too_long,
            secret
        )));
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
