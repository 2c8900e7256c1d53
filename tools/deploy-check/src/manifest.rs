//! The variables and routes of `spin.toml`.

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::workspace;

pub struct Variable {
    pub name: String,
    pub required: bool,
    pub secret: bool,
}

pub struct Manifest {
    /// In the order of the file.
    pub variables: Vec<Variable>,
    components: Table,
    /// Pairs of route and component.
    pub routes: Vec<(String, String)>,
}

impl Manifest {
    pub fn read() -> Result<Self> {
        let text = workspace::read(workspace::root().join("spin.toml"))?;
        let table: Table = text.parse().context("parsing spin.toml")?;
        let section = |name: &str| {
            table
                .get(name)
                .and_then(Value::as_table)
                .cloned()
                .with_context(|| format!("spin.toml has no [{name}]"))
        };
        let flag = |variable: &Value, name: &str| {
            variable.get(name).and_then(Value::as_bool) == Some(true)
        };
        let mut variables: Vec<Variable> = section("variables")?
            .iter()
            .map(|(name, variable)| Variable {
                name: name.clone(),
                required: flag(variable, "required"),
                secret: flag(variable, "secret"),
            })
            .collect();
        let line = |name: &str| text.find(&format!("\n{name} = ")).unwrap_or(usize::MAX);
        variables.sort_by_key(|variable| line(&variable.name));
        let triggers = section("trigger")?;
        let routes = triggers
            .get("http")
            .and_then(Value::as_array)
            .context("spin.toml has no [[trigger.http]]")?
            .iter()
            .filter_map(|trigger| {
                let text = |name| Some(trigger.get(name)?.as_str()?.to_owned());
                Some((text("route")?, text("component")?))
            })
            .collect();
        Ok(Self {
            variables,
            components: section("component")?,
            routes,
        })
    }

    /// Whether a component reads this variable of the application, itself or in its allowed hosts.
    pub fn reads(&self, component: &str, variable: &str) -> bool {
        let part = |name| self.components.get(component).and_then(|it| it.get(name));
        let template = format!("{{{{ {variable} }}}}");
        let contains = |value: &Value| value.as_str().is_some_and(|text| text.contains(&template));
        let variables = part("variables").and_then(Value::as_table);
        let hosts = part("allowed_outbound_hosts").and_then(Value::as_array);
        variables.is_some_and(|table| table.iter().any(|(_, value)| contains(value)))
            || hosts.is_some_and(|hosts| hosts.iter().any(contains))
    }

    /// The variables that a component reads.
    pub fn own(&self, component: &str) -> Vec<&Variable> {
        let own = |variable: &&Variable| self.reads(component, &variable.name);
        self.variables.iter().filter(own).collect()
    }

    /// Required variables that a component does not read: Spin demands a value for them all the same.
    pub fn unused(&self, component: &str) -> Vec<&Variable> {
        let unused =
            |variable: &&Variable| variable.required && !self.reads(component, &variable.name);
        self.variables.iter().filter(unused).collect()
    }
}
