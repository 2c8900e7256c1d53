//! The packages of a workspace, as cargo describes them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

use crate::graph::{Graph, Place};

/// A package of the workspace.
pub struct Package {
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The first file of each of its targets: libraries, programs, tests, build scripts.
    pub roots: Vec<PathBuf>,
    /// The packages of this workspace that it needs, also for its tests.
    pub dependencies: Vec<String>,
}

/// Reads the packages of the workspace in `folder`. Nothing is built or fetched.
pub fn packages(folder: &Path) -> Result<Vec<Package>> {
    let metadata = MetadataCommand::new()
        .manifest_path(folder.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo cannot describe the workspace")?;
    let packages = metadata.packages.iter().map(|package| Package {
        name: package.name.to_string(),
        folder: package
            .manifest_path
            .parent()
            .map(|folder| folder.as_std_path().to_owned())
            .unwrap_or_default(),
        roots: package
            .targets
            .iter()
            .map(|target| target.src_path.as_std_path().to_owned())
            .collect(),
        dependencies: package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
            .map(|dependency| dependency.name.clone())
            .collect(),
    });
    Ok(packages.collect())
}

/// Which package needs which, by its manifest.
pub fn graph(folder: &Path, packages: &[Package]) -> Graph {
    let mut graph = Graph::default();
    for package in packages {
        let manifest = package.folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap_or_default();
        for dependency in &package.dependencies {
            let line = text
                .lines()
                .position(|line| line.starts_with(dependency.as_str()))
                .map_or(1, |index| index + 1);
            let place = Place {
                file: relative(folder, &manifest),
                line,
                path: dependency.clone(),
            };
            graph.add(&package.name, dependency, place);
        }
    }
    graph
}

/// `path`, from the workspace's folder on.
pub fn relative(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}
