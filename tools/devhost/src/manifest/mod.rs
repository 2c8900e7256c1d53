//! The application manifest, `spin.toml`, as far as devhost runs it.
//!
//! All else that a manifest asks for is refused by name: a host that ignored a key would differ from Spin
//! without a word.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// Keys that the parser did not know, kept only to be named in an error.
type Unknown = BTreeMap<String, toml::Value>;

#[derive(Debug, Deserialize)]
pub struct Manifest {
    spin_manifest_version: i64,
    pub application: Application,
    /// Application variables by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    #[serde(default)]
    pub trigger: Triggers,
    /// Components by id.
    #[serde(default)]
    pub component: BTreeMap<String, Component>,
    #[serde(flatten)]
    unknown: Unknown,
    /// The folder of the manifest: its relative paths start here.
    #[serde(skip)]
    pub folder: PathBuf,
}

#[derive(Debug, Deserialize)]
pub struct Application {
    pub name: String,
    #[serde(default)]
    pub version: String,
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(default, rename = "authors")]
    _authors: Vec<String>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// An application variable: it has a default, or a value must be given.
#[derive(Debug, Deserialize)]
pub struct Variable {
    pub default: Option<String>,
    #[serde(default)]
    pub required: bool,
    /// No value appears in any message, secret or not.
    #[serde(default, rename = "secret")]
    _secret: bool,
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Debug, Default, Deserialize)]
pub struct Triggers {
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Debug, Deserialize)]
pub struct HttpTrigger {
    pub route: RouteConfig,
    pub component: String,
    #[serde(default, rename = "id")]
    _id: String,
    #[serde(flatten)]
    unknown: Unknown,
}

/// Where a trigger answers: a path pattern, or only other components of the application.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RouteConfig {
    Path(String),
    Private { private: bool },
}

#[derive(Debug, Deserialize)]
pub struct Component {
    /// The component's file, relative to the manifest.
    pub source: PathBuf,
    /// Templates of the hosts that it may connect to.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Templates of the variables that it may read, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Its environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default, rename = "description")]
    _description: String,
    /// For `spin build` and `spin watch`; a host needs none of it.
    #[serde(default, rename = "build")]
    _build: Option<toml::Value>,
    /// Settings of other tools.
    #[serde(default, rename = "tool")]
    _tool: Option<toml::Value>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl Manifest {
    /// Reads and checks the manifest at `path`.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the manifest {}", path.display()))?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        Self::parse(&text, folder).with_context(|| format!("in the manifest {}", path.display()))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self> {
        let mut manifest: Manifest = toml::from_str(text)?;
        manifest.folder = folder.to_owned();
        if manifest.spin_manifest_version != 2 {
            bail!(
                "spin_manifest_version is {}: devhost reads version 2 only",
                manifest.spin_manifest_version
            );
        }
        manifest.refuse_unknown_keys()?;
        manifest.check_triggers()?;
        Ok(manifest)
    }

    fn refuse_unknown_keys(&self) -> Result<()> {
        let mut keys: Vec<String> = Vec::new();
        let mut note = |place: &str, unknown: &Unknown| {
            keys.extend(unknown.keys().map(|key| format!("{place}{key}")));
        };
        note("", &self.unknown);
        note("application.", &self.application.unknown);
        note("trigger.", &self.trigger.unknown);
        for trigger in &self.trigger.http {
            note("trigger.http.", &trigger.unknown);
        }
        for (name, variable) in &self.variables {
            note(&format!("variables.{name}."), &variable.unknown);
        }
        for (id, component) in &self.component {
            note(&format!("component.{id}."), &component.unknown);
        }
        if keys.is_empty() {
            return Ok(());
        }
        bail!(
            "devhost does not do {}; use `spin up` for it",
            keys.join(", ")
        );
    }

    fn check_triggers(&self) -> Result<()> {
        if self.trigger.http.is_empty() {
            bail!("there is no [[trigger.http]], so no component would be called");
        }
        for trigger in &self.trigger.http {
            if !self.component.contains_key(&trigger.component) {
                bail!(
                    "a [[trigger.http]] names the component {:?}, but there is no [component.{}]",
                    trigger.component,
                    trigger.component
                );
            }
            if let RouteConfig::Private { private: false } = trigger.route {
                bail!(
                    "the route of {:?} is {{ private = false }}: give a path, or {{ private = true }}",
                    trigger.component
                );
            }
        }
        Ok(())
    }

    /// The ids of the components that some trigger names: the only ones that run.
    pub fn triggered(&self) -> impl Iterator<Item = (&str, &Component)> {
        self.component
            .iter()
            .filter(|(id, _)| {
                self.trigger
                    .http
                    .iter()
                    .any(|trigger| trigger.component == **id)
            })
            .map(|(id, component)| (id.as_str(), component))
    }
}
