//! `README.md` of a chart: what it is, and a table of its values from the comments in `values.yaml` (`# -- …`, as
//! helm-docs reads them). Every value must be explained.

use std::fmt::Write;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::workspace;

pub fn generate(chart: &str, write: bool) -> Result<()> {
    let folder = workspace::deploy().join(chart);
    let about = workspace::yaml(folder.join("Chart.yaml"))?;
    let values = workspace::yaml(folder.join("values.yaml"))?;
    let rows = documented(&workspace::read(folder.join("values.yaml"))?);
    let paths: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    let mut bare = Vec::new();
    unexplained(&values, "", &paths, &mut bare);
    if !bare.is_empty() {
        bail!(
            "deploy/{chart}/values.yaml does not explain {}",
            bare.join(", ")
        );
    }

    let mut text = format!(
        "# {chart}\n\n{}.\n\n",
        about["description"].as_str().unwrap_or_default()
    );
    text += "Made from `values.yaml` by `cargo xtask deploy-check --write`. How the charts are installed, together: \
             [deploy/README.md](../README.md).\n\n";
    write!(
        text,
        "```sh\nhelm dependency update\nhelm install {chart} .\n```\n\n"
    )?;
    text += "## Requirements\n\n| Repository | Name | Version |\n|---|---|---|\n";
    for dependency in about["dependencies"].as_array().into_iter().flatten() {
        let part = |name: &str| dependency[name].as_str().unwrap_or_default();
        writeln!(
            text,
            "| {} | {} | {} |",
            part("repository"),
            part("name"),
            part("version")
        )?;
    }
    text += "\n## Values\n\n| Key | Type | Default | Description |\n|---|---|---|---|\n";
    for (path, explanation) in &rows {
        let value = path
            .split('.')
            .try_fold(&values, |value, key| value.get(key));
        let Some(value) = value else {
            bail!("deploy/{chart}/values.yaml: the comment on {path} belongs to no value");
        };
        let shown = value.to_string().replace('|', "\\|");
        writeln!(
            text,
            "| {path} | {} | `{shown}` | {explanation} |",
            kind(value)
        )?;
    }
    workspace::write_or_compare(folder.join("README.md"), &text, write)
}

/// The explained keys, as paths with dots, and their explanations.
fn documented(text: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut parents: Vec<(usize, String)> = Vec::new();
    let mut explanation: Option<String> = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        let line = line.trim();
        if let Some(begun) = line.strip_prefix("# -- ") {
            explanation = Some(begun.replace('|', "\\|"));
            continue;
        }
        let Some((key, _)) = line.split_once(':') else {
            continue;
        };
        let plain = |key: &str| {
            let mut letters = key.chars();
            letters.all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_')
        };
        if line.starts_with('-') || !plain(key) {
            continue;
        }
        parents.retain(|(of, _)| *of < depth);
        parents.push((depth, key.to_owned()));
        if let Some(explanation) = explanation.take() {
            let path: Vec<&str> = parents.iter().map(|(_, key)| key.as_str()).collect();
            rows.push((path.join("."), explanation));
        }
    }
    rows
}

/// Collects the values that have no explanation, neither of their own nor of a map around them.
fn unexplained(value: &Value, path: &str, explained: &[&str], bare: &mut Vec<String>) {
    if explained.contains(&path) {
        return;
    }
    match value.as_object() {
        Some(map) if !map.is_empty() => {
            for (key, value) in map {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                unexplained(value, &path, explained, bare);
            }
        }
        _ => bare.push(path.to_owned()),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "int",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
        _ => "string",
    }
}
