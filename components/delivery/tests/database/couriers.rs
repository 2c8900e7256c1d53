//! Couriers and their availability.

use serde_json::Value;
use sql_tests::{open, open_several};
use uuid::Uuid;

use super::{Delivery, december};

#[tokio::test]
async fn a_courier_is_created_once_even_if_the_statement_runs_twice() {
    let db: Delivery = open().await;
    let id = Uuid::now_v7();
    let create = async || -> Value {
        let statement = "select create_courier($1, 'Ann')";
        db.0.value(statement, &[&id]).await
    };
    assert_eq!(create().await, create().await);
}

#[tokio::test]
async fn orders_are_distributed_evenly() {
    let db: Delivery = open().await;
    let couriers = [db.courier().await, db.courier().await, db.courier().await];
    for day in 1..=6 {
        assert_eq!(
            db.reserve(Uuid::now_v7(), december(day), None).await,
            "RESERVED"
        );
    }
    for courier in couriers {
        assert_eq!(db.slots(courier).await.len(), 2);
    }
    db.check_invariants().await;
}

#[tokio::test]
async fn slots_are_in_order_and_free_couriers_are_counted_by_date() {
    let db: Delivery = open().await;
    let (ann, _) = (db.courier().await, db.courier().await);
    for day in [31, 2, 30] {
        assert_eq!(
            db.reserve(Uuid::now_v7(), december(day), Some(ann)).await,
            "RESERVED"
        );
    }
    assert_eq!(
        db.slots(ann).await,
        ["2026-12-02", "2026-12-30", "2026-12-31"]
    );
    assert_eq!(
        db.reserve(Uuid::now_v7(), december(30), None).await,
        "RESERVED"
    );
    let first_of_january = december(31).succ_opt().unwrap();
    let free = db.availability(december(29), first_of_january).await;
    let expected = [
        ("2026-12-29", 2),
        ("2026-12-30", 0),
        ("2026-12-31", 1),
        ("2027-01-01", 2),
    ];
    assert_eq!(free, expected.map(|(date, free)| (date.to_owned(), free)));
}

#[tokio::test]
async fn a_later_courier_has_no_earlier_time() {
    let [db, observer, other]: [Delivery; 3] = open_several().await;
    let first = db.courier().await;
    // The clock was ahead when he was added, and has been set back.
    let ahead = "update couriers set created_at = now() + interval '1 h' where id = $1";
    db.0.execute(ahead, &[&first]).await;
    db.0.run("begin").await;
    let second = db.courier().await;
    let third = tokio::spawn(async move { other.courier().await });
    observer.0.assert_one_waits().await;
    db.0.run("commit").await;
    let third = third.await.unwrap();
    let added: Vec<Uuid> =
        db.0.values("select id from couriers order by created_at, number", &[])
            .await;
    assert_eq!(added, [first, second, third]);
    let numbered: Vec<Uuid> =
        db.0.values("select id from couriers order by number", &[])
            .await;
    assert_eq!(numbered, added);
}
