//! Everything in numbers.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// By role.
    pub users: BTreeMap<String, f64>,
    /// Sessions that have not ended.
    pub sessions: f64,
    /// Failures that count at present.
    pub failed_logins: f64,
    /// Pairs of e-mail and client network that are locked at present.
    pub locked_logins: f64,
}
