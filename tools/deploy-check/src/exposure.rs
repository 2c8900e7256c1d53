//! Only `/api` is exposed outside of the cluster, and all of it.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use crate::charts::{Charts, SERVICES, stage};
use crate::manifest::Manifest;
use crate::objects::{Object, list, text};
use crate::tools::Tools;

pub fn faults(charts: &Charts, manifest: &Manifest, tools: &Tools) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (rendering, object) in charts.all() {
        let paths = paths(object);
        for path in &paths {
            if path != "/api" && !path.starts_with("/api/") {
                faults.push(format!(
                    "{} ({}) exposes {path}",
                    rendering.chart, rendering.values
                ));
            }
        }
        // A path must go to the component that has its route.
        let served = |path: &String| {
            let route = format!("{path}/...");
            let component = rendering.chart.to_owned();
            manifest.routes.contains(&(route, component))
        };
        for path in paths.iter().filter(|path| !served(path)) {
            faults.push(format!(
                "{} exposes {path}, which spin.toml does not give it",
                rendering.chart
            ));
        }
        if ["Service", "Gateway"].contains(&object.kind())
            && object.spec()["type"] == "LoadBalancer"
        {
            faults.push(format!(
                "{} opens a port outside of the gateway: {}",
                rendering.chart,
                object.name()
            ));
        }
    }
    for values in ["default", "ingress"] {
        let exposed: BTreeSet<String> = charts
            .all()
            .filter(|(it, _)| it.values == values)
            .flat_map(|(_, object)| paths(object))
            .map(|path| format!("{path}/..."))
            .collect();
        let public = manifest
            .routes
            .iter()
            .filter(|(route, _)| route.starts_with("/api/"));
        for (route, _) in public.filter(|(route, _)| !exposed.contains(route)) {
            faults.push(format!("with {values} values nothing exposes {route}"));
        }
    }
    for service in SERVICES {
        for path in [
            "/internal",
            "/internal/orders",
            "/",
            "/api/../internal",
            "/apix",
        ] {
            let options = ["--set".into(), format!("service.exposure.paths={{{path}}}")];
            if tools.template(service, &stage(service)?, &options).is_ok() {
                faults.push(format!("{service} takes {path} as a path to expose"));
            }
        }
    }
    Ok(faults)
}

/// The paths of an HTTPRoute or an Ingress; one that is no prefix counts as everything.
fn paths(object: &Object) -> Vec<String> {
    let spec = object.spec();
    let mut paths = Vec::new();
    let mut add =
        |kind: bool, path: &str| paths.push(if kind { path.to_owned() } else { "/".into() });
    match object.kind() {
        "HTTPRoute" => {
            // A redirect to HTTPS reaches no service.
            let redirects = |rule: &&Value| {
                let mut filters = list(&rule["filters"]).iter();
                filters.any(|filter| filter["type"] == "RequestRedirect")
            };
            for rule in list(&spec["rules"]).iter().filter(|it| !redirects(it)) {
                if list(&rule["matches"]).is_empty() {
                    add(false, "");
                }
                for found in list(&rule["matches"]) {
                    add(
                        found["path"]["type"] == "PathPrefix",
                        text(&found["path"]["value"]),
                    );
                }
            }
        }
        "Ingress" => {
            if spec.get("defaultBackend").is_some() {
                add(false, "");
            }
            for rule in list(&spec["rules"]) {
                for found in list(&rule["http"]["paths"]) {
                    add(found["pathType"] == "Prefix", text(&found["path"]));
                }
            }
        }
        _ => {}
    }
    paths
}
