//! The administrator: the account whose password is a variable.

use service::config::ConfigError;
use subtle::ConstantTimeEq;

use crate::domain::{
    email,
    keyed_hash::{KeyedHash, Purpose},
    registration,
};

/// The e-mail of the administrator, and what verifies the password.
pub struct Administrator {
    email: String,
    key: String,
    mark: [u8; 32],
}

impl Administrator {
    /// The administrator of the variables `admin_email` and `admin_password`.
    pub fn new(email: &str, password: &str, keyed_hash: &KeyedHash) -> Result<Self, ConfigError> {
        let email = email.trim();
        if !email::is_address(email) {
            return Err(ConfigError::invalid("admin_email", "no e-mail address"));
        }
        if !registration::PASSWORD_LENGTH.contains(&password.chars().count()) {
            return Err(ConfigError::invalid(
                "admin_password",
                format!(
                    "not {} to {} characters long",
                    registration::PASSWORD_LENGTH.start(),
                    registration::PASSWORD_LENGTH.end()
                ),
            ));
        }
        Ok(Self {
            key: email::key(email),
            mark: mark(password, keyed_hash),
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

    /// Whether this is the password. Takes the same time wherever the two differ.
    pub fn has_password(&self, password: &str, keyed_hash: &KeyedHash) -> bool {
        mark(password, keyed_hash).ct_eq(&self.mark).into()
    }

    /// A keyed hash of the password. It changes with the password, and reveals nothing without the key.
    pub fn mark(&self) -> Vec<u8> {
        self.mark.to_vec()
    }
}

fn mark(password: &str, keyed_hash: &KeyedHash) -> [u8; 32] {
    keyed_hash.of(Purpose::AdminMark, &[password.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_administrator_has_an_email_and_a_password() {
        let hash = KeyedHash::new(b"key").unwrap();
        let admin = Administrator::new("Admin@Example.com", "password", &hash).unwrap();
        assert_eq!(admin.email(), "Admin@Example.com");
        assert!(admin.has_email("admin@EXAMPLE.com"));
        assert!(!admin.has_email("admin@example.co"));
        assert!(admin.has_password("password", &hash));
        assert!(!admin.has_password("Password", &hash));
        let other = Administrator::new("admin@example.com", "another password", &hash).unwrap();
        assert_ne!(admin.mark(), other.mark());
    }

    #[test]
    fn invalid_variables_are_named() {
        let hash = KeyedHash::new(b"key").unwrap();
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
