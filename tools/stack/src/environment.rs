//! The variables of `spin.toml` for this machine, kept in a file.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use local_resources::random_hex;

use crate::SERVICES;
use crate::env_file::{self, PREFIX};
use crate::keys::KeyPair;

/// The first lines of the file.
const HEAD: &str = "\
# The variables that the host is started with. `set -a; . .local/env` gives them to a shell; other programs read the
# lines that begin with SPIN_VARIABLE_. What is changed here stays; of two lines with one name the last counts.
";
const ADMIN_EMAIL: &str = "admin@example.com";

/// The variables, in the order of the file. Values that a person adds or changes there stay.
#[derive(Clone, Debug)]
pub struct Environment {
    path: PathBuf,
    variables: Vec<(String, String)>,
}

impl Environment {
    /// The variables of the file at `path`; none when it does not exist.
    pub fn open(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("reading {}", path.display()))?,
        };
        let variables = env_file::read(&text).with_context(|| format!("in {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            variables,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value of a variable, by its name in `spin.toml`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a variable that must be there.
    pub fn expect(&self, name: &str) -> Result<&str> {
        self.get(name).with_context(|| {
            format!(
                "{} has no line {PREFIX}{}=…; `cargo xtask up` writes one",
                self.path.display(),
                name.to_uppercase()
            )
        })
    }

    pub fn set(&mut self, name: &str, value: &str) {
        match self.variables.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.variables.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Lets one address log in and register as often as a demo, a load or a test suite does, unless the file says
    /// otherwise.
    fn raise_limits(&mut self) -> Result<()> {
        for limit in ["login_failures_per_address", "registrations_per_address"] {
            self.set_missing(limit, || Ok("1000000".to_owned()))?;
        }
        Ok(())
    }

    /// Generates every secret that is missing: keys, tokens, passwords; and raises the limits of an address.
    pub fn fill_in_secrets(&mut self) -> Result<()> {
        if self.get("auth_private_key").is_none() || self.get("auth_public_keys").is_none() {
            let pair = KeyPair::generate()?;
            self.set("auth_private_key", &pair.private_key());
            self.set("auth_public_keys", &pair.public_keys());
        }
        self.set_missing("service_secret", || random_hex(32))?;
        self.set_missing("refresh_token_key", || random_hex(32))?;
        self.set_missing("operator_token", || random_hex(24))?;
        self.set_missing("admin_email", || Ok(ADMIN_EMAIL.to_owned()))?;
        self.set_missing("admin_password", || random_hex(8))?;
        for service in SERVICES {
            self.set_missing(&format!("{service}_db_password"), || random_hex(16))?;
        }
        self.raise_limits()
    }

    /// Names the databases' server; all five are on one.
    pub fn set_database_server(&mut self, host_and_port: &str) {
        for service in SERVICES {
            self.set(&format!("{service}_db_host"), host_and_port);
            self.set(&format!("{service}_db_sslmode"), "disable");
        }
    }

    /// The variables as the host takes them.
    pub fn process_variables(&self) -> impl Iterator<Item = (String, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (process_name(name), value.as_str()))
    }

    /// Writes the file, for its owner alone to read.
    pub fn save(&self) -> Result<()> {
        let beside = self.path.with_extension("new");
        let mut text = String::from(HEAD);
        for (name, value) in &self.variables {
            let lines = env_file::write(name, value);
            text.push_str(&lines.with_context(|| format!("writing {}", self.path.display()))?);
        }
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&beside, &self.path));
        written.with_context(|| format!("writing {}", self.path.display()))
    }

    fn set_missing(&mut self, name: &str, value: impl FnOnce() -> Result<String>) -> Result<()> {
        if self.get(name).is_none_or(str::is_empty) {
            self.set(name, &value()?);
        }
        Ok(())
    }
}

/// `service_secret` → `SPIN_VARIABLE_SERVICE_SECRET`
pub fn process_name(variable: &str) -> String {
    format!("{PREFIX}{}", variable.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn empty() -> Environment {
        let path = std::env::temp_dir().join(format!("zakaz-env-{}", random_hex(6).unwrap()));
        Environment {
            path,
            variables: Vec::new(),
        }
    }

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        let mut written = empty();
        written.fill_in_secrets().unwrap();
        written.set_database_server("127.0.0.1:5432");
        written.set("currency", "a=b 'c'");
        written.save().unwrap();
        let read = Environment::open(&written.path);
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&written.path).unwrap());
        fs::remove_file(&written.path).unwrap();
        assert_eq!(read.unwrap().variables, written.variables);
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn secrets_are_made_once() {
        let mut environment = empty();
        environment.fill_in_secrets().unwrap();
        let first = environment.variables.clone();
        environment.fill_in_secrets().unwrap();
        assert_eq!(environment.variables, first);
    }

    #[test]
    fn every_variable_that_the_manifest_requires_has_a_value() {
        let mut environment = empty();
        environment.fill_in_secrets().unwrap();
        environment.set_database_server("127.0.0.1:5432");
        let manifest = fs::read_to_string(workspace::root().join("spin.toml")).unwrap();
        let required: Vec<&str> = manifest
            .lines()
            .filter(|line| line.contains("required = true"))
            .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
            .collect();
        assert!(required.len() > 10, "{required:?}");
        for name in required {
            assert!(
                environment.get(name).is_some_and(|value| !value.is_empty()),
                "{name}"
            );
        }
    }
}
