//! How many packages a cargo command compiles.

use std::collections::{HashMap, HashSet};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use stack::workspace;

/// The number of packages that a cargo command with these arguments compiles, those that are compiled already
/// included. `None` when cargo cannot say: the command itself will show why.
pub fn count(arguments: &[&str]) -> Option<u64> {
    let value_of = |option: &str| {
        let mut pairs = arguments.windows(2);
        pairs.find(|pair| pair[0] == option).map(|pair| pair[1])
    };
    let triple = match value_of("--target") {
        Some(target) => target.to_owned(),
        None => host_triple().ok()?,
    };
    let selected: Vec<&str> = arguments
        .windows(2)
        .filter(|pair| pair[0] == "--package")
        .map(|pair| pair[1])
        .collect();
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .other_options(vec!["--filter-platform".to_owned(), triple])
        .exec()
        .ok()?;
    let program = value_of("--bin");
    let members = metadata.workspace_packages().into_iter().filter(|member| {
        let is_selected = selected.is_empty() || selected.contains(&member.name.as_str());
        let has_program = |name| {
            member
                .targets
                .iter()
                .any(|it| it.is_bin() && it.name == name)
        };
        is_selected && program.is_none_or(has_program)
    });
    let wanted: Vec<&PackageId> = members.map(|member| &member.id).collect();
    // Only tests need development dependencies.
    let tested = if program.is_some() { &[] } else { &wanted[..] };
    Some(reachable(&metadata, &wanted, tested).len() as u64)
}

/// The packages that the wanted members need, and the tests of those that are tested.
fn reachable<'a>(
    metadata: &'a Metadata,
    wanted: &[&'a PackageId],
    tested: &[&'a PackageId],
) -> HashSet<&'a PackageId> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: HashMap<_, _> = nodes.map(|node| (&node.id, node)).collect();
    let mut todo = wanted.to_vec();
    let mut found = HashSet::new();
    while let Some(id) = todo.pop() {
        if !found.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).iter().flat_map(|node| &node.deps) {
            let needed = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development || tested.contains(&id));
            if needed {
                todo.push(&dependency.pkg);
            }
        }
    }
    found
}

fn host_triple() -> Result<String> {
    let output = Command::new("rustc")
        .args(["--print", "host-tuple"])
        .current_dir(workspace::root())
        .output()
        .context("running rustc")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
