//! What each message must be answered with.

use uuid::Uuid;

use crate::client::{Answer, Message};

/// What the participant has of an order, as far as its answers show.
#[derive(Clone, Debug, Default)]
pub(crate) enum Barrier {
    #[default]
    Nothing,
    /// With the answer of the PUT that did the step.
    Done(Answer),
    /// With the answer of the DELETE that undid it.
    Undone(Answer),
    Void(Answer),
}

impl Barrier {
    /// The barrier after `message` was answered with `answer`.
    ///
    /// # Errors
    /// What was expected in place of the answer.
    pub fn after(self, message: Message, order: Uuid, answer: &Answer) -> Result<Self, String> {
        if !answer.body.is_object() {
            return Err("a JSON object".to_owned());
        }
        match (self, message) {
            (Self::Nothing, Message::Put | Message::PutOther) => {
                success(answer, order, 201)?;
                Ok(Self::Done(answer.clone()))
            }
            (Self::Nothing, Message::PutRefused) => {
                let refused = matches!(answer.status, 409 | 422) && !answer.text("code").is_empty();
                let expected = || "409 or 422 with a code".to_owned();
                refused.then_some(Self::Nothing).ok_or_else(expected)
            }
            (Self::Nothing, Message::Delete) => {
                success(answer, order, 200)?;
                let void = answer.text("status") == "VOID";
                let expected = || "200 with the status VOID".to_owned();
                void.then(|| Self::Void(answer.clone()))
                    .ok_or_else(expected)
            }
            (Self::Done(first), Message::Put) => {
                same(answer, &first)?;
                Ok(Self::Done(first))
            }
            (Self::Done(first), Message::PutOther | Message::PutRefused) => {
                let mismatch = answer.status == 409 && answer.text("code").ends_with("_MISMATCH");
                let expected = || "409 with a code that ends with _MISMATCH".to_owned();
                mismatch.then_some(Self::Done(first)).ok_or_else(expected)
            }
            (Self::Done(first), Message::Delete) => {
                success(answer, order, 200)?;
                let status = answer.text("status");
                if status == "VOID" || status == first.text("status") {
                    return Err(format!("a status of an undone step, not {status}"));
                }
                Ok(Self::Undone(answer.clone()))
            }
            (Self::Undone(first), Message::Delete) => {
                same(answer, &first)?;
                Ok(Self::Undone(first))
            }
            (Self::Void(first), Message::Delete) => {
                same(answer, &first)?;
                Ok(Self::Void(first))
            }
            (undone @ (Self::Undone(_) | Self::Void(_)), _) => {
                let refused = answer.status == 409 && answer.text("code") == "ALREADY_COMPENSATED";
                let expected = || "409 with the code ALREADY_COMPENSATED".to_owned();
                refused.then_some(undone).ok_or_else(expected)
            }
        }
    }
}

fn success(answer: &Answer, order: Uuid, status: u16) -> Result<(), String> {
    let right = answer.status == status
        && answer.text("orderId") == order.to_string()
        && !answer.text("status").is_empty();
    let expected = || format!("{status} with the orderId {order} and a status");
    right.then_some(()).ok_or_else(expected)
}

fn same(answer: &Answer, first: &Answer) -> Result<(), String> {
    let same = answer.status == 200 && answer.body == first.body;
    let expected = || format!("200 with the first answer, {}", first.body);
    same.then_some(()).ok_or_else(expected)
}
