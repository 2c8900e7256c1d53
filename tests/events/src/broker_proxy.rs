//! A proxy between the hosts and the broker that can hold the broker's answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A TCP proxy before the broker. Dropping it cuts all connections.
pub struct BrokerProxy {
    port: u16,
    held: watch::Sender<bool>,
    listening: JoinHandle<()>,
}

impl BrokerProxy {
    /// Listens on a free port and forwards to the port `broker`, whether it listens or not.
    pub async fn to(broker: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (held, state) = watch::channel(false);
        Ok(Self {
            port: listener.local_addr()?.port(),
            held,
            listening: tokio::spawn(accept(listener, broker, state)),
        })
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

async fn accept(listener: TcpListener, broker: u16, held: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        // An error concerns one connection that was closed before it was accepted.
        if let Ok((client, _)) = listener.accept().await {
            connections.spawn(forward(client, broker, held.clone()));
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
