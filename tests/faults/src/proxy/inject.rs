//! Forwarding a call with its fault.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use tokio::time::sleep;
use uuid::Uuid;

use super::copies::Copies;
use super::target::{Message, Target};
use super::{Fault, Release};

/// Neither HTML nor JSON, as from a broken gateway.
const GARBAGE: &[u8] = b"\x00\xff<html>{\"status\":\"CHARGED\",";

/// Forwards a message with a fault. `None` means that the connection is cut without an answer.
pub(super) async fn inject(
    target: &Target,
    copies: &Copies,
    order: Option<Uuid>,
    message: Message,
    fault: Fault,
) -> Option<Response<Bytes>> {
    match fault {
        Fault::None => target.send(message).await.ok(),
        Fault::Refused => None,
        Fault::AnswerLost => {
            let _lost = target.send(message).await;
            None
        }
        Fault::Status { code, arrives } => {
            if arrives {
                let _replaced = target.send(message).await;
            }
            Some(failure(code))
        }
        Fault::Garbage { code, arrives } => {
            if arrives {
                let _replaced = target.send(message).await;
            }
            Some(answer(code, "application/json", GARBAGE))
        }
        Fault::Slow(delay) => {
            sleep(delay).await;
            target.send(message).await.ok()
        }
        Fault::Twice => {
            let first = target.send(message.clone()).await;
            let _second = target.send(message).await;
            first.ok()
        }
        Fault::TwiceAtOnce => {
            let (first, _second) = tokio::join!(target.send(message.clone()), target.send(message));
            first.ok()
        }
        Fault::Copied => {
            if let Some(order) = order {
                copies.keep(order, message.clone());
            }
            target.send(message).await.ok()
        }
        Fault::Trapped(trap) => {
            if let Some(order) = order {
                trap.set(order);
            }
            target.send(message).await.ok()
        }
        Fault::Held {
            gate,
            arrives: true,
        } => {
            let answer = target.send(message).await;
            match gate.pass().await {
                Release::Pass => answer.ok(),
                Release::Cut => None,
            }
        }
        Fault::Held {
            gate,
            arrives: false,
        } => match gate.pass().await {
            Release::Pass => target.send(message).await.ok(),
            Release::Cut => None,
        },
    }
}

fn failure(code: u16) -> Response<Bytes> {
    let body = format!(
        "{{\"type\":\"about:blank\",\"title\":\"Fault\",\"status\":{code},\"detail\":\"on purpose\",\
         \"code\":\"ON_PURPOSE\",\"instance\":\"fault\"}}"
    );
    let mut answer = answer(code, "application/problem+json", body.as_bytes());
    if matches!(code, 429 | 503) {
        let seconds = header::HeaderValue::from_static("1");
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}

fn answer(code: u16, content_type: &'static str, body: &[u8]) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::copy_from_slice(body));
    *answer.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    let content_type = header::HeaderValue::from_static(content_type);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    answer
}
