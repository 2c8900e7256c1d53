//! Who is calling. A handler names, as an argument, whom it lets in.

use axum::extract::{FromRef, FromRequestParts};
use http::{HeaderMap, header, request::Parts};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{identity::token::Role, state::Service, web::problem::Problem};

/// A user with an access token, whatever the role.
#[derive(Clone, Copy, Debug)]
pub struct User {
    pub id: Uuid,
    pub role: Role,
}

/// The administrator; 403 for other users.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    pub id: Uuid,
}

/// Another service of ours.
#[derive(Clone, Copy, Debug)]
pub struct Peer;

/// An operator's machine.
#[derive(Clone, Copy, Debug)]
pub struct Operator;

/// Another service of ours, or an operator's machine.
#[derive(Clone, Copy, Debug)]
pub struct PeerOrOperator;

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
            .ok_or_else(refused)?;
        Ok(Self {
            id: claims.sub,
            role: claims.role,
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

impl<S> FromRequestParts<S> for Peer
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?;
        let known = Service::from_ref(state).service_tokens().verify(token);
        known.then_some(Self).ok_or_else(refused)
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
        let service = Service::from_ref(state);
        let same: bool = token
            .as_bytes()
            .ct_eq(service.operator_token().as_bytes())
            .into();
        same.then_some(Self).ok_or_else(refused)
    }
}

impl<S> FromRequestParts<S> for PeerOrOperator
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if Operator::from_request_parts(parts, state).await.is_ok() {
            return Ok(Self);
        }
        let Peer = Peer::from_request_parts(parts, state).await?;
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
        .ok_or_else(refused)?;
    if values.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused());
    }
    Ok(token.trim())
}

fn refused() -> Problem {
    Problem::unauthenticated("The token is not one of ours, or has expired.")
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
    fn one_bearer_token_is_taken() {
        assert_eq!(token(&["Bearer a.b.c"]).as_deref(), Some("a.b.c"));
        assert_eq!(token(&["bearer a.b.c"]).as_deref(), Some("a.b.c"));
        assert_eq!(token(&["Basic a.b.c"]), None);
        assert_eq!(token(&["Bearer"]), None);
        assert_eq!(token(&[]), None);
        assert_eq!(token(&["Bearer a", "Bearer a"]), None);
    }
}
