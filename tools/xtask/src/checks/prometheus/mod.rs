//! The charts' monitoring, live: a real Prometheus and a real Envoy around a local stack, set up from what helm renders.
//! Every panel must have data after a demo, and alerts must fire when things go wrong, and end with them.

mod gateway;
mod monitors;
mod objects;
mod panels;
mod process;
mod rules;
mod server;
mod trouble;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::{TemporaryFolder, port};
use stack::workspace;

use self::gateway::Gateway;
use self::monitors::Places;
use self::objects::Objects;
use self::rules::FACTOR;
use self::server::Prometheus;
use self::trouble::Customer;
use super::python;
use super::tested_system::this_program;
use crate::client::Client;
use crate::interrupt;
use crate::system::System;
use crate::terminal::{Step, line};

/// How often the story of the demo is told: rates need more than one moment.
const DEMOS: u64 = 3;
/// A compensation that cannot be done is stuck within seconds.
const VARIABLES: [(&str, &str); 3] = [
    ("saga_backoff_ms", "100"),
    ("saga_backoff_cap_ms", "1000"),
    ("saga_stuck_after", "3"),
];
/// The alert that comes where nothing takes the events; this stack has no broker.
const WITHOUT_BROKER: &str = "ZakazOutboxLag";
/// What an alert may take to fire, or to end.
const LIMIT: Duration = Duration::from_secs(90);
/// The panel that an outage must show in.
const ERRORS: &str = "Errors, share of requests (from the gateway)";
const TICK: Duration = Duration::from_millis(200);

/// Whether there is a Prometheus; the error says what to do.
pub fn installed() -> Result<()> {
    server::program().map(drop)
}

pub fn check() -> Result<()> {
    let folder = TemporaryFolder::new()?;
    let step = Step::begin("charts");
    let objects = Objects::render(folder.path(), &step)?;
    step.done("rendered");
    let envoy = python::environment("envoy", &requirements(), Step::begin("Envoy"))?;

    let header = objects.variable("zakaz-auth", "client_ip_header")?;
    let variables = [VARIABLES.as_slice(), &[("client_ip_header", header)]].concat();
    let stack = System::temporary(&variables, &[])?;
    stack.seed()?;
    let step = Step::begin("monitoring");
    let mut live = Live::start(&stack, &objects, &envoy.join("bin/envoy"), folder.path())?;
    step.done(&format!(
        "Prometheus reads {} targets, Envoy has {} routes; all times of the rules are divided by {FACTOR}",
        live.targets, live.gateway.routes
    ));

    live.tell_stories()?;
    let step = Step::begin("failures");
    let failing = live.fail(header, &step)?;
    step.done(&failing);
    let asked = panels::check(&objects, &live.prometheus)?;
    line(&format!(
        "  all {asked} queries of the dashboards have data"
    ));
    let step = Step::begin("outage");
    let failing = live.stop_the_host(&panels::query(&objects, ERRORS)?, &step)?;
    step.done(&failing);
    let step = Step::begin("recovery");
    live.mend(&step)?;
    step.done("no alert is left");
    drop(live);
    stack.stop()
}

fn requirements() -> std::path::PathBuf {
    let own = "tools/xtask/src/checks/prometheus/requirements.txt";
    workspace::root().join(own)
}

/// The stack with what stands around it.
struct Live<'a> {
    stack: &'a System,
    prometheus: Prometheus,
    gateway: Gateway,
    /// Through the gateway.
    client: Client,
    targets: usize,
}

impl<'a> Live<'a> {
    fn start(stack: &'a System, objects: &Objects, envoy: &Path, folder: &Path) -> Result<Self> {
        let host = stack.base_url().trim_start_matches("http://");
        let (_, port) = host.rsplit_once(':').context("the stack has no port")?;
        let gateway = Gateway::start(envoy, objects, port.parse()?, folder)?;
        let places = Places {
            host,
            gateway: &gateway.metrics,
        };
        let jobs = monitors::jobs(objects, &places, stack.environment())?;
        let rules = rules::scaled(objects)?;
        Ok(Self {
            stack,
            prometheus: Prometheus::start(folder, &jobs, &rules)?,
            client: Client::new(&gateway.url, "en"),
            gateway,
            targets: jobs.targets,
        })
    }

    /// Runs the demo, as a person would against the gateway.
    fn tell_stories(&self) -> Result<()> {
        let step = Step::begin("demo");
        let environment = self.stack.environment();
        for number in 0..DEMOS {
            interrupt::check()?;
            step.progress(number, DEMOS);
            let told = Command::new(this_program()?)
                .args(["demo", "--lang", "en", "--url", self.client.base()])
                .env("ADMIN_EMAIL", environment.expect("admin_email")?)
                .env("ADMIN_PASSWORD", environment.expect("admin_password")?)
                .stdin(Stdio::null())
                .output()
                .context("running the demo")?;
            if !told.status.success() {
                let said = [told.stdout, told.stderr].concat();
                bail!(
                    "the demo failed through the gateway:\n{}",
                    String::from_utf8_lossy(&said)
                );
            }
        }
        step.done(&format!("{DEMOS} times, through the gateway"));
        Ok(())
    }

    /// A locked login, a wallet that was written to by hand, a dead delivery, and orders without money.
    fn fail(&mut self, header: &str, step: &Step) -> Result<String> {
        step.note("guessing a password");
        trouble::lock_a_login(&self.gateway.url, header)?;
        trouble::break_a_wallet(self.stack)?;
        step.note("an order for which no delivery answers is cancelled");
        let (rich, poor) = (Customer::rich(&self.client)?, Customer::poor(&self.client)?);
        let nobody = format!("http://127.0.0.1:{}", port::free()?);
        self.stack.restart_host(&[("delivery_url", nobody)])?;
        let order = rich.order()?;
        self.wait(step, "the courier's step to go unanswered", |_| {
            rich.step_is(&order, "RESERVE_COURIER", "UNKNOWN")
        })?;
        rich.cancel(&order)?;
        let wanted = [
            "ZakazCompensationRate",
            "ZakazSagaStuck",
            "ZakazWalletInvariant",
        ];
        self.wait_until_fired(step, &wanted, || poor.order().map(drop))
    }

    /// Kills the host; `errors` is the query that must tell of the requests which fail for it.
    fn stop_the_host(&mut self, errors: &str, step: &Step) -> Result<String> {
        self.stack.kill_host()?;
        let call = |live: &Self| live.client.get("/api/orders/healthz", None).map(drop);
        self.wait(step, "the panel of errors to tell of them", |live| {
            call(live)?;
            let shares = live.prometheus.query(errors)?;
            Ok(shares.iter().any(|share| share.value > 0.0))
        })?;
        self.wait_until_fired(step, &["ZakazNotReady"], || Ok(()))
    }

    /// Puts everything right, and waits until every alert has ended.
    fn mend(&mut self, step: &Step) -> Result<()> {
        self.stack.restart_host(&[])?;
        trouble::mend_the_wallet(self.stack)?;
        self.wait(step, "every alert to end", |live| {
            let alerts = live.prometheus.alerts()?;
            Ok(alerts.iter().all(|(name, _)| name == WITHOUT_BROKER))
        })
    }

    /// Waits until each of these alerts has been seen firing, doing `meanwhile` again and again.
    fn wait_until_fired(
        &mut self,
        step: &Step,
        wanted: &[&str],
        meanwhile: impl Fn() -> Result<()>,
    ) -> Result<String> {
        let (began, mut fired) = (Instant::now(), BTreeSet::new());
        let mut told = Vec::new();
        self.wait(step, &format!("{} to fire", wanted.join(", ")), |live| {
            meanwhile()?;
            for (name, state) in live.prometheus.alerts()? {
                let is_wanted = wanted.contains(&name.as_str());
                if is_wanted && state == "firing" && fired.insert(name.clone()) {
                    let seconds = began.elapsed().as_secs();
                    told.push(format!("{name} fires after {seconds} s"));
                }
            }
            Ok(fired.len() == wanted.len())
        })?;
        Ok(told.join(", "))
    }

    /// Asks again and again until `done`, and fails when something beside the check has ended.
    fn wait(
        &mut self,
        step: &Step,
        what: &str,
        mut done: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        step.note(&format!("waiting for {what}"));
        let deadline = Instant::now() + LIMIT;
        while !done(self)? {
            interrupt::check()?;
            self.prometheus.check()?;
            self.gateway.check()?;
            if Instant::now() > deadline {
                let alerts = self.prometheus.alerts()?;
                bail!(
                    "waited {} s for {what}; the alerts are {alerts:?}",
                    LIMIT.as_secs()
                );
            }
            sleep(TICK);
        }
        Ok(())
    }
}
