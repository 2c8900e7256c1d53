//! HTTP as components see it: requests that reach them, and those that they send.

pub mod chain;
pub mod client;
pub mod headers;
pub mod message;
pub mod outbound;
pub mod routes;

pub use message::{ErrorCode, Request, Response};
