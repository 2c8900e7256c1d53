//! A test system with a broker: PostgreSQL, two hosts, RabbitMQ, and a proxy before it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use faults::fault_plans::FaultPlans;
use faults::fixtures::Fixtures;
use faults::system::{Recovery, SystemConfig, TestSystem};
use harness::databases::Databases;
use harness::eventually::eventually;
use rabbitmq_server::RabbitServer;
use tokio::task::block_in_place;

use crate::broker_proxy::BrokerProxy;
use crate::queue::{self, Delivered};

/// The interval of `cargo xtask up` and of the CronJob.
const RECOVERY: Duration = Duration::from_secs(5);
/// How long the outbox may take to empty when everything is restored: a lane's lease must run out, its pause must
/// end, `recover` must be called, and the events published.
const PATIENCE: Duration = Duration::from_secs(40);

/// Only one per process, as of [`TestSystem`].
pub struct BrokerSystem {
    pub fixtures: Fixtures,
    pub databases: Databases,
    pub line: BrokerProxy,
    pub broker: RabbitServer,
    _recovery: Recovery,
    pub system: TestSystem,
}

impl BrokerSystem {
    /// Starts everything and declares the queue. With `without_broker`, the broker is killed before the hosts start.
    pub async fn start(without_broker: bool) -> Result<Self> {
        let mut broker = block_in_place(RabbitServer::temporary)?;
        queue::declare(&broker.amqp_url()).await?;
        if without_broker {
            block_in_place(|| broker.kill())?;
        }
        let line = BrokerProxy::to(broker.mqtt_port()).await?;
        // Leaked: a process has only one system.
        let variables = [
            (
                "mqtt_url",
                &*format!("mqtt://127.0.0.1:{}", line.port()).leak(),
            ),
            ("mqtt_user", &*broker.user().to_owned().leak()),
            ("mqtt_password", &*broker.password().to_owned().leak()),
        ];
        let config = SystemConfig {
            variables: &variables,
            second: &[],
            participants: &[0, 1],
        };
        let system = TestSystem::start(&config, Arc::new(FaultPlans::default())).await?;
        Ok(Self {
            fixtures: Fixtures::prepare(&system.via_host(0)).await,
            databases: Databases::open().await,
            line,
            broker,
            _recovery: Recovery::start(&system, 1, RECOVERY),
            system,
        })
    }

    pub fn kill_broker(&mut self) -> Result<()> {
        block_in_place(|| self.broker.kill())
    }

    pub fn start_broker(&mut self) -> Result<()> {
        block_in_place(|| self.broker.start())
    }

    /// How many events are not published yet.
    pub async fn unpublished(&self) -> i64 {
        let statement = "select count(*) from outbox where published_at is null";
        self.databases.order.number(statement, &[]).await
    }

    /// Waits until every saga has ended and every event is published. Returns the messages since the last call.
    pub async fn delivered(&self) -> Result<Vec<Delivered>> {
        eventually("everything is published", PATIENCE, || async {
            let left = (self.databases.unfinished().await, self.unpublished().await);
            if left == (0, 0) {
                Ok(())
            } else {
                Err(format!("{left:?} sagas and events are left"))
            }
        })
        .await;
        queue::drain(&self.broker.amqp_url()).await
    }
}
