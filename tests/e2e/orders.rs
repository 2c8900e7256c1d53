//! Placing orders: what is refused at once, and what an order contains.

use harness::{
    dates,
    order::{Order, Page, SagaState, Status, StepState},
    purchase::{PRICE, Purchase},
    system::System,
    unique,
};
use serde_json::{Value, json};

#[tokio::test]
async fn an_order_of_an_unknown_product_is_refused() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let mut body = purchase.body();
    body["items"] = json!([{"productId": purchase.product}, {"productId": unique::id()}]);
    purchase
        .customer
        .post("/api/orders")
        .json(&body)
        .send()
        .await
        .problem(422, "PRODUCT_NOT_FOUND");
    let list: Page<Value> = purchase
        .customer
        .get("/api/orders")
        .send()
        .await
        .status(200)
        .read();
    assert!(list.items.is_empty());
}

#[tokio::test]
async fn the_answer_does_not_wait_for_the_saga() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let placed = purchase.place().await;
    assert_eq!(
        placed.statuses()[..2],
        [Status::Pending, Status::AwaitingPayment]
    );
    assert_eq!(placed.saga.state, SagaState::Running, "{placed:#?}");
    let steps = placed.steps();
    assert!(
        !steps.contains(&StepState::Refused) && !steps.contains(&StepState::Undone),
        "{placed:#?}"
    );
    let ready = purchase.customer.wait_for_end(placed.id).await;
    assert_eq!(
        ready.timeline[..2],
        placed.timeline[..2],
        "what was shown stays"
    );
    assert!(ready.updated_at >= placed.updated_at);
    assert_eq!(ready.created_at, placed.created_at);
    assert!(ready.updated_at.0 >= ready.timeline[4].at.0 - chrono::TimeDelta::milliseconds(1));
}

#[tokio::test]
async fn an_order_has_what_was_requested() {
    let system = System::connect();
    let admin = system.admin().await;
    let customer = system.customer();
    let products = [
        admin.product(10, 9).await,
        admin.product(20, 9).await,
        admin.product(30, 9).await,
    ];
    let items: Vec<Value> = products
        .iter()
        .zip([3, 1, 2])
        .map(|(id, quantity)| json!({"productId": id, "quantity": quantity}))
        .collect();
    let date = dates::any();
    let order = customer
        .place(&json!({"items": items, "deliveryDate": date}))
        .await;
    let shown: Vec<_> = order
        .items
        .iter()
        .map(|item| (item.product_id, item.quantity, item.unit_price))
        .collect();
    assert_eq!(
        shown,
        [
            (products[0], 3, 10),
            (products[1], 1, 20),
            (products[2], 2, 30)
        ],
        "in the order of the request"
    );
    assert_eq!(
        (order.total, order.delivery_date, order.courier_id),
        (110, date, None)
    );
    customer.wait_for_end(order.id).await;
}

#[tokio::test]
async fn an_order_has_the_requested_courier_once_reserved() {
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let order = purchase.place_and_wait().await;
    assert_eq!(order.courier_id, Some(purchase.courier));
}

#[tokio::test]
async fn orders_of_one_customer_are_independent() {
    let system = System::connect();
    let purchase = Purchase::with(&system, 2 * PRICE, 2).await;
    let one = purchase.place_and_wait().await;
    let mut body = purchase.body();
    body["deliveryDate"] = json!(purchase.date.succ_opt().expect("a next day"));
    let other = purchase.customer.place_and_wait(&body).await;
    assert!(one.is_ready() && other.is_ready());
    purchase.customer.cancel(one.id).await.status(200);
    purchase.customer.wait_for_end(one.id).await;
    assert!(purchase.customer.order(other.id).await.is_ready());
    assert_eq!(purchase.holdings().await.balance, PRICE);
}

#[tokio::test]
async fn many_orders_at_once_all_end() {
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(1, 1_000).await;
    let courier = admin.courier().await;
    let customers: Vec<_> = (0..40).map(|_| system.customer()).collect();
    futures::future::join_all(customers.iter().map(|customer| customer.deposit(1))).await;
    let orders: Vec<Order> = futures::future::join_all(customers.iter().enumerate().map(|(number, customer)| {
        let date = dates::in_days(2 + u64::try_from(number).expect("a small number"));
        let body = json!({"items": [{"productId": product}], "deliveryDate": date, "courierId": courier});
        async move { customer.place_and_wait(&body).await }
    }))
    .await;
    assert!(orders.iter().all(Order::is_ready));
    assert_eq!(admin.quantity(product).await, 960);
}
