//! Sagas as a build writes them, moment by moment: what a newer build may find half done.

use saga::{
    Call, Decision, Direction, Event, Happened, Millis, Next, Outcome, Policy, Saga, ShownState,
    StepName, decide, place,
};
use serde::{Deserialize, Serialize};

/// Fixed here, so that other defaults do not change what is recorded.
pub const POLICY: Policy = Policy {
    deadline: 300_000,
    backoff: 200,
    backoff_cap: 60_000,
    stuck_after: 10,
};

/// A saga from its beginning to its end.
#[derive(Debug, Serialize, Deserialize)]
pub struct History {
    pub name: String,
    pub moments: Vec<Moment>,
}

/// What one decision wrote, and the state after it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Moment {
    pub at: Millis,
    pub events: Vec<serde_json::Value>,
    pub state: ShownState,
    pub saga: serde_json::Value,
}

/// Every way that a saga can go, told by this build.
pub fn histories() -> Vec<History> {
    let mut told = vec![History::record("all goes well", done, &[])];
    for step in StepName::ALL {
        let answer = move |call: Call| match (call.step == step, call.direction) {
            (true, Direction::Do) => Outcome::Refused("NO".into()),
            _ => Outcome::Done,
        };
        told.push(History::record(
            &format!("{step:?} is refused"),
            answer,
            &[],
        ));
    }
    let second_time = |call: Call| match call.attempt {
        1 => silence(),
        _ => Outcome::Done,
    };
    told.push(History::record(
        "every call is answered at its second try only",
        second_time,
        &[(7, Happened::Cancelled)],
    ));
    let dead_warehouse = |call: Call| match call.step {
        StepName::ReserveItems => silence(),
        _ => Outcome::Done,
    };
    told.push(History::record(
        "the warehouse is silent until the deadline and for a while after",
        |call| match call.attempt < 13 {
            true => dead_warehouse(call),
            false => Outcome::Done,
        },
        &[],
    ));
    for moment in 1..=4 {
        told.push(History::record(
            &format!("the customer cancels at moment {moment}"),
            done,
            &[(moment, Happened::Cancelled)],
        ));
    }
    let over = Happened::TakenOver { hurry: false };
    let often: Vec<(usize, Happened)> = [1, 3, 5, 7, 9, 11, 13]
        .map(|moment| (moment, over.clone()))
        .to_vec();
    told.push(History::record(
        "its driver dies after every other write",
        done,
        &often,
    ));
    let mut dying = vec![(4, Happened::Cancelled)];
    dying.extend([5, 7, 9].map(|moment| (moment, over.clone())));
    told.push(History::record(
        "its driver dies while it turns back",
        done,
        &dying,
    ));
    told.push(History::record(
        "a person tries a stuck one now",
        |call| match call.direction == Direction::Undo && call.attempt < 12 {
            true => dead_warehouse(call),
            false => Outcome::Done,
        },
        &[
            (4, Happened::Cancelled),
            (26, Happened::TakenOver { hurry: true }),
        ],
    ));
    told
}

fn done(_: Call) -> Outcome {
    Outcome::Done
}

fn silence() -> Outcome {
    Outcome::Unknown("no answer within 2s".into())
}

impl History {
    /// Plays a saga whose calls are answered by `answer` after 5 ms; `otherwise` says what happens instead
    /// when so many moments have been recorded.
    fn record(
        name: &str,
        answer: impl Fn(Call) -> Outcome,
        otherwise: &[(usize, Happened)],
    ) -> Self {
        let mut now = 0;
        let mut decision = place(&POLICY, 7);
        let mut moments = vec![Moment::of(&decision, now)];
        let mut left = otherwise.iter().peekable();
        loop {
            let instead = left.next_if(|(at, _)| *at <= moments.len());
            if decision.saga.ended() && instead.is_none() {
                break;
            }
            now += 5;
            let happened = match (instead, decision.next) {
                (Some((_, happened)), _) => happened.clone(),
                (None, Next::Call(call)) => Happened::Answered(call, answer(call)),
                (None, Next::Wait(due_at)) => {
                    now = due_at;
                    Happened::Woken
                }
                (None, Next::Answer | Next::Ended) => panic!("{name}: nothing to do at {now}"),
            };
            decision = decide(&POLICY, &decision.saga, &happened, now);
            if !decision.events.is_empty() {
                moments.push(Moment::of(&decision, now));
            }
        }
        Self {
            name: name.to_owned(),
            moments,
        }
    }

    /// The journal up to and including a moment.
    pub fn journal(&self, moment: usize) -> Vec<Event> {
        let events = self.moments[..=moment].iter().flat_map(|it| &it.events);
        events
            .map(|event| serde_json::from_value(event.clone()).unwrap())
            .collect()
    }
}

impl Moment {
    fn of(decision: &Decision, at: Millis) -> Self {
        let events = decision.events.iter();
        Self {
            at,
            events: events
                .map(|event| serde_json::to_value(event).unwrap())
                .collect(),
            state: decision.saga.shown(&POLICY),
            saga: serde_json::to_value(&decision.saga).unwrap(),
        }
    }

    pub fn saga(&self) -> Saga {
        serde_json::from_value(self.saga.clone()).unwrap()
    }
}

/// A recording as its file holds it: a line for every moment.
pub fn text(histories: &[History]) -> String {
    let history = |history: &History| {
        let name = serde_json::to_string(&history.name).unwrap();
        let moments = history.moments.iter();
        let moments: Vec<String> = moments
            .map(|it| serde_json::to_string(it).unwrap())
            .collect();
        format!(
            "{{\"name\":{name},\"moments\":[\n{}\n]}}",
            moments.join(",\n")
        )
    };
    let histories: Vec<String> = histories.iter().map(history).collect();
    format!("[\n{}\n]\n", histories.join(",\n"))
}
