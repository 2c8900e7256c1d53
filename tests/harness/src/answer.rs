//! An answer, and expectations of it.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An answer with its call, so that a failing test shows both.
#[derive(Clone)]
pub struct Answer {
    pub call: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The value of a header, the first if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("(not ASCII)"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body)
            .unwrap_or_else(|error| panic!("{self}\nis no UTF-8: {error}"))
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{self}\nis no JSON: {error}"))
    }

    /// The body as `T`.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{self}\nhas another shape: {error}"))
    }

    /// Expects `status`.
    #[track_caller]
    pub fn status(self, status: u16) -> Self {
        assert!(self.status == status, "expected {status} of\n{self}");
        self
    }

    /// Expects `status` and returns the JSON body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        self.status(status).json()
    }

    /// Expects `status`, an error, and returns the problem, whatever its code.
    #[track_caller]
    pub fn any_problem(self, status: u16) -> Value {
        assert!(status >= 400, "{status} is no problem's status");
        self.status(status).json()
    }

    /// Expects `status` and a problem with `code`, and returns it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let shown = self.to_string();
        let problem = self.any_problem(status);
        assert!(
            problem["code"] == code,
            "expected the code {code} in\n{shown}"
        );
        problem
    }

    /// Expects a 422 with an entry for exactly these `pointers`, in any order.
    #[track_caller]
    pub fn invalid(self, pointers: &[&str]) -> Value {
        let shown = self.to_string();
        let problem = self.any_problem(422);
        let empty = Vec::new();
        let errors = problem["errors"].as_array().unwrap_or(&empty);
        let mut found: Vec<&str> = errors
            .iter()
            .filter_map(|error| error["pointer"].as_str())
            .collect();
        let mut expected = pointers.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert!(
            found == expected,
            "expected an entry for each of {expected:?} in\n{shown}"
        );
        problem
    }

    /// Whether this is a replay under an idempotency key.
    #[track_caller]
    pub fn is_replay(&self) -> bool {
        match self.header("idempotency-replayed") {
            None => false,
            Some("true") => true,
            Some(other) => panic!("idempotency-replayed: {other} in\n{self}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n→ {}", self.call, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "  {}", body.chars().take(2000).collect::<String>())
    }
}
