//! The Kubernetes objects that the charts render with default values.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Where the charts are installed, as `deploy/README.md` has it; `deploy-check` renders them for it.
pub const NAMESPACE: &str = "zakaz";

pub struct Objects(Vec<Value>);

impl Objects {
    /// Reads the rendered charts: a JSON list of Kubernetes objects.
    pub fn read(file: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        Ok(Self(
            serde_json::from_str(&text).context("parsing what was rendered")?,
        ))
    }

    pub fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |object| object["kind"] == kind)
    }

    /// The object of this kind and name.
    pub fn find(&self, kind: &'static str, name: &str) -> Result<&Value> {
        self.of_kind(kind)
            .find(|object| object["metadata"]["name"] == name)
            .with_context(|| format!("the charts make no {kind} {name}"))
    }

    /// The plain value that the SpinApp `app` gives to a variable of `spin.toml`.
    pub fn variable<'a>(&'a self, app: &str, name: &str) -> Result<&'a str> {
        let variables = list(&self.find("SpinApp", app)?["spec"]["variables"]);
        variables
            .iter()
            .find(|variable| variable["name"] == name)
            .and_then(|variable| variable["value"].as_str())
            .with_context(|| format!("the SpinApp {app} has no plain value for {name}"))
    }
}

/// A value's elements, none when it is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A value's text.
pub fn text<'a>(value: &'a Value, what: &str) -> Result<&'a str> {
    value
        .as_str()
        .with_context(|| format!("{what} is no text: {value}"))
}
