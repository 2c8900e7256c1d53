//! The primary is lost while its standby lags; the standby takes over, and the old primary comes back as its standby.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use crate::cluster::Cluster;
use crate::instance::{Instance, STREAMING_REPLICA, freeze};
use crate::operator;

const PATIENCE: Duration = Duration::from_secs(30);
/// An answer that has not come by then waits for the standby.
const UNANSWERED: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(20);

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_the_old_primary_comes_back_twice_in_a_row() -> Result<()>
{
    let cluster = Cluster::of("billing")?;
    let (mut primary, mut standby) = pair(&cluster).await?;
    for round in 1..=2 {
        let names = cluster.synchronous_standby_names(&[&standby.name]);
        let acknowledged = lose(&mut primary, &standby, &names, round).await?;
        let kept = entries(&standby, round).await?;
        ensure!(
            acknowledged <= kept,
            "{} of {acknowledged} acknowledged commits are lost",
            acknowledged - kept
        );
        come_back(&mut primary, &standby).await?;
        (primary, standby) = (standby, primary);
    }
    Ok(())
}

/// The same without synchronous replication, to see that the test would notice.
#[tokio::test]
async fn without_synchronous_replication_acknowledged_commits_are_lost() -> Result<()> {
    let mut cluster = Cluster::of("billing")?;
    cluster.spec.postgresql.synchronous = None;
    let (mut primary, standby) = pair(&cluster).await?;
    let names = cluster.synchronous_standby_names(&[&standby.name]);
    let acknowledged = lose(&mut primary, &standby, &names, 1).await?;
    let kept = entries(&standby, 1).await?;
    ensure!(kept < acknowledged, "all {acknowledged} commits are kept");
    Ok(())
}

/// A primary, and a standby that follows it.
async fn pair(cluster: &Cluster) -> Result<(Instance, Instance)> {
    let mut primary = Instance::initialized(cluster)?;
    primary.start().await?;
    operator::set_up(cluster, &primary).await?;
    let server = primary.superuser("postgres").await?;
    server
        .batch_execute("create table entry (round int, number int)")
        .await?;
    let mut standby = Instance::standby_of(&primary, cluster, 2)?;
    standby.start().await?;
    until_followed(&primary, &standby).await?;
    Ok((primary, standby))
}

/// Kills `primary` while `standby` lags, and promotes that. Returns how many commits were acknowledged.
async fn lose(primary: &mut Instance, standby: &Instance, names: &str, round: i32) -> Result<i32> {
    let server = primary.superuser("postgres").await?;
    let statement = format!("alter system set synchronous_standby_names = '{names}'");
    server.batch_execute(&statement).await?;
    server.batch_execute("select pg_reload_conf()").await?;
    let shown = "show synchronous_standby_names";
    let began = Instant::now();
    while server.query_one(shown, &[]).await?.get::<_, String>(0) != names {
        ensure!(began.elapsed() < PATIENCE, "the setting is not loaded");
        sleep(TICK).await;
    }
    let mut acknowledged = 0;
    while acknowledged < 20 {
        write(&server, round, acknowledged + 1).await?;
        acknowledged += 1;
    }
    let senders = server.query("select pid from pg_stat_replication", &[]);
    for sender in senders.await? {
        freeze(sender.get(0))?;
    }
    while acknowledged < 40 {
        match timeout(UNANSWERED, write(&server, round, acknowledged + 1)).await {
            Ok(written) => written?,
            Err(_) => break,
        }
        acknowledged += 1;
    }
    primary.kill()?;
    operator::promote(standby).await?;
    Ok(acknowledged)
}

/// What the operator does with the old primary.
async fn come_back(old: &mut Instance, primary: &Instance) -> Result<()> {
    let server = primary.superuser("postgres").await?;
    // It diverges: the old one has a commit that this one never got.
    write(&server, 0, 0).await?;

    // Without the grant it cannot come back.
    let connect = |verb: &str, to: &str| {
        format!("{verb} connect on database postgres {to} {STREAMING_REPLICA}")
    };
    server.batch_execute(&connect("revoke", "from")).await?;
    let refused = old
        .rewind_to(primary)
        .err()
        .context("it was rewound without the grant")?;
    ensure!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
    server.batch_execute(&connect("grant", "to")).await?;

    old.rewind_to(primary)?;
    old.start().await?;
    until_followed(primary, old).await
}

/// Waits until `standby` has everything that `primary` has.
async fn until_followed(primary: &Instance, standby: &Instance) -> Result<()> {
    let server = primary.superuser("postgres").await?;
    let follows = "select exists (
        select from pg_stat_replication
        where application_name = $1 and state = 'streaming' and replay_lsn >= pg_current_wal_lsn()
    )";
    let began = Instant::now();
    loop {
        if server.query_one(follows, &[&standby.name]).await?.get(0) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            bail!("{} does not follow {}", standby.name, primary.name);
        }
        sleep(TICK).await;
    }
}

async fn write(server: &Client, round: i32, number: i32) -> Result<()> {
    let statement = "insert into entry values ($1, $2)";
    server.execute(statement, &[&round, &number]).await?;
    Ok(())
}

async fn entries(instance: &Instance, round: i32) -> Result<i32> {
    let server = instance.superuser("postgres").await?;
    let statement = "select count(*)::int from entry where round = $1";
    Ok(server.query_one(statement, &[&round]).await?.get(0))
}
