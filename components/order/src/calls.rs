//! The calls to the participants.

use contract::Refused;
use http::{Method, StatusCode};
use saga::{Call, Direction, Outcome};
use serde_json::Value;
use service::identity::client::{CallError, ServiceResponse};

use crate::{
    fulfilment,
    participants::{OrderContents, OrderUpdate, UnexpectedAnswer},
    state::Orders,
};

/// The longest error that the journal keeps, in characters.
const LONGEST_ERROR: usize = 200;

/// Makes a call and waits for its answer, at most for the call timeout. Returns the outcome, and what the
/// order gains when it is done.
pub async fn make(orders: &Orders, order: &OrderContents, call: &Call) -> (Outcome, OrderUpdate) {
    let Some(step) = fulfilment::step(&call.step) else {
        return (unknown("there is no such step"), OrderUpdate::default());
    };
    let participant = step.data.participant;
    let Some(callee) = orders.participant(participant.service) else {
        return (
            unknown("there is no such participant"),
            OrderUpdate::default(),
        );
    };
    let (method, body) = match call.direction {
        Direction::Do => match (participant.body)(order) {
            Ok(body) => (Method::PUT, Some(body)),
            Err(error) => return (unknown(error), OrderUpdate::default()),
        },
        Direction::Undo => (Method::DELETE, None::<Value>),
    };
    let path = (participant.path)(order.order_id);
    // The order's id is the request's: it ties the participants' log lines to the saga.
    let request_id = order.order_id.to_string();
    let answer = callee
        .call(
            orders.service.service_tokens(),
            method,
            &path,
            body.as_ref(),
            &request_id,
            orders.call_timeout,
        )
        .await;
    read(answer, |body| match call.direction {
        Direction::Do => (participant.done)(order, body),
        Direction::Undo => (participant.undone)(order, body).map(|()| OrderUpdate::default()),
    })
}

/// What an answer means. A 2xx counts only with the body that the participant sends.
fn read(
    answer: Result<ServiceResponse, CallError>,
    read_done: impl FnOnce(&[u8]) -> Result<OrderUpdate, UnexpectedAnswer>,
) -> (Outcome, OrderUpdate) {
    let outcome = match answer {
        Err(error) => unknown(error),
        Ok(answer) if answer.status.is_success() => match read_done(&answer.body) {
            Ok(update) => return (Outcome::Done, update),
            Err(unexpected) => unknown(unexpected),
        },
        Ok(answer) => match (answer.status, code(&answer.body)) {
            (StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY, Some(code)) => {
                Outcome::Refused(code)
            }
            (StatusCode::UNPROCESSABLE_ENTITY, None) => Outcome::Refused("UNPROCESSABLE".into()),
            (status, _) => unknown(format!("HTTP {status}")),
        },
    };
    (outcome, OrderUpdate::default())
}

/// The code of a problem, if the body is one.
fn code(body: &[u8]) -> Option<String> {
    let Refused { code } = serde_json::from_slice::<Refused<String>>(body).ok()?;
    let is_code = (1..=64).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_code.then_some(code)
}

fn unknown(error: impl std::fmt::Display) -> Outcome {
    Outcome::Unknown(error.to_string().chars().take(LONGEST_ERROR).collect())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use uuid::Uuid;

    use super::*;
    use crate::participants::billing;

    fn outcome(status: u16, body: &str) -> Outcome {
        let order = OrderContents {
            order_id: Uuid::nil(),
            user_id: Uuid::nil(),
            total: 1,
            delivery_date: Default::default(),
            courier_id: None,
            items: Vec::new(),
        };
        let answer = ServiceResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
        };
        let undone =
            |body: &[u8]| (billing::CHARGE.undone)(&order, body).map(|()| OrderUpdate::default());
        read(Ok(answer), undone).0
    }

    #[test]
    fn an_answer_is_done_a_definite_no_or_unknown() {
        let done = r#"{"orderId":"00000000-0000-0000-0000-000000000000","status":"VOID"}"#;
        assert_eq!(outcome(200, done), Outcome::Done);
        assert_eq!(outcome(201, done), Outcome::Done);
        for status in [409, 422] {
            let refused = Outcome::Refused("OUT_OF_STOCK".into());
            assert_eq!(outcome(status, r#"{"code":"OUT_OF_STOCK"}"#), refused);
        }
        assert_eq!(outcome(422, "?"), Outcome::Refused("UNPROCESSABLE".into()));
        let other = r#"{"orderId":"00000000-0000-0000-0000-000000000001","status":"VOID"}"#;
        for (status, body) in [
            (200, "<html>"),
            (200, other),
            (409, "<html>"),
            (409, r#"{"code":"no code"}"#),
            (401, done),
            (404, done),
            (429, done),
            (500, done),
            (503, r#"{"code":"DATABASE_UNAVAILABLE"}"#),
        ] {
            assert!(
                matches!(outcome(status, body), Outcome::Unknown(_)),
                "{status} {body}"
            );
        }
    }
}
