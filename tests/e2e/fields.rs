//! The checks of a body's fields: each error has an entry of its own.

use harness::{
    answer::Answer,
    customer::Customer,
    dates,
    order::Order,
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

#[tokio::test]
async fn registration_reports_each_error() {
    let system = System::connect();
    let register = |body: Value| system.client.post("/api/auth/register").json(&body).send();
    register(json!({})).await.invalid(&["/email", "/password"]);
    register(json!({"email": 1, "password": [], "name": {}}))
        .await
        .invalid(&["/email", "/password", "/name"]);
    let body =
        json!({"email": unique::email(), "password": "12345678", "role": "ADMIN", "admin": true});
    register(body).await.invalid(&["/role", "/admin"]);
    for email in [
        "",
        "plain",
        "@x.example",
        "a@",
        "a b@x.example",
        "a@@x.example",
        "a@x.example\n",
        "a@x y.example",
        "a\u{0}@x.example",
        " a@x.example",
        "a@x.example ",
    ] {
        register(json!({"email": email, "password": "12345678"}))
            .await
            .invalid(&["/email"]);
    }
    for password in [
        "",
        "1234567",
        "ж".repeat(129).as_str(),
        "nul\u{0}nul\u{0}nul",
    ] {
        register(json!({"email": unique::email(), "password": password}))
            .await
            .invalid(&["/password"]);
    }
    for name in ["", "x".repeat(201).as_str(), "\u{0}"] {
        register(json!({"email": unique::email(), "password": "12345678", "name": name}))
            .await
            .invalid(&["/name"]);
    }
}

#[tokio::test]
async fn login_checks_only_the_length_of_the_password() {
    let system = System::connect();
    let login = |body: Value| system.client.post("/api/auth/login").json(&body).send();
    login(json!({})).await.invalid(&["/email", "/password"]);
    login(json!({"email": unique::email(), "password": ""}))
        .await
        .invalid(&["/password"]);
    login(json!({"email": unique::email(), "password": "x".repeat(129)}))
        .await
        .invalid(&["/password"]);
    login(json!({"email": unique::email(), "password": "x\u{0}"}))
        .await
        .invalid(&["/password"]);
    login(json!({"email": unique::email(), "password": "x", "remember": true}))
        .await
        .invalid(&["/remember"]);
    login(json!({"email": "nul\u{0}@x.example", "password": "x"}))
        .await
        .invalid(&["/email"]);
    login(json!({"email": ["x"], "password": {"$ne": ""}}))
        .await
        .invalid(&["/email", "/password"]);
    for email in [
        unique::name("no address"),
        format!("{}@", unique::name("a")),
        format!("@{}", "x".repeat(5_000)),
    ] {
        login(json!({"email": email, "password": "x"}))
            .await
            .problem(401, "INVALID_CREDENTIALS");
    }
    login(json!({"email": unique::email(), "password": "x"}))
        .await
        .problem(401, "INVALID_CREDENTIALS");
    login(json!({"email": unique::email(), "password": "ж".repeat(128)}))
        .await
        .problem(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn refresh_takes_one_string() {
    let system = System::connect();
    let post = |body: Value| system.client.post("/api/auth/refresh").json(&body).send();
    post(json!({})).await.invalid(&["/refreshToken"]);
    post(json!({"refreshToken": 1}))
        .await
        .invalid(&["/refreshToken"]);
    post(json!({"refreshToken": "x", "token": "x"}))
        .await
        .invalid(&["/token"]);
}

struct Shop {
    customer: Customer,
    purchase: Purchase,
}

impl Shop {
    async fn open() -> Self {
        let system = System::connect();
        let purchase = Purchase::with(&system, PRICE, 2_000).await;
        Self {
            customer: purchase.customer.clone(),
            purchase,
        }
    }

    /// Places the order of the purchase with one field changed.
    async fn place_with(&self, field: &str, value: Value) -> Answer {
        let mut body = self.purchase.body();
        body[field] = value;
        self.customer.post("/api/orders").json(&body).send().await
    }
}

#[tokio::test]
async fn an_order_reports_each_error() {
    let shop = Shop::open().await;
    let product = shop.purchase.product;
    shop.customer
        .post("/api/orders")
        .json(&json!({}))
        .send()
        .await
        .invalid(&["/items", "/deliveryDate"]);
    let body = json!({
        "items": [{"productId": "x", "quantity": 0}, {"quantity": 1001}, {"productId": product, "price": 1}],
        "deliveryDate": "tomorrow",
        "courierId": 7,
        "total": 1,
    });
    shop.customer
        .post("/api/orders")
        .json(&body)
        .send()
        .await
        .invalid(&[
            "/items/0/productId",
            "/items/0/quantity",
            "/items/1/productId",
            "/items/1/quantity",
            "/items/2/price",
            "/deliveryDate",
            "/courierId",
            "/total",
        ]);
}

#[tokio::test]
async fn an_order_has_1_to_50_distinct_products() {
    let shop = Shop::open().await;
    let product = shop.purchase.product;
    let lines = |count: usize| -> Value {
        (0..count)
            .map(|_| json!({"productId": unique::id()}))
            .collect()
    };
    shop.place_with("items", json!([]))
        .await
        .invalid(&["/items"]);
    shop.place_with("items", lines(51))
        .await
        .invalid(&["/items"]);
    shop.place_with("items", lines(50))
        .await
        .problem(422, "PRODUCT_NOT_FOUND");
    for value in [
        json!({}),
        json!("x"),
        json!(null),
        json!({"0": {"productId": product}}),
    ] {
        shop.place_with("items", value).await.invalid(&["/items"]);
    }
    let twice = json!([{"productId": product}, {"productId": product.to_string().to_uppercase(), "quantity": 2}]);
    let problem = shop.place_with("items", twice).await.any_problem(422);
    let pointer = problem["errors"][0]["pointer"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(pointer.starts_with("/items"), "{problem:#}");
}

#[tokio::test]
async fn a_quantity_is_a_whole_number_from_1_to_1000() {
    let shop = Shop::open().await;
    let product = shop.purchase.product;
    let place = async |quantity: &str| {
        let body = shop
            .purchase
            .body()
            .to_string()
            .replace("\"quantity\":1", &format!("\"quantity\":{quantity}"));
        shop.customer
            .post("/api/orders")
            .body("application/json", body)
            .send()
            .await
    };
    for quantity in [
        "0",
        "-1",
        "1001",
        "1.0",
        "1e0",
        "\"1\"",
        "true",
        "[1]",
        "4294967297",
        "1e999",
    ] {
        place(quantity).await.invalid(&["/items/0/quantity"]);
    }
    for quantity in ["1", "1000"] {
        let order: Order = place(quantity).await.status(201).read();
        assert_eq!(order.items[0].product_id, product);
        shop.customer.wait_for_end(order.id).await;
    }
}

#[tokio::test]
async fn a_delivery_date_is_today_or_within_365_days() {
    let shop = Shop::open().await;
    let today = dates::today().await;
    for date in [
        today.pred_opt().unwrap(),
        today + chrono::Days::new(366),
        today + chrono::Days::new(3_000),
    ] {
        shop.place_with("deliveryDate", json!(date))
            .await
            .invalid(&["/deliveryDate"]);
    }
    for date in [
        "",
        "2027-02-29",
        "2027-2-3",
        "01.02.2027",
        "2027-02-03T00:00:00Z",
        "+12027-01-01",
        " 2027-02-03",
        "20270203",
    ] {
        shop.place_with("deliveryDate", json!(date))
            .await
            .invalid(&["/deliveryDate"]);
    }
    for value in [json!(20_270_203), json!(null), json!(["2027-02-03"])] {
        shop.place_with("deliveryDate", value)
            .await
            .invalid(&["/deliveryDate"]);
    }
    for date in [today, today + chrono::Days::new(365)] {
        let order: Order = shop
            .place_with("deliveryDate", json!(date))
            .await
            .status(201)
            .read();
        assert_eq!(order.delivery_date, date);
        shop.customer.wait_for_end(order.id).await;
    }
}

#[tokio::test]
async fn ids_in_a_body_are_uuids() {
    let shop = Shop::open().await;
    for id in ["", "1", "00000000-0000-0000-0000-00000000000g", "\u{0}"] {
        shop.place_with("courierId", json!(id))
            .await
            .invalid(&["/courierId"]);
        shop.place_with("items", json!([{"productId": id}]))
            .await
            .invalid(&["/items/0/productId"]);
    }
}

#[tokio::test]
async fn a_courier_has_a_name() {
    let admin = System::connect().admin().await;
    let post = |body: Value| admin.post("/api/delivery/couriers").json(&body).send();
    post(json!({})).await.invalid(&["/name"]);
    post(json!({"name": "", "id": unique::id()}))
        .await
        .invalid(&["/name", "/id"]);
    post(json!({"name": "x".repeat(201)}))
        .await
        .invalid(&["/name"]);
    post(json!({"name": "\u{0}"})).await.invalid(&["/name"]);
    post(json!({"name": "ж".repeat(200)})).await.expect(201);
}

#[tokio::test]
async fn a_total_is_at_most_a_trillion() {
    let system = System::connect();
    let admin = system.admin().await;
    let dear = admin.product(1_000_000_000_000, 5).await;
    let one = admin.product(1, 5).await;
    let customer = system.customer();
    let courier = admin.courier().await;
    let place = |items: Value| {
        let body = json!({"items": items, "deliveryDate": dates::any(), "courierId": courier});
        customer.post("/api/orders").json(&body).send()
    };
    place(json!([{"productId": dear}, {"productId": one}]))
        .await
        .problem(422, "TOTAL_TOO_LARGE");
    place(json!([{"productId": dear, "quantity": 1_000}]))
        .await
        .problem(422, "TOTAL_TOO_LARGE");
    let order: Order = place(json!([{"productId": dear}])).await.status(201).read();
    assert_eq!(order.total, 1_000_000_000_000);
    customer.wait_for_end(order.id).await;
}
