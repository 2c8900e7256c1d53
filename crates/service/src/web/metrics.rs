//! Metrics as a response.

use axum::response::{IntoResponse, Response};
use http::header;

use crate::{telemetry::metrics::Metrics, web::problem::Problem};

impl IntoResponse for Metrics {
    fn into_response(self) -> Response {
        match self.text() {
            Ok(text) => {
                let content_type = "text/plain; version=0.0.4; charset=utf-8";
                ([(header::CONTENT_TYPE, content_type)], text).into_response()
            }
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}
