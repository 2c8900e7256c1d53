//! A cluster of kind, with a registry beside it. All that needs Docker is here.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use stack::workspace;

use super::programs::{self, Needed};
use crate::terminal::Step;

/// The cluster's name.
const NAME: &str = "zakaz";
/// The registry, as pods and nodes reach it: by Docker's network of kind.
pub const REGISTRY: &str = "zakaz-registry:5000";
/// The same, as this machine reaches it.
pub const PUBLISHED: &str = "localhost:5001";
/// The image of Spin that reads a registry without TLS.
const SPIN: &str = "zakaz-registry:5000/spin-plain-http:1";
pub const NEEDED: [Needed; 3] = [
    (
        "docker",
        &["info"],
        "https://docs.docker.com/engine/install/",
    ),
    ("kind", &["version"], "https://kind.sigs.k8s.io"),
    ("spin", &["--version"], "https://spinframework.dev/install"),
];
/// The nodes look for the addresses of registries in a folder.
const CONFIG: &str = r#"kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
containerdConfigPatches:
  - |-
    [plugins."io.containerd.grpc.v1.cri".registry]
      config_path = "/etc/containerd/certs.d"
"#;

/// Makes the cluster where there is none; returns its kubeconfig.
pub fn create() -> Result<PathBuf> {
    let step = Step::begin("cluster");
    let clusters = run("kind", &["get", "clusters"])?;
    let there = clusters.lines().any(|name| name == NAME);
    if !there {
        step.note("kind create cluster");
        let arguments = [
            "create", "cluster", "--name", NAME, "--wait", "180s", "--config", "-",
        ];
        feed("kind", &arguments, CONFIG)?;
    }
    let folder = workspace::local().join("cluster");
    fs::create_dir_all(&folder)?;
    let file = folder.join("kind");
    fs::write(&file, run("kind", &["get", "kubeconfig", "--name", NAME])?)?;
    step.done(if there { "is there" } else { "made by kind" });
    Ok(file)
}

/// Starts the registry, and tells the nodes that it has no TLS.
pub fn registry() -> Result<()> {
    let step = Step::begin("registry");
    let name = REGISTRY.split(':').next().unwrap_or(REGISTRY);
    let running = run("docker", &["ps", "--all", "--format", "{{.Names}}"])?;
    if running.lines().any(|it| it == name) {
        run("docker", &["start", name])?;
    } else {
        let port = format!(
            "127.0.0.1:{}:5000",
            PUBLISHED.rsplit(':').next().unwrap_or_default()
        );
        run(
            "docker",
            &[
                "run",
                "--detach",
                "--restart=always",
                "--name",
                name,
                "--network",
                "kind",
                "--publish",
                &port,
                "registry:2",
            ],
        )?;
    }
    let folder = format!("/etc/containerd/certs.d/{REGISTRY}");
    let hosts =
        format!("mkdir -p {folder} && echo '[host.\"http://{REGISTRY}\"]' >{folder}/hosts.toml");
    for node in run("kind", &["get", "nodes", "--name", NAME])?.lines() {
        run("docker", &["exec", node, "sh", "-c", &hosts])?;
    }
    step.done(REGISTRY);
    Ok(())
}

/// Makes the image of Spin that runs applications from this registry, of the one that was pushed with this tag.
pub fn spin_image(tag: &str) -> Result<String> {
    let step = Step::begin("image of Spin");
    let local = SPIN.replace(REGISTRY, PUBLISHED);
    let file = format!(
        "FROM {PUBLISHED}/zakaz-spin:{tag}\nENTRYPOINT [\"/bin/sh\", \"-c\", \"exec spin \\\"$@\\\" --insecure\", \"spin\"]\n"
    );
    feed("docker", &["build", "--tag", &local, "-"], &file)?;
    run("docker", &["push", &local])?;
    step.done(SPIN);
    Ok(SPIN.to_owned())
}

/// Ends all of it.
pub fn delete() -> Result<()> {
    let step = Step::begin("cluster");
    run("kind", &["delete", "cluster", "--name", NAME])?;
    let name = REGISTRY.split(':').next().unwrap_or(REGISTRY);
    run("docker", &["rm", "--force", "--volumes", name])?;
    step.done("gone");
    Ok(())
}

fn run(program: &str, arguments: &[&str]) -> Result<String> {
    programs::output(Command::new(program), arguments)
}

/// Runs a program that reads `input`.
fn feed(program: &str, arguments: &[&str], input: &str) -> Result<()> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("running {program}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "`{program} {}` failed:\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(())
}
