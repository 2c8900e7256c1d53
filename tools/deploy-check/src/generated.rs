//! `generated.yaml` of a service's chart: which variables its SpinApp sets, and its newest migration.

use std::fmt::Write;

use anyhow::{Context, Result};

use crate::manifest::{Manifest, Variable};
use crate::workspace;

pub fn settle(service: &str, manifest: &Manifest, write: bool) -> Result<()> {
    let mut text = "# Made from spin.toml and migrations/ by `cargo xtask deploy-check --write`; not to be edited.\n"
        .to_owned();
    let mut list = |title: &str, variables: Vec<&Variable>| -> Result<()> {
        writeln!(text, "{title}:")?;
        for variable in variables {
            writeln!(text, "  - {}", variable.name)?;
        }
        Ok(())
    };
    list("own", manifest.own(service))?;
    list("unused", manifest.unused(service))?;
    writeln!(text, "newestMigration: \"{}\"", newest_migration(service)?)?;
    let path = workspace::deploy().join(service).join("generated.yaml");
    workspace::settle(path, &text, write)
}

/// The number of the newest migration, as its file's name has it.
fn newest_migration(service: &str) -> Result<String> {
    let folder = workspace::root().join("migrations").join(service);
    let newest = workspace::names(&folder)?.pop();
    let newest = newest.with_context(|| format!("{} is empty", folder.display()))?;
    let number = newest.split('_').next().unwrap_or(&newest);
    Ok(number.to_owned())
}
