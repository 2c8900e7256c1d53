//! What every request and every driver of an instance shares: the configuration and the clients.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
    time::Duration,
};

use axum::extract::FromRef;
use saga::{Millis, Policy};
use service::{
    Currency, Domain, Service,
    config::{self, ConfigError},
    identity::client::ServiceClient,
};

use crate::{broker::Broker, domain::Retention, fulfilment::FULFILMENT, store::Lease};

/// What every request and every driver of an instance shares; cheap to clone.
#[derive(Clone)]
pub struct Orders(Arc<Parts>);

pub struct Parts {
    pub service: Service,
    /// The service that quotes prices.
    pub catalogue: ServiceClient,
    /// The participants of the saga, by their service.
    participants: Vec<(Domain, ServiceClient)>,
    /// None where events are kept and not published.
    pub broker: Option<Broker>,
    pub publisher: PublisherStatus,
    pub currency: Currency,
    pub policy: Policy,
    pub retention: Retention,
    /// How long a participant may take to answer.
    pub call_timeout: Duration,
    /// How long a saga stays with a driver that writes nothing, in milliseconds.
    lease_ms: i32,
    /// When this instance last looked for sagas that are due, in milliseconds since 1970.
    pub last_claimed_at: AtomicI64,
}

/// Whether this instance's publisher runs.
#[derive(Default)]
pub struct PublisherStatus {
    pub running: AtomicBool,
    /// There may be new events.
    pub woken: AtomicBool,
    /// When publishing is tried again after a failure, in milliseconds since 1970.
    pub retry_at: AtomicI64,
}

impl Orders {
    /// Reads the component's variables; opens nothing.
    pub async fn from_variables() -> Result<Self, ConfigError> {
        let call_timeout_ms: u64 = positive("saga_call_timeout_ms").await?;
        let lease_ms: i32 = positive("saga_lease_ms").await?;
        if u64::try_from(lease_ms).unwrap_or(0) <= call_timeout_ms {
            return Err(ConfigError::invalid(
                "saga_lease_ms",
                "not longer than saga_call_timeout_ms",
            ));
        }
        let policy = Policy {
            deadline: positive::<Millis>("saga_deadline_ms").await?,
            backoff: positive("saga_backoff_ms").await?,
            backoff_cap: positive("saga_backoff_cap_ms").await?,
            stuck_after: positive("saga_stuck_after").await?,
        };
        let mut participants: Vec<(Domain, ServiceClient)> = Vec::new();
        let of_steps = FULFILMENT.steps().iter().map(|step| step.data.participant);
        for participant in of_steps {
            let (service, url) = (participant.service, participant.url);
            if participants.iter().all(|(known, _)| *known != service) {
                participants.push((service, ServiceClient::from_variable(service, url).await?));
            }
        }
        Ok(Self(Arc::new(Parts {
            service: Service::from_variables(Domain::Order).await?,
            catalogue: ServiceClient::from_variable(Domain::Warehouse, "warehouse_url").await?,
            participants,
            broker: Broker::from_variables().await?,
            publisher: PublisherStatus::default(),
            currency: Currency::from_variables().await?,
            policy,
            retention: Retention {
                journal_ms: positive::<i64>("journal_retention_days")
                    .await?
                    .saturating_mul(24 * 60 * 60 * 1_000),
                event_ms: positive::<i64>("event_retention_hours")
                    .await?
                    .saturating_mul(60 * 60 * 1_000),
            },
            call_timeout: Duration::from_millis(call_timeout_ms),
            lease_ms,
            last_claimed_at: AtomicI64::new(0),
        })))
    }
}

impl Parts {
    /// How a service is called; none when it takes no part in the saga.
    pub fn participant(&self, service: Domain) -> Option<&ServiceClient> {
        let found = self.participants.iter().find(|(it, _)| *it == service);
        found.map(|(_, callee)| callee)
    }

    /// A lease for a new driver.
    pub fn new_lease(&self) -> Lease {
        Lease::new(self.lease_ms)
    }

    /// How long a saga stays with a driver that writes nothing.
    pub fn lease_duration(&self) -> Duration {
        Duration::from_millis(u64::from(self.lease_ms.unsigned_abs()))
    }
}

impl Deref for Orders {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<Orders> for Service {
    fn from_ref(orders: &Orders) -> Self {
        orders.service.clone()
    }
}

impl FromRef<Orders> for Currency {
    fn from_ref(orders: &Orders) -> Self {
        orders.currency.clone()
    }
}

/// The value of a variable that must be a whole number above zero.
async fn positive<T: std::str::FromStr + PartialOrd + From<u8>>(
    name: &'static str,
) -> Result<T, ConfigError> {
    let value: T = config::parsed(name).await?;
    if value < T::from(1) {
        return Err(ConfigError::invalid(name, "not above zero"));
    }
    Ok(value)
}
