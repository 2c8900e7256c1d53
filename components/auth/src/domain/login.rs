//! Attempts to log in.

use std::net::IpAddr;

use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{
    client_network,
    keyed_hash::{KeyedHash, Purpose},
};

/// An attempt to log in.
pub struct Attempt {
    pub id: Uuid,
    /// The e-mail and the client's network that failures are counted for. Only their hash is stored, because
    /// both are personal data.
    pub subject: [u8; 32],
    /// The client's network alone, for which failures with any e-mail are counted.
    pub address: [u8; 32],
}

impl Attempt {
    pub fn new(keyed_hash: &KeyedHash, email_key: &str, network: Option<IpAddr>) -> Self {
        Self {
            id: Uuid::now_v7(),
            subject: subject(keyed_hash, email_key, network),
            address: client_network::hash(keyed_hash, network),
        }
    }
}

fn subject(keyed_hash: &KeyedHash, email_key: &str, network: Option<IpAddr>) -> [u8; 32] {
    let network = network.map_or_else(String::new, |network| network.to_string());
    keyed_hash.of(
        Purpose::LoginSubject,
        &[email_key.as_bytes(), network.as_bytes()],
    )
}

/// The user with the e-mail of an attempt.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    pub id: Uuid,
    pub password_hash: String,
}

/// Whether the password of an attempt may be checked.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Admission {
    /// It may, after so many milliseconds. The attempt counts as a failure until it succeeds.
    Admitted {
        account: Option<Account>,
        wait_ms: u32,
    },
    /// Too many attempts have failed; the next is admitted after some seconds.
    Locked { retry_after: u32 },
    /// As many attempts are in progress as may still fail.
    Busy,
    /// Too many passwords wait to be hashed.
    Crowded,
}

/// Whether another user may be registered from an address.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum RegistrationAdmission {
    /// It may, and the password may be hashed after so many milliseconds.
    Admitted { wait_ms: u32 },
    /// Too many passwords wait to be hashed.
    Crowded,
    /// Too many have been tried; the next is admitted after some seconds.
    Locked { retry_after: u32 },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_for_email_and_network_together() {
        let hash = KeyedHash::new(b"key").unwrap();
        let of = |email, network: &str| subject(&hash, email, network.parse().ok());
        assert_eq!(of("a@b.c", "10.0.0.1"), of("a@b.c", "10.0.0.1"));
        assert_ne!(of("a@b.c", "10.0.0.1"), of("a@b.c", "10.0.0.2"));
        assert_ne!(of("a@b.c", "10.0.0.1"), of("d@b.c", "10.0.0.1"));
        assert_ne!(of("a@b.c", "10.0.0.1"), of("a@b.c", ""));
    }
}
