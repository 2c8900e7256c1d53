//! Where a server listens, all on 127.0.0.1.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use anyhow::{Context, Result};

#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub amqp: u16,
    pub mqtt: u16,
    /// Between Erlang's nodes: only asked for, nobody connects.
    pub distribution: u16,
    /// Erlang's own register of nodes.
    pub register: u16,
}

impl Ports {
    /// Ports that are free now.
    pub fn free() -> Result<Self> {
        let held: io::Result<Vec<TcpListener>> = (0..4)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect();
        let held = held.context("finding free ports for RabbitMQ")?;
        let port = |place: usize| -> Result<u16> { Ok(held[place].local_addr()?.port()) };
        Ok(Self {
            amqp: port(0)?,
            mqtt: port(1)?,
            distribution: port(2)?,
            register: port(3)?,
        })
    }
}

/// Whether somebody takes connections at `port`.
pub fn is_open(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
