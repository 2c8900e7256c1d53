//! The statements. The functions that they call are in `migrations/order`.

pub mod metrics;
pub mod orders;
pub mod outbox;
pub mod sagas;

#[cfg(test)]
mod tests;
