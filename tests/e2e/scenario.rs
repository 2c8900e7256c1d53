//! An order from the customer's registration to READY, with nothing but HTTP.

use harness::{
    admin::id_of,
    customer::Customer,
    dates,
    order::{Order, SagaState, Status, StepName, StepState},
    system::System,
    unique,
};
use serde_json::json;

#[tokio::test]
async fn an_order_goes_from_registration_to_ready() {
    let system = System::connect();
    let admin = system.admin().await;
    let (email, password) = (unique::email(), "correct horse battery");

    let registration = json!({"email": email, "password": password, "name": "Анна"});
    let user = system
        .client
        .post("/api/auth/register")
        .json(&registration)
        .send()
        .await
        .expect(201);
    let credentials = json!({"email": email, "password": password});
    let pair = system
        .client
        .post("/api/auth/login")
        .json(&credentials)
        .send()
        .await
        .expect(200);
    let token = pair["accessToken"]
        .as_str()
        .expect("an access token")
        .to_owned();
    let customer = Customer {
        id: id_of(&user),
        token,
        client: system.client.clone(),
    };

    let wallet = customer
        .post("/api/billing/wallet")
        .send()
        .await
        .expect(201);
    assert_eq!(wallet["balance"], 0);
    assert_eq!(customer.deposit(10_000).await, 10_000);

    let product = json!({"name": "Чайник", "price": 4_200, "description": "Электрический"});
    let product = admin
        .post("/api/warehouse/products")
        .json(&product)
        .send()
        .await
        .expect(201);
    assert_eq!(product["quantity"], 1, "a new product has one piece");
    let product = id_of(&product);
    let courier = admin.courier().await;
    let date = dates::any();

    let body =
        json!({"items": [{"productId": product}], "deliveryDate": date, "courierId": courier});
    let answer = customer
        .post("/api/orders")
        .json(&body)
        .send()
        .await
        .status(201);
    let placed: Order = answer.read();
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/orders/{}", placed.id).as_str())
    );
    assert_eq!(placed.id.get_version_num(), 7);
    assert_eq!(
        (placed.total, placed.currency.as_str()),
        (4_200, system.environment().variable_or("currency", "RUB"))
    );
    assert_eq!(placed.items[0].name, "Чайник");
    assert_eq!(
        (placed.items[0].unit_price, placed.items[0].quantity),
        (4_200, 1)
    );
    assert_eq!(placed.delivery_date, date);

    let ready = customer.wait_for_end(placed.id).await;
    assert_eq!(ready.status, Status::Ready);
    assert_eq!(ready.cancellation, None);
    assert_eq!(ready.courier_id, Some(courier));
    assert_eq!(ready.saga.state, SagaState::Completed);
    assert_eq!(
        ready.statuses(),
        [
            Status::Pending,
            Status::AwaitingPayment,
            Status::AwaitingItemReservation,
            Status::AwaitingCourierReservation,
            Status::Ready,
        ]
    );
    assert_eq!(
        ready
            .timeline
            .iter()
            .map(|entry| entry.seq)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert!(
        ready.timeline.is_sorted_by_key(|entry| entry.at),
        "the timeline goes backwards: {ready:#?}"
    );
    assert_eq!(ready.steps(), [StepState::Done; 3]);
    for step in &ready.saga.steps {
        assert!(step.attempts >= 1, "{ready:#?}");
        let (Some(start), Some(end)) = (step.started_at, step.ended_at) else {
            panic!("a step without its times: {ready:#?}")
        };
        assert!(start <= end, "{ready:#?}");
    }
    let names = ready.saga.steps.each_ref().map(|step| step.name);
    assert_eq!(
        names,
        [
            StepName::Charge,
            StepName::ReserveItems,
            StepName::ReserveCourier
        ]
    );

    assert_eq!(customer.balance().await, 5_800);
    assert_eq!(
        admin.quantity(product).await,
        0,
        "a product that is reserved by someone"
    );
    assert!(admin.slot(courier).await.contains(&date.to_string()));
    let ledger = customer.transactions().await;
    assert_eq!(ledger.len(), 2);
    assert_eq!(
        (
            &ledger[0]["type"],
            &ledger[0]["amount"],
            &ledger[0]["balanceAfter"]
        ),
        (&json!("CHARGE"), &json!(4_200), &json!(5_800))
    );
    assert_eq!(ledger[0]["orderId"], json!(ready.id));
    assert_eq!(
        (
            &ledger[1]["type"],
            &ledger[1]["amount"],
            &ledger[1]["balanceAfter"]
        ),
        (&json!("DEPOSIT"), &json!(10_000), &json!(10_000))
    );
}

#[tokio::test]
async fn an_order_without_a_courier_gets_one() {
    let system = System::connect();
    let admin = system.admin().await;
    let customer = system.customer();
    customer.deposit(300).await;
    let product = admin.product(100, 3).await;
    admin.courier().await;
    let date = dates::exclusive();

    let body = json!({"items": [{"productId": product, "quantity": 3}], "deliveryDate": date});
    let order = customer.place_and_wait(&body).await;
    assert!(order.is_ready(), "{order:#?}");
    let courier = order.courier_id.expect("a courier");
    assert!(admin.slot(courier).await.contains(&date.to_string()));
    assert_eq!(order.total, 300);
    assert_eq!(admin.quantity(product).await, 0);
    assert_eq!(customer.balance().await, 0);
}

#[tokio::test]
async fn an_order_of_several_products_takes_each() {
    let system = System::connect();
    let admin = system.admin().await;
    let customer = system.customer();
    customer.deposit(10_000).await;
    let (first, second) = (admin.product(100, 5).await, admin.product(7, 1_000).await);
    let courier = admin.courier().await;
    let body = json!({
        "items": [{"productId": first, "quantity": 2}, {"productId": second, "quantity": 1_000}],
        "deliveryDate": dates::any(),
        "courierId": courier,
    });
    let order = customer.place_and_wait(&body).await;
    assert!(order.is_ready(), "{order:#?}");
    assert_eq!(
        order
            .items
            .iter()
            .map(|item| item.product_id)
            .collect::<Vec<_>>(),
        [first, second]
    );
    assert_eq!(order.total, 7_200);
    assert_eq!(
        (admin.quantity(first).await, admin.quantity(second).await),
        (3, 0)
    );
    assert_eq!(customer.balance().await, 2_800);
}
