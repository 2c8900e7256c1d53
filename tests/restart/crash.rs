//! The host is killed while sagas run: no order and no money is lost.

use std::time::Duration;

use futures::future::join_all;
use harness::{
    answer::Answer,
    burst::Burst,
    call::{Call, NoAnswer},
    control::Control,
    customer::Customer,
    dates,
    eventually::eventually,
    invariants,
    order::{Order, Status},
    purchase::PRICE,
    require,
    system::System,
    unique,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Longer than the lease of a killed driver, 15 s, and the rest of its sagas.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request for an order, with a key: it can be repeated until it is acknowledged.
#[derive(Clone)]
struct OrderRequest {
    customer: Customer,
    body: Value,
    key: String,
}

impl OrderRequest {
    async fn make(system: &System, count: u64) -> Vec<Self> {
        let admin = system.admin().await;
        let product = admin.product(PRICE, 1_000).await;
        let courier = admin.courier().await;
        let customers: Vec<Customer> = (0..count).map(|_| system.customer()).collect();
        join_all(customers.iter().map(|customer| customer.deposit(PRICE))).await;
        let body = |day: u64| json!({"items": [{"productId": product}], "deliveryDate": dates::in_days(day), "courierId": courier});
        let requests = customers.into_iter().zip(2..);
        requests
            .map(|(customer, day)| Self {
                customer,
                body: body(day),
                key: unique::name("key"),
            })
            .collect()
    }

    fn call(&self) -> Call {
        self.customer
            .post("/api/orders")
            .key(&self.key)
            .json(&self.body)
    }

    /// Sends it until it is acknowledged. Its key makes it one order.
    async fn place_until_acknowledged(&self) -> Order {
        eventually("the order is placed", PATIENCE, || async {
            acknowledged(self.call().try_send().await).ok_or("no answer".to_owned())
        })
        .await
    }
}

/// The order that an answer acknowledges.
fn acknowledged(answer: Result<Answer, NoAnswer>) -> Option<Order> {
    let answer = answer.ok()?;
    if answer.status == 201 {
        Some(answer.read())
    } else {
        None
    }
}

/// Reads the order until its saga has ended. Reading it claims the saga.
async fn ended(customer: &Customer, id: Uuid) -> Order {
    eventually("the saga ends", PATIENCE, || async move {
        let order = customer.order(id).await;
        if order.saga.has_ended() {
            Ok(order)
        } else {
            Err(format!("{order:#?}"))
        }
    })
    .await
}

/// The customer with new connections: the old ones ended with the host.
fn reconnected(system: &System, customer: &Customer) -> Customer {
    Customer {
        client: system.client.clone(),
        ..customer.clone()
    }
}

#[tokio::test]
async fn orders_placed_before_a_kill_all_end() {
    let control = require!(Control::get());
    let mut kept = Vec::new();
    for round in 0..3 {
        let system = System::connect();
        let requests = OrderRequest::make(&system, 40).await;
        let burst = Burst::of(requests.iter().map(OrderRequest::call));
        burst.until([1, 10, 30][round]).await;
        control.kill_host().await;
        let answered = burst.answers().await.into_iter().map(acknowledged);
        control.start_host().await;
        kept.extend(requests.into_iter().zip(answered));
    }
    let known = kept
        .iter()
        .filter(|(_, answered)| answered.is_some())
        .count();
    eprintln!(
        "{known} of {} orders were acknowledged before a kill",
        kept.len()
    );

    let system = System::connect();
    for (request, answered) in kept {
        let customer = reconnected(&system, &request.customer);
        let request = OrderRequest {
            customer: customer.clone(),
            ..request
        };
        if let Some(answered) = &answered {
            assert_eq!(
                customer.order(answered.id).await.id,
                answered.id,
                "an acknowledged order is there"
            );
        }
        let order = request.place_until_acknowledged().await;
        assert!(
            answered.is_none_or(|answered| answered.id == order.id),
            "two orders under one key"
        );
        let order = ended(&customer, order.id).await;
        assert_eq!(order.status, Status::Ready, "{order:#?}");
        assert_eq!(customer.balance().await, 0, "charged once");
    }
    invariants::assert_hold(&system, PATIENCE).await;
}

#[tokio::test]
async fn cancellations_before_a_kill_all_end() {
    let control = require!(Control::get());
    let system = System::connect();
    let requests = OrderRequest::make(&system, 30).await;
    let mut orders = Vec::new();
    for request in &requests {
        orders.push(request.place_until_acknowledged().await.id);
    }
    for (order, id) in requests.iter().zip(&orders) {
        ended(&order.customer, *id).await;
    }
    let cancel = |(order, id): (&OrderRequest, &Uuid)| {
        order.customer.post(format!("/api/orders/{id}/cancel"))
    };
    let burst = Burst::of(requests.iter().zip(&orders).map(cancel));
    burst.until(8).await;
    control.kill_host().await;
    let answers = burst.answers().await;
    let known = answers
        .iter()
        .flatten()
        .filter(|answer| answer.status == 200)
        .count();
    eprintln!(
        "{known} of {} cancellations were acknowledged before the kill",
        orders.len()
    );
    control.start_host().await;

    let system = System::connect();
    for ((order, id), answer) in requests.iter().zip(&orders).zip(answers) {
        let customer = reconnected(&system, &order.customer);
        if answer.is_ok_and(|answer| answer.status == 200) {
            customer.cancel(*id).await.problem(409, "ALREADY_CANCELLED");
        } else {
            let again = customer.cancel(*id).await;
            assert!(matches!(again.status, 200 | 409), "{again}");
        }
        let order = ended(&customer, *id).await;
        assert_eq!(order.status, Status::Cancelled);
        assert_eq!(customer.balance().await, PRICE, "refunded once");
    }
    invariants::assert_hold(&system, PATIENCE).await;
}

#[tokio::test]
async fn recovery_claims_sagas_whose_orders_are_not_read() {
    let control = require!(Control::get());
    let system = System::connect();
    let requests = OrderRequest::make(&system, 40).await;
    let burst = Burst::of(requests.iter().map(OrderRequest::call));
    burst.until(15).await;
    control.kill_host().await;
    burst.answers().await;
    control.start_host().await;
    // These orders are not read: only `recover` is called.
    invariants::assert_hold(&System::connect(), PATIENCE).await;
}

#[tokio::test]
async fn a_stream_claims_its_saga() {
    let control = require!(Control::get());
    let system = System::connect();
    let requests = OrderRequest::make(&system, 20).await;
    let burst = Burst::of(requests.iter().map(OrderRequest::call));
    burst.until(10).await;
    control.kill_host().await;
    let answers = burst.answers().await;
    control.start_host().await;

    let system = System::connect();
    let placed = requests.iter().zip(answers.into_iter().map(acknowledged));
    let watched = placed
        .filter_map(|(request, order)| Some((reconnected(&system, &request.customer), order?.id)));
    join_all(watched.map(|(customer, id)| async move {
        let call = customer.get(format!("/api/orders/{id}/events"));
        // A comment is sent every 10 s, whatever the saga waits for.
        let events = call.events().await.rest(Duration::from_secs(15)).await;
        let newest = events
            .iter()
            .rfind(|event| event.name == "status")
            .expect("a status");
        assert_eq!(newest.data["status"], "READY", "{events:#?}");
    }))
    .await;
}
