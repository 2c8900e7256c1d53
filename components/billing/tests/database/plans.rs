//! No statement of a hot path reads a whole table, not even by a plan from the time when it was small.

use postgres_server::read_by_index;
use uuid::Uuid;

use super::{Billing, connect, database};

fn fill(wallets: u32) -> String {
    format!(
        "insert into wallets (id, user_id, entries, deposited)
        select gen_random_uuid(), gen_random_uuid(), 0, 500 from generate_series(1, {wallets});
        insert into ledger (wallet_id, number, id, type, amount, balance_after)
        select id, number, gen_random_uuid(), 'DEPOSIT', 100, number * 100
        from wallets, generate_series(1, 5) number
        where entries = 0;
        update wallets set entries = 5 where entries = 0;
        insert into charges (order_id, status)
        select gen_random_uuid(), 'VOID' from generate_series(1, {wallets} * 4);"
    )
}

/// Everything often enough that the session keeps a plan for any values.
async fn use_everything(db: &Billing) {
    for round in 0..8 {
        let (user, order) = (db.customer(100).await, Uuid::now_v7());
        let key = round.to_string();
        db.deposit_as(user, Uuid::now_v7(), 1, Some((&key, "1")))
            .await;
        assert_eq!(db.charge(order, user, 100).await, "CHARGED");
        assert_eq!(db.charge(order, user, 100).await, "REPEATED");
        assert_eq!(db.refund(order).await, "REFUNDED");
        assert_eq!(db.refund(Uuid::now_v7()).await, "VOID");
        assert_eq!(db.transactions(user, i64::MAX, 10).await.len(), 4);
    }
}

#[tokio::test]
async fn every_function_goes_by_an_index() {
    let database = database().await;
    let filler = connect(&database).await;
    let run = async |statements: String| filler.0.batch_execute(&statements).await.unwrap();
    // What a session read is told at once to itself only, so this one reads nothing else.
    let db = connect(&database).await;
    run(fill(20) + "analyze;").await;
    use_everything(&db).await;
    run(fill(5_000)).await;
    db.0.batch_execute("begin").await.unwrap();
    use_everything(&db).await;
    let tables = ["charges", "ledger", "wallets"];
    read_by_index(&db.0, &tables, 8).await.unwrap();
}
