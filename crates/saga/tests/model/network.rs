//! The messages under way. They have no order: any of them may be delivered next.

use saga::{Call, Outcome};

/// A call on its way to its participant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The driver's epoch, to which the answer goes.
    pub epoch: u8,
    pub call: Call,
}

/// An answer on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    pub to: Request,
    pub outcome: Outcome,
}

/// Messages, kept in one order so that equal networks are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Network {
    pub requests: Vec<Request>,
    pub answers: Vec<Answer>,
}

impl Network {
    pub fn send(&mut self, request: Request) {
        self.requests.push(request);
        self.requests.sort_by_key(request_key);
    }

    pub fn answer(&mut self, answer: Answer) {
        self.answers.push(answer);
        self.answers
            .sort_by_key(|answer| (request_key(&answer.to), format!("{:?}", answer.outcome)));
    }

    /// Whether the call or its answer may still arrive.
    pub fn holds(&self, request: &Request) -> bool {
        self.requests.contains(request) || self.answers.iter().any(|answer| answer.to == *request)
    }
}

fn request_key(request: &Request) -> (u8, saga::StepName, u8, u32) {
    let Call {
        step,
        direction,
        attempt,
    } = &request.call;
    (request.epoch, step.clone(), *direction as u8, *attempt)
}
