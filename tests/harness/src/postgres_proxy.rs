//! A proxy between a service and PostgreSQL that breaks what passes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What happens to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Every third statement is carried out, and the connection breaks before its result arrives.
    ResultLost,
    /// Nothing passes in either direction, and no connection is closed.
    HalfOpen,
    /// All that the server says arrives so much later.
    Slow(Duration),
    /// Connections break, and new ones are refused with this SQLSTATE.
    Refused(&'static str),
}

/// A proxy. It ends with the runtime.
pub struct PostgresProxy {
    /// `host:port`.
    pub address: String,
    fault: watch::Sender<Fault>,
}

impl PostgresProxy {
    /// In front of the server at `host:port`.
    pub async fn in_front_of(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        let (fault, faults) = watch::channel(Fault::None);
        let server = server.to_owned();
        let statements = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (faults, server) = (faults.clone(), server.clone());
                tokio::spawn(pass(client, server, faults, Arc::clone(&statements)));
            }
        });
        Self { address, fault }
    }

    /// From now on this happens.
    pub fn inject(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }
}

/// Passes a connection on until it ends or breaks; then both ends are closed.
async fn pass(
    mut client: TcpStream,
    server: String,
    faults: watch::Receiver<Fault>,
    statements: Arc<AtomicUsize>,
) {
    let fault = *faults.borrow();
    if let Fault::Refused(code) = fault {
        // The client says first who it is.
        if let Ok(1..) = client.read(&mut [0; 1024]).await {
            client.write_all(&refusal(code)).await.ok();
        }
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = requests(from_client, to_server, faults.clone()) => {}
        () = answers(from_server, to_client, faults.clone(), &statements) => {}
        () = broken(faults) => {}
    }
}

/// Ends when new connections are refused.
async fn broken(mut faults: watch::Receiver<Fault>) {
    let refused = |fault: &Fault| matches!(fault, Fault::Refused(_));
    if faults.wait_for(refused).await.is_err() {
        std::future::pending().await
    }
}

/// Waits while nothing passes. Returns false when the connection has been dead meanwhile.
async fn passes(faults: &mut watch::Receiver<Fault>) -> bool {
    let half_open = *faults.borrow() == Fault::HalfOpen;
    if half_open {
        let over = faults.wait_for(|fault| *fault != Fault::HalfOpen);
        over.await.ok();
    }
    !half_open
}

async fn requests(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    mut faults: watch::Receiver<Fault>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = client.read(&mut bytes).await {
        if !passes(&mut faults).await || server.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}

async fn answers(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    mut faults: watch::Receiver<Fault>,
    statements: &AtomicUsize,
) {
    let mut received = Vec::new();
    while let Ok(1..) = server.read_buf(&mut received).await {
        let fault = *faults.borrow();
        if let Fault::Slow(delay) = fault {
            tokio::time::sleep(delay).await;
        }
        if !passes(&mut faults).await {
            return;
        }
        while let Some(length) = first_message(&received) {
            let message: Vec<u8> = received.drain(..length).collect();
            let completed = message[0] == b'C';
            if completed && fault == Fault::ResultLost {
                let number = statements.fetch_add(1, Ordering::Relaxed);
                if number % 3 == 2 {
                    return;
                }
            }
            if client.write_all(&message).await.is_err() {
                return;
            }
        }
    }
}

/// The length of the first message of the server, once it is here whole: a type, and a length that counts itself.
fn first_message(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(1..5)?.try_into().expect("four bytes");
    let length = 1 + usize::try_from(u32::from_be_bytes(length)).expect("a length");
    (bytes.len() >= length).then_some(length)
}

/// An ErrorResponse of this SQLSTATE.
fn refusal(code: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0Mrefused by a test\0\0");
    let length = u32::try_from(fields.len() + 4).expect("a short message");
    let mut message = vec![b'E'];
    message.extend(length.to_be_bytes());
    message.extend(fields.as_bytes());
    message
}
