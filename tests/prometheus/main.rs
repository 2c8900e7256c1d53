//! The charts' monitoring, live: a real Prometheus and a real Envoy in front of a running system, set up from what the
//! charts render. Every panel must have data after the demo; alerts must fire when something fails, and end with it.
//!
//! Beside the variables of `tests/README.md` it needs `ZAKAZ_CHARTS` (the rendered objects, a JSON list), `ZAKAZ_ENVOY`
//! (the program) and `ZAKAZ_DEMO` (a command to which `--url URL` is appended); `cargo xtask test` sets them.

mod failures;
mod gateway;
mod monitoring;
mod monitors;
mod objects;
mod panels;
mod process;
mod rules;
mod server;

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, anyhow};
use harness::control::Control;
use harness::environment::required;

use crate::monitoring::Monitoring;
use crate::objects::Objects;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_panel_has_data_and_alerts_fire_and_end() -> Result<()> {
    let control = Control::get().map_err(|unavailable| anyhow!("{unavailable}"))?;
    let objects = Objects::read(Path::new(&required("ZAKAZ_CHARTS")))?;
    let mut monitoring = Monitoring::start(&objects, control).await?;
    monitoring.run_demos()?;

    let began = Instant::now();
    let fired = monitoring.cause_failures().await?;
    show("failures", began, &fired);
    let queries = panels::check(&objects, &monitoring.prometheus)?;
    println!("all {queries} queries of the dashboards have data");

    let began = Instant::now();
    let fired = monitoring.stop_the_host().await?;
    show("outage", began, &fired);
    let began = Instant::now();
    monitoring.recover().await?;
    show("recovery", began, "no alert is left");
    Ok(())
}

fn show(what: &str, began: Instant, result: &str) {
    println!("{what}, {} s: {result}", began.elapsed().as_secs());
}
