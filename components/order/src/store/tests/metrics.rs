use std::{collections::BTreeMap, env, time::Instant};

use super::*;
use crate::store::metrics::{BATCH, Numbers};

async fn tallies(client: &Client) -> BTreeMap<String, f64> {
    let statement = "select name || ' ' || label, value from tallies";
    let rows = client.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Makes the entries of the last seconds old enough to be tallied.
async fn age(client: &Client) {
    let statements = "
        alter table saga_journal disable trigger saga_journal_entries_never_change;
        update saga_journal set at = at - interval '1 minute' where at > now() - interval '30 s';
        alter table saga_journal enable trigger saga_journal_entries_never_change";
    client.batch_execute(statements).await.unwrap();
}

/// Tallies all entries; how many batches it took.
async fn tally(client: &Client, limit: i32) -> usize {
    let mut batches = 1;
    let statement = "select tally_journal($1)";
    while client.query_one(statement, &[&limit]).await.unwrap().get(0) {
        batches += 1;
    }
    batches
}

async fn numbers(client: &Client) -> Numbers {
    let statement = "select saga_metrics($1)";
    let row = client.query_one(statement, &[&FULFILMENT.version()]).await;
    serde_json::from_value(row.unwrap().get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_is_tallied_once() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    let mut ready = None;
    for _ in 0..5 {
        let (order, decision) = placed(&client).await;
        ready = Some((order, complete(&client, order, decision).await));
    }
    let (refused, decision) = placed(&client).await;
    let back = answered(&decision, Outcome::Refused("NO".into()), 5);
    assert!(record(&client, refused, (1, 2), &back, true).await);
    let undone = answered(&back, Outcome::Done, 6);
    assert!(record(&client, refused, (1, 5), &undone, true).await);
    age(&client).await;

    assert_eq!(tally(&client, 2).await, 4, "seven entries");
    assert_eq!(tally(&client, 2).await, 1, "nothing is left");
    let before = tallies(&client).await;
    for (name, value) in [
        ("ended COMPLETED", 5.0),
        ("ended COMPENSATED", 1.0),
        ("standing COMPLETED", 5.0),
        ("standing COMPENSATED", 1.0),
        ("cancelled PAYMENT_FAILED", 1.0),
        ("cancelled CANCELLED_BY_USER", 0.0),
        ("step_count CHARGE", 5.0),
        ("step_bucket CHARGE 0.005", 5.0),
        ("retries CHARGE DO", 0.0),
    ] {
        assert_eq!(before.get(name).copied().unwrap_or(0.0), value, "{name}");
    }
    assert!((before["step_seconds CHARGE"] - 0.025).abs() < 1e-9);

    // One that was ready is cancelled, and its driver dies twice, each time with another undo under way.
    let (order, (ready, seq)) = ready.unwrap();
    let mut decision = cancel(&client, order, seq, &ready).await;
    let mut seq = seq + i32::try_from(decision.entries.len()).unwrap();
    for retry in [Retry::Due, Retry::All] {
        let input = Input::Claimed(retry);
        decision = given(&decision, &input, 10);
        assert!(record(&client, order, (2, seq), &decision, true).await);
        seq += i32::try_from(decision.entries.len()).unwrap();
    }
    while let Action::Call(_) = decision.action {
        decision = answered(&decision, Outcome::Done, 20);
        assert!(record(&client, order, (2, seq), &decision, true).await);
        seq += i32::try_from(decision.entries.len()).unwrap();
    }
    age(&client).await;
    tally(&client, 100).await;
    let after = tallies(&client).await;
    let mut undos = FULFILMENT
        .steps()
        .iter()
        .rev()
        .map(|step| format!("retries {} UNDO", step.name));
    let (last, second_last) = (undos.next().unwrap(), undos.next().unwrap());
    for (name, value) in [
        ("ended COMPLETED", 5.0),
        ("ended COMPENSATED", 2.0),
        ("standing COMPLETED", 4.0),
        ("standing COMPENSATED", 2.0),
        ("cancelled CANCELLED_BY_USER", 1.0),
        ("step_count CHARGE", 5.0),
        (last.as_str(), 1.0),
        (second_last.as_str(), 1.0),
        ("retries CHARGE UNDO", 0.0),
    ] {
        assert_eq!(after.get(name).copied().unwrap_or(0.0), value, "{name}");
    }
}

/// Cancels an order; the transition that was written.
async fn cancel(client: &Client, order: Uuid, seq: i32, before: &Transition) -> Transition {
    let decision = cancelled(before);
    let statement = "
        select cancel_order(id, user_id, gen_random_uuid(), 15000, 1, $2, $3) ->> 'outcome'
        from orders
        where id = $1";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&order, &seq, &change(&decision, 9)];
    let row = client.query_one(statement, &parameters).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "CANCELLED");
    decision
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unfinished_are_counted_by_state() {
    let database = database().await;
    let client = database.connect().await.unwrap();
    placed(&client).await;
    let (newer, _) = placed(&client).await;
    let statement = "
        update sagas
        set state = 'STUCK', definition = $2, created_at = now() - interval '1 hour'
        where order_id = $1";
    let unknown = FULFILMENT.version() + 1;
    client
        .execute(statement, &[&newer, &unknown])
        .await
        .unwrap();

    let numbers = numbers(&client).await;
    let states = numbers.by_state();
    assert_eq!((states["RUNNING"], states["STUCK"]), (1.0, 1.0));
    assert_eq!((states["COMPENSATING"], states["COMPLETED"]), (0.0, 0.0));
    assert_eq!(numbers.of_newer_builds, 1.0);
    assert!((3_599.0..3_700.0).contains(&numbers.oldest_unfinished));
    assert_eq!(numbers.outbox_unpublished, 4.0);
}

/// Pages of the database that this session's statements touch while `work` runs.
async fn pages<T>(client: &Client, work: impl AsyncFnOnce() -> T) -> (T, i64) {
    let statement = "
        select (sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)))::bigint
        from pg_statio_user_tables";
    let flushed = "select pg_stat_force_next_flush()";
    client.query(flushed, &[]).await.unwrap();
    let before = number(client, statement).await;
    let result = work().await;
    client.query(flushed, &[]).await.unwrap();
    (result, number(client, statement).await - before)
}

/// What a scrape costs when there is a long history. `ZAKAZ_ORDERS=1000000` measures it at a million orders
/// (some minutes and 10 GB); the test's own bound is in pages, which no other load on the machine changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_costs_the_same_however_many_orders_there_were() {
    let orders = env::var("ZAKAZ_ORDERS").unwrap_or_else(|_| "20000".into());
    let database = database().await;
    let client = database.connect().await.unwrap();
    let fill = include_str!("history.sql").replace("$orders", &orders);
    for statement in fill.split(";\n\n") {
        client.batch_execute(statement).await.unwrap();
    }
    let start = Instant::now();
    let batches = tally(&client, BATCH).await;
    let catching_up = start.elapsed();
    for _ in 0..200 {
        placed(&client).await;
    }

    let (_, first) = pages(&client, async || tally(&client, BATCH).await).await;
    let start = Instant::now();
    let (numbers, second) = pages(&client, async || numbers(&client).await).await;
    println!(
        "{orders} orders and 200 that run: added up in {batches} batches of {:?}; a scrape reads {} pages \
         and takes {:?}",
        catching_up / u32::try_from(batches).unwrap(),
        first + second,
        start.elapsed(),
    );
    let total: f64 = orders.parse().unwrap();
    assert_eq!(numbers.by_state()["COMPLETED"], total * 0.9);
    assert_eq!(numbers.by_state()["RUNNING"], 200.0);
    assert!(first + second < 700, "{first} + {second} pages");
}
