//! The imports between the files of one crate, read from its sources.
//!
//! A name is followed to the file that defines it, through `use`, `pub use` and globs: a parent that only
//! declares its modules and re-exports their items depends on none of them, and nobody depends on it. Not
//! followed are methods, which need types, and what macros make of their input.

mod mentions;
mod modules;
mod names;
mod uses;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::graph::{Graph, Place};
use modules::Crate;

/// The imports between the files of a crate.
#[derive(Default)]
pub struct Imports {
    /// Between files; the tests inside a file (`#[cfg(test)] mod tests { … }`) count as one of their own.
    pub files: Graph,
    /// The nodes of `files` that are built for tests only.
    pub tests: BTreeSet<String>,
}

/// Adds the imports of the crate whose first file is `root`. Names of files begin below `workspace`.
pub fn read_crate(workspace: &Path, root: &Path, imports: &mut Imports) -> Result<()> {
    let source = Crate::load(workspace, root)?;
    for (index, module) in source.modules.iter().enumerate() {
        let unit = &source.units[module.unit];
        if unit.test {
            imports.tests.insert(unit.name.clone());
        }
        let mentions = mentions::of_module(module);
        // What is imported by a `use` is not counted again where it is used.
        let (uses, others): (Vec<_>, Vec<_>) =
            mentions.into_iter().partition(|mention| mention.by_use);
        let mut imported = BTreeSet::new();
        for mention in uses.iter().chain(&others) {
            for target in names::units(&source, index, &mention.segments) {
                if mention.by_use {
                    imported.insert(target);
                } else if imported.contains(&target) {
                    continue;
                }
                let place = Place {
                    file: unit.file.clone(),
                    line: mention.line,
                    path: mention.segments.join("::"),
                };
                let target = &source.units[target].name;
                imports.files.add(&unit.name, target, place);
            }
        }
    }
    Ok(())
}
