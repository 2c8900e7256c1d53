//! HTTP: in from clients, out to other servers, and from component to component.

pub mod chain;
pub mod client;
pub mod headers;
pub mod outbound;
pub mod routes;
pub mod server;

use wasmtime_wasi_http::WasiBody;

/// A request on its way to or from a component.
pub type Request = http::Request<WasiBody>;
/// An answer on its way to or from a component.
pub type Response = http::Response<WasiBody>;

/// A body of these bytes.
pub fn body(bytes: impl Into<bytes::Bytes>) -> WasiBody {
    use http_body_util::BodyExt as _;
    http_body_util::Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}
