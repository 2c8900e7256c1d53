//! Every alert has a severity and an existing runbook; rules and dashboards use only metrics that the services export.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::charts::SERVICES;
use crate::objects::{list, text};
use crate::workspace;

const RUNBOOKS: &str = "deploy/runbooks/";

pub fn faults() -> Result<Vec<String>> {
    let metrics = workspace::deploy().join("metrics");
    let mut faults = Vec::new();
    let mut named = BTreeSet::new();
    let mut expressions = Vec::new();
    for file in workspace::names(metrics.join("rules"))? {
        if !file.ends_with(".rules.yaml") {
            continue;
        }
        let rules = workspace::yaml(metrics.join("rules").join(&file))?;
        for rule in list(&rules["groups"])
            .iter()
            .flat_map(|group| list(&group["rules"]))
        {
            let alert = text(&rule["alert"]);
            if !["critical", "warning"].contains(&text(&rule["labels"]["severity"])) {
                faults.push(format!("{alert} is neither critical nor a warning"));
            }
            match text(&rule["annotations"]["runbook_url"]).strip_prefix(RUNBOOKS) {
                Some(page) => named.insert(page.to_owned()),
                None => {
                    faults.push(format!("{alert} has no runbook"));
                    false
                }
            };
            expressions.push((alert.to_owned(), text(&rule["expr"]).to_owned()));
        }
    }
    let pages: BTreeSet<String> = workspace::names(workspace::deploy().join("runbooks"))?
        .into_iter()
        .collect();
    for page in named.symmetric_difference(&pages) {
        faults.push(format!(
            "deploy/runbooks/{page} is missing, or belongs to no alert"
        ));
    }
    expressions.extend(panels()?);
    let exported = exported()?;
    for (place, expression) in &expressions {
        let unknown = metrics_in(expression)
            .filter(|metric| !exported.iter().any(|name| is_series_of(metric, name)));
        faults.extend(unknown.map(|metric| format!("{place}: no service exports {metric}")));
    }
    Ok(faults)
}

/// The queries of all dashboards, with the file that each is in.
fn panels() -> Result<Vec<(String, String)>> {
    let folder = workspace::deploy().join("metrics/dashboards");
    let mut found = Vec::new();
    for file in workspace::names(&folder)? {
        let text = workspace::read(folder.join(&file))?;
        let dashboard: Value = serde_json::from_str(&text).with_context(|| file.clone())?;
        queries(&dashboard, &file, &mut found);
    }
    Ok(found)
}

/// The queries of all dashboards as recording rules, for `promtool` to parse.
pub fn panels_as_rules() -> Result<Value> {
    let rules: Vec<Value> = panels()?
        .iter()
        .enumerate()
        .map(|(number, (_, query))| {
            json!({"record": format!("panel_{number}"), "expr": query.replace("$namespace", "zakaz")})
        })
        .collect();
    Ok(json!({"groups": [{"name": "panels", "rules": rules}]}))
}

fn queries(value: &Value, file: &str, found: &mut Vec<(String, String)>) {
    if let Some(expression) = value.get("expr").and_then(Value::as_str) {
        found.push((file.to_owned(), expression.to_owned()));
    }
    match value {
        Value::Object(map) => map.values().for_each(|part| queries(part, file, found)),
        Value::Array(items) => items.iter().for_each(|part| queries(part, file, found)),
        _ => {}
    }
}

/// The metrics that the components' sources name.
fn exported() -> Result<BTreeSet<String>> {
    let mut exported = BTreeSet::new();
    let components = workspace::root().join("components");
    let mut folders: Vec<_> = SERVICES
        .map(|service| components.join(service).join("src"))
        .into();
    while let Some(folder) = folders.pop() {
        for name in workspace::names(&folder)? {
            let path = folder.join(name);
            if path.is_dir() {
                folders.push(path);
            } else {
                exported.extend(metrics_in(&workspace::read(path)?).map(str::to_owned));
            }
        }
    }
    Ok(exported)
}

fn metrics_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    words.filter(|word| word.starts_with("zakaz_"))
}

/// Whether `series` belongs to the metric `name`: counters and histograms have endings.
fn is_series_of(series: &str, name: &str) -> bool {
    let ending = series.strip_prefix(name);
    ending.is_some_and(|it| ["", "_total", "_bucket", "_count", "_sum"].contains(&it))
}
