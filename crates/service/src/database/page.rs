//! Which part of a list to read.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// A page of a list, by keyset (never by offset). `K` is the key that the list is ordered by, such as an id.
#[derive(Debug)]
pub struct Page<K> {
    /// The most entries of the page, 1 to 100.
    pub limit: i64,
    /// The key of the last entry of the previous page; `None` for the first page.
    pub after: Option<K>,
}

impl<K> Page<K> {
    /// How many entries to read: one more than the page has, to see whether there is a next page.
    pub fn read_limit(&self) -> i64 {
        self.limit + 1
    }
}

/// The place of an entry in a list that is ordered by the time of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Created {
    /// Milliseconds since 1970, by the database's clock.
    pub at: i64,
    /// Separates what was created in the same millisecond.
    pub id: Uuid,
}

impl Created {
    /// The year 10000, in milliseconds since 1970.
    const NEVER: i64 = 253_402_300_800_000;

    /// After every entry.
    pub const LAST: Self = Self::before(Self::NEVER);

    /// After every entry that was created before this time, and before every other.
    pub const fn before(at: i64) -> Self {
        Self {
            at,
            id: Uuid::nil(),
        }
    }
}

impl fmt::Display for Created {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.at, self.id)
    }
}

/// The text is not that of a [`Created`].
#[derive(Debug, thiserror::Error)]
#[error("not a time and an id")]
pub struct NotCreated;

impl FromStr for Created {
    type Err = NotCreated;

    fn from_str(text: &str) -> Result<Self, NotCreated> {
        let (at, id) = text.split_once('.').ok_or(NotCreated)?;
        let at = at.parse().map_err(|_| NotCreated)?;
        let id = id.parse().map_err(|_| NotCreated)?;
        if (0..=Self::NEVER).contains(&at) {
            Ok(Self { at, id })
        } else {
            Err(NotCreated)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Created {
            at: 1_796_117_400_123,
            id: Uuid::from_u128(7),
        };
        assert_eq!(place.to_string().parse::<Created>().ok(), Some(place));
        assert!(place < Created::LAST && Created::before(place.at) < place);
    }

    #[test]
    fn a_time_that_the_database_cannot_hold_is_refused() {
        let id = Uuid::nil();
        for text in [
            format!("-1.{id}"),
            format!("{}.{id}", i64::MAX),
            format!("1.{id}.2"),
            format!("1{id}"),
            "1.2".into(),
        ] {
            assert!(text.parse::<Created>().is_err(), "{text}");
        }
    }
}
