//! Changes of couriers, and couriers who are retired.

use serde_json::json;
use sql_tests::{open, open_several};
use uuid::Uuid;

use super::{Delivery, december};

#[tokio::test]
async fn a_change_keeps_the_fields_that_are_missing() {
    let db: Delivery = open().await;
    let ann = db.courier().await;
    let renamed = db.update(Uuid::now_v7(), ann, Some("Bob"), None).await;
    let renamed = renamed.unwrap();
    assert_eq!(
        (&renamed["name"], &renamed["active"]),
        (&json!("Bob"), &json!(true))
    );
    let retired = db.set_active(ann, false).await;
    assert_eq!(
        (&retired["name"], &retired["active"]),
        (&json!("Bob"), &json!(false))
    );
    let unknown = db.update(Uuid::now_v7(), Uuid::now_v7(), Some("Bob"), None);
    assert_eq!(unknown.await, None);
}

#[tokio::test]
async fn a_change_that_runs_twice_changes_once_and_answers_as_before() {
    let db: Delivery = open().await;
    let (ann, change) = (db.courier().await, Uuid::now_v7());
    let answer = db.update(change, ann, None, Some(false)).await;
    // Between the two runs another brings the courier back.
    db.set_active(ann, true).await;
    assert_eq!(db.update(change, ann, None, Some(false)).await, answer);
    assert_eq!(
        db.reserve(Uuid::now_v7(), december(1), Some(ann)).await,
        "RESERVED"
    );
}

#[tokio::test]
async fn changes_are_forgotten_after_a_day() {
    let db: Delivery = open().await;
    let ann = db.courier().await;
    db.set_active(ann, false).await;
    let age = "update courier_changes set created_at = created_at - interval '25 h'";
    db.0.run(age).await;
    db.set_active(ann, true).await;
    assert_eq!(db.0.rows_in("courier_changes").await, 1);
}

#[tokio::test]
async fn a_retired_courier_is_not_chosen_and_keeps_the_orders_at_hand() {
    let db: Delivery = open().await;
    let (ann, bob) = (db.courier().await, db.courier().await);
    let before = Uuid::now_v7();
    assert_eq!(db.reserve(before, december(1), Some(ann)).await, "RESERVED");
    db.set_active(ann, false).await;

    let chosen = db.reservation(Uuid::now_v7(), december(2), None).await;
    assert_eq!(chosen["courierId"], json!(bob));
    for courier in [None, Some(ann)] {
        let outcome = db.reserve(Uuid::now_v7(), december(2), courier).await;
        assert_eq!(outcome, "NO_COURIER_AVAILABLE");
    }
    let free = |free: [i64; 3]| {
        let days = ["2026-12-01", "2026-12-02", "2026-12-03"];
        std::iter::zip(days.map(str::to_owned), free).collect::<Vec<_>>()
    };
    assert_eq!(
        db.availability(december(1), december(3)).await,
        free([1, 0, 1])
    );

    assert_eq!(db.reserve(before, december(1), Some(ann)).await, "REPEATED");
    assert_eq!(db.slots(ann).await, ["2026-12-01"]);
    assert_eq!(db.release(before).await, "RELEASED");
    db.set_active(ann, true).await;
    assert_eq!(
        db.reserve(Uuid::now_v7(), december(2), None).await,
        "RESERVED"
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn a_reservation_waits_for_a_retirement_and_takes_another_courier() {
    for asked in [true, false] {
        let [db, observer, other]: [Delivery; 3] = open_several().await;
        let (ann, bob) = (db.courier().await, db.courier().await);
        db.0.run("begin").await;
        db.set_active(ann, false).await;
        let order = tokio::spawn(async move {
            let courier = asked.then_some(ann);
            other
                .reservation(Uuid::now_v7(), december(1), courier)
                .await
        });
        observer.0.assert_one_waits().await;
        db.0.run("commit").await;
        let expected = if asked {
            json!({ "outcome": "NO_COURIER_AVAILABLE" })
        } else {
            json!({ "outcome": "RESERVED", "courierId": bob })
        };
        assert_eq!(order.await.unwrap(), expected);
    }
}
