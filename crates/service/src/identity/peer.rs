//! Calls to other services of ours.

use std::{sync::Mutex, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde::Serialize;

use crate::{
    background::yield_now,
    config::{self, ConfigError},
    domain::Domain,
    identity::token,
    state::Service,
    telemetry::{trace, work::Work},
    timer::{TimedOut, within},
};

/// A service that this one calls.
pub struct Callee {
    domain: Domain,
    /// An origin without a path: `http://billing.spin.internal`.
    origin: String,
    /// The last token made for it, and when that ends; kept to spare the signing.
    token: Mutex<Option<(String, i64)>>,
}

/// What a callee answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// No whole answer came. The call may or may not have had its effect.
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

impl Callee {
    /// The service at the origin that the variable names.
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

    /// Sends a request, in the trace of the present work, and waits for the whole answer, for `limit` at
    /// the most.
    pub async fn call(
        &self,
        caller: &Service,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
        request_id: &str,
        limit: Duration,
    ) -> Result<Answer, CallError> {
        let unsendable = |error: &dyn std::fmt::Display| CallError::Unsendable(error.to_string());
        let bytes = match body {
            Some(body) => serde_json::to_vec(body).map_err(|error| unsendable(&error))?,
            None => Vec::new(),
        };
        let token = self.token(caller).map_err(|error| unsendable(&error))?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(crate::web::request_id::HEADER, request_id);
        if let Some(work) = Work::current() {
            request = request.header(trace::TRACEPARENT, work.trace().parent());
            if let Some(state) = work.trace().state() {
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
            // The request's body is written by a task that `send` spawns.
            let (sent, ()) = futures::join!(spin_sdk::http::send(request), yield_now());
            let response = sent.map_err(|error| failed(&error))?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| failed(&error))?;
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: body.to_bytes(),
            })
        };
        within(limit, exchange).await?
    }

    /// A token for the callee that is good for a minute at least.
    fn token(&self, caller: &Service) -> Result<String, jsonwebtoken::errors::Error> {
        let Ok(mut kept) = self.token.lock() else {
            return caller
                .service_tokens()
                .mint(self.domain)
                .map(|(token, _)| token);
        };
        match kept.as_ref() {
            Some((token, end)) if *end > token::now() + 60 => Ok(token.clone()),
            _ => {
                let minted = caller.service_tokens().mint(self.domain)?;
                Ok(kept.insert(minted).0.clone())
            }
        }
    }
}
