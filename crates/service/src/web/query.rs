//! Query parameters.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::web::{
    problem::{FieldError, Problem},
    rule::Rule,
};

/// The parameters of the query string. Unknown names are ignored.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The first value with this name, if any. Fails with 422 when the value is invalid.
    pub fn optional<T>(
        &self,
        name: &'static str,
        rule: impl Rule<str, T>,
    ) -> Result<Option<T>, Problem> {
        let Some((_, value)) = self.0.iter().find(|(given, _)| given == name) else {
            return Ok(None);
        };
        rule(value)
            .map(Some)
            .map_err(|detail| Problem::invalid_field(format!("/{name}"), detail))
    }

    fn parse(query: &str) -> Result<Self, Problem> {
        let mut values = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) => values.push((name, value)),
                _ => {
                    return Err(Problem::invalid(vec![FieldError {
                        pointer: format!("/{name}"),
                        detail: "Must be percent-encoded UTF-8 without U+0000.".into(),
                    }]));
                }
            }
        }
        Ok(Self(values))
    }
}

/// Decodes percent-encoding, and `+` as a space.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = (rest.next()? as char).to_digit(16)?;
                let low = (rest.next()? as char).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_invalid_encodings_refused() {
        let query = Query::parse("q=%D1%91+x&b&q=2&").unwrap();
        let text = |value: &str| Ok(value.to_owned());
        assert_eq!(query.optional("q", text).unwrap().as_deref(), Some("ё x"));
        assert_eq!(query.optional("b", text).unwrap().as_deref(), Some(""));
        assert_eq!(query.optional("c", text).unwrap(), None);
        for bad in ["q=%", "q=%f", "q=%zz", "q=%ff", "q=%00"] {
            assert_eq!(Query::parse(bad).unwrap_err().status.as_u16(), 422, "{bad}");
        }
    }
}
