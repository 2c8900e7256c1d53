//! `cargo xtask migrate`: the migrations, applied to the databases of this machine.

use anyhow::{Context, Result};
use postgres_server::{Administrator, Home};

use crate::system::{Environment, Lock, Postgres, SERVICES};
use crate::terminal::Step;
use stack::workspace;

pub fn run(service: Option<&str>) -> Result<()> {
    let services: Vec<&str> = SERVICES
        .into_iter()
        .filter(|name| service.is_none_or(|wanted| wanted == *name))
        .collect();
    let folder = workspace::local();
    let mut environment = Environment::open(&folder.join("env"))?;
    environment.fill_in_secrets()?;
    // Held to the end: no other command uses a server that is started here.
    let lock = Lock::take(&folder)?;
    let database =
        match (Administrator::from_environment()?, &lock) {
            (Some(administrator), _) => Postgres::external(administrator),
            (None, Ok(_)) => Postgres::kept(&folder, false)?,
            (None, Err(holder)) => {
                let running = Home::at(&folder.join("postgres"))?.administrator()?;
                Postgres::external(running.with_context(|| {
                    format!("{holder} is still starting; try again when it runs")
                })?)
            }
        };
    let step = Step::begin("migrations");
    let report = database.prepare(&mut environment, &services, &step)?;
    environment.save()?;
    step.done(&report);
    Ok(())
}
