//! PostgreSQL is stopped: the services answer 503 quickly, and recover when it is started again.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::{
    account::{self, Account, TokenPair},
    answer::Answer,
    burst::Burst,
    call::Call,
    control::Control,
    customer::Customer,
    databases::{Database, Service},
    dates,
    eventually::eventually,
    invariants,
    order::Order,
    purchase::{PRICE, Purchase},
    require,
    system::System,
    unique,
};
use serde_json::json;

/// How long an answer may take without the database.
const QUICKLY: Duration = Duration::from_secs(5);

/// One call of each kind that needs a database.
fn needing_a_database(
    system: &System,
    customer: &Customer,
    admin_token: &str,
    purchase: &Purchase,
    session: &TokenPair,
) -> Vec<Call> {
    let client = &system.client;
    let date = dates::any();
    let id = unique::id();
    vec![
        account::log_in_call(client, &unique::email(), "some password"),
        client
            .post("/api/auth/register")
            .json(&json!({"email": unique::email(), "password": "12345678"})),
        account::refresh_call(client, &session.refresh),
        customer.get("/api/billing/wallet"),
        customer.post("/api/billing/wallet"),
        customer
            .post("/api/billing/wallet/deposits")
            .json(&json!({"amount": 5})),
        customer.get("/api/billing/wallet/transactions"),
        client.get("/api/warehouse/products"),
        client.get(format!("/api/warehouse/products/{}", purchase.product)),
        client
            .post("/api/warehouse/products")
            .bearer(admin_token)
            .json(&json!({"name": "x", "price": 1})),
        client.get("/api/delivery/couriers").bearer(admin_token),
        client.get(format!("/api/delivery/availability?from={date}&to={date}")),
        customer.get("/api/orders"),
        customer.get(format!("/api/orders/{id}")),
        customer.get(format!("/api/orders/{id}/events")),
        customer.post(format!("/api/orders/{id}/cancel")),
        customer.post("/api/orders").json(&purchase.body()),
        customer
            .post("/api/orders")
            .key(&unique::name("key"))
            .json(&purchase.body()),
        client.get("/api/orders/admin/sagas").bearer(admin_token),
        client
            .post("/internal/orders/recover")
            .bearer(system.operator_token()),
        system
            .billing()
            .put_call(id, &json!({"userId": customer.id, "amount": 1})),
        system.warehouse().put_call(
            id,
            &json!({"items": [{"productId": purchase.product, "quantity": 1}]}),
        ),
        system
            .delivery()
            .put_call(id, &json!({"date": date, "courierId": purchase.courier})),
    ]
}

const SERVICES: [&str; 5] = ["auth", "billing", "warehouse", "delivery", "orders"];

#[tokio::test]
async fn without_its_database_a_service_answers_503_and_recovers() {
    let control = require!(Control::get());
    let system = System::connect();
    let purchase = Purchase::affordable(&system).await;
    let customer = system.customer();
    let admin = system.admin().await;
    let session = Account::register(&system.client).await.log_in().await;

    let outage = control.stop_postgres().await;
    let calls = needing_a_database(&system, &customer, &admin.token, &purchase, &session);
    // Twice: with the cut connections, and with none.
    for _ in 0..2 {
        join_all(calls.iter().map(|call| unavailable(call.clone()))).await;
        for name in SERVICES {
            unavailable(system.client.get(format!("/api/{name}/readyz"))).await;
            let metrics = system
                .client
                .get(format!("/internal/{name}/metrics"))
                .bearer(system.operator_token());
            unavailable(metrics).await;
            system
                .client
                .get(format!("/api/{name}/healthz"))
                .send()
                .await
                .status(200);
        }
    }
    // Calls that need no database work.
    system
        .client
        .get("/api/auth/.well-known/jwks.json")
        .send()
        .await
        .status(200);
    system
        .client
        .get("/api/openapi.json")
        .send()
        .await
        .status(200);
    system
        .client
        .get("/api/billing/wallet")
        .send()
        .await
        .any_problem(401);
    customer
        .post("/api/orders")
        .json(&json!({}))
        .send()
        .await
        .any_problem(422);

    outage.end().await;
    for name in SERVICES {
        eventually(
            "the service is ready again",
            Duration::from_secs(15),
            || async {
                let answer = system
                    .client
                    .get(format!("/api/{name}/readyz"))
                    .send()
                    .await;
                if answer.status == 200 {
                    Ok(())
                } else {
                    Err(answer.to_string())
                }
            },
        )
        .await;
    }
    assert_eq!(customer.balance().await, 0, "no deposit was half done");
    let order = purchase.place_and_wait().await;
    assert!(order.is_ready(), "{order:#?}");
    invariants::assert_hold(&system, Duration::from_secs(60)).await;
}

async fn unavailable(call: Call) {
    let start = Instant::now();
    let answer = call.send().await;
    let took = start.elapsed();
    assert!(took < QUICKLY, "it took {took:?} to say\n{answer}");
    answer.any_problem(503);
}

#[tokio::test]
async fn sagas_interrupted_by_an_outage_end_after_it() {
    let control = require!(Control::get());
    let system = System::connect();
    let admin = system.admin().await;
    let product = admin.product(PRICE, 1_000).await;
    let courier = admin.courier().await;
    let customers: Vec<Customer> = (0..40).map(|_| system.customer()).collect();
    join_all(customers.iter().map(|customer| customer.deposit(PRICE))).await;
    let place = |(customer, day): (&Customer, u64)| {
        let date = dates::in_days(day);
        let body =
            json!({"items": [{"productId": product}], "deliveryDate": date, "courierId": courier});
        customer.post("/api/orders").json(&body)
    };
    let burst = Burst::of(customers.iter().zip(2..).map(place));
    burst.until(15).await;
    let outage = control.kill_postgres().await;
    let answers = burst.answers().await;
    let answers: Vec<Answer> = answers
        .into_iter()
        .map(|answer| answer.expect("an answer"))
        .collect();
    outage.end().await;

    let placed: Vec<_> = customers
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.status == 201)
        .collect();
    eprintln!(
        "{} of {} orders were placed before the outage",
        placed.len(),
        answers.len()
    );
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.clone().any_problem(503);
    }
    for (customer, answer) in placed {
        let id = answer.read::<Order>().id;
        let order = eventually("the saga ends", Duration::from_secs(60), || async move {
            let answer = customer.get(format!("/api/orders/{id}")).send().await;
            let order: Order = if answer.status == 200 {
                answer.read()
            } else {
                return Err(answer.to_string());
            };
            if order.saga.has_ended() {
                Ok(order)
            } else {
                Err(format!("{order:#?}"))
            }
        })
        .await;
        assert!(order.is_ready(), "an outage is no refusal: {order:#?}");
    }
    invariants::assert_hold(&system, Duration::from_secs(60)).await;
}

#[tokio::test]
async fn a_service_whose_migrations_are_behind_is_not_ready() {
    let system = System::connect();
    for (name, service) in SERVICES.into_iter().zip(Service::ALL) {
        let ready = || system.client.get(format!("/api/{name}/readyz")).send();
        ready().await.status(200);
        let database = Database::open(service).await;
        let newest = "where version = (select max(version) from _sqlx_migrations)";
        let fail = format!("update _sqlx_migrations set success = not success {newest}");
        database.change(&fail, &[]).await;
        let answer = ready().await;
        database.change(&fail, &[]).await;
        answer.any_problem(503);
        ready().await.status(200);
    }
}
