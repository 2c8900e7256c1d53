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

/// A participant that counts calls, and answers 201 with the count.
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

/// The fault of the first attempt of each step; later attempts have none.
struct First(Fault);

impl FaultInjector for First {
    fn step(&self, call: &StepCall) -> Fault {
        match call.attempt {
            1 => self.0.clone(),
            _ => Fault::None,
        }
    }
}

struct ProxyFixture {
    proxy: Arc<Proxy>,
    order: Uuid,
    arrived: Arc<AtomicUsize>,
}

impl ProxyFixture {
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

/// Expects that the second call has no fault. Returns the status of the first call, and how often it arrived.
async fn first(fault: Fault) -> (Option<u16>, usize) {
    let fixture = ProxyFixture::of(fault).await;
    let status = fixture.put().await.map(|(status, _)| status);
    let arrived = fixture.arrived().await;
    assert_eq!(fixture.put().await.map(|(status, _)| status), Some(201));
    assert_eq!(fixture.arrived().await, arrived + 1);
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
    let fixture = ProxyFixture::of(Fault::Garbage {
        code: 200,
        arrives: true,
    })
    .await;
    let (status, body) = fixture.put().await.unwrap();
    assert_eq!((status, fixture.arrived().await), (200, 1));
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_err());
}

#[tokio::test]
async fn a_slow_call_arrives_after_its_caller_has_gone() {
    let fixture = ProxyFixture::of(Fault::Slow(Duration::from_millis(300))).await;
    let gave_up = timeout(Duration::from_millis(50), fixture.put()).await;
    assert!(gave_up.is_err());
    assert_eq!(fixture.arrived.load(Ordering::SeqCst), 0);
    let waited = Instant::now();
    assert_eq!(fixture.arrived().await, 1);
    assert!(waited.elapsed() > Duration::from_millis(100));
}

#[tokio::test]
async fn a_kept_copy_is_delivered_once_and_only_when_asked() {
    let fixture = ProxyFixture::of(Fault::Copied).await;
    assert_eq!(fixture.put().await.map(|(status, _)| status), Some(201));
    assert_eq!(fixture.arrived().await, 1);
    assert_eq!(fixture.proxy.deliver_copies(fixture.order).await, [201]);
    assert_eq!(fixture.arrived().await, 2);
    assert!(fixture.proxy.deliver_all_copies().await.is_empty());
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
        let fixture = Arc::new(
            ProxyFixture::of(Fault::Held {
                gate: gate.clone(),
                arrives,
            })
            .await,
        );
        let put = tokio::spawn({
            let fixture = Arc::clone(&fixture);
            async move { fixture.put().await }
        });
        assert!(gate.reached(SOON).await);
        sleep(Duration::from_millis(20)).await;
        assert_eq!(
            (fixture.arrived.load(Ordering::SeqCst), put.is_finished()),
            (before, false)
        );
        gate.open(release);
        assert_eq!(put.await.unwrap().map(|(status, _)| status), answered);
        assert_eq!((fixture.arrived().await, gate.arrivals()), (after, 1));
        // Later calls are not held.
        assert_eq!(fixture.put().await.map(|(status, _)| status), Some(201));
    }
}

#[tokio::test]
async fn a_closed_proxy_refuses_connections_until_it_opens() {
    let fixture = ProxyFixture::of(Fault::None).await;
    fixture.proxy.close().await;
    assert_eq!(fixture.put().await, None);
    fixture.proxy.open().await.unwrap();
    assert_eq!(fixture.put().await.map(|(status, _)| status), Some(201));
    assert_eq!(fixture.arrived().await, 1);
}

#[tokio::test]
async fn hosts_are_called_in_turn_and_a_dead_one_does_not_answer() {
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
    let fixture = ProxyFixture {
        proxy: Arc::new(proxy),
        order: Uuid::now_v7(),
        arrived,
    };
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(fixture.put().await.is_some());
    }
    assert_eq!(answers, [true, false, true, false]);
}
