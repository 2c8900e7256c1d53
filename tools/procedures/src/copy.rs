//! A copy of `deploy`: the steps write values and dependencies into the folder in which they run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A copy of the folder `deploy`, and the root of the repository that it is of.
pub struct Copy {
    pub(crate) root: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Copy {
    /// Copies `deploy` of the repository at `root` into `folder`. Files that are only there stay.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn make(root: &Path, folder: &Path) -> Result<Self> {
        copy(&root.join("deploy"), folder)
            .with_context(|| format!("copying deploy to {}", folder.display()))?;
        Ok(Self {
            root: root.to_owned(),
            folder: folder.to_owned(),
        })
    }

    /// The folder of a chart.
    pub fn chart(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
