//! The way to the cluster: a kubeconfig of this program's own, because the quickstart chooses a namespace in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use stack::workspace;

use super::programs;

pub struct Access {
    /// `.local/cluster/kubeconfig`.
    pub config: PathBuf,
}

impl Access {
    /// The same access as `kubeconfig` gives with its current context.
    pub fn of(kubeconfig: &Path) -> Result<Self> {
        let folder = workspace::local().join("cluster");
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let config = folder.join("kubeconfig");
        let mut view = Command::new("kubectl");
        view.env("KUBECONFIG", kubeconfig);
        let flat = programs::output(view, &["config", "view", "--raw", "--flatten", "--minify"])?;
        fs::write(&config, flat).with_context(|| format!("writing {}", config.display()))?;
        Ok(Self { config })
    }

    /// Runs kubectl; returns what it printed.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("kubectl");
        command.env("KUBECONFIG", &self.config);
        programs::output(command, arguments)
    }
}
