//! Application variables: where their values come from, and what a component sees of them.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, bail};

use crate::manifest;

mod bindings;
mod host;
mod name;
mod template;

pub use bindings::spin::variables::variables::add_to_linker;
pub use host::{Variables, VariablesView};
pub use name::check_name;
pub use template::Template;

/// The values of all application variables.
#[derive(Debug)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Gives each declared variable its value: from `given` (`--variable`), else from
    /// `SPIN_VARIABLE_NAME` as `environment` knows it, else its default.
    ///
    /// # Errors
    /// Names every required variable without a value at once, and how to set them.
    pub fn resolve(
        declared: &BTreeMap<String, manifest::Variable>,
        given: &HashMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
            bail!("--variable {name}: the manifest has no such variable under [variables]");
        }
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in declared {
            check_name(name).with_context(|| format!("in [variables], the name {name:?}"))?;
            let required = match (&variable.default, variable.required) {
                (Some(_), true) => bail!(
                    "[variables] {name} is `required` and has a `default`: one of them must go"
                ),
                (None, false) => {
                    bail!("[variables] {name} needs a `default`, or `required = true`")
                }
                (_, required) => required,
            };
            let value = given
                .get(name)
                .cloned()
                .or_else(|| environment(&environment_name(name)))
                .or_else(|| variable.default.clone());
            match value {
                Some(value) => {
                    values.insert(name.clone(), value);
                }
                None => {
                    debug_assert!(required);
                    missing.push(name.as_str());
                }
            }
        }
        if missing.is_empty() {
            return Ok(Self(values));
        }
        let listed: Vec<_> = missing
            .iter()
            .map(|name| {
                format!(
                    "  {name}: set {}, or give --variable {name}=VALUE",
                    environment_name(name)
                )
            })
            .collect();
        bail!(
            "these variables are required and have no value:\n{}",
            listed.join("\n")
        );
    }

    /// The text of `template` with every variable replaced.
    pub fn fill(&self, template: &str) -> Result<String> {
        let parsed = Template::parse(template)?;
        parsed
            .resolve(|name| self.0.get(name).map(String::as_str))
            .map_err(|name| {
                anyhow::anyhow!(
                    "the template {template:?} names {name:?}, which [variables] does not declare"
                )
            })
    }

    /// The variables of a component, from the templates of its manifest.
    pub fn of_component(
        &self,
        templates: &BTreeMap<String, String>,
    ) -> Result<HashMap<String, String>> {
        templates
            .iter()
            .map(|(name, template)| {
                check_name(name).with_context(|| format!("the variable {name:?}"))?;
                let value = self
                    .fill(template)
                    .with_context(|| format!("the variable {name}"))?;
                Ok((name.clone(), value))
            })
            .collect()
    }
}

/// The environment variable that sets the variable `name`.
fn environment_name(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(toml: &str) -> BTreeMap<String, manifest::Variable> {
        toml::from_str(toml).unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    const NONE: fn(&str) -> Option<String> = |_| None;

    #[test]
    fn given_beats_environment_beats_default() {
        let declared =
            declared("a = { default = \"1\" }\nb = { default = \"1\" }\nc = { default = \"1\" }");
        let environment = |name: &str| match name {
            "SPIN_VARIABLE_A" | "SPIN_VARIABLE_B" => Some("2".to_owned()),
            _ => None,
        };
        let values = Values::resolve(&declared, &given(&[("a", "3")]), environment).unwrap();
        assert_eq!(values.fill("{{a}}{{b}}{{c}}").unwrap(), "321");
    }

    #[test]
    fn all_missing_ones_are_named_with_how_to_set_them() {
        let declared = declared(
            "a_b = { required = true }\nc = { required = true, secret = true }\nd = { default = \"\" }",
        );
        let error = Values::resolve(&declared, &given(&[]), NONE)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a_b") && error.contains("SPIN_VARIABLE_A_B"),
            "{error}"
        );
        assert!(
            error.contains("SPIN_VARIABLE_C") && error.contains("--variable c="),
            "{error}"
        );
        assert!(!error.contains("SPIN_VARIABLE_D"), "{error}");
    }

    #[test]
    fn an_empty_value_is_a_value() {
        let declared = declared("a = { required = true }");
        let values = Values::resolve(&declared, &given(&[("a", "")]), NONE).unwrap();
        assert_eq!(values.fill("<{{ a }}>").unwrap(), "<>");
    }

    #[test]
    fn what_is_not_declared_is_refused() {
        let declared = declared("a = { default = \"1\" }");
        assert!(Values::resolve(&declared, &given(&[("b", "1")]), NONE).is_err());
        let values = Values::resolve(&declared, &given(&[]), NONE).unwrap();
        assert!(
            values
                .fill("{{ b }}")
                .unwrap_err()
                .to_string()
                .contains("\"b\"")
        );
    }

    #[test]
    fn a_declaration_needs_exactly_one_of_default_and_required() {
        for toml in ["a = {}", "a = { default = \"\", required = true }"] {
            assert!(
                Values::resolve(&declared(toml), &given(&[]), NONE).is_err(),
                "{toml}"
            );
        }
    }
}
