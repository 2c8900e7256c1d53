//! A component of the application: what it may see and reach.

use std::collections::HashMap;

use crate::clock::WallClock;
use crate::http::outbound::Outbound;
use crate::network::Permissions;
use crate::output::Output;
use crate::postgres::Databases;
use crate::telemetry::Telemetry;

pub struct Component {
    pub id: String,
    pub environment: Vec<(String, String)>,
    pub variables: HashMap<String, String>,
    pub output: Output,
    pub telemetry: Telemetry,
    pub permissions: Permissions,
    pub outbound: Outbound,
    pub databases: Databases,
    pub clock: WallClock,
}
