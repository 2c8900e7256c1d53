//! Log lines: one JSON object per line on stderr, which Spin and Kubernetes collect.
//!
//! Every line has `time` (UTC), `level`, `service` and `message`; `traceId`, `requestId` and `orderId` as far
//! as the current [`TaskContext`] has them; and fields of its own. Never log a secret, password, token or
//! e-mail, nor anything that a client can choose freely: a query, a body, a header.

use std::{fmt::Display, io::Write};

use chrono::{SecondsFormat, Utc};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::telemetry::context::TaskContext;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Normal operation.
    Info,
    /// A failure that may be temporary, or that an operator may want to know of.
    Warn,
    /// A bug or a wrong configuration.
    Error,
}

/// Writes one line at level `error`.
pub fn error(message: &str, fields: &[(&str, &dyn Display)]) {
    line(Level::Error, message, &Texts(fields));
}

/// Writes one line at level `warn`.
pub fn warn(message: &str, fields: &[(&str, &dyn Display)]) {
    line(Level::Warn, message, &Texts(fields));
}

/// Writes one line with these fields: a struct or a map.
pub fn line(level: Level, message: &str, fields: &impl Serialize) {
    let context = TaskContext::current();
    let mut bytes = render(level, message, context.as_deref(), fields);
    bytes.push(b'\n');
    // One write per line, because instances share the stream. A failed write cannot be reported anywhere.
    let _ = std::io::stderr().write_all(&bytes);
}

fn render(
    level: Level,
    message: &str,
    context: Option<&TaskContext>,
    fields: &impl Serialize,
) -> Vec<u8> {
    let line = Line {
        time: Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        level,
        service: context.map(TaskContext::service),
        message,
        trace_id: context.map(|context| context.trace().trace_id()),
        request_id: context.map(TaskContext::request_id),
        order_id: context.and_then(TaskContext::order_id),
        fields,
    };
    serde_json::to_vec(&line).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a, F> {
    time: String,
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'static str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<uuid::Uuid>,
    #[serde(flatten)]
    fields: &'a F,
}

/// Fields, each written as a string.
struct Texts<'a>(&'a [(&'a str, &'a dyn Display)]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, &value.to_string())?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::{domain::Domain, telemetry::trace::TraceContext};

    #[test]
    fn a_line_has_the_ids_of_its_context() {
        let trace = TraceContext::new_unsampled();
        let context = TaskContext::saga(Domain::Order, trace.clone(), Uuid::from_u128(7));
        let fields = Texts(&[("cause", &"a \"b\"\nc")]);
        let line = render(Level::Warn, "no prices", Some(&context), &fields);
        assert!(!line.contains(&b'\n'));
        let mut line: Value = serde_json::from_slice(&line).unwrap();
        let time = line["time"].take();
        assert!(chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).is_ok());
        let expected = json!({
            "time": null, "level": "warn", "service": "order", "message": "no prices",
            "traceId": trace.trace_id(), "requestId": Uuid::from_u128(7), "orderId": Uuid::from_u128(7),
            "cause": "a \"b\"\nc",
        });
        assert_eq!(line, expected);
    }
}
