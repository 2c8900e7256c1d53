//! `GET /internal/orders/metrics`.

use std::collections::BTreeMap;

use axum::extract::State;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};
use service::{Problem, identity::caller::Operator, telemetry::metrics::Metrics};

use crate::{
    fulfilment::{self, FULFILMENT},
    state::Orders,
    store::metrics::{Numbers, numbers},
};

/// How a saga can end.
const ENDINGS: [&str; 2] = ["COMPLETED", "COMPENSATED"];

pub async fn show(_: Operator, State(state): State<Orders>) -> Result<Metrics, Problem> {
    let numbers = numbers(state.service.database()).await?;
    let metrics = Metrics::new()
        .labelled_gauge(
            "zakaz_order_sagas",
            "Sagas by state; those that have ended are some seconds late, and an order that is cancelled when \
             it was ready is COMPLETED as well until that is undone",
            "state",
            numbers.by_state(),
        )
        .gauge(
            "zakaz_order_sagas_of_newer_builds",
            "Sagas that have not ended and that this build leaves alone",
            numbers.of_newer_builds,
        )
        .gauge(
            "zakaz_order_oldest_unfinished_seconds",
            "The age of the oldest saga that has not ended",
            numbers.oldest_unfinished,
        )
        .gauge(
            "zakaz_order_outbox_lag_seconds",
            "The age of the oldest event that is not published",
            numbers.outbox_lag,
        )
        .gauge(
            "zakaz_order_outbox_unpublished",
            "Events that are not published; 10000 stands for more",
            numbers.outbox_unpublished,
        )
        .labelled_gauge(
            "zakaz_order_step_circuit_open",
            "1 for a step whose participant does not answer: one saga at a time tries, the others wait for it",
            "step",
            FULFILMENT.steps().iter().map(|step| {
                let open = numbers.open_circuits.iter().any(|open| open == step.name);
                (step.name.to_owned(), f64::from(u8::from(open)))
            }),
        );
    Ok(metrics.collector(Tallied(numbers)))
}

/// The counters, which are tallied from the journal.
#[derive(Debug)]
struct Tallied(Numbers);

impl Collector for Tallied {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (name, tally, help, label, known) in [
            (
                "zakaz_order_sagas_ended",
                "ended",
                "Endings of sagas; an order that is cancelled when it was ready ends twice",
                "ending",
                ENDINGS.map(str::to_owned).to_vec(),
            ),
            (
                "zakaz_order_cancellations",
                "cancelled",
                "Orders that were cancelled, by the code of the reason",
                "code",
                fulfilment::reasons()
                    .map(|(code, _)| code.to_owned())
                    .collect(),
            ),
        ] {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (value, count) in self.counts(tally, known) {
                metric
                    .encode_family(&[(label, value)])?
                    .encode_counter::<NoLabelSet, f64, f64>(&count, None)?;
            }
        }
        let mut retries = encoder.encode_descriptor(
            "zakaz_order_saga_retries",
            "Repeated calls, by step and direction",
            None,
            MetricType::Counter,
        )?;
        let calls = FULFILMENT.steps().iter().flat_map(|step| {
            let directions = ["DO", "UNDO"];
            directions.map(|direction| format!("{} {direction}", step.name))
        });
        for (call, count) in self.counts("retries", calls.collect()) {
            let (step, direction) = call.split_once(' ').unwrap_or((&call, ""));
            retries
                .encode_family(&[("step", step), ("direction", direction)])?
                .encode_counter::<NoLabelSet, f64, f64>(&count, None)?;
        }
        let steps = encoder.encode_descriptor(
            "zakaz_order_step_seconds",
            "The time from a step's first call to its answer, of steps that were done in sagas that have ended",
            None,
            MetricType::Histogram,
        )?;
        self.encode_steps(steps)
    }
}

impl Tallied {
    /// The tallies of this name; the known labels are there from the start, because a counter whose first
    /// value is above 0 is not seen to rise.
    fn counts(&self, name: &str, known: Vec<String>) -> BTreeMap<String, f64> {
        let mut counts: BTreeMap<_, _> = known.into_iter().map(|label| (label, 0.0)).collect();
        counts.extend(self.0.tallied(name));
        counts
    }

    fn encode_steps(&self, mut metric: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let buckets = self.0.tallied("step_bucket");
        let sums = self.0.tallied("step_seconds");
        for (step, count) in self.0.tallied("step_count") {
            let sum = sums.get(&step);
            // A tally counts everything below its bound; the encoder adds the buckets up itself.
            let mut bounds: Vec<(f64, f64)> = buckets
                .iter()
                .filter_map(|(label, below)| {
                    let (of, bound) = label.split_once(' ')?;
                    (of == step).then_some((bound.parse().ok()?, *below))
                })
                .collect();
            bounds.push((f64::INFINITY, count));
            bounds.sort_by(|one, other| one.0.total_cmp(&other.0));
            let mut before = 0.0;
            let own = bounds.into_iter().map(|(bound, below)| {
                let own = below - before;
                before = below;
                (bound, own as u64)
            });
            let own: Vec<(f64, u64)> = own.collect();
            metric
                .encode_family(&[("step", step.as_str())])?
                .encode_histogram::<NoLabelSet>(
                    sum.copied().unwrap_or(0.0),
                    count as u64,
                    &own,
                    None,
                )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::metrics::Tally;

    #[test]
    fn tallies_are_written_as_prometheus_text() {
        let tally = |name: &str, label: &str, value| Tally {
            name: name.into(),
            label: label.into(),
            value,
        };
        let numbers = Numbers {
            unfinished: Default::default(),
            oldest_unfinished: 0.0,
            of_newer_builds: 0.0,
            outbox_lag: 0.0,
            outbox_unpublished: 0.0,
            open_circuits: Vec::new(),
            tallies: vec![
                tally("ended", "COMPLETED", 3.0),
                tally("cancelled", "PAYMENT_FAILED", 2.0),
                tally("retries", "CHARGE UNDO", 7.0),
                tally("step_bucket", "CHARGE 10", 2.0),
                tally("step_bucket", "CHARGE 0.5", 1.0),
                tally("step_count", "CHARGE", 3.0),
                tally("step_seconds", "CHARGE", 21.5),
            ],
        };
        let found = Metrics::new().collector(Tallied(numbers)).text().unwrap();
        for line in [
            "zakaz_order_sagas_ended_total{ending=\"COMPLETED\"} 3.0",
            "zakaz_order_sagas_ended_total{ending=\"COMPENSATED\"} 0.0",
            "zakaz_order_cancellations_total{code=\"PAYMENT_FAILED\"} 2.0",
            "zakaz_order_cancellations_total{code=\"CANCELLED_BY_USER\"} 0.0",
            "zakaz_order_saga_retries_total{step=\"CHARGE\",direction=\"UNDO\"} 7.0",
            "zakaz_order_saga_retries_total{step=\"RESERVE_ITEMS\",direction=\"DO\"} 0.0",
            "zakaz_order_step_seconds_sum{step=\"CHARGE\"} 21.5",
            "zakaz_order_step_seconds_count{step=\"CHARGE\"} 3",
            "zakaz_order_step_seconds_bucket{le=\"0.5\",step=\"CHARGE\"} 1",
            "zakaz_order_step_seconds_bucket{le=\"10.0\",step=\"CHARGE\"} 2",
            "zakaz_order_step_seconds_bucket{le=\"+Inf\",step=\"CHARGE\"} 3",
        ] {
            assert!(found.lines().any(|it| it == line), "no {line} in:\n{found}");
        }
    }
}
