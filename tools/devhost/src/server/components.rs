//! The components that run, and how a request reaches one of them.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;

use http::StatusCode;

use crate::http::chain::Peers;
use crate::http::headers::add_spin_headers;
use crate::http::message::empty;
use crate::http::routes::Match;
use crate::http::{Request, Response};
use crate::workers::Workers;

/// The address of a client that is a component.
const CHAINED_CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Components by id.
#[derive(Default)]
pub struct Components(HashMap<String, Workers>);

impl Components {
    pub fn add(&mut self, workers: Workers) {
        self.0.insert(workers.component().id.clone(), workers);
    }

    /// Has the component of the route serve a request: 500 with an empty body when it fails; `None` when
    /// there is no such component.
    pub async fn serve(
        &self,
        route: &Match<'_>,
        mut request: Request,
        client: SocketAddr,
    ) -> Option<Response> {
        let workers = self.0.get(route.component)?;
        let component = workers.component();
        if let Err(error) = add_spin_headers(&mut request, route, client) {
            component
                .output
                .note(&format!("answered with 500 (the client's fault): {error}"));
            return Some(empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
        let span = component
            .telemetry
            .served(&component.id, route.public_route(), &mut request);
        let response = workers
            .handle(request)
            .await
            .unwrap_or_else(|| empty(StatusCode::INTERNAL_SERVER_ERROR));
        span.answered(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        Some(response)
    }
}

impl Peers for Components {
    fn call<'a>(
        &'a self,
        id: &'a str,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Option<Response>> + Send + 'a>> {
        Box::pin(async move {
            let route = Match::chained(id, request.uri().path());
            self.serve(&route, request, CHAINED_CLIENT).await
        })
    }
}
