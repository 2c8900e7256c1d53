//! The statements. The functions that they call are in `migrations/order`.

pub mod journal;
mod lease;
pub mod metrics;
pub mod orders;
pub mod outbox;
pub mod sagas;

pub use lease::Lease;

#[cfg(test)]
mod tests;
