//! Passing one connection on.

use std::{
    collections::{HashMap, VecDeque},
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    fault::Fault,
    messages,
    shared::Shared,
    trap::{GIVEN_UP_AFTER, StatementFault},
};

/// A connection that is passed on.
struct Passing {
    shared: Arc<Shared>,
    faults: watch::Receiver<Fault>,
    answers: Mutex<Answers>,
}

/// What becomes of the server's answers on a connection.
struct Answers {
    /// Of each that is still to come, in their order. The first is that to the connection's begin.
    coming: VecDeque<Answer>,
    /// Nothing passes any more.
    silent: bool,
    /// They arrive so much later until then.
    slow: Option<(Duration, Instant)>,
}

/// What becomes of an answer, which ends with ReadyForQuery.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Passes,
    /// The connection breaks when it is here.
    Lost,
    /// The connection breaks when the server breaks it.
    Withheld,
    /// The statement was not sent; the answer is this SQLSTATE.
    Fails(&'static str),
}

/// Passes a connection on until it ends or breaks; then both ends are closed.
pub(super) async fn pass(client: TcpStream, server: String, shared: Arc<Shared>) {
    // It fails where an end closes the connection.
    let _ = begin(client, server, shared).await;
}

async fn begin(mut client: TcpStream, server: String, shared: Arc<Shared>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut faults = shared.subscribe();
    let mut received = Vec::new();
    let startup = loop {
        if let Some(startup) = messages::take_startup(&mut received) {
            break startup;
        }
        if client.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    };
    let fault = shared.fault();
    if !matches!(fault, Fault::None) {
        shared.count_fault();
    }
    if let Fault::Refused(code) = fault {
        return client.write_all(&messages::error(code, true)).await;
    }
    if !passes(&mut faults).await {
        return Ok(());
    }
    let read_only = fault == Fault::ReadOnly;
    let startup = match read_only {
        true => messages::with_setting(&startup, "default_transaction_read_only=on"),
        false => startup,
    };
    let mut server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    server.write_all(&startup).await?;
    let passing = Passing {
        answers: Mutex::new(Answers {
            coming: VecDeque::from([Answer::Passes]),
            silent: false,
            slow: None,
        }),
        shared,
        faults,
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        ended = passing.requests(from_client, to_server, received) => ended,
        ended = passing.answers(from_server, to_client) => ended,
        () = passing.broken(read_only) => Ok(()),
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

impl Passing {
    /// Ends when connections break.
    async fn broken(&self, read_only: bool) {
        let breaks = |fault: &Fault| match fault {
            Fault::Refused(_) => true,
            // A session of a standby stays one.
            Fault::ReadOnly => !read_only,
            _ => false,
        };
        if self.faults.clone().wait_for(breaks).await.is_err() {
            pending().await
        }
    }

    fn answers_to_come(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on what the client says. What it sends up to a Sync has one answer.
    async fn requests(
        &self,
        mut client: OwnedReadHalf,
        mut server: OwnedWriteHalf,
        mut received: Vec<u8>,
    ) -> std::io::Result<()> {
        let mut faults = self.faults.clone();
        let mut texts = HashMap::new();
        let (mut group, mut statement) = (Vec::new(), None);
        loop {
            while let Some(message) = messages::take(&mut received) {
                if let Some((name, text)) = messages::parsed(&message) {
                    texts.insert(name, text);
                }
                if let Some(name) = messages::bound(&message) {
                    let text = texts.get(&name).cloned().unwrap_or_default();
                    statement = Some((text, message.clone()));
                }
                if let Some(text) = messages::queried(&message) {
                    statement = Some((text, Vec::new()));
                }
                let (kind, is_answered) = (message[0], matches!(message[0], b'S' | b'Q'));
                group.extend(message);
                // A password and a goodbye are no part of a group.
                if !is_answered && !matches!(kind, b'p' | b'X') {
                    continue;
                }
                let group = std::mem::take(&mut group);
                let fault = match statement.take() {
                    Some((text, parameters)) => self.fault_of(&text, &parameters),
                    None => None,
                };
                if !passes(&mut faults).await {
                    return Ok(());
                }
                let answer = match fault {
                    None | Some(StatementFault::Slow { .. }) => Answer::Passes,
                    Some(StatementFault::ResultLost) => Answer::Lost,
                    Some(StatementFault::Fails(code)) => Answer::Fails(code),
                    Some(StatementFault::Restart(_)) => Answer::Withheld,
                    Some(StatementFault::Begins(fault, lasting)) => {
                        self.shared.begin(fault, lasting);
                        return Ok(());
                    }
                    Some(StatementFault::HalfOpen | StatementFault::Silent) => {
                        self.answers_to_come().silent = true;
                        if let Some(StatementFault::Silent) = fault {
                            server.write_all(&group).await?;
                        }
                        sleep(GIVEN_UP_AFTER).await;
                        return Ok(());
                    }
                };
                if is_answered {
                    self.answers_to_come().coming.push_back(answer);
                }
                if let Some(StatementFault::Slow { delay, lasting }) = fault {
                    self.answers_to_come().slow = Some((delay, Instant::now() + lasting));
                }
                match answer {
                    Answer::Fails(_) => server.write_all(&messages::SYNC).await?,
                    _ => server.write_all(&group).await?,
                }
                if let Some(StatementFault::Restart(restart)) = fault {
                    restart.notify_one();
                }
            }
            if client.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        }
    }

    /// The fault of a statement.
    fn fault_of(&self, text: &str, parameters: &[u8]) -> Option<StatementFault> {
        if let Some(fault) = self.shared.traps.spring(text, parameters) {
            self.shared.count_fault();
            return Some(fault);
        }
        match self.shared.fault() {
            // The host cleans its sessions by simple queries.
            _ if parameters.is_empty() => None,
            Fault::ResultLost if self.shared.hits_one_of(3) => Some(StatementFault::ResultLost),
            Fault::Failing(code) if self.shared.hits_one_of(2) => Some(StatementFault::Fails(code)),
            _ => None,
        }
    }

    /// Passes on what the server says.
    async fn answers(
        &self,
        mut server: OwnedReadHalf,
        mut client: OwnedWriteHalf,
    ) -> std::io::Result<()> {
        let mut faults = self.faults.clone();
        let (mut received, mut passing) = (Vec::new(), Vec::new());
        while server.read_buf(&mut received).await? > 0 {
            if let Some(delay) = self.delay() {
                sleep(delay).await;
            }
            if !passes(&mut faults).await {
                return Ok(());
            }
            if self.answers_to_come().silent {
                return pending().await;
            }
            while let Some(message) = messages::take(&mut received) {
                let ready = message[0] == b'Z';
                let answer = self.answers_to_come().coming.front().copied();
                match answer {
                    Some(Answer::Lost) if ready => return Ok(()),
                    Some(Answer::Lost | Answer::Withheld) => continue,
                    Some(Answer::Fails(code)) if ready => {
                        passing.extend(messages::error(code, false));
                    }
                    _ => {}
                }
                passing.extend(message);
                if ready {
                    self.answers_to_come().coming.pop_front();
                }
            }
            client.write_all(&passing).await?;
            passing.clear();
        }
        Ok(())
    }

    /// How much later the server's answer arrives.
    fn delay(&self) -> Option<Duration> {
        if let Fault::Slow(delay) = self.shared.fault() {
            return Some(delay);
        }
        let slow = self.answers_to_come().slow;
        slow.filter(|(_, end)| Instant::now() < *end)
            .map(|(delay, _)| delay)
    }
}
