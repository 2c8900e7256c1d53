//! A storm on a whole system. `cargo xtask storm` builds everything and runs it.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::Parser;
use faults::storm::{self, Settings};

#[derive(Parser)]
#[command(
    name = "storm",
    about = "Random faults, kills and outages under load; then the databases are checked"
)]
struct Arguments {
    /// How long it lasts
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The seed of an earlier storm, to repeat its schedule and faults
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(any_seed);
    let settings = Settings {
        seed,
        lasting: Duration::from_secs(arguments.seconds),
    };
    match run(settings).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("storm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing is wrong.
async fn run(settings: Settings) -> Result<bool> {
    let wrong = storm::run(settings).await?;
    let again = format!(
        "cargo xtask storm --seconds {} --seed {}",
        settings.lasting.as_secs(),
        settings.seed
    );
    if wrong.is_empty() {
        println!("\nno invariant is violated; to repeat it: {again}");
        return Ok(true);
    }
    println!("\n{} violations:", wrong.len());
    wrong
        .iter()
        .take(50)
        .for_each(|wrong| println!("  {wrong}"));
    println!("to repeat it: {again}");
    Ok(false)
}

/// Short, so that it can be written down.
fn any_seed() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.as_nanos() as u64 % 1_000_000
}
