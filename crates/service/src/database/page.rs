//! Which part of a list to read.

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
