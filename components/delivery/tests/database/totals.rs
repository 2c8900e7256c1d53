//! The numbers of metrics.

use sql_tests::open;
use sql_tests::totals::{
    a_clock_that_is_set_back_changes_no_total, a_late_commit_is_counted_once,
    a_migration_counts_what_is_there, add_up, assert_exact, pages_of_a_scrape, scrape,
    totals_are_exact_while_rows_change,
};
use uuid::Uuid;

use super::{Delivery, december};

/// The totals, from the whole tables.
const EXPECTED: &str = "(
    select jsonb_build_object(
        'couriers', (select count(*) from couriers),
        'reservations', jsonb_build_object(
            'RESERVED', count(*) filter (where status = 'RESERVED'),
            'RELEASED', count(*) filter (where status = 'RELEASED'),
            'VOID', count(*) filter (where status = 'VOID')
        )
    )
    from reservations
)";

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_exact_under_concurrent_changes() {
    totals_are_exact_while_rows_change::<Delivery>(EXPECTED).await;
}

#[tokio::test]
async fn a_reservation_that_commits_late_is_counted_once() {
    a_late_commit_is_counted_once::<Delivery>(EXPECTED).await;
}

#[tokio::test]
async fn totals_do_not_depend_on_clocks() {
    let tables = ["couriers", "reservations"];
    a_clock_that_is_set_back_changes_no_total::<Delivery>(EXPECTED, &tables).await;
}

#[tokio::test]
async fn the_migration_counts_what_is_there() {
    a_migration_counts_what_is_there("delivery", 5, &fill(40), EXPECTED).await;
}

#[tokio::test]
async fn a_retired_courier_still_counts() {
    let db: Delivery = open().await;
    let courier = db.courier().await;
    db.set_active(courier, false).await;
    assert_exact(&db.0, EXPECTED).await;
    db.reserve(Uuid::now_v7(), december(1), None).await;
    add_up(&db.0, 10).await;
    assert_exact(&db.0, EXPECTED).await;
}

#[tokio::test]
async fn a_scrape_costs_the_same_at_any_number_of_rows() {
    let few = pages_of_a_scrape::<Delivery>(&fill(10), scrape).await;
    let many = pages_of_a_scrape::<Delivery>(&fill(200_000), scrape).await;
    println!("a scrape reads {few} pages at ten rows and {many} at 200,000");
    assert!(
        many <= few + 30,
        "{few} pages at ten rows, {many} at 200,000"
    );
}

/// So many reservations, of all statuses, and a tenth of the couriers.
fn fill(rows: u32) -> String {
    format!(
        "insert into couriers (id, name)
        select gen_random_uuid(), 'Ann' from generate_series(1, {rows} / 10);
        insert into reservations (order_id, status, date, courier_id)
        select gen_random_uuid(), case when day % 7 = 0 then 'RELEASED' else 'RESERVED' end,
            date '2026-12-01' + day, id
        from couriers, generate_series(1, 9) day;
        insert into reservations (order_id, status)
        select gen_random_uuid(), 'VOID' from generate_series(1, {rows} / 10);
        update reservations set status = 'RELEASED' where date = '2026-12-02';"
    )
}
