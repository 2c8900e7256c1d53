//! A proxy between the order service and a participant. The [`FaultInjector`] chooses a fault for each call.

mod call;
mod copies;
mod fault;
mod gate;
mod inject;
mod server;
mod target;
#[cfg(test)]
mod tests;

pub use call::{Participant, StepCall, Verb};
pub use fault::{Fault, StatementTrap};
pub use gate::{Gate, Release};
pub use server::Proxy;
pub use target::Target;

/// Chooses the fault of each call.
pub trait FaultInjector: Send + Sync + 'static {
    /// Of a PUT or a DELETE of an order's step.
    fn step(&self, call: &StepCall) -> Fault;

    /// Of any other call, such as a request for prices.
    fn other(&self) -> Fault {
        Fault::None
    }
}
