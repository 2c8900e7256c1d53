//! Who is taken, and when couriers are free.

use serde_json::Value;
use uuid::Uuid;

use super::{december, delivery};

#[tokio::test]
async fn a_courier_is_made_once_however_often_its_statement_runs() {
    let db = delivery().await;
    let id = Uuid::now_v7();
    let make = async || -> Value {
        db.0.query_one("select create_courier($1, 'Ann')", &[&id])
            .await
            .unwrap()
            .get(0)
    };
    assert_eq!(make().await, make().await);
}

#[tokio::test]
async fn work_is_shared_out_evenly() {
    let db = delivery().await;
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
async fn slots_are_told_in_order_and_free_couriers_by_date() {
    let db = delivery().await;
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
