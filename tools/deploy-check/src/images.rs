//! Every image can be taken from another registry, by values: for closed networks and mirrors. And the image of Spin that
//! is built here is made from the one that `metrics` names.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::charts::{CHARTS, SERVICES, stage};
use crate::objects::{Object, parse, text};
use crate::tools::Tools;
use crate::workspace;

const MIRROR: &str = "mirror.invalid";

/// Objects whose operator takes an image of its own choice when they name none, and where they name it.
const OPERATED: [(&str, &str); 4] = [
    ("RabbitmqCluster", "/spec/image"),
    ("Cluster", "/spec/imageName"),
    ("SpinAppExecutor", "/spec/deploymentConfig/spinImage"),
    (
        "EnvoyProxy",
        "/spec/provider/kubernetes/envoyDeployment/container/image",
    ),
];

pub fn faults(tools: &Tools) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for chart in CHARTS {
        let mut paths = Vec::new();
        naming(&values(chart)?, "", &mut paths);
        let options: Vec<String> = paths
            .iter()
            .flat_map(|path| ["--set".to_owned(), format!("{path}={MIRROR}/it")])
            .collect();
        let objects = parse(&tools.template(chart, &stage(chart)?, &options)?)?;
        let found = objects.iter().flat_map(of_other_registries);
        faults.extend(found.map(|fault| format!("{chart}: {fault}")));
    }
    faults.extend(other_spin()?);
    Ok(faults)
}

/// That `spin/Dockerfile` begins with another image of Spin than the one that `metrics` runs by default.
fn other_spin() -> Result<Option<String>> {
    let file = workspace::deploy().join("spin/Dockerfile");
    let dockerfile =
        fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let values = values("metrics")?;
    let named = text(&values["executor"]["spinImage"]);
    let begins = dockerfile
        .lines()
        .any(|line| line == format!("FROM {named} AS spin"));
    Ok((!begins).then(|| format!("spin/Dockerfile is not made from {named}, which metrics runs")))
}

/// The default values of a chart. The services have most of theirs in common.
fn values(chart: &str) -> Result<Value> {
    let of = |folder: &str| workspace::yaml(workspace::deploy().join(folder).join("values.yaml"));
    let mut values = of(chart)?;
    if SERVICES.contains(&chart) {
        let mut common = of("service")?;
        merge(&mut common, values["service"].take());
        values["service"] = common;
    }
    Ok(values)
}

/// Lays `over` over `values`, as helm does.
fn merge(values: &mut Value, over: Value) {
    match (values, over) {
        (Value::Object(values), Value::Object(over)) => {
            for (key, value) in over {
                merge(values.entry(key).or_insert(Value::Null), value);
            }
        }
        (values, over) => *values = over,
    }
}

/// The paths of the values that name an image, or the registry of several.
fn naming(values: &Value, path: &str, found: &mut Vec<String>) {
    for (key, value) in values.as_object().into_iter().flatten() {
        let path = match path {
            "" => key.clone(),
            parent => format!("{parent}.{key}"),
        };
        let image = key == "image" || key.ends_with("Image") || path.ends_with("image.registry");
        if image && value.is_string() {
            found.push(path);
        } else {
            naming(value, &path, found);
        }
    }
}

/// The images of an object that no value has changed, and those that its operator chooses.
fn of_other_registries(object: &Object) -> Vec<String> {
    let mut images = Vec::new();
    named(&object.0, &mut images);
    let (kind, name) = (object.kind(), object.name());
    let others = images.iter().filter(|image| !image.starts_with(MIRROR));
    let mut faults: Vec<String> = others
        .map(|image| format!("{kind} {name}: no value changes the image {image}"))
        .collect();
    let unnamed = OPERATED
        .iter()
        .filter(|(of, path)| *of == kind && object.0.pointer(path).is_none());
    faults.extend(unnamed.map(|(_, path)| format!("{kind} {name}: no value sets {path}")));
    faults
}

fn named<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, part) in map {
                let image = key == "image" || key == "imageName" || key.ends_with("Image");
                if image && part.is_string() {
                    found.push(text(part));
                }
                named(part, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|part| named(part, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_values_of_images_are_found() {
        let values = json!({
            "image": {"registry": "ghcr.io/zakaz", "name": "zakaz", "tag": ""},
            "curlImage": "curl:8",
            "networkPolicy": {"registry": {"port": 443}},
            "rabbitmq": {"image": ""},
        });
        let mut paths = Vec::new();
        naming(&values, "", &mut paths);
        paths.sort();
        assert_eq!(paths, ["curlImage", "image.registry", "rabbitmq.image"]);
    }

    #[test]
    fn an_image_without_a_value_is_found() {
        let container = |image: &str| {
            Object(json!({
                "kind": "Job",
                "metadata": {"name": "migrate"},
                "spec": {"template": {"spec": {"containers": [{"image": image}]}}},
            }))
        };
        assert_eq!(
            of_other_registries(&container("docker.io/library/busybox")),
            ["Job migrate: no value changes the image docker.io/library/busybox"]
        );
        assert!(of_other_registries(&container("mirror.invalid/it")).is_empty());
        let broker = json!({"kind": "RabbitmqCluster", "metadata": {"name": "zakaz"}, "spec": {}});
        assert_eq!(
            of_other_registries(&Object(broker)),
            ["RabbitmqCluster zakaz: no value sets /spec/image"]
        );
    }

    #[test]
    fn a_services_own_values_lie_over_the_common_ones() {
        let mut values = json!({"a": {"b": 1, "c": 2}, "d": []});
        merge(&mut values, json!({"a": {"b": 3}, "d": [1]}));
        assert_eq!(values, json!({"a": {"b": 3, "c": 2}, "d": [1]}));
    }
}
