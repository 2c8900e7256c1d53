//! The NetworkPolicies allow exactly the flows that are needed. They are evaluated as a cluster does, for every pair of
//! pods and every port.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::charts::{Charts, SERVICES};
use crate::objects::{list, text};

type Labels = BTreeMap<String, String>;

struct Pod {
    name: String,
    namespace: &'static str,
    labels: Labels,
}

/// Everything that can send or receive, the charts' own pods and those around them.
fn pods() -> Vec<Pod> {
    let mut pods = Vec::new();
    let mut pod = |name: String, namespace, labels: &[(&str, &str)]| {
        let labels = labels
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect();
        pods.push(Pod {
            name,
            namespace,
            labels,
        });
    };
    let mut own = |service: &str, component: &str| {
        let name = format!("zakaz-{service}");
        let labels = [
            ("app.kubernetes.io/name", name.as_str()),
            ("app.kubernetes.io/part-of", "zakaz"),
            ("app.kubernetes.io/component", component),
        ];
        pod(format!("{service} {component}"), "zakaz", &labels);
    };
    for service in SERVICES {
        own(service, "app");
        own(service, "migrate");
        own(service, "test");
    }
    own("order", "recover");
    for service in SERVICES {
        let cluster = format!("zakaz-{service}-db");
        pod(
            format!("{service} db"),
            "zakaz",
            &[("cnpg.io/cluster", &cluster)],
        );
    }
    pod(
        "gateway".into(),
        "envoy-gateway-system",
        &[("gateway.envoyproxy.io/owning-gateway-name", "zakaz")],
    );
    pod(
        "prometheus".into(),
        "zakaz",
        &[("app.kubernetes.io/name", "prometheus")],
    );
    pod(
        "rabbitmq".into(),
        "zakaz",
        &[("app.kubernetes.io/name", "zakaz-rabbitmq")],
    );
    pod(
        "metrics test".into(),
        "zakaz",
        &[
            ("app.kubernetes.io/name", "zakaz-metrics-test"),
            ("app.kubernetes.io/component", "test"),
        ],
    );
    pod("stranger".into(), "zakaz", &[]);
    pod("other gateway".into(), "envoy-gateway-system", &[]);
    pod("dns".into(), "kube-system", &[("k8s-app", "kube-dns")]);
    pod("cnpg".into(), "cnpg-system", &[]);
    pod("rabbitmq operator".into(), "rabbitmq-system", &[]);
    pod("internet".into(), "", &[]);
    pods
}

const PORTS: [i64; 15] = [
    53, 80, 443, 1883, 4318, 4369, 5432, 5672, 6443, 8000, 9090, 9187, 15672, 15692, 25672,
];

/// The flows that are needed: from, to, port.
fn wanted() -> BTreeSet<(String, String, i64)> {
    let mut flows = BTreeSet::new();
    let mut flow = |from: String, to: &str, port| flows.insert((from, to.to_owned(), port));
    for service in SERVICES {
        let (app, db) = (format!("{service} app"), format!("{service} db"));
        let migrate = format!("{service} migrate");
        for from in [&app, &db, &migrate] {
            flow(from.clone(), "dns", 53);
        }
        for from in [&app, &migrate] {
            flow(from.clone(), &db, 5432);
        }
        // The instances of a cluster, the operator that watches them, the API of Kubernetes.
        flow(db.clone(), &db, 5432);
        flow(db.clone(), &db, 8000);
        flow("cnpg".into(), &db, 5432);
        flow("cnpg".into(), &db, 8000);
        flow(db.clone(), "internet", 6443);
        flow("prometheus".into(), &db, 9187);
        // The pod pulls its application.
        flow(app.clone(), "internet", 443);
        flow("gateway".into(), &app, 80);
        flow(format!("{service} test"), &app, 80);
        flow("prometheus".into(), &app, 80);
        // Spin's own metrics.
        flow(app.clone(), "prometheus", 9090);
    }
    for participant in ["billing app", "warehouse app", "delivery app"] {
        flow("order app".into(), participant, 80);
    }
    flow("order app".into(), "rabbitmq", 1883);
    flow("order recover".into(), "dns", 53);
    flow("order recover".into(), "order app", 80);
    flow("metrics test".into(), "rabbitmq", 1883);
    flow("prometheus".into(), "rabbitmq", 15692);
    flow("rabbitmq operator".into(), "rabbitmq", 15672);
    flow("rabbitmq".into(), "dns", 53);
    flow("rabbitmq".into(), "internet", 6443);
    for port in [4369, 25672] {
        flow("rabbitmq".into(), "rabbitmq", port);
    }
    flows
}

pub fn faults(charts: &Charts) -> Vec<String> {
    let policies: Vec<&Value> = charts
        .with_defaults("NetworkPolicy")
        .map(|(_, it)| it.spec())
        .collect();
    let pods = pods();
    let mut found = BTreeSet::new();
    for from in &pods {
        for to in &pods {
            for port in PORTS {
                let bound = bound(&policies, from) || bound(&policies, to);
                let sent = allowed(&policies, from, to, port, "egress", "to");
                let received = allowed(&policies, to, from, port, "ingress", "from");
                // Pairs that no policy selects are not checked.
                if bound && sent && received {
                    found.insert((from.name.clone(), to.name.clone(), port));
                }
            }
        }
    }
    let wanted = wanted();
    let describe = |what: &str, (from, to, port): &(String, String, i64)| {
        format!("{from} {what} {to} on port {port}")
    };
    let missing = wanted
        .difference(&found)
        .map(|flow| describe("must reach but does not reach", flow));
    let surplus = found
        .difference(&wanted)
        .map(|flow| describe("must not reach but reaches", flow));
    missing.chain(surplus).collect()
}

fn selects(policy: &Value, pod: &Pod) -> bool {
    pod.namespace == "zakaz" && matches(&policy["podSelector"], &pod.labels)
}

fn bound(policies: &[&Value], pod: &Pod) -> bool {
    policies.iter().any(|policy| selects(policy, pod))
}

/// Whether the policies of `pod` let it talk with `other` in this direction. A pod without a policy may do anything.
fn allowed(
    policies: &[&Value],
    pod: &Pod,
    other: &Pod,
    port: i64,
    direction: &str,
    peers: &str,
) -> bool {
    let mut of_pod = policies
        .iter()
        .filter(|policy| selects(policy, pod))
        .peekable();
    if of_pod.peek().is_none() {
        return true;
    }
    of_pod.any(|policy| {
        list(&policy[direction]).iter().any(|rule| {
            let ports = list(&rule["ports"]);
            let peers = list(&rule[peers]);
            let on_port = ports.is_empty() || ports.iter().any(|it| it["port"] == port);
            on_port && (peers.is_empty() || peers.iter().any(|peer| is_peer(peer, other)))
        })
    })
}

fn is_peer(peer: &Value, pod: &Pod) -> bool {
    if peer.get("ipBlock").is_some() {
        return pod.name == "internet";
    }
    if pod.name == "internet" {
        return false;
    }
    let in_namespace = match peer.get("namespaceSelector") {
        None => pod.namespace == "zakaz",
        Some(selector) => {
            let name = (
                "kubernetes.io/metadata.name".to_owned(),
                pod.namespace.to_owned(),
            );
            matches(selector, &Labels::from([name]))
        }
    };
    in_namespace
        && peer
            .get("podSelector")
            .is_none_or(|selector| matches(selector, &pod.labels))
}

fn matches(selector: &Value, labels: &Labels) -> bool {
    let wanted = selector["matchLabels"].as_object().into_iter().flatten();
    // Selectors by expressions match nothing here: none of the charts has one.
    selector.get("matchExpressions").is_none()
        && wanted
            .into_iter()
            .all(|(key, value)| labels.get(key).is_some_and(|it| it == text(value)))
}
