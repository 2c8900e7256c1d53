//! The rules for a field, a query parameter or a header. A rule reads a value, or says for people to read what
//! is wrong with it.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde_json::Value;
use uuid::Uuid;

/// Reads a `T` from a `V`, or returns what is wrong with it.
pub trait Rule<V: ?Sized, T>: Fn(&V) -> Result<T, String> {}
impl<V: ?Sized, T, F: Fn(&V) -> Result<T, String>> Rule<V, T> for F {}

/// A string with this many characters (Unicode scalar values), unchanged; U+0000 is refused.
pub fn text(characters: RangeInclusive<usize>) -> impl Rule<Value, String> {
    move |value| {
        let text = string(value)?;
        if characters.contains(&text.chars().count()) {
            Ok(text.to_owned())
        } else {
            let (least, most) = (characters.start(), characters.end());
            Err(format!("Must have {least} to {most} characters."))
        }
    }
}

/// A string of any length; U+0000 is refused.
pub fn any_text(value: &Value) -> Result<String, String> {
    string(value).map(str::to_owned)
}

/// An integer in this range, without decimal point or exponent.
pub fn integer(range: RangeInclusive<i64>) -> impl Rule<Value, i64> {
    move |value| {
        let outside = || format!("Must be from {} to {}.", range.start(), range.end());
        match value {
            Value::Number(number) => match number.as_i64() {
                Some(number) if range.contains(&number) => Ok(number),
                Some(_) => Err(outside()),
                None if number.is_u64() => Err(outside()),
                None => Err("Must be an integer.".into()),
            },
            _ => Err("Must be an integer.".into()),
        }
    }
}

/// `true` or `false`.
pub fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or("Must be true or false.".into())
}

/// A UUID with hyphens.
pub fn uuid(value: &Value) -> Result<Uuid, String> {
    let text = string(value)?;
    match Uuid::try_parse(text) {
        Ok(id) if text.len() == 36 => Ok(id),
        _ => Err("Must be a UUID.".into()),
    }
}

/// A date, `YYYY-MM-DD`.
pub fn date(value: &Value) -> Result<NaiveDate, String> {
    parse_date(string(value)?)
}

/// A date, `YYYY-MM-DD`, in a string such as a query parameter.
pub fn parse_date(text: &str) -> Result<NaiveDate, String> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    match text.parse() {
        Ok(date) if shaped => Ok(date),
        _ => Err("Must be a date, YYYY-MM-DD.".into()),
    }
}

/// A string without U+0000, which PostgreSQL cannot store.
pub fn string(value: &Value) -> Result<&str, String> {
    let text = value.as_str().ok_or("Must be a string.")?;
    if text.contains('\0') {
        return Err("Must not hold U+0000.".into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_integer_has_no_point_and_no_exponent() {
        let rule = integer(1..=1_000);
        assert_eq!(rule(&json!(1_000)), Ok(1_000));
        for bad in [
            "1.0", "1e0", "1E2", "\"1\"", "true", "[1]", "0", "1001", "-1", "-0",
        ] {
            assert!(rule(&serde_json::from_str(bad).unwrap()).is_err(), "{bad}");
        }
        let huge = rule(&json!(u64::MAX)).unwrap_err();
        assert_eq!(huge, "Must be from 1 to 1000.");
    }

    #[test]
    fn text_is_measured_in_characters_and_unchanged() {
        assert_eq!(text(1..=3)(&json!(" ё ")), Ok(" ё ".to_owned()));
        assert!(text(1..=3)(&json!("")).is_err());
        assert!(text(1..=3)(&json!("abcd")).is_err());
        assert!(text(1..=3)(&json!("a\0")).is_err());
    }

    #[test]
    fn dates_and_ids_are_accepted_in_one_form() {
        assert!(date(&json!("2026-12-01")).is_ok());
        for bad in [
            "2026-12-1",
            "2026-02-30",
            "+2026-12-1",
            "2026-12-01 ",
            "20261201",
        ] {
            assert!(date(&json!(bad)).is_err(), "{bad}");
        }
        assert!(uuid(&json!("0192a2b8-7f3c-7000-8000-000000000000")).is_ok());
        for bad in [
            "0192a2b87f3c70008000000000000000",
            "{0192a2b8-7f3c-7000-8000-000000000000}",
            "",
        ] {
            assert!(uuid(&json!(bad)).is_err(), "{bad}");
        }
    }
}
