//! Values: between PostgreSQL's types, in the driver's representation, and a component's.

mod decimal;
mod interval;
mod parameter;
mod raw;
mod read;
mod size;
mod time;

pub use parameter::parameters;
pub use read::{ReadError, columns, row};
pub use size::memory_size;
