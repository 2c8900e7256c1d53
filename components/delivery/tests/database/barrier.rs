//! A reservation and its undoing, one after the other in every order of arrival.

use serde_json::json;
use uuid::Uuid;

use super::{december, delivery};

#[tokio::test]
async fn a_courier_is_taken_once_and_let_go_once() {
    let db = delivery().await;
    let (ann, order) = (db.courier().await, Uuid::now_v7());
    let done = db.ask(order, december(1), None).await;
    assert_eq!(done, json!({ "outcome": "RESERVED", "courierId": ann }));
    let repeated = db.ask(order, december(1), None).await;
    assert_eq!(repeated, json!({ "outcome": "REPEATED", "courierId": ann }));
    assert_eq!(db.slots(ann).await, ["2026-12-01"]);
    assert_eq!(db.release(order).await, "RELEASED");
    assert_eq!(db.release(order).await, "RELEASED");
    assert!(db.slots(ann).await.is_empty());
    assert_eq!(
        db.reserve(order, december(1), None).await,
        "ALREADY_COMPENSATED"
    );
    assert_eq!(
        db.reserve(order, december(2), Some(ann)).await,
        "ALREADY_COMPENSATED"
    );
    assert_eq!(db.release(order).await, "RELEASED");
    assert_eq!(
        db.reserve(Uuid::now_v7(), december(1), None).await,
        "RESERVED"
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn a_repeat_with_other_contents_is_refused_and_changes_nothing() {
    let db = delivery().await;
    let (ann, bob) = (db.courier().await, db.courier().await);
    let (anybody, named) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(db.reserve(anybody, december(1), None).await, "RESERVED");
    assert_eq!(db.reserve(named, december(2), Some(bob)).await, "RESERVED");
    assert_eq!(db.reserve(named, december(2), Some(bob)).await, "REPEATED");
    for (order, day, courier) in [
        (anybody, 2, None),
        (anybody, 1, Some(ann)),
        (anybody, 1, Some(Uuid::now_v7())),
        (named, 2, None),
        (named, 2, Some(ann)),
        (named, 3, Some(bob)),
    ] {
        assert_eq!(
            db.reserve(order, december(day), courier).await,
            "RESERVATION_MISMATCH",
            "{day} {courier:?}"
        );
    }
    assert_eq!(
        (db.slots(ann).await, db.slots(bob).await),
        (vec!["2026-12-01".into()], vec!["2026-12-02".into()])
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn an_undoing_that_comes_first_leaves_a_tombstone() {
    let db = delivery().await;
    let (ann, order) = (db.courier().await, Uuid::now_v7());
    assert_eq!(db.release(order).await, "VOID");
    assert_eq!(
        db.reserve(order, december(1), None).await,
        "ALREADY_COMPENSATED"
    );
    assert_eq!(
        db.reserve(order, december(1), Some(Uuid::now_v7())).await,
        "ALREADY_COMPENSATED"
    );
    assert_eq!(db.release(order).await, "VOID");
    assert!(db.slots(ann).await.is_empty());
    db.check_invariants().await;
}

#[tokio::test]
async fn a_refusal_leaves_nothing_until_it_is_undone() {
    let db = delivery().await;
    let order = Uuid::now_v7();
    assert_eq!(
        db.reserve(order, december(1), None).await,
        "NO_COURIER_AVAILABLE"
    );
    assert_eq!(
        db.reserve(order, december(1), Some(Uuid::now_v7())).await,
        "COURIER_NOT_FOUND"
    );
    assert_eq!(db.reservations().await, 0);
    let ann = db.courier().await;
    // A later copy may succeed as long as nobody gave the order up, and not after it.
    assert_eq!(db.reserve(order, december(1), None).await, "RESERVED");
    let given_up = Uuid::now_v7();
    assert_eq!(
        db.reserve(given_up, december(1), Some(ann)).await,
        "NO_COURIER_AVAILABLE"
    );
    assert_eq!(db.release(given_up).await, "VOID");
    db.courier().await;
    assert_eq!(
        db.reserve(given_up, december(1), None).await,
        "ALREADY_COMPENSATED"
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn what_was_written_stays() {
    let db = delivery().await;
    let (ann, order) = (db.courier().await, Uuid::now_v7());
    db.reserve(order, december(1), Some(ann)).await;
    let twice = format!(
        "insert into reservations (order_id, status, date, courier_id)
        values (gen_random_uuid(), 'RESERVED', '2026-12-01', '{ann}')"
    );
    for forbidden in [
        "delete from reservations",
        "update reservations set status = 'VOID'",
        "update reservations set date = '2026-12-02'",
        "delete from couriers",
        "update couriers set load = -1",
        &twice,
    ] {
        assert!(db.0.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    db.release(order).await;
    assert!(
        db.0.batch_execute("update reservations set status = 'RESERVED'")
            .await
            .is_err()
    );
    db.check_invariants().await;
}
