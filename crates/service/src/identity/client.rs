//! Calls to the other services.

use std::{sync::Mutex, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde::Serialize;

use crate::{
    background::yield_now,
    config::{self, ConfigError},
    domain::Domain,
    identity::{service_token::ServiceTokens, token::now},
    telemetry::{TaskContext, request_id, trace},
    timer::{TimedOut, within},
};

/// A client of one other service.
pub struct ServiceClient {
    domain: Domain,
    /// An origin without a path: `http://billing.spin.internal`.
    origin: String,
    /// The last token made for the service, and its `exp`. Kept to save the signing.
    token: Mutex<Option<(String, i64)>>,
}

/// A response of the other service.
#[derive(Debug)]
pub struct ServiceResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// No complete response was received. Unless it was [`Self::Unsendable`], the call may or may not have taken
/// effect.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
    #[error("the call failed: {0}")]
    Failed(String),
    /// Nothing was sent.
    #[error("the call cannot be made: {0}")]
    Unsendable(String),
}

impl ServiceClient {
    /// The service at the origin that `variable` holds.
    pub async fn from_variable(
        domain: Domain,
        variable: &'static str,
    ) -> Result<Self, ConfigError> {
        let origin = config::required(variable).await?;
        let parsed = origin.parse::<http::Uri>().ok();
        let is_origin = parsed.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.authority().is_some()
                && uri.path_and_query().is_none_or(|path| path == "/")
        });
        if !is_origin {
            return Err(ConfigError::invalid(
                variable,
                "not an origin without a path",
            ));
        }
        Ok(Self {
            domain,
            origin: origin.trim_end_matches('/').to_owned(),
            token: Mutex::new(None),
        })
    }

    /// Sends a request in the current trace and waits for the complete response, for at most `limit`, and no longer than
    /// the client of the present request.
    pub async fn call(
        &self,
        tokens: &ServiceTokens,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
        request_id: &str,
        limit: Duration,
    ) -> Result<ServiceResponse, CallError> {
        let unsendable = |error: &dyn std::fmt::Display| CallError::Unsendable(error.to_string());
        let bytes = match body {
            Some(body) => serde_json::to_vec(body).map_err(|error| unsendable(&error))?,
            None => Vec::new(),
        };
        let token = self.token(tokens).map_err(|error| unsendable(&error))?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(request_id::HEADER, request_id);
        if let Some(context) = TaskContext::current() {
            request = request.header(trace::TRACEPARENT, context.trace().parent());
            if let Some(state) = context.trace().state() {
                request = request.header(trace::TRACESTATE, state);
            }
        }
        if body.is_some() {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONTENT_LENGTH, bytes.len());
        }
        let request = request
            .body(Full::new(Bytes::from(bytes)))
            .map_err(|error| unsendable(&error))?;
        let exchange = async {
            let failed = |error: &dyn std::fmt::Debug| CallError::Failed(format!("{error:?}"));
            // `send` spawns the future that writes the request's body.
            let (sent, ()) = futures::join!(spin_sdk::http::send(request), yield_now());
            let response = sent.map_err(|error| failed(&error))?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| failed(&error))?;
            Ok(ServiceResponse {
                status: head.status,
                headers: head.headers,
                body: body.to_bytes(),
            })
        };
        let patience = TaskContext::patience_left().unwrap_or(limit);
        within(limit.min(patience), exchange).await?
    }

    /// A token for the service that is valid for at least another minute.
    fn token(&self, tokens: &ServiceTokens) -> Result<String, jsonwebtoken::errors::Error> {
        let Ok(mut kept) = self.token.lock() else {
            return Ok(tokens.mint(self.domain)?.0);
        };
        match kept.as_ref() {
            Some((token, end)) if *end > now() + 60 => Ok(token.clone()),
            _ => {
                let minted = tokens.mint(self.domain)?;
                Ok(kept.insert(minted).0.clone())
            }
        }
    }
}
