//! A system with a broker: PostgreSQL, two hosts, RabbitMQ, and the way between them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use faults::board::Board;
use faults::ground::Ground;
use faults::rig::{Plan, Recovery, Rig};
use harness::eventually::eventually;
use harness::invariants::Databases;
use rabbitmq_server::RabbitServer;
use tokio::task::block_in_place;

use crate::line::Line;
use crate::queue::{self, Delivered};

/// As often as `cargo xtask up` and the CronJob call.
const RECOVERY: Duration = Duration::from_secs(5);
/// How long the outbox may take to empty when everything is back: a lease that nobody holds any more, a rest, a call
/// of `recover`, and the publishing itself.
const PATIENCE: Duration = Duration::from_secs(40);

/// Only one a process, as of [`Rig`].
pub struct Scene {
    pub ground: Ground,
    pub databases: Databases,
    pub line: Line,
    pub broker: RabbitServer,
    _recovery: Recovery,
    pub rig: Rig,
}

impl Scene {
    /// Sets everything up, with a queue for the events. With `absent`, the broker is dead when the hosts start.
    pub async fn set(absent: bool) -> Result<Self> {
        let mut broker = block_in_place(RabbitServer::temporary)?;
        queue::make(&broker.amqp_url()).await?;
        if absent {
            block_in_place(|| broker.kill())?;
        }
        let line = Line::to(broker.mqtt_port()).await?;
        // A rig's variables live as long as the process: it has only one.
        let variables = [
            (
                "mqtt_url",
                &*format!("mqtt://127.0.0.1:{}", line.port()).leak(),
            ),
            ("mqtt_user", &*broker.user().to_owned().leak()),
            ("mqtt_password", &*broker.password().to_owned().leak()),
        ];
        let plan = Plan {
            variables: &variables,
            second: &[],
            participants: &[0, 1],
        };
        let rig = Rig::start(&plan, Arc::new(Board::default())).await?;
        Ok(Self {
            ground: Ground::prepare(&rig.stack(0)).await,
            databases: Databases::open().await,
            line,
            broker,
            _recovery: Recovery::start(&rig, 1, RECOVERY),
            rig,
        })
    }

    pub fn kill_broker(&mut self) -> Result<()> {
        block_in_place(|| self.broker.kill())
    }

    pub fn start_broker(&mut self) -> Result<()> {
        block_in_place(|| self.broker.start())
    }

    /// How many events wait.
    pub async fn unpublished(&self) -> i64 {
        let statement = "select count(*) from outbox where published_at is null";
        self.databases.order.number(statement, &[]).await
    }

    /// Waits until every saga has ended and every event is published, and gives what the queue has taken since it
    /// was last asked.
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
