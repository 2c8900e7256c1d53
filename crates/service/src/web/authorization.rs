//! The `Authorization` header: who is calling, or 401, or 403.

use axum::extract::{FromRef, FromRequestParts};
use http::{HeaderMap, header, request::Parts};

use crate::{
    identity::{
        caller::{Admin, Operator, ServiceCaller, ServiceOrOperator, User},
        token::Role,
    },
    state::Service,
    web::problem::Problem,
};

impl<S> FromRequestParts<S> for User
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?;
        let claims = Service::from_ref(state)
            .access_tokens()
            .verify(token)
            .ok_or_else(invalid_token)?;
        Ok(Self {
            id: claims.sub,
            role: claims.role,
            access_id: claims.jti,
        })
    }
}

impl<S> FromRequestParts<S> for Admin
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user = User::from_request_parts(parts, state).await?;
        match user.role {
            Role::Admin => Ok(Self { id: user.id }),
            Role::Customer => Err(Problem::forbidden()),
        }
    }
}

impl<S> FromRequestParts<S> for ServiceCaller
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?;
        let valid = Service::from_ref(state).service_tokens().verify(token);
        valid.then_some(Self).ok_or_else(invalid_token)
    }
}

impl<S> FromRequestParts<S> for Operator
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?;
        let valid = Service::from_ref(state).operator_token().verify(token);
        valid.then_some(Self).ok_or_else(invalid_token)
    }
}

impl<S> FromRequestParts<S> for ServiceOrOperator
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if Operator::from_request_parts(parts, state).await.is_ok() {
            return Ok(Self);
        }
        let ServiceCaller = ServiceCaller::from_request_parts(parts, state).await?;
        Ok(Self)
    }
}

/// The bearer token of the one `Authorization` header (RFC 6750).
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values
        .next()
        .ok_or_else(|| Problem::unauthenticated("Send an access token: Authorization: Bearer …"))?;
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or_else(invalid_token)?;
    if values.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return Err(invalid_token());
    }
    Ok(token.trim())
}

fn invalid_token() -> Problem {
    Problem::unauthenticated("The token is invalid or has expired.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        bearer(&headers).ok().map(str::to_owned)
    }

    #[test]
    fn exactly_one_bearer_token_is_accepted() {
        assert_eq!(token(&["Bearer a.b.c"]).as_deref(), Some("a.b.c"));
        assert_eq!(token(&["bearer a.b.c"]).as_deref(), Some("a.b.c"));
        assert_eq!(token(&["Basic a.b.c"]), None);
        assert_eq!(token(&["Bearer"]), None);
        assert_eq!(token(&[]), None);
        assert_eq!(token(&["Bearer a", "Bearer a"]), None);
    }
}
