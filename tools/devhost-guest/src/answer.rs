//! The answer to a test's request.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use spin_sdk::http::Error;

pub type Answer = Result<Response<Full<Bytes>>, Error>;

/// An answer with this text as its body.
pub fn text(status: StatusCode, text: impl Into<String>) -> Answer {
    let text: String = text.into();
    let response = Response::builder()
        .status(status)
        .header("content-length", text.len());
    Ok(response.body(Full::new(text.into()))?)
}
