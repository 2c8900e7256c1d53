//! Publishes the messages that a test sends, and answers with the outcome of each in the SDK's own terms.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use http::StatusCode;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::Value;
use spin_sdk::http::Request;
use spin_sdk::mqtt::{Connection, Qos};
use spin_sdk::time::sleep;

use crate::answer::{Answer, text};

#[derive(Deserialize)]
struct Job {
    address: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
    /// How often to open the address; all are held, and the last is published on.
    #[serde(default = "once")]
    connections: usize,
    /// Published one after another on one connection.
    messages: Vec<Message>,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
struct Message {
    topic: String,
    #[serde(default)]
    payload: String,
    /// How often the payload is repeated.
    #[serde(default = "once")]
    times: usize,
    qos: u8,
    /// After how many milliseconds the wait is abandoned.
    #[serde(default)]
    patience: Option<u64>,
    /// How many milliseconds to wait before it.
    #[serde(default)]
    pause: u64,
}

/// Answers with one entry a message: `published`, `given up` or the error.
pub async fn run(request: Request) -> Answer {
    let body = request.into_body().collect().await?.to_bytes();
    let job: Job = match serde_json::from_slice(&body) {
        Ok(job) => job,
        Err(error) => return text(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let mut held = Vec::new();
    for _ in 0..job.connections {
        match Connection::open(&job.address, &job.user, &job.password, 30).await {
            Ok(connection) => held.push(connection),
            Err(error) => {
                let failure = format!("{error:?} after {}", held.len());
                return text(StatusCode::BAD_GATEWAY, failure);
            }
        }
    }
    let Some(connection) = held.last() else {
        return text(StatusCode::BAD_REQUEST, "no connection was asked for");
    };
    let mut answers = Vec::new();
    for message in job.messages {
        answers.push(Value::String(publish(connection, message).await));
    }
    text(StatusCode::OK, Value::Array(answers).to_string())
}

async fn publish(connection: &Connection, message: Message) -> String {
    sleep(Duration::from_millis(message.pause)).await;
    let qos = match message.qos {
        0 => Qos::AtMostOnce,
        1 => Qos::AtLeastOnce,
        _ => Qos::ExactlyOnce,
    };
    let payload = message.payload.repeat(message.times).into_bytes();
    let published = connection.publish(&message.topic, payload, qos);
    let patience = Duration::from_millis(message.patience.unwrap_or(60_000));
    match select(pin!(published), pin!(sleep(patience))).await {
        Either::Left((Ok(()), _)) => "published".to_owned(),
        Either::Left((Err(error), _)) => format!("{error:?}"),
        Either::Right(_) => "given up".to_owned(),
    }
}
