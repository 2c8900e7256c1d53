//! What the host has printed so far.

use std::{env, fs};

use serde_json::Value;

/// The file that the host's output goes to.
const LOG: &str = "ZAKAZ_HOST_LOG";

/// All of it.
pub struct HostLog(String);

impl HostLog {
    /// `None` when `ZAKAZ_NO_HOST_LOG=1` says that nobody can read it; the test is to end then.
    ///
    /// # Panics
    /// When nothing says where it is, or it cannot be read.
    pub fn read() -> Option<Self> {
        match env::var(LOG) {
            Ok(path) => {
                let read = fs::read_to_string(&path);
                Some(Self(read.unwrap_or_else(|error| {
                    panic!("{LOG} names {path}: {error}")
                })))
            }
            Err(_) if env::var("ZAKAZ_NO_HOST_LOG").is_ok_and(|it| it == "1") => {
                eprintln!(
                    "not tested: ZAKAZ_NO_HOST_LOG=1 says that nobody can read what this host prints"
                );
                None
            }
            Err(_) => panic!(
                "{LOG} is not set: this test reads what the host prints. `cargo xtask test --only e2e` sets it; \
                 for a host whose output is elsewhere set ZAKAZ_NO_HOST_LOG=1"
            ),
        }
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// The lines of the components, each of which must be as every line is.
    ///
    /// # Panics
    /// When one is not.
    pub fn lines(&self) -> Vec<Value> {
        let of_components = self.0.lines().filter_map(|line| {
            let (component, line) = line.strip_prefix('[')?.split_once("] ")?;
            (!line.starts_with("devhost: ")).then_some((component, line))
        });
        of_components
            .map(|(component, line)| read(component, line))
            .collect()
    }
}

fn read(component: &str, text: &str) -> Value {
    let line: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(line["service"], component, "{text}");
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
