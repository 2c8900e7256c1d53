//! That the functions of a hot path read no table as a whole.

use crate::connection::{Connection, Service, open_several};

/// Checks that `exercise` reads each of the tables by an index at least 8 times, and never as a whole: in a
/// database that was `small` when the session made its plans, and then became `large`.
///
/// `exercise` should call each function at least 6 times, because from then on a session keeps a plan for any
/// values. `small` and `large` are statements that add rows.
pub async fn assert_read_by_index<S: Service>(
    small: &str,
    large: &str,
    tables: &[&str],
    exercise: impl AsyncFn(&S),
) {
    // A session counts its own reads at once, but those of others later, so another one adds the rows.
    let [filler, db]: [S; 2] = open_several().await;
    filler.connection().run(&format!("{small} analyze;")).await;
    exercise(&db).await;
    filler.connection().run(large).await;
    // Until the transaction ends, the counters are not moved to the common statistics.
    db.connection().run("begin").await;
    let mut before = Vec::new();
    for table in tables {
        before.push(reads(db.connection(), table).await);
    }
    exercise(&db).await;
    for (table, before) in tables.iter().zip(before) {
        let after = reads(db.connection(), table).await;
        let whole = after.whole - before.whole;
        let by_index = after.by_index - before.by_index;
        assert!(whole == 0, "{table} was read as a whole {whole} times");
        assert!(
            by_index >= 8,
            "{table} was read by an index {by_index} times"
        );
    }
}

struct Reads {
    whole: i64,
    by_index: i64,
}

/// How often the session has read a table.
async fn reads(connection: &Connection, table: &str) -> Reads {
    let counter = |name: &str| {
        format!(
            "select coalesce(sum({name}), 0)::bigint from pg_stat_xact_user_tables where relname = $1"
        )
    };
    Reads {
        whole: connection.value(&counter("seq_scan"), &[&table]).await,
        by_index: connection.value(&counter("idx_scan"), &[&table]).await,
    }
}
