//! The bounds that more than one service checks.

/// The largest amount of money in one price, deposit, charge or order total, in minor units.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// The most products in one order, quote or item reservation; each of them once.
pub const MAX_ITEMS: usize = 50;
/// The most pieces of one product in an order, quote or item reservation.
pub const MAX_QUANTITY: i32 = 1_000;
