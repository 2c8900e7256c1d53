//! Fault plans: which faults are injected into the calls of which order. The id of an order is unknown until
//! its first call, so a plan belongs to a customer. The charge, which is the first call, names both.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use uuid::Uuid;

use crate::proxy::{Fault, FaultInjector, Participant, StepCall, Verb};

/// Attempts are numbered from 1.
pub const EVERY_ATTEMPT: RangeInclusive<u32> = 1..=u32::MAX;

#[derive(Clone, Debug)]
pub struct FaultRule {
    pub participant: Participant,
    pub verb: Verb,
    pub attempts: RangeInclusive<u32>,
    pub fault: Fault,
}

/// The fault plan of each customer.
#[derive(Default)]
pub struct FaultPlans {
    customers: Mutex<HashMap<Uuid, Arc<Planned>>>,
    orders: Mutex<HashMap<Uuid, Arc<Planned>>>,
}

struct Planned {
    rules: Mutex<Vec<FaultRule>>,
    injected: AtomicUsize,
}

impl FaultPlans {
    /// Sets the plan for the order of `customer`, before it is placed.
    pub fn plan(&self, customer: Uuid, rules: Vec<FaultRule>) {
        let planned = Planned {
            rules: Mutex::new(rules),
            injected: AtomicUsize::new(0),
        };
        locked(&self.customers).insert(customer, Arc::new(planned));
    }

    /// Replaces the rules of a plan.
    pub fn replace(&self, customer: Uuid, rules: Vec<FaultRule>) {
        if let Some(planned) = locked(&self.customers).get(&customer) {
            *locked(&planned.rules) = rules;
        }
    }

    /// Removes all rules of a plan.
    pub fn clear(&self, customer: Uuid) {
        self.replace(customer, Vec::new());
    }

    /// How many faults were injected into the calls of `customer`'s order.
    pub fn injected(&self, customer: Uuid) -> usize {
        let planned = locked(&self.customers);
        planned
            .get(&customer)
            .map_or(0, |planned| planned.injected.load(Ordering::SeqCst))
    }

    fn planned(&self, call: &StepCall) -> Option<Arc<Planned>> {
        if let Some(planned) = locked(&self.orders).get(&call.order) {
            return Some(Arc::clone(planned));
        }
        let body: Value = serde_json::from_slice(&call.body).ok()?;
        let customer: Uuid = body["userId"].as_str()?.parse().ok()?;
        let planned = Arc::clone(locked(&self.customers).get(&customer)?);
        locked(&self.orders).insert(call.order, Arc::clone(&planned));
        Some(planned)
    }
}

impl FaultInjector for FaultPlans {
    fn step(&self, call: &StepCall) -> Fault {
        let Some(planned) = self.planned(call) else {
            return Fault::None;
        };
        let fault = locked(&planned.rules)
            .iter()
            .find(|rule| {
                (rule.participant, rule.verb) == (call.participant, call.verb)
                    && rule.attempts.contains(&call.attempt)
            })
            .map(|rule| rule.fault.clone());
        if fault.is_some() {
            planned.injected.fetch_add(1, Ordering::SeqCst);
        }
        fault.unwrap_or(Fault::None)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
