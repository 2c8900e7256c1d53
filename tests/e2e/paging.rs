//! Lists: newest first, page by page, also while items are added.

use futures::future::join_all;
use harness::{
    call::Call,
    customer::Customer,
    order::{Order, Page, Status},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

/// Reads a list to its end, `limit` at a time, calling `meanwhile` after each page.
async fn walk(
    list: impl Fn(String) -> Call,
    limit: usize,
    mut meanwhile: impl AsyncFnMut(),
) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let query = cursor
            .map(|cursor| format!("&cursor={cursor}"))
            .unwrap_or_default();
        let page: Page<Value> = list(format!("limit={limit}{query}"))
            .send()
            .await
            .status(200)
            .read();
        assert!(page.items.len() <= limit);
        assert!(
            page.items.len() == limit || page.next_cursor.is_none(),
            "a page that is not full is the last"
        );
        items.extend(page.items);
        assert!(items.len() <= 200, "the list has no end");
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return items,
        }
        meanwhile().await;
    }
}

#[tokio::test]
async fn a_ledger_is_paged_newest_first_while_it_grows() {
    let customer = System::connect().customer();
    for amount in 1..=9 {
        customer.deposit(amount).await;
    }
    let list = |query: String| customer.get(format!("/api/billing/wallet/transactions?{query}"));
    for limit in [1, 2, 3, 4, 9, 10, 100] {
        let amounts: Vec<i64> = walk(list, limit, async || {})
            .await
            .iter()
            .map(|entry| entry["amount"].as_i64().unwrap())
            .collect();
        assert_eq!(amounts, [9, 8, 7, 6, 5, 4, 3, 2, 1], "by {limit}");
    }
    let grown = walk(list, 2, async || {
        customer.deposit(1_000).await;
    })
    .await;
    let amounts: Vec<i64> = grown
        .iter()
        .map(|entry| entry["amount"].as_i64().unwrap())
        .collect();
    assert_eq!(
        amounts,
        [9, 8, 7, 6, 5, 4, 3, 2, 1],
        "what is added later is before the first page"
    );
}

#[tokio::test]
async fn a_catalogue_is_paged_newest_first_while_it_grows() {
    let system = System::connect();
    let admin = system.admin().await;
    let mark = unique::name("page");
    let add = async |number: usize| {
        let body = json!({"name": format!("{mark} {number}"), "price": 1});
        admin
            .post("/api/warehouse/products")
            .json(&body)
            .send()
            .await
            .expect(201);
    };
    for number in 0..7 {
        add(number).await;
    }
    let list = |query: String| {
        system
            .client
            .get(format!("/api/warehouse/products?q={mark}&{query}"))
    };
    let found = walk(list, 3, async || add(99).await).await;
    let names: Vec<String> = found
        .iter()
        .map(|item| item["name"].as_str().unwrap().replace(&mark, ""))
        .collect();
    assert_eq!(names, [" 6", " 5", " 4", " 3", " 2", " 1", " 0"]);
}

#[tokio::test]
async fn a_page_has_twenty_items_by_default() {
    let customer = System::connect().customer();
    join_all((0..21).map(|_| customer.deposit(1))).await;
    let page: Page<Value> = customer
        .get("/api/billing/wallet/transactions")
        .send()
        .await
        .status(200)
        .read();
    assert_eq!(page.items.len(), 20);
    assert!(page.next_cursor.is_some());
    let empty: Page<Value> = System::connect()
        .customer()
        .get("/api/billing/wallet/transactions")
        .send()
        .await
        .status(200)
        .read();
    assert_eq!(
        empty,
        Page {
            items: vec![],
            next_cursor: None
        }
    );
}

#[tokio::test]
async fn orders_are_listed_for_their_owner_by_status() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 2 * PRICE, 10).await;
    let mut expected = Vec::new();
    for number in 0..5 {
        let mut body = purchase.body();
        body["deliveryDate"] = json!(harness::dates::in_days(3 + number));
        expected.push(purchase.customer.place_and_wait(&body).await);
    }
    expected.reverse();
    let ids = |orders: &[Order]| orders.iter().map(|order| order.id).collect::<Vec<_>>();
    let ready: Vec<Order> = expected
        .iter()
        .filter(|order| order.is_ready())
        .cloned()
        .collect();
    assert_eq!(ready.len(), 2, "there was money for two");

    let read = |items: Vec<Value>| -> Vec<Order> {
        items
            .into_iter()
            .map(|item| serde_json::from_value(item).unwrap())
            .collect()
    };
    let list = |customer: &Customer, filter: &'static str| {
        let customer = customer.clone();
        move |query: String| customer.get(format!("/api/orders?{filter}{query}"))
    };
    let all = read(walk(list(&purchase.customer, ""), 2, async || {}).await);
    assert_eq!(ids(&all), ids(&expected));
    let found = read(walk(list(&purchase.customer, "status=READY&"), 1, async || {}).await);
    assert_eq!(ids(&found), ids(&ready));
    let cancelled = read(
        walk(
            list(&purchase.customer, "status=CANCELLED&"),
            2,
            async || {},
        )
        .await,
    );
    assert_eq!(cancelled.len(), 3);
    assert!(
        cancelled
            .iter()
            .all(|order| order.status == Status::Cancelled)
    );
    let pending = read(walk(list(&purchase.customer, "status=PENDING&"), 2, async || {}).await);
    assert!(pending.is_empty());
    let strangers = read(walk(list(&system.customer(), ""), 2, async || {}).await);
    assert!(strangers.is_empty());
    assert_eq!(
        all[0],
        purchase.customer.order(all[0].id).await,
        "a list shows the order as it is"
    );
}

#[tokio::test]
async fn couriers_and_sagas_are_paged_without_a_gap() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 3 * PRICE, 3).await;
    let admin = &purchase.admin;
    let mut couriers = Vec::new();
    for _ in 0..3 {
        couriers.push(admin.courier().await.to_string());
    }
    couriers.reverse();
    let seen = newest(
        |query| admin.get(format!("/api/delivery/couriers?{query}")),
        "id",
        &couriers,
    )
    .await;
    assert_eq!(seen, couriers);

    let mut orders = Vec::new();
    for number in 0..3 {
        let mut body = purchase.body();
        body["deliveryDate"] = json!(harness::dates::in_days(3 + number));
        orders.push(purchase.customer.place_and_wait(&body).await.id.to_string());
    }
    orders.reverse();
    let seen = newest(
        |query| admin.get(format!("/api/orders/admin/sagas?{query}")),
        "orderId",
        &orders,
    )
    .await;
    assert_eq!(seen, orders);
}

/// The `wanted` items of a list that other tests add to, in its order, read in small pages.
async fn newest(list: impl Fn(String) -> Call, field: &str, wanted: &[String]) -> Vec<String> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for _ in 0..200 {
        let page: Page<Value> = list(format!("limit=7{cursor}"))
            .send()
            .await
            .status(200)
            .read();
        let ids = page
            .items
            .iter()
            .filter_map(|item| item[field].as_str())
            .map(str::to_owned);
        seen.extend(ids.filter(|id| wanted.contains(id)));
        match page.next_cursor {
            Some(next) if seen.len() < wanted.len() => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    seen
}
