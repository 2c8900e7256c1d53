//! A Prometheus of this test, and its HTTP API.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::port;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::monitors::Jobs;
use crate::objects::{list, text};
use crate::process::Process;

/// How often metrics are read and rules are evaluated.
const INTERVAL: &str = "1s";
const TARGETS_LIMIT: Duration = Duration::from_secs(20);

pub struct Prometheus {
    process: Process,
    base: String,
}

/// A series of a query's answer.
pub struct Series {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

impl Prometheus {
    /// Starts one that reads `jobs` and evaluates the groups of `rules`, with its data in `folder`.
    pub async fn start(folder: &Path, jobs: &Jobs, rules: &Value) -> Result<Self> {
        let program = env::var("PROMETHEUS").unwrap_or("prometheus".into());
        let (config, rules_file) = (folder.join("prometheus.json"), folder.join("rules.json"));
        let settings = json!({
            "global": {
                "scrape_interval": INTERVAL,
                "scrape_timeout": INTERVAL,
                "evaluation_interval": INTERVAL,
            },
            "rule_files": [rules_file.to_string_lossy()],
            "scrape_configs": jobs.configs,
        });
        // Every JSON text is YAML too.
        for (file, content) in [(&config, &settings), (&rules_file, rules)] {
            fs::write(file, content.to_string())
                .with_context(|| format!("writing {}", file.display()))?;
        }
        let base = format!("http://127.0.0.1:{}", port::free()?);
        let listen = base.trim_start_matches("http://");
        let mut command = Command::new(program);
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!(
            "--storage.tsdb.path={}",
            folder.join("data").display()
        ));
        command.arg(format!("--web.listen-address={listen}"));
        command.arg("--log.level=warn");
        let ready = format!("{base}/-/ready");
        let process = Process::start("prometheus", command, folder, &ready).await?;
        let prometheus = Self { process, base };
        prometheus.wait_for_targets(jobs.targets).await?;
        Ok(prometheus)
    }

    pub fn check(&mut self) -> Result<()> {
        self.process.check()
    }

    /// The series of an instant query.
    pub fn query(&self, expression: &str) -> Result<Vec<Series>> {
        let data = self
            .get("query", &[("query", expression)])
            .with_context(|| format!("the query {expression}"))?;
        let series = list(&data["result"]).iter().map(|series| {
            let labels = serde_json::from_value(series["metric"].clone())?;
            let value = text(&series["value"][1], "a sample")?.parse()?;
            Ok(Series { labels, value })
        });
        series.collect()
    }

    /// The values of `label` on the series that `selector` selects.
    pub fn label_values(&self, selector: &str, label: &str) -> Result<Vec<String>> {
        let data = self.get(&format!("label/{label}/values"), &[("match[]", selector)])?;
        Ok(serde_json::from_value(data)?)
    }

    /// The alerts that are pending or firing: name and state.
    pub fn alerts(&self) -> Result<Vec<(String, String)>> {
        let data = self.get("alerts", &[])?;
        let alerts = list(&data["alerts"]).iter().map(|alert| {
            let name = text(&alert["labels"]["alertname"], "an alert's name")?;
            let state = text(&alert["state"], "an alert's state")?;
            Ok((name.to_owned(), state.to_owned()))
        });
        alerts.collect()
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = format!("{}/api/v1/{path}", self.base);
        let request = ureq::get(&url)
            .config()
            .http_status_as_error(false)
            .build()
            .query_pairs(query.iter().copied());
        let body = request
            .call()
            .and_then(|mut answer| answer.body_mut().read_to_string())
            .with_context(|| format!("asking Prometheus for {path}"))?;
        let mut answer: Value = serde_json::from_str(&body).context("parsing its answer")?;
        if answer["status"] != "success" {
            bail!("Prometheus says: {}", answer["error"]);
        }
        Ok(answer["data"].take())
    }

    /// Waits until all targets are read without an error.
    async fn wait_for_targets(&self, wanted: usize) -> Result<()> {
        let deadline = Instant::now() + TARGETS_LIMIT;
        loop {
            let read = self.query("up == 1")?.len();
            if read == wanted {
                return Ok(());
            }
            if Instant::now() > deadline {
                let errors: Vec<String> = list(&self.get("targets", &[])?["activeTargets"])
                    .iter()
                    .filter(|target| target["health"] != "up")
                    .map(|target| format!("  {}: {}", target["scrapeUrl"], target["lastError"]))
                    .collect();
                bail!(
                    "{read} of {wanted} targets are read:\n{}",
                    errors.join("\n")
                );
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}
