//! Checks `deploy/` without a cluster: helm renders the charts, and the objects are compared with the schemas of
//! Kubernetes, `spin.toml`, `migrations/` and the rules of a deployment.

mod alerts;
mod api;
mod charts;
mod clusters;
mod dependencies;
mod exposure;
mod generated;
mod images;
mod job_files;
mod jobs;
mod manifest;
mod network;
mod objects;
mod pool;
mod readme;
mod releases;
mod rules;
mod secrets;
mod spinapps;
mod tools;
mod upgrade;
mod validation;
mod variables;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;

use crate::charts::{Charts, SERVICES};
use crate::manifest::Manifest;
use crate::tools::Tools;

#[derive(Parser)]
#[command(name = "deploy-check", about = "Check deploy/ without a cluster")]
struct Arguments {
    /// Write the files that are made from spin.toml, migrations/ and values.yaml, instead of comparing them
    #[arg(long)]
    write: bool,
    /// A folder with the custom resource definitions to validate against, a file each
    #[arg(long, default_value = ".local/crds")]
    crds: PathBuf,
    /// A folder with the values of the charts that ours depend on, a folder each
    #[arg(long, default_value = ".local/charts-upstream")]
    charts: PathBuf,
    /// Check nothing: write all objects, as the charts have them by default, to this file as JSON
    #[arg(long, value_name = "FILE")]
    render: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deploy-check: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if let Some(file) = &arguments.render {
        return charts::write_objects(&Tools::prepare()?, file);
    }
    let manifest = Manifest::read()?;
    generated::generate(&manifest, arguments.write)?;
    for chart in ["metrics", "service"] {
        readme::generate(chart, arguments.write)?;
    }
    done("made from spin.toml, migrations/ and values.yaml");

    let tools = Tools::prepare()?;
    let charts = Charts::render(&tools)?;
    done("lint and template, with default and example values");
    for service in SERVICES {
        jobs::generate(service, &charts, arguments.write)?;
    }
    done("migration jobs");

    let mut faults = Vec::new();
    let mut check = |what: &str, found: Vec<String>| {
        if found.is_empty() {
            done(what);
        }
        faults.extend(found.into_iter().map(|fault| format!("{what}: {fault}")));
    };
    check("variables", variables::faults(&charts, &manifest));
    check("secrets", secrets::faults(&charts, &manifest)?);
    check("order of creation", releases::faults(&charts));
    check("the Spin operator's webhooks", spinapps::faults(&charts));
    check("PostgreSQL clusters", clusters::faults(&charts));
    check("images", images::faults(&tools)?);
    check("jobs by hand", job_files::faults(&charts)?);
    check("upgrades", upgrade::faults(&charts, &tools)?);
    check("exposure", exposure::faults(&charts, &manifest, &tools)?);
    check("network", network::faults(&charts));
    check("pool", pool::faults(&charts));
    check("alerts and dashboards", alerts::faults()?);
    check("rules", rules::faults()?);
    check("dependencies", dependencies::faults(&arguments.charts)?);
    check(
        "schemas",
        validation::faults(&charts, &tools, &arguments.crds)?,
    );
    if !faults.is_empty() {
        bail!("{} faults\n  {}", faults.len(), faults.join("\n  "));
    }
    Ok(())
}

fn done(what: &str) {
    println!("ok  {what}");
}
