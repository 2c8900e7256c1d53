//! What the API document says of every service alike.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, Content, Ref, Response,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::web::problem::{FieldError, ProblemDocument};

/// The parts that the operations of every service refer to.
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

/// Adds to every operation of a document the failures that all of its kind have, so that each
/// names its own only.
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
        ("500", "Something went wrong on the server's side."),
        (
            "503",
            "Not available just now; `Retry-After` says when to try again.",
        ),
    ];
    if operation.security.is_some() {
        problems.push(("401", "The access token is missing, not valid or expired."));
    }
    if operation.request_body.is_some() {
        problems.extend([
            ("400", "The body is not JSON."),
            ("413", "The body is larger than 64 KiB."),
            ("415", "The body is not `application/json`."),
        ]);
    }
    if operation.request_body.is_some() || operation.parameters.is_some() {
        problems.push(("422", "A value is not as it must be; `errors` names each."));
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
