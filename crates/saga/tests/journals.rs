//! Whole sagas as their journals tell them.

use saga::{
    Call, Direction, Event, Happened, Next, Outcome, Policy, Saga, ShownState, StepName, decide,
    place,
};

/// A saga with a clock, driven by one who answers each call by a rule.
struct Story {
    policy: Policy,
    saga: Saga,
    next: Next,
    now: i64,
    lines: Vec<String>,
}

impl Story {
    fn new() -> Self {
        let policy = Policy::default();
        let decision = place(&policy, 7);
        let mut story = Self {
            policy,
            saga: decision.saga.clone(),
            next: Next::Ended,
            now: 0,
            lines: Vec::new(),
        };
        story.take(decision.events, decision.saga, decision.next);
        story
    }

    fn take(&mut self, events: Vec<Event>, saga: Saga, next: Next) {
        let line = |event: &Event| serde_json::to_string(event).unwrap();
        self.lines.extend(events.iter().map(line));
        self.saga = saga;
        self.next = next;
    }

    fn tell(&mut self, happened: Happened) {
        let decision = decide(&self.policy, &self.saga, &happened, self.now);
        self.take(decision.events, decision.saga, decision.next);
    }

    /// Plays on until the saga has ended or `until` says so; every call takes 5 ms.
    fn play(&mut self, answer: impl Fn(Call) -> Outcome, until: impl Fn(&Self) -> bool) {
        while !self.saga.ended() && !until(self) {
            match self.next {
                Next::Call(call) => {
                    self.now += 5;
                    self.tell(Happened::Answered(call, answer(call)));
                }
                Next::Wait(due_at) => {
                    self.now = due_at;
                    self.tell(Happened::Woken);
                }
                Next::Answer | Next::Ended => panic!("nothing to do"),
            }
        }
    }

    fn end(&mut self, answer: impl Fn(Call) -> Outcome) -> String {
        self.play(answer, |_| false);
        self.lines.join("\n")
    }
}

fn does(step: StepName) -> impl Fn(&Call) -> bool {
    move |call| call.step == step && call.direction == Direction::Do
}

fn undoes(step: StepName) -> impl Fn(&Call) -> bool {
    move |call| call.step == step && call.direction == Direction::Undo
}

fn silence() -> Outcome {
    Outcome::Unknown("no answer within 2s".into())
}

#[test]
fn all_goes_well() {
    insta::assert_snapshot!(Story::new().end(|_| Outcome::Done));
}

#[test]
fn a_refused_courier_undoes_all_three() {
    let refuse = |call: Call| match does(StepName::ReserveCourier)(&call) {
        true => Outcome::Refused("NO_COURIER_AVAILABLE".into()),
        false => Outcome::Done,
    };
    insta::assert_snapshot!(Story::new().end(refuse));
}

#[test]
fn a_silent_warehouse_is_asked_until_the_deadline() {
    let answer = |call: Call| match does(StepName::ReserveItems)(&call) {
        true => silence(),
        false => Outcome::Done,
    };
    insta::assert_snapshot!(Story::new().end(answer));
}

#[test]
fn a_ready_order_that_is_cancelled_is_undone() {
    let mut story = Story::new();
    story.play(|_| Outcome::Done, |_| false);
    story.tell(Happened::Cancelled);
    insta::assert_snapshot!(story.end(|_| Outcome::Done));
}

#[test]
fn a_dead_warehouse_does_not_keep_the_money_and_shows_as_stuck() {
    let mut story = Story::new();
    story.play(|_| Outcome::Done, |_| false);
    story.tell(Happened::Cancelled);
    let dead = |call: Call| match undoes(StepName::ReserveItems)(&call) {
        true => silence(),
        false => Outcome::Done,
    };
    let failures = |story: &Story| story.saga.focus().map_or(0, |focus| focus.attempt);
    let refunded = |story: &Story| story.saga.step(StepName::Charge).pending_undo().is_none();
    story.play(dead, |story| refunded(story) && failures(story) >= 1);
    assert!(
        story.now < 100,
        "the refund waited for the warehouse until {}",
        story.now
    );
    assert_eq!(story.saga.shown(&story.policy), ShownState::Compensating);

    let stuck = |story: &Story| story.saga.shown(&story.policy) == ShownState::Stuck;
    story.play(dead, stuck);
    let focus = story.saga.focus().unwrap();
    assert_eq!((focus.step, focus.attempt), (StepName::ReserveItems, 10));
    assert_eq!(focus.last_error.as_deref(), Some("no answer within 2s"));
    assert!(focus.next_attempt_at > Some(story.now));

    // A person asks for it to be tried now, and the warehouse is back.
    story.tell(Happened::TakenOver { hurry: true });
    assert!(matches!(story.next, Next::Call(call) if undoes(StepName::ReserveItems)(&call)));
    story.play(|_| Outcome::Done, |_| false);
    assert_eq!(story.saga.shown(&story.policy), ShownState::Compensated);
}

#[test]
fn answers_that_nobody_waits_for_change_nothing() {
    let mut story = Story::new();
    let Next::Call(first) = story.next else {
        panic!("nothing to do")
    };
    story.tell(Happened::TakenOver { hurry: false });
    let before = story.saga.clone();
    for outcome in [Outcome::Done, Outcome::Refused("NO".into()), silence()] {
        story.tell(Happened::Answered(first, outcome.clone()));
        let undo = Call {
            direction: Direction::Undo,
            ..first
        };
        story.tell(Happened::Answered(undo, outcome));
        assert_eq!(story.saga, before);
        assert_eq!(story.next, Next::Answer);
    }
}
