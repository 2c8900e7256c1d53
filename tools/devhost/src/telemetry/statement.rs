//! Spans of statements, in the trace that a statement's comment names.

use std::collections::HashMap;

use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status};
use opentelemetry_sdk::trace::Span;

use super::{Telemetry, text};

const BEFORE: &str = "/*traceparent='";
const AFTER: &str = "'*/";

/// The span of a statement under way. It ends when this is dropped.
#[derive(Default)]
pub struct StatementSpan(Option<Span>);

impl Telemetry {
    /// Begins the span of a statement that `component` runs in this database. Parameters are left out.
    pub fn statement(&self, component: &str, database: &str, statement: &str) -> StatementSpan {
        let Some((tracing, (statement, parent))) = self.0.as_ref().zip(split(statement)) else {
            return StatementSpan(None);
        };
        let parent = HashMap::from([("traceparent".to_owned(), parent.to_owned())]);
        let query: Vec<&str> = statement.split_whitespace().collect();
        let (operation, summary) = summary(&query);
        let attributes = [
            text("faas.name", component),
            text("db.system.name", "postgresql"),
            text("db.namespace", database),
            text("db.operation.name", operation),
            text("db.query.summary", summary.clone()),
            text("db.query.text", query.join(" ")),
        ];
        let span = SpanBuilder::from_name(summary)
            .with_kind(SpanKind::Client)
            .with_attributes(attributes);
        StatementSpan(tracing.start(&parent, span))
    }
}

/// How a statement failed.
pub struct StatementFailure<'a> {
    /// The SQLSTATE, when the server refused the statement.
    pub code: Option<&'a str>,
    /// The kind of any other failure.
    pub kind: &'a str,
}

impl StatementSpan {
    /// Ends the span. PostgreSQL's message is left out, because it may quote a value.
    pub fn ended(mut self, failure: Option<StatementFailure<'_>>) {
        let (Some(span), Some(failure)) = (&mut self.0, failure) else {
            return;
        };
        if let Some(code) = failure.code {
            span.set_attribute(text("db.response.status_code", code));
        }
        span.set_attribute(text("error.type", failure.code.unwrap_or(failure.kind)));
        span.set_status(Status::error(""));
    }
}

/// A statement without the comment at its end, and the `traceparent` in that.
fn split(statement: &str) -> Option<(&str, &str)> {
    let (statement, comment) = statement.trim_end().rsplit_once(BEFORE)?;
    Some((statement, comment.strip_suffix(AFTER)?))
}

/// What the statement does, and to what: `SELECT`, `SELECT place_order`.
fn summary(words: &[&str]) -> (String, String) {
    let operation = words.first().copied().unwrap_or_default().to_uppercase();
    let introduces = |word: &&str| {
        ["from", "into", "update"]
            .iter()
            .any(|it| word.eq_ignore_ascii_case(it))
    };
    let after = words.iter().position(introduces).unwrap_or(0) + 1;
    let target = words.get(after).copied().unwrap_or_default();
    let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let target = target.split(|c| !name(c)).next().unwrap_or_default();
    let summary = format!("{operation} {target}").trim_end().to_owned();
    (operation, summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_function_or_the_table() {
        for (statement, expected) in [
            ("select from record_saga($1, $2)", "SELECT record_saga"),
            ("select claim_saga($1)", "SELECT claim_saga"),
            (
                "\n select outcome,\n a from place_order($1)",
                "SELECT place_order",
            ),
            (
                "select order_record(o, s) from orders as o where id = $1",
                "SELECT orders",
            ),
            ("insert into t values (1)", "INSERT t"),
            ("update t set a = 1", "UPDATE t"),
            ("delete from t", "DELETE t"),
            ("begin", "BEGIN"),
            ("", ""),
        ] {
            let words: Vec<&str> = statement.split_whitespace().collect();
            assert_eq!(summary(&words).1, expected, "{statement}");
        }
    }

    #[test]
    fn only_a_comment_at_the_end_names_a_trace() {
        assert_eq!(
            split("select 1 /*traceparent='00-a'*/ "),
            Some(("select 1 ", "00-a"))
        );
        for other in [
            "select 1",
            "select 1 /*traceparent='00-a'*/ from t",
            "/* traceparent */",
        ] {
            assert_eq!(split(other), None, "{other}");
        }
    }
}
