//! `generated.yaml` of the chart `service`: which variables the SpinApp of each service sets, and its newest migration.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::charts::SERVICES;
use crate::manifest::{Manifest, Variable};
use crate::workspace;

pub fn path() -> PathBuf {
    workspace::deploy().join("service").join("generated.yaml")
}

pub fn generate(manifest: &Manifest, write: bool) -> Result<()> {
    let mut text = "# Made from spin.toml and migrations/ by `cargo xtask deploy-check --write`; not to be edited.\n"
        .to_owned();
    for service in SERVICES {
        writeln!(text, "{service}:")?;
        let mut list = |title: &str, variables: Vec<&Variable>| -> Result<()> {
            writeln!(text, "  {title}:")?;
            for variable in variables {
                writeln!(text, "    - {}", variable.name)?;
            }
            Ok(())
        };
        list("own", manifest.own(service))?;
        list("unused", manifest.unused(service))?;
        let newest = newest_migration(service)?;
        writeln!(text, "  newestMigration: \"{newest}\"")?;
    }
    workspace::write_or_compare(path(), &text, write)
}

/// The number of the newest migration, from its file's name `NNNN_name.sql`.
pub fn newest_migration(service: &str) -> Result<String> {
    let folder = workspace::root().join("migrations").join(service);
    let names = workspace::names(&folder)?;
    let numbers = names.iter().filter_map(|name| {
        let (number, _) = name.strip_suffix(".sql")?.split_once('_')?;
        number.parse::<u32>().is_ok().then_some(number)
    });
    let newest = numbers.max();
    let newest = newest.with_context(|| format!("{} has no migrations", folder.display()))?;
    Ok(newest.to_owned())
}
