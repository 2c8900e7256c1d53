//! Where a component may connect to, and the check of it.

mod allowed_hosts;
mod destination;
mod permissions;

pub use allowed_hosts::{AllowedHosts, Entry};
pub use destination::{Destination, chained_component};
pub use permissions::Permissions;
