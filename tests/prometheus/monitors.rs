//! What Prometheus reads: the rendered ServiceMonitors and the gateway's PodMonitor as its operator translates them,
//! with targets on this machine.

use anyhow::{Context, Result, bail};
use harness::environment::Environment;
use serde_json::{Value, json};

use crate::objects::{NAMESPACE, Objects, list, text};

/// The label of the Services that SpinKube makes.
const APP: &str = "core.spinkube.dev/app-name";
/// The label of the pods that Envoy Gateway makes.
const GATEWAY: &str = "gateway.envoyproxy.io/owning-gateway-name";
/// The name that SpinKube and Envoy Gateway give to the ports of their containers.
const PORTS: [&str; 2] = ["http-app", "metrics"];

/// Where things are on this machine, as `host:port`.
pub struct Places<'a> {
    pub host: &'a str,
    pub gateway: &'a str,
}

/// The jobs, and how many targets they have together.
pub struct Jobs {
    pub configs: Vec<Value>,
    pub targets: usize,
}

/// Each monitor's job. An app's pods are all this one host, which is read as often as there are pods: they return
/// the same numbers, as pods with one database do.
pub fn jobs(objects: &Objects, places: &Places) -> Result<Jobs> {
    let mut jobs = Jobs {
        configs: Vec::new(),
        targets: 0,
    };
    for monitor in objects.of_kind("ServiceMonitor") {
        let name = text(&monitor["metadata"]["name"], "a monitor's name")?;
        let labels = &monitor["spec"]["selector"]["matchLabels"];
        let app = text(&labels[APP], "the app that a ServiceMonitor selects")?;
        let pods = objects.find("SpinApp", app)?["spec"]["replicas"]
            .as_u64()
            .with_context(|| format!("the SpinApp {app} has no number of replicas"))?;
        for endpoint in list(&monitor["spec"]["endpoints"]) {
            let mut job = job(name, endpoint, &endpoint["targetPort"])?;
            if let Some(authorization) = endpoint.get("authorization") {
                job["authorization"] = credentials(authorization)?;
            }
            job["static_configs"] = (1..=pods)
                .map(|pod| {
                    let labels = json!({
                        "namespace": NAMESPACE,
                        "job": app,
                        "service": app,
                        "container": app,
                        "pod": format!("{app}-{pod}"),
                    });
                    json!({"targets": [places.host], "labels": labels})
                })
                .collect();
            jobs.targets += usize::try_from(pods)?;
            jobs.configs.push(job);
        }
    }
    for monitor in objects.of_kind("PodMonitor") {
        let name = text(&monitor["metadata"]["name"], "a monitor's name")?;
        let labels = &monitor["spec"]["selector"]["matchLabels"];
        // The broker's pods and the databases' have no counterpart in this system.
        let Some(gateway) = labels.get(GATEWAY) else {
            continue;
        };
        objects.find("Gateway", text(gateway, "the gateway of a PodMonitor")?)?;
        for endpoint in list(&monitor["spec"]["podMetricsEndpoints"]) {
            let mut job = job(name, endpoint, &endpoint["port"])?;
            let labels = json!({
                "namespace": NAMESPACE,
                "job": format!("{NAMESPACE}/{name}"),
                "container": "envoy",
                "pod": "envoy-1",
            });
            job["static_configs"] = json!([{"targets": [places.gateway], "labels": labels}]);
            jobs.targets += 1;
            jobs.configs.push(job);
        }
    }
    Ok(jobs)
}

fn job(name: &str, endpoint: &Value, port: &Value) -> Result<Value> {
    if !PORTS.iter().any(|known| port == known) {
        bail!("{name} reads the port {port}, which no pod has");
    }
    Ok(json!({
        "job_name": format!("{NAMESPACE}/{name}"),
        "metrics_path": text(&endpoint["path"], "a monitor's path")?,
        "scheme": endpoint["scheme"].as_str().unwrap_or("http"),
    }))
}

/// The reference to a Secret, with what this system has for it.
fn credentials(authorization: &Value) -> Result<Value> {
    let reference = &authorization["credentials"];
    if reference["name"] != "zakaz-shared" {
        bail!("a monitor reads the Secret {}", reference["name"]);
    }
    let key = text(&reference["key"], "the key of a monitor's Secret")?;
    Ok(json!({
        "type": text(&authorization["type"], "a monitor's kind of authorization")?,
        "credentials": Environment::get().variable(key),
    }))
}
