//! Connections to the system under test.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

/// A pool of connections to one origin.
#[derive(Clone)]
pub(crate) struct Transport {
    pub http: legacy::Client<HttpConnector, Full<Bytes>>,
    /// Without a slash at its end.
    pub origin: String,
}

impl Transport {
    /// Connections to `origin`, from `address` if there is one.
    pub fn new(origin: &str, address: Option<IpAddr>) -> Self {
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
            origin: origin.to_owned(),
        }
    }
}
