//! `wasi:http/client`: a component sends a request.

use std::future::Future;
use std::sync::Arc;

use http::StatusCode;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::chain::chained_component;
use super::{Request, Response};
use crate::component::Component;
use crate::outbound_hosts::Destination;

/// The outbound side of an instance of a component.
pub struct Outbound(pub Arc<Component>);

type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request,
        options: Option<RequestOptions>,
        // What became of the response's body in the guest; nobody here needs to know.
        _read: Transmission,
    ) -> Box<dyn Future<Output = Result<(Response, Transmission), Error>> + Send> {
        let component = Arc::clone(&self.0);
        Box::new(async move {
            let response = send(&component, request, options.unwrap_or_default()).await?;
            // Errors of sending come with the response or its body.
            Ok((response, Box::new(async { Ok(()) }) as Transmission))
        })
    }
}

async fn send(
    component: &Component,
    mut request: http::Request<WasiBody>,
    options: RequestOptions,
) -> Result<Response, Error> {
    let Some(authority) = request
        .uri()
        .authority()
        .filter(|authority| !authority.host().is_empty())
    else {
        component.output.note("refused: a request without a host (devhost does no requests to the application itself)");
        return Err(Error::HttpRequestDenied);
    };
    let destination = Destination {
        scheme: request.uri().scheme_str().unwrap_or("https").to_owned(),
        host: authority.host().to_owned(),
        port: authority.port_u16(),
    };
    component
        .check_allowed(&destination)
        .map_err(|_| Error::HttpRequestDenied)?;
    let span = component
        .telemetry
        .sent(&component.id, &destination, &mut request);
    let answer = match chained_component(&destination.host) {
        Some(id) => component.chain.call(id, request).await,
        None => component.client.send(&destination, request, options).await,
    };
    match &answer {
        Ok(response) => span.answered(response, StatusCode::BAD_REQUEST),
        Err(error) => span.failed(error),
    }
    answer
}
