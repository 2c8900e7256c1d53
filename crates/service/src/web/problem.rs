//! Failures as `application/problem+json` (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{database::DatabaseError, telemetry::log};

/// The most entries of `errors`: a client can make as many invalid fields as a body holds.
const MAX_ERRORS: usize = 50;

/// An invalid field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the body, or `/name` of a query value or header.
    pub pointer: String,
    /// What is wrong, for people to read.
    pub detail: String,
}

/// A failure that is returned to the client. A handler returns it as the error of its `Result`; its body is
/// rendered later, where the request's id is known.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    /// UPPER_SNAKE and stable: clients decide by it.
    pub code: &'static str,
    /// For people to read. Never contains SQL, hosts, stack traces or secrets.
    pub detail: String,
    pub errors: Vec<FieldError>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// The body of every failure (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// The kind of problem: `urn:zakaz:problem:` and the code.
    #[schema(example = "urn:zakaz:problem:validation-failed")]
    pub r#type: String,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    pub title: &'a str,
    #[schema(example = 422)]
    pub status: u16,
    pub detail: &'a str,
    /// UPPER_SNAKE and stable: clients decide by it.
    #[schema(example = "VALIDATION_FAILED")]
    pub code: &'a str,
    /// The request's id, also in `x-request-id`.
    pub instance: &'a str,
    /// One entry per invalid field, at most 50; empty when the failure is not about fields.
    #[schema(max_items = 50)]
    pub errors: &'a [FieldError],
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 409: the current state does not allow it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422 with a code of its own.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 422 `VALIDATION_FAILED`, with one entry per field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::unprocessable("VALIDATION_FAILED", "Some fields are invalid.").with_errors(errors)
    }

    /// 422 `VALIDATION_FAILED` about one field.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        }])
    }

    /// 404: it does not exist, or belongs to another user.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Not found.")
    }

    /// 401, with `WWW-Authenticate`.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: the caller is known, but not allowed to do this.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "Your account is not allowed to do this.",
        )
    }

    /// 503; `retry_after` is in seconds.
    pub fn unavailable(code: &'static str, detail: impl Into<String>, retry_after: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// 500. The cause is logged, and not shown to the client.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        log::error("internal error", &[("cause", &cause)]);
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "An internal error. Report the request id to find its cause.",
        )
    }

    /// With the first 50 of these errors.
    pub fn with_errors(mut self, mut errors: Vec<FieldError>) -> Self {
        errors.truncate(MAX_ERRORS);
        self.errors = errors;
        self
    }

    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The response's body, for the request with this id.
    pub fn document<'a>(&'a self, request_id: &'a str) -> ProblemDocument<'a> {
        ProblemDocument {
            r#type: format!(
                "urn:zakaz:problem:{}",
                self.code.to_ascii_lowercase().replace('_', "-")
            ),
            title: self.status.canonical_reason().unwrap_or("Unknown"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            instance: request_id,
            errors: &self.errors,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unavailable(cause) => {
                log::warn("database unavailable", &[("cause", &cause)]);
                Self::unavailable(
                    "DATABASE_UNAVAILABLE",
                    "The database is unavailable at present; try again soon.",
                    1,
                )
            }
            bug => Self::internal(bug),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_errors_the_first_50_are_shown() {
        let errors = (0..60).map(|number| FieldError {
            pointer: format!("/{number}"),
            detail: "Is not a field of this body.".into(),
        });
        let problem = Problem::invalid(errors.collect());
        assert_eq!(problem.errors.len(), 50);
        assert_eq!(problem.errors[49].pointer, "/49");
    }
}
