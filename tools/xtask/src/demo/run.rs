//! Runs the demo: on a running system, or on one of its own.

use std::time::Instant;

use anyhow::{Result, bail};

use super::credentials::{Credentials, credentials};
use super::language::Language;
use super::report::Report;
use super::{failures, scenario};
use crate::build;
use crate::client::Client;
use crate::system::System;
use crate::terminal::{Paint, line, shown_duration};
use stack::HostKind;

pub const DEFAULT_URL: &str = "http://127.0.0.1:3000";

/// Runs it on the system at `url`, else on the one that answers at the default URL, else on one of its own.
pub fn run(url: Option<String>, language: Language) -> Result<()> {
    let default = || {
        Client::new(DEFAULT_URL, "en")
            .is_there()
            .then(|| DEFAULT_URL.to_owned())
    };
    match url.clone().or_else(default) {
        Some(base) => {
            let client = Client::new(&base, language.tag());
            if !client.is_there() {
                bail!(
                    "nothing answers at {base}/api/orders/healthz; is Zakaz running there? `cargo xtask up` starts it"
                );
            }
            run_steps(&client, &credentials()?, language)
        }
        None => {
            line(language.pick(
                "\nZakaz не запущен, поднимаю отдельную копию.",
                "\nZakaz is not running, so one is started for this.",
            ));
            build::all(HostKind::Local)?;
            let system = System::temporary(HostKind::Local, &[], &[])?;
            run_on(&system, language)?;
            system.stop()
        }
    }
}

/// Runs it on a system of this process.
pub fn run_on(system: &System, language: Language) -> Result<()> {
    let environment = system.environment();
    let admin = Credentials {
        email: environment.expect("admin_email")?.to_owned(),
        password: environment.expect("admin_password")?.to_owned(),
    };
    run_steps(
        &Client::new(system.base_url(), language.tag()),
        &admin,
        language,
    )
}

fn run_steps(client: &Client, admin: &Credentials, language: Language) -> Result<()> {
    let started = Instant::now();
    let mut report = Report::new(language);
    line(&format!(
        "\n{} {}",
        Paint::Strong.on("Zakaz"),
        Paint::Quiet.on(client.base())
    ));
    let data = scenario::run(client, admin, &mut report)?;
    failures::run(client, &data, &mut report)?;
    let time = shown_duration(started.elapsed());
    match report.failures() {
        [] => {
            let text = language.pick(
                "Все четыре заказа закончились так, как должны",
                "All four orders ended as they must",
            );
            line(&format!(
                "\n{} {text} {}\n",
                Paint::Good.on("✓"),
                Paint::Quiet.on(&format!("({time})"))
            ));
            Ok(())
        }
        failures => bail!(
            "{}:\n  - {}",
            language.pick(
                "не все закончилось так, как должно",
                "not everything ended as it must"
            ),
            failures.join("\n  - ")
        ),
    }
}
