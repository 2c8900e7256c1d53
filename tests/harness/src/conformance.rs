//! The conventions that every answer keeps. Each call of each test is checked against them.

use serde_json::Value;

use crate::answer::Answer;

/// Checks an answer. `requested_id` is the `x-request-id` of its request.
///
/// # Panics
/// When the answer breaks a convention, naming it and showing the call and the answer.
#[track_caller]
pub fn check(requested_id: Option<&str>, answer: &Answer) {
    if let Err(broken) = conventions(requested_id, answer) {
        panic!("{broken}:\n{answer}");
    }
}

fn conventions(requested_id: Option<&str>, answer: &Answer) -> Result<(), String> {
    request_id(requested_id, answer)?;
    let content_type = answer.header("content-type").unwrap_or("");
    if answer.status == 204 {
        rule(answer.body.is_empty(), "a 204 with a body")?;
        let length = answer.header("content-length");
        return rule(length.is_none(), "a 204 with a content-length");
    }
    let length = answer
        .header("content-length")
        .and_then(|it| it.parse::<usize>().ok());
    if !content_type.starts_with("text/event-stream") {
        rule(
            length == Some(answer.body.len()),
            "a content-length is missing or wrong",
        )?;
    }
    match answer.status {
        400.. => problem(answer, content_type),
        _ => rule(!content_type.is_empty(), "a body without a content type"),
    }
}

fn request_id(requested: Option<&str>, answer: &Answer) -> Result<(), String> {
    let given = answer.header("x-request-id").ok_or("no x-request-id")?;
    rule(
        is_request_id(given),
        "an x-request-id that the contract's own rule forbids",
    )?;
    match requested {
        Some(asked) if is_request_id(asked) => rule(
            asked == given,
            "the request's x-request-id is not the answer's",
        ),
        Some(asked) => rule(asked != given, "a bad x-request-id is echoed"),
        None => Ok(()),
    }
}

fn problem(answer: &Answer, content_type: &str) -> Result<(), String> {
    rule(
        content_type.starts_with("application/problem+json"),
        "an error that is no application/problem+json",
    )?;
    let problem: Value =
        serde_json::from_slice(&answer.body).map_err(|_| "a problem that is no JSON")?;
    for field in ["type", "title", "detail", "code", "instance"] {
        rule(
            problem[field].is_string(),
            &format!("a problem without the text `{field}`"),
        )?;
    }
    rule(
        problem["status"] == answer.status,
        "a problem whose status is not the answer's",
    )?;
    let code = problem["code"].as_str().unwrap_or("");
    let upper_snake = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    rule(
        !code.is_empty() && code.chars().all(upper_snake),
        "a code that is not UPPER_SNAKE",
    )?;
    rule(
        problem["instance"].as_str() == answer.header("x-request-id"),
        "instance is not the request id",
    )?;
    if let Some(errors) = problem.get("errors") {
        let errors = errors.as_array().ok_or("errors is no list")?;
        let whole = errors
            .iter()
            .all(|error| error["pointer"].is_string() && error["detail"].is_string());
        rule(whole, "an entry of errors without pointer or detail")?;
    }
    rule(
        !reveals_internals(&answer.body),
        "a problem that reveals internals",
    )?;
    match answer.status {
        401 if !has_other_credentials(answer) => rule(
            answer
                .header("www-authenticate")
                .is_some_and(|it| it.starts_with("Bearer")),
            "a 401 without WWW-Authenticate: Bearer",
        ),
        405 => rule(answer.header("allow").is_some(), "a 405 without Allow"),
        429 | 503 => rule(
            answer
                .header("retry-after")
                .is_some_and(|it| it.parse::<u32>().is_ok_and(|seconds| seconds > 0)),
            "a 429 or 503 without Retry-After in seconds",
        ),
        500 => Err("an internal error".into()),
        _ => Ok(()),
    }
}

/// Whether the call is authenticated by something other than an access token.
fn has_other_credentials(answer: &Answer) -> bool {
    ["/api/auth/login", "/api/auth/refresh"]
        .iter()
        .any(|path| answer.call.contains(path))
}

fn reveals_internals(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    [
        "panicked",
        "sqlstate",
        "postgres",
        "system backtrace",
        "select ",
        "insert into",
        ".rs:",
        "spin.internal",
    ]
    .iter()
    .any(|secret| text.contains(secret))
}

fn is_request_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn rule(holds: bool, broken: &str) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(broken.to_owned())
    }
}
