//! A connection to a broker. As in Spin, its events are read only while a message is published.

use std::sync::Arc;
use std::time::Duration;

use rumqttc::{
    AsyncClient, ClientError, ConnectionError, Event, EventLoop, Incoming, MqttOptions,
    OptionError, Outgoing, QoS,
};
use thiserror::Error;
use tokio::sync::Mutex;

/// Messages that may wait for each other, as in Spin.
const QUEUE: usize = 1000;

/// A connection, made when the first message is published. A clone is the same connection, which is closed when
/// the last clone is dropped.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    client: AsyncClient,
    events: Mutex<EventLoop>,
}

#[derive(Debug, Error)]
pub enum PublishError {
    #[error("{0}")]
    NotQueued(#[from] ClientError),
    #[error("{0}")]
    Connection(#[from] ConnectionError),
}

impl Connection {
    /// Reads the address, without connecting.
    ///
    /// # Errors
    /// When the address is malformed.
    pub fn new(
        address: &str,
        username: String,
        password: String,
        keep_alive: Duration,
    ) -> Result<Self, OptionError> {
        let mut options = MqttOptions::parse_url(address)?;
        options.set_credentials(username, password);
        options.set_keep_alive(keep_alive);
        let (client, events) = AsyncClient::new(options, QUEUE);
        Ok(Self(Arc::new(Shared {
            client,
            events: Mutex::new(events),
        })))
    }

    /// Publishes a message, connecting first when there is no connection, and waits until the broker has it as the
    /// QoS demands. As in Spin, any acknowledgement ends the wait: after an error, or a wait that was abandoned, it
    /// may be an older message's. There is no limit of the payload, as in Spin's default configuration.
    pub async fn publish(
        &self,
        topic: String,
        payload: Vec<u8>,
        qos: QoS,
    ) -> Result<(), PublishError> {
        self.0.client.publish(topic, qos, false, payload).await?;
        let mut events = self.0.events.lock().await;
        loop {
            let event = events.poll().await?;
            if ends(qos, &event) {
                return Ok(());
            }
        }
    }
}

/// Whether the event ends the wait for a message of this QoS.
fn ends(qos: QoS, event: &Event) -> bool {
    match qos {
        QoS::AtMostOnce => matches!(event, Event::Outgoing(Outgoing::Publish(_))),
        QoS::AtLeastOnce => matches!(event, Event::Incoming(Incoming::PubAck(_))),
        QoS::ExactlyOnce => matches!(event, Event::Incoming(Incoming::PubComp(_))),
    }
}
