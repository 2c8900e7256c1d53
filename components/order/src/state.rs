//! What every request and every driver of an instance shares.

use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use axum::extract::FromRef;
use saga::{Millis, Policy};
use service::{
    Currency, Domain, Service,
    config::{self, ConfigError},
    identity::client::ServiceClient,
};

use crate::publisher::Publisher;

/// What every request and every driver of an instance shares; cheap to clone.
#[derive(Clone)]
pub struct Orders(Arc<Parts>);

pub struct Parts {
    pub service: Service,
    pub billing: ServiceClient,
    pub warehouse: ServiceClient,
    pub delivery: ServiceClient,
    pub publisher: Publisher,
    pub currency: Currency,
    pub policy: Policy,
    /// How long a participant may take to answer.
    pub call_timeout: Duration,
    /// How long a saga stays with a driver that says nothing, in milliseconds.
    pub lease_ms: i32,
    /// When this instance last looked for sagas that are due, in milliseconds since 1970.
    pub swept_at: AtomicI64,
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
        Ok(Self(Arc::new(Parts {
            service: Service::from_variables(Domain::Order).await?,
            billing: ServiceClient::from_variable(Domain::Billing, "billing_url").await?,
            warehouse: ServiceClient::from_variable(Domain::Warehouse, "warehouse_url").await?,
            delivery: ServiceClient::from_variable(Domain::Delivery, "delivery_url").await?,
            publisher: Publisher::from_variables().await?,
            currency: Currency::from_variables().await?,
            policy,
            call_timeout: Duration::from_millis(call_timeout_ms),
            lease_ms,
            swept_at: AtomicI64::new(0),
        })))
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
