//! How a session's statements have read their tables.

use anyhow::{Result, ensure};
use tokio_postgres::Client;

/// Checks that the statements of `client`'s open transaction have read each of these tables by an index, `least` times
/// or more, and never as a whole.
///
/// # Errors
/// When one was read otherwise; the message names it.
pub async fn read_by_index(client: &Client, tables: &[&str], least: i64) -> Result<()> {
    let reads = "
        select coalesce(sum(seq_scan), 0)::bigint, coalesce(sum(idx_scan), 0)::bigint
        from pg_stat_xact_user_tables
        where relname = $1";
    for table in tables {
        let row = client.query_one(reads, &[table]).await?;
        let (whole, by_index): (i64, i64) = (row.get(0), row.get(1));
        ensure!(whole == 0, "{table} was read as a whole {whole} times");
        ensure!(
            by_index >= least,
            "{table} was read by an index {by_index} times"
        );
    }
    Ok(())
}
