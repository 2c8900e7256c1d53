//! `wasi:http/client`: a component sends a request.

use std::future::Future;
use std::sync::Arc;

use http::StatusCode;
use http::header::HOST;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks};

use super::chain::Chain;
use super::client::Client;
use super::message::{ErrorCode, Request, Response};
use crate::network::{Destination, Permissions, chained_component};
use crate::output::Output;
use crate::telemetry::Telemetry;

/// The outbound side of a component. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(pub Arc<Requests>);

/// What a component needs to send requests.
pub struct Requests {
    pub permissions: Permissions,
    pub chain: Chain,
    pub client: Client,
    pub output: Output,
    pub telemetry: Telemetry,
}

type Transmission = Box<dyn Future<Output = Result<(), ErrorCode>> + Send>;
type Sent = Result<(Response, Transmission), TrappableError<ErrorCode>>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request,
        options: Option<RequestOptions>,
        // Resolves when the guest is done with the response's body, which does not matter here.
        _read: Transmission,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let requests = Arc::clone(&self.0);
        Box::new(async move {
            let response = requests.send(request, options.unwrap_or_default()).await?;
            // Errors of sending come with the response or its body.
            Ok((response, Box::new(async { Ok(()) }) as Transmission))
        })
    }
}

impl Requests {
    async fn send(
        &self,
        mut request: Request,
        options: RequestOptions,
    ) -> Result<Response, TrappableError<ErrorCode>> {
        let Some(authority) = request
            .uri()
            .authority()
            .filter(|authority| !authority.host().is_empty())
        else {
            self.output.note("refused: a request without a host (devhost does no requests to the application itself)");
            return Err(ErrorCode::HttpRequestDenied.into());
        };
        let destination = Destination {
            scheme: request.uri().scheme_str().unwrap_or("https").to_owned(),
            host: authority.host().to_owned(),
            port: authority.port_u16(),
        };
        self.permissions
            .check(&destination)
            .map_err(|_| ErrorCode::HttpRequestDenied)?;
        // The client makes its own, and a chained request has none.
        request.headers_mut().remove(HOST);
        let component = self.output.component();
        let span = self.telemetry.sent(component, &destination, &mut request);
        let answer = match chained_component(&destination.host) {
            Some(id) => match self.chain.call(id, request).await {
                Some(response) => Ok(response),
                None => return Err(unknown_component(id)),
            },
            None => self.client.send(request, options).await,
        };
        match &answer {
            Ok(response) => span.answered(response.status(), StatusCode::BAD_REQUEST),
            Err(error) => span.failed(&format!("{error:?}")),
        }
        Ok(answer?)
    }
}

/// An unknown component that a variable names is found when it is called; Spin ends the caller's instance then.
fn unknown_component(id: &str) -> TrappableError<ErrorCode> {
    TrappableError::trap(wasmtime::format_err!(
        "the application has no component {id:?} to call"
    ))
}
