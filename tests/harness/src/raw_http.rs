//! HTTP/1.1 as bytes on a socket, for tests that look at the bytes or run without a runtime.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long either end may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer, read to the end of its connection.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl RawAnswer {
    /// The value of a header, the first if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body of an answer that has to be a 200.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.body
    }

    /// The JSON body of an answer that has to be a 200.
    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("JSON")
    }

    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no HTTP: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.unwrap_or_else(|| panic!("no status: {head}")),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }
}

/// Sends one request over a connection of its own.
///
/// # Panics
/// When there is no answer, or one that is no HTTP.
pub fn request(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> RawAnswer {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    RawAnswer::parse(&exchange(address, request.as_bytes()))
}

/// Sends these bytes over a connection of their own, and returns all that comes back until it is closed.
///
/// # Panics
/// When the connection cannot be made, breaks, or stays silent and open.
pub fn exchange(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    stream.write_all(bytes).expect("sending the request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("reading the answer");
    answer
}

/// Sends these bytes over a connection of their own, ends its own side of it, and returns the answer; `None` when the
/// connection is closed without one.
///
/// # Panics
/// When the connection cannot be made, or stays silent and open.
pub fn break_off(address: &str, bytes: &[u8]) -> Option<RawAnswer> {
    let mut stream = connect(address);
    stream.write_all(bytes).expect("sending the request");
    stream
        .shutdown(Shutdown::Write)
        .expect("ending the request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("reading the answer");
    (!answer.is_empty()).then(|| RawAnswer::parse(&answer))
}

/// Sends the beginning of a request, and then a byte each second until there is an answer. Returns it, and how long it
/// took.
///
/// # Panics
/// When the connection cannot be made, or is closed without an answer, or when there is none after `limit`.
pub fn dribble(address: &str, beginning: &[u8], limit: Duration) -> (RawAnswer, Duration) {
    let mut stream = connect(address);
    stream.write_all(beginning).expect("sending the request");
    let pause = Some(Duration::from_secs(1));
    stream.set_read_timeout(pause).expect("setting a timeout");
    let began = Instant::now();
    let mut first = [0; 16 * 1024];
    loop {
        match stream.read(&mut first) {
            Ok(length) => {
                let took = began.elapsed();
                let mut answer = first[..length].to_vec();
                // The rest, until the service closes the connection.
                stream.read_to_end(&mut answer).ok();
                return (RawAnswer::parse(&answer), took);
            }
            Err(_) if began.elapsed() < limit => stream.write_all(b" ").expect("another byte"),
            Err(error) => panic!("no answer after {limit:?}: {error}"),
        }
    }
}

/// A connection that gives up when the other end is silent for too long.
///
/// # Panics
/// When it cannot be made.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connecting");
    let limit = Some(PATIENCE);
    stream.set_read_timeout(limit).expect("setting a timeout");
    stream
}

/// A request that a test's own server has received.
#[derive(Clone, Debug, Default)]
pub struct ReceivedRequest {
    /// The request line and the headers, as they came, without the empty line.
    pub head: String,
    pub body: Vec<u8>,
}

impl ReceivedRequest {
    /// Reads the next request of a connection; `None` when the client has closed it. Only bodies with a
    /// `content-length` are understood.
    ///
    /// # Errors
    /// When the connection breaks in the middle of a request.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte)? == 0 {
                return match head.is_empty() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).trim_end().to_owned();
        let mut request = Self {
            head,
            body: Vec::new(),
        };
        let length = request.header("content-length").map_or(Ok(0), str::parse);
        request.body = vec![0; length.map_err(io::Error::other)?];
        stream.read_exact(&mut request.body)?;
        Ok(Some(request))
    }

    /// `POST` and `/path`, for example.
    pub fn method_and_path(&self) -> (&str, &str) {
        let mut words = self.head.split(' ');
        (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        )
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        headers
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Answers a request with this status and body, and keeps the connection.
///
/// # Errors
/// When the client is gone.
pub fn respond(stream: &mut impl Write, status: u16, body: &str) -> io::Result<()> {
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} Test\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes())
}
