//! The manifest that the host is started with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace;

/// The beginning of a component's `source` in `spin.toml`.
const SOURCE: &str = "source = \"target/";

/// `spin.toml`. When cargo does not build into `target` of the root, a copy beside `log` that has the components where
/// cargo puts them.
pub fn beside(log: &Path) -> Result<PathBuf> {
    let original = workspace::root().join("spin.toml");
    if workspace::target() == workspace::root().join("target") {
        return Ok(original);
    }
    let text =
        fs::read_to_string(&original).with_context(|| format!("reading {}", original.display()))?;
    let copy = log.with_file_name("spin.toml");
    fs::write(&copy, with_sources_in(&text, workspace::target()))
        .with_context(|| format!("writing {}", copy.display()))?;
    Ok(copy)
}

fn with_sources_in(manifest: &str, target: &Path) -> String {
    manifest.replace(SOURCE, &format!("source = \"{}/", target.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SERVICES;

    #[test]
    fn every_component_is_taken_from_the_target_folder() {
        let manifest = fs::read_to_string(workspace::root().join("spin.toml")).unwrap();
        let copy = with_sources_in(&manifest, Path::new("/elsewhere"));
        for service in SERVICES {
            let source = format!("source = \"/elsewhere/wasm32-wasip2/release/{service}.wasm\"");
            assert!(copy.contains(&source), "{service}");
        }
        assert!(!copy.contains(SOURCE));
    }
}
