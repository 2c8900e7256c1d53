use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::*;

const SOON: Duration = Duration::from_secs(5);

/// A participant that counts what arrives, and answers 201 with its number.
async fn counter() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (
        listener.local_addr().unwrap(),
        Arc::new(AtomicUsize::new(0)),
    );
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let counted = Arc::clone(&counted);
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let counted = Arc::clone(&counted);
                async move {
                    request.into_body().collect().await?;
                    let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
                    let body = Full::new(Bytes::from(number.to_string()));
                    Response::builder()
                        .status(201)
                        .body(body)
                        .map_err(anyhow::Error::from)
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (address, count)
}

/// The fault of the first attempt of each step; further ones meet none.
struct First(Fault);

impl Script for First {
    fn step(&self, call: &StepCall) -> Fault {
        match call.attempt {
            1 => self.0.clone(),
            _ => Fault::None,
        }
    }
}

struct Trial {
    proxy: Arc<Proxy>,
    order: Uuid,
    arrived: Arc<AtomicUsize>,
}

impl Trial {
    async fn of(fault: Fault) -> Self {
        let (address, arrived) = counter().await;
        let target = Target::new(&[address]);
        let proxy = Proxy::start(Participant::Billing, target, Arc::new(First(fault)))
            .await
            .unwrap();
        Self {
            proxy: Arc::new(proxy),
            order: Uuid::now_v7(),
            arrived,
        }
    }

    /// The status and body of the answer, `None` when there is none.
    async fn put(&self) -> Option<(u16, Bytes)> {
        let uri = format!(
            "{}/internal/billing/charges/{}",
            self.proxy.url(),
            self.order
        );
        let request = Request::builder()
            .method(Method::PUT)
            .uri(uri)
            .body(Full::new(Bytes::from_static(b"{}")))
            .unwrap();
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.into_body().collect().await.ok()?.to_bytes()))
    }

    async fn arrived(&self) -> usize {
        self.proxy.settled().await;
        self.arrived.load(Ordering::SeqCst)
    }
}

/// What the caller gets of a first call, how often that arrives, and that the second call is sound.
async fn first(fault: Fault) -> (Option<u16>, usize) {
    let trial = Trial::of(fault).await;
    let status = trial.put().await.map(|(status, _)| status);
    let arrived = trial.arrived().await;
    assert_eq!(trial.put().await.map(|(status, _)| status), Some(201));
    assert_eq!(trial.arrived().await, arrived + 1);
    (status, arrived)
}

#[tokio::test]
async fn each_fault_does_what_its_name_says() {
    let status = |code, arrives| Fault::Status { code, arrives };
    assert_eq!(first(Fault::None).await, (Some(201), 1));
    assert_eq!(first(Fault::Refused).await, (None, 0));
    assert_eq!(first(Fault::AnswerLost).await, (None, 1));
    assert_eq!(first(status(500, false)).await, (Some(500), 0));
    assert_eq!(first(status(429, true)).await, (Some(429), 1));
    assert_eq!(first(Fault::Twice).await, (Some(201), 2));
    assert_eq!(first(Fault::TwiceAtOnce).await, (Some(201), 2));
}

#[tokio::test]
async fn garbage_is_no_json() {
    let trial = Trial::of(Fault::Garbage {
        code: 200,
        arrives: true,
    })
    .await;
    let (status, body) = trial.put().await.unwrap();
    assert_eq!((status, trial.arrived().await), (200, 1));
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_err());
}

#[tokio::test]
async fn a_slow_call_arrives_after_its_caller_has_gone() {
    let trial = Trial::of(Fault::Slow(Duration::from_millis(300))).await;
    let gave_up = timeout(Duration::from_millis(50), trial.put()).await;
    assert!(gave_up.is_err());
    assert_eq!(trial.arrived.load(Ordering::SeqCst), 0);
    let waited = Instant::now();
    assert_eq!(trial.arrived().await, 1);
    assert!(waited.elapsed() > Duration::from_millis(100));
}

#[tokio::test]
async fn a_kept_copy_is_delivered_once_and_only_when_asked() {
    let trial = Trial::of(Fault::Kept).await;
    assert_eq!(trial.put().await.map(|(status, _)| status), Some(201));
    assert_eq!(trial.arrived().await, 1);
    assert_eq!(trial.proxy.deliver_kept(trial.order).await, [201]);
    assert_eq!(trial.arrived().await, 2);
    assert!(trial.proxy.deliver_all_kept().await.is_empty());
}

#[tokio::test]
async fn a_gate_holds_the_call_or_its_answer() {
    for (arrives, release, answered, before, after) in [
        (false, Release::Pass, Some(201), 0, 1),
        (false, Release::Cut, None, 0, 0),
        (true, Release::Pass, Some(201), 1, 1),
        (true, Release::Cut, None, 1, 1),
    ] {
        let gate = Gate::closed();
        let trial = Arc::new(
            Trial::of(Fault::Held {
                gate: gate.clone(),
                arrives,
            })
            .await,
        );
        let put = tokio::spawn({
            let trial = Arc::clone(&trial);
            async move { trial.put().await }
        });
        assert!(gate.reached(SOON).await);
        sleep(Duration::from_millis(20)).await;
        assert_eq!(
            (trial.arrived.load(Ordering::SeqCst), put.is_finished()),
            (before, false)
        );
        gate.open(release);
        assert_eq!(put.await.unwrap().map(|(status, _)| status), answered);
        assert_eq!((trial.arrived().await, gate.arrivals()), (after, 1));
        // Whoever comes after that is not held.
        assert_eq!(trial.put().await.map(|(status, _)| status), Some(201));
    }
}

#[tokio::test]
async fn a_closed_proxy_refuses_connections_until_it_opens() {
    let trial = Trial::of(Fault::None).await;
    trial.proxy.close().await;
    assert_eq!(trial.put().await, None);
    trial.proxy.open().await.unwrap();
    assert_eq!(trial.put().await.map(|(status, _)| status), Some(201));
    assert_eq!(trial.arrived().await, 1);
}

#[tokio::test]
async fn hosts_take_turns_and_a_dead_one_does_not_answer() {
    let (alive, arrived) = counter().await;
    let dead = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let target = Target::new(&[alive, dead]);
    let proxy = Proxy::start(Participant::Billing, target, Arc::new(First(Fault::None)))
        .await
        .unwrap();
    let trial = Trial {
        proxy: Arc::new(proxy),
        order: Uuid::now_v7(),
        arrived,
    };
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(trial.put().await.is_some());
    }
    assert_eq!(answers, [true, false, true, false]);
}
