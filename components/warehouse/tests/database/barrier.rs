//! A reservation and its release, in any order of arrival.

use serde_json::json;
use sql_tests::{
    barrier::{self, Participant},
    open,
};
use uuid::Uuid;

use super::Warehouse;

impl Participant for Warehouse {
    /// Two products with one piece each.
    type Content = [Uuid; 2];

    const DONE: &str = "RESERVED";
    const UNDONE: &str = "RELEASED";

    async fn content(&self) -> [Uuid; 2] {
        [self.product(1).await, self.product(1).await]
    }

    async fn perform(&self, order: Uuid, [tea, cup]: [Uuid; 2]) -> String {
        self.reserve(order, &[(tea, 1), (cup, 1)]).await
    }

    async fn undo(&self, order: Uuid) -> String {
        self.release(order).await
    }

    async fn assert_used(&self, products: [Uuid; 2], used: bool) {
        for product in products {
            assert_eq!(self.quantity(product).await, if used { 0 } else { 1 });
        }
        self.check_invariants().await;
    }
}

#[tokio::test]
async fn a_repeated_reservation_and_a_repeated_release_have_one_effect() {
    barrier::repeats_have_no_effect::<Warehouse>().await;
}

#[tokio::test]
async fn an_early_release_leaves_a_tombstone() {
    barrier::an_early_compensation_leaves_a_tombstone::<Warehouse>().await;
}

#[tokio::test]
async fn concurrent_reservations_and_releases_leave_nothing_reserved() {
    barrier::concurrent_steps_and_compensations_leave_nothing_used::<Warehouse>().await;
}

#[tokio::test]
async fn a_release_waits_for_a_reservation_in_progress() {
    barrier::a_compensation_waits_for_a_step_in_progress::<Warehouse>().await;
}

#[tokio::test]
async fn a_reservation_waits_for_a_tombstone_in_progress() {
    barrier::a_step_waits_for_a_tombstone_in_progress::<Warehouse>().await;
}

#[tokio::test]
async fn a_reservation_waits_for_another_of_the_same_pieces() {
    barrier::a_refusal_waits_for_the_other_step::<Warehouse>("OUT_OF_STOCK").await;
}

#[tokio::test]
async fn several_pieces_are_reserved_once_whatever_the_order_of_the_items() {
    let db: Warehouse = open().await;
    let (tea, cup, order) = (db.product(5).await, db.product(1).await, Uuid::now_v7());
    let items = [(tea, 2), (cup, 1)];
    assert_eq!(db.reserve(order, &items).await, "RESERVED");
    assert_eq!(db.reserve(order, &items).await, "REPEATED");
    assert_eq!(db.reserve(order, &[(cup, 1), (tea, 2)]).await, "REPEATED");
    assert_eq!((db.quantity(tea).await, db.quantity(cup).await), (3, 0));
    db.check_invariants().await;
    assert_eq!(db.release(order).await, "RELEASED");
    assert_eq!(db.release(order).await, "RELEASED");
    assert_eq!((db.quantity(tea).await, db.quantity(cup).await), (5, 1));
    assert_eq!(db.reserve(order, &items).await, "ALREADY_COMPENSATED");
    assert_eq!(db.release(order).await, "RELEASED");
    assert_eq!((db.quantity(tea).await, db.quantity(cup).await), (5, 1));
    db.check_invariants().await;
}

#[tokio::test]
async fn a_repeat_with_other_contents_is_refused_and_changes_nothing() {
    let db: Warehouse = open().await;
    let (tea, cup, order) = (db.product(5).await, db.product(5).await, Uuid::now_v7());
    assert_eq!(db.reserve(order, &[(tea, 2), (cup, 1)]).await, "RESERVED");
    for other in [
        vec![(tea, 2)],
        vec![(tea, 1), (cup, 1)],
        vec![(tea, 1), (cup, 2)],
        vec![(cup, 1)],
        vec![(tea, 2), (cup, 1), (db.product(1).await, 1)],
        vec![(tea, 2), (Uuid::now_v7(), 1)],
        vec![(tea, 1000), (cup, 1)],
    ] {
        assert_eq!(
            db.reserve(order, &other).await,
            "RESERVATION_MISMATCH",
            "{other:?}"
        );
    }
    assert_eq!((db.quantity(tea).await, db.quantity(cup).await), (3, 4));
    db.check_invariants().await;
}

#[tokio::test]
async fn a_tombstone_refuses_any_items() {
    let db: Warehouse = open().await;
    let (tea, order) = (db.product(5).await, Uuid::now_v7());
    assert_eq!(db.release(order).await, "VOID");
    assert_eq!(db.reserve(order, &[(tea, 1)]).await, "ALREADY_COMPENSATED");
    assert_eq!(
        db.reserve(order, &[(Uuid::now_v7(), 1)]).await,
        "ALREADY_COMPENSATED"
    );
    assert_eq!(db.reserve(order, &[(tea, 6)]).await, "ALREADY_COMPENSATED");
    assert_eq!(db.release(order).await, "VOID");
    assert_eq!(db.quantity(tea).await, 5);
    db.check_invariants().await;
}

#[tokio::test]
async fn all_items_are_reserved_or_none_and_each_missing_one_is_named() {
    let db: Warehouse = open().await;
    let (tea, cup, jam, order) = (
        db.product(1).await,
        db.product(9).await,
        db.product(0).await,
        Uuid::now_v7(),
    );
    let answer = db.reservation(order, &[(tea, 2), (cup, 9), (jam, 1)]).await;
    let lines = json!([{ "place": 0, "left": 1 }, { "place": 2, "left": 0 }]);
    assert_eq!(answer, json!({ "outcome": "OUT_OF_STOCK", "lines": lines }));
    let answer = db
        .reservation(
            order,
            &[(tea, 2), (cup, 9), (Uuid::now_v7(), 1), (Uuid::now_v7(), 1)],
        )
        .await;
    let lines = json!([{ "place": 2 }, { "place": 3 }]);
    assert_eq!(
        answer,
        json!({ "outcome": "PRODUCT_NOT_FOUND", "lines": lines })
    );
    assert_eq!(
        (db.0.rows_in("reservations").await, db.quantity(cup).await),
        (0, 9)
    );
    // A later copy of the request may succeed before the compensation, but not after it.
    assert_eq!(db.reserve(order, &[(tea, 1), (cup, 9)]).await, "RESERVED");
    let cancelled = Uuid::now_v7();
    assert_eq!(db.reserve(cancelled, &[(jam, 1)]).await, "OUT_OF_STOCK");
    assert_eq!(db.release(cancelled).await, "VOID");
    db.set_quantity(jam, 5).await;
    assert_eq!(
        db.reserve(cancelled, &[(jam, 1)]).await,
        "ALREADY_COMPENSATED"
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn written_rows_cannot_be_changed_or_deleted() {
    let db: Warehouse = open().await;
    let (tea, order) = (db.product(2).await, Uuid::now_v7());
    db.reserve(order, &[(tea, 2)]).await;
    db.0.assert_refused(&[
        "delete from reservations",
        "delete from reservation_lines",
        "update reservation_lines set quantity = 1",
        "update reservations set status = 'VOID'",
        "update products set reserved = reserved + 1",
        "update products set stocked = 1",
        "update products set reserved = -1",
        "delete from products",
    ])
    .await;
    db.release(order).await;
    db.0.assert_refused(&["update reservations set status = 'RESERVED'"])
        .await;
    db.check_invariants().await;
}
