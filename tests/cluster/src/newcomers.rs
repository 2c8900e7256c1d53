//! People who register meanwhile: what `auth` has acknowledged must be there in the end, as orders must.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use harness::account::PASSWORD;
use harness::client::Client;
use harness::databases::Database;
use harness::unique;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// A password costs the service a good part of a second.
const PAUSE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Newcomers {
    registered: Arc<Mutex<Vec<Uuid>>>,
    /// Ends with this.
    task: JoinSet<()>,
}

impl Newcomers {
    /// Begins to register accounts, one after the other.
    pub fn start(client: Client) -> Self {
        let registered = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&registered);
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                if let Some(id) = register(&client).await {
                    known
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(id);
                }
                sleep(PAUSE).await;
            }
        });
        Self { registered, task }
    }

    /// Ends; returns a line for each account that was acknowledged and is not there.
    pub async fn lost(mut self, auth: &Database) -> Vec<String> {
        self.task.shutdown().await;
        let registered = self
            .registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let sql =
            "select id::text from unnest($1::uuid[]) id where id not in (select id from users)";
        let lost = auth.texts(sql, &[&registered]).await;
        lost.iter()
            .map(|id| format!("the account {id} was acknowledged, and the database lacks it"))
            .collect()
    }
}

/// Registers an account; its id when that is acknowledged.
async fn register(client: &Client) -> Option<Uuid> {
    let body = json!({"email": unique::email(), "password": PASSWORD});
    let call = client.post("/api/auth/register").json(&body).try_send();
    let answer = timeout(PATIENCE, call).await.ok()?.ok()?;
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let id = body["id"].as_str().filter(|_| answer.status == 201)?;
    id.parse().ok()
}
