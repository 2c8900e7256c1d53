//! Metrics as Prometheus reads them. They are read from the database at each scrape: counters in memory would
//! be lost with the instance.

use std::{collections::HashSet, fmt, sync::atomic::AtomicU64};

use prometheus_client::{
    collector::Collector,
    encoding::text,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

/// The metrics of one scrape.
#[derive(Debug, Default)]
pub struct Metrics(Registry);

impl Metrics {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a gauge without labels.
    #[must_use]
    pub fn gauge(mut self, name: &str, help: &str, value: f64) -> Self {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value);
        self.0.register(name, help, gauge);
        self
    }

    /// Adds a gauge with one value for each value of a label.
    #[must_use]
    pub fn labelled_gauge(
        mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (String, f64)>,
    ) -> Self {
        let family = Family::<[(&'static str, String); 1], Gauge<f64, AtomicU64>>::default();
        for (of, value) in values {
            family.get_or_create(&[(label, of)]).set(value);
        }
        self.0.register(name, help, family);
        self
    }

    /// Adds metrics of other kinds.
    #[must_use]
    pub fn collector(mut self, collector: impl Collector) -> Self {
        self.0.register_collector(Box::new(collector));
        self
    }

    /// The metrics in Prometheus' text format, version 0.0.4.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut open_metrics = String::new();
        text::encode(&mut open_metrics, &self.0)?;
        Ok(prometheus_text(&open_metrics))
    }
}

/// Converts OpenMetrics to the older text format, which every scraper reads. There a counter is described
/// under the name of its samples, with `_total`, and nothing marks the end.
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

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    #[test]
    fn counters_are_described_under_the_name_of_their_samples() {
        let mut metrics = Metrics::new();
        let ended = Family::<[(&str, &str); 1], Counter>::default();
        ended.get_or_create(&[("ending", "COMPLETED")]).inc_by(3);
        metrics
            .0
            .register("zakaz_ended", "Sagas that have ended", ended);
        assert_eq!(
            metrics
                .gauge("zakaz_wallets", "Wallets", 2.0)
                .text()
                .unwrap(),
            "# HELP zakaz_ended_total Sagas that have ended.\n\
             # TYPE zakaz_ended_total counter\n\
             zakaz_ended_total{ending=\"COMPLETED\"} 3\n\
             # HELP zakaz_wallets Wallets.\n\
             # TYPE zakaz_wallets gauge\n\
             zakaz_wallets 2.0\n"
        );
    }

    #[test]
    fn a_labelled_gauge_has_a_sample_for_each_value() {
        let values = [("VOID".to_owned(), 1.0)];
        let metrics = Metrics::new().labelled_gauge("zakaz_charges", "Charges", "status", values);
        assert_eq!(
            metrics.text().unwrap(),
            "# HELP zakaz_charges Charges.\n\
             # TYPE zakaz_charges gauge\n\
             zakaz_charges{status=\"VOID\"} 1.0\n"
        );
    }
}
