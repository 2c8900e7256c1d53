//! Accounts, registered and logged in over HTTP.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{admin::id_of, answer::Answer, call::Call, client::Client, unique};

/// The password of all test accounts.
pub const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone)]
pub struct Account {
    pub id: Uuid,
    pub email: String,
    client: Client,
}

/// The tokens of a login.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenPair {
    pub access: String,
    pub refresh: String,
}

impl Account {
    /// Registers an account with a unique e-mail and [`PASSWORD`].
    pub async fn register(client: &Client) -> Self {
        let email = unique::email();
        let body = json!({"email": email, "password": PASSWORD});
        let user = client
            .post("/api/auth/register")
            .json(&body)
            .send()
            .await
            .expect(201);
        Self {
            id: id_of(&user),
            email,
            client: client.clone(),
        }
    }

    pub async fn log_in(&self) -> TokenPair {
        token_pair(
            &log_in(&self.client, &self.email, PASSWORD)
                .await
                .expect(200),
        )
    }
}

/// Logs in, and returns the answer unchecked.
pub async fn log_in(client: &Client, email: &str, password: &str) -> Answer {
    log_in_call(client, email, password).send().await
}

/// A login, not sent yet.
pub fn log_in_call(client: &Client, email: &str, password: &str) -> Call {
    client
        .post("/api/auth/login")
        .json(&json!({"email": email, "password": password}))
}

/// A refresh, not sent yet.
pub fn refresh_call(client: &Client, token: &str) -> Call {
    client
        .post("/api/auth/refresh")
        .json(&json!({"refreshToken": token}))
}

/// The tokens in the answer of a login or a refresh.
#[track_caller]
pub fn token_pair(body: &Value) -> TokenPair {
    assert_eq!(
        (&body["tokenType"], &body["expiresIn"]),
        (&json!("Bearer"), &json!(900)),
        "{body}"
    );
    assert_eq!(
        body.as_object().map(|fields| fields.len()),
        Some(4),
        "{body}"
    );
    let token = |name: &str| {
        body[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {body}"))
            .to_owned()
    };
    TokenPair {
        access: token("accessToken"),
        refresh: token("refreshToken"),
    }
}
