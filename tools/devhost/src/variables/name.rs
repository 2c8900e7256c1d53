//! What a variable may be called, so that any store of variables can hold it.

use thiserror::Error;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidName {
    #[error("a variable's name must not be empty")]
    Empty,
    #[error("a variable's name has lower-case letters, digits and underscores only, not {0:?}")]
    Character(char),
    #[error("a variable's name starts with a lower-case letter")]
    Start,
    #[error("a variable's name does not end with an underscore")]
    End,
    #[error("a variable's name has no two underscores in a row")]
    DoubleUnderscore,
}

pub fn check_name(name: &str) -> Result<(), InvalidName> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() {
        return Err(InvalidName::Empty);
    }
    if let Some(character) = name.chars().find(|c| !allowed(*c)) {
        return Err(InvalidName::Character(character));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(InvalidName::Start);
    }
    if name.ends_with('_') {
        return Err(InvalidName::End);
    }
    if name.contains("__") {
        return Err(InvalidName::DoubleUnderscore);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "abc", "a1", "a_1_b"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", "A", "1a", "_a", "a_", "a__b", "a-b", "a.b", "ä"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
