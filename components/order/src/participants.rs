//! The saga's calls: what each participant is sent, and what its answer means.

use contract::{
    Refused,
    billing::{self, Charge, ChargeRequest, ChargeStatus, Refund},
    delivery, warehouse,
};
use http::{Method, StatusCode};
use saga::{Call, Direction, Outcome, StepName};
use serde::{Serialize, de::DeserializeOwned};
use service::identity::client::{CallError, ServiceClient, ServiceResponse};
use uuid::Uuid;

use crate::{state::Orders, store::sagas::Task};

/// The longest error that the journal keeps, in characters.
const LONGEST_ERROR: usize = 200;

/// What a call came to, and the courier whom it reserved.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    pub outcome: Outcome,
    pub courier_id: Option<Uuid>,
}

/// Makes a call and waits for its answer, for the call timeout at the most.
pub async fn call(orders: &Orders, order: Uuid, task: &Task, call: Call) -> Answered {
    let asked = Asked { orders, order };
    match (call.step, call.direction) {
        (StepName::Charge, Direction::Do) => {
            let body = ChargeRequest {
                user_id: task.user_id,
                amount: task.total,
            };
            let answer = asked.put(&orders.billing, billing::charge_path(order), &body);
            read(answer.await, |charge: &Charge| {
                charge.order_id == order
                    && charge.status == ChargeStatus::Charged
                    && charge.amount == task.total
            })
        }
        (StepName::ReserveItems, Direction::Do) => {
            let body = warehouse::ItemsRequest {
                items: task.items.clone(),
            };
            let path = warehouse::reservation_path(order);
            let answer = asked.put(&orders.warehouse, path, &body);
            read(answer.await, |held: &warehouse::Reservation| {
                held.order_id == order && held.status == warehouse::ReservationStatus::Reserved
            })
        }
        (StepName::ReserveCourier, Direction::Do) => {
            let body = delivery::ReservationRequest {
                date: task.delivery_date,
                courier_id: task.courier_id,
            };
            let path = delivery::reservation_path(order);
            let answer = asked.put(&orders.delivery, path, &body).await;
            let courier_id = answer.as_ref().ok().and_then(|answer| {
                let held: delivery::Reservation = serde_json::from_slice(&answer.body).ok()?;
                Some(held.courier_id)
            });
            let read = read(answer, |held: &delivery::Reservation| {
                held.order_id == order
                    && held.status == delivery::ReservationStatus::Reserved
                    && held.date == task.delivery_date
                    && task
                        .courier_id
                        .is_none_or(|wanted| wanted == held.courier_id)
            });
            Answered {
                courier_id: courier_id.filter(|_| read.outcome == Outcome::Done),
                ..read
            }
        }
        (StepName::Charge, Direction::Undo) => {
            let answer = asked.delete(&orders.billing, billing::charge_path(order));
            read(answer.await, |refund: &Refund| {
                refund.order_id == order && refund.status != ChargeStatus::Charged
            })
        }
        (StepName::ReserveItems, Direction::Undo) => {
            let answer = asked.delete(&orders.warehouse, warehouse::reservation_path(order));
            read(answer.await, |release: &warehouse::Release| {
                release.order_id == order
                    && release.status != warehouse::ReservationStatus::Reserved
            })
        }
        (StepName::ReserveCourier, Direction::Undo) => {
            let answer = asked.delete(&orders.delivery, delivery::reservation_path(order));
            read(answer.await, |release: &delivery::Release| {
                release.order_id == order && release.status != delivery::ReservationStatus::Reserved
            })
        }
    }
}

struct Asked<'a> {
    orders: &'a Orders,
    order: Uuid,
}

impl Asked<'_> {
    async fn put(
        &self,
        callee: &ServiceClient,
        path: String,
        body: &(impl Serialize + Sync),
    ) -> Result<ServiceResponse, CallError> {
        self.send(callee, Method::PUT, path, Some(body)).await
    }

    async fn delete(
        &self,
        callee: &ServiceClient,
        path: String,
    ) -> Result<ServiceResponse, CallError> {
        self.send(callee, Method::DELETE, path, None::<&()>).await
    }

    async fn send(
        &self,
        callee: &ServiceClient,
        method: Method,
        path: String,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<ServiceResponse, CallError> {
        // The order's id is the request's: it ties the participants' logs to the saga.
        let request_id = self.order.to_string();
        let orders = self.orders;
        callee
            .call(
                orders.service.service_tokens(),
                method,
                &path,
                body,
                &request_id,
                orders.call_timeout,
            )
            .await
    }
}

/// What an answer means. A 2xx counts only with the body that the participant would send: anything
/// else may come from something in between.
fn read<T: DeserializeOwned>(
    answer: Result<ServiceResponse, CallError>,
    is_right: impl FnOnce(&T) -> bool,
) -> Answered {
    let outcome = match answer {
        Err(error) => unknown(error),
        Ok(answer) if answer.status.is_success() => {
            match serde_json::from_slice::<T>(&answer.body) {
                Ok(body) if is_right(&body) => Outcome::Done,
                Ok(_) => unknown("the answer is about something else"),
                Err(error) => unknown(format!("the answer cannot be read: {error}")),
            }
        }
        Ok(answer) => match (answer.status, code(&answer.body)) {
            (StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY, Some(code)) => {
                Outcome::Refused(code)
            }
            (StatusCode::UNPROCESSABLE_ENTITY, None) => Outcome::Refused("UNPROCESSABLE".into()),
            (status, _) => unknown(format!("HTTP {status}")),
        },
    };
    Answered {
        outcome,
        courier_id: None,
    }
}

/// The code of a problem, if it is one.
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

    use super::*;

    fn outcome(status: u16, body: &str) -> Outcome {
        let answer = ServiceResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
        };
        read(Ok(answer), |refund: &Refund| refund.order_id.is_nil()).outcome
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
