//! The variables of each SpinApp are those of its component in `spin.toml`, and every one of them has a source.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::charts::{Charts, Rendering};
use crate::manifest::Manifest;
use crate::objects::{Object, list, text};

pub fn faults(charts: &Charts, manifest: &Manifest) -> Vec<String> {
    let secrets = entries_of_secrets(charts);
    let mut faults = Vec::new();
    for (rendering, app) in charts.all().filter(|(_, it)| it.kind() == "SpinApp") {
        let mut fault = |what: String| {
            faults.push(format!(
                "{} ({}): {what}",
                rendering.chart, rendering.values
            ));
        };
        let names: Vec<&str> = list(&app.spec()["variables"])
            .iter()
            .map(|variable| text(&variable["name"]))
            .collect();
        let found: BTreeSet<&str> = names.iter().copied().collect();
        let own = manifest.own(rendering.chart);
        let unused = manifest.unused(rendering.chart);
        let wanted: BTreeSet<&str> = own
            .iter()
            .chain(&unused)
            .map(|it| it.name.as_str())
            .collect();
        if found != wanted || found.len() != names.len() {
            let differ: Vec<_> = found.symmetric_difference(&wanted).collect();
            fault(format!("the SpinApp and spin.toml differ in {differ:?}"));
        }
        for variable in list(&app.spec()["variables"]) {
            let name = text(&variable["name"]);
            let is_unused = unused.iter().any(|it| it.name == name);
            if is_unused != (variable["value"] == "unused") {
                fault(format!(
                    "{name}: `unused` is for variables of other components, and for all of them"
                ));
            }
        }
        faults.extend(missing_entries(rendering, app, &secrets));
    }
    faults
}

/// `secret/key` of every Secret that the charts and CloudNativePG make.
fn entries_of_secrets(charts: &Charts) -> BTreeSet<String> {
    let mut entries = BTreeSet::new();
    for (_, secret) in charts.with_defaults("Secret") {
        for part in ["data", "stringData"] {
            let keys = secret.0[part]
                .as_object()
                .into_iter()
                .flat_map(|it| it.keys());
            entries.extend(keys.map(|key| format!("{}/{key}", secret.name())));
        }
    }
    for service in crate::charts::SERVICES {
        for entry in ["ca/ca.crt", "app/username", "app/password"] {
            entries.insert(format!("zakaz-{service}-db-{entry}"));
        }
    }
    entries
}

/// References to Secrets, anywhere in the object, that nothing makes. With example values they may be made by hand.
fn missing_entries(rendering: &Rendering, object: &Object, made: &BTreeSet<String>) -> Vec<String> {
    let mut wanted = Vec::new();
    references(&object.0, &mut wanted);
    let missing = |entry: &&String| rendering.values == "default" && !made.contains(*entry);
    wanted
        .iter()
        .filter(missing)
        .map(|entry| {
            format!(
                "{} {}: nothing makes the Secret entry {entry}",
                rendering.chart,
                object.kind()
            )
        })
        .collect()
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("secretKeyRef").or(map.get("credentials"))
                && reference["optional"] != true
            {
                found.push(format!(
                    "{}/{}",
                    text(&reference["name"]),
                    text(&reference["key"])
                ));
            }
            map.values().for_each(|part| references(part, found));
        }
        Value::Array(items) => items.iter().for_each(|part| references(part, found)),
        _ => {}
    }
}

/// The same for all other objects: jobs, the recovery, monitors.
pub fn dangling(charts: &Charts) -> Vec<String> {
    let secrets = entries_of_secrets(charts);
    charts
        .all()
        .filter(|(_, object)| object.kind() != "SpinApp")
        .flat_map(|(rendering, object)| missing_entries(rendering, object, &secrets))
        .collect()
}
