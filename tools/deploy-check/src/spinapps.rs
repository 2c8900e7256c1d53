//! What the Spin operator's webhooks refuse.

use crate::charts::Charts;
use crate::objects::Object;

pub fn faults(charts: &Charts) -> Vec<String> {
    charts
        .all()
        .filter(|(_, object)| object.kind() == "SpinApp")
        .flat_map(|(release, app)| {
            let (chart, values) = (release.chart, release.values.as_str());
            of_app(app)
                .into_iter()
                .map(move |fault| format!("{chart} ({values}): {fault}"))
        })
        .collect()
}

fn of_app(app: &Object) -> Vec<String> {
    let mut faults = Vec::new();
    let spec = app.spec();
    for (check, settings) in spec["checks"].as_object().into_iter().flatten() {
        // The operator writes null for a list that is left out, and the API of Kubernetes refuses null.
        if settings.get("httpGet").is_some() && !settings["httpGet"]["httpHeaders"].is_array() {
            faults.push(format!("{check}: httpGet without httpHeaders"));
        }
    }
    let autoscaling = spec["enableAutoscaling"] == true;
    match (autoscaling, spec.get("replicas").and_then(|it| it.as_u64())) {
        (true, None) | (false, Some(1..)) => {}
        (true, Some(_)) => faults.push("replicas beside enableAutoscaling".to_owned()),
        (false, _) => faults.push("replicas must be 1 or more".to_owned()),
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn faults_of(spec: Value) -> Vec<String> {
        of_app(&Object(json!({"kind": "SpinApp", "spec": spec})))
    }

    #[test]
    fn a_list_that_the_webhook_makes_null_is_found() {
        let probe = |get: Value| json!({"replicas": 1, "checks": {"liveness": {"httpGet": get}}});
        let faults = faults_of(probe(json!({"path": "/healthz"})));
        assert_eq!(faults, ["liveness: httpGet without httpHeaders"]);
        assert!(faults_of(probe(json!({"path": "/healthz", "httpHeaders": []}))).is_empty());
    }

    #[test]
    fn an_app_has_replicas_or_an_autoscaler() {
        for refused in [
            json!({"replicas": 0}),
            json!({}),
            json!({"replicas": 2, "enableAutoscaling": true}),
        ] {
            assert_eq!(faults_of(refused.clone()).len(), 1, "{refused}");
        }
        assert!(faults_of(json!({"enableAutoscaling": true})).is_empty());
    }
}
