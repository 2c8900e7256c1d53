//! `values.schema.json` of a service's chart: the shared schema with this service's settings.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::workspace;

const SHARED: &str = include_str!("../service.schema.json");
/// Parts of the shared schema that a chart gets only if its `values.yaml` has them.
const OPTIONAL: [&str; 3] = ["secrets", "recovery", "events"];

pub fn generate(service: &str, write: bool) -> Result<()> {
    let folder = workspace::deploy().join(service);
    let values = workspace::yaml(folder.join("values.yaml"))?;
    let mut schema: Value = serde_json::from_str(SHARED).context("parsing service.schema.json")?;
    let settings: Map<String, Value> = values["settings"]
        .as_object()
        .context("values.yaml has no `settings`")?
        .keys()
        .map(|name| (name.clone(), json!({"type": "string"})))
        .collect();
    schema["title"] = json!(format!("Values of the chart {service}"));
    schema["properties"]["settings"] =
        json!({"type": "object", "additionalProperties": false, "properties": settings});
    if let Some(parts) = schema["properties"].as_object_mut() {
        parts.retain(|part, _| !OPTIONAL.contains(&part.as_str()) || values.get(part).is_some());
    }
    let text = serde_json::to_string_pretty(&schema)? + "\n";
    workspace::write_or_compare(folder.join("values.schema.json"), &text, write)
}
