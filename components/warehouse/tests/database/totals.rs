//! The numbers of metrics.

use serde_json::json;
use sql_tests::open;
use sql_tests::totals::{
    a_clock_that_is_set_back_changes_no_total, a_late_commit_is_counted_once,
    a_migration_counts_what_is_there, add_up_all, assert_exact, pages_of_a_scrape, scrape,
    totals_are_exact_while_rows_change,
};
use uuid::Uuid;

use super::Warehouse;

/// The totals, from the whole tables.
const EXPECTED: &str = "(
    select jsonb_build_object(
        'products', count(*) filter (where active),
        'available', count(*) filter (where active and stocked > reserved),
        'stocked', coalesce(sum(stocked), 0),
        'reserved', coalesce(sum(reserved), 0),
        'reservations', (
            select jsonb_build_object(
                'RESERVED', count(*) filter (where status = 'RESERVED'),
                'RELEASED', count(*) filter (where status = 'RELEASED'),
                'VOID', count(*) filter (where status = 'VOID')
            )
            from reservations
        )
    )
    from products
)";

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_exact_under_concurrent_changes() {
    totals_are_exact_while_rows_change::<Warehouse>(EXPECTED).await;
}

#[tokio::test]
async fn a_reservation_that_commits_late_is_counted_once() {
    a_late_commit_is_counted_once::<Warehouse>(EXPECTED).await;
}

#[tokio::test]
async fn totals_do_not_depend_on_clocks() {
    let tables = ["products", "reservations"];
    a_clock_that_is_set_back_changes_no_total::<Warehouse>(EXPECTED, &tables).await;
}

#[tokio::test]
async fn the_migration_counts_what_is_there() {
    a_migration_counts_what_is_there("warehouse", 7, &fill(40), EXPECTED).await;
}

/// Every change of a product that some total shows, before and after it is added up.
#[tokio::test]
async fn the_catalogue_is_counted_through_every_change() {
    let db: Warehouse = open().await;
    let product = db.product(2).await;
    db.product(0).await;
    let orders = [Uuid::now_v7(), Uuid::now_v7()];
    for add_up in [false, true] {
        let check = async || {
            if add_up {
                add_up_all(&db.0).await;
            }
            assert_exact(&db.0, EXPECTED).await;
        };
        check().await;
        db.rename(product, "Cup").await;
        check().await;
        for order in orders {
            db.reserve(order, &[(product, 1)]).await;
            check().await;
        }
        for fields in [
            json!({ "quantity": 5 }),
            json!({ "quantity": 0 }),
            json!({ "active": false }),
            json!({ "quantity": 7 }),
            json!({ "active": true }),
            json!({ "active": false, "quantity": 0 }),
            json!({ "active": true, "quantity": 2 }),
        ] {
            db.change(product, fields).await;
            check().await;
        }
        for order in orders {
            db.release(order).await;
            check().await;
        }
    }
}

/// Nothing is written beside the reservation while pieces are left.
#[tokio::test]
async fn a_reservation_notes_nothing_while_pieces_are_left() {
    let db: Warehouse = open().await;
    let product = db.product(3).await;
    let notes = db.0.rows_in("row_notes").await;
    for left in [2, 1] {
        db.reserve(Uuid::now_v7(), &[(product, 1)]).await;
        assert_eq!(db.quantity(product).await, left);
        assert_eq!(db.0.rows_in("row_notes").await, notes);
    }
    db.reserve(Uuid::now_v7(), &[(product, 1)]).await;
    assert_eq!(db.0.rows_in("row_notes").await, notes + 1);
}

#[tokio::test]
async fn a_scrape_costs_the_same_at_any_number_of_rows() {
    let few = pages_of_a_scrape::<Warehouse>(&fill(10), scrape).await;
    let many = pages_of_a_scrape::<Warehouse>(&fill(100_000), scrape).await;
    println!("a scrape reads {few} pages at ten rows and {many} at 100,000");
    assert!(
        many <= few + 30,
        "{few} pages at ten rows, {many} at 100,000"
    );
}

/// So many products, half of them with nothing left, and as many reservations of all statuses.
fn fill(rows: u32) -> String {
    format!(
        "insert into products (id, name, folded_name, price, stocked, active)
        select gen_random_uuid(), 'Tea', 'tea', 100, number % 4, number % 5 > 0
        from generate_series(1, {rows}) number;
        insert into reservations (order_id, status)
        select id, case when number % 7 = 0 then 'VOID' when number % 7 = 1 then 'RELEASED' else 'RESERVED' end
        from products;
        insert into reservation_lines (order_id, product_id, quantity)
        select order_id, products.id, 1
        from reservations join products on products.id = order_id
        where status <> 'VOID' and stocked > 0;
        update products set reserved = 1
        where id in (select order_id from reservation_lines join reservations using (order_id) where status = 'RESERVED');
        with ended as (
            update reservations set status = 'RELEASED'
            where status = 'RESERVED' and order_id in (select id from products where number % 7 = 2)
            returning order_id
        )
        update products set reserved = 0 where id in (select order_id from ended);"
    )
}
