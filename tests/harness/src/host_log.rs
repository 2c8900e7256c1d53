//! The host's log: what it and the components have printed so far.

use std::{env, fs};

use serde_json::Value;

use crate::skipped::Unavailable;

/// The file that the host's output goes to.
const LOG: &str = "ZAKAZ_HOST_LOG";

/// Parts of lines that report a trap of a component, also of work that goes on after the answer.
const TRAPS: [&str; 4] = [
    // A panic, printed by the component itself.
    "panicked at",
    // devhost: an instance has trapped, or a component's handler has failed.
    "] devhost: trap: ",
    "(the component's fault)",
    // Spin: an instance has trapped.
    "worker failed: ",
];
/// Lines of Spin that begin as a trap does: a request timeout, and an instance dropped while the host stops.
const NO_TRAPS: [&str; 2] = [
    "worker failed: guest timed out",
    "worker failed: worker panicked",
];

/// All of it.
pub struct HostLog(String);

impl HostLog {
    /// Reads the log of the host under test.
    ///
    /// # Errors
    /// When `ZAKAZ_NO_HOST_LOG=1` says that the tests cannot read it.
    ///
    /// # Panics
    /// When nothing says where it is, or it cannot be read.
    pub fn read() -> Result<Self, Unavailable> {
        match env::var(LOG) {
            Ok(path) => {
                let read = fs::read(&path);
                let log = read.unwrap_or_else(|error| panic!("{LOG} names {path}: {error}"));
                Ok(Self(String::from_utf8_lossy(&log).into_owned()))
            }
            Err(_) if env::var("ZAKAZ_NO_HOST_LOG").is_ok_and(|it| it == "1") => Err(
                Unavailable::new("ZAKAZ_NO_HOST_LOG=1 says that the host's output cannot be read"),
            ),
            Err(_) => panic!(
                "{LOG} is not set: this test reads what the host prints. `cargo xtask test --only e2e` sets it; \
                 for a host whose output is elsewhere set ZAKAZ_NO_HOST_LOG=1"
            ),
        }
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// The log lines of the components, checked against what all lines have in common.
    ///
    /// # Panics
    /// When one is malformed.
    pub fn lines(&self) -> Vec<Value> {
        let of_components = self.0.lines().filter_map(component_line);
        of_components
            .map(|(component, line)| read(component, line))
            .collect()
    }
}

/// The lines of a host's log that report a trap or a panic of a component. No test expects any.
pub fn component_failures(log: &str) -> Vec<&str> {
    let failed = |line: &&str| {
        TRAPS.iter().any(|trap| line.contains(trap))
            && !NO_TRAPS.iter().any(|other| line.contains(other))
    };
    log.lines().filter(failed).collect()
}

/// A component's own line, with the component's name where the host prints it: `devhost` puts `[name] ` before it.
fn component_line(line: &str) -> Option<(Option<&str>, &str)> {
    if line.starts_with('{') {
        return Some((None, line));
    }
    let (component, line) = line.strip_prefix('[')?.split_once("] ")?;
    (!line.starts_with("devhost: ")).then_some((Some(component), line))
}

fn read(component: Option<&str>, text: &str) -> Value {
    let line: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let service = line["service"].as_str();
    assert!(
        service.is_some() && component.is_none_or(|name| service == Some(name)),
        "{text}"
    );
    let time = line["time"].as_str().unwrap_or_default();
    assert!(
        time.len() == "2026-01-01T00:00:00.000Z".len()
            && chrono::DateTime::parse_from_rfc3339(time).is_ok(),
        "{text}"
    );
    assert!(
        matches!(line["level"].as_str(), Some("info" | "warn" | "error")),
        "{text}"
    );
    assert!(
        line["message"].is_string() && line["requestId"].is_string(),
        "{text}"
    );
    let trace = line["traceId"].as_str().unwrap_or_default();
    assert!(
        trace.len() == 32 && trace.bytes().all(|it| it.is_ascii_hexdigit()),
        "{text}"
    );
    match line["message"].as_str() {
        Some("request") => {
            assert!(
                line["method"].is_string() && line["path"].is_string(),
                "{text}"
            );
            assert!(
                line["status"].is_u64() && line["durationMs"].is_f64(),
                "{text}"
            );
        }
        Some("saga") => {
            assert!(
                line["orderId"].is_string() && line["transition"].is_string(),
                "{text}"
            );
            assert!(line["state"].is_string(), "{text}");
            assert!(line["seq"].is_u64() && line["epoch"].is_u64(), "{text}");
        }
        _ => {}
    }
    line
}
