//! A small API server of Kubernetes for helm's `lookup`: it has the kinds of the charts' objects, Secrets and executors.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::objects::{Object, text};

/// Kinds with their `apiVersion`s.
type Kinds = BTreeSet<(String, String)>;

/// Runs until this process ends.
pub struct Api {
    server: String,
    objects: Arc<Mutex<Objects>>,
}

/// Objects by the plural of their kind and their name, as in the API's paths: `secrets/zakaz-shared`.
type Objects = BTreeMap<String, Value>;

impl Api {
    pub fn start(kinds: Kinds) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listening for helm")?;
        let server = format!("http://{}", listener.local_addr()?);
        let objects = Arc::new(Mutex::new(Objects::new()));
        let (known, kinds) = (Arc::clone(&objects), Arc::new(kinds));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (known, kinds) = (Arc::clone(&known), Arc::clone(&kinds));
                thread::spawn(move || {
                    let find = |name: &str| {
                        let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                        known.get(name).cloned()
                    };
                    // A failed answer shows as an error of helm.
                    let _ = serve(stream, &kinds, find);
                });
            }
        });
        Ok(Self { server, objects })
    }

    /// The configuration with which helm calls this server.
    pub fn kubeconfig(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "it", "cluster": {"server": self.server}}],
            "users": [{"name": "it", "user": {}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "current-context": "it",
        })
    }

    /// Stores the Secrets and executors among these objects, as an installation would.
    pub fn install(&self, objects: &[Object]) {
        let kept = ["Secret", "SpinAppExecutor"];
        for object in objects.iter().filter(|it| kept.contains(&it.kind())) {
            self.put(object.0.clone());
        }
    }

    pub fn put(&self, object: Value) {
        let name = format!(
            "{}/{}",
            plural(text(&object["kind"])),
            text(&object["metadata"]["name"])
        );
        self.lock().insert(name, object);
    }

    /// Changes one entry, as `kubectl patch` would: `secrets/zakaz-shared`, `/data/operator_token`.
    pub fn patch(&self, object: &str, entry: &str, value: &str) -> Result<()> {
        let mut objects = self.lock();
        let found = objects
            .get_mut(object)
            .and_then(|it| it.pointer_mut(entry))
            .with_context(|| format!("the charts make no {object} with {entry}"))?;
        *found = json!(value);
        Ok(())
    }

    /// Adds an entry to the data of a Secret that does not have it.
    pub fn add(&self, object: &str, entry: &str, value: &str) -> Result<()> {
        let mut objects = self.lock();
        let data = objects
            .get_mut(object)
            .and_then(|it| it["data"].as_object_mut())
            .with_context(|| format!("the charts make no {object}"))?;
        let before = data.insert(entry.to_owned(), json!(value));
        ensure!(before.is_none(), "the charts make {object} with {entry}");
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of a kind in the API's paths. None of the charts' kinds has an irregular plural that is looked up.
fn plural(kind: &str) -> String {
    format!("{}s", kind.to_lowercase())
}

fn serve(
    mut stream: TcpStream,
    kinds: &Kinds,
    find: impl Fn(&str) -> Option<Value>,
) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = request.split([' ', '?']).nth(1).unwrap_or_default();
    let (status, body) = match answer(path.trim_matches('/'), kinds, find) {
        Some(body) => ("200 OK", body),
        None => (
            "404 Not Found",
            json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}),
        ),
    };
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn answer(path: &str, kinds: &Kinds, find: impl Fn(&str) -> Option<Value>) -> Option<Value> {
    let versions: BTreeSet<&str> = kinds.iter().map(|(version, _)| version.as_str()).collect();
    match path {
        "version" => return Some(json!({"major": "1", "minor": "36", "gitVersion": "v1.36.0"})),
        "api" => return Some(json!({"kind": "APIVersions", "versions": ["v1"]})),
        "apis" => {
            let groups = versions.iter().filter_map(|version| {
                let (group, number) = version.split_once('/')?;
                let version = json!({"groupVersion": version, "version": number});
                Some(json!({"name": group, "versions": [version], "preferredVersion": version}))
            });
            let groups: Vec<Value> = groups.collect();
            return Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}));
        }
        _ => {}
    }
    let (_, rest) = path.split_once('/')?;
    if versions.contains(rest) {
        let of_version = kinds.iter().filter(|(version, _)| version == rest);
        let resources: Vec<Value> = of_version
            .map(|(_, kind)| {
                let name = plural(kind);
                json!({"name": name, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["get"]})
            })
            .collect();
        return Some(
            json!({"kind": "APIResourceList", "groupVersion": rest, "resources": resources}),
        );
    }
    // The end of `…/namespaces/zakaz/secrets/zakaz-shared`.
    let mut parts = rest.rsplitn(3, '/');
    let (name, plural) = (parts.next()?, parts.next()?);
    find(&format!("{plural}/{name}"))
}

/// The kinds of these objects.
pub fn kinds<'a>(objects: impl Iterator<Item = &'a Object>) -> Kinds {
    objects
        .map(|object| {
            (
                text(&object.0["apiVersion"]).to_owned(),
                object.kind().to_owned(),
            )
        })
        .collect()
}
