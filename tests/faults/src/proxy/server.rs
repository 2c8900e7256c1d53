//! The proxy's server: it accepts calls, counts attempts and forwards each call with its fault.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response, header, uri::PathAndQuery};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use super::call::step_of;
use super::copies::{Copies, InProgress};
use super::inject::inject;
use super::target::Message;
use super::{Fault, FaultInjector, Participant, StepCall, Target, Verb};

/// The proxy before one participant.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    participant: Participant,
    target: Target,
    injector: Arc<dyn FaultInjector>,
    attempts: Mutex<HashMap<(Uuid, Verb), u32>>,
    copies: Copies,
    in_progress: InProgress,
}

/// Closes the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
struct Cut;

impl Proxy {
    /// Listens on a free port of the loopback address.
    pub async fn start(
        participant: Participant,
        target: Target,
        injector: Arc<dyn FaultInjector>,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .with_context(|| format!("finding a port for the proxy before {participant}"))?;
        let shared = Arc::new(Shared {
            participant,
            target,
            injector,
            attempts: Mutex::default(),
            copies: Copies::default(),
            in_progress: InProgress::none(),
        });
        Ok(Self {
            address: listener.local_addr()?,
            listening: Mutex::new(Some(tokio::spawn(accept(listener, Arc::clone(&shared))))),
            shared,
        })
    }

    pub fn participant(&self) -> Participant {
        self.shared.participant
    }

    /// The origin that the order service calls instead of the participant's.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses connections and cuts the open ones. Calls that were already received still arrive at the participant.
    pub async fn close(&self) {
        let listening = self.listening().take();
        if let Some(listening) = listening {
            listening.abort();
            let _aborted = listening.await;
        }
    }

    /// Listens again on the same port.
    pub async fn open(&self) -> Result<()> {
        if self.listening().is_none() {
            let listener = TcpListener::bind(self.address)
                .await
                .with_context(|| format!("opening the proxy at {} again", self.address))?;
            *self.listening() = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
        }
        Ok(())
    }

    /// Delivers the copies of an order's calls and returns the statuses of their answers.
    pub async fn deliver_copies(&self, order: Uuid) -> Vec<u16> {
        self.deliver_all(self.shared.copies.take(order)).await
    }

    /// Delivers all copies and returns the statuses of their answers.
    pub async fn deliver_all_copies(&self) -> Vec<u16> {
        self.deliver_all(self.shared.copies.take_all()).await
    }

    async fn deliver_all(&self, copies: Vec<Message>) -> Vec<u16> {
        let mut statuses = Vec::new();
        for message in copies {
            if let Ok(answer) = self.shared.target.send(message).await {
                statuses.push(answer.status().as_u16());
            }
        }
        statuses
    }

    /// Waits until no call to the participant is in progress.
    pub async fn settled(&self) {
        self.shared.in_progress.finished().await;
    }

    fn listening(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.listening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(listening) = self.listening().take() {
            listening.abort();
        }
    }
}

/// Accepts connections until it is aborted, which cuts them.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        // An error concerns one connection (closed before it was accepted), not the listener.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve(stream, Arc::clone(&shared)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
    // It fails only where a connection was cut, here or by the caller.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let message = Message {
        method: head.method,
        path: head
            .uri
            .path_and_query()
            .cloned()
            .unwrap_or_else(|| PathAndQuery::from_static("/")),
        headers: head.headers,
        body,
    };
    let (order, fault) = shared.fault_for(&message);
    // A task of its own: the call arrives even if the caller is killed or stops waiting.
    let (sender, receiver) = oneshot::channel();
    let delivery = shared.in_progress.begin();
    tokio::spawn(async move {
        let answer = inject(&shared.target, &shared.copies, order, message, fault).await;
        drop(delivery);
        let _nobody_waits = sender.send(answer);
    });
    let answer = receiver.await.ok().flatten().ok_or(Cut)?;
    let (mut head, body) = answer.into_parts();
    for name in [
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::CONTENT_LENGTH,
    ] {
        head.headers.remove(name);
    }
    Ok(Response::from_parts(head, Full::new(body)))
}

impl Shared {
    fn fault_for(&self, message: &Message) -> (Option<Uuid>, Fault) {
        let step = step_of(self.participant, &message.method, message.path.path());
        let Some((verb, order)) = step else {
            return (None, self.injector.other());
        };
        let attempt = {
            let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
            let attempt = attempts.entry((order, verb)).or_default();
            *attempt += 1;
            *attempt
        };
        let fault = self.injector.step(&StepCall {
            participant: self.participant,
            verb,
            order,
            attempt,
            body: message.body.clone(),
        });
        (Some(order), fault)
    }
}
