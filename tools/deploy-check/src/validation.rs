//! Every object is validated: by the schemas of Kubernetes, and by the definitions of custom resources if there are any.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::charts::{Charts, SERVICES};
use crate::tools::Tools;
use crate::{jobs, objects, workspace};

/// Objects that do not fit their schemas. `crds` is the folder with the definitions of custom resources.
pub fn faults(charts: &Charts, tools: &Tools, crds: &Path) -> Result<Vec<String>> {
    let mut objects: Vec<Value> = charts
        .all()
        .map(|(it, object)| json!({"origin": format!("{} ({})", it.chart, it.values), "object": object.0}))
        .collect();
    for service in SERVICES {
        let (origin, job) = (format!("job-{service}.yaml"), jobs::path(service));
        objects.push(json!({"origin": origin, "object": workspace::yaml(job)?}));
    }
    let input = workspace::local().join("deploy-check/objects.json");
    fs::write(&input, serde_json::to_string(&objects)?)?;
    let mut command = Command::new(&tools.python);
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
    report(&serde_json::from_slice(&validated.stdout)?, &crds);
    Ok(Vec::new())
}

/// Prints how many objects of each kind were validated by which schemas, and how many by none.
fn report(counts: &Value, crds: &Path) {
    let kinds = |by: &str| {
        let of_kinds = counts[by].as_object().into_iter().flatten();
        let texts: Vec<String> = of_kinds.map(|(kind, it)| format!("{it} {kind}")).collect();
        texts.join(", ")
    };
    println!(
        "    by the strict schemas of Kubernetes {}: {}",
        objects::text(&counts["version"]),
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
        println!("…   skipped, no schema: {}", kinds("nothing"));
    }
}
