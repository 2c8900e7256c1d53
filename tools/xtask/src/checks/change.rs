//! Which packages a change touches: those whose files differ from `main`, and those that depend on them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use stack::workspace;

/// Files that every package depends on.
const COMMON: [&str; 4] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    Everything,
    /// These alone, perhaps none.
    Packages(Vec<String>),
}

/// The packages of this workspace.
pub struct Members(Metadata);

impl Members {
    pub fn read() -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(workspace::root().join("Cargo.toml"))
            .no_deps()
            .exec()
            .context("reading the packages of this workspace")?;
        Ok(Self(metadata))
    }

    /// What differs from `main`; everything when that is asked for.
    pub fn changed(&self, all: bool) -> Result<Change> {
        if all {
            return Ok(Change::Everything);
        }
        Ok(self.touched_by(&changed_files()?))
    }

    fn touched_by(&self, files: &[String]) -> Change {
        if files.iter().any(|file| COMMON.contains(&file.as_str())) {
            return Change::Everything;
        }
        let own = self.0.packages.iter().filter(|package| {
            let folder = self.folder(package);
            files.iter().any(|file| Path::new(file).starts_with(folder))
        });
        let mut touched: BTreeSet<&str> = own.map(|package| package.name.as_str()).collect();
        loop {
            let before = touched.len();
            for package in &self.0.packages {
                let mut needed = package.dependencies.iter();
                if needed.any(|it| it.path.is_some() && touched.contains(it.name.as_str())) {
                    touched.insert(package.name.as_str());
                }
            }
            if touched.len() == before {
                break;
            }
        }
        Change::Packages(touched.into_iter().map(str::to_owned).collect())
    }

    /// Whether any of these packages has test programs.
    pub fn have_tests(&self, names: &[String]) -> bool {
        let packages = self.0.packages.iter();
        packages
            .filter(|package| names.iter().any(|name| *name == package.name.as_str()))
            .flat_map(|package| &package.targets)
            .any(|target| target.is_test())
    }

    /// The packages in these folders of the root.
    pub fn in_folders(&self, folders: &[&str]) -> Vec<&str> {
        let packages = self.0.packages.iter();
        packages
            .filter(|package| {
                let folder = self.folder(package);
                folders.iter().any(|parent| folder.starts_with(parent))
            })
            .map(|package| package.name.as_str())
            .collect()
    }

    /// The folder of a package, from the root.
    fn folder<'a>(&self, package: &'a Package) -> &'a Path {
        let manifest = package.manifest_path.as_std_path();
        let folder = manifest.parent().unwrap_or(manifest);
        folder
            .strip_prefix(&self.0.workspace_root)
            .unwrap_or(folder)
    }
}

/// The files that differ from where this branch left `main`, committed or not, and new ones.
fn changed_files() -> Result<Vec<String>> {
    let base = ["origin/main", "main"]
        .iter()
        .find_map(|main| git(&["merge-base", "HEAD", main]).ok());
    let base = base.map_or_else(|| "HEAD".to_owned(), |base| base.trim().to_owned());
    let differing = git(&["diff", "--name-only", "--relative", &base])
        .context("which files changed? without git, `--all` lints everything")?;
    let new = git(&["ls-files", "--others", "--exclude-standard"])?;
    let files = differing.lines().chain(new.lines());
    Ok(files.map(str::to_owned).collect())
}

fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(workspace::root())
        .output()
        .context("running git")?;
    if !output.status.success() {
        bail!(
            "git {} failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(file: &str) -> Change {
        Members::read().unwrap().touched_by(&[file.to_owned()])
    }

    #[test]
    fn a_package_is_touched_with_what_depends_on_it() {
        let Change::Packages(packages) = touched("crates/contract/src/lib.rs") else {
            panic!("not everything");
        };
        for name in ["contract", "billing", "order"] {
            assert!(packages.iter().any(|it| it == name), "{name}: {packages:?}");
        }
        assert!(
            !packages.iter().any(|it| it == "local-resources"),
            "{packages:?}"
        );
    }

    #[test]
    fn documents_touch_no_package_and_the_lock_file_touches_all() {
        assert_eq!(touched("README.md"), Change::Packages(Vec::new()));
        assert_eq!(touched("Cargo.lock"), Change::Everything);
    }
}
