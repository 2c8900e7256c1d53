//! The command line of `sqlx`, as in the migrations' image, so that `deploy/migrations/migrate.sh` runs here as it is.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    sqlx::any::install_default_drivers();
    match sqlx_cli::run(sqlx_cli::Opt::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
