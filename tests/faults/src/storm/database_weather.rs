//! What happens to a database for a while.

use std::fmt;

use harness::databases::Service;
use harness::postgres_proxy::Fault;

use super::random::Random;

/// The databases that the load needs.
const SERVICES: [Service; 4] = [
    Service::Billing,
    Service::Warehouse,
    Service::Delivery,
    Service::Order,
];

/// A fault of all connections of one service to its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseWeather {
    pub service: Service,
    pub fault: Fault,
}

impl DatabaseWeather {
    pub fn any(random: &mut Random) -> Self {
        let service = *random.pick(&SERVICES).unwrap_or(&Service::Order);
        let fault = match random.below(7) {
            0 => Fault::ResultLost,
            1 => Fault::HalfOpen,
            2 => Fault::Slow(random.pause(50, 1_000)),
            3 => Fault::Refused("53300"),
            4 => Fault::Refused("57P03"),
            5 => Fault::ReadOnly,
            _ => Fault::Failing("53100"),
        };
        Self { service, fault }
    }

    /// The kind of the fault, for counting.
    pub fn kind(self) -> &'static str {
        match self.fault {
            Fault::None => "none",
            Fault::ResultLost => "lost results",
            Fault::HalfOpen => "half-open",
            Fault::Slow(_) => "slow",
            Fault::Refused(code) | Fault::Failing(code) => code,
            Fault::ReadOnly => "read-only",
        }
    }
}

impl fmt::Display for DatabaseWeather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database of {} ", self.service)?;
        match self.fault {
            Fault::None => f.write_str("is well"),
            Fault::ResultLost => f.write_str("loses every third result"),
            Fault::HalfOpen => f.write_str("has half-open connections"),
            Fault::Slow(delay) => write!(f, "is {} ms slow", delay.as_millis()),
            Fault::Refused(code) => write!(f, "refuses connections with {code}"),
            Fault::ReadOnly => f.write_str("is read-only"),
            Fault::Failing(code) => write!(f, "fails every second statement with {code}"),
        }
    }
}
