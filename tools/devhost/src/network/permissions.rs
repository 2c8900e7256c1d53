//! The check before a component connects somewhere.

use std::sync::Arc;

use super::{AllowedHosts, Destination};
use crate::output::Output;

/// Where one component may connect to. Cheap to clone.
#[derive(Clone)]
pub struct Permissions(Arc<Granted>);

struct Granted {
    allowed: AllowedHosts,
    /// For the developer, who is told of refusals.
    output: Output,
}

/// The destination is not among the component's `allowed_outbound_hosts`.
pub struct NotAllowed;

impl Permissions {
    pub fn new(allowed: AllowedHosts, output: Output) -> Self {
        Self(Arc::new(Granted { allowed, output }))
    }

    /// Checks that the component may connect to `destination`, and prints a refusal.
    ///
    /// # Errors
    /// When it may not.
    pub fn check(&self, destination: &Destination) -> Result<(), NotAllowed> {
        if self.0.allowed.allows(destination) {
            return Ok(());
        }
        let output = &self.0.output;
        output.note(&format!(
            "refused to connect to {destination}; to allow it, add \"{destination}\" to allowed_outbound_hosts of [component.{}]",
            output.component()
        ));
        Err(NotAllowed)
    }
}
