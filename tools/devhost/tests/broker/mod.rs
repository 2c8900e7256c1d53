//! A RabbitMQ server, a queue that takes what is published, and messages that the test component publishes.

use std::time::Duration;

use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use rabbitmq_server::RabbitServer;
use serde_json::{Value, json};

use crate::host::{APPLICATION, Answer, Host};

const QUEUE: &str = "taken";

/// A server, and a host whose component may connect to it.
pub struct Broker {
    pub server: RabbitServer,
    pub host: Host,
    runtime: tokio::runtime::Runtime,
    // Dropped, it would close the channel.
    _connection: Connection,
    channel: Channel,
}

impl Broker {
    pub fn start() -> Self {
        let server = RabbitServer::temporary().expect("starting RabbitMQ");
        let host = host(&format!("mqtt://127.0.0.1:{}", server.mqtt_port()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (connection, channel) = runtime.block_on(queue(&server)).expect("making a queue");
        Self {
            server,
            host,
            runtime,
            _connection: connection,
            channel,
        }
    }

    /// The server's address, as a component writes it.
    pub fn address(&self) -> String {
        address(self.server.mqtt_port())
    }

    /// Publishes messages on one connection and returns the outcome of each.
    #[track_caller]
    pub fn publish(&self, messages: Value) -> Vec<String> {
        let answer = self.send(&self.address(), messages);
        serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
    }

    pub fn send(&self, address: &str, messages: Value) -> Answer {
        self.host.post(
            "/publish",
            &json!({
                "address": address,
                "user": self.server.user(),
                "password": self.server.password(),
                "messages": messages,
            })
            .to_string(),
        )
    }

    /// The next message that the queue has taken: its routing key and payload.
    pub fn taken(&self) -> Option<(String, Vec<u8>)> {
        let get = self
            .channel
            .basic_get(QUEUE.into(), BasicGetOptions { no_ack: true });
        let message = self.runtime.block_on(get).expect("asking the queue")?;
        let key = message.delivery.routing_key.to_string();
        Some((key, message.delivery.data))
    }
}

async fn queue(server: &RabbitServer) -> lapin::Result<(Connection, Channel)> {
    let connection =
        Connection::connect(&server.amqp_url(), ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let (options, none) = (QueueDeclareOptions::durable(), FieldTable::default());
    channel
        .queue_declare(QUEUE.into(), options, none.clone())
        .await?;
    let options = QueueBindOptions::default();
    channel
        .queue_bind(QUEUE.into(), "amq.topic".into(), "#".into(), options, none)
        .await?;
    Ok((connection, channel))
}

/// A host whose component may connect to this broker.
pub fn host(allowed: &str) -> Host {
    let manifest = format!(
        "{APPLICATION}[[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n\
         [component.guest]\nsource = \"GUEST\"\nallowed_outbound_hosts = [\"{allowed}\"]\n"
    );
    Host::start(&manifest, &[])
}

pub fn address(port: u16) -> String {
    format!("mqtt://127.0.0.1:{port}?client_id=guest")
}

/// A port that accepts connections and never sends anything.
pub fn silent_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        let _held: Vec<_> = listener.incoming().collect();
    });
    port
}

/// Far longer than a broker takes to answer, and shorter than the client's own limit for connecting.
pub const SOON: Duration = Duration::from_secs(3);
