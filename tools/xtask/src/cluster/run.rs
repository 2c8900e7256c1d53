//! From a cluster to the demo's orders, step by step. Each can be run again.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use procedures::{Copy, Pages, Script};
use stack::workspace;

use super::access::Access;
use super::options::Options;
use super::{address, kind, prerequisites, procedure, programs};
use crate::build;
use crate::program;
use crate::terminal::{Paint, Step, line};

/// The tag of the images that are built here.
const TAG: &str = "local";
/// What the pods of a cluster of kind need beside the pages' values: the registry's port.
const KIND_VALUES: &str = "service:\n  networkPolicy:\n    registry:\n      port: 5000\n";

/// Runs it.
///
/// # Errors
/// When a step fails, with what it printed. The same command goes on from there.
pub fn run(options: &Options) -> Result<()> {
    programs::ensure(&programs::ALWAYS)?;
    if options.kubeconfig.is_none() {
        programs::ensure(&kind::NEEDED)
            .context("without --kubeconfig a cluster is made by kind, in Docker")?;
    }
    line("");
    match (options.delete, &options.kubeconfig) {
        (true, None) => kind::delete(),
        (true, Some(kubeconfig)) => uninstall(options, kubeconfig),
        (false, kubeconfig) => install(options, kubeconfig.as_deref()),
    }
}

/// What is installed, and how.
struct Plan {
    access: Access,
    pages: Pages,
    deploy: Copy,
    namespace: String,
    variables: Vec<(&'static str, String)>,
}

impl Plan {
    fn new(access: Access, options: &Options) -> Result<Self> {
        Ok(Self {
            variables: vec![("KUBECONFIG", access.config.display().to_string())],
            access,
            pages: Pages::read(&workspace::root())?,
            deploy: Copy::make(
                &workspace::root(),
                &workspace::local().join("cluster/deploy"),
            )?,
            namespace: options.namespace.clone(),
        })
    }

    fn with(&mut self, name: &'static str, value: &str) {
        self.variables.push((name, value.to_owned()));
    }

    fn script(&self, steps: &[&str]) -> Result<Script> {
        let script = Script::of(&self.pages, &self.deploy, steps, &self.namespace)?;
        Ok(self
            .variables
            .iter()
            .fold(script, |script, (name, value)| script.with(name, value)))
    }

    fn step(&self, label: &'static str, step: &str) -> Result<()> {
        procedure::run(label, &self.script(&[step])?).map(drop)
    }
}

fn uninstall(options: &Options, kubeconfig: &Path) -> Result<()> {
    let plan = Plan::new(Access::of(kubeconfig)?, options)?;
    // What the step `namespace` does for an installation.
    let arguments = ["config", "set-context", "--current", "--namespace"];
    plan.access
        .kubectl(&[&arguments[..], &[&options.namespace]].concat())?;
    plan.step("uninstall", "uninstall")
}

fn install(options: &Options, kubeconfig: Option<&Path>) -> Result<()> {
    let mut plan = match kubeconfig {
        Some(kubeconfig) => existing(options, kubeconfig)?,
        None => of_kind(options)?,
    };
    for (name, file) in [
        ("SERVICE_VALUES", &options.values),
        ("METRICS_VALUES", &options.metrics_values),
    ] {
        if let Some(file) = file {
            let file =
                fs::canonicalize(file).with_context(|| format!("finding {}", file.display()))?;
            plan.with(name, &file.to_string_lossy());
        }
    }
    plan.step("namespace", "namespace")?;
    plan.step("install", "install")?;
    plan.step("check", "check")?;
    demo(&plan)
}

/// The demo's four orders, and where to go afterwards.
fn demo(plan: &Plan) -> Result<()> {
    let at_its_address = address::is_reachable(&plan.access, &plan.namespace)?;
    let (script, way) = if at_its_address {
        (
            plan.script(&["address", "demo"])?
                .then("echo \"API  $BASE\"\n"),
            None,
        )
    } else {
        let way = address::forward(&plan.access, &plan.namespace)?;
        (plan.script(&["demo"])?.with("BASE", &way.base), Some(way))
    };
    program::show("the demo", script.command())?;
    let config = workspace::shown(&plan.access.config);
    let row = |name: &str, text: &str| {
        line(&format!(
            "  {} {text}",
            Paint::Strong.on(&format!("{name:8}"))
        ))
    };
    if let Some(way) = &way {
        row(
            "API",
            &format!("{}, while this runs: {}", way.base, way.command),
        );
    }
    row("cluster", &format!("export KUBECONFIG={config}"));
    row(
        "Grafana",
        "kubectl port-forward service/metrics-grafana 3001:80",
    );
    Ok(())
}

/// A cluster that is there, with images that are pushed.
fn existing(options: &Options, kubeconfig: &Path) -> Result<Plan> {
    let mut plan = Plan::new(Access::of(kubeconfig)?, options)?;
    let given = |option: &Option<String>, name: &str| {
        let given = option.clone().or_else(|| env::var(name).ok());
        given.with_context(|| {
            format!(
                "where are the images? give --{} or set {name}",
                name.to_lowercase()
            )
        })
    };
    plan.with("REGISTRY", &given(&options.registry, "REGISTRY")?);
    plan.with("TAG", &given(&options.tag, "TAG")?);
    let missing = prerequisites::missing(&plan.access)?;
    if missing.is_empty() {
        Step::begin("prerequisites").done("are there");
    } else {
        line(&format!("  the cluster lacks {}", missing.join(", ")));
        plan.step("prerequisites", "prerequisites")?;
    }
    Ok(plan)
}

/// A cluster that kind makes, with images that are built here.
fn of_kind(options: &Options) -> Result<Plan> {
    let mut plan = Plan::new(Access::of(&kind::create()?)?, options)?;
    kind::registry()?;
    plan.step("prerequisites", "prerequisites")?;
    build::wasm_target()?;
    plan.with("TAG", TAG);
    let push = plan
        .script(&["images"])?
        .with("REGISTRY", kind::PUBLISHED)
        .with("PLAIN_HTTP", "1");
    procedure::run("images", &push)?;
    plan.with("REGISTRY", kind::REGISTRY);
    let spin = kind::spin_image(TAG)?;
    // Nothing in kind gives a Service an address from outside.
    let metrics = format!(
        "executor:\n  spinImage: {spin}\ngateway:\n  envoy:\n    service:\n      type: ClusterIP\n"
    );
    plan.with(
        "SERVICE_VALUES",
        &values("services.yaml", KIND_VALUES)?.to_string_lossy(),
    );
    plan.with(
        "METRICS_VALUES",
        &values("metrics.yaml", &metrics)?.to_string_lossy(),
    );
    Ok(plan)
}

/// Writes values into `.local/cluster`.
fn values(name: &str, text: &str) -> Result<PathBuf> {
    let file = workspace::local().join("cluster").join(name);
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}
