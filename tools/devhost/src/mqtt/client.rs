//! A connection to a broker, as Spin keeps it: its events are only looked at while a message is published.

use std::sync::Arc;
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, Outgoing, QoS};
use tokio::sync::Mutex;

use crate::bindings::spin::mqtt::mqtt::{Error, Qos};

/// Spin's: how many messages may wait for each other.
const WAITING: usize = 1000;

/// A connection, made when the first message is published. Cloned, it is the same connection; it is cut when nobody
/// has it any more.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    client: AsyncClient,
    events: Mutex<EventLoop>,
}

impl Connection {
    /// Reads the address and connects nowhere.
    pub fn new(
        address: &str,
        username: String,
        password: String,
        keep_alive: Duration,
    ) -> Result<Self, Error> {
        let mut options = MqttOptions::parse_url(address).map_err(|_| Error::InvalidAddress)?;
        options.set_credentials(username, password);
        options.set_keep_alive(keep_alive);
        let (client, events) = AsyncClient::new(options, WAITING);
        Ok(Self(Arc::new(Shared {
            client,
            events: Mutex::new(events),
        })))
    }

    /// Publishes a message, connecting first when there is no connection, and waits until the broker has it as the
    /// QoS demands. As in Spin, any acknowledgement ends the wait: after an error, or a wait that was given up, it
    /// may be an older message's.
    pub async fn publish(&self, topic: String, payload: Vec<u8>, qos: Qos) -> Result<(), Error> {
        let qos = match qos {
            Qos::AtMostOnce => QoS::AtMostOnce,
            Qos::AtLeastOnce => QoS::AtLeastOnce,
            Qos::ExactlyOnce => QoS::ExactlyOnce,
        };
        let queued = self.0.client.publish(topic, qos, false, payload).await;
        queued.map_err(|error| Error::Other(error.to_string()))?;
        let mut events = self.0.events.lock().await;
        loop {
            let event = events.poll().await;
            let event = event.map_err(|error| Error::ConnectionFailed(error.to_string()))?;
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
