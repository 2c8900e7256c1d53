//! `cargo xtask …`: everything a person does with this repository.

mod build;
mod cargo;
mod checks;
mod client;
mod demo;
mod interrupt;
mod migrate;
mod saga;
mod system;
mod terminal;
mod up;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

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
        /// Run on the Spin CLI (4.1 or newer) instead of the local host
        #[arg(long)]
        spin: bool,
    },
    /// Tell the whole story of an order, and of three that fail, step by step
    Demo {
        /// The system to show it on; without it the one on port 3000, else one that is started for it
        #[arg(long)]
        url: Option<String>,
        /// The language of the story and of the API's answers; by the locale when left out
        #[arg(long, value_enum)]
        lang: Option<Language>,
    },
    /// Run everything that CI runs
    Test {
        /// Run these checks alone
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<Check>,
        /// Passed on to the test programs of `unit` and `e2e`, such as the name of a test
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Random kills, outages and faults under load; then the databases are asked whether all is well
    Storm {
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
    /// Look at the sagas of a running system, and try those again that wait
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
    /// Tell the running stack of FOLDER to kill or start its parts
    #[command(hide = true)]
    StackControl {
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
            terminal::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Up { port, fresh, spin } => up::run(&up::Options { port, fresh, spin }),
        Task::Demo { url, lang } => demo::run(url, lang.unwrap_or_else(Language::of_the_locale)),
        Task::Test { only, rest } => checks::run(&only, &rest),
        Task::Storm {
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
            checks::storm(&arguments)
        }
        Task::Migrate { service } => migrate::run(service.as_deref()),
        Task::Saga { task } => saga::run(&task),
        Task::Fmt => cargo::show("fmt", &["fmt", "--all"]),
        Task::Lint => checks::run(&[Check::Fmt, Check::Clippy], &[]),
        Task::Openapi => cargo::show("openapi", &["run", "--quiet", "--package", "openapi"]),
        Task::Structure => cargo::show(
            "structure",
            &["run", "--quiet", "--package", "structure-check"],
        ),
        Task::DeployCheck { rest } => {
            let mut arguments = vec!["run", "--quiet", "--package", "deploy-check", "--"];
            arguments.extend(rest.iter().map(String::as_str));
            cargo::show("deploy-check", &arguments)
        }
        Task::StackControl {
            folder,
            command,
            variables,
        } => system::send_command(&folder, &command, &variables),
    }
}
