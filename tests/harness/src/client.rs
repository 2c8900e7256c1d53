//! An HTTP client that adds nothing of its own and follows nothing.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::{call::Call, environment::Environment};

/// A pool of connections to the system under test. Each test has its own: connections belong to a runtime.
#[derive(Clone)]
pub struct Client {
    pub(crate) http: legacy::Client<HttpConnector, Full<Bytes>>,
    pub(crate) base_url: String,
}

impl Client {
    /// A client of the system that `ZAKAZ_BASE_URL` names.
    pub fn new() -> Self {
        Self::at(&Environment::get().base_url)
    }

    /// A client of the host at this origin, which serves the same system.
    pub fn at(origin: &str) -> Self {
        Self::build(origin, None)
    }

    /// As [`Self::new`], but its connections come from `address`.
    pub fn from_address(address: IpAddr) -> Self {
        Self::build(&Environment::get().base_url, Some(address))
    }

    fn build(origin: &str, address: Option<IpAddr>) -> Self {
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
            base_url: origin.to_owned(),
        }
    }

    /// A call to `path` (with its query), not sent yet.
    pub fn call(&self, method: Method, path: impl Into<String>) -> Call {
        Call::new(self.clone(), method, path.into())
    }

    pub fn get(&self, path: impl Into<String>) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: impl Into<String>) -> Call {
        self.call(Method::POST, path)
    }

    pub fn put(&self, path: impl Into<String>) -> Call {
        self.call(Method::PUT, path)
    }

    pub fn patch(&self, path: impl Into<String>) -> Call {
        self.call(Method::PATCH, path)
    }

    pub fn delete(&self, path: impl Into<String>) -> Call {
        self.call(Method::DELETE, path)
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}
