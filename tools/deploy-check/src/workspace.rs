//! The folders of this repository, and reading and writing its files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

pub fn deploy() -> PathBuf {
    root().join("deploy")
}

/// For installed tools and rendered charts; not under version control.
pub fn local() -> PathBuf {
    root().join(".local")
}

pub fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

pub fn yaml(path: impl AsRef<Path>) -> Result<Value> {
    let path = path.as_ref();
    serde_saphyr::from_str(&read(path)?).with_context(|| format!("parsing {}", path.display()))
}

/// With `write`, writes a generated file. Without, fails when the file is out of date.
pub fn write_or_compare(path: impl AsRef<Path>, wanted: &str, write: bool) -> Result<()> {
    let path = path.as_ref();
    let found = fs::read_to_string(path).unwrap_or_default();
    if found == wanted {
        return Ok(());
    }
    if !write {
        bail!(
            "{} is out of date; run `cargo xtask deploy-check --write`",
            path.display()
        );
    }
    println!("wrote {}", path.display());
    fs::write(path, wanted).with_context(|| format!("writing {}", path.display()))
}

/// The names in a folder, sorted.
pub fn names(folder: impl AsRef<Path>) -> Result<Vec<String>> {
    let folder = folder.as_ref();
    let entries =
        fs::read_dir(folder).with_context(|| format!("reading the folder {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
