//! The limits against floods and guesses.

/// How much clients may do.
pub struct Limits {
    /// How many logins of one client address may fail within 15 minutes.
    pub login_failures: i32,
    /// How many registrations one client address may try within 15 minutes.
    pub registrations: i32,
    /// How many passwords all instances of the service hash in a second.
    pub hashes_per_second: i32,
}
