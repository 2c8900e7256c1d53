//! A proxy between the order service and a participant. It passes every call on unless the [`Script`]
//! says that something happens to it.

mod call;
mod delivery;
mod fault;
mod gate;
mod kept;
mod server;
mod target;
#[cfg(test)]
mod tests;

pub use call::{Participant, StepCall, Verb};
pub use fault::Fault;
pub use gate::{Gate, Release};
pub use server::Proxy;
pub use target::Target;

/// Decides what happens to each call.
pub trait Script: Send + Sync + 'static {
    /// To a PUT or a DELETE of an order's step.
    fn step(&self, call: &StepCall) -> Fault;

    /// To any other call, such as a request for prices.
    fn other(&self) -> Fault {
        Fault::None
    }
}
