//! What must be installed for the checks. Asked before the first of them: most come after minutes of building.

use anyhow::{Result, bail};
use postgres_server::Binaries;

use super::check::Check;
use super::install::{PackageManager, Packages};
use super::{prometheus, python};
use crate::build;
use crate::terminal::line;

/// A program that some checks need.
struct Requirement {
    name: &'static str,
    needed_by: &'static [Check],
    /// Fails when it is missing.
    find: fn() -> Result<()>,
    packages: Packages,
    /// There is another way when it cannot be installed.
    optional: bool,
}

const REQUIREMENTS: [Requirement; 5] = [
    Requirement {
        name: "PostgreSQL",
        needed_by: &[
            Check::Unit,
            Check::Databases,
            Check::Faults,
            Check::Storm,
            Check::Events,
            Check::Prometheus,
            Check::E2e,
            Check::Demo,
            Check::Restart,
            Check::Api,
        ],
        find: find_postgres,
        packages: Packages {
            apt: &["postgresql"],
            brew: &["postgresql@17"],
        },
        // Without an installed one, it is downloaded into `.local`.
        optional: true,
    },
    Requirement {
        name: "RabbitMQ",
        needed_by: &[Check::Unit, Check::Events],
        find: rabbitmq_server::installed,
        packages: Packages {
            apt: &["rabbitmq-server"],
            brew: &["rabbitmq"],
        },
        optional: false,
    },
    Requirement {
        name: "Prometheus",
        needed_by: &[Check::Charts, Check::Prometheus],
        find: prometheus::installed,
        packages: Packages {
            apt: &["prometheus"],
            brew: &["prometheus"],
        },
        optional: false,
    },
    Requirement {
        name: "Python 3 with its venv module",
        needed_by: &[
            Check::Charts,
            Check::Databases,
            Check::Prometheus,
            Check::Api,
        ],
        find: python::installed,
        packages: Packages {
            apt: &["python3", "python3-venv"],
            brew: &["python"],
        },
        optional: false,
    },
    Requirement {
        name: "OpenSSL's headers, for the local host's build",
        needed_by: &[
            Check::Clippy,
            Check::Build,
            Check::Unit,
            Check::Databases,
            Check::Faults,
            Check::Storm,
            Check::Events,
            Check::Prometheus,
            Check::E2e,
            Check::Demo,
            Check::Restart,
            Check::Api,
        ],
        find: build::openssl_headers,
        packages: Packages {
            apt: build::OPENSSL_PACKAGES,
            // The system's TLS is used there.
            brew: &[],
        },
        optional: false,
    },
];

fn find_postgres() -> Result<()> {
    match Binaries::find()? {
        Some(_) => Ok(()),
        None => bail!("no PostgreSQL server is installed"),
    }
}

/// Sees to it that everything which `checks` need is installed.
///
/// # Errors
/// When something is missing and `install` is false, or it cannot be installed. The message says what to do, and which
/// of the checks run without it.
pub fn ensure(checks: &[Check], install: bool) -> Result<()> {
    let missing = missing(checks);
    if missing.is_empty() {
        return Ok(());
    }
    let manager = PackageManager::find().filter(|_| install);
    if let Some(manager) = manager {
        let packages = missing.iter().map(|requirement| &requirement.packages);
        let names: Vec<&str> = missing.iter().map(|requirement| requirement.name).collect();
        line(&format!("\nmissing: {}", names.join(", ")));
        manager.install(packages)?;
    }
    let mut still = self::missing(checks);
    still.retain(|requirement| !requirement.optional);
    if still.is_empty() {
        return Ok(());
    }
    bail!("{}", describe(&still, checks))
}

fn missing(checks: &[Check]) -> Vec<&'static Requirement> {
    let needed = REQUIREMENTS.iter().filter(|requirement| {
        let mut checks = checks.iter();
        checks.any(|check| requirement.needed_by.contains(check))
    });
    needed
        .filter(|requirement| (requirement.find)().is_err())
        .collect()
}

fn describe(missing: &[&Requirement], checks: &[Check]) -> String {
    let mut text = "something is missing:".to_owned();
    for requirement in missing {
        text.push_str(&format!("\n  {}", requirement.name));
        if let Err(error) = (requirement.find)() {
            text.push_str(&format!(": {error:#}"));
        }
        let Packages { apt, brew } = requirement.packages;
        text.push_str(&format!(
            "\n    Debian, Ubuntu: apt-get install {}",
            apt.join(" ")
        ));
        if !brew.is_empty() {
            text.push_str(&format!("; macOS: brew install {}", brew.join(" ")));
        }
    }
    let without: Vec<String> = checks
        .iter()
        .filter(|check| !missing.iter().any(|it| it.needed_by.contains(check)))
        .map(|check| check.name())
        .collect();
    if !without.is_empty() {
        let names = without.join(",");
        text.push_str(&format!(
            "\nthe other checks run without: cargo xtask test --only {names}"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_what_to_install_and_what_runs_without_it() {
        let rabbit = &REQUIREMENTS[1];
        let text = describe(&[rabbit], &[Check::Fmt, Check::Unit]);
        assert!(text.contains("apt-get install rabbitmq-server"), "{text}");
        assert!(text.contains("brew install rabbitmq"), "{text}");
        assert!(text.ends_with("--only fmt"), "{text}");
    }
}
