//! Connections to the system under test.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::environment::Environment;

/// A pool of connections to one system.
#[derive(Clone)]
pub(crate) struct Transport {
    pub http: legacy::Client<HttpConnector, Full<Bytes>>,
    /// Where it is: an origin without a slash at its end. Without one, where the environment says.
    origin: Option<String>,
}

impl Transport {
    /// Connections to `origin`, or to the system of the environment, from `address` if there is one.
    pub fn new(origin: Option<&str>, address: Option<IpAddr>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        connector.set_local_address(address);
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(5))
            .build(connector);
        Self {
            http,
            origin: origin.map(str::to_owned),
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        let origin = self.origin.as_deref();
        format!(
            "{}{path}",
            origin.unwrap_or_else(|| Environment::get().origin_of(path))
        )
    }
}
