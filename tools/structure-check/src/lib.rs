//! Finds circles of imports in a workspace: between the files of a crate, between its folders, and between
//! packages. In a circle nothing can be read, tested or moved without all the rest of it. Finds dead links and paths in
//! documents and comments, too.

mod documents;
mod folders;
mod graph;
mod report;
mod source;
mod workspace;

use std::path::Path;

use anyhow::Result;

pub use documents::dead_references;
pub use graph::{Circle, Graph, Place, Step};
pub use report::describe;

/// What a circle is between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Files,
    Folders,
    Packages,
}

/// A circle, and where it was found.
#[derive(Debug)]
pub struct Finding {
    pub level: Level,
    /// The package or the folder; empty for a circle of packages.
    pub within: String,
    pub circle: Circle,
}

/// Every circle of the workspace in `folder`.
pub fn circles(folder: &Path) -> Result<Vec<Finding>> {
    let packages = workspace::packages(folder)?;
    let mut findings = Vec::new();
    for package in &packages {
        findings.extend(circles_of_package(folder, package)?);
    }
    let graph = workspace::graph(folder, &packages);
    findings.extend(found(Level::Packages, "", &graph));
    Ok(findings)
}

fn circles_of_package(folder: &Path, package: &workspace::Package) -> Result<Vec<Finding>> {
    let mut imports = source::Imports::default();
    for root in &package.roots {
        source::read_crate(folder, root, &mut imports)?;
    }
    let name = workspace::relative(folder, &package.folder);
    let mut findings: Vec<Finding> = found(Level::Files, &name, &imports.files).collect();
    for (inside, graph) in folders::graphs(&name, &imports.files, &imports.tests) {
        let circles = found(Level::Folders, &inside, &graph);
        // One of files alone has been found already.
        findings.extend(circles.filter(|finding| finding.circle.steps.iter().any(is_of_folder)));
    }
    Ok(findings)
}

fn is_of_folder(step: &Step) -> bool {
    !step.from.ends_with(".rs")
}

fn found(level: Level, within: &str, graph: &Graph) -> impl Iterator<Item = Finding> + use<> {
    let within = within.to_owned();
    let circles = graph.circles();
    circles.into_iter().map(move |circle| Finding {
        level,
        within: within.clone(),
        circle,
    })
}
