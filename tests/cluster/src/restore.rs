//! All five databases back to one moment, from backups in an object store. Orders that were under way then go on.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use stack::SERVICES;

use crate::books::Books;
use crate::installation::Installation;
use crate::load::Load;
use crate::outcome::{Outcome, note};
use crate::settings::BackupStore;
use crate::snapshot::Snapshot;
use crate::wait::{self, Seen};

const COMMANDS: Duration = Duration::from_secs(1200);
const BACKUPS: Duration = Duration::from_secs(600);
const PLUGIN: &str = "objectstores.barmancloud.cnpg.io";

pub async fn check(installation: &Installation) -> Result<Outcome> {
    if !installation.kubectl.exists("crd", PLUGIN).await? {
        return Ok(Outcome::Skipped(format!(
            "the cluster lacks CloudNativePG's plugin for backups ({PLUGIN})"
        )));
    }
    let Some(store) = &installation.settings.backups else {
        return Ok(Outcome::Skipped(
            "no STORE names an object store".to_owned(),
        ));
    };
    let began = Instant::now();
    note("a backup of each database");
    step(installation, store, "backup", "").await?;
    installation.ready().await?;
    backups(installation).await?;
    let backup = began.elapsed();

    let load = Load::start(installation).await?;
    load.orders(20).await?;
    // The moment is amid orders, whose sagas are at any step.
    let moment = moment(installation).await?;
    load.orders(40).await?;
    let met = load.finish(installation).await?.met;
    let before = Snapshot::take(installation).await?;

    note(&format!("back to {moment}"));
    let began = Instant::now();
    step(installation, store, "restore", &moment).await?;
    installation.ready().await?;
    let restored = began.elapsed();
    let books = Books::open(installation).await?;
    let settled = books.settled().await?;
    books.balance().await?;
    let after = Snapshot::take(installation).await?;
    if after.orders == 0 || after.orders >= before.orders {
        bail!(
            "there are {} orders after the restore and were {} before it",
            after.orders,
            before.orders
        );
    }
    let load = Load::start(installation).await?;
    load.finish(installation).await?;
    Ok(Outcome::Passed(format!(
        "{} backups in {} s; {} orders later all {} databases are back at the moment after {} s, with {} of {} orders; \
         orders under way ended {} s later, the books balance, and new ones are taken",
        SERVICES.len(),
        backup.as_secs(),
        met.orders,
        SERVICES.len(),
        restored.as_secs(),
        after.orders,
        before.orders,
        settled.as_secs()
    )))
}

/// Waits until every database has a backup.
async fn backups(installation: &Installation) -> Result<()> {
    let completed = wait::until("a backup of every database", BACKUPS, async || {
        let backups = installation
            .kubectl
            .list(&["backups.postgresql.cnpg.io"])
            .await?;
        let phase = |backup: &Value| {
            backup["status"]["phase"]
                .as_str()
                .unwrap_or("no phase")
                .to_owned()
        };
        let phases: Vec<String> = backups.iter().map(phase).collect();
        let completed = phases.iter().filter(|phase| *phase == "completed").count();
        Ok(match completed >= SERVICES.len() {
            true => Seen::Done(()),
            false => Seen::Missing(format!("their phases are {phases:?}")),
        })
    });
    completed.await.map(drop)
}

/// The time of a database, as a restore is told it.
async fn moment(installation: &Installation) -> Result<String> {
    let books = Books::open(installation).await?;
    let sql =
        "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let moment = books.databases.order.texts(sql, &[]).await.pop();
    moment.context("a database without a time")
}

async fn step(
    installation: &Installation,
    store: &BackupStore,
    step: &str,
    moment: &str,
) -> Result<()> {
    let script = installation.script(&[step], &installation.settings.tag)?;
    let script = script
        .with("STORE", &store.path)
        .with("STORE_URL", &store.url)
        .with("ACCESS_KEY_ID", &store.key)
        .with("ACCESS_SECRET_KEY", &store.secret)
        .with("MOMENT", moment);
    installation
        .run(&format!("the step {step}"), &script, COMMANDS)
        .await
        .map(drop)
}
