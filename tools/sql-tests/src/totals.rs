//! The totals for metrics: the functions `add_up` and `totals` of a service, against the whole tables.
//!
//! `expected` is an expression of the same totals that reads the tables as a whole.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::future::{join, join_all};
use local_resources::TemporaryFolder;
use postgres_server::{ThrowawayDatabase, migrate};
use serde_json::Value;
use uuid::Uuid;

use crate::barrier::Participant;
use crate::connection::{Connection, Service, folder, open, open_several};

/// How many rows one call adds up.
const BATCH: i32 = 10_000;

/// Checks that the totals are those of the whole tables, at one moment.
pub async fn assert_exact(connection: &Connection, expected: &str) {
    let statement = format!("select jsonb_build_array(totals(), {expected})");
    let both: Value = connection.value(&statement, &[]).await;
    assert_eq!(
        both[0], both[1],
        "the totals, and those of the whole tables"
    );
}

/// Adds up to `limit` rows of each kind; whether there are more.
pub async fn add_up(connection: &Connection, limit: i32) -> bool {
    connection.value("select add_up($1)", &[&limit]).await
}

/// Adds up everything. `last_decided` depends on the other databases of the server as well, so that it may take a moment.
pub async fn add_up_all(connection: &Connection) {
    let newest: String = connection
        .value("select pg_current_xact_id()::text", &[])
        .await;
    let decided = "select last_decided() >= $1::text::xid8";
    while !connection.value::<bool>(decided, &[&newest]).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    while add_up(connection, BATCH).await {}
}

/// While steps and compensations run, two scrapes at once see exact totals, always.
pub async fn totals_are_exact_while_rows_change<P: Participant>(expected: &str) {
    let connections: [P; 8] = open_several().await;
    let (scrapes, writers) = connections.split_at(2);
    let contents = join_all(writers.iter().map(P::content)).await;
    let mut orders = Vec::new();
    orders.resize_with(40, Uuid::now_v7);
    let write = async |place: usize| {
        let db = &writers[place];
        for round in 0..60 {
            // Every pair of writers meets at some orders.
            let order = orders[(place * 7 + round * 13) % orders.len()];
            if (place + round).is_multiple_of(4) {
                db.undo(order).await;
            } else {
                db.perform(order, contents[place]).await;
            }
        }
    };
    let scrape = async |db: &P, limit: i32| {
        for _ in 0..60 {
            add_up(db.connection(), limit).await;
            assert_exact(db.connection(), expected).await;
        }
    };
    join(
        join_all((0..writers.len()).map(write)),
        join(scrape(&scrapes[0], 1), scrape(&scrapes[1], 5)),
    )
    .await;
    let db = scrapes[0].connection();
    assert_exact(db, expected).await;
    add_up_all(db).await;
    assert_exact(db, expected).await;
}

/// A transaction that began before others and commits after they were added up is counted once, and one that is rolled
/// back never.
pub async fn a_late_commit_is_counted_once<P: Participant>(expected: &str) {
    for end in ["commit", "rollback"] {
        let [db, late]: [P; 2] = open_several().await;
        let (content, other) = (db.content().await, db.content().await);
        let undone = Uuid::now_v7();
        db.perform(undone, other).await;
        late.connection().run("begin").await;
        late.perform(Uuid::now_v7(), content).await;
        late.undo(undone).await;
        // A tombstone waits for no step.
        db.undo(Uuid::now_v7()).await;
        for _ in 0..3 {
            add_up(db.connection(), BATCH).await;
        }
        assert_exact(db.connection(), expected).await;
        late.connection().run(end).await;
        assert_exact(db.connection(), expected).await;
        add_up_all(db.connection()).await;
        assert_exact(db.connection(), expected).await;
    }
}

/// Rows that were written while the clock was an hour ahead, and then rows with earlier times.
pub async fn a_clock_that_is_set_back_changes_no_total<P: Participant>(
    expected: &str,
    tables: &[&str],
) {
    let db: P = open().await;
    for _ in 0..3 {
        let (order, content) = (Uuid::now_v7(), db.content().await);
        db.perform(order, content).await;
        db.undo(order).await;
        for table in tables {
            let ahead = format!(
                "alter table {table} disable trigger all;
                update {table} set created_at = now() + interval '1 h';
                alter table {table} enable trigger all;"
            );
            db.connection().run(&ahead).await;
        }
        add_up_all(db.connection()).await;
        let (order, content) = (Uuid::now_v7(), db.content().await);
        db.perform(order, content).await;
        add_up_all(db.connection()).await;
        assert_exact(db.connection(), expected).await;
    }
}

/// A database of the release before the migration `number`, with what `fill` writes, is counted by that migration: the
/// first scrape has nothing to add up.
pub async fn a_migration_counts_what_is_there(
    service: &str,
    number: u32,
    fill: &str,
    expected: &str,
) {
    let before = TemporaryFolder::new().expect("a folder");
    let copy = |from: &Path, to: &str| {
        let to = before.path().join(to);
        fs::create_dir_all(&to).expect("a folder");
        for file in fs::read_dir(from).expect("the migrations") {
            let file = file.expect("a file").path();
            let name = file.file_name().expect("a name").to_owned();
            let is_earlier = |name: &str| name[..4].parse().is_ok_and(|it: u32| it < number);
            if file.is_file()
                && (from.ends_with("functions") || name.to_str().is_some_and(is_earlier))
            {
                fs::copy(file, to.join(name)).expect("a copy");
            }
        }
    };
    copy(&folder("shared/functions"), "shared/functions");
    copy(&folder(service), service);
    let database = ThrowawayDatabase::new(before.path().join(service))
        .await
        .expect("a database of the release before");
    let connection = Connection::new(database.connect().await.expect("a connection"));
    connection.run(fill).await;
    migrate(database.url(), folder(service))
        .await
        .expect("the migration");
    assert_exact(&connection, expected).await;
    add_up_all(&connection).await;
    assert_exact(&connection, expected).await;
}

/// One step of what a scrape runs, and the totals.
pub async fn scrape(connection: &Connection) {
    add_up(connection, 1_000).await;
    assert!(connection.execute("select totals()", &[]).await == 1);
}

/// How many pages of tables and indexes `scrape` reads, after everything that `fill` writes was added up.
pub async fn pages_of_a_scrape<S: Service>(fill: &str, scrape: impl AsyncFn(&Connection)) -> i64 {
    let db: S = open().await;
    let connection = db.connection();
    connection.run(fill).await;
    add_up_all(connection).await;
    connection.run("vacuum analyze").await;
    // The plans of the functions are made, and the catalogue is read.
    scrape(connection).await;
    let before = pages(connection).await;
    scrape(connection).await;
    pages(connection).await - before
}

/// The pages of this database that sessions have touched so far.
async fn pages(connection: &Connection) -> i64 {
    connection.run("select pg_stat_force_next_flush()").await;
    let statement = "
        select sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0))::bigint
        from pg_statio_user_tables";
    connection.value(statement, &[]).await
}
