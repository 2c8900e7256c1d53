//! Who calls and who is called: tokens, callers, and calls to the other services.

pub mod caller;
pub mod peer;
pub mod public_keys;
pub mod token;
