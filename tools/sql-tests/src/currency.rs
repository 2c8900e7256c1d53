//! The currency of a database's amounts, which its first start records.

use futures::future::join_all;

use crate::connection::{Connection, connect};

async fn record(db: &Connection, currency: &str) -> String {
    db.value("select record_currency($1)", &[&currency]).await
}

/// Several first starts at once agree on one currency, and nothing changes it afterwards.
pub async fn first_starts_agree(service: &str) {
    for _ in 0..5 {
        let connections: [Connection; 8] = connect(service).await;
        let currencies = ["RUB", "USD", "EUR", "CNY"];
        let starts = connections.iter().zip(currencies.iter().cycle());
        let recorded = join_all(starts.map(|(db, currency)| record(db, currency))).await;
        assert!(recorded.iter().all(|it| *it == recorded[0]), "{recorded:?}");
        let [db, ..] = &connections;
        assert_eq!(record(db, "GBP").await, recorded[0]);
        db.assert_refused(&["update currency set code = 'GBP'", "delete from currency"])
            .await;
    }
}
