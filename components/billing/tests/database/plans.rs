//! No function of a hot path reads a whole table, not even with a plan that was made when the table was small.

use sql_tests::plans::assert_read_by_index;
use uuid::Uuid;

use super::Billing;

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

/// Often enough that the session keeps a plan for any values.
async fn call_every_function(db: &Billing) {
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
async fn every_function_uses_indexes() {
    assert_read_by_index(
        &fill(20),
        &fill(5_000),
        &["charges", "ledger", "wallets"],
        call_every_function,
    )
    .await;
}
