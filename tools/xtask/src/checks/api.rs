//! The API document against what the services really answer, by Schemathesis in a Python environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use local_resources::random_hex;
use serde_json::json;

use super::python;
use crate::client::Client;
use crate::program;
use crate::system::System;
use crate::terminal::{Step, colours, line};
use stack::workspace;

/// How long each of the two users calls, in seconds.
const BUDGET: &str = "40";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

pub fn check(system: &System) -> Result<()> {
    let requirements = tests().join("api/requirements.txt");
    let python = python::environment("venv", &requirements, Step::begin("schemathesis"))?;
    let client = Client::new(system.base_url(), "en");
    let environment = system.environment();
    system.seed()?;
    let admin = client.log_in(
        environment.expect("admin_email")?,
        environment.expect("admin_password")?,
    )?;
    let customer = customer(&client)?;
    let rows = rows(&client, &admin, &customer)?;
    // Side by side: each run lasts as long as its budget.
    let users = [("a customer", &customer), ("the admin", &admin)];
    let reports = thread::scope(|scope| {
        users
            .map(|(_, token)| {
                let command = schemathesis(&python, system, token, &rows);
                scope.spawn(move || program::capture(command))
            })
            .map(|run| run.join())
    });
    let mut failed = Vec::new();
    for ((who, _), report) in users.into_iter().zip(reports) {
        let (status, printed) = report.map_err(|_| anyhow!("schemathesis was not followed"))??;
        line(&format!("\n  as {who}\n{}", printed.trim_end()));
        if !status.success() {
            failed.push(who);
        }
    }
    if !failed.is_empty() {
        bail!(
            "the API document does not hold, as {}",
            failed.join(" and as ")
        );
    }
    Ok(())
}

fn schemathesis(python: &Path, system: &System, token: &str, rows: &[(&str, String)]) -> Command {
    let mut command = Command::new(python.join("bin/schemathesis"));
    let document = format!("{}/api/openapi.json", system.base_url());
    let authorization = format!("Authorization: Bearer {token}");
    command.args(["run", &document, "--header", &authorization]);
    command.args(["--checks", CHECKS, "--max-time", BUDGET]);
    command.args(["--phases", "examples,coverage,fuzzing"]);
    // With more than one worker, Python 3.11 fails now and then to parse its own sources.
    command.args(["--workers", "1", "--request-timeout", "20"]);
    // What it prints leads to the same call again; the tokens are worth nothing elsewhere.
    command.args(["--output-sanitize", "false"]);
    command.args(["--suppress-health-check", "all", "--warnings", "off"]);
    // The same calls each time: a change fails by its own fault alone.
    command.args(["--generation-database", "none", "--seed", "1"]);
    command.envs(rows.iter().map(|(name, id)| (*name, id)));
    command.env("SCHEMATHESIS_HOOKS", "hooks");
    command.env("PYTHONPATH", tests().join("api"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.current_dir(system.folder());
    if !colours() {
        command.arg("--no-color");
    }
    command
}

fn tests() -> PathBuf {
    workspace::root().join("tests")
}

/// A customer with money.
fn customer(client: &Client) -> Result<String> {
    let (email, password) = (
        format!("api.{}@example.com", random_hex(4)?),
        random_hex(8)?,
    );
    client
        .post(
            "/api/auth/register",
            None,
            &json!({"email": email, "password": password}),
        )?
        .expect(&[201])?;
    let token = client.log_in(&email, &password)?;
    client
        .post(
            "/api/billing/wallet/deposits",
            Some(&token),
            &json!({"amount": 10_000_000}),
        )?
        .expect(&[201])?;
    Ok(token)
}

/// Rows that exist, so that calls which name one are not all answered 404. The hooks read them from these variables.
fn rows(client: &Client, admin: &str, customer: &str) -> Result<Vec<(&'static str, String)>> {
    let first = |path: &str, token: Option<&str>| -> Result<String> {
        let page = client.get(path, token)?.expect(&[200])?;
        let id = page
            .list("items")?
            .first()
            .and_then(|item| item["id"].as_str())
            .map(str::to_owned);
        id.with_context(|| format!("{path} is empty"))
    };
    let product = first("/api/warehouse/products?available=true", None)?;
    let courier = first("/api/delivery/couriers", Some(admin))?;
    let days = client
        .get("/api/delivery/availability", None)?
        .expect(&[200])?;
    let day = days
        .list("items")?
        .last()
        .and_then(|day| day["date"].as_str())
        .context("no days are offered")?;
    let order = json!({"items": [{"productId": product}], "deliveryDate": day});
    let order = client
        .post("/api/orders", Some(customer), &order)?
        .expect(&[201])?
        .text("id")?;
    Ok(vec![
        ("ZAKAZ_PRODUCT", product),
        ("ZAKAZ_COURIER", courier),
        ("ZAKAZ_ORDER", order),
    ])
}
