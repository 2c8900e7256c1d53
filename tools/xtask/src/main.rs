//! `cargo xtask …`: the tasks of this repository.

mod build;
mod cargo;
mod checks;
mod client;
mod cluster;
mod demo;
mod dependencies;
mod interrupt;
mod memory;
mod migrate;
mod program;
mod saga;
mod system;
mod terminal;
mod up;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use stack::HostKind;

use crate::checks::Check;
use crate::demo::Language;
use crate::interrupt::Interrupted;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Run Zakaz on this machine, show it, test it",
    version
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Set up everything and run it: build, PostgreSQL, migrations, host, a small catalogue
    Up {
        /// The port of the API on 127.0.0.1
        #[arg(long, default_value_t = 3000)]
        port: u16,
        /// Throw the data, keys and secrets of earlier runs away first
        #[arg(long)]
        fresh: bool,
        /// With --fresh on the server of ZAKAZ_POSTGRES_URL: its host and port, instead of typing them when asked
        #[arg(long, value_name = "HOST:PORT", requires = "fresh")]
        drop_on: Option<String>,
        /// Run on the Spin CLI (4.1 or newer) instead of the local host
        #[arg(long)]
        spin: bool,
    },
    /// Show one order from an empty shop to its end, and three that fail, step by step
    Demo {
        /// The system to show it on; without it the one on port 3000, else one that is started for it
        #[arg(long)]
        url: Option<String>,
        /// The language of the demo and of the API's answers; by the locale when left out
        #[arg(long, value_enum)]
        lang: Option<Language>,
    },
    /// After a change: format, imports, lints of what changed, and all tests that need no running system
    Check {
        /// Lint everything, not only the packages that differ from main and those that depend on them
        #[arg(long)]
        all: bool,
    },
    /// Run everything that CI runs; what is missing on this machine is installed first
    Test {
        /// Run these checks alone
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<Check>,
        /// Go on after a failure
        #[arg(long)]
        keep_going: bool,
        /// Install nothing, only say what is missing
        #[arg(long)]
        no_install: bool,
        /// With `--only e2e,demo`: the system of `cargo xtask up` that listens there, instead of one of their own
        #[arg(long)]
        url: Option<String>,
        /// Run the components on the Spin CLI (4.1 or newer) instead of the local host
        #[arg(long)]
        spin: bool,
        /// Passed on to the test programs, such as the name of a test
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Install it on Kubernetes: on a cluster of kind, in Docker, that is made for it, or on one that is there
    Cluster(cluster::Options),
    /// Random kills, outages and faults under load; then every invariant is read from the databases
    Storm {
        /// Run on the Spin CLI (4.1 or newer) instead of the local host
        #[arg(long)]
        spin: bool,
        /// How long it lasts
        #[arg(long, default_value_t = 60, conflicts_with = "minutes")]
        seconds: u64,
        /// How long it lasts, in minutes
        #[arg(long)]
        minutes: Option<u64>,
        /// A number that an earlier storm has shown: the same plan of faults again
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Apply the migrations to the databases of this machine
    Migrate {
        /// One service's alone
        #[arg(long, value_parser = system::SERVICES)]
        service: Option<String>,
    },
    /// Show the sagas of a running system, and retry those that wait
    Saga {
        #[command(subcommand)]
        task: saga::Task,
    },
    /// Format all code
    Fmt,
    /// Check the format, and run clippy over everything, for this machine and for WebAssembly
    Lint,
    /// Write the API document anew
    Openapi,
    /// Find circles of imports between files, folders and packages
    Structure,
    /// Check the charts in deploy/ without a cluster
    DeployCheck {
        /// Passed on to `deploy-check`, such as `--write`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Check that a service keeps the protocol of a participant: docs/participant.md
    #[command(disable_help_flag = true)]
    ParticipantCheck {
        /// Passed on to `participant-check`: --url, --token, --body, --other-body, or --help for all
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Kill or start parts of the running system of FOLDER
    #[command(hide = true)]
    SystemControl {
        folder: PathBuf,
        #[arg(value_parser = system::COMMANDS)]
        command: String,
        /// For `start-host`: variables of `spin.toml` to set otherwise than before, `name=value`
        variables: Vec<String>,
    },
}

fn main() -> ExitCode {
    interrupt::listen();
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Interrupted>() => ExitCode::from(130),
        Err(error) => {
            terminal::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Up {
            port,
            fresh,
            drop_on,
            spin,
        } => up::run(&up::Options {
            port,
            fresh,
            drop_on,
            kind: host_kind(spin),
        }),
        Task::Demo { url, lang } => demo::run(url, lang.unwrap_or_else(Language::of_the_locale)),
        Task::Check { all } => checks::run_quick(&checks::QuickOptions { all }),
        Task::Test {
            only,
            keep_going,
            no_install,
            url,
            spin,
            rest,
        } => checks::run(&checks::Options {
            only,
            keep_going,
            no_install,
            url,
            kind: host_kind(spin),
            rest,
        }),
        Task::Cluster(options) => cluster::run(&options),
        Task::Storm {
            spin,
            seconds,
            minutes,
            seed,
        } => {
            let seconds = minutes.map_or(seconds, |minutes| minutes * 60).to_string();
            let seed = seed.map(|seed| seed.to_string());
            let mut arguments = vec!["--seconds", &seconds];
            if let Some(seed) = &seed {
                arguments.extend(["--seed", seed]);
            }
            checks::storm(host_kind(spin), &arguments)
        }
        Task::Migrate { service } => migrate::run(service.as_deref()),
        Task::Saga { task } => saga::run(&task),
        Task::Fmt => cargo::show("fmt", &["fmt", "--all"], &[]),
        Task::Lint => checks::run(&checks::Options {
            only: vec![Check::Fmt, Check::Structure, Check::Clippy],
            ..checks::Options::default()
        }),
        Task::Openapi => cargo::run("openapi", &[]),
        Task::Structure => cargo::run("structure-check", &[]),
        Task::DeployCheck { rest } => cargo::run("deploy-check", &rest),
        Task::ParticipantCheck { rest } => cargo::run("participant-check", &rest),
        Task::SystemControl {
            folder,
            command,
            variables,
        } => system::send_command(&folder, &command, &variables),
    }
}

fn host_kind(spin: bool) -> HostKind {
    match spin {
        true => HostKind::Spin,
        false => HostKind::Local,
    }
}
