//! Run last: the invariants hold for what all tests have left in the databases.

use std::{collections::BTreeMap, time::Duration};

use harness::{databases::Databases, invariants, order::Page, system::System};
use serde_json::Value;

#[tokio::test]
async fn every_invariant_holds() {
    let system = System::connect();
    invariants::assert_hold(&system, Duration::from_secs(60)).await;
    let databases = Databases::open().await;
    let orders = databases
        .order
        .number("select count(*) from orders", &[])
        .await;
    let charges = databases
        .billing
        .number("select count(*) from charges", &[])
        .await;
    assert!(orders > 0 && charges > 0, "there is nothing to check");
    eprintln!("{orders} orders and {charges} charges were checked");
}

#[tokio::test]
async fn availability_slots_show_exactly_the_active_reservations() {
    let system = System::connect();
    let admin = system.admin().await;
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/delivery/couriers?limit=100{cursor}");
        let page: Page<Value> = admin.get(path).send().await.status(200).read();
        for courier in page.items {
            let slot = serde_json::from_value(courier["availabilitySlot"].clone())
                .expect("a list of dates");
            let id = courier["id"].as_str().expect("an id").to_owned();
            assert!(
                shown.insert(id, slot).is_none(),
                "a courier is listed twice"
            );
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let sql = "select courier.id::text,
                   coalesce(array_agg(date::text order by date) filter (where date is not null), '{}')
               from couriers courier
               left join reservations reservation on courier_id = courier.id and status = 'RESERVED'
               group by courier.id";
    let rows = Databases::open().await.delivery.rows(sql, &[]).await;
    let active: BTreeMap<String, Vec<String>> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(shown, active);
}

/// The totals of the metrics, which are kept, are those of the whole tables, whatever was killed meanwhile.
#[tokio::test]
async fn every_total_is_that_of_the_whole_table() {
    let databases = Databases::open().await;
    for (database, differences) in [
        (&databases.auth, AUTH),
        (&databases.billing, BILLING),
        (&databases.warehouse, WAREHOUSE),
        (&databases.delivery, DELIVERY),
    ] {
        let statement = format!(
            "select name || ': ' || kept || ' and not ' || counted
             from (select totals() as it) as totals, lateral ({differences}) as total (name, kept, counted)
             where kept::numeric <> counted"
        );
        let differences = database.texts(&statement, &[]).await;
        assert!(differences.is_empty(), "{differences:#?}");
    }
}

const AUTH: &str = "
    select 'customers', it #>> '{users,CUSTOMER}', (select count(*) from users where role = 'CUSTOMER')
    union all
    select 'sessions', it ->> 'sessions', (select count(*) from sessions where expires_at > now())";

const BILLING: &str = "
    select 'wallets', it ->> 'wallets', (select count(*) from wallets)
    union all
    select 'balance', it ->> 'balance', (select coalesce(sum(balance), 0) from wallets)
    union all
    select type, it -> 'ledger' ->> type, sum(amount) from ledger group by type
    union all
    select status, it -> 'charges' ->> status, count(*) from charges group by status
    union all
    select 'sum of ' || status, it -> 'charged' ->> status, coalesce(sum(amount), 0) from charges group by status";

const WAREHOUSE: &str = "
    select 'products', it ->> 'products', count(*) filter (where active) from products
    union all
    select 'available', it ->> 'available', count(*) filter (where active and stocked > reserved) from products
    union all
    select 'stocked', it ->> 'stocked', coalesce(sum(stocked), 0) from products
    union all
    select 'reserved', it ->> 'reserved', coalesce(sum(reserved), 0) from products
    union all
    select status, it -> 'reservations' ->> status, count(*) from reservations group by status";

const DELIVERY: &str = "
    select 'couriers', it ->> 'couriers', (select count(*) from couriers)
    union all
    select status, it -> 'reservations' ->> status, count(*) from reservations group by status";
