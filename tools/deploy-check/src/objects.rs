//! Rendered objects of Kubernetes.

use anyhow::{Context, Result};
use serde_json::Value;

pub struct Object(pub Value);

impl Object {
    pub fn kind(&self) -> &str {
        text(&self.0["kind"])
    }

    pub fn name(&self) -> &str {
        text(&self.0["metadata"]["name"])
    }

    pub fn spec(&self) -> &Value {
        &self.0["spec"]
    }
}

/// The objects in the documents of a YAML stream.
pub fn parse(text: &str) -> Result<Vec<Object>> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).context("parsing what helm rendered")?;
    let objects = documents.into_iter().filter(Value::is_object);
    Ok(objects.map(Object).collect())
}

/// A value's text; empty when it is no text.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A value's elements; none when it is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
