//! A customer's wallet and its ledger.

use futures::future::join_all;
use harness::{admin::id_of, system::System};
use serde_json::json;

#[tokio::test]
async fn a_wallet_is_created_once() {
    let system = System::connect();
    let customer = system.customer();
    let opened = customer
        .post("/api/billing/wallet")
        .send()
        .await
        .expect(201);
    id_of(&opened);
    assert_eq!(opened["balance"], 0);
    assert_eq!(
        opened["currency"],
        system.environment().variable_or("currency", "RUB")
    );
    assert!(
        opened["createdAt"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
    assert_eq!(
        opened.as_object().map(|fields| fields.len()),
        Some(4),
        "{opened}"
    );
    assert_eq!(
        customer
            .post("/api/billing/wallet")
            .send()
            .await
            .expect(200),
        opened
    );
    assert_eq!(
        customer.get("/api/billing/wallet").send().await.expect(200),
        opened
    );
}

#[tokio::test]
async fn creating_a_wallet_ignores_the_body_and_its_type() {
    let customer = System::connect().customer();
    customer
        .post("/api/billing/wallet")
        .body("text/plain", "open")
        .send()
        .await
        .status(201);
}

#[tokio::test]
async fn every_wallet_call_creates_it() {
    let system = System::connect();
    let reader = system.customer();
    assert_eq!(reader.balance().await, 0);
    reader.post("/api/billing/wallet").send().await.status(200);
    let lister = system.customer();
    assert!(lister.transactions().await.is_empty());
    lister.post("/api/billing/wallet").send().await.status(200);
    let depositor = system.customer();
    assert_eq!(depositor.deposit(5).await, 5);
    depositor
        .post("/api/billing/wallet")
        .send()
        .await
        .status(200);
}

#[tokio::test]
async fn concurrent_calls_create_one_wallet() {
    let customer = System::connect().customer();
    let answers = join_all((0..8).map(|_| customer.post("/api/billing/wallet").send())).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        1
    );
    let ids: Vec<_> = answers.iter().map(|answer| id_of(&answer.json())).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn concurrent_deposits_add_up() {
    let customer = System::connect().customer();
    let balances = join_all((1..=20).map(|amount| customer.deposit(amount))).await;
    assert_eq!(balances.iter().max(), Some(&210));
    assert_eq!(customer.balance().await, 210);

    let ledger = customer.transactions().await;
    assert_eq!(ledger.len(), 20);
    let mut balance = 0;
    for entry in ledger.iter().rev() {
        balance += entry["amount"].as_i64().unwrap();
        assert_eq!(
            entry["balanceAfter"], balance,
            "the wallet's own order: {ledger:#?}"
        );
    }
}

#[tokio::test]
async fn the_answer_of_a_deposit_has_the_balance() {
    let customer = System::connect().customer();
    customer.deposit(1).await;
    let body = json!({"amount": 41});
    let deposit = customer
        .post("/api/billing/wallet/deposits")
        .json(&body)
        .send()
        .await
        .expect(201);
    let id = id_of(&deposit);
    assert_eq!(
        (&deposit["amount"], &deposit["balance"]),
        (&json!(41), &json!(42))
    );
    assert_eq!(
        deposit.as_object().map(|fields| fields.len()),
        Some(4),
        "{deposit}"
    );
    let newest = &customer.transactions().await[0];
    assert_eq!(newest["id"], json!(id));
    assert_eq!(newest["type"], "DEPOSIT");
    assert!(newest["orderId"].is_null());
    assert_eq!(newest["createdAt"], deposit["createdAt"]);
    assert_eq!(
        newest.as_object().map(|fields| fields.len()),
        Some(6),
        "{newest}"
    );
}

#[tokio::test]
async fn an_amount_is_a_whole_number_from_one_to_a_trillion() {
    let customer = System::connect().customer();
    let deposit = |amount: &str| {
        let body = format!(r#"{{"amount":{amount}}}"#);
        customer
            .post("/api/billing/wallet/deposits")
            .body("application/json", body)
            .send()
    };
    for amount in [
        "0",
        "-1",
        "-0",
        "1000000000001",
        "9223372036854775808",
        "18446744073709551616",
        "1e400",
        "1.0",
        "1e0",
        "1.5",
        "1E2",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "{}",
    ] {
        deposit(amount).await.invalid(&["/amount"]);
    }
    assert_eq!(customer.balance().await, 0);
    deposit("1000000000000").await.expect(201);
    deposit("1").await.expect(201);
    assert_eq!(customer.balance().await, 1_000_000_000_001);
}
