//! JSON bodies. A body is parsed completely before its fields are checked.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::Value;

use crate::web::{
    form::Form, json_value::UniqueNames, problem::Problem, received_body::ReceivedBody,
};

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 128;

/// A JSON body. As an extractor it fails with 413 for a body that is too large, 415 for another content type,
/// and 400 for malformed JSON.
#[derive(Debug)]
pub struct Json(Value);

impl Json {
    /// Reads the body, which must be an object, with `read`. Fails with 422 and an entry for each field that
    /// is invalid, missing or unknown; then the value that `read` returned is dropped.
    pub fn read<T>(&self, read: impl FnOnce(&mut Form<'_>) -> T) -> Result<T, Problem> {
        let mut errors = Vec::new();
        let value = Form::read(&self.0, "", &mut errors, read);
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => Err(Problem::invalid(errors)),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Json {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = match request.extensions().get::<ReceivedBody>() {
            Some(ReceivedBody::Complete(bytes)) => bytes.clone(),
            Some(ReceivedBody::TooLarge) => {
                return Err(Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "PAYLOAD_TOO_LARGE",
                    "A body may have at most 64 KiB.",
                ));
            }
            None => Bytes::new(),
        };
        let content_type = request.headers().get(header::CONTENT_TYPE);
        if !content_type.is_some_and(|value| is_json(value.to_str().unwrap_or_default())) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "Send the body as application/json.",
            ));
        }
        parse(&bytes).map(Self)
    }
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let malformed =
        |detail: String| Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", detail);
    if std::str::from_utf8(bytes).is_err() {
        return Err(malformed("The body is not UTF-8.".into()));
    }
    if depth(bytes) > MAX_DEPTH {
        return Err(malformed(format!(
            "The body nests deeper than {MAX_DEPTH}."
        )));
    }
    match read(bytes) {
        Ok(value) => Ok(value),
        Err(error) if is_out_of_range(&error) => read(&replace_numbers_out_of_range(bytes)),
        Err(error) => Err(error),
    }
    .map_err(|error| malformed(format!("The body is not JSON: {error}.")))
}

fn read(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // The depth was checked before, and the parser's own limit is lower by one.
    reader.disable_recursion_limit();
    let UniqueNames(value) = serde::Deserialize::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Whether the error is a number that no float can hold. JSON allows any exponent.
fn is_out_of_range(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("number out of range")
}

/// Replaces each number that is out of range by one that no rule accepts, so that the error is reported for
/// its field.
fn replace_numbers_out_of_range(bytes: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut number = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        if !in_string && matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') {
            number.push(*byte);
            continue;
        }
        append_number(&mut replaced, &mut number);
        replaced.push(*byte);
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
    }
    append_number(&mut replaced, &mut number);
    replaced
}

fn append_number(text: &mut Vec<u8>, number: &mut Vec<u8>) {
    // The parser does not check what follows a number out of range, and `f64` parses more than JSON allows.
    let is_number = std::str::from_utf8(number).is_ok_and(|text| text.parse::<f64>().is_ok());
    match read(number) {
        Err(error) if is_number && is_out_of_range(&error) => text.extend_from_slice(b"0.5"),
        _ => text.extend_from_slice(number),
    }
    number.clear();
}

/// The nesting depth of the arrays and objects of a JSON text.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert_eq!(depth(b"1"), 0);
        assert_eq!(depth(br#"{"a":[{}]}"#), 3);
        assert_eq!(depth(br#"["[[[\"[["]"#), 1);
    }

    #[test]
    fn the_deepest_allowed_body_parses_and_the_next_does_not() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(128).as_bytes()).is_ok());
        let status = |bytes: &[u8]| parse(bytes).unwrap_err().status.as_u16();
        assert_eq!(status(nested(129).as_bytes()), 400);
        assert_eq!(status(b""), 400);
        assert_eq!(status(b"{} {}"), 400);
        assert_eq!(status(b"\xff"), 400);
        assert_eq!(status(br#""\ud800""#), 400);
        assert_eq!(status(br#"{"a":1e999,"a":1}"#), 400);
    }

    #[test]
    fn a_number_out_of_range_is_json_but_no_integer() {
        let parsed = parse(br#"{"a":1e999,"b":[-1E+999],"c":"1e999\"1e999","d":12}"#).unwrap();
        assert_eq!(
            parsed.to_string(),
            r#"{"a":0.5,"b":[0.5],"c":"1e999\"1e999","d":12}"#
        );
        assert!(parse(format!("[{}]", "9".repeat(400)).as_bytes()).is_ok());
        assert!(parse(b"[1e999.]").is_err());
        assert!(parse(b"[1e999,01e999]").is_err());
    }

    #[test]
    fn the_content_type_must_be_json() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON ; charset=utf-8"));
        assert!(!is_json("application/jsonx"));
        assert!(!is_json("text/plain"));
    }
}
