//! A reservation and its undoing, one after the other in every order of arrival.

use serde_json::json;
use uuid::Uuid;

use super::warehouse;

#[tokio::test]
async fn items_are_held_once_and_let_go_once() {
    let db = warehouse().await;
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
    let db = warehouse().await;
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
async fn an_undoing_that_comes_first_leaves_a_tombstone() {
    let db = warehouse().await;
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
async fn all_or_nothing_and_each_product_that_lacks_is_named() {
    let db = warehouse().await;
    let (tea, cup, jam, order) = (
        db.product(1).await,
        db.product(9).await,
        db.product(0).await,
        Uuid::now_v7(),
    );
    let answer = db.ask(order, &[(tea, 2), (cup, 9), (jam, 1)]).await;
    let lines = json!([{ "place": 0, "left": 1 }, { "place": 2, "left": 0 }]);
    assert_eq!(answer, json!({ "outcome": "OUT_OF_STOCK", "lines": lines }));
    let answer = db
        .ask(
            order,
            &[(tea, 2), (cup, 9), (Uuid::now_v7(), 1), (Uuid::now_v7(), 1)],
        )
        .await;
    let lines = json!([{ "place": 2 }, { "place": 3 }]);
    assert_eq!(
        answer,
        json!({ "outcome": "PRODUCT_NOT_FOUND", "lines": lines })
    );
    assert_eq!((db.reservations().await, db.quantity(cup).await), (0, 9));
    // A later copy may succeed as long as nobody gave the order up, and not after it.
    assert_eq!(db.reserve(order, &[(tea, 1), (cup, 9)]).await, "RESERVED");
    let given_up = Uuid::now_v7();
    assert_eq!(db.reserve(given_up, &[(jam, 1)]).await, "OUT_OF_STOCK");
    assert_eq!(db.release(given_up).await, "VOID");
    db.set_quantity(jam, 5).await;
    assert_eq!(
        db.reserve(given_up, &[(jam, 1)]).await,
        "ALREADY_COMPENSATED"
    );
    db.check_invariants().await;
}

#[tokio::test]
async fn what_was_written_stays() {
    let db = warehouse().await;
    let (tea, order) = (db.product(2).await, Uuid::now_v7());
    db.reserve(order, &[(tea, 2)]).await;
    for forbidden in [
        "delete from reservations",
        "delete from reservation_lines",
        "update reservation_lines set quantity = 1",
        "update reservations set status = 'VOID'",
        "update products set reserved = reserved + 1",
        "update products set stocked = 1",
        "update products set reserved = -1",
        "delete from products",
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
