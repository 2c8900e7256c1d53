//! What must hold in every state.

use saga::Phase;
use stateright::Property;

use crate::{
    participant::Participant,
    protocol::{Protocol, SystemState},
};

pub fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(
            "a completed saga has everything, and nothing is undone",
            |_, state: &SystemState| {
                state.journal.saga.phase != Phase::Completed
                    || all_are(state, |it| it == Participant::Done)
            },
        ),
        Property::always(
            "a compensated saga has nothing, and no late copy gives it any",
            |_, state: &SystemState| {
                state.journal.saga.phase != Phase::Compensated
                    || all_are(state, |it| it != Participant::Done)
            },
        ),
        Property::always("the journal keeps its rules", |_, state: &SystemState| {
            state.journal.broken_rule.is_none()
        }),
        Property::always("a saga ends", |protocol: &Protocol, state: &SystemState| {
            state.journal.saga.has_ended() || can_go_on(protocol, state)
        }),
        // Without these a check that visits nothing of interest would pass as well.
        Property::sometimes("a saga is completed", |_, state: &SystemState| {
            state.journal.saga.phase == Phase::Completed
        }),
    ]
}

fn all_are(state: &SystemState, test: impl Fn(Participant) -> bool) -> bool {
    state.participants.iter().copied().all(test)
}

/// Every action uses up a message, a fault or a step of the saga, so a saga that can go on comes nearer to
/// its end.
fn can_go_on(protocol: &Protocol, state: &SystemState) -> bool {
    let mut actions = Vec::new();
    protocol.possible_actions(state, &mut actions);
    !actions.is_empty()
}
