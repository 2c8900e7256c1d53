//! What must hold in every state.

use saga::Phase;
use stateright::{Model, Property};

use crate::{
    participant::Participant,
    world::{Protocol, World},
};

pub fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(
            "a completed order has everything, and nothing is undone",
            |_, world: &World| {
                world.journal.saga.phase != Phase::Completed
                    || all_are(world, |it| it == Participant::Done)
            },
        ),
        Property::always(
            "a compensated order has nothing, and no late copy gives it any",
            |_, world: &World| {
                world.journal.saga.phase != Phase::Compensated
                    || all_are(world, |it| it != Participant::Done)
            },
        ),
        Property::always("the journal keeps its rules", |_, world: &World| {
            world.journal.broken_rule.is_none()
        }),
        Property::always("a saga ends", |protocol: &Protocol, world: &World| {
            world.journal.saga.ended() || can_go_on(protocol, world)
        }),
        // Without these a check that visits nothing of interest would pass as well.
        Property::sometimes("an order is completed", |_, world: &World| {
            world.journal.saga.phase == Phase::Completed
        }),
    ]
}

fn all_are(world: &World, test: impl Fn(Participant) -> bool) -> bool {
    world.participants.into_iter().all(test)
}

/// Every action uses up a message, a misfortune or a step of the saga, so a world where something can
/// still happen comes nearer to the end.
fn can_go_on(protocol: &Protocol, world: &World) -> bool {
    let mut actions = Vec::new();
    protocol.actions(world, &mut actions);
    !actions.is_empty()
}
