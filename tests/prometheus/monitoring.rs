//! Prometheus and the gateway around the running system, and what is done to it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use harness::client::Client;
use harness::control::Control;
use harness::environment::{Environment, required};
use local_resources::{TemporaryFolder, port};
use tokio::time::sleep;

use crate::failures::{self, Buyer};
use crate::gateway::Gateway;
use crate::monitors::{self, Places};
use crate::objects::Objects;
use crate::panels;
use crate::rules;
use crate::server::Prometheus;

/// How often the demo runs: rates need more than one moment.
const DEMOS: u64 = 3;
/// A compensation that cannot be done is stuck within seconds.
const VARIABLES: [(&str, &str); 3] = [
    ("saga_backoff_ms", "100"),
    ("saga_backoff_cap_ms", "1000"),
    ("saga_stuck_after", "3"),
];
/// The alert that fires where nothing takes the events; this system has no broker.
const WITHOUT_BROKER: &str = "ZakazOutboxLag";
/// How long an alert may take to fire, or to end.
const LIMIT: Duration = Duration::from_secs(90);
/// The panel in which an outage must show.
const ERRORS: &str = "Errors, share of requests (from the gateway)";
const TICK: Duration = Duration::from_millis(200);

pub struct Monitoring {
    // The processes are dropped before the folder of their files.
    pub prometheus: Prometheus,
    gateway: Gateway,
    _folder: TemporaryFolder,
    /// Through the gateway.
    client: Client,
    control: Control,
    /// The header in which the gateway passes on the client's address.
    address_header: String,
    /// The query of the panel [`ERRORS`].
    errors: String,
}

impl Monitoring {
    /// Starts the host with the variables of this test, and Prometheus and the gateway around it.
    pub async fn start(objects: &Objects, control: Control) -> Result<Self> {
        let folder = TemporaryFolder::new()?;
        let envoy = PathBuf::from(required("ZAKAZ_ENVOY"));
        let environment = Environment::get();
        let host = environment.base_url.trim_start_matches("http://");
        let (_, upstream) = host.rsplit_once(':').context("the base URL has no port")?;
        let gateway = Gateway::start(&envoy, objects, upstream.parse()?, folder.path()).await?;
        let places = Places {
            host,
            gateway: &gateway.metrics,
        };
        let jobs = monitors::jobs(objects, &places)?;
        let address_header = objects
            .variable("zakaz-auth", "client_ip_header")?
            .to_owned();
        restart_host(&control, &address_header, &[]).await;
        let rules = rules::scaled(objects)?;
        let monitoring = Self {
            prometheus: Prometheus::start(folder.path(), &jobs, &rules).await?,
            client: Client::at(&gateway.url),
            gateway,
            _folder: folder,
            control,
            address_header,
            errors: panels::query(objects, ERRORS)?,
        };
        println!(
            "Prometheus reads {} targets, Envoy has {} routes; all times of the rules are divided by {}",
            jobs.targets,
            monitoring.gateway.routes,
            rules::FACTOR
        );
        Ok(monitoring)
    }

    /// Runs the demo several times, through the gateway.
    pub fn run_demos(&self) -> Result<()> {
        let command = format!("{} --url {}", required("ZAKAZ_DEMO"), self.gateway.url);
        let environment = Environment::get();
        for _ in 0..DEMOS {
            let ran = Command::new("sh")
                .args(["-c", &command])
                .env("ADMIN_EMAIL", environment.variable("admin_email"))
                .env("ADMIN_PASSWORD", environment.variable("admin_password"))
                .stdin(Stdio::null())
                .output()
                .context("running the demo")?;
            if !ran.status.success() {
                let printed = [ran.stdout, ran.stderr].concat();
                bail!(
                    "the demo failed through the gateway:\n{}",
                    String::from_utf8_lossy(&printed)
                );
            }
        }
        println!("the demo ran {DEMOS} times, through the gateway");
        Ok(())
    }

    /// Locks a login, changes a wallet without its ledger, takes delivery away, and places orders without money.
    /// Returns which alerts fired, and when.
    pub async fn cause_failures(&mut self) -> Result<String> {
        failures::lock_a_login(&self.client, &self.address_header).await?;
        failures::break_a_wallet().await;
        let rich = Buyer::rich(&self.client).await?;
        let poor = Buyer::poor(&self.client).await?;
        let closed = format!("http://127.0.0.1:{}", port::free()?);
        let delivery = [("delivery_url", closed.as_str())];
        restart_host(&self.control, &self.address_header, &delivery).await;
        let order = rich.order().await;
        self.wait("the courier's step to go unanswered", async |_| {
            Ok(rich.step_is(&order, "RESERVE_COURIER", "UNKNOWN").await)
        })
        .await?;
        rich.cancel(&order).await;
        let wanted = [
            "ZakazAuditFindings",
            "ZakazCompensationRate",
            "ZakazSagaStuck",
            "ZakazWalletInvariant",
        ];
        self.wait_until_fired(&wanted, async || {
            poor.order().await;
        })
        .await
    }

    /// Kills the host, and calls it until the panel of errors shows that. Returns which alert fired, and when.
    pub async fn stop_the_host(&mut self) -> Result<String> {
        self.control.kill_host().await;
        let errors = self.errors.clone();
        self.wait("the panel of errors to show them", async |monitoring| {
            // Whatever the gateway answers.
            let _ = monitoring
                .client
                .get("/api/orders/healthz")
                .try_send()
                .await;
            let shares = monitoring.prometheus.query(&errors)?;
            Ok(shares.iter().any(|share| share.value > 0.0))
        })
        .await?;
        self.wait_until_fired(&["ZakazNotReady"], async || ()).await
    }

    /// Undoes all of it, and waits until every alert has ended.
    pub async fn recover(&mut self) -> Result<()> {
        restart_host(&self.control, &self.address_header, &[]).await;
        failures::repair_the_wallet().await;
        self.wait("every alert to end", async |monitoring| {
            let alerts = monitoring.prometheus.alerts()?;
            Ok(alerts.iter().all(|(name, _)| name == WITHOUT_BROKER))
        })
        .await
    }

    /// Waits until each of these alerts was seen firing; calls `meanwhile` again and again.
    async fn wait_until_fired(
        &mut self,
        wanted: &[&str],
        meanwhile: impl AsyncFn(),
    ) -> Result<String> {
        let began = Instant::now();
        let (mut fired, mut report) = (BTreeSet::new(), Vec::new());
        self.wait(
            &format!("{} to fire", wanted.join(", ")),
            async |monitoring| {
                meanwhile().await;
                for (name, state) in monitoring.prometheus.alerts()? {
                    let is_wanted = wanted.contains(&name.as_str());
                    if is_wanted && state == "firing" && fired.insert(name.clone()) {
                        report.push(format!(
                            "{name} fires after {} s",
                            began.elapsed().as_secs()
                        ));
                    }
                }
                Ok(fired.len() == wanted.len())
            },
        )
        .await?;
        Ok(report.join(", "))
    }

    /// Polls until `done`, and fails when Prometheus or the gateway has ended.
    async fn wait(
        &mut self,
        what: &str,
        mut done: impl AsyncFnMut(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        while !done(self).await? {
            self.prometheus.check()?;
            self.gateway.check()?;
            if Instant::now() > deadline {
                let alerts = self.prometheus.alerts()?;
                bail!(
                    "waited {} s for {what}; the alerts are {alerts:?}",
                    LIMIT.as_secs()
                );
            }
            sleep(TICK).await;
        }
        Ok(())
    }
}

/// Kills the host and starts it with the variables of this test and these.
async fn restart_host(control: &Control, address_header: &str, changes: &[(&str, &str)]) {
    let header = [("client_ip_header", address_header)];
    let variables = [&VARIABLES, header.as_slice(), changes].concat();
    control.kill_host().await;
    control.start_host_with(&variables).await;
}
