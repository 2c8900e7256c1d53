//! Which fault befalls which order. An order's id is not known before its first call leaves, so the
//! faults are planned for its customer; the charge, which is the first call, names both.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use uuid::Uuid;

use crate::proxy::{Fault, Participant, Script, StepCall, Verb};

/// From 1 on.
pub const EVERY_ATTEMPT: RangeInclusive<u32> = 1..=u32::MAX;

#[derive(Clone, Debug)]
pub struct Rule {
    pub participant: Participant,
    pub verb: Verb,
    pub attempts: RangeInclusive<u32>,
    pub fault: Fault,
}

/// The faults of each customer's orders.
#[derive(Default)]
pub struct Board {
    customers: Mutex<HashMap<Uuid, Arc<Planned>>>,
    orders: Mutex<HashMap<Uuid, Arc<Planned>>>,
}

struct Planned {
    rules: Mutex<Vec<Rule>>,
    hits: AtomicUsize,
}

impl Board {
    /// What is to befall the order of `customer`, before it is placed.
    pub fn plan(&self, customer: Uuid, rules: Vec<Rule>) {
        let planned = Planned {
            rules: Mutex::new(rules),
            hits: AtomicUsize::new(0),
        };
        locked(&self.customers).insert(customer, Arc::new(planned));
    }

    /// From now on this befalls it instead.
    pub fn plan_anew(&self, customer: Uuid, rules: Vec<Rule>) {
        if let Some(planned) = locked(&self.customers).get(&customer) {
            *locked(&planned.rules) = rules;
        }
    }

    /// From now on nothing befalls it.
    pub fn lift(&self, customer: Uuid) {
        self.plan_anew(customer, Vec::new());
    }

    /// How often a fault has befallen the order of `customer`.
    pub fn hits(&self, customer: Uuid) -> usize {
        let planned = locked(&self.customers);
        planned
            .get(&customer)
            .map_or(0, |planned| planned.hits.load(Ordering::SeqCst))
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

impl Script for Board {
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
            planned.hits.fetch_add(1, Ordering::SeqCst);
        }
        fault.unwrap_or(Fault::None)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
