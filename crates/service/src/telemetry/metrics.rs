//! Metrics as Prometheus reads them. An instance's own counters would die with it, so what is
//! told here comes from the database.

use std::{collections::HashSet, sync::atomic::AtomicU64};

use axum::response::{IntoResponse, Response};
use http::header;
use prometheus_client::{
    encoding::text,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::web::problem::Problem;

/// The text of these metrics.
pub fn answer(registry: &Registry) -> Result<Response, Problem> {
    let mut open_metrics = String::new();
    text::encode(&mut open_metrics, registry).map_err(Problem::internal)?;
    let body = prometheus_text(&open_metrics);
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], body).into_response())
}

/// OpenMetrics as the older text format, which every reader takes: there a counter is described under the
/// name of its samples, with `_total`, and nothing marks the end.
fn prometheus_text(open_metrics: &str) -> String {
    let counters: HashSet<&str> = open_metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines().filter(|line| *line != "# EOF") {
        let of_counter = ["# HELP ", "# TYPE "].into_iter().find_map(|start| {
            let (name, rest) = line.strip_prefix(start)?.split_once(' ')?;
            counters
                .contains(name)
                .then(|| format!("{start}{name}_total {rest}"))
        });
        text.push_str(of_counter.as_deref().unwrap_or(line));
        text.push('\n');
    }
    text
}

/// Adds a gauge that reads `value`.
pub fn gauge(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Gauge::<f64, AtomicU64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

/// Adds a gauge with one reading for each value of a label.
pub fn gauges(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    readings: impl IntoIterator<Item = (String, f64)>,
) {
    let family = Family::<[(&'static str, String); 1], Gauge<f64, AtomicU64>>::default();
    for (of, value) in readings {
        family.get_or_create(&[(label, of)]).set(value);
    }
    registry.register(name, help, family);
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    #[test]
    fn counters_are_described_under_the_name_of_their_samples() {
        let mut registry = Registry::default();
        let endings = Family::<[(&str, &str); 1], Counter>::default();
        endings.get_or_create(&[("ending", "COMPLETED")]).inc_by(3);
        registry.register("zakaz_ended", "Sagas that have ended", endings);
        gauge(&mut registry, "zakaz_wallets", "How many wallets", 2.0);
        let mut text = String::new();
        text::encode(&mut text, &registry).unwrap();
        assert_eq!(
            prometheus_text(&text),
            "# HELP zakaz_ended_total Sagas that have ended.\n\
             # TYPE zakaz_ended_total counter\n\
             zakaz_ended_total{ending=\"COMPLETED\"} 3\n\
             # HELP zakaz_wallets How many wallets.\n\
             # TYPE zakaz_wallets gauge\n\
             zakaz_wallets 2.0\n"
        );
    }

    #[test]
    fn gauges_read_as_prometheus_text() {
        let mut registry = Registry::default();
        gauge(&mut registry, "zakaz_wallets", "How many wallets", 2.0);
        let readings = [("VOID".to_owned(), 1.0)];
        gauges(
            &mut registry,
            "zakaz_charges",
            "Charges",
            "status",
            readings,
        );
        let mut text = String::new();
        text::encode(&mut text, &registry).unwrap();
        assert!(
            text.contains("# TYPE zakaz_wallets gauge\nzakaz_wallets 2.0\n"),
            "{text}"
        );
        assert!(
            text.contains("zakaz_charges{status=\"VOID\"} 1.0\n"),
            "{text}"
        );
    }
}
