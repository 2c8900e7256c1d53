//! Messages one after the other.

use uuid::Uuid;

use crate::client::{Client, Message};
use crate::protocol::Barrier;

/// Sends `messages` to a new order and checks each answer; then undoes the step.
///
/// # Errors
/// The request whose answer was wrong, what was expected, and the answer.
pub(crate) fn run(client: &Client<'_>, messages: &[Message]) -> Result<String, String> {
    run_for(client, Uuid::now_v7(), messages)
}

/// As [`run`], for an order of which the participant must have nothing.
pub(crate) fn run_for(
    client: &Client<'_>,
    order: Uuid,
    messages: &[Message],
) -> Result<String, String> {
    let mut barrier = Barrier::default();
    let mut seen = Vec::new();
    let mut outcome = Ok(());
    for message in messages.iter().copied().chain([Message::Delete]) {
        let number = seen.len() + 1;
        let result = client.send(message, order).and_then(|answer| {
            seen.push(answer.status.to_string());
            let after = barrier.clone().after(message, order, &answer);
            after.map_err(|expected| {
                format!("request {number}, {message} of {order}: expected {expected}; the answer was {answer}")
            })
        });
        match result {
            Ok(after) => barrier = after,
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    if outcome.is_err() {
        // So that the next check has what it needs. A failure is reported already.
        let _ = client.send(Message::Delete, order);
    }
    outcome.map(|()| seen.join(", "))
}

/// Every sequence of PUT and DELETE with one to three messages.
pub(crate) fn orders_of_arrival() -> Vec<Vec<Message>> {
    let mut all: Vec<Vec<Message>> = Vec::new();
    let mut shorter: Vec<Vec<Message>> = vec![Vec::new()];
    for _ in 0..3 {
        let longer = shorter.iter().flat_map(|messages| {
            [Message::Put, Message::Delete]
                .map(|message| [messages.as_slice(), &[message]].concat())
        });
        shorter = longer.collect();
        all.extend(shorter.iter().cloned());
    }
    all
}
