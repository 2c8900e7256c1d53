//! An HTTP client that adds no headers and follows no redirects.

use std::net::IpAddr;

use http::Method;

use crate::{call::Call, environment::Environment, transport::Transport};

/// A pool of connections to the system under test. Each test has its own, because connections belong to a runtime.
#[derive(Clone)]
pub struct Client(Transport);

impl Client {
    /// A client of the system that `ZAKAZ_BASE_URL` names.
    pub fn new() -> Self {
        Self::at(&Environment::get().base_url)
    }

    /// A client of the host at this origin, which serves the same system.
    pub fn at(origin: &str) -> Self {
        Self(Transport::new(origin, None))
    }

    /// As [`Self::new`], but its connections come from `address`.
    pub fn from_address(address: IpAddr) -> Self {
        let origin = &Environment::get().base_url;
        Self(Transport::new(origin, Some(address)))
    }

    /// A call to `path` (with its query), not sent yet.
    pub fn call(&self, method: Method, path: impl Into<String>) -> Call {
        Call::new(self.0.clone(), method, path.into())
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
