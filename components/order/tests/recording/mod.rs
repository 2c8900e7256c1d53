//! Sagas as a build writes them, moment by moment: what a newer build may find unfinished.

use order::fulfilment::{CANCELLED_BY_USER, FULFILMENT};
use saga::{
    Action, Call, Direction, Input, JournalEntry, Millis, Outcome, Policy, Reason, ReasonCode,
    Retry, Saga, SagaState, Transition, decide, start,
};
use serde::{Deserialize, Serialize};

/// Fixed here, so that other defaults do not change what is recorded.
pub const POLICY: Policy = Policy {
    deadline: 300_000,
    backoff: 200,
    backoff_cap: 60_000,
    stuck_after: 10,
};

/// A saga from its start to its end.
#[derive(Debug, Serialize, Deserialize)]
pub struct History {
    pub name: String,
    pub moments: Vec<Moment>,
}

/// What one transition wrote, and the state after it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Moment {
    pub at: Millis,
    #[serde(rename = "events")]
    pub entries: Vec<serde_json::Value>,
    pub state: SagaState,
    pub saga: serde_json::Value,
}

/// Every way that a saga can take, as this build writes it.
pub fn histories() -> Vec<History> {
    let mut histories = vec![History::record("every step is done", done, &[])];
    for step in FULFILMENT.steps() {
        let answer = |call: &Call| match (call.step == step.name, call.direction) {
            (true, Direction::Do) => Outcome::Refused("NO".into()),
            _ => Outcome::Done,
        };
        let name = format!("{} is refused", step.name);
        histories.push(History::record(&name, answer, &[]));
    }
    let second_time = |call: &Call| match call.attempt {
        1 => silence(),
        _ => Outcome::Done,
    };
    histories.push(History::record(
        "every call is answered at its second attempt only",
        second_time,
        &[(7, cancelled())],
    ));
    let dead_warehouse = |call: &Call| match call.step == "RESERVE_ITEMS" {
        true => silence(),
        false => Outcome::Done,
    };
    histories.push(History::record(
        "the warehouse is silent until the deadline and for a while after",
        |call| match call.attempt < 13 {
            true => dead_warehouse(call),
            false => Outcome::Done,
        },
        &[],
    ));
    for moment in 1..=4 {
        let name = format!("the customer cancels at moment {moment}");
        histories.push(History::record(&name, done, &[(moment, cancelled())]));
    }
    let often = [1, 3, 5, 7, 9, 11, 13].map(|moment| (moment, claimed(false)));
    histories.push(History::record(
        "its driver dies after every other write",
        done,
        &often,
    ));
    let mut dying = vec![(4, cancelled())];
    dying.extend([5, 7, 9].map(|moment| (moment, claimed(false))));
    histories.push(History::record(
        "its driver dies while it is undone",
        done,
        &dying,
    ));
    histories.push(History::record(
        "a retry of a stuck one is requested",
        |call| match call.direction == Direction::Undo && call.attempt < 12 {
            true => dead_warehouse(call),
            false => Outcome::Done,
        },
        &[(4, cancelled()), (26, claimed(true))],
    ));
    histories
}

fn done(_: &Call) -> Outcome {
    Outcome::Done
}

fn silence() -> Outcome {
    Outcome::Unknown("no answer within 2s".into())
}

fn cancelled() -> Input {
    Input::Cancelled(Reason::new(ReasonCode::new(CANCELLED_BY_USER.code)))
}

fn claimed(retry_requested: bool) -> Input {
    Input::Claimed(match retry_requested {
        true => Retry::All,
        false => Retry::Due,
    })
}

impl History {
    /// Plays a saga whose calls are answered by `answer` after 5 ms. `instead` has the inputs that are given
    /// instead, each when so many moments have been recorded.
    fn record(name: &str, answer: impl Fn(&Call) -> Outcome, instead: &[(usize, Input)]) -> Self {
        let mut now = 0;
        let mut transition = start(&FULFILMENT, &POLICY, 7);
        let mut moments = vec![Moment::of(&transition, now)];
        let mut left = instead.iter().peekable();
        loop {
            let instead = left.next_if(|(at, _)| *at <= moments.len());
            if transition.saga.has_ended() && instead.is_none() {
                break;
            }
            now += 5;
            let input = match (instead, transition.action.clone()) {
                (Some((_, input)), _) => input.clone(),
                (None, Action::Call(call)) => {
                    let outcome = answer(&call);
                    Input::CallFinished(call, outcome)
                }
                (None, Action::WaitUntil(due_at)) => {
                    now = due_at;
                    Input::TimerFired
                }
                (None, Action::AwaitOutcome | Action::End) => {
                    panic!("{name}: nothing to do at {now}")
                }
            };
            transition = decide(&FULFILMENT, &POLICY, &transition.saga, &input, now).unwrap();
            if !transition.entries.is_empty() {
                moments.push(Moment::of(&transition, now));
            }
        }
        Self {
            name: name.to_owned(),
            moments,
        }
    }

    /// The journal up to and including a moment.
    pub fn journal(&self, moment: usize) -> Vec<JournalEntry> {
        let entries = self.moments[..=moment].iter().flat_map(|it| &it.entries);
        entries
            .map(|entry| serde_json::from_value(entry.clone()).unwrap())
            .collect()
    }
}

impl Moment {
    fn of(transition: &Transition, at: Millis) -> Self {
        let entries = transition.entries.iter();
        Self {
            at,
            entries: entries
                .map(|entry| serde_json::to_value(entry).unwrap())
                .collect(),
            state: transition.saga.state(&POLICY),
            saga: serde_json::to_value(&transition.saga).unwrap(),
        }
    }

    /// The state, as it was written.
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
