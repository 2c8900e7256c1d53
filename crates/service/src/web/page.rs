//! Pages of a list, newest first, by keyset (never by offset).

use std::{fmt::Display, str::FromStr};

use axum::extract::FromRequestParts;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::request::Parts;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

pub use crate::database::{Created, Page};
use crate::web::{problem::Problem, query::Query};

const DEFAULT_LIMIT: i64 = 20;
const MAX_LIMIT: i64 = 100;

/// The query parameters of [`Page`], for the API document.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The most entries of a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// The `nextCursor` of the previous page; missing for the first page.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listing<T> {
    pub items: Vec<T>,
    /// The `cursor` of the next page; null on the last page.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// The same page with its entries as they are shown.
    pub fn map<V>(self, show: impl FnMut(T) -> V) -> Listing<V> {
        Listing {
            items: self.items.into_iter().map(show).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

impl<K: Display> Page<K> {
    /// The page of these entries, which were read with [`Self::read_limit`].
    pub fn listing<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> K) -> Listing<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items
            .last()
            .filter(|_| more)
            .map(|last| BASE64_URL_SAFE_NO_PAD.encode(key(last).to_string()));
        Listing { items, next_cursor }
    }
}

fn limit(text: &str) -> Result<i64, String> {
    text.parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit) && !text.starts_with('+'))
        .ok_or_else(|| format!("Must be an integer from 1 to {MAX_LIMIT}."))
}

fn cursor<K: FromStr + Display>(text: &str) -> Result<K, String> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|key| key.parse::<K>().ok().filter(|read| read.to_string() == key))
        .ok_or_else(|| "Must be the nextCursor of the page before.".into())
}

impl<S: Send + Sync, K: FromStr + Display> FromRequestParts<S> for Page<K> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await?;
        Ok(Self {
            limit: query.optional("limit", limit)?.unwrap_or(DEFAULT_LIMIT),
            after: query.optional("cursor", cursor)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_cursor_of_the_next() {
        let page = Page {
            limit: 2,
            after: None::<i64>,
        };
        let listing = page.listing(vec![9, 8, 7], |key| *key);
        assert_eq!(listing.items, [9, 8]);
        assert_eq!(cursor::<i64>(&listing.next_cursor.unwrap()), Ok(8));
        assert_eq!(page.listing(vec![9, 8], |key| *key).next_cursor, None);
    }

    #[test]
    fn invalid_cursors_and_limits_are_refused() {
        for bad in ["", "x", "OA==", "KzE", "eA"] {
            assert!(cursor::<i64>(bad).is_err(), "{bad}");
        }
        for bad in ["0", "101", "+5", "1.0", "", "x"] {
            assert!(limit(bad).is_err(), "{bad}");
        }
        assert_eq!(limit("100"), Ok(100));
    }
}
