//! The charts on a real cluster, by the quickstart's own commands. `cargo xtask test --only cluster` builds everything
//! and runs it; README.md says what it needs.

mod books;
mod e2e;
mod failover;
mod foreign_pod;
mod gateway;
mod install;
mod installation;
mod items;
mod kubectl;
mod load;
mod monitors;
mod newcomers;
mod outcome;
mod postgres;
mod program;
mod reach;
mod restore;
mod rotate;
mod settings;
mod snapshot;
mod uninstall;
mod upgrade;
mod wait;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::installation::Installation;
use crate::items::Item;
use crate::settings::Settings;

#[derive(Parser)]
#[command(
    name = "cluster",
    about = "Install, upgrade, break, restore and uninstall the charts on a real cluster"
)]
struct Arguments {
    /// These items alone, in their order; all without any
    #[arg(value_enum)]
    items: Vec<Item>,
    /// The namespace to install into; what is there is deleted first
    #[arg(long, default_value = "zakaz-check")]
    namespace: String,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cluster: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every item is as it should be.
async fn run(arguments: Arguments) -> Result<bool> {
    let installation = Installation::open(Settings::read(arguments.namespace)?).await?;
    items::run(&installation, &arguments.items).await
}
