//! Runs checks one after the other, and reports what came of them.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use stack::HostKind;

use super::check::Check;
use super::summary::{Outcome, Summary};
use super::tested_system::{TestedSystem, running_system};
use super::{
    api, charts, cluster, databases, lint, prometheus, requirements, restart, storm, test_programs,
};
use crate::build;
use crate::demo::{self, Language};
use crate::interrupt::Interrupted;
use crate::system::ensure_spin;
use crate::terminal::{line, print_error, title};

/// How `cargo xtask test` runs.
#[derive(Default)]
pub struct Options {
    /// These checks alone; all when there are none.
    pub only: Vec<Check>,
    /// Go on after a failure.
    pub keep_going: bool,
    /// Install nothing: fail when something is missing.
    pub no_install: bool,
    /// The system that `e2e` and `demo` run against, instead of one of their own.
    pub url: Option<String>,
    /// What the components run on.
    pub kind: HostKind,
    /// Passed on to the test programs.
    pub rest: Vec<String>,
}

/// Runs the checks.
///
/// # Errors
/// When one fails, or something that they need is missing.
pub fn run(options: &Options) -> Result<()> {
    let checks: Vec<Check> = Check::value_variants()
        .iter()
        .copied()
        .filter(|check| options.only.is_empty() || options.only.contains(check))
        .collect();
    if options.url.is_some()
        && let Some(other) = checks
            .iter()
            .find(|check| !matches!(check, Check::E2e | Check::Demo))
    {
        bail!(
            "`--url` is for `--only e2e,demo`; `{}` needs a system of its own",
            other.name()
        );
    }
    if options.kind == HostKind::Spin {
        ensure_spin()?;
    }
    requirements::ensure(&checks, !options.no_install)?;
    let mut run = Run {
        checks,
        options,
        system: None,
    };
    let summary = run.all();
    let stopped = run.system.take().map_or(Ok(()), TestedSystem::stop);
    summary.print();
    summary.result().and(stopped)
}

struct Run<'a> {
    checks: Vec<Check>,
    options: &'a Options,
    /// Started by the first check that needs it.
    system: Option<TestedSystem>,
}

impl Run<'_> {
    fn all(&mut self) -> Summary {
        let mut summary = Summary::begin();
        let mut stopped = false;
        for check in self.checks.clone() {
            if stopped {
                summary.add(check, Outcome::NotRun);
                continue;
            }
            title(&format!("── {} ──", check.name()));
            if check == Check::Cluster
                && let Err(why) = cluster::available()
            {
                line(&format!("  skipped: {why:#}"));
                summary.add(check, Outcome::Skipped);
                continue;
            }
            let began = Instant::now();
            let outcome = match self.one(check) {
                Ok(()) => Outcome::Passed(began.elapsed()),
                Err(error) => {
                    stopped = !self.options.keep_going || error.is::<Interrupted>();
                    if !stopped {
                        print_error(&error);
                    }
                    Outcome::Failed(began.elapsed(), error)
                }
            };
            summary.add(check, outcome);
        }
        summary
    }

    fn one(&mut self, check: Check) -> Result<()> {
        // Built once, before the first check that needs it.
        let first = self.checks.iter().find(|check| check.needs_components());
        let build = first == Some(&check) && !self.checks.contains(&Check::Build);
        if build && self.options.url.is_none() {
            build::all(self.kind())?;
        }
        let rest = &self.options.rest;
        match check {
            Check::Fmt => lint::format(),
            Check::Structure => lint::structure(),
            Check::Clippy if self.checks.contains(&Check::Build) => lint::clippy_with_build(),
            Check::Clippy => lint::clippy(),
            Check::Build if self.checks.contains(&Check::Clippy) => {
                line("  built with the lints");
                Ok(())
            }
            Check::Build => test_programs::build_with_components(),
            Check::Unit => test_programs::unit(rest),
            Check::Charts => charts::check(),
            Check::Databases => databases::check(rest),
            Check::Faults => test_programs::faults(self.kind(), rest),
            Check::Storm => storm::run(self.kind(), &["--seconds", "60"]),
            Check::Events => test_programs::events(self.kind(), rest),
            Check::Prometheus => prometheus::check(self.kind(), rest),
            Check::E2e => self.e2e(),
            Check::Demo => match &self.options.url {
                Some(url) => demo::run(Some(url.clone()), Language::En),
                None => demo::run_on(self.system()?.system(), Language::En),
            },
            Check::Restart => self.restart(),
            Check::Api => api::check(self.system()?.system()),
            Check::Cluster => cluster::check(rest),
        }
        .with_context(|| {
            format!(
                "the check `{0}` failed; `cargo xtask test --only {0}` runs it alone",
                check.name()
            )
        })
    }

    fn e2e(&mut self) -> Result<()> {
        let rest = &self.options.rest;
        if let Some(url) = &self.options.url {
            return test_programs::run("e2e", "8", rest, &running_system(url)?);
        }
        let system = self.system()?;
        system.test("e2e", "8", &[], rest)?;
        // No component may have ended by a trap meanwhile.
        system.test("traps", "1", &[], &[])
    }

    fn restart(&mut self) -> Result<()> {
        let options = self.options;
        let system = self.system()?;
        match options.rest.is_empty() {
            true => restart::check(system, options.kind),
            false => system.test("restart", "1", &[], &options.rest),
        }
    }

    fn kind(&self) -> HostKind {
        self.options.kind
    }

    fn system(&mut self) -> Result<&TestedSystem> {
        match self.system {
            Some(ref system) => Ok(system),
            None => {
                let started = TestedSystem::start(self.kind())?;
                Ok(self.system.insert(started))
            }
        }
    }
}
