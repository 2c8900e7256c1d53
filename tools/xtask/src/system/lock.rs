//! One `cargo xtask up` at a time for each copy of the repository.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::process;

use anyhow::{Context, Result};

/// Held as long as the value lives; the system releases it when the process ends in any way.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Lock {
    /// Takes the lock of `folder`. The inner error names its holder.
    pub fn take(folder: &Path) -> Result<Result<Self, String>> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let path = folder.join("lock");
        let context = || format!("locking {}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(context)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "{}", process::id())?;
                Ok(Ok(Self(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                Ok(Err(format!(
                    "another `cargo xtask up` of this copy (process {})",
                    holder.trim()
                )))
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(context),
        }
    }
}
