//! A step as a program to run.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::copy::Copy;
use crate::namespace;
use crate::page::Pages;

/// What makes the printed commands safe to repeat, and fits them to the cluster: `helm install` also upgrades, with more
/// values; a namespace or a Secret that is there stays; a registry may have no TLS and no accounts; dependencies that are
/// there serve where they cannot be downloaded.
const PRELUDE: &str = r#"
helm() {
    case "$1 ${2-}" in
    "dependency update" | "dependency build")
        command helm "$@" || ! command helm dependency list "$3" | grep --quiet missing
        return
        ;;
    esac
    case "$1" in
    install) shift; set -- upgrade --install "$@" ;;
    esac
    values=
    case "$1 $* " in
    "upgrade "*" metrics metrics "*) values=${METRICS_VALUES-} ;;
    "upgrade "*" auth auth "* | "upgrade "*" billing billing "* | "upgrade "*" order order "* | \
        "upgrade "*" delivery delivery "* | "upgrade "*" warehouse warehouse "*) values=${SERVICE_VALUES-} ;;
    esac
    command helm "$@" ${values:+--values "$values"}
}
spin() {
    case "$1 ${2-}" in
    "registry push") shift 2; command spin registry push ${PLAIN_HTTP:+--insecure} "$@" ;;
    "registry login") [ -n "${PLAIN_HTTP-}" ] || command spin "$@" ;;
    *) command spin "$@" ;;
    esac
}
kubectl() {
    case "$1 ${2-}" in
    "create namespace") if command kubectl get namespace "$3" >/dev/null 2>&1; then return; fi ;;
    "create secret") if command kubectl get secret "$4" >/dev/null 2>&1; then return; fi ;;
    esac
    command kubectl "$@"
}
"#;

/// The step that is run in the repository's root; all others are run in its folder `deploy`.
const IN_ROOT: &str = "images";

/// Steps of the pages, to be run in one shell.
#[derive(Clone)]
pub struct Script {
    folder: PathBuf,
    text: String,
    variables: Vec<(String, String)>,
}

impl Script {
    /// These steps, one after the other, for a namespace, in a copy of `deploy`.
    ///
    /// # Errors
    /// When the pages lack one.
    pub fn of(pages: &Pages, deploy: &Copy, steps: &[&str], namespace: &str) -> Result<Self> {
        let mut text = String::new();
        for step in steps {
            text.push_str(&namespace::replaced(&pages.step(step)?, namespace));
        }
        let folder = match steps {
            [IN_ROOT] => deploy.root.clone(),
            _ => deploy.folder.clone(),
        };
        Ok(Self {
            folder,
            text,
            variables: Vec::new(),
        })
    }

    /// With an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With shell text after the steps, which sees their variables.
    #[must_use]
    pub fn then(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// The shell that runs it. `SERVICE_VALUES` and `METRICS_VALUES` among the variables name files of values, which are
    /// added to those that the pages name; `PLAIN_HTTP` says that the registry has no TLS.
    pub fn command(&self) -> Command {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c"]);
        command.arg(format!("{PRELUDE}\n{}", self.text));
        command.current_dir(&self.folder);
        command.envs(self.variables.iter().cloned());
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        let script = Script {
            folder: ".".into(),
            text: text.to_owned(),
            variables: Vec::new(),
        };
        let output = script
            .with("SERVICE_VALUES", "/my values")
            .command()
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn an_installation_can_be_repeated_with_values_of_the_cluster() {
        // `command` runs programs alone, so a function of this name stands in for it.
        let text = "command() { printf '%s|' \"$@\"; }\nhelm install auth auth\nhelm upgrade metrics metrics\nkubectl get pods\n";
        assert_eq!(
            printed(text),
            "helm|upgrade|--install|auth|auth|--values|/my values|helm|upgrade|metrics|metrics|kubectl|get|pods|"
        );
    }

    #[test]
    fn a_failing_command_ends_it() {
        assert_eq!(printed("echo one\nfalse\necho two\n"), "one\n");
    }
}
