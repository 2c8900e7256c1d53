//! What goes wrong on purpose, so that panels have something to show and alerts a reason.

use anyhow::{Context, Result, bail};
use local_resources::random_hex;
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::client::Client;
use crate::system::{System, runtime};

/// Failures of one address with one e-mail until auth answers 429.
const ATTEMPTS: usize = 5;
const DEPOSIT: i64 = 10_000_000;
/// What is missing in the ledger, in minor units.
const MISSING: i64 = 700;

/// A customer with a product in mind.
pub struct Customer {
    client: Client,
    token: String,
    product: String,
    day: String,
}

impl Customer {
    /// Registers one, with this much money.
    fn new(client: &Client, deposit: Option<i64>) -> Result<Self> {
        let (email, password) = (
            format!("trouble.{}@example.com", random_hex(4)?),
            random_hex(8)?,
        );
        let account = json!({"email": email, "password": password});
        let path = "/api/auth/register";
        client.post(path, None, &account)?.expect(&[201])?;
        let token = client.log_in(&email, &password)?;
        if let Some(amount) = deposit {
            let path = "/api/billing/wallet/deposits";
            let deposited = client.post(path, Some(&token), &json!({"amount": amount}))?;
            deposited.expect(&[201])?;
        }
        let products = client
            .get("/api/warehouse/products?available=true", None)?
            .expect(&[200])?;
        let days = client
            .get("/api/delivery/availability", None)?
            .expect(&[200])?;
        let of = |found: Option<&Value>, name: &str| {
            let found = found.and_then(|it| it[name].as_str()).map(str::to_owned);
            found.context("nothing can be bought, or on no day")
        };
        Ok(Self {
            client: client.clone(),
            token,
            product: of(products.list("items")?.first(), "id")?,
            day: of(days.list("items")?.last(), "date")?,
        })
    }

    pub fn rich(client: &Client) -> Result<Self> {
        Self::new(client, Some(DEPOSIT))
    }

    pub fn poor(client: &Client) -> Result<Self> {
        Self::new(client, None)
    }

    /// Places an order; returns its id.
    pub fn order(&self) -> Result<String> {
        let order = json!({"items": [{"productId": self.product}], "deliveryDate": self.day});
        let placed = self.client.post("/api/orders", Some(&self.token), &order)?;
        placed.expect(&[201])?.text("id")
    }

    /// Whether the saga of an order has this step in this state.
    pub fn step_is(&self, order: &str, step: &str, state: &str) -> Result<bool> {
        let path = format!("/api/orders/{order}");
        let order = self.client.get(&path, Some(&self.token))?.expect(&[200])?;
        let steps = order.value["saga"]["steps"].as_array();
        Ok(steps
            .into_iter()
            .flatten()
            .any(|it| it["name"] == step && it["state"] == state))
    }

    pub fn cancel(&self, order: &str) -> Result<()> {
        let path = format!("/api/orders/{order}/cancel");
        self.client
            .press(&path, Some(&self.token))?
            .expect(&[200])?;
        Ok(())
    }
}

/// Guesses at a password through the edge until the pair of e-mail and address is locked. Each guess claims to come
/// from another address, by the header in which the edge tells the address: the edge must not believe it.
pub fn lock_a_login(edge: &str, header: &str) -> Result<()> {
    let body = json!({"email": "guessed@example.com", "password": "not this one"}).to_string();
    for attempt in 1..=ATTEMPTS + 1 {
        let answer = ureq::post(&format!("{edge}/api/auth/login"))
            .config()
            .http_status_as_error(false)
            .build()
            .header("content-type", "application/json")
            .header(header, &format!("203.0.113.{attempt}"))
            .send(&body)
            .context("guessing a password")?;
        let (wanted, status) = (
            if attempt > ATTEMPTS { 429 } else { 401 },
            answer.status().as_u16(),
        );
        if status != wanted {
            bail!(
                "guess {attempt} at a password was answered {status} and not {wanted}: \
                 auth does not count by the address that the edge sees"
            );
        }
    }
    Ok(())
}

/// Adds money to a wallet without an entry in its ledger, by hand and past all triggers, as no code could.
pub fn break_a_wallet(stack: &System) -> Result<()> {
    add_to_a_wallet(stack, MISSING)
}

/// Takes it out again.
pub fn mend_the_wallet(stack: &System) -> Result<()> {
    add_to_a_wallet(stack, -MISSING)
}

fn add_to_a_wallet(stack: &System, amount: i64) -> Result<()> {
    let urls = stack.database_urls();
    let billing = urls.iter().find(|(service, _)| *service == "billing");
    let (_, url) = billing.context("the stack has no billing")?;
    runtime()?.block_on(async {
        let connected = tokio_postgres::connect(url, NoTls).await;
        let (database, connection) = connected.context("connecting to billing's database")?;
        tokio::spawn(connection);
        let statements = format!(
            "set session_replication_role = replica;
             update wallets
             set deposited = deposited + ({amount})
             where id = (
                 select id
                 from wallets
                 where balance > {MISSING}
                 order by id
                 limit 1
             )"
        );
        database.batch_execute(&statements).await?;
        Ok(())
    })
}
