//! Generated histories: whatever the network, the clocks, the drivers and the customer do, and
//! whenever, a saga of one to five steps keeps its promises.

mod definitions;

use definitions::{MOST, definition};
use proptest::{collection::vec, prelude::*};
use saga::{
    Phase, Policy, Retry, Saga, StepName, StepState,
    simulation::{Fate, Record, Simulation},
};

#[derive(Clone, Debug)]
enum Move {
    Advance(usize, Fate),
    Crash(usize),
    Claim(Retried),
    Cancel,
    DeliverLate(usize),
    /// The clock moves, and not always forward.
    Clock(i64),
}

/// What a claim tries again: the steps at the set bits.
#[derive(Clone, Copy, Debug)]
enum Retried {
    Due,
    All,
    Steps(u8),
}

impl Retried {
    fn of(self, saga: &Saga) -> Retry {
        match self {
            Self::Due => Retry::Due,
            Self::All => Retry::All,
            Self::Steps(bits) => {
                let steps = saga.steps.iter().enumerate();
                let chosen = steps.filter(|(position, _)| bits >> position & 1 == 1);
                Retry::Steps(chosen.map(|(_, step)| step.name.clone()).collect())
            }
        }
    }
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let fate = prop_oneof![
        4 => Just(Fate::Arrives),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Late),
        1 => Just(Fate::Twice),
        1 => Just(Fate::Again),
    ];
    let one = prop_oneof![
        24 => (any::<usize>(), fate).prop_map(|(which, fate)| Move::Advance(which, fate)),
        2 => any::<usize>().prop_map(Move::Crash),
        3 => prop_oneof![Just(Retried::Due), Just(Retried::All), any::<u8>().prop_map(Retried::Steps)]
            .prop_map(Move::Claim),
        1 => Just(Move::Cancel),
        3 => any::<usize>().prop_map(Move::DeliverLate),
        4 => (-2_000_i64..20_000).prop_map(Move::Clock),
    ];
    vec(one, 0..160)
}

/// One entry for each step: whether its participant refuses it. Mostly none does, so that sagas of every
/// length are seen.
fn refusals() -> impl Strategy<Value = Vec<bool>> {
    vec(prop::bool::weighted(0.15), 1..=MOST)
}

fn play(refusing: &[bool], moves: &[Move]) -> Simulation {
    let policy = Policy {
        deadline: 30_000,
        backoff_cap: 5_000,
        stuck_after: 3,
        ..Policy::default()
    };
    let mut simulation = Simulation::new(definition(refusing.len()), policy, refusing);
    for one in moves {
        match *one {
            Move::Advance(which, fate) => simulation.advance(which, fate),
            Move::Crash(which) => simulation.crash(which),
            Move::Claim(retried) => simulation.claim(retried.of(&simulation.saga)),
            Move::Cancel => simulation.cancel(),
            Move::DeliverLate(which) => simulation.deliver_late(which),
            Move::Clock(by) => simulation.now += by,
        }
        simulation.check();
    }
    simulation
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_saga_always_ends_with_everything_or_nothing(refusing in refusals(), moves in moves()) {
        let mut simulation = play(&refusing, &moves);
        simulation.run_to_end();
        simulation.check();
        // The late copies that arrived after the end have changed nothing.
        match simulation.saga.phase {
            Phase::Completed => prop_assert!(simulation.participants.iter().all(|one| one.record == Record::Done)),
            Phase::Compensated => prop_assert!(simulation.participants.iter().all(|one| one.record != Record::Done)),
            phase => prop_assert!(false, "it has not ended: {phase:?}"),
        }
    }

    #[test]
    fn every_step_that_was_sent_is_undone_in_reverse(refusing in refusals(), moves in moves()) {
        let mut simulation = play(&refusing, &moves);
        simulation.run_to_end();
        if simulation.saga.phase == Phase::Compensated {
            let sent = simulation.saga.steps.iter().filter(|step| step.attempts > 0);
            let mut expected: Vec<StepName> = sent.map(|step| step.name.clone()).collect();
            expected.reverse();
            prop_assert_eq!(simulation.first_undos(), expected);
        } else {
            prop_assert!(simulation.first_undos().is_empty());
        }
    }

    #[test]
    fn a_step_ends_in_the_state_that_it_should(refusing in refusals(), moves in moves()) {
        let mut simulation = play(&refusing, &moves);
        simulation.run_to_end();
        for step in &simulation.saga.steps {
            let right = match simulation.saga.phase {
                Phase::Completed => step.state == StepState::Done,
                _ if step.attempts == 0 => step.state == StepState::Waiting,
                _ => matches!(step.state, StepState::Undone | StepState::Refused),
            };
            prop_assert!(right, "{step:?}");
            prop_assert_eq!(step.attempts > 0, step.started_at.is_some());
            prop_assert_eq!(step.attempts > 0, step.ended_at.is_some());
        }
    }

    #[test]
    fn a_cancelled_saga_never_completes(refusing in refusals(), mut moves in moves(), at in any::<prop::sample::Index>()) {
        moves.insert(at.index(moves.len() + 1), Move::Cancel);
        let mut simulation = play(&refusing, &moves);
        simulation.run_to_end();
        prop_assert_eq!(simulation.saga.phase, Phase::Compensated);
    }

    #[test]
    fn state_and_journal_survive_their_json(refusing in refusals(), moves in moves()) {
        let simulation = play(&refusing, &moves);
        let text = serde_json::to_string(&simulation.saga).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Saga>(&text).unwrap(), &simulation.saga);
        let journal = serde_json::to_string(&simulation.journal).unwrap();
        for entry in &simulation.journal {
            let json = serde_json::to_value(entry).unwrap();
            prop_assert_eq!(json["type"].as_str(), Some(entry.kind()));
        }
        prop_assert_eq!(serde_json::from_str::<Vec<saga::JournalEntry>>(&journal).unwrap(), simulation.journal);
    }
}
