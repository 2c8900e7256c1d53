//! What must be installed for the checks. Asked before the first of them: most come after minutes of building.

use anyhow::{Result, bail};

use super::{Check, prometheus, python};

/// A program that some checks need, and how to find out whether it is there.
struct Need {
    of: &'static [Check],
    installed: fn() -> Result<()>,
}

const NEEDS: [Need; 3] = [
    Need {
        of: &[Check::Unit, Check::Events],
        installed: rabbitmq_server::installed,
    },
    Need {
        of: &[Check::Prometheus],
        installed: prometheus::installed,
    },
    Need {
        of: &[Check::Prometheus, Check::Api],
        installed: python::installed,
    },
];

/// Says what to install, if anything that `checks` need is missing, and which of them can do without.
pub fn ensure(checks: &[Check]) -> Result<()> {
    let (mut missing, mut able) = (Vec::new(), checks.to_vec());
    for need in &NEEDS {
        if checks.iter().any(|check| need.of.contains(check))
            && let Err(error) = (need.installed)()
        {
            missing.push(format!("{error:#}"));
            able.retain(|check| !need.of.contains(check));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join("\n  ");
    if able.is_empty() {
        bail!("something is missing:\n  {missing}");
    }
    let able: Vec<String> = able.into_iter().map(Check::name).collect();
    bail!(
        "something is missing:\n  {missing}\nwithout it, these run: cargo xtask test --only {}",
        able.join(",")
    )
}
