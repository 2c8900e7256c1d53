//! Passwords, hashed with argon2id.
//!
//! Making a hash takes 19 MiB of memory and about 35 ms of a core, which is the cost of a guess for someone who
//! steals the hashes. An instance runs on one thread, so its other requests wait meanwhile, and it makes only
//! one hash at a time.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};

use crate::domain::random;

/// OWASP's recommendation (Password Storage Cheat Sheet) for argon2id: 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash with these parameters of no known password. It is verified when there is no account.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password could not be hashed: a bug, or a host without randomness.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    #[error("no random salt: {0}")]
    Salt(#[from] getrandom::Error),
    #[error("argon2: {0}")]
    Argon2(#[from] argon2::Error),
    #[error("password hash: {0}")]
    PasswordHash(#[from] password_hash::Error),
    #[error("a stored password hash that cannot be read: {0}")]
    Stored(password_hash::phc::Error),
}

/// A new hash of a password with a new salt, as a PHC string.
pub fn hash(password: &str) -> Result<String, HashError> {
    let salt: [u8; 16] = random::bytes()?;
    let hash: PasswordHash = argon2id()?.hash_password_with_salt(password.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

/// Whether a password has this hash. Without a hash it takes the same time, and returns false.
pub fn verify(password: &str, hash: Option<&str>) -> Result<bool, HashError> {
    let parsed = PasswordHash::new(hash.unwrap_or(DUMMY_HASH)).map_err(HashError::Stored)?;
    match argon2id()?.verify_password(password.as_bytes(), &parsed) {
        Ok(()) => Ok(hash.is_some()),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn argon2id() -> Result<Argon2<'static>, argon2::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_verified() {
        let first = hash("пароль-1").unwrap();
        assert!(
            first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{first}"
        );
        assert_ne!(first, hash("пароль-1").unwrap());
        assert!(verify("пароль-1", Some(&first)).unwrap());
        assert!(!verify("пароль-2", Some(&first)).unwrap());
        assert!(verify("пароль-1", Some("plain text")).is_err());
    }

    #[test]
    fn without_a_hash_the_same_work_is_done_and_no_password_is_right() {
        let parsed = PasswordHash::new(DUMMY_HASH).unwrap();
        assert_eq!(
            Params::try_from(&parsed).unwrap().m_cost(),
            argon2id().unwrap().params().m_cost()
        );
        assert!(!verify("", None).unwrap());
    }

    #[test]
    fn hashes_of_the_reference_implementation_are_verified() {
        // Made by:
        // printf password | argon2 somesalt -id -m 16 -t 2 -p 1 -e
        let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify("password", Some(reference)).unwrap());
    }
}
