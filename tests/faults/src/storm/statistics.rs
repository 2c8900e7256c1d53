//! Statistics of a storm, from the journal.

use std::fmt;

use harness::databases::Database;

pub struct Statistics {
    lease_ms: i64,
    orders: i64,
    ready: i64,
    /// The cancelled orders by reason.
    cancelled: Vec<(String, i64)>,
    puts_again: i64,
    deletes_again: i64,
    /// From the last entry of a lost driver to the first of the next, in milliseconds, sorted.
    resumed: Vec<i64>,
}

impl Statistics {
    pub async fn read(order: &Database, lease_ms: i64) -> Self {
        let again = |kind: &'static str| async move {
            let sql = "select count(*) from saga_journal
                       where entry ->> 'type' = $1 and (entry ->> 'attempt')::int > 1";
            order.number(sql, &[&kind]).await
        };
        let cancelled = "select cancellation_code, count(*) from orders
                         where status = 'CANCELLED' group by 1 order by 2 desc";
        let resumed = "select (extract(epoch from at - before) * 1000)::bigint
                       from (
                           select at, epoch, entry ->> 'type' as type,
                               lag(at) over saga as before,
                               lag(epoch) over saga as epoch_before,
                               lag(entry ->> 'type') over saga as type_before
                           from saga_journal
                           window saga as (partition by order_id order by seq)
                       ) entries
                       where epoch > epoch_before
                           and (type_before, type) in (('SENT', 'UNKNOWN'), ('UNDO_SENT', 'UNDO_FAILED'))
                       order by 1";
        let reasons = order.rows(cancelled, &[]).await;
        let gaps = order.rows(resumed, &[]).await;
        Self {
            lease_ms,
            orders: order.number("select count(*) from orders", &[]).await,
            ready: order
                .number("select count(*) from orders where status = 'READY'", &[])
                .await,
            cancelled: reasons.iter().map(|row| (row.get(0), row.get(1))).collect(),
            puts_again: again("SENT").await,
            deletes_again: again("UNDO_SENT").await,
            resumed: gaps.iter().map(|row| row.get(0)).collect(),
        }
    }

    fn percentile(&self, percent: usize) -> f64 {
        let last = self.resumed.len().saturating_sub(1);
        let milliseconds = self.resumed.get(last * percent / 100).copied().unwrap_or(0);
        milliseconds as f64 / 1000.0
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cancelled: i64 = self.cancelled.iter().map(|(_, count)| count).sum();
        let reasons: Vec<String> = self
            .cancelled
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        writeln!(f, "journal")?;
        writeln!(
            f,
            "  {} orders: {} READY, {cancelled} CANCELLED ({})",
            self.orders,
            self.ready,
            reasons.join(", ")
        )?;
        writeln!(
            f,
            "  {} steps redone: {} PUTs and {} DELETEs sent again",
            self.puts_again + self.deletes_again,
            self.puts_again,
            self.deletes_again
        )?;
        write!(
            f,
            "  {} sagas lost their driver in the middle of a call; from its last journal entry to the next driver's first, a lease of \
             {:.0} s included: p50 {:.1} s, p95 {:.1} s, longest {:.1} s",
            self.resumed.len(),
            self.lease_ms as f64 / 1000.0,
            self.percentile(50),
            self.percentile(95),
            self.percentile(100)
        )
    }
}
