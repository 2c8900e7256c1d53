//! An upgrade keeps the installation's Secrets, and replaces pods only when a Secret that they read or the executor has
//! changed. helm asks a small API server, so that `lookup` works as on a cluster.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use crate::api::{Api, kinds};
use crate::charts::{CHARTS, Charts, SERVICES, stage};
use crate::objects::{Object, parse};
use crate::tools::Tools;
use crate::workspace;

struct Cluster<'a> {
    tools: &'a Tools,
    api: Api,
    kubeconfig: PathBuf,
}

impl<'a> Cluster<'a> {
    fn new(charts: &Charts, tools: &'a Tools) -> Result<Self> {
        let api = Api::start(kinds(charts.all().map(|(_, object)| object)))?;
        let kubeconfig = workspace::local().join("deploy-check/kubeconfig.json");
        fs::write(&kubeconfig, api.kubeconfig().to_string())
            .with_context(|| format!("writing {}", kubeconfig.display()))?;
        Ok(Self {
            tools,
            api,
            kubeconfig,
        })
    }

    fn render(&self, chart: &str, upgrade: bool) -> Result<Vec<Object>> {
        let text = self
            .tools
            .template_on(&self.kubeconfig, chart, &stage(chart)?, upgrade)?;
        parse(&text)
    }

    /// The checksums in each service's pod annotations: a change of one replaces the pods.
    fn checksums(&self) -> Result<Vec<String>> {
        let checksum = |service: &&str| {
            let objects = self.render(service, true)?;
            let app = objects.iter().find(|object| object.kind() == "SpinApp");
            let app = app.with_context(|| format!("{service} has no SpinApp"))?;
            let found = &app.spec()["podAnnotations"];
            Ok(format!(
                "{} {}",
                found["zakaz/secrets"], found["zakaz/executor"]
            ))
        };
        SERVICES.iter().map(checksum).collect()
    }

    /// The services whose pods are replaced since `before`.
    fn replaced(&self, before: &[String]) -> Result<Vec<&'static str>> {
        let after = self.checksums()?;
        let pairs = before.iter().zip(&after).zip(SERVICES);
        let changed = pairs.filter(|((before, after), _)| before != after);
        Ok(changed.map(|(_, service)| service).collect())
    }
}

pub fn faults(charts: &Charts, tools: &Tools) -> Result<Vec<String>> {
    let cluster = Cluster::new(charts, tools)?;
    let mut faults = Vec::new();
    let mut installed = Vec::new();
    for chart in CHARTS {
        let objects = cluster.render(chart, false)?;
        cluster.api.install(&objects);
        installed.push((chart, objects));
    }
    // CloudNativePG makes these later.
    for service in SERVICES {
        cluster.api.put(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": format!("zakaz-{service}-db-ca"), "namespace": "zakaz"},
            "data": {"ca.crt": "YXV0aG9yaXR5"},
        }));
    }
    for (chart, before) in &installed {
        let after = cluster.render(chart, true)?;
        if before.len() != after.len() {
            faults.push(format!(
                "{chart}: an upgrade makes other objects than the installation"
            ));
        }
        let changed = before
            .iter()
            .zip(&after)
            .filter(|(one, other)| one.0 != other.0);
        faults.extend(changed.map(|(object, _)| {
            let (kind, name) = (object.kind(), object.name());
            format!("{chart}: an upgrade that changes nothing changes the {kind} {name}")
        }));
    }
    let executor = "spinappexecutors/zakaz";
    for (object, entry, wanted) in [
        (
            "secrets/zakaz-shared",
            "/data/operator_token",
            SERVICES.as_slice(),
        ),
        ("secrets/zakaz-auth", "/data/admin_password", &["auth"]),
        (
            "secrets/zakaz-billing-db-role",
            "/data/password",
            &["billing"],
        ),
        (executor, "/spec/deploymentConfig/spinImage", &SERVICES),
    ] {
        let before = cluster.checksums()?;
        cluster.api.patch(object, entry, "Y2hhbmdlZA==")?;
        let replaced = cluster.replaced(&before)?;
        if replaced != wanted {
            faults.push(format!(
                "a new {entry} in {object} replaces the pods of {replaced:?}, and not of {wanted:?}"
            ));
        }
    }
    // Secrets that are there only while another is being replaced.
    for (object, entry, wanted) in [
        (
            "secrets/zakaz-shared",
            "accepted_service_secret",
            SERVICES.as_slice(),
        ),
        (
            "secrets/zakaz-auth",
            "accepted_refresh_token_key",
            &["auth"],
        ),
    ] {
        let before = cluster.checksums()?;
        cluster.api.add(object, entry, "Y2hhbmdlZA==")?;
        let replaced = cluster.replaced(&before)?;
        if replaced != wanted {
            faults.push(format!(
                "a new {entry} in {object} replaces the pods of {replaced:?}, and not of {wanted:?}"
            ));
        }
        let kept = cluster.render("auth", true)?;
        let kept = kept.iter().any(|it| it.0["data"][entry] == "Y2hhbmdlZA==");
        if !kept {
            faults.push(format!("an upgrade of auth drops {entry} from {object}"));
        }
    }
    Ok(faults)
}
