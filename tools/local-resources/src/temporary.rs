//! Folders that vanish with the value.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::Result;
use rustix::process::{Pid, test_kill_process};

use crate::folder::create_folder;
use crate::random::random_hex;

const PREFIX: &str = "zakaz-temporary-";

/// A folder under the system's temporary one. It is removed with the value or, when this process is killed, when the
/// next one is created.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub fn new() -> Result<Self> {
        let parent = env::temp_dir();
        remove_left_over(&parent);
        let folder = parent.join(format!("{PREFIX}{}-{}", process::id(), random_hex(4)?));
        create_folder(&folder)?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes the folders of processes that ended without doing so (killed, or the value was in a static).
fn remove_left_over(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if owner(&name.to_string_lossy()).is_some_and(|owner| test_kill_process(owner).is_err()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn owner(name: &str) -> Option<Pid> {
    let (pid, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
    Pid::from_raw(pid.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_ended_processes_are_removed() {
        let parent = env::temp_dir().join(format!("zakaz-left-over-{}", process::id()));
        let (mine, stranger) = (
            parent.join(format!("{PREFIX}{}-ab", process::id())),
            parent.join("zakaz-other"),
        );
        // No process has this number: Linux and macOS stop far below.
        let dead = parent.join(format!("{PREFIX}{}-ab", i32::MAX - 1));
        for folder in [&mine, &stranger, &dead] {
            fs::create_dir_all(folder).unwrap();
        }
        remove_left_over(&parent);
        let left = (mine.exists(), stranger.exists(), dead.exists());
        fs::remove_dir_all(&parent).unwrap();
        assert_eq!(left, (true, true, false));
    }
}
