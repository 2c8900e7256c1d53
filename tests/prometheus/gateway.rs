//! The gateway: Envoy itself, configured for the rendered HTTPRoutes as Envoy Gateway does it, in front of the host.
//!
//! Envoy Gateway makes a cluster for each rule, `httproute/<namespace>/<name>/rule/<number>`, matches a `PathPrefix` by
//! whole segments, and trusts no address but the connection's own.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use local_resources::port;
use serde_json::{Value, json};

use crate::objects::{NAMESPACE, Objects, list, text};
use crate::process::Process;

const CONNECTIONS: &str = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const ROUTER: &str = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

pub struct Gateway {
    process: Process,
    /// Where clients call.
    pub url: String,
    /// `host:port` of its metrics.
    pub metrics: String,
    pub routes: usize,
}

impl Gateway {
    /// Starts `program` in front of the host on `upstream`, a port of 127.0.0.1.
    pub async fn start(
        program: &Path,
        objects: &Objects,
        upstream: u16,
        folder: &Path,
    ) -> Result<Self> {
        let [own, admin] = port::several_free()?;
        let (file, matches) = (folder.join("envoy.json"), matches(objects)?);
        fs::write(&file, config(&matches, upstream, own, admin).to_string())
            .with_context(|| format!("writing {}", file.display()))?;
        let mut command = Command::new(program);
        command.arg("--config-path").arg(&file);
        // With hot restart, several Envoys of one machine would share memory.
        command.args(["--disable-hot-restart", "--concurrency", "1"]);
        command.args(["--log-level", "warning"]);
        let ready = format!("http://127.0.0.1:{admin}/ready");
        Ok(Self {
            process: Process::start("envoy", command, folder, &ready).await?,
            url: format!("http://127.0.0.1:{own}"),
            metrics: format!("127.0.0.1:{admin}"),
            routes: matches.len(),
        })
    }

    pub fn check(&mut self) -> Result<()> {
        self.process.check()
    }
}

/// What leads to one rule of a route: the rule's cluster takes requests with the prefix, and with all `headers`.
struct Match {
    prefix: String,
    /// As Envoy has them; a method is the header `:method`.
    headers: Vec<Value>,
    cluster: String,
    timeout: String,
}

fn config(matches: &[Match], upstream: u16, own: u16, admin: u16) -> Value {
    let routes: Vec<Value> = matches
        .iter()
        .map(|it| {
            json!({
                "match": {"path_separated_prefix": it.prefix, "headers": it.headers},
                "route": {"cluster": it.cluster, "timeout": it.timeout},
            })
        })
        .collect();
    let names: BTreeSet<&str> = matches.iter().map(|it| it.cluster.as_str()).collect();
    let clusters: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({
                "name": name,
                "type": "STATIC",
                "connect_timeout": "2s",
                "load_assignment": {
                    "cluster_name": name,
                    "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(upstream)}}]}],
                },
            })
        })
        .collect();
    let connections = json!({
        "@type": CONNECTIONS,
        "stat_prefix": "http",
        "use_remote_address": true,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": ROUTER}}],
    });
    let filters = json!([{
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": connections,
    }]);
    json!({
        "admin": {"address": address(admin)},
        "static_resources": {
            "listeners": [{
                "name": "http",
                "address": address(own),
                "filter_chains": [{"filters": filters}],
            }],
            "clusters": clusters,
        },
    })
}

fn address(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}

/// The matches of all HTTPRoutes in the order that the Gateway API wants: the longest prefix, then one with a method, then
/// the one with most headers.
fn matches(objects: &Objects) -> Result<Vec<Match>> {
    let mut matches = Vec::new();
    for route in objects.of_kind("HTTPRoute") {
        let name = text(&route["metadata"]["name"], "a route's name")?;
        for (number, rule) in list(&route["spec"]["rules"]).iter().enumerate() {
            let cluster = format!("httproute/{NAMESPACE}/{name}/rule/{number}");
            let [backend] = list(&rule["backendRefs"]) else {
                bail!("the route {name} has a rule without one backend");
            };
            objects.find("SpinApp", text(&backend["name"], "a backend's name")?)?;
            let timeout = text(&rule["timeouts"]["request"], "a route's timeout")?;
            for found in list(&rule["matches"]) {
                if found["path"]["type"] != "PathPrefix" {
                    bail!("the route {name} matches otherwise than by a prefix: {found}");
                }
                matches.push(Match {
                    prefix: text(&found["path"]["value"], "a path")?.to_owned(),
                    headers: headers(found)?,
                    cluster: cluster.clone(),
                    timeout: timeout.to_owned(),
                });
            }
        }
    }
    // A method is the first of the headers, and no match has headers alone.
    matches.sort_by_key(|it| Reverse((it.prefix.len(), it.headers.len())));
    Ok(matches)
}

/// The method and the headers of a match, as Envoy has them.
fn headers(found: &Value) -> Result<Vec<Value>> {
    let mut headers = Vec::new();
    if let Some(method) = found["method"].as_str() {
        headers.push(json!({"name": ":method", "string_match": {"exact": method}}));
    }
    for header in list(&found["headers"]) {
        if headers.is_empty() || header["type"] != "RegularExpression" {
            bail!("a match has headers without a method, or not by an expression: {found}");
        }
        let name = text(&header["name"], "a header's name")?;
        let expression = text(&header["value"], "a header's value")?;
        let wanted = json!({"safe_regex": {"regex": expression}});
        headers.push(json!({"name": name, "string_match": wanted}));
    }
    Ok(headers)
}
