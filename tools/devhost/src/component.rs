//! A component of the application with everything that the host lends it.

use std::collections::HashMap;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::http::chain::Chain;
use crate::http::client::Client;
use crate::instance::Instance;
use crate::outbound_hosts::{AllowedHosts, Destination};
use crate::output::Output;
use crate::postgres::Pools;
use crate::telemetry::Telemetry;

pub struct Component {
    pub id: String,
    pub engine: Engine,
    /// Compiled, linked and type-checked.
    pub linked: ServicePre<Instance>,
    pub environment: Vec<(String, String)>,
    pub variables: HashMap<String, String>,
    pub allowed_hosts: AllowedHosts,
    pub output: Output,
    pub reuse: Reuse,
    pub chain: Chain,
    pub client: Client,
    pub postgres: Pools,
    pub telemetry: Telemetry,
}

/// How long an instance lives, by Spin's options.
#[derive(Debug, Clone, Copy)]
pub struct Reuse {
    /// Requests that one instance serves in all.
    pub count: usize,
    /// Requests that one instance serves at the same time.
    pub concurrent_count: usize,
    /// How long an instance may have nothing to do.
    pub idle_timeout: Duration,
    /// How long a request, and what an instance does after it, may take. Without limit if there is none.
    pub request_timeout: Option<Duration>,
}

/// The destination is none of the component's `allowed_outbound_hosts`.
pub struct NotAllowed;

impl Component {
    /// Checks that the component may connect to `destination`. A refusal is told to the developer.
    pub fn check_allowed(&self, destination: &Destination) -> Result<(), NotAllowed> {
        if self.allowed_hosts.allows(destination) {
            return Ok(());
        }
        self.output.note(&format!(
            "refused to connect to {destination}; to allow it, add \"{destination}\" to allowed_outbound_hosts of [component.{}]",
            self.id
        ));
        Err(NotAllowed)
    }
}
