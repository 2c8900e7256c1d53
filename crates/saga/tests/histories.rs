//! Generated histories: whatever the network, the clocks, the drivers and the customer do, and
//! whenever, the saga keeps its promises.

mod world;

use proptest::{collection::vec, prelude::*};
use saga::{Phase, Policy, StepName, StepState};
use world::{Fate, Row, World};

#[derive(Clone, Debug)]
enum Move {
    Drive(usize, Fate),
    Crash(usize),
    TakeOver {
        hurry: bool,
    },
    Cancel,
    DeliverLate(usize),
    /// The clock moves, and not always forward.
    Clock(i64),
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
        24 => (any::<usize>(), fate).prop_map(|(which, fate)| Move::Drive(which, fate)),
        2 => any::<usize>().prop_map(Move::Crash),
        2 => any::<bool>().prop_map(|hurry| Move::TakeOver { hurry }),
        1 => Just(Move::Cancel),
        3 => any::<usize>().prop_map(Move::DeliverLate),
        4 => (-2_000_i64..20_000).prop_map(Move::Clock),
    ];
    vec(one, 0..120)
}

fn play(refusing: [bool; 3], moves: &[Move]) -> World {
    let policy = Policy {
        deadline: 30_000,
        backoff_cap: 5_000,
        stuck_after: 3,
        ..Policy::default()
    };
    let mut world = World::new(policy, refusing);
    for one in moves {
        match *one {
            Move::Drive(which, fate) => world.step(which, fate),
            Move::Crash(which) => world.crash(which),
            Move::TakeOver { hurry } => world.take_over(hurry),
            Move::Cancel => world.cancel(),
            Move::DeliverLate(which) => world.deliver_late(which),
            Move::Clock(by) => world.now += by,
        }
        world.check_always();
    }
    world
}

/// Mostly participants that agree, so that every length of the way is seen.
fn refusals() -> impl Strategy<Value = [bool; 3]> {
    let refuses = prop::bool::weighted(0.2);
    [refuses, refuses, refuses]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn it_always_ends_and_what_ended_stands(refusing in refusals(), moves in moves()) {
        let mut world = play(refusing, &moves);
        world.heal();
        world.check_always();
        // The late copies that `heal` delivered after the end have changed nothing.
        match world.saga.phase {
            Phase::Completed => prop_assert!(world.participants.iter().all(|one| one.row == Row::Done)),
            Phase::Compensated => prop_assert!(world.participants.iter().all(|one| one.row != Row::Done)),
            phase => prop_assert!(false, "it has not ended: {phase:?}"),
        }
    }

    #[test]
    fn every_step_ever_sent_is_told_to_undo_in_reverse(refusing in refusals(), moves in moves()) {
        let mut world = play(refusing, &moves);
        world.heal();
        if world.saga.phase == Phase::Compensated {
            let sent = world.saga.steps.iter().filter(|step| step.attempts > 0);
            let mut expected: Vec<StepName> = sent.map(|step| step.name).collect();
            expected.reverse();
            prop_assert_eq!(world.first_undos(), expected);
        } else {
            prop_assert!(world.first_undos().is_empty());
        }
    }

    #[test]
    fn a_step_ends_as_it_should_be_shown(refusing in refusals(), moves in moves()) {
        let mut world = play(refusing, &moves);
        world.heal();
        for step in &world.saga.steps {
            let as_it_should = match world.saga.phase {
                Phase::Completed => step.state == StepState::Done,
                _ if step.attempts == 0 => step.state == StepState::Waiting,
                _ => matches!(step.state, StepState::Undone | StepState::Refused),
            };
            prop_assert!(as_it_should, "{step:?}");
            prop_assert_eq!(step.attempts > 0, step.started_at.is_some());
            prop_assert_eq!(step.attempts > 0, step.ended_at.is_some());
        }
    }

    #[test]
    fn a_cancelled_order_is_never_ready(refusing in refusals(), mut moves in moves(), at in any::<prop::sample::Index>()) {
        moves.insert(at.index(moves.len() + 1), Move::Cancel);
        let mut world = play(refusing, &moves);
        world.heal();
        prop_assert_eq!(world.saga.phase, Phase::Compensated);
    }

    #[test]
    fn the_state_survives_its_own_json(refusing in refusals(), moves in moves()) {
        let world = play(refusing, &moves);
        let text = serde_json::to_string(&world.saga).unwrap();
        prop_assert_eq!(&serde_json::from_str::<saga::Saga>(&text).unwrap(), &world.saga);
        let journal = serde_json::to_string(&world.journal).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<saga::Event>>(&journal).unwrap(), world.journal);
    }
}
