//! The parts of the API document that all services share.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, Modify, OpenApi,
    openapi::{
        self, Content, Ref, RefOr, Response,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::web::problem::{FieldError, ProblemDocument};

/// The schemas and the security scheme that the operations refer to.
#[derive(OpenApi)]
#[openapi(components(schemas(ProblemDocument, FieldError)), modifiers(&AccessToken))]
pub struct SharedDoc;

struct AccessToken;

impl Modify for AccessToken {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The `accessToken` of `POST /api/auth/login`."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("accessToken", SecurityScheme::Http(scheme));
    }
}

/// The failure of an operation that only the administrator may use: 403.
pub struct AdminOnly;

impl IntoResponses for AdminOnly {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = problem("Only the administrator may do this.");
        BTreeMap::from([("403".to_owned(), response.into())])
    }
}

/// The failure of an operation on something with an id: 404.
pub struct NotFound;

impl IntoResponses for NotFound {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([("404".to_owned(), problem("It does not exist.").into())])
    }
}

/// Adds the failures that every operation of a kind can have, so that a handler documents only its own.
pub struct CommonProblems;

impl Modify for CommonProblems {
    fn modify(&self, document: &mut openapi::OpenApi) {
        for path in document.paths.paths.values_mut() {
            let operations = [
                &mut path.get,
                &mut path.put,
                &mut path.post,
                &mut path.delete,
                &mut path.patch,
            ];
            for operation in operations.into_iter().flatten() {
                add_common_problems(operation);
            }
        }
    }
}

fn add_common_problems(operation: &mut Operation) {
    let mut problems = vec![
        ("500", "An internal error."),
        (
            "503",
            "Temporarily unavailable; `Retry-After` says when to try again.",
        ),
    ];
    if operation.security.is_some() {
        problems.push(("401", "The access token is missing, invalid or expired."));
    }
    if operation.request_body.is_some() {
        problems.extend([
            ("400", "The body is not JSON, or broke off."),
            ("408", "The body did not end within 10 s."),
            ("413", "The body is larger than 64 KiB."),
            ("415", "The body is not `application/json`."),
        ]);
    }
    if operation.request_body.is_some() || operation.parameters.is_some() {
        problems.push(("422", "A value is invalid; `errors` names each."));
    }
    for (status, description) in problems {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| problem(description).into());
    }
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    Response::builder()
        .description(description)
        .content("application/problem+json", Content::new(Some(schema)))
        .build()
}
