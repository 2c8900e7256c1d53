//! Requests to the participant.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use uuid::Uuid;

/// The part of a URL that stands for the order's id.
pub(crate) const PLACEHOLDER: &str = "{orderId}";

/// The participant and what it is sent. Each check uses a new order's id and undoes its step at the end, so the
/// participant has to be able to do one step at a time, and as many one after the other as there are checks.
#[derive(Clone, Debug)]
pub struct Target {
    /// An `http` URL with the placeholder `{orderId}`.
    pub url: String,
    /// A bearer token that the participant accepts.
    pub token: String,
    /// The JSON body of a step that can be done.
    pub body: String,
    /// Another JSON body, valid too.
    pub other_body: String,
    /// The JSON body of a step that is refused with a definite no, if there is one.
    pub refused_body: Option<String>,
    /// How often each race is run.
    pub rounds: usize,
}

/// A message of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Put,
    PutOther,
    PutRefused,
    Delete,
}

impl fmt::Display for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Put => "PUT",
            Self::PutOther => "PUT other",
            Self::PutRefused => "PUT refused",
            Self::Delete => "DELETE",
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub status: u16,
    /// Null when the body is no JSON.
    pub body: Value,
    text: String,
}

impl Answer {
    /// A text member of the body; empty when it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.status, self.text)
    }
}

#[derive(Debug)]
pub(crate) struct Client<'a> {
    target: &'a Target,
    agent: Agent,
}

impl<'a> Client<'a> {
    pub fn new(target: &'a Target) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        Self {
            target,
            agent: config.into(),
        }
    }

    pub fn rounds(&self) -> usize {
        self.target.rounds
    }

    pub fn has_refused_body(&self) -> bool {
        self.target.refused_body.is_some()
    }

    pub fn send(&self, message: Message, order: Uuid) -> Result<Answer, String> {
        self.send_with(message, &order.to_string(), Some(&self.target.token))
    }

    /// Sends a message with any id and any token. An error says what was sent and what went wrong.
    pub fn send_with(
        &self,
        message: Message,
        id: &str,
        token: Option<&str>,
    ) -> Result<Answer, String> {
        let url = self.target.url.replace(PLACEHOLDER, id);
        let body = match message {
            Message::Delete => None,
            Message::Put => Some(&self.target.body),
            Message::PutOther => Some(&self.target.other_body),
            Message::PutRefused => self.target.refused_body.as_ref(),
        };
        let authorization = token.map(|token| format!("Bearer {token}"));
        let response = match body {
            Some(body) => {
                let mut request = self
                    .agent
                    .put(&url)
                    .header("content-type", "application/json");
                if let Some(authorization) = &authorization {
                    request = request.header("authorization", authorization);
                }
                request.send(body.as_str())
            }
            None => {
                let mut request = self.agent.delete(&url);
                if let Some(authorization) = &authorization {
                    request = request.header("authorization", authorization);
                }
                request.call()
            }
        };
        let failed = |error: ureq::Error| format!("{message} {url}: no answer: {error}");
        let mut response = response.map_err(failed)?;
        let text = response.body_mut().read_to_string().map_err(failed)?;
        Ok(Answer {
            status: response.status().as_u16(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        })
    }
}
