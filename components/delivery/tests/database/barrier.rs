//! A reservation and its release, in any order of arrival.

use serde_json::json;
use sql_tests::{
    barrier::{self, Participant},
    open,
};
use uuid::Uuid;

use super::{Delivery, december};

impl Participant for Delivery {
    /// A courier, who is not requested by id.
    type Content = Uuid;

    const DONE: &str = "RESERVED";
    const UNDONE: &str = "RELEASED";

    async fn content(&self) -> Uuid {
        self.courier().await
    }

    async fn perform(&self, order: Uuid, _: Uuid) -> String {
        self.reserve(order, december(1), None).await
    }

    async fn undo(&self, order: Uuid) -> String {
        self.release(order).await
    }

    async fn assert_used(&self, courier: Uuid, used: bool) {
        let dates: &[&str] = if used { &["2026-12-01"] } else { &[] };
        assert_eq!(self.slots(courier).await, dates);
        self.check_invariants().await;
    }
}

#[tokio::test]
async fn a_repeated_reservation_and_a_repeated_release_have_one_effect() {
    barrier::repeats_have_no_effect::<Delivery>().await;
}

#[tokio::test]
async fn an_early_release_leaves_a_tombstone() {
    barrier::an_early_compensation_leaves_a_tombstone::<Delivery>().await;
}

#[tokio::test]
async fn concurrent_reservations_and_releases_leave_nobody_reserved() {
    barrier::concurrent_steps_and_compensations_leave_nothing_used::<Delivery>().await;
}

#[tokio::test]
async fn a_release_waits_for_a_reservation_in_progress() {
    barrier::a_compensation_waits_for_a_step_in_progress::<Delivery>().await;
}

#[tokio::test]
async fn a_reservation_waits_for_a_tombstone_in_progress() {
    barrier::a_step_waits_for_a_tombstone_in_progress::<Delivery>().await;
}

#[tokio::test]
async fn a_reservation_waits_for_another_of_the_last_courier() {
    barrier::a_refusal_waits_for_the_other_step::<Delivery>("NO_COURIER_AVAILABLE").await;
}

#[tokio::test]
async fn a_repeat_returns_the_same_courier_and_a_released_one_is_free() {
    let db: Delivery = open().await;
    let (ann, order) = (db.courier().await, Uuid::now_v7());
    let first = db.reservation(order, december(1), None).await;
    assert_eq!(first, json!({ "outcome": "RESERVED", "courierId": ann }));
    let repeated = db.reservation(order, december(1), None).await;
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
    let db: Delivery = open().await;
    let (ann, bob) = (db.courier().await, db.courier().await);
    let (unnamed, named) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(db.reserve(unnamed, december(1), None).await, "RESERVED");
    assert_eq!(db.reserve(named, december(2), Some(bob)).await, "RESERVED");
    assert_eq!(db.reserve(named, december(2), Some(bob)).await, "REPEATED");
    for (order, day, courier) in [
        (unnamed, 2, None),
        (unnamed, 1, Some(ann)),
        (unnamed, 1, Some(Uuid::now_v7())),
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
async fn a_tombstone_refuses_any_courier() {
    let db: Delivery = open().await;
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
async fn a_refused_reservation_stores_nothing_until_it_is_compensated() {
    let db: Delivery = open().await;
    let order = Uuid::now_v7();
    assert_eq!(
        db.reserve(order, december(1), None).await,
        "NO_COURIER_AVAILABLE"
    );
    assert_eq!(
        db.reserve(order, december(1), Some(Uuid::now_v7())).await,
        "COURIER_NOT_FOUND"
    );
    assert_eq!(db.0.rows_in("reservations").await, 0);
    let ann = db.courier().await;
    // A later copy of the request may succeed before the compensation, but not after it.
    assert_eq!(db.reserve(order, december(1), None).await, "RESERVED");
    let cancelled = Uuid::now_v7();
    assert_eq!(
        db.reserve(cancelled, december(1), Some(ann)).await,
        "NO_COURIER_AVAILABLE"
    );
    assert_eq!(db.release(cancelled).await, "VOID");
    db.courier().await;
    assert_eq!(
        db.reserve(cancelled, december(1), None).await,
        "ALREADY_COMPENSATED"
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn written_rows_cannot_be_changed_or_deleted() {
    let db: Delivery = open().await;
    let (ann, order) = (db.courier().await, Uuid::now_v7());
    db.reserve(order, december(1), Some(ann)).await;
    let twice = format!(
        "insert into reservations (order_id, status, date, courier_id)
        values (gen_random_uuid(), 'RESERVED', '2026-12-01', '{ann}')"
    );
    db.0.assert_refused(&[
        "delete from reservations",
        "update reservations set status = 'VOID'",
        "update reservations set date = '2026-12-02'",
        "delete from couriers",
        "update couriers set load = -1",
        &twice,
    ])
    .await;
    db.release(order).await;
    db.0.assert_refused(&["update reservations set status = 'RESERVED'"])
        .await;
    db.check_invariants().await;
}
