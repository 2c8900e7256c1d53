//! Passwords, hashed with argon2id.
//!
//! Making a hash takes 19 MiB of memory and about 35 ms of a core, which is the cost of a guess for someone who
//! steals the hashes. An instance runs on one thread, so its other requests wait meanwhile. How many are made in a second
//! is limited ([`crate::domain::limits::Limits`]).

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};

use crate::domain::{
    opaque_string::{GivenPassword, NewPassword},
    random,
};

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
pub fn hash(password: &NewPassword) -> Result<String, HashError> {
    let salt: [u8; 16] = random::bytes()?;
    let password = password.as_str().as_bytes();
    let hash: PasswordHash = argon2id()?.hash_password_with_salt(password, &salt)?;
    Ok(hash.to_string())
}

/// Whether a password, in one of its forms, has this hash. Without a hash it takes the same time as with one that the
/// password does not have, and returns false.
pub fn verify(password: &GivenPassword, hash: Option<&str>) -> Result<bool, HashError> {
    let parsed = PasswordHash::new(hash.unwrap_or(DUMMY_HASH)).map_err(HashError::Stored)?;
    let argon2id = argon2id()?;
    for form in password.forms() {
        match argon2id.verify_password(form.as_bytes(), &parsed) {
            Ok(()) => return Ok(hash.is_some()),
            Err(password_hash::Error::PasswordInvalid) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}

fn argon2id() -> Result<Argon2<'static>, argon2::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(text: &str) -> NewPassword {
        NewPassword::new(text).unwrap()
    }

    fn given(text: &str) -> GivenPassword {
        GivenPassword::new(text)
    }

    /// The hash of exactly these characters, as the first releases made it.
    fn unprepared(text: &str) -> String {
        let hash = argon2id()
            .unwrap()
            .hash_password_with_salt(text.as_bytes(), &[7; 16]);
        let hash: PasswordHash = hash.unwrap();
        hash.to_string()
    }

    #[test]
    fn only_the_password_itself_is_verified() {
        let first = hash(&new("пароль-1")).unwrap();
        assert!(
            first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{first}"
        );
        assert_ne!(first, hash(&new("пароль-1")).unwrap());
        assert!(verify(&given("пароль-1"), Some(&first)).unwrap());
        assert!(!verify(&given("пароль-2"), Some(&first)).unwrap());
        assert!(verify(&given("пароль-1"), Some("plain text")).is_err());
    }

    #[test]
    fn either_normal_form_is_the_same_password_also_for_hashes_of_the_first_releases() {
        let (composed, decomposed) = (
            "\u{439}\u{439}\u{439} пароль",
            "и\u{306}и\u{306}и\u{306} пароль",
        );
        for stored in [
            hash(&new(composed)).unwrap(),
            hash(&new(decomposed)).unwrap(),
            unprepared(composed),
            unprepared(decomposed),
        ] {
            assert!(verify(&given(composed), Some(&stored)).unwrap());
            assert!(verify(&given(decomposed), Some(&stored)).unwrap());
            assert!(!verify(&given("иии пароль"), Some(&stored)).unwrap());
        }
        // What may not be in a new password.
        let tabs = "\t\t\t\t\t\t\t\t";
        assert!(verify(&given(tabs), Some(&unprepared(tabs))).unwrap());
    }

    #[test]
    fn without_a_hash_the_same_work_is_done_and_no_password_is_right() {
        let parsed = PasswordHash::new(DUMMY_HASH).unwrap();
        assert_eq!(
            Params::try_from(&parsed).unwrap().m_cost(),
            argon2id().unwrap().params().m_cost()
        );
        assert!(!verify(&given(""), None).unwrap());
    }

    #[test]
    fn hashes_of_the_reference_implementation_are_verified() {
        // Made by:
        // printf password | argon2 somesalt -id -m 16 -t 2 -p 1 -e
        let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify(&given("password"), Some(reference)).unwrap());
    }
}
