//! What an object needs when it is created is there: made by an earlier release, or by an earlier object of its own.
//!
//! `helm template` prints objects in the order in which `helm install` creates them: kinds that helm knows in an order of
//! its own, then all others by name, which puts a SpinApp before its SpinAppExecutor.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::charts::{Charts, Rendering};
use crate::objects::{Object, text};

type Key = (&'static str, String);

pub fn faults(charts: &Charts) -> Vec<String> {
    let releases = &charts.renderings;
    let defaults = || releases.iter().filter(|it| it.values == "default");
    let check = |release: &Rendering| {
        let earlier: Vec<&Rendering> = defaults()
            .take_while(|it| it.chart != release.chart)
            .collect();
        let later: Vec<&Rendering> = defaults()
            .skip_while(|it| it.chart != release.chart)
            .skip(1)
            .collect();
        let found = of_release(&release.objects, &made(&earlier), &made(&later));
        found
            .into_iter()
            .map(|fault| format!("{} ({}): {fault}", release.chart, release.values))
            .collect::<Vec<_>>()
    };
    releases.iter().flat_map(check).collect()
}

fn made(releases: &[&Rendering]) -> BTreeSet<(String, String)> {
    let objects = releases.iter().flat_map(|release| &release.objects);
    objects.map(key).collect()
}

fn key(object: &Object) -> (String, String) {
    (object.kind().to_owned(), object.name().to_owned())
}

/// `objects` are of one release, in helm's order.
fn of_release(
    objects: &[Object],
    earlier: &BTreeSet<(String, String)>,
    later: &BTreeSet<(String, String)>,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut there = earlier.clone();
    let own: BTreeSet<(String, String)> = objects.iter().map(key).collect();
    // Hooks come when the release is there.
    for object in objects.iter().filter(|object| !is_hook(object)) {
        for (kind, name) in needs(object) {
            let needed = (kind.to_owned(), name);
            if there.contains(&needed) {
                continue;
            }
            let name = &needed.1;
            let this = format!("{} {}", object.kind(), object.name());
            if own.contains(&needed) {
                faults.push(format!("helm creates {this} before {kind} {name}"));
            } else if later.contains(&needed) {
                faults.push(format!("{this} needs {kind} {name} of a later release"));
            } else if kind == EXECUTOR {
                faults.push(format!(
                    "{this} needs {kind} {name}, which no release makes"
                ));
            }
        }
        there.insert(key(object));
    }
    faults
}

fn is_hook(object: &Object) -> bool {
    object.0["metadata"]["annotations"]["helm.sh/hook"].is_string()
}

/// The operator's webhook refuses an app without it.
const EXECUTOR: &str = "SpinAppExecutor";

/// What the object refers to.
fn needs(object: &Object) -> Vec<Key> {
    let mut found = Vec::new();
    if object.kind() == "SpinApp" {
        found.push((EXECUTOR, text(&object.spec()["executor"]).to_owned()));
    }
    references(object.spec(), &mut found);
    found
}

fn references(value: &Value, found: &mut Vec<Key>) {
    match value {
        Value::Object(map) => {
            for (field, part) in map {
                let name = text(part);
                let reference = text(&part["name"]);
                let (kind, name) = match field.as_str() {
                    "secretKeyRef" | "secretRef" | "passwordSecret" => ("Secret", reference),
                    "secretName" | "loadFromSecret" => ("Secret", name),
                    "configMapKeyRef" | "configMapRef" | "configMap" => ("ConfigMap", reference),
                    "serviceAccountName" => ("ServiceAccount", name),
                    _ => ("", ""),
                };
                if !name.is_empty() {
                    found.push((kind, name.to_owned()));
                }
                references(part, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|part| references(part, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(kind: &str, name: &str, spec: Value) -> Object {
        Object(json!({"kind": kind, "metadata": {"name": name}, "spec": spec}))
    }

    fn app() -> Object {
        let variable = json!({"name": "password", "valueFrom": {"secretKeyRef": {"name": "shared", "key": "password"}}});
        object(
            "SpinApp",
            "billing",
            json!({"executor": "zakaz", "variables": [variable]}),
        )
    }

    fn keys(keys: &[(&str, &str)]) -> BTreeSet<(String, String)> {
        keys.iter()
            .map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned()))
            .collect()
    }

    #[test]
    fn an_executor_of_the_same_release_comes_too_late() {
        let secret = keys(&[("Secret", "shared")]);
        let executor = object(EXECUTOR, "zakaz", json!({}));
        let faults = of_release(&[app(), executor], &secret, &keys(&[]));
        assert_eq!(
            faults,
            ["helm creates SpinApp billing before SpinAppExecutor zakaz"]
        );
        let faults = of_release(&[app()], &secret, &keys(&[]));
        assert!(faults[0].contains("which no release makes"), "{faults:?}");
        let both = keys(&[("Secret", "shared"), (EXECUTOR, "zakaz")]);
        assert!(of_release(&[app()], &both, &keys(&[])).is_empty());
    }

    #[test]
    fn a_secret_of_a_later_release_is_missed() {
        let executor = keys(&[(EXECUTOR, "zakaz")]);
        let faults = of_release(&[app()], &executor, &keys(&[("Secret", "shared")]));
        assert_eq!(
            faults,
            ["SpinApp billing needs Secret shared of a later release"]
        );
        let secret = object("Secret", "shared", json!({}));
        assert!(of_release(&[secret, app()], &executor, &keys(&[])).is_empty());
    }
}
