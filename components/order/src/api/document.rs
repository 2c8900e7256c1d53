//! `GET /api/openapi.json`.

use axum::response::IntoResponse;
use http::header;

/// The API document, made from the code of every component and checked in.
const DOCUMENT: &str = include_str!("../../openapi.json");

pub async fn show() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
