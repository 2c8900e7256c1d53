//! Service chaining: `http://<component>.spin.internal/…` calls the component in this process,
//! without a socket and whether or not it has a route.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use http::header::HOST;
use wasmtime_wasi_http::Error;

use super::routes::Match;
use super::server::{Components, call};
use super::{Request, Response};

/// The address of a caller that is a component.
const CALLER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The way from one component to the others. It opens when all of them are there.
#[derive(Clone, Default)]
pub struct Chain(Arc<OnceLock<Arc<Components>>>);

impl Chain {
    /// Makes the components reachable. Only the first call counts.
    pub fn open(&self, components: Arc<Components>) {
        let _ = self.0.set(components);
    }

    /// Calls the component `id` with the request as it is, without any timeout.
    pub async fn call(&self, id: &str, mut request: Request) -> Result<Response, Error> {
        let components = self.0.get();
        let Some(component) = components.and_then(|components| components.get(id)) else {
            return Err(Error::InternalError(Some(format!(
                "the application has no component {id:?}"
            ))));
        };
        request.headers_mut().remove(HOST);
        let path = request.uri().path().to_owned();
        Ok(call(component, &Match::chained(id, &path), request, CALLER).await)
    }
}

/// The component that a host names, if it is one of this application.
pub fn chained_component(host: &str) -> Option<&str> {
    let (component, domain) = host.split_once('.')?;
    (domain == "spin.internal").then_some(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_right_below_the_domain_are_components() {
        assert_eq!(chained_component("billing.spin.internal"), Some("billing"));
        for host in [
            "spin.internal",
            "a.b.spin.internal",
            "billing.spin.internal.org",
            "billing",
            "",
        ] {
            assert_eq!(chained_component(host), None, "{host}");
        }
    }
}
