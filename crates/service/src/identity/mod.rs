//! Tokens, callers, and calls to the other services.

pub mod caller;
pub mod client;
pub mod public_keys;
pub mod service_token;
pub mod token;
