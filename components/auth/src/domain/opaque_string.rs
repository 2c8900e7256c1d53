//! The form in which passwords are compared: the profile OpaqueString of RFC 8265. So й is the same whether it was typed
//! as one character or as two, and every blank is the same blank.

use std::ops::RangeInclusive;

use precis_profiles::{OpaqueString, precis_core::profile::Profile};
use serde::Deserialize;
use serde_json::Value;
use service::web::rule;
use unicode_normalization::UnicodeNormalization;

/// The length of a new password, in characters of its prepared form.
const LENGTH: RangeInclusive<usize> = 8..=128;

/// A password of a registration or a change, prepared.
#[derive(Default, Deserialize)]
#[serde(try_from = "String")]
pub struct NewPassword(String);

impl NewPassword {
    /// Prepares a password. Fails, with a sentence for people, when its length or a character is not allowed.
    pub fn new(text: &str) -> Result<Self, String> {
        let prepared = prepared(text);
        let length = prepared.as_deref().unwrap_or(text).chars().count();
        if !LENGTH.contains(&length) {
            let (least, most) = LENGTH.into_inner();
            return Err(format!("Must have {least} to {most} characters."));
        }
        prepared.map(Self).ok_or_else(|| {
            "Has a character that a password may not have (RFC 8265), such as a control character."
                .into()
        })
    }

    /// A field of a body.
    pub fn rule(value: &Value) -> Result<Self, String> {
        Self::new(rule::string(value)?)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password of a login, right or wrong.
#[derive(Default, Deserialize)]
#[serde(from = "String")]
pub struct GivenPassword {
    prepared: String,
    /// The forms in which the first releases may have hashed the same password.
    earlier: Vec<String>,
}

impl GivenPassword {
    pub fn new(text: &str) -> Self {
        // With a character that is not allowed it can only be an old password, which is compared as it is.
        let prepared = prepared(text).unwrap_or_else(|| text.to_owned());
        let mut earlier: Vec<String> = Vec::new();
        for form in [text.to_owned(), prepared.nfd().collect()] {
            if form != prepared && !earlier.contains(&form) {
                earlier.push(form);
            }
        }
        Self { prepared, earlier }
    }

    /// A field of a body. Only that it has 1 to 128 characters is checked.
    pub fn rule(value: &Value) -> Result<Self, String> {
        let password = Self::new(rule::string(value)?);
        match password.prepared.chars().count() {
            1..=128 => Ok(password),
            _ => Err("Must have 1 to 128 characters.".into()),
        }
    }

    /// The form that is compared.
    pub fn prepared(&self) -> &str {
        &self.prepared
    }

    /// Every form of which there may be a hash. How many there are depends on the password alone.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.prepared)
            .chain(&self.earlier)
            .map(String::as_str)
    }
}

/// The prepared form; `None` when a character is not allowed, or there is none.
fn prepared(text: &str) -> Option<String> {
    let prepared = OpaqueString::new().enforce(text).ok()?;
    Some(prepared.into_owned())
}

impl TryFrom<String> for NewPassword {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl From<String> for GivenPassword {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSED: &str = "\u{439}";
    const DECOMPOSED: &str = "и\u{306}";

    fn new(text: &str) -> Result<String, String> {
        NewPassword::new(text).map(|password| password.0)
    }

    #[test]
    fn a_new_password_is_prepared() {
        assert_eq!(new("PassWord").as_deref(), Ok("PassWord"));
        let expected = format!("{COMPOSED}1234567");
        assert_eq!(new(&format!("{DECOMPOSED}1234567")), Ok(expected));
        assert_eq!(new("no\u{a0}break\u{3000}").as_deref(), Ok("no break "));
        assert_eq!(new("        ").as_deref(), Ok("        "));
    }

    #[test]
    fn its_length_is_that_of_the_prepared_form() {
        assert!(new(&DECOMPOSED.repeat(128)).is_ok());
        assert!(new(&COMPOSED.repeat(129)).is_err());
        assert!(new(&DECOMPOSED.repeat(7)).is_err());
        assert!(new("").is_err());
    }

    #[test]
    fn a_control_character_is_refused_in_a_new_password() {
        for text in ["12345678\n", "\u{7f}12345678", "12345678\u{e0001}"] {
            assert!(new(text).unwrap_err().contains("RFC 8265"), "{text:?}");
        }
    }

    #[test]
    fn a_given_password_has_the_forms_of_which_there_may_be_hashes() {
        let forms = |text: &str| {
            GivenPassword::new(text)
                .forms()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(forms("plain"), ["plain"]);
        assert_eq!(forms("жё"), ["жё", "же\u{308}"]);
        assert_eq!(forms(DECOMPOSED), [COMPOSED, DECOMPOSED]);
        assert_eq!(forms("a\u{a0}b"), ["a b", "a\u{a0}b"]);
        assert_eq!(forms("\t"), ["\t"]);
        assert_eq!(forms(""), [""]);
    }
}
