//! Couriers, their dates and their availability.

use chrono::NaiveDate;
use harness::{
    admin::id_of,
    dates,
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn a_new_courier_has_no_dates() {
    let system = System::connect();
    let admin = system.admin().await;
    let courier = admin
        .post("/api/delivery/couriers")
        .json(&json!({"name": "Иван"}))
        .send()
        .await
        .expect(201);
    let id = id_of(&courier);
    assert_eq!(courier["name"], "Иван");
    assert_eq!(courier["availabilitySlot"], json!([]));
    assert_eq!(courier["active"], json!(true));
    assert!(
        courier["createdAt"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
    assert_eq!(
        courier.as_object().map(|fields| fields.len()),
        Some(5),
        "{courier}"
    );

    let shown = admin
        .get(format!("/api/delivery/couriers/{id}"))
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&shown["id"], &shown["name"], &shown["createdAt"]),
        (&courier["id"], &courier["name"], &courier["createdAt"])
    );
    let list = admin
        .get("/api/delivery/couriers?limit=100")
        .send()
        .await
        .expect(200);
    let listed = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .any(|item| item["id"] == json!(id));
    assert!(listed, "the newest are first, and this one is not there");
    admin
        .get(format!("/api/delivery/couriers/{}", unique::id()))
        .send()
        .await
        .any_problem(404);
}

#[tokio::test]
async fn the_slot_is_exactly_the_reserved_dates() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 0).await;
    let (admin, courier) = (&purchase.admin, purchase.courier);
    let days: Vec<String> = [7, 3, 5]
        .map(|day| dates::in_days(day).to_string())
        .to_vec();
    let mut orders = Vec::new();
    for day in &days {
        let order = unique::id();
        let body = json!({"date": day, "courierId": courier});
        let reserved = system.delivery().put(order, &body).await.expect(201);
        assert_eq!(
            reserved,
            json!({"orderId": order, "status": "RESERVED", "courierId": courier, "date": day})
        );
        orders.push(order);
    }
    let mine = |slot: Vec<String>| -> Vec<String> {
        slot.into_iter().filter(|day| days.contains(day)).collect()
    };
    let mut expected = days.clone();
    expected.sort_unstable();
    assert_eq!(
        mine(admin.slot(courier).await),
        expected,
        "in the order of the calendar"
    );

    assert_eq!(
        system.delivery().delete(orders[0]).await.expect(200),
        json!({"orderId": orders[0], "status": "RELEASED"})
    );
    expected.retain(|day| *day != days[0]);
    assert_eq!(mine(admin.slot(courier).await), expected);
    for order in &orders[1..] {
        system.delivery().undo(*order).await;
    }
    assert_eq!(mine(admin.slot(courier).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_reservation_without_a_courier_gets_a_free_one_and_repeats_it() {
    let system = System::connect();
    let admin = system.admin().await;
    admin.courier().await;
    let date = dates::exclusive().to_string();
    let order = unique::id();
    let first = system
        .delivery()
        .put(order, &json!({"date": date}))
        .await
        .expect(201);
    let again = system
        .delivery()
        .put(order, &json!({"date": date}))
        .await
        .expect(200);
    assert_eq!(first, again, "a repeat keeps its courier");
    let courier: Uuid = first["courierId"]
        .as_str()
        .expect("a courier")
        .parse()
        .expect("an id");
    assert!(admin.slot(courier).await.contains(&date));
    let other = json!({"date": dates::any()});
    system
        .delivery()
        .put(order, &other)
        .await
        .problem(409, "RESERVATION_MISMATCH");
    assert_eq!(system.delivery().undo(order).await, "RELEASED");
    assert!(!admin.slot(courier).await.contains(&date));
}

#[tokio::test]
async fn an_unknown_courier_is_refused() {
    let system = System::connect();
    let body = json!({"date": dates::any(), "courierId": unique::id()});
    system
        .delivery()
        .put(unique::id(), &body)
        .await
        .problem(409, "COURIER_NOT_FOUND");
}

#[tokio::test]
async fn a_reservation_reduces_the_free_couriers_of_its_date_by_one() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 0, 0).await;
    // Other tests add and retire couriers meanwhile, for all dates alike, so two dates are compared in one answer. They
    // are too far ahead for orders.
    let date = dates::in_days(1_000 + unique::bits() % 100_000);
    let difference = async || {
        let next = date.succ_opt().expect("a next day");
        let free = free(&system, date, next).await;
        assert_eq!(free.len(), 2);
        free[0] - free[1]
    };
    let before = difference().await;
    let order = unique::id();
    let body = json!({"date": date, "courierId": purchase.courier});
    system.delivery().put(order, &body).await.expect(201);
    assert_eq!(difference().await, before - 1);
    system.delivery().undo(order).await;
    assert_eq!(difference().await, before);
}

/// How many couriers are free on each date from `from` to `to`.
async fn free(system: &System, from: NaiveDate, to: NaiveDate) -> Vec<i64> {
    let answer = system
        .client
        .get(format!("/api/delivery/availability?from={from}&to={to}"))
        .send()
        .await
        .expect(200);
    let items = answer["items"].as_array().expect("items");
    assert_eq!(items[0]["date"], from.to_string());
    items
        .iter()
        .map(|day| day["freeCouriers"].as_i64().expect("a number"))
        .collect()
}

#[tokio::test]
async fn availability_covers_each_date_up_to_62() {
    let system = System::connect();
    let (from, to) = (dates::in_days(10), dates::in_days(71));
    let path = format!("/api/delivery/availability?from={from}&to={to}");
    let answer = system.client.get(path).send().await.expect(200);
    let days: Vec<&str> = answer["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["date"].as_str())
        .collect();
    let expected: Vec<String> = (10..72)
        .map(|day| dates::in_days(day).to_string())
        .collect();
    assert_eq!(days, expected);

    for (from, to) in [(10, 74), (10, 9), (3, 365)] {
        let (from, to) = (dates::in_days(from), dates::in_days(to));
        system
            .client
            .get(format!("/api/delivery/availability?from={from}&to={to}"))
            .send()
            .await
            .any_problem(422);
    }
    for query in [
        "from=today&to=tomorrow",
        "from=2026-02-30&to=2026-03-01",
        "from=01.02.2027&to=2027-02-02",
    ] {
        system
            .client
            .get(format!("/api/delivery/availability?{query}"))
            .send()
            .await
            .any_problem(422);
    }
}

#[tokio::test]
async fn an_invalid_reservation_has_an_error_for_each_field() {
    let system = System::connect();
    let put = |body: Value| {
        let delivery = system.delivery();
        async move { delivery.put(unique::id(), &body).await }
    };
    put(json!({})).await.invalid(&["/date"]);
    put(json!({"date": "soon", "courierId": 7}))
        .await
        .invalid(&["/date", "/courierId"]);
    put(json!({"date": "2027-02-29"})).await.invalid(&["/date"]);
    put(json!({"date": dates::any(), "courier": unique::id()}))
        .await
        .invalid(&["/courier"]);
}

#[tokio::test]
async fn a_retired_courier_gets_no_further_orders() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 2 * PRICE, 2).await;
    let (admin, courier) = (&purchase.admin, purchase.courier);
    let path = format!("/api/delivery/couriers/{courier}");
    let before = purchase.place_and_wait().await;
    assert!(before.is_ready(), "{before:#?}");

    let change = json!({"active": false, "name": "Пётр"});
    let changed = admin.patch(&path).json(&change).send().await.expect(200);
    assert_eq!(
        (
            &changed["active"],
            &changed["name"],
            &changed["availabilitySlot"]
        ),
        (&json!(false), &json!("Пётр"), &json!([purchase.date]))
    );
    assert_eq!(admin.get(&path).send().await.expect(200), changed);

    let mut body = purchase.body();
    body["deliveryDate"] = json!(purchase.date.succ_opt().expect("a next day"));
    let refused = purchase.customer.place_and_wait(&body).await;
    let cancellation = refused.cancellation.expect("a cancellation");
    assert_eq!(
        cancellation.detail.as_deref(),
        Some("delivery: NO_COURIER_AVAILABLE")
    );

    let change = json!({"active": true});
    admin.patch(&path).json(&change).send().await.expect(200);
    let after = purchase.customer.place_and_wait(&body).await;
    assert!(after.is_ready(), "{after:#?}");
    assert_eq!(after.courier_id, Some(courier));
}

#[tokio::test]
async fn a_change_of_a_courier_is_checked() {
    let system = System::connect();
    let admin = system.admin().await;
    let path = format!("/api/delivery/couriers/{}", admin.courier().await);
    let patch = |body: Value| admin.patch(&path).json(&body).send();
    patch(json!({"name": "", "active": "no", "load": 1}))
        .await
        .invalid(&["/name", "/active", "/load"]);
    patch(json!({"active": null})).await.invalid(&["/active"]);
    patch(json!({})).await.expect(200);
    let unknown = format!("/api/delivery/couriers/{}", unique::id());
    let change = admin.patch(unknown).json(&json!({"active": false}));
    change.send().await.any_problem(404);
}
