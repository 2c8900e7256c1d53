//! The broker that events are published to.

use std::time::Duration;

use service::{
    config::{self, ConfigError},
    timer::{TimedOut, within},
};
use spin_sdk::mqtt::{Connection, Error as MqttError, Qos};
use uuid::Uuid;

/// How long the broker may take to acknowledge an event, connecting included.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(4);
/// Longer than a connection is ever unused here, because nothing is sent to the broker in between.
const KEEP_ALIVE_SECONDS: u64 = 30;
/// The domain of hosts that do not exist (RFC 2606): the default says in this way that there is no broker. The
/// variable cannot be empty, because it is also one of the allowed hosts.
const NO_HOST: &str = ".invalid";

/// Where the broker is, and the user to log in as.
pub struct Broker {
    /// `mqtt://host:port`
    url: String,
    user: String,
    password: String,
}

/// The broker has not acknowledged an event. It may have received it.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("the broker's address cannot be read")]
    Address,
    #[error("too many connections")]
    TooManyConnections,
    #[error("the connection failed: {0}")]
    Connection(String),
    #[error("the broker's client failed: {0}")]
    Other(String),
    #[error("the broker gave {0}")]
    TimedOut(#[from] TimedOut),
}

impl From<MqttError> for PublishError {
    fn from(error: MqttError) -> Self {
        match error {
            MqttError::InvalidAddress => Self::Address,
            MqttError::TooManyConnections => Self::TooManyConnections,
            MqttError::ConnectionFailed(cause) => Self::Connection(cause),
            MqttError::Other(cause) => Self::Other(cause),
        }
    }
}

impl Broker {
    /// The broker that the variables `mqtt_*` name; `None` when there is none, so that events are kept.
    pub async fn from_variables() -> Result<Option<Self>, ConfigError> {
        let url = config::text("mqtt_url").await?;
        let user = config::text("mqtt_user").await?;
        let password = config::text("mqtt_password").await?;
        let host = host_of(&url).map_err(|problem| ConfigError::invalid("mqtt_url", problem))?;
        if host.ends_with(NO_HOST) {
            return Ok(None);
        }
        if user.is_empty() && !password.is_empty() {
            return Err(ConfigError::invalid(
                "mqtt_user",
                "empty, and `mqtt_password` is not; set both or neither",
            ));
        }
        Ok(Some(Self {
            url,
            user,
            password,
        }))
    }

    async fn open(&self) -> Result<Connection, MqttError> {
        // Connections with one id cut each other off, so each has its own.
        let (_, random) = Uuid::now_v7().as_u64_pair();
        let address = format!("{}?client_id=zakaz-{random:016x}", self.url);
        Connection::open(address, &self.user, &self.password, KEEP_ALIVE_SECONDS).await
    }
}

/// The host of `mqtt://host:port`. It is strict, because Spin panics on some addresses that its client cannot read.
fn host_of(url: &str) -> Result<&str, &'static str> {
    if url.is_empty() {
        return Err("empty; leave it out where there is no broker");
    }
    let rest = url.strip_prefix("mqtt://").ok_or("not mqtt://host:port")?;
    let (host, port) = rest.split_once(':').unwrap_or((rest, "1883"));
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_host = !host.is_empty() && host.bytes().all(named);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().is_ok_and(|port| port > 0);
    if is_host && is_port {
        Ok(host)
    } else {
        Err("not mqtt://host:port, without a path, a user or options")
    }
}

/// A connection to the broker, opened when it is needed and again after any error: an acknowledgement that comes late
/// would otherwise be taken for that of another event.
pub struct BrokerConnection<'a> {
    broker: &'a Broker,
    /// The open connection, when it has carried an event.
    proven: Option<Connection>,
}

impl<'a> BrokerConnection<'a> {
    pub const fn to(broker: &'a Broker) -> Self {
        Self {
            broker,
            proven: None,
        }
    }

    /// Publishes an event and waits for the acknowledgement.
    pub async fn publish(&mut self, topic: &str, event: Vec<u8>) -> Result<(), PublishError> {
        if let Some(connection) = self.proven.take() {
            match send(&connection, topic, event.clone()).await {
                Ok(()) => {
                    self.proven = Some(connection);
                    return Ok(());
                }
                // A connection that was good and is closed now says nothing about the broker.
                Err(PublishError::Connection(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let connection = self.broker.open().await?;
        send(&connection, topic, event).await?;
        self.proven = Some(connection);
        Ok(())
    }
}

async fn send(connection: &Connection, topic: &str, event: Vec<u8>) -> Result<(), PublishError> {
    let published = connection.publish(topic, event, Qos::AtLeastOnce);
    Ok(within(ACKNOWLEDGEMENT, published).await??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_a_host_and_a_port() {
        assert_eq!(host_of("mqtt://rabbit:1883"), Ok("rabbit"));
        assert_eq!(host_of("mqtt://10.0.0.7"), Ok("10.0.0.7"));
        assert_eq!(host_of("mqtt://none.invalid:1883"), Ok("none.invalid"));
    }

    #[test]
    fn anything_else_is_refused() {
        for url in [
            "",
            "rabbit:1883",
            "mqtts://rabbit:8883",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://rabbit:",
            "mqtt://rabbit:0",
            "mqtt://rabbit:65536",
            "mqtt://rabbit:+1",
            "mqtt://rabbit:1883/",
            "mqtt://rabbit/orders",
            "mqtt://user@rabbit:1883",
            "mqtt://rabbit:1883?client_id=a",
            "mqtt://[::1]:1883",
            "mqtt://a b",
        ] {
            assert!(host_of(url).is_err(), "{url}");
        }
    }
}
