//! Service tokens: a service proves to another who calls, with a JWT (HS256) over a secret that all of them have.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};

use crate::{
    config::{self, ConfigError},
    domain::Domain,
    identity::token::{now, signed_claims},
};

/// How far ahead the `exp` of a service token may be, in seconds.
const SERVICE_SECONDS: i64 = 5 * 60;
/// How many seconds ahead the `iat` of a service token may be, since clocks differ.
const CLOCK_SKEW: i64 = 30;

/// The claims of a service token.
#[derive(Debug, Serialize, Deserialize)]
struct ServiceClaims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Makes and verifies the tokens of calls between services.
pub struct ServiceTokens {
    domain: Domain,
    signing: EncodingKey,
    /// Of the secret, and of a second one while the secret is being replaced.
    verifying: Vec<DecodingKey>,
}

impl ServiceTokens {
    /// The secret is the variable `service_secret`. `accepted_service_secret` is accepted too, when it is not empty.
    pub async fn from_variables(domain: Domain) -> Result<Self, ConfigError> {
        let secret = config::secret("service_secret").await?;
        let accepted = config::optional_secret("accepted_service_secret").await?;
        Ok(Self::new(domain, &secret, accepted.as_deref()))
    }

    fn new(domain: Domain, secret: &str, accepted: Option<&str>) -> Self {
        let secrets = std::iter::once(secret).chain(accepted);
        Self {
            domain,
            signing: EncodingKey::from_secret(secret.as_bytes()),
            verifying: secrets
                .map(|secret| DecodingKey::from_secret(secret.as_bytes()))
                .collect(),
        }
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

    /// Whether this is a valid token of a service that may call this one.
    pub fn verify(&self, token: &str) -> bool {
        let mut keys = self.verifying.iter();
        let claims: Option<ServiceClaims> =
            keys.find_map(|key| signed_claims(token, key, Algorithm::HS256));
        let Some(claims) = claims else {
            return false;
        };
        let now = now();
        let mut callers = self.domain.callers().iter();
        callers.any(|caller| caller.name() == claims.iss)
            && claims.aud == self.domain.name()
            && claims.iat <= now + CLOCK_SKEW
            && now < claims.exp
            && claims.exp <= now + SERVICE_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "0123456789abcdef";
    const OTHER: &str = "fedcba9876543210";

    fn tokens(domain: Domain) -> ServiceTokens {
        ServiceTokens::new(domain, SECRET, None)
    }

    fn signed(claims: &Value) -> String {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
    }

    #[test]
    fn a_token_is_valid_for_its_callee_only() {
        let (token, exp) = tokens(Domain::Order).mint(Domain::Billing).unwrap();
        assert!(tokens(Domain::Billing).verify(&token));
        assert!(!tokens(Domain::Warehouse).verify(&token));
        assert!(exp <= now() + SERVICE_SECONDS);
    }

    #[test]
    fn a_token_is_valid_for_five_minutes_at_most() {
        let claims = |exp| json!({"iss": "order", "aud": "billing", "iat": now(), "exp": exp});
        let valid = |exp| tokens(Domain::Billing).verify(&signed(&claims(exp)));
        assert!(valid(now() + 290));
        assert!(!valid(now() + 310));
        assert!(!valid(now()));
    }

    #[test]
    fn a_service_may_call_only_what_it_calls() {
        for (caller, callee, allowed) in [
            (Domain::Order, Domain::Billing, true),
            (Domain::Order, Domain::Warehouse, true),
            (Domain::Order, Domain::Delivery, true),
            (Domain::Order, Domain::Order, true),
            (Domain::Order, Domain::Auth, false),
            (Domain::Billing, Domain::Order, true),
            (Domain::Warehouse, Domain::Billing, false),
            (Domain::Billing, Domain::Billing, false),
        ] {
            let (token, _) = tokens(caller).mint(callee).unwrap();
            assert_eq!(
                tokens(callee).verify(&token),
                allowed,
                "{caller:?} {callee:?}"
            );
        }
        for stranger in ["", "shop", "Order", "orders"] {
            let claims =
                json!({"iss": stranger, "aud": "billing", "iat": now(), "exp": now() + 60});
            assert!(
                !tokens(Domain::Billing).verify(&signed(&claims)),
                "{stranger}"
            );
        }
    }

    #[test]
    fn two_secrets_are_accepted_while_one_replaces_the_other() {
        let of = |secret, accepted| ServiceTokens::new(Domain::Order, secret, accepted);
        // In the order of a rotation; pods of two neighbouring steps run side by side.
        let steps = [
            of(SECRET, None),
            of(SECRET, Some(OTHER)),
            of(OTHER, Some(SECRET)),
            of(OTHER, None),
        ];
        let token = |step: &ServiceTokens| step.mint(Domain::Order).unwrap().0;
        for pair in steps.windows(2) {
            assert!(pair[0].verify(&token(&pair[1])) && pair[1].verify(&token(&pair[0])));
        }
        assert!(!steps[0].verify(&token(&steps[3])) && !steps[3].verify(&token(&steps[0])));
    }
}
