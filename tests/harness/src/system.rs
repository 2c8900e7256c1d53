//! The system under test, as seen by one test.

use serde_json::json;
use tokio::sync::OnceCell;

use crate::{
    admin::Admin, client::Client, customer::Customer, environment::Environment,
    participant::Participant, tokens, unique,
};

/// A client of the system, and what a test gets through it.
#[derive(Clone)]
pub struct System {
    pub client: Client,
}

impl System {
    /// # Panics
    /// When `ZAKAZ_BASE_URL` is not set.
    pub fn connect() -> Self {
        Self {
            client: Client::new(),
        }
    }

    pub fn environment(&self) -> &'static Environment {
        Environment::get()
    }

    /// A new customer. Only `auth` keeps users, so a token is enough; tests about accounts register them instead.
    pub fn customer(&self) -> Customer {
        let id = unique::id();
        Customer {
            id,
            token: tokens::access(id, "CUSTOMER"),
            client: self.client.clone(),
        }
    }

    /// The admin, logged in once for the whole run.
    pub async fn admin(&self) -> Admin {
        static TOKEN: OnceCell<String> = OnceCell::const_new();
        let token = TOKEN.get_or_init(|| self.log_in_admin()).await.clone();
        Admin {
            client: self.client.clone(),
            token,
        }
    }

    async fn log_in_admin(&self) -> String {
        let environment = self.environment();
        let credentials = json!({"email": environment.variable("admin_email"), "password": environment.variable("admin_password")});
        let answer = self
            .client
            .post("/api/auth/login")
            .json(&credentials)
            .send()
            .await
            .expect(200);
        answer["accessToken"]
            .as_str()
            .expect("an access token")
            .to_owned()
    }

    pub fn billing(&self) -> Participant {
        Participant::new(&self.client, "billing", "charges")
    }

    pub fn warehouse(&self) -> Participant {
        Participant::new(&self.client, "warehouse", "reservations")
    }

    pub fn delivery(&self) -> Participant {
        Participant::new(&self.client, "delivery", "reservations")
    }

    /// The static token of operators.
    pub fn operator_token(&self) -> &'static str {
        self.environment().variable("operator_token")
    }

    /// Has due sagas without a driver claimed, as the CronJob does.
    pub async fn recover(&self) {
        self.client
            .post("/internal/orders/recover")
            .bearer(self.operator_token())
            .send()
            .await
            .status(200);
    }
}
