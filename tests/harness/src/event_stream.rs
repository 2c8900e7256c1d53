//! A reader of server-sent events.

use std::time::Duration;

use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::time::timeout;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

/// A frame of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    Event(Event),
    Comment(String),
}

/// A stream of events.
pub struct EventStream {
    call: String,
    body: Incoming,
    unread: BytesMut,
}

impl EventStream {
    pub(crate) fn new(call: String, body: Incoming) -> Self {
        Self {
            call,
            body,
            unread: BytesMut::new(),
        }
    }

    /// The next frame, or `None` at the stream's end.
    ///
    /// # Panics
    /// When none comes within `patience` or the bytes are no server-sent events.
    pub async fn next(&mut self, patience: Duration) -> Option<Frame> {
        loop {
            if let Some(frame) = self.take() {
                return Some(frame);
            }
            let chunk = timeout(patience, self.body.frame())
                .await
                .unwrap_or_else(|_| {
                    panic!("{}: the stream was silent for {patience:?}", self.call)
                })?;
            let chunk =
                chunk.unwrap_or_else(|error| panic!("{}: the stream was cut: {error}", self.call));
            if let Ok(data) = chunk.into_data() {
                self.unread.extend_from_slice(&data);
            }
        }
    }

    /// Every event until the stream's end.
    ///
    /// # Panics
    /// When the stream does not end within `patience` after each frame.
    pub async fn rest(mut self, patience: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(frame) = self.next(patience).await {
            if let Frame::Event(event) = frame {
                events.push(event);
            }
        }
        assert!(
            self.unread.is_empty(),
            "{}: the stream ended inside of an event",
            self.call
        );
        events
    }

    fn take(&mut self) -> Option<Frame> {
        let end = self.unread.windows(2).position(|pair| pair == b"\n\n")?;
        let block = self.unread.split_to(end + 2);
        let block = std::str::from_utf8(&block)
            .unwrap_or_else(|error| panic!("{}: no UTF-8: {error}", self.call));
        Some(self.parse(block))
    }

    fn parse(&self, block: &str) -> Frame {
        let (mut name, mut id, mut data, mut comment) = (None, None, Vec::new(), None);
        for line in block.trim_end().lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" => comment = Some(value.to_owned()),
                "event" => name = Some(value.to_owned()),
                "id" => id = Some(value.to_owned()),
                "data" => data.push(value),
                "retry" => {}
                other => panic!(
                    "{}: the unknown field {other:?} in an event:\n{block}",
                    self.call
                ),
            }
        }
        if data.is_empty() {
            return Frame::Comment(comment.unwrap_or_default());
        }
        let data = serde_json::from_str(&data.join("\n")).unwrap_or_else(|error| {
            panic!("{}: data that is no JSON ({error}):\n{block}", self.call)
        });
        Frame::Event(Event {
            name: name.unwrap_or_else(|| "message".to_owned()),
            id,
            data,
        })
    }
}
