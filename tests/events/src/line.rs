//! The way from the hosts to the broker, on which its answers can be held up.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A TCP proxy before the broker. Dropped, it cuts everything.
pub struct Line {
    port: u16,
    held_up: watch::Sender<bool>,
    listening: JoinHandle<()>,
}

impl Line {
    /// Listens on a free port, and passes on to `broker`, be it there or not.
    pub async fn to(broker: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (held_up, state) = watch::channel(false);
        Ok(Self {
            port: listener.local_addr()?.port(),
            held_up,
            listening: tokio::spawn(accept(listener, broker, state)),
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the broker gets what it is sent, and nobody hears it answer.
    pub fn hold_up(&self) {
        self.held_up.send_replace(true);
    }

    /// Lets the answers through, those that were held up too.
    pub fn let_through(&self) {
        self.held_up.send_replace(false);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn accept(listener: TcpListener, broker: u16, held_up: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        // An error is of one connection that was gone before it was accepted.
        if let Ok((client, _)) = listener.accept().await {
            connections.spawn(pass_on(client, broker, held_up.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Until either side closes.
async fn pass_on(client: TcpStream, broker: u16, held_up: watch::Receiver<bool>) {
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
        _ = answers(&mut from_broker, to_client, held_up) => {}
    }
}

async fn answers(
    broker: &mut OwnedReadHalf,
    mut client: OwnedWriteHalf,
    mut held_up: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let length = broker.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        // Its sender lives as long as the proxy.
        let _ = held_up.wait_for(|held_up| !held_up).await;
        client.write_all(&buffer[..length]).await?;
    }
}
