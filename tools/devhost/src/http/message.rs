//! Requests and responses on their way to or from a component.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};

pub use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

/// A body that is still being read.
pub type Body = UnsyncBoxBody<Bytes, ErrorCode>;
/// A request to or from a component.
pub type Request = http::Request<Body>;
/// A response to or from a component.
pub type Response = http::Response<Body>;

/// A body of these bytes.
pub fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A response with an empty body.
pub fn empty(status: http::StatusCode) -> Response {
    let mut response = Response::new(body(""));
    *response.status_mut() = status;
    response
}
