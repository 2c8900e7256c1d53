//! The currency of the database's amounts.

use futures::future::join_all;
use sql_tests::{Connection, connect};

async fn record(db: &Connection, currency: &str) -> String {
    db.value("select record_currency($1)", &[&currency]).await
}

#[tokio::test]
async fn several_first_starts_agree_on_one_currency() {
    for _ in 0..5 {
        let connections: [Connection; 8] = connect("warehouse").await;
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
