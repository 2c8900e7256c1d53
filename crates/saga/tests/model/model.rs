//! The protocol, as the checker takes it.

use stateright::{Model, Property};

use crate::{
    properties,
    protocol::{Action, Protocol, SystemState},
};

impl Model for Protocol {
    type State = SystemState;
    type Action = Action;

    fn init_states(&self) -> Vec<SystemState> {
        vec![self.initial()]
    }

    fn actions(&self, state: &SystemState, actions: &mut Vec<Action>) {
        self.possible_actions(state, actions);
    }

    fn next_state(&self, state: &SystemState, action: Action) -> Option<SystemState> {
        self.after(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
