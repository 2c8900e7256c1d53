//! `Idempotency-Key`: a repeat changes nothing and is answered like the first call.

use harness::{
    order::{Order, Page, Status},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::json;

const DEPOSITS: &str = "/api/billing/wallet/deposits";

#[tokio::test]
async fn a_repeated_deposit_has_the_first_answer() {
    let customer = System::connect().customer();
    let key = unique::name("key");
    let deposit = || {
        customer
            .post(DEPOSITS)
            .key(&key)
            .json(&json!({"amount": 100}))
            .send()
    };
    let first = deposit().await.status(201);
    assert!(!first.is_replay());
    customer.deposit(900).await;

    let again = deposit().await.status(201);
    assert!(again.is_replay());
    assert_eq!(again.json(), first.json(), "with the balance of then");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(customer.balance().await, 1_000);
}

#[tokio::test]
async fn a_repeated_order_has_its_present_state() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 2 * PRICE, 2).await;
    let key = unique::name("key");
    let place = || {
        purchase
            .customer
            .post("/api/orders")
            .key(&key)
            .json(&purchase.body())
            .send()
    };
    let answer = place().await.status(201);
    assert!(!answer.is_replay());
    let first: Order = answer.read();
    purchase.customer.wait_for_end(first.id).await;

    let again = place().await.status(201);
    assert!(again.is_replay());
    assert_eq!(again.header("location"), answer.header("location"));
    let again: Order = again.read();
    assert_eq!((again.id, again.status), (first.id, Status::Ready));
    purchase.customer.cancel(first.id).await.status(200);
    let cancelled: Order = place().await.status(201).read();
    assert_eq!(
        (cancelled.id, cancelled.status),
        (first.id, Status::Cancelled)
    );
    purchase.customer.wait_for_end(first.id).await;

    let list: Page<Order> = purchase
        .customer
        .get("/api/orders")
        .send()
        .await
        .status(200)
        .read();
    assert_eq!(list.items.len(), 1);
}

#[tokio::test]
async fn the_same_body_written_differently_is_a_repeat() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let (product, courier, date) = (purchase.product, purchase.courier, purchase.date);
    let key = unique::name("key");
    let place = |body: String| {
        purchase
            .customer
            .post("/api/orders")
            .key(&key)
            .body("application/json", body)
            .send()
    };

    let plain = format!(
        r#"{{"items":[{{"productId":"{product}"}}],"deliveryDate":"{date}","courierId":"{courier}"}}"#
    );
    let first: Order = place(plain).await.status(201).read();
    let spelt_out = format!(
        r#" {{ "courierId" : "{}", "deliveryDate":"\u0032{}",
               "items":[{{"quantity":1,"productId":"{}"}}]}} "#,
        courier.to_string().to_uppercase(),
        &date.to_string()[1..],
        product.to_string().to_uppercase(),
    );
    let again = place(spelt_out).await.status(201);
    assert!(again.is_replay(), "{again}");
    assert_eq!(again.read::<Order>().id, first.id);
}

#[tokio::test]
async fn another_body_under_the_key_is_refused() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 10 * PRICE, 10).await;
    let key = unique::name("key");
    let call = || purchase.customer.post("/api/orders").key(&key);
    call().json(&purchase.body()).send().await.status(201);

    let mut dearer = purchase.body();
    dearer["items"][0]["quantity"] = json!(2);
    call()
        .json(&dearer)
        .send()
        .await
        .problem(422, "IDEMPOTENCY_KEY_REUSED");
    let mut without_courier = purchase.body();
    without_courier
        .as_object_mut()
        .expect("an object")
        .remove("courierId");
    call()
        .json(&without_courier)
        .send()
        .await
        .problem(422, "IDEMPOTENCY_KEY_REUSED");
    // The key is looked up before the prices are requested.
    let mut unknown = purchase.body();
    unknown["items"][0]["productId"] = json!(unique::id());
    call()
        .json(&unknown)
        .send()
        .await
        .problem(422, "IDEMPOTENCY_KEY_REUSED");

    let key = unique::name("key");
    let deposit = |amount: i64| {
        purchase
            .customer
            .post(DEPOSITS)
            .key(&key)
            .json(&json!({"amount": amount}))
            .send()
    };
    deposit(5).await.status(201);
    deposit(6).await.problem(422, "IDEMPOTENCY_KEY_REUSED");
    assert!(deposit(5).await.status(201).is_replay());
}

#[tokio::test]
async fn a_used_key_is_named_before_what_is_wrong_with_the_body() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let customer = &purchase.customer;
    for (path, body) in [
        (DEPOSITS, json!({"amount": 5})),
        ("/api/orders", purchase.body()),
    ] {
        let key = unique::name("key");
        let send = |body: serde_json::Value| customer.post(path).key(&key).json(&body).send();
        send(json!({"amount": 0, "items": 1}))
            .await
            .any_problem(422);
        send(body).await.status(201);
        for wrong in [
            json!({}),
            json!([]),
            json!({"amount": "5"}),
            json!({"x": 1}),
        ] {
            send(wrong).await.problem(422, "IDEMPOTENCY_KEY_REUSED");
        }
    }
}

#[tokio::test]
async fn a_repeat_is_answered_before_other_checks() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let key = unique::name("key");
    let place = || {
        purchase
            .customer
            .post("/api/orders")
            .key(&key)
            .json(&purchase.body())
            .send()
    };
    let first: Order = place().await.status(201).read();
    purchase.customer.wait_for_end(first.id).await;
    // By now it could not be paid, reserved, or priced the same.
    let path = format!("/api/warehouse/products/{}", purchase.product);
    purchase
        .admin
        .patch(path)
        .json(&json!({"price": 1_000_000_000_000_i64}))
        .send()
        .await
        .expect(200);
    let again = place().await.status(201);
    assert!(again.is_replay());
    assert_eq!(again.read::<Order>().id, first.id);
}

#[tokio::test]
async fn only_a_success_is_stored() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let key = unique::name("key");
    let call = || purchase.customer.post("/api/orders").key(&key);
    let mut unknown = purchase.body();
    unknown["items"][0]["productId"] = json!(unique::id());
    call()
        .json(&unknown)
        .send()
        .await
        .problem(422, "PRODUCT_NOT_FOUND");
    call().json(&json!({})).send().await.any_problem(422);
    let answer = call().json(&purchase.body()).send().await.status(201);
    assert!(!answer.is_replay());
    purchase
        .customer
        .wait_for_end(answer.read::<Order>().id)
        .await;

    let key = unique::name("key");
    let deposit = |amount: i64| {
        purchase
            .customer
            .post(DEPOSITS)
            .key(&key)
            .json(&json!({"amount": amount}))
            .send()
    };
    deposit(0).await.any_problem(422);
    assert!(!deposit(1).await.status(201).is_replay());
}

#[tokio::test]
async fn a_key_belongs_to_one_user_and_operation() {
    let system = System::connect();
    let purchase = Purchase::with(&system, PRICE, 2).await;
    let (one, other) = (&purchase.customer, system.customer());
    let key = unique::name("key");
    let deposits = [
        one.post(DEPOSITS)
            .key(&key)
            .json(&json!({"amount": 7}))
            .send()
            .await
            .status(201),
        other
            .post(DEPOSITS)
            .key(&key)
            .json(&json!({"amount": 8}))
            .send()
            .await
            .status(201),
    ];
    assert!(deposits.iter().all(|answer| !answer.is_replay()));
    assert_eq!((one.balance().await, other.balance().await), (PRICE + 7, 8));

    let mine: Order = one
        .post("/api/orders")
        .key(&key)
        .json(&purchase.body())
        .send()
        .await
        .status(201)
        .read();
    let theirs = other
        .post("/api/orders")
        .key(&key)
        .json(&purchase.body())
        .send()
        .await
        .status(201);
    assert!(!theirs.is_replay());
    let theirs: Order = theirs.read();
    assert_ne!(mine.id, theirs.id);
    one.wait_for_end(mine.id).await;
    other.wait_for_end(theirs.id).await;
}

#[tokio::test]
async fn without_a_key_every_deposit_counts() {
    let customer = System::connect().customer();
    customer.deposit(5).await;
    customer.deposit(5).await;
    assert_eq!(customer.balance().await, 10);
}

#[tokio::test]
async fn a_key_has_1_to_128_visible_characters() {
    let customer = System::connect().customer();
    let deposit = |key: &str| {
        customer
            .post(DEPOSITS)
            .key(key)
            .json(&json!({"amount": 1}))
            .send()
    };
    for key in [
        "~",
        "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}",
        unique::name("k").repeat(4).get(..128).unwrap(),
    ] {
        deposit(key).await.status(201);
        assert!(deposit(key).await.status(201).is_replay(), "{key}");
    }
    let balance = customer.balance().await;
    for key in ["", "two words", "tab\tbed", "k".repeat(129).as_str()] {
        let answer = deposit(key).await;
        assert!(
            matches!(answer.status, 400 | 422),
            "the key {key:?} is taken:\n{answer}"
        );
    }
    assert_eq!(customer.balance().await, balance);
}
