//! The items of this check, and a line for each with what was measured.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use anyhow::{Error, Result, anyhow};
use clap::ValueEnum;
use futures::FutureExt;

use crate::installation::Installation;
use crate::outcome::Outcome;
use crate::{e2e, failover, install, monitors, restore, rotate, uninstall, upgrade};

/// One item. They run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Item {
    /// From nothing: helm test, the demo, what must be shut
    Install,
    /// The suite of the HTTP contract, through the gateway
    Contract,
    /// To other images and back, and a rolling restart, under load
    Upgrade,
    /// Pods and primaries of databases are killed under load
    Failover,
    /// Each secret is replaced under load
    Rotate,
    /// Every target is read, an alert fires and ends
    Monitors,
    /// What stays, and that an installation finds it again
    Uninstall,
    /// All databases back to one moment
    Restore,
}

/// Runs these items, all without any; an installation comes first where there is none. Goes on after a failure.
/// Returns whether there was none.
pub async fn run(installation: &Installation, chosen: &[Item]) -> Result<bool> {
    let mut items = chosen.to_vec();
    if items.is_empty() {
        items = Item::value_variants().to_vec();
    }
    if !items.contains(&Item::Install) && !installation.is_there().await? {
        items.push(Item::Install);
    }
    items.sort();
    items.dedup();
    let mut well = true;
    let mut lines = Vec::new();
    for item in items {
        let name = item
            .to_possible_value()
            .map(|it| it.get_name().to_owned())
            .unwrap_or_default();
        println!("cluster: {name} …");
        let began = Instant::now();
        // A test's assertion ends this item alone.
        let outcome = AssertUnwindSafe(one(installation, item))
            .catch_unwind()
            .await;
        let outcome = outcome.unwrap_or_else(|panic| Err(said(&panic)));
        let seconds = began.elapsed().as_secs();
        let line = match outcome {
            Ok(Outcome::Passed(measured)) => format!("✓ {name:10} {seconds:4} s  {measured}"),
            Ok(Outcome::Skipped(why)) => format!("– {name:10}         skipped: {why}"),
            Err(error) => {
                well = false;
                format!("✗ {name:10} {seconds:4} s  {error:#}")
            }
        };
        println!("{line}");
        lines.push(line);
        if !well && item == Item::Install {
            break;
        }
    }
    println!("\n{}", lines.join("\n"));
    Ok(well)
}

async fn one(installation: &Installation, item: Item) -> Result<Outcome> {
    match item {
        Item::Install => install::check(installation).await,
        Item::Contract => e2e::check(installation).await,
        Item::Upgrade => upgrade::check(installation).await,
        Item::Failover => failover::check(installation).await,
        Item::Rotate => rotate::check(installation).await,
        Item::Restore => restore::check(installation).await,
        Item::Monitors => monitors::check(installation).await,
        Item::Uninstall => uninstall::check(installation).await,
    }
}

fn said(panic: &Box<dyn std::any::Any + Send>) -> Error {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    anyhow!("{}", text.unwrap_or_else(|| "a panic".to_owned()))
}
