//! Limits that more than one service checks.

/// The largest price, deposit, charge or order total, in minor units.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// The most products of an order, quote or item reservation. Each product occurs once.
pub const MAX_ITEMS: usize = 50;
/// The largest quantity of one product in an order, quote or item reservation.
pub const MAX_QUANTITY: i32 = 1_000;
