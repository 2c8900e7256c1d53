//! Couriers, their dates and their availability.

use harness::{admin::id_of, dates, purchase::Purchase, system::System, unique};
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
    assert!(
        courier["createdAt"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
    assert_eq!(
        courier.as_object().map(|fields| fields.len()),
        Some(4),
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
    // Other tests add couriers meanwhile, for all dates alike, so two dates are compared.
    let (date, other) = (dates::exclusive(), dates::exclusive());
    let difference = async || free(&system, date).await - free(&system, other).await;
    let both = async || -> i64 {
        // A courier added between the two reads would show, so this reads until none was.
        loop {
            let before = free(&system, other).await;
            let difference = difference().await;
            if free(&system, other).await == before {
                return difference;
            }
        }
    };
    let before = both().await;
    let order = unique::id();
    let body = json!({"date": date, "courierId": purchase.courier});
    system.delivery().put(order, &body).await.expect(201);
    assert_eq!(both().await, before - 1);
    system.delivery().undo(order).await;
    assert_eq!(both().await, before);
}

async fn free(system: &System, date: chrono::NaiveDate) -> i64 {
    let answer = system
        .client
        .get(format!("/api/delivery/availability?from={date}&to={date}"))
        .send()
        .await
        .expect(200);
    let items = answer["items"].as_array().expect("items");
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["date"], date.to_string());
    items[0]["freeCouriers"].as_i64().expect("a number")
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
