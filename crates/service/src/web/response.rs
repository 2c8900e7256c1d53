//! The headers that every response gets, and the body of a problem.

use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, StatusCode, header};

use crate::{
    telemetry::request_id::{self, RequestId},
    web::problem::Problem,
};

/// Completes a response: renders a [`Problem`], adds the request id, and adds `content-length` unless the
/// response is a stream. Without a `content-length` the host sends the response in two parts, which costs
/// 40 ms on a kept-alive connection. A response in a language says that it depends on `Accept-Language`. HEAD
/// gets the headers of GET without the body.
pub(super) fn complete(mut response: Response, method: &Method, id: &RequestId) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = render(&problem, id);
    } else if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        // The router's own response, of which only `Allow` is kept.
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "This path does not take this method; `Allow` names those it takes.",
        );
        let allow = response.headers_mut().remove(header::ALLOW);
        response = render(&problem, id);
        response
            .headers_mut()
            .extend(allow.map(|allow| (header::ALLOW, allow)));
    }
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(request_id::HEADER, id);
    }
    if response.status() == StatusCode::NO_CONTENT {
        // The router sets zero, but a 204 has no `content-length` (RFC 9110, 8.6).
        response.headers_mut().remove(header::CONTENT_LENGTH);
    } else if let Some(length) = http_body::Body::size_hint(response.body()).exact() {
        response
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    if response.headers().contains_key(header::CONTENT_LANGUAGE) {
        response
            .headers_mut()
            .entry(header::VARY)
            .or_insert(HeaderValue::from_static("accept-language"));
    }
    if *method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

fn render(problem: &Problem, id: &RequestId) -> Response {
    let body = serde_json::to_vec(&problem.document(&id.0)).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = problem.status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.extend(problem.headers.iter().cloned());
    response
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    fn completed(response: impl IntoResponse) -> Response {
        answer_to(&Method::GET, response)
    }

    fn answer_to(method: &Method, response: impl IntoResponse) -> Response {
        complete(response.into_response(), method, &RequestId("r1".into()))
    }

    #[test]
    fn every_response_has_its_length_and_the_request_id() {
        let response = completed("ok\n");
        assert_eq!(response.headers()[header::CONTENT_LENGTH], "3");
        assert_eq!(response.headers()[request_id::HEADER], "r1");
        let empty = completed(StatusCode::NO_CONTENT);
        assert_eq!(empty.headers().get(header::CONTENT_LENGTH), None);
    }

    #[test]
    fn head_gets_the_headers_without_the_body() {
        for response in [
            answer_to(&Method::HEAD, "ok\n"),
            answer_to(&Method::HEAD, Problem::not_found()),
        ] {
            let length = response.headers()[header::CONTENT_LENGTH].to_str();
            assert!(length.unwrap().parse::<u64>().unwrap() > 0);
            let body = http_body::Body::size_hint(response.body()).exact();
            assert_eq!(body, Some(0));
        }
    }

    #[test]
    fn a_response_in_a_language_depends_on_the_accepted_languages() {
        let response = completed([(header::CONTENT_LANGUAGE, "ru")]);
        assert_eq!(response.headers()[header::VARY], "accept-language");
        assert!(!completed("ok\n").headers().contains_key(header::VARY));
    }

    #[test]
    fn a_problem_keeps_its_headers() {
        let response = completed(Problem::unavailable("BUSY", "Try again.", 7));
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }

    #[test]
    fn a_method_that_is_not_allowed_is_a_problem_with_allow() {
        let response = completed((
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET,HEAD")],
        ));
        assert_eq!(response.headers()[header::ALLOW], "GET,HEAD");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}
