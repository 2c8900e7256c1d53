//! The interface itself: connections as a component holds them.

use std::time::Duration;

use rumqttc::QoS;
use wasmtime::component::{Accessor, HasData, Resource, ResourceTable};

use super::address;
use super::bindings::spin::mqtt::mqtt::{
    Error, Host, HostConnection, HostConnectionWithStore, Payload, Qos,
};
use super::client::{Connection, PublishError};
use crate::network::Permissions;

/// Connections that an instance may hold, as in Spin.
const MAX_CONNECTIONS: usize = 1024;

/// The interface's place in a linker.
pub struct Mqtt;

/// What the interface needs of an instance.
pub struct MqttView<'a> {
    pub permissions: &'a Permissions,
    /// Connections that the instance holds.
    pub connections: &'a mut usize,
    pub table: &'a mut ResourceTable,
}

impl HasData for Mqtt {
    type Data<'a> = MqttView<'a>;
}

type Opened = Result<Resource<Connection>, Error>;

impl MqttView<'_> {
    fn open(
        &mut self,
        address: &str,
        username: String,
        password: String,
        keep_alive: Duration,
    ) -> Opened {
        let destination = address::destination(address).ok_or(Error::InvalidAddress)?;
        self.permissions
            .check(&destination)
            .map_err(|_| Error::ConnectionFailed(format!("address {address} is not permitted")))?;
        let connection = Connection::new(address, username, password, keep_alive)
            .map_err(|_| Error::InvalidAddress)?;
        if *self.connections >= MAX_CONNECTIONS {
            return Err(Error::TooManyConnections);
        }
        let held = self.table.push(connection);
        let held = held.map_err(|_| Error::TooManyConnections)?;
        *self.connections += 1;
        Ok(held)
    }
}

impl Host for MqttView<'_> {}

impl HostConnection for MqttView<'_> {
    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        *self.connections -= 1;
        Ok(())
    }
}

impl<T> HostConnectionWithStore<T> for Mqtt {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
        username: String,
        password: String,
        keep_alive_interval_in_secs: u64,
    ) -> wasmtime::Result<Opened> {
        let keep_alive = Duration::from_secs(keep_alive_interval_in_secs);
        Ok(accessor.with(|mut access| access.get().open(&address, username, password, keep_alive)))
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        topic: String,
        payload: Payload,
        qos: Qos,
    ) -> wasmtime::Result<Result<(), Error>> {
        let connection = accessor.with(|mut access| {
            let view = access.get();
            view.table.get(&connection).cloned()
        })?;
        let qos = match qos {
            Qos::AtMostOnce => QoS::AtMostOnce,
            Qos::AtLeastOnce => QoS::AtLeastOnce,
            Qos::ExactlyOnce => QoS::ExactlyOnce,
        };
        let published = connection.publish(topic, payload, qos).await;
        Ok(published.map_err(|error| match error {
            PublishError::NotQueued(_) => Error::Other(error.to_string()),
            PublishError::Connection(_) => Error::ConnectionFailed(error.to_string()),
        }))
    }
}
