//! Whole sagas, by their journals.

mod definitions;

use definitions::definition;
use saga::{
    Action, Call, DefinitionMismatch, Direction, Input, JournalEntry, Outcome, Policy, Reason,
    ReasonCode, ReplayError, Retry, Saga, SagaDefinition, SagaState, StepDefinition, StepName,
    Transition, decide, start,
};

const fn step(
    name: &'static str,
    participant: &'static str,
    refused: &'static str,
) -> StepDefinition {
    StepDefinition {
        name,
        participant,
        refused,
        data: (),
    }
}

/// A shop's orders.
static ORDER: SagaDefinition = SagaDefinition::new(
    1,
    &[
        step("CHARGE", "billing", "PAYMENT_FAILED"),
        step("RESERVE_ITEMS", "warehouse", "ITEM_RESERVATION_FAILED"),
        step("RESERVE_COURIER", "delivery", "COURIER_RESERVATION_FAILED"),
    ],
);

/// A saga with a clock and a driver that answers each call by a rule.
struct Run {
    definition: &'static SagaDefinition,
    policy: Policy,
    saga: Saga,
    action: Action,
    now: i64,
    journal: Vec<String>,
}

impl Run {
    fn new(definition: &'static SagaDefinition) -> Self {
        let policy = Policy::default();
        let started = start(definition, &policy, 7);
        let mut run = Self {
            definition,
            policy,
            saga: started.saga.clone(),
            action: Action::End,
            now: 0,
            journal: Vec::new(),
        };
        run.take(started);
        run
    }

    fn take(&mut self, transition: Transition) {
        let text = |entry: &JournalEntry| serde_json::to_string(entry).unwrap();
        self.journal.extend(transition.entries.iter().map(text));
        self.saga = transition.saga;
        self.action = transition.action;
    }

    fn give(&mut self, input: &Input) {
        let transition = decide(self.definition, &self.policy, &self.saga, input, self.now);
        self.take(transition.unwrap());
    }

    fn cancel(&mut self) {
        self.give(&Input::Cancelled(Reason::new(ReasonCode::new(
            "CANCELLED_BY_USER",
        ))));
    }

    /// Goes on until the saga has ended or `until` is true; every call takes 5 ms.
    fn play(&mut self, answer: impl Fn(&Call) -> Outcome, until: impl Fn(&Self) -> bool) {
        while !self.saga.has_ended() && !until(self) {
            match self.action.clone() {
                Action::Call(call) => {
                    self.now += 5;
                    let outcome = answer(&call);
                    self.give(&Input::CallFinished(call, outcome));
                }
                Action::WaitUntil(due_at) => {
                    self.now = due_at;
                    self.give(&Input::TimerFired);
                }
                Action::AwaitOutcome | Action::End => panic!("nothing to do"),
            }
        }
    }

    fn finish(&mut self, answer: impl Fn(&Call) -> Outcome) -> String {
        self.play(answer, |_| false);
        self.journal.join("\n")
    }
}

fn does(call: &Call, step: &str) -> bool {
    call.step == step && call.direction == Direction::Do
}

fn undoes(call: &Call, step: &str) -> bool {
    call.step == step && call.direction == Direction::Undo
}

fn silence() -> Outcome {
    Outcome::Unknown("no answer within 2s".into())
}

#[test]
fn every_step_is_done() {
    insta::assert_snapshot!(Run::new(&ORDER).finish(|_| Outcome::Done));
}

#[test]
fn a_refused_courier_undoes_all_three() {
    let answer = |call: &Call| match does(call, "RESERVE_COURIER") {
        true => Outcome::Refused("NO_COURIER_AVAILABLE".into()),
        false => Outcome::Done,
    };
    insta::assert_snapshot!(Run::new(&ORDER).finish(answer));
}

#[test]
fn a_silent_warehouse_is_called_until_the_deadline() {
    let answer = |call: &Call| match does(call, "RESERVE_ITEMS") {
        true => silence(),
        false => Outcome::Done,
    };
    insta::assert_snapshot!(Run::new(&ORDER).finish(answer));
}

#[test]
fn a_completed_saga_that_is_cancelled_is_undone() {
    let mut run = Run::new(&ORDER);
    run.play(|_| Outcome::Done, |_| false);
    run.cancel();
    insta::assert_snapshot!(run.finish(|_| Outcome::Done));
}

#[test]
fn one_step_is_a_saga() {
    let mut run = Run::new(definition(1));
    run.play(|_| Outcome::Done, |_| false);
    run.cancel();
    insta::assert_snapshot!(run.finish(|_| Outcome::Done));
}

#[test]
fn the_fourth_of_five_steps_is_refused() {
    let answer = |call: &Call| match does(call, "INSURE") {
        true => Outcome::Refused("TOO_RISKY".into()),
        false => Outcome::Done,
    };
    insta::assert_snapshot!(Run::new(definition(5)).finish(answer));
}

#[test]
fn a_dead_warehouse_does_not_keep_the_money_and_the_saga_is_stuck() {
    let mut run = Run::new(&ORDER);
    run.play(|_| Outcome::Done, |_| false);
    run.cancel();
    let dead = |call: &Call| match undoes(call, "RESERVE_ITEMS") {
        true => silence(),
        false => Outcome::Done,
    };
    let failures = |run: &Run| run.saga.current_step().map_or(0, |current| current.attempt);
    let refunded = |run: &Run| {
        let charge = run.saga.step(&StepName::new("CHARGE")).unwrap();
        charge.pending_undo().is_none()
    };
    run.play(dead, |run| refunded(run) && failures(run) >= 1);
    assert!(
        run.now < 100,
        "the refund waited for the warehouse until {}",
        run.now
    );
    assert_eq!(run.saga.state(&run.policy), SagaState::Compensating);

    run.play(dead, |run| run.saga.state(&run.policy) == SagaState::Stuck);
    let current = run.saga.current_step().unwrap();
    assert_eq!(
        (current.step.as_str(), current.attempt),
        ("RESERVE_ITEMS", 10)
    );
    assert_eq!(current.last_error.as_deref(), Some("no answer within 2s"));
    assert!(current.next_attempt_at > Some(run.now));

    // A retry is requested, and the warehouse is back.
    run.give(&Input::Claimed(Retry::All));
    assert!(matches!(&run.action, Action::Call(call) if undoes(call, "RESERVE_ITEMS")));
    run.play(|_| Outcome::Done, |_| false);
    assert_eq!(run.saga.state(&run.policy), SagaState::Compensated);
}

const CLAIMED: Input = Input::Claimed(Retry::Due);

/// The attempt of the first step's call that the saga makes now, if it makes one.
fn attempt(run: &Run) -> Option<u32> {
    match &run.action {
        Action::Call(call) if does(call, "CHARGE") => Some(call.attempt),
        _ => None,
    }
}

#[test]
fn a_saga_whose_driver_was_away_past_the_deadline_gets_one_more_try() {
    // While its call was under way, and while it waited for the next attempt.
    for waiting in [false, true] {
        let mut run = Run::new(&ORDER);
        if waiting {
            run.play(
                |_| silence(),
                |run| matches!(run.action, Action::WaitUntil(_)),
            );
        }
        let attempts = run.saga.current_step().unwrap().attempt;
        run.now = run.policy.deadline * 2;
        run.give(&CLAIMED);
        assert_eq!(attempt(&run), Some(attempts + 1));
        let mut silent = Run {
            saga: run.saga.clone(),
            action: run.action.clone(),
            journal: Vec::new(),
            ..Run::new(&ORDER)
        };
        silent.now = run.now;
        // The billing service answers, and the saga goes on.
        run.finish(|_| Outcome::Done);
        assert_eq!(run.saga.state(&run.policy), SagaState::Completed);
        // It does not, and that was the last try.
        silent.finish(|call| match does(call, "CHARGE") {
            true => silence(),
            false => Outcome::Done,
        });
        assert_eq!(silent.saga.state(&silent.policy), SagaState::Compensated);
        let sent = silent.journal.iter().filter(|it| it.contains("\"SENT\""));
        assert_eq!(sent.count(), 0, "{:?}", silent.journal);
    }
}

#[test]
fn a_last_try_whose_driver_is_gone_too_is_not_repeated() {
    let mut run = Run::new(&ORDER);
    run.now = run.policy.deadline;
    run.give(&CLAIMED);
    assert_eq!(attempt(&run), Some(2));
    run.give(&CLAIMED);
    run.finish(|_| Outcome::Done);
    assert_eq!(run.saga.state(&run.policy), SagaState::Compensated);
}

fn of_steps(names: &[&'static str]) -> Input {
    let steps = names.iter().copied().map(StepName::new);
    Input::Claimed(Retry::Steps(steps.collect()))
}

#[test]
fn a_step_is_tried_before_it_is_due_when_its_participant_may_answer_again() {
    let mut run = Run::new(&ORDER);
    run.play(
        |_| silence(),
        |run| run.now > 20_000 && matches!(run.action, Action::WaitUntil(_)),
    );
    let attempts = run.saga.current_step().unwrap().attempt;
    run.give(&of_steps(&["RESERVE_ITEMS"]));
    assert!(
        matches!(run.action, Action::WaitUntil(_)),
        "it waits for CHARGE"
    );
    run.give(&of_steps(&["CHARGE"]));
    assert_eq!(attempt(&run), Some(attempts + 1));
    run.finish(|_| Outcome::Done);
    assert_eq!(run.saga.state(&run.policy), SagaState::Completed);
}

#[test]
fn an_undo_is_tried_before_it_is_due_but_never_out_of_order() {
    let dead = |call: &Call| match call.direction {
        Direction::Undo => silence(),
        Direction::Do if does(call, "RESERVE_COURIER") => Outcome::Refused("NO".into()),
        Direction::Do => Outcome::Done,
    };
    let mut run = Run::new(&ORDER);
    run.play(dead, |run| {
        run.saga.state(&run.policy) == SagaState::Compensating
    });
    // The courier's undo is under way, and the other two have not been sent.
    run.give(&of_steps(&["CHARGE", "RESERVE_ITEMS"]));
    assert!(matches!(&run.action, Action::Call(call) if undoes(call, "RESERVE_COURIER")));
    run.play(dead, |run| run.saga.state(&run.policy) == SagaState::Stuck);
    run.play(dead, |run| matches!(run.action, Action::WaitUntil(_)));
    run.give(&of_steps(&["CHARGE"]));
    assert!(matches!(&run.action, Action::Call(call) if undoes(call, "CHARGE")));
    run.finish(|_| Outcome::Done);
    assert_eq!(run.saga.state(&run.policy), SagaState::Compensated);
}

#[test]
fn outcomes_that_are_not_awaited_change_nothing() {
    let mut run = Run::new(&ORDER);
    let Action::Call(first) = run.action.clone() else {
        panic!("nothing to do")
    };
    run.give(&CLAIMED);
    let before = run.saga.clone();
    for outcome in [Outcome::Done, Outcome::Refused("NO".into()), silence()] {
        run.give(&Input::CallFinished(first.clone(), outcome.clone()));
        let undo = Call {
            direction: Direction::Undo,
            ..first.clone()
        };
        run.give(&Input::CallFinished(undo, outcome));
        assert_eq!(run.saga, before);
        assert_eq!(run.action, Action::AwaitOutcome);
    }
}

#[test]
fn a_call_of_a_step_that_the_saga_does_not_have_changes_nothing() {
    let mut run = Run::new(definition(1));
    let before = run.saga.clone();
    for direction in [Direction::Do, Direction::Undo] {
        let call = Call {
            step: StepName::new("FLY"),
            direction,
            attempt: 1,
        };
        run.give(&Input::CallFinished(call, Outcome::Done));
        assert_eq!(run.saga, before);
    }
}

#[test]
fn a_saga_of_another_definition_is_an_error() {
    let policy = Policy::default();
    let saga = start(definition(3), &policy, 7).saga;
    let mismatch = DefinitionMismatch {
        saga: 1,
        definition: 1,
    };
    for other in [&ORDER, definition(2), definition(4)] {
        let decided = decide(other, &policy, &saga, &Input::TimerFired, 0);
        assert_eq!(decided, Err(mismatch.clone()));
    }
    let mut newer = saga;
    newer.definition = 2;
    let decided = decide(definition(3), &policy, &newer, &Input::TimerFired, 0);
    assert_eq!(decided.unwrap_err().saga, 2);
}

#[test]
fn a_journal_that_is_not_a_whole_one_is_an_error() {
    let entries = start(definition(1), &Policy::default(), 7).entries;
    let replayed = Saga::replay(definition(1), &entries[1..]);
    assert_eq!(replayed, Err(ReplayError::NotStarted));
    let replayed = Saga::replay(&ORDER, &entries);
    assert_eq!(
        replayed,
        Err(ReplayError::UnknownStep(StepName::new("PAY")))
    );
}
