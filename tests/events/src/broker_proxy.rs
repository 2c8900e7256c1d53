//! A proxy between the hosts and the broker that can hold the broker's answers, and counts connections.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How many connections there were in all, and at most at the same time.
#[derive(Default)]
struct Counts {
    open: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
}

/// A TCP proxy before the broker. Dropping it cuts all connections.
pub struct BrokerProxy {
    port: u16,
    held: watch::Sender<bool>,
    counts: Arc<Counts>,
    listening: JoinHandle<()>,
}

impl BrokerProxy {
    /// Listens on a free port and forwards to the port `broker`, whether it listens or not.
    pub async fn to(broker: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (held, state) = watch::channel(false);
        let counts = Arc::<Counts>::default();
        Ok(Self {
            port: listener.local_addr()?.port(),
            held,
            counts: Arc::clone(&counts),
            listening: tokio::spawn(accept(listener, broker, state, counts)),
        })
    }

    /// How many connections the hosts have made since the last call, and how many they held at most at the same time.
    pub fn take_counts(&self) -> (usize, usize) {
        let Counts { open, most, all } = &*self.counts;
        let now = open.load(Ordering::Relaxed);
        (
            all.swap(0, Ordering::Relaxed),
            most.swap(now, Ordering::Relaxed),
        )
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds the broker's answers; what is sent to it still arrives.
    pub fn hold_answers(&self) {
        self.held.send_replace(true);
    }

    /// Forwards the held answers, and later ones at once.
    pub fn release_answers(&self) {
        self.held.send_replace(false);
    }
}

impl Drop for BrokerProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn accept(
    listener: TcpListener,
    broker: u16,
    held: watch::Receiver<bool>,
    counts: Arc<Counts>,
) {
    let mut connections = JoinSet::new();
    loop {
        // An error concerns one connection that was closed before it was accepted.
        if let Ok((client, _)) = listener.accept().await {
            let (held, counts) = (held.clone(), Arc::clone(&counts));
            connections.spawn(async move {
                counts.all.fetch_add(1, Ordering::Relaxed);
                let open = counts.open.fetch_add(1, Ordering::Relaxed) + 1;
                counts.most.fetch_max(open, Ordering::Relaxed);
                forward(client, broker, held).await;
                counts.open.fetch_sub(1, Ordering::Relaxed);
            });
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Forwards in both directions until either side closes.
async fn forward(client: TcpStream, broker: u16, held: watch::Receiver<bool>) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, broker));
    let Ok(broker) = TcpStream::connect(address).await else {
        return;
    };
    let _ = (client.set_nodelay(true), broker.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (mut from_broker, to_broker) = broker.into_split();
    let mut from_client = from_client;
    let mut to_broker = to_broker;
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_broker) => {}
        _ = answers(&mut from_broker, to_client, held) => {}
    }
}

async fn answers(
    broker: &mut OwnedReadHalf,
    mut client: OwnedWriteHalf,
    mut held: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let length = broker.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        // Its sender lives as long as the proxy.
        let _ = held.wait_for(|held| !held).await;
        client.write_all(&buffer[..length]).await?;
    }
}
