//! A client of the API, for the seed, the demo and the checks.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::interrupt;

const ANSWER_LIMIT: Duration = Duration::from_secs(40);

/// A client of one running system.
#[derive(Clone)]
pub struct Client {
    base: String,
    language: &'static str,
    agent: Agent,
}

/// An answer of the API.
pub struct Answer {
    call: String,
    pub status: u16,
    pub body: Value,
}

impl Client {
    /// `base` is an origin; `language` is sent as `Accept-Language`.
    pub fn new(base: &str, language: &'static str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            language,
            agent,
        }
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn get(&self, path: &str, token: Option<&str>) -> Result<Answer> {
        self.send("GET", path, token, None)
    }

    pub fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Answer> {
        self.send("POST", path, token, Some(body))
    }

    /// A POST that takes no body.
    pub fn press(&self, path: &str, token: Option<&str>) -> Result<Answer> {
        self.send("POST", path, token, None)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer> {
        interrupt::check()?;
        let mut answer = self.request(method, path, token, "application/json", body)?;
        let status = answer.status().as_u16();
        let text = answer
            .body_mut()
            .read_to_string()
            .with_context(|| format!("reading the answer to {method} {path}"))?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer {
            call: format!("{method} {path}"),
            status,
            body,
        })
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        accept: &str,
        body: Option<&Value>,
    ) -> Result<Response<ureq::Body>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("accept", accept)
            .header("accept-language", self.language);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        // A stream has its own end; everything else answers or is given up.
        let limit = (accept != "text/event-stream").then_some(ANSWER_LIMIT);
        let sent = match body {
            Some(body) => {
                let request = request
                    .header("content-type", "application/json")
                    .body(body.to_string())?;
                self.agent.run(
                    self.agent
                        .configure_request(request)
                        .timeout_global(limit)
                        .build(),
                )
            }
            None => self.agent.run(
                self.agent
                    .configure_request(request.body(())?)
                    .timeout_global(limit)
                    .build(),
            ),
        };
        sent.with_context(|| format!("{method} {}{path}", self.base))
    }

    /// Reads a stream of server-sent events to its end, giving `each` the name and the data of every event.
    pub fn follow(
        &self,
        path: &str,
        token: &str,
        mut each: impl FnMut(&str, Value) -> Result<()>,
    ) -> Result<()> {
        let answer = self.request("GET", path, Some(token), "text/event-stream", None)?;
        if answer.status().as_u16() != 200 {
            bail!(
                "GET {path} answered {} instead of a stream of events",
                answer.status().as_u16()
            );
        }
        let (mut name, mut data) = (String::new(), String::new());
        for line in BufReader::new(answer.into_body().into_reader()).lines() {
            interrupt::check()?;
            let line = line.with_context(|| format!("reading the events of {path}"))?;
            match line.split_once(": ").or_else(|| line.split_once(':')) {
                Some(("event", value)) => value.clone_into(&mut name),
                Some(("data", value)) => data.push_str(value),
                Some(_) => {}
                None if line.is_empty() && !data.is_empty() => {
                    each(
                        &name,
                        serde_json::from_str(&data).context("an event whose data are no JSON")?,
                    )?;
                    name.clear();
                    data.clear();
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Whether the system answers at all.
    pub fn is_there(&self) -> bool {
        let request = Request::get(format!("{}/api/orders/healthz", self.base)).body(());
        let Ok(request) = request else { return false };
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(Duration::from_secs(2)))
            .build();
        self.agent
            .run(request)
            .is_ok_and(|answer| answer.status().as_u16() == 200)
    }

    /// Logs in; returns the access token.
    pub fn log_in(&self, email: &str, password: &str) -> Result<String> {
        let answer = self.post(
            "/api/auth/login",
            None,
            &serde_json::json!({"email": email, "password": password}),
        )?;
        let body = answer
            .expect(&[200])
            .with_context(|| format!("logging in as {email}"))?;
        body.text("accessToken")
    }
}

impl Answer {
    /// The body, when the status is one of `expected`.
    pub fn expect(self, expected: &[u16]) -> Result<Body> {
        if expected.contains(&self.status) {
            return Ok(Body {
                call: self.call,
                value: self.body,
            });
        }
        bail!(
            "{} answered {}{}",
            self.call,
            self.status,
            Problem(&self.body)
        )
    }
}

/// The part of a problem that helps.
struct Problem<'a>(&'a Value);

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name| self.0.get(name).and_then(Value::as_str);
        if let Some(code) = text("code") {
            write!(f, " {code}")?;
        }
        if let Some(detail) = text("detail") {
            write!(f, ": {detail}")?;
        }
        match self.0.get("errors").and_then(Value::as_array) {
            Some(errors) if !errors.is_empty() => write!(f, " {}", Value::Array(errors.clone())),
            _ => Ok(()),
        }
    }
}

/// A body whose fields are read by name, with an error that names the call when one is missing.
#[derive(Clone, Debug)]
pub struct Body {
    call: String,
    pub value: Value,
}

impl Body {
    pub fn text(&self, name: &str) -> Result<String> {
        self.field(name, Value::as_str).map(str::to_owned)
    }

    pub fn number(&self, name: &str) -> Result<i64> {
        self.field(name, Value::as_i64)
    }

    pub fn list(&self, name: &str) -> Result<&Vec<Value>> {
        self.field(name, Value::as_array)
    }

    fn field<'a, T>(&'a self, name: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<T> {
        let found = self.value.get(name).and_then(read);
        found.with_context(|| {
            format!(
                "{} answered without a proper `{name}`: {}",
                self.call, self.value
            )
        })
    }
}
