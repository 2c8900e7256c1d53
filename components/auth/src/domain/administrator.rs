//! The administrator: the account whose password is a variable.

use service::config::ConfigError;
use subtle::ConstantTimeEq;

use crate::domain::{
    email,
    keyed_hash::{KeyedHash, KeyedHashes, Purpose},
    opaque_string::{GivenPassword, NewPassword},
};

/// The e-mail of the administrator, and what verifies the password.
pub struct Administrator {
    email: String,
    key: String,
    password: NewPassword,
    mark: [u8; 32],
    /// The mark under the other key, while the key is being replaced.
    other_mark: Option<[u8; 32]>,
}

impl Administrator {
    /// The administrator of the variables `admin_email` and `admin_password`.
    pub fn new(
        email: &str,
        password: &str,
        keyed_hashes: &KeyedHashes,
    ) -> Result<Self, ConfigError> {
        let email = email.trim();
        if !email::is_address(email) {
            return Err(ConfigError::invalid("admin_email", "no e-mail address"));
        }
        let password = NewPassword::new(password)
            .map_err(|problem| ConfigError::invalid("admin_password", problem))?;
        Ok(Self {
            key: email::key(email),
            mark: mark(password.as_str(), &keyed_hashes.current),
            other_mark: keyed_hashes
                .accepted
                .as_ref()
                .map(|other| mark(password.as_str(), other)),
            password,
            email: email.to_owned(),
        })
    }

    /// The e-mail, as the variable gives it.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The e-mail in the form that is compared.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether this is the administrator's e-mail.
    pub fn has_email(&self, email: &str) -> bool {
        email::key(email) == self.key
    }

    /// The password.
    pub fn password(&self) -> &NewPassword {
        &self.password
    }

    /// Whether this is the password. Takes the same time wherever the two differ.
    pub fn has_password(&self, password: &GivenPassword, keyed_hashes: &KeyedHashes) -> bool {
        let given = mark(password.prepared(), &keyed_hashes.current);
        given.ct_eq(&self.mark).into()
    }

    /// A keyed hash of the password. It changes with the password, and reveals nothing without the key.
    pub fn mark(&self) -> Vec<u8> {
        self.mark.to_vec()
    }

    /// The same hash under the other key, while the key is being replaced.
    pub fn other_mark(&self) -> Option<Vec<u8>> {
        self.other_mark.map(|mark| mark.to_vec())
    }
}

fn mark(password: &str, keyed_hash: &KeyedHash) -> [u8; 32] {
    keyed_hash.of(Purpose::AdminMark, &[password.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeyedHashes {
        KeyedHashes {
            current: KeyedHash::new(b"key").unwrap(),
            accepted: None,
        }
    }

    #[test]
    fn the_administrator_has_an_email_and_a_password() {
        let hash = keys();
        let admin = Administrator::new("Admin@Example.com", "password", &hash).unwrap();
        assert_eq!(admin.email(), "Admin@Example.com");
        assert!(admin.has_email("admin@EXAMPLE.com"));
        assert!(!admin.has_email("admin@example.co"));
        assert!(admin.has_password(&GivenPassword::new("password"), &hash));
        assert!(!admin.has_password(&GivenPassword::new("Password"), &hash));
        let other = Administrator::new("admin@example.com", "another password", &hash).unwrap();
        assert_ne!(admin.mark(), other.mark());
    }

    #[test]
    fn invalid_variables_are_named() {
        let hash = keys();
        let error = |email, password| {
            Administrator::new(email, password, &hash)
                .err()
                .unwrap()
                .to_string()
        };
        assert!(error("admin", "password").contains("`admin_email`"));
        assert!(error("a@b.c", "short").contains("`admin_password`"));
        assert!(!error("a@b.c", "short").contains("short"));
    }
}
