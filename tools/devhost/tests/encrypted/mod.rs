//! An HTTPS server of a test.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use harness::raw_http::{ReceivedRequest, respond};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Starts a server that answers one request a connection with its path; it ends with the program.
pub fn start(config: Arc<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that does not trust the certificate breaks the connection.
            let _ = serve(stream, Arc::clone(&config));
        }
    });
    address
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    match ReceivedRequest::read(&mut stream)? {
        Some(request) => respond(&mut stream, 200, request.method_and_path().1),
        None => Ok(()),
    }
}
