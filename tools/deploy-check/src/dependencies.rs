//! The values given to dependencies have names that exist there. Skipped without copies of those charts.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::charts::CHARTS;
use crate::objects::{list, text};
use crate::workspace;

/// The folder and the file with the values of each dependency.
const UPSTREAM: [(&str, &str); 1] =
    [("kube-prometheus-stack", "kube-prometheus-stack/values.yaml")];

/// Values of a dependency's own dependencies, which the copies do not have.
const NESTED: [&str; 1] = ["metrics: kube-prometheus-stack.grafana.testFramework"];

pub fn faults(folder: &Path) -> Result<Vec<String>> {
    let folder = workspace::root().join(folder);
    let mut faults = Vec::new();
    if !folder.is_dir() {
        println!(
            "…   skipped: there are no copies of the dependencies in {}",
            folder.display()
        );
        return Ok(faults);
    }
    for chart in CHARTS {
        let own = workspace::deploy().join(chart);
        let values = workspace::yaml(own.join("values.yaml"))?;
        for dependency in list(&workspace::yaml(own.join("Chart.yaml"))?["dependencies"]) {
            let name = text(&dependency["name"]);
            let Some((_, file)) = UPSTREAM.iter().find(|(of, _)| *of == name) else {
                continue;
            };
            let key = dependency["alias"].as_str().unwrap_or(name);
            let upstream = workspace::yaml(folder.join(file))?;
            compare(
                &values[key],
                &upstream,
                &format!("{chart}: {key}"),
                &mut faults,
            );
            let about = workspace::yaml(folder.join(file).with_file_name("Chart.yaml"))?;
            let (ours, theirs) = (text(&dependency["version"]), text(&about["version"]));
            println!("    {chart}: values and version of {name} {ours} against a copy of {theirs}");
            if !theirs.contains("latest") && ours != theirs {
                faults.push(format!(
                    "{chart} depends on {name} {ours}, and the copy is {theirs}"
                ));
            }
        }
    }
    Ok(faults)
}

/// An empty map upstream takes any names, and so does everything that is no map.
fn compare(ours: &Value, theirs: &Value, path: &str, faults: &mut Vec<String>) {
    let (Some(ours), Some(theirs)) = (ours.as_object(), theirs.as_object()) else {
        return;
    };
    if theirs.is_empty() {
        return;
    }
    for (key, value) in ours {
        let path = format!("{path}.{key}");
        match theirs.get(key) {
            Some(found) => compare(value, found, &path, faults),
            None if NESTED.contains(&path.as_str()) => {}
            None => faults.push(format!("{path} does not exist there")),
        }
    }
}
