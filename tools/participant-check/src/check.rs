//! The checks, in order.

use thiserror::Error;
use uuid::Uuid;

use crate::client::{Client, Message, PLACEHOLDER, Target};
use crate::report::{Report, Row};
use crate::{races, sequence};

/// Why nothing could be checked.
#[derive(Debug, Error)]
pub enum SetupError {
    #[error("the URL has no {PLACEHOLDER}: {0}")]
    NoPlaceholder(String),
    #[error("the participant cannot be reached: {0}")]
    Unreachable(String),
    #[error("the participant refuses the token: {0}")]
    TokenRefused(String),
    #[error("the participant does not do the step of the first body: {0}")]
    BodyRefused(String),
}

/// Checks every promise of `docs/participant.md` that shows over HTTP.
///
/// # Errors
/// When the participant cannot be reached, or refuses the token or the body.
pub fn check(target: &Target) -> Result<Report, SetupError> {
    use Message::{Delete, Put, PutOther, PutRefused};
    if !target.url.contains(PLACEHOLDER) {
        return Err(SetupError::NoPlaceholder(target.url.clone()));
    }
    let client = Client::new(target);
    try_setup(&client)?;

    let mut report = Report::default();
    let mut add = |promise: &str, requests: &str, outcome| {
        let (promise, requests) = (promise.to_owned(), requests.to_owned());
        report.rows.push(Row {
            promise,
            requests,
            outcome,
        });
    };
    for messages in sequence::orders_of_arrival() {
        let outcome = sequence::run(&client, &messages);
        add("any order of arrival", &text(&messages), outcome);
    }
    let mut sequences = vec![
        ("another body does not match", vec![Put, PutOther, Put]),
        ("another body after the undo", vec![Put, Delete, PutOther]),
        ("another body after a tombstone", vec![Delete, PutOther]),
    ];
    if client.has_refused_body() {
        sequences.extend([
            ("a definite no is repeated", vec![PutRefused, PutRefused]),
            ("a definite no changes nothing", vec![PutRefused, Put]),
            ("a refused step is undone", vec![PutRefused, Delete, Put]),
        ]);
    }
    for (promise, messages) in sequences {
        add(promise, &text(&messages), sequence::run(&client, &messages));
    }
    let race = |run: fn(&Client<'_>) -> Result<String, String>| {
        (1..=client.rounds()).try_fold(String::new(), |_, round| {
            run(&client).map_err(|error| format!("round {round}: {error}"))
        })
    };
    add(
        "parallel PUTs do the step once",
        "6 × PUT",
        race(races::parallel_puts),
    );
    add(
        "PUT and DELETE together end undone",
        "2 × PUT, 2 × DELETE",
        race(races::put_and_delete),
    );
    add(
        "parallel DELETEs answer alike",
        "PUT, then 6 × DELETE",
        race(races::parallel_deletes),
    );
    add(
        "no token: 401, nothing changed",
        "PUT, DELETE",
        without_right(&client, None),
    );
    add(
        "a bad token: 401, nothing changed",
        "PUT, DELETE",
        without_right(&client, Some("bad")),
    );
    add(
        "an id that is no UUID: 404",
        "PUT, DELETE",
        bad_id(&client, target),
    );
    Ok(report)
}

/// Whether one step can be done and undone at all.
fn try_setup(client: &Client<'_>) -> Result<(), SetupError> {
    let order = Uuid::now_v7();
    let first = client
        .send(Message::Put, order)
        .map_err(SetupError::Unreachable)?;
    match first.status {
        401 | 403 => Err(SetupError::TokenRefused(first.to_string())),
        200..=299 => {
            client
                .send(Message::Delete, order)
                .map_err(SetupError::Unreachable)?;
            Ok(())
        }
        _ => Err(SetupError::BodyRefused(first.to_string())),
    }
}

fn without_right(client: &Client<'_>, token: Option<&str>) -> Result<String, String> {
    let order = Uuid::now_v7();
    let mut wrong = None;
    for message in [Message::Put, Message::Delete] {
        let answer = client.send_with(message, &order.to_string(), token)?;
        if answer.status != 401 {
            wrong.get_or_insert(format!("{message}: expected 401; the answer was {answer}"));
        }
    }
    // 201, because neither message may have left anything.
    let nothing_changed = sequence::run_for(client, order, &[Message::Put]);
    wrong
        .map_or(Ok("401".to_owned()), Err)
        .and_then(|seen| nothing_changed.map(|_| seen))
}

fn bad_id(client: &Client<'_>, target: &Target) -> Result<String, String> {
    for message in [Message::Put, Message::Delete] {
        let answer = client.send_with(message, "not-a-uuid", Some(&target.token))?;
        if answer.status != 404 {
            return Err(format!("{message}: expected 404; the answer was {answer}"));
        }
    }
    Ok("404".to_owned())
}

fn text(messages: &[Message]) -> String {
    let texts: Vec<String> = messages.iter().map(ToString::to_string).collect();
    texts.join(", ")
}
