//! A request's body. It is read to its end before the request is routed, so that a request whose body breaks
//! off or never ends changes nothing and holds nothing for long.

use std::{fmt::Debug, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;

use crate::{
    telemetry::log,
    timer::{TimedOut, within},
    web::problem::Problem,
};

/// The largest body that is accepted, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive whole.
const LIMIT: Duration = Duration::from_secs(10);

/// A body that has arrived.
#[derive(Clone, Debug)]
pub enum ReceivedBody {
    Complete(Bytes),
    /// Larger than is accepted; the rest was not read.
    TooLarge,
}

/// A body that broke off: it is shorter than its `content-length`, or lacks its last chunk.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BrokenOff(String);

impl ReceivedBody {
    /// Waits for the body of a request with these headers. Fails with 400 when it breaks off, and with 408 when
    /// its end does not come in time.
    pub(super) async fn receive<B>(headers: &HeaderMap, body: B) -> Result<Self, Problem>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Debug,
    {
        match within(LIMIT, Self::read(headers, body)).await {
            Ok(Ok(received)) => Ok(received),
            Ok(Err(broken)) => {
                log::warn("a body broke off", &[("cause", &broken)]);
                Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "INCOMPLETE_BODY",
                    "The body broke off; nothing was done.",
                ))
            }
            Err(TimedOut(limit)) => Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "REQUEST_TIMEOUT",
                format!(
                    "The body did not end within {} s; nothing was done.",
                    limit.as_secs()
                ),
            )),
        }
    }

    async fn read<B>(headers: &HeaderMap, mut body: B) -> Result<Self, BrokenOff>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Debug,
    {
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            match frame.map(|frame| frame.into_data()) {
                Ok(Ok(data)) => bytes.extend_from_slice(&data),
                // Trailers.
                Ok(Err(_)) => {}
                Err(error) => return Err(BrokenOff(format!("{error:?}"))),
            }
            if bytes.len() > MAX_BYTES {
                return Ok(Self::TooLarge);
            }
        }
        // The host compares too, but the body of another component that ends in the middle can look complete.
        match content_length(headers) {
            Some(length) if length != bytes.len() => {
                Err(BrokenOff(format!("{} bytes came of {length}", bytes.len())))
            }
            _ => Ok(Self::Complete(bytes.freeze())),
        }
    }
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, stream};
    use http::HeaderValue;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    fn read(length: Option<usize>, frames: &[Result<&str, &str>]) -> Result<String, String> {
        let frames: Vec<Result<Frame<Bytes>, String>> = frames
            .iter()
            .map(|frame| match *frame {
                Ok(data) => Ok(Frame::data(Bytes::copy_from_slice(data.as_bytes()))),
                Err(cause) => Err(cause.to_owned()),
            })
            .collect();
        let length = length.map(|length| (header::CONTENT_LENGTH, HeaderValue::from(length)));
        let headers = HeaderMap::from_iter(length);
        let body = StreamBody::new(stream::iter(frames));
        match ReceivedBody::read(&headers, body).now_or_never().unwrap() {
            Ok(ReceivedBody::Complete(bytes)) => Ok(String::from_utf8(bytes.into()).unwrap()),
            Ok(ReceivedBody::TooLarge) => Ok("too large".into()),
            Err(broken) => Err(broken.to_string()),
        }
    }

    #[test]
    fn a_whole_body_is_complete() {
        assert_eq!(read(None, &[Ok("{"), Ok("}")]).as_deref(), Ok("{}"));
        assert_eq!(read(Some(2), &[Ok("{"), Ok("}")]).as_deref(), Ok("{}"));
        assert_eq!(read(None, &[]).as_deref(), Ok(""));
        assert_eq!(read(Some(0), &[]).as_deref(), Ok(""));
    }

    #[test]
    fn a_body_that_breaks_off_is_never_complete() {
        assert!(read(None, &[Ok("{}"), Err("reset")]).is_err());
        assert!(read(Some(3), &[Ok("{}")]).is_err());
        assert!(read(Some(2), &[]).is_err());
    }

    #[test]
    fn a_large_body_is_not_read_to_its_end() {
        let large = "x".repeat(MAX_BYTES + 1);
        let frames = [Ok(large.as_str()), Err("not reached")];
        assert_eq!(read(None, &frames).as_deref(), Ok("too large"));
        assert!(read(None, &[Ok(&large[1..])]).is_ok());
    }
}
