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
