//! `cargo xtask participant-check`: one table of the promises that a participant keeps.

use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use participant_check::{Target, check};

/// Check over HTTP that a service keeps the protocol of docs/participant.md. Each check uses a new order's id and
/// undoes its step.
#[derive(Parser)]
#[command(name = "cargo xtask participant-check")]
struct Arguments {
    /// Where its steps are, by http, such as http://127.0.0.1:3000/internal/billing/charges/{orderId}
    #[arg(long)]
    url: String,
    /// A bearer token that it accepts; @FILE reads a file; without it the variable PARTICIPANT_TOKEN
    #[arg(long)]
    token: Option<String>,
    /// The JSON body of a step that can be done; @FILE reads a file
    #[arg(long)]
    body: String,
    /// Another valid JSON body; @FILE reads a file
    #[arg(long)]
    other_body: String,
    /// The JSON body of a step that is refused with a definite no; @FILE reads a file
    #[arg(long)]
    refused_body: Option<String>,
    /// How often each race is run
    #[arg(long, default_value_t = 10)]
    rounds: usize,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let token = match &arguments.token {
        Some(token) => text_or_file(token)?,
        None => env::var("PARTICIPANT_TOKEN").context("give --token or set PARTICIPANT_TOKEN")?,
    };
    let target = Target {
        token: token.trim().to_owned(),
        body: json("--body", &arguments.body)?,
        other_body: json("--other-body", &arguments.other_body)?,
        refused_body: match &arguments.refused_body {
            Some(body) => Some(json("--refused-body", body)?),
            None => None,
        },
        url: arguments.url,
        rounds: arguments.rounds,
    };
    ensure!(
        target.body != target.other_body,
        "--body and --other-body are the same"
    );
    let report = check(&target)?;
    println!("{report}");
    let (failed, all) = (report.failed().count(), report.rows.len());
    println!("{} of {all} hold", all - failed);
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn text_or_file(argument: &str) -> Result<String> {
    match argument.strip_prefix('@') {
        Some(path) => fs::read_to_string(path).with_context(|| format!("reading {path}")),
        None => Ok(argument.to_owned()),
    }
}

fn json(option: &str, argument: &str) -> Result<String> {
    let text = text_or_file(argument)?;
    serde_json::from_str::<serde_json::Value>(&text)
        .with_context(|| format!("{option} is no JSON"))?;
    Ok(text)
}
