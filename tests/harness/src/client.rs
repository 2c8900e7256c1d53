//! An HTTP client that adds no headers and follows no redirects.

use std::net::TcpListener;

use http::Method;

use crate::{
    call::Call, environment::Environment, skipped::Unavailable, transport::Transport, unique,
};

/// A pool of connections to the system under test. Each test has its own, because connections belong to a runtime.
#[derive(Clone)]
pub struct Client(Transport);

impl Client {
    /// A client of the system that `ZAKAZ_BASE_URL` names.
    pub fn new() -> Self {
        Self(Transport::new(None, None))
    }

    /// A client of the host at this origin, which serves the same system.
    pub fn at(origin: &str) -> Self {
        Self(Transport::new(Some(origin), None))
    }

    /// A client with an address that no other test uses, so that a service's counts per client address start at zero.
    ///
    /// # Errors
    /// When the host is not on this machine, or this machine has no loopback address but 127.0.0.1, as macOS.
    pub fn from_another_address() -> Result<Self, Unavailable> {
        if !Environment::get().is_local() {
            return Err(Unavailable::new(
                "a client of a host that is not local has one address",
            ));
        }
        let address = unique::loopback_address();
        TcpListener::bind((address, 0))
            .map_err(|error| Unavailable::new(format!("there is no address {address}: {error}")))?;
        Ok(Self(Transport::new(None, Some(address))))
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
