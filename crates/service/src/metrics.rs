//! Metrics as Prometheus reads them. An instance's own counters would die with it, so what is
//! told here comes from the database.

use std::sync::atomic::AtomicU64;

use axum::response::{IntoResponse, Response};
use http::header;
use prometheus_client::{
    encoding::text,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::problem::Problem;

/// The text of these metrics. It is OpenMetrics in form, which reads as Prometheus text too.
pub fn answer(registry: &Registry) -> Result<Response, Problem> {
    let mut body = String::new();
    text::encode(&mut body, registry).map_err(Problem::internal)?;
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], body).into_response())
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
    use super::*;

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
