//! `cargo xtask demo`: the story of one order that succeeds and three that fail, told against a real system.

mod cast;
mod failures;
mod language;
mod money;
mod purchase;
mod scenario;
mod snapshot;
mod story;
mod verdict;

use std::env;
use std::time::Instant;

use anyhow::{Context, Result, bail};

pub use language::Language;
pub use money::shown as money;

use crate::build;
use crate::client::Client;
use crate::system::System;
use crate::terminal::{Paint, line, shown_duration};
use stack::{Environment, HostKind, workspace};

use story::Story;

pub const USUAL_URL: &str = "http://127.0.0.1:3000";

/// The admin of the system that is shown.
pub struct Credentials {
    pub email: String,
    pub password: String,
}

/// Tells the story on the system at `url`; else on the one that answers at the usual place; else on one of its own.
pub fn run(url: Option<String>, language: Language) -> Result<()> {
    let usual = || {
        Client::new(USUAL_URL, "en")
            .is_there()
            .then(|| USUAL_URL.to_owned())
    };
    match url.clone().or_else(usual) {
        Some(base) => {
            let client = Client::new(&base, language.tag());
            if !client.is_there() {
                bail!(
                    "nothing answers at {base}/api/orders/healthz; is Zakaz running there? `cargo xtask up` starts it"
                );
            }
            tell(&client, &credentials()?, language)
        }
        None => {
            line(language.pick(
                "\nZakaz не запущен, поднимаю отдельную копию.",
                "\nZakaz is not running, so one is started for this.",
            ));
            build::all(HostKind::Local)?;
            let stack = System::temporary(HostKind::Local, &[], &[])?;
            show_on(&stack, language)?;
            stack.stop()
        }
    }
}

/// Tells the story on a stack of this process.
pub fn show_on(stack: &System, language: Language) -> Result<()> {
    let environment = stack.environment();
    let admin = Credentials {
        email: environment.expect("admin_email")?.to_owned(),
        password: environment.expect("admin_password")?.to_owned(),
    };
    tell(
        &Client::new(stack.base_url(), language.tag()),
        &admin,
        language,
    )
}

/// The admin of the environment, else of `.local/env`.
pub fn credentials() -> Result<Credentials> {
    let environment = Environment::open(&workspace::local().join("env"))?;
    let find = |name: &str| {
        let given = env::var(name.to_uppercase())
            .ok()
            .or_else(|| environment.get(name).map(str::to_owned));
        given.with_context(|| {
            format!("who is the admin? set ADMIN_EMAIL and ADMIN_PASSWORD ({name} is not in .local/env either)")
        })
    };
    Ok(Credentials {
        email: find("admin_email")?,
        password: find("admin_password")?,
    })
}

fn tell(client: &Client, admin: &Credentials, language: Language) -> Result<()> {
    let started = Instant::now();
    let mut story = Story::new(language);
    line(&format!(
        "\n{} {}",
        Paint::Strong.on("Zakaz"),
        Paint::Quiet.on(client.base())
    ));
    let cast = scenario::tell(client, admin, &mut story)?;
    failures::tell(client, &cast, &mut story)?;
    let time = shown_duration(started.elapsed());
    match story.surprises() {
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
        surprises => bail!(
            "{}:\n  - {}",
            language.pick(
                "не все закончилось так, как должно",
                "not everything ended as it must"
            ),
            surprises.join("\n  - ")
        ),
    }
}
