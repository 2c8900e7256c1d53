//! The language of labels and messages.

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};

use crate::web::problem::Problem;

/// A language of labels and messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    Russian,
    English,
}

impl Language {
    /// The language that `Accept-Language` prefers; Russian by default.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut russian = None;
        let mut english = None;
        let mut any = None;
        for value in headers.get_all(header::ACCEPT_LANGUAGE) {
            for range in value.to_str().unwrap_or_default().split(',') {
                let Some((tag, weight)) = weighted(range) else {
                    continue;
                };
                let slot = match tag.split('-').next().unwrap_or_default() {
                    "ru" => &mut russian,
                    "en" => &mut english,
                    "*" => &mut any,
                    _ => continue,
                };
                *slot = (*slot).max(Some(weight));
            }
        }
        let any = any.unwrap_or(0);
        if english.unwrap_or(any) > russian.unwrap_or(any) {
            Self::English
        } else {
            Self::Russian
        }
    }

    /// The language tag: `ru` or `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Russian => "ru",
            Self::English => "en",
        }
    }

    /// The `Content-Language` header of a response in this language.
    pub fn header(self) -> (HeaderName, HeaderValue) {
        (
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(self.tag()),
        )
    }
}

/// A language range and its weight in thousandths: `en-GB;q=0.8` is `("en-gb", 800)`.
fn weighted(range: &str) -> Option<(String, u32)> {
    let mut parts = range.split(';');
    let tag = parts.next()?.trim().to_ascii_lowercase();
    let mut weight = 1.0;
    for parameter in parts {
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("q")
        {
            weight = value.trim().parse::<f32>().ok()?;
        }
    }
    (0.0..=1.0)
        .contains(&weight)
        .then_some((tag, (weight * 1000.0) as u32))
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::from_headers(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &'static str) -> &'static str {
        let headers =
            HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept))]);
        Language::from_headers(&headers).tag()
    }

    #[test]
    fn the_preferred_language_is_chosen() {
        assert_eq!(Language::from_headers(&HeaderMap::new()).tag(), "ru");
        assert_eq!(chosen("en"), "en");
        assert_eq!(chosen("EN-gb"), "en");
        assert_eq!(chosen("de, fr;q=0.5"), "ru");
        assert_eq!(chosen("en;q=0.5, ru;q=0.9"), "ru");
        assert_eq!(chosen("ru;q=0.5, en;q=0.9"), "en");
        assert_eq!(chosen("ru;q=0, *"), "en");
        assert_eq!(chosen("*"), "ru");
        assert_eq!(chosen("en;q=nonsense"), "ru");
    }
}
