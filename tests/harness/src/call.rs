//! One call. Its answer is checked against the conventions that all answers keep.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::time::timeout;

use crate::{answer::Answer, conformance, event_stream::EventStream, transport::Transport};

/// Longer than any answer may take, with `Prefer: wait=30` on a slow machine.
const PATIENCE: Duration = Duration::from_secs(45);

/// A call, not sent yet.
#[derive(Clone)]
pub struct Call {
    transport: Transport,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    pub(crate) fn new(transport: Transport, method: Method, path: String) -> Self {
        Self {
            transport,
            method,
            path,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header. The same name can be added twice.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header's value");
        self.headers.append(name, value);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub fn key(self, idempotency_key: &str) -> Self {
        self.header("idempotency-key", idempotency_key)
    }

    pub fn language(self, accepted: &str) -> Self {
        self.header("accept-language", accepted)
    }

    /// Adds a query to a path that has none yet.
    pub fn with_query(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    /// A JSON body with its content type.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Any body with this content type.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// A body without a content type.
    pub fn untyped_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it and checks the conventions.
    ///
    /// # Panics
    /// When there is no answer, or one that breaks a convention of the contract.
    pub async fn send(self) -> Answer {
        let call = self.clone();
        match self.try_send().await {
            Ok(answer) => {
                conformance::check(call.request_id(), &answer);
                answer
            }
            Err(error) => panic!("{call}: no answer: {error}"),
        }
    }

    /// Sends it, without checks.
    pub async fn try_send(self) -> Result<Answer, NoAnswer> {
        let shown = self.to_string();
        let whole = async {
            let (head, body) = self.exchange().await?.into_parts();
            let body = body
                .collect()
                .await
                .map_err(|error| NoAnswer(error.to_string()))?
                .to_bytes();
            Ok(Answer {
                call: shown,
                status: head.status.as_u16(),
                headers: head.headers,
                body,
            })
        };
        timeout(PATIENCE, whole)
            .await
            .unwrap_or_else(|_| Err(NoAnswer(format!("none within {PATIENCE:?}"))))
    }

    /// Sends it and reads the answer as server-sent events.
    ///
    /// # Panics
    /// When the answer is anything but a 200 `text/event-stream`.
    pub async fn events(self) -> EventStream {
        let shown = self.to_string();
        let answer = timeout(
            PATIENCE,
            self.header("accept", "text/event-stream").exchange(),
        )
        .await
        .unwrap_or_else(|_| panic!("{shown}: no answer within {PATIENCE:?}"))
        .unwrap_or_else(|error| panic!("{shown}: no answer: {error}"));
        let content_type = answer.headers().get(header::CONTENT_TYPE).cloned();
        assert!(
            answer.status() == 200
                && content_type
                    .as_ref()
                    .is_some_and(|it| it.as_bytes().starts_with(b"text/event-stream")),
            "{shown}: {} with content type {content_type:?} instead of a stream of events",
            answer.status(),
        );
        EventStream::new(shown, answer.into_body())
    }

    async fn exchange(self) -> Result<Response<Incoming>, NoAnswer> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.transport.url(&self.path))
            .body(Full::new(self.body))
            .expect("a path that is a URI's");
        *request.headers_mut() = self.headers;
        self.transport
            .http
            .request(request)
            .await
            .map_err(|error| NoAnswer::from_chain(&error))
    }

    fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (name, value) in &self.headers {
            if name != header::AUTHORIZATION && name != header::CONTENT_TYPE {
                write!(
                    f,
                    "\n  {name}: {}",
                    String::from_utf8_lossy(value.as_bytes())
                )?;
            }
        }
        if !self.body.is_empty() {
            let body = String::from_utf8_lossy(&self.body);
            write!(f, "\n  {}", body.chars().take(400).collect::<String>())?;
        }
        Ok(())
    }
}

/// There was no answer: the connection was refused, cut or silent.
#[derive(Debug, Clone)]
pub struct NoAnswer(String);

impl NoAnswer {
    fn from_chain(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
