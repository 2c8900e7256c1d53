//! `job-<service>.yaml`: the chart's Job, to apply by hand.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::charts::Charts;
use crate::generated::newest_migration;
use crate::workspace;

pub fn path(service: &str) -> PathBuf {
    workspace::deploy()
        .join(service)
        .join(format!("job-{service}.yaml"))
}

pub fn generate(service: &str, charts: &Charts, write: bool) -> Result<()> {
    let mut jobs = charts.with_defaults("Job");
    let (_, job) = jobs
        .find(|(chart, _)| *chart == service)
        .with_context(|| format!("the chart {service} has no Job"))?;
    let newest = newest_migration(service)?;
    let name = format!("zakaz-{service}-migrate-{newest}");
    let labels = &job.spec()["template"]["metadata"]["labels"];
    let own = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": job.spec(),
    });
    let mut written = format!(
        "# The migrations of {service}, by hand: the same as the chart's Job, and safe to run beside it.\n\
         #   sed \"s|ghcr.io/zakaz|$REGISTRY|\" job-{service}.yaml | kubectl apply -f -\n\
         # Made from the chart by `cargo xtask deploy-check --write`; not to be edited.\n"
    );
    block(&own, 0, &mut written);
    workspace::write_or_compare(path(service), &written, write)
}

/// Writes a value as block YAML; texts are always quoted, as JSON has them.
fn block(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                *out += &format!("{indent}{key}:");
                inner(value, depth, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut text = String::new();
                block(item, depth + 1, &mut text);
                let text = text.trim_start();
                *out += &format!("{indent}- {text}");
            }
        }
        scalar => *out += &format!("{indent}{scalar}\n"),
    }
}

fn inner(value: &Value, depth: usize, out: &mut String) {
    let empty = value.as_object().is_some_and(|it| it.is_empty())
        || value.as_array().is_some_and(Vec::is_empty);
    if (value.is_object() || value.is_array()) && !empty {
        out.push('\n');
        block(value, depth + 1, out);
    } else {
        *out += &format!(" {value}\n");
    }
}
