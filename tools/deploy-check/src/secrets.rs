//! No secret is a plain value, and each is made at random, once.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use serde_json::Value;

use crate::charts::{CHARTS, Charts, Rendering};
use crate::manifest::Manifest;
use crate::objects::{list, text};
use crate::{variables, workspace};

/// Entries of Secrets that are no secrets.
const PUBLIC: [&str; 4] = [
    "username",
    "admin-user",
    "auth_public_keys",
    "runtime-config.toml",
];

pub fn faults(charts: &Charts, manifest: &Manifest) -> Result<Vec<String>> {
    let mut faults = variables::dangling(charts);
    for (rendering, app) in charts.all().filter(|(_, it)| it.kind() == "SpinApp") {
        for variable in list(&app.spec()["variables"]) {
            let name = text(&variable["name"]);
            let secret = manifest
                .variables
                .iter()
                .any(|it| it.secret && it.name == name);
            if secret && !matches!(variable["value"].as_str(), None | Some("" | "unused")) {
                faults.push(format!("{}: {name} has a plain value", rendering.chart));
            }
        }
    }
    for (rendering, object) in charts.all() {
        plain_environment(&object.0, &mut |name| {
            faults.push(format!(
                "{}: {} {} has {name} as a plain value",
                rendering.chart,
                object.kind(),
                object.name()
            ));
        });
    }
    for chart in CHARTS.into_iter().chain(["service"]) {
        let values = workspace::yaml(workspace::deploy().join(chart).join("values.yaml"))?;
        plain_defaults(&values, chart, &mut faults);
    }
    faults.extend(repeated(charts));
    faults.extend(key_pair(charts)?);
    Ok(faults)
}

fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "token", "private", "secret"]
        .iter()
        .any(|word| name.contains(word))
}

/// Containers' variables that sound secret and have their value in plain text.
fn plain_environment(value: &Value, fault: &mut impl FnMut(&str)) {
    for variable in list(&value["env"]) {
        let name = text(&variable["name"]);
        if sounds_secret(name) && variable.get("value").is_some() {
            fault(name);
        }
    }
    match value {
        Value::Object(map) => map.values().for_each(|part| plain_environment(part, fault)),
        Value::Array(items) => items.iter().for_each(|part| plain_environment(part, fault)),
        _ => {}
    }
}

/// Defaults in values.yaml that sound secret and are not empty. Names of Secrets end in `Secret`, and may be anything.
fn plain_defaults(value: &Value, path: &str, faults: &mut Vec<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        let names_one =
            key.ends_with("Secret") || key.ends_with("Secrets") || key.starts_with("token_");
        if sounds_secret(key) && !names_one && value.as_str().is_some_and(|it| !it.is_empty()) {
            faults.push(format!("{path} has a default"));
        }
        plain_defaults(value, &path, faults);
    }
}

/// Secrets of two renderings must differ: they are random.
fn repeated(charts: &Charts) -> Vec<String> {
    let first = charts.renderings.iter().filter(|it| it.values == "default");
    let first: BTreeMap<String, &str> = first.flat_map(secret_entries).collect();
    let again = charts.again.iter().flat_map(secret_entries);
    let mut faults: Vec<String> = again
        .filter(|(entry, value)| first.get(entry) == Some(value))
        .map(|(entry, _)| format!("{entry} is the same each time"))
        .collect();
    if first.len() < 9 {
        faults.push(format!(
            "only {} secrets were found: this check looks in the wrong place",
            first.len()
        ));
    }
    faults
}

fn secret_entries(rendering: &Rendering) -> impl Iterator<Item = (String, &str)> {
    let secrets = rendering.objects.iter().filter(|it| it.kind() == "Secret");
    secrets.flat_map(|secret| {
        let data = secret.0["data"].as_object().into_iter().flatten();
        data.filter(|(key, _)| !PUBLIC.contains(&key.as_str()))
            .map(|(key, value)| (format!("{}/{key}", secret.name()), text(value)))
    })
}

/// The public key that `auth` publishes is the one of its private key.
fn key_pair(charts: &Charts) -> Result<Option<String>> {
    let entry = |secret: &str, key: &str| -> Result<String> {
        let mut found = charts
            .with_defaults("Secret")
            .filter(|(_, it)| it.name() == secret);
        let (_, found) = found
            .next()
            .with_context(|| format!("there is no Secret {secret}"))?;
        let bytes = STANDARD
            .decode(text(&found.0["data"][key]))
            .with_context(|| format!("{secret}/{key}"))?;
        Ok(String::from_utf8(bytes)?)
    };
    let pem = entry("zakaz-auth", "auth_private_key")?;
    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = STANDARD.decode(body).context("the private key's PEM")?;
    let (_, seed) = der
        .split_last_chunk::<32>()
        .context("the private key is too short")?;
    let wanted = URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(seed).verifying_key().as_bytes());
    let keys: Value = serde_json::from_str(&entry("zakaz-shared", "auth_public_keys")?)?;
    let fits = list(&keys["keys"]).len() == 1 && keys["keys"][0]["x"] == *wanted;
    Ok((!fits).then(|| "auth's public key is not the one of its private key".into()))
}
