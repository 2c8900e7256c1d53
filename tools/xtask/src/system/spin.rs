//! The Spin CLI.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The oldest version that has the interfaces the components use.
const OLDEST: (u32, u32) = (4, 1);

/// Checks that `spin` is in `PATH` and new enough.
///
/// # Errors
/// When it is not; the message says what to do.
pub fn ensure_spin() -> Result<()> {
    let output = Command::new("spin").arg("--version").stdin(Stdio::null()).output().context(
        "there is no `spin` here; install Spin 4.1 or newer (https://spinframework.dev/install), or leave `--spin` out",
    )?;
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version(&printed) {
        Some(found) if found >= OLDEST => Ok(()),
        _ => bail!(
            "Spin {}.{} or newer is needed; here is `{printed}`",
            OLDEST.0,
            OLDEST.1
        ),
    }
}

/// `spin 4.1.0 (abc 2026-01-01)` → (4, 1)
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("spin ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_spin_prints_them() {
        assert_eq!(version("spin 4.1.0 (f4a8b2e 2026-05-01)"), Some((4, 1)));
        assert!(version("spin 4.0.2").is_some_and(|found| found < OLDEST));
        assert_eq!(version("command not found"), None);
    }
}
