//! The numbers of metrics.

use sql_tests::totals::{
    a_clock_that_is_set_back_changes_no_total, a_late_commit_is_counted_once,
    a_migration_counts_what_is_there, assert_exact, pages_of_a_scrape, scrape,
    totals_are_exact_while_rows_change,
};
use sql_tests::{Connection, open};
use uuid::Uuid;

use super::Billing;

/// The totals, from the whole tables.
const EXPECTED: &str = "(
    select jsonb_build_object(
        'wallets', (select count(*) from wallets),
        'balance', (select coalesce(sum(balance), 0) from wallets),
        'ledger', (
            select jsonb_object_agg(type, coalesce(sum, 0))
            from unnest(array['DEPOSIT', 'CHARGE', 'REFUND']) as type
            left join (select type, sum(amount) as sum from ledger group by type) as found using (type)
        ),
        'charges', jsonb_object_agg(status, coalesce(count, 0)),
        'charged', jsonb_object_agg(status, coalesce(sum, 0)),
        'findings', '{\"WALLET\": 0, \"CHARGE\": 0}'::jsonb
    )
    from unnest(array['CHARGED', 'REFUNDED', 'VOID']) as status
    left join (
        select status, count(*) as count, sum(amount) as sum from charges group by status
    ) as found using (status)
)";

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_exact_under_concurrent_changes() {
    totals_are_exact_while_rows_change::<Billing>(EXPECTED).await;
}

#[tokio::test]
async fn a_charge_that_commits_late_is_counted_once() {
    a_late_commit_is_counted_once::<Billing>(EXPECTED).await;
}

#[tokio::test]
async fn totals_do_not_depend_on_clocks() {
    let tables = ["charges", "ledger", "wallets"];
    a_clock_that_is_set_back_changes_no_total::<Billing>(EXPECTED, &tables).await;
}

#[tokio::test]
async fn the_migration_counts_what_is_there() {
    a_migration_counts_what_is_there("billing", 4, &fill(7), EXPECTED).await;
}

/// After hours without a scrape the numbers are those of the last one, exactly, until all is added up.
#[tokio::test]
async fn what_is_far_behind_is_read_at_the_mark() {
    let db: Billing = open().await;
    let user = db.customer(1_000).await;
    db.charge(Uuid::now_v7(), user, 300).await;
    db.0.run(
        "insert into ledger (wallet_id, number, id, type, amount, balance_after)
        select id, number, gen_random_uuid(), 'DEPOSIT', 1, 698 + number
        from wallets, generate_series(3, 20050) number;
        update wallets set entries = 20050, deposited = deposited + 20048;",
    )
    .await;
    let balance = "select (totals() ->> 'balance')::bigint";
    assert_eq!(db.0.value::<i64>(balance, &[]).await, 0);
    sql_tests::totals::add_up_all(&db.0).await;
    assert_exact(&db.0, EXPECTED).await;
}

#[tokio::test]
async fn a_scrape_costs_the_same_at_any_number_of_rows() {
    // The audit descends one level more in larger indexes.
    let few = pages_of_a_scrape::<Billing>(&fill(1_000), audit_and_scrape).await;
    let many = pages_of_a_scrape::<Billing>(&fill(10_000), audit_and_scrape).await;
    println!("a scrape reads {few} pages at 20,000 entries and {many} at 200,000");
    assert!(
        many < 2 * few && many < 3_000,
        "{few} pages at 20,000 entries, {many} at 200,000"
    );
}

async fn audit_and_scrape(connection: &Connection) {
    connection.run("select audit(100)").await;
    scrape(connection).await;
}

/// So many wallets, each with 20 entries: deposits, charges and refunds.
fn fill(wallets: u32) -> String {
    format!(
        "insert into wallets (id, user_id, entries, deposited, charged, refunded)
        select gen_random_uuid(), gen_random_uuid(), 20, 1000, 1000, 900
        from generate_series(1, {wallets});
        insert into ledger (wallet_id, number, id, type, amount, balance_after, order_id)
        select id, number, gen_random_uuid(),
            case when number = 1 then 'DEPOSIT' when number % 2 = 0 then 'CHARGE' else 'REFUND' end,
            case number when 1 then 1000 else 100 end,
            case when number % 2 = 0 then 900 else 1000 end,
            case when number > 1 then md5(id::text || number / 2)::uuid end
        from wallets, generate_series(1, 20) number;
        insert into charges (order_id, status, wallet_id, user_id, amount)
        select order_id, 'CHARGED', wallet_id, user_id, amount
        from ledger join wallets on wallets.id = wallet_id
        where type = 'CHARGE';
        update charges set status = 'REFUNDED'
        from ledger
        where ledger.order_id = charges.order_id and type = 'REFUND';
        insert into charges (order_id, status)
        select gen_random_uuid(), 'VOID' from generate_series(1, {wallets});"
    )
}
