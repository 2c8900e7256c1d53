//! Failures as `application/problem+json` (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// One field that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the body, or `/name` of a query value or header.
    pub pointer: String,
    /// What is wrong with it, for a person.
    pub detail: String,
}

/// A failure, on its way to the client. It becomes a response in [`crate::web::serve`], which knows the
/// request's id; a handler just returns it as the error of a `Result`.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    /// UPPER_SNAKE and stable: what a client decides by.
    pub code: &'static str,
    /// For a person; never holds SQL, hosts, stack traces or secrets.
    pub detail: String,
    pub errors: Vec<FieldError>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// The body of every failure (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// Names the kind of problem: `urn:zakaz:problem:` and the code.
    #[schema(example = "urn:zakaz:problem:validation-failed")]
    pub r#type: String,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    pub title: &'a str,
    #[schema(example = 422)]
    pub status: u16,
    pub detail: &'a str,
    /// UPPER_SNAKE and stable: what a client decides by.
    #[schema(example = "VALIDATION_FAILED")]
    pub code: &'a str,
    /// The request's id, also in `x-request-id`.
    pub instance: &'a str,
    /// One entry per field that was refused; empty when no field is at fault.
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

    /// 409: the state of things does not allow it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422 with a code of its own.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 422 `VALIDATION_FAILED`, with one entry per field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::unprocessable("VALIDATION_FAILED", "Some fields are not as they must be.")
            .with_errors(errors)
    }

    /// 422 `VALIDATION_FAILED` about one field.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        }])
    }

    /// 404: no such thing, or it is somebody else's.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing here.")
    }

    /// 401, with the challenge that goes with it.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: the caller is known and has not the right.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "Your account has not the right to do this.",
        )
    }

    /// 503 with `Retry-After` in whole seconds.
    pub fn unavailable(code: &'static str, detail: impl Into<String>, retry_after: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// 500: our fault. What happened goes to the log, not to the client.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        crate::telemetry::log::error("internal error", &[("cause", &cause)]);
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "Something went wrong on our side. The request id helps to find out what.",
        )
    }

    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The body that a client sees, for the request with this id.
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
