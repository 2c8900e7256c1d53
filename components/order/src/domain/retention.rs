//! For how long what nobody needs any more is kept.

/// For how long what nobody needs any more is kept, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The journal of an order, from the end of its saga.
    pub journal_ms: i64,
    /// An event, from when it was published; without a broker, from when it was written.
    pub event_ms: i64,
}
