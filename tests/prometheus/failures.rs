//! What is made to fail, so that panels have something to show and alerts a reason.

use anyhow::{Context, Result, bail};
use harness::client::Client;
use harness::customer::Customer;
use harness::databases::{Database, Service};
use harness::{tokens, unique};
use serde_json::{Value, json};
use uuid::Uuid;

/// Failures of one address with one e-mail until auth answers 429.
const ATTEMPTS: usize = 5;
const DEPOSIT: i64 = 10_000_000;
/// What the ledger of the broken wallet lacks, in minor units.
const MISSING: i64 = 700;

/// A customer with a product and a day to order it for.
pub struct Buyer {
    customer: Customer,
    order: Value,
}

impl Buyer {
    /// One with money.
    pub async fn rich(client: &Client) -> Result<Self> {
        let buyer = Self::new(client).await?;
        buyer.customer.deposit(DEPOSIT).await;
        Ok(buyer)
    }

    /// One without.
    pub async fn poor(client: &Client) -> Result<Self> {
        Self::new(client).await
    }

    async fn new(client: &Client) -> Result<Self> {
        let id = unique::id();
        let products = list(client, "/api/warehouse/products?available=true").await;
        let days = list(client, "/api/delivery/availability").await;
        let product = products.first().context("there is no product to buy")?;
        let day = days.last().context("there is no day to order for")?;
        let customer = Customer {
            id,
            token: tokens::access(id, "CUSTOMER"),
            client: client.clone(),
        };
        let order = json!({"items": [{"productId": product["id"]}], "deliveryDate": day["date"]});
        Ok(Self { customer, order })
    }

    /// Places an order; returns its id.
    pub async fn order(&self) -> Uuid {
        self.customer.place(&self.order).await.id
    }

    /// Whether the saga of an order has this step in this state.
    pub async fn step_is(&self, order: &Uuid, step: &str, state: &str) -> bool {
        let order = self.customer.get(format!("/api/orders/{order}"));
        let order = order.send().await.expect(200);
        let mut steps = order["saga"]["steps"].as_array().into_iter().flatten();
        steps.any(|it| it["name"] == step && it["state"] == state)
    }

    pub async fn cancel(&self, order: &Uuid) {
        self.customer.cancel(*order).await.status(200);
    }
}

async fn list(client: &Client, path: &str) -> Vec<Value> {
    let page = client.get(path).send().await.expect(200);
    page["items"].as_array().cloned().unwrap_or_default()
}

/// Guesses at a password through the gateway until the pair of e-mail and address is locked. Each guess claims another
/// address, in the header in which the gateway passes the address on: the gateway must replace it.
pub async fn lock_a_login(client: &Client, header: &str) -> Result<()> {
    let body = json!({"email": "guessed@example.com", "password": "not this one"});
    for attempt in 1..=ATTEMPTS + 1 {
        let call = client.post("/api/auth/login").json(&body);
        let call = call.header(header, format!("203.0.113.{attempt}"));
        let status = call.send().await.status;
        let wanted = if attempt > ATTEMPTS { 429 } else { 401 };
        if status != wanted {
            bail!(
                "guess {attempt} at a password was answered {status} and not {wanted}: \
                 auth does not count by the address that the gateway sees"
            );
        }
    }
    Ok(())
}

/// Adds money to a wallet without an entry in its ledger, directly and past all triggers, as no code could.
pub async fn break_a_wallet() {
    add_to_a_wallet(MISSING).await;
}

/// Takes it out again.
pub async fn repair_the_wallet() {
    add_to_a_wallet(-MISSING).await;
}

async fn add_to_a_wallet(amount: i64) {
    let billing = Database::open(Service::Billing).await;
    billing
        .change("set session_replication_role = replica", &[])
        .await;
    let changed = billing
        .change(
            "update wallets
             set deposited = deposited + $1
             where id = (
                 select id
                 from wallets
                 where balance > $2
                 order by id
                 limit 1
             )",
            &[&amount, &MISSING],
        )
        .await;
    assert_eq!(changed, 1, "there is a wallet with money");
}
