//! The charts, as helm renders them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::objects::{Object, parse};
use crate::tools::Tools;
use crate::workspace;

pub const SERVICES: [&str; 5] = ["auth", "billing", "warehouse", "delivery", "order"];
pub const CHARTS: [&str; 6] = [
    "metrics",
    "auth",
    "billing",
    "warehouse",
    "delivery",
    "order",
];

/// One chart with one set of values.
pub struct Rendering {
    pub chart: &'static str,
    /// `default`, or the name of the example.
    pub values: String,
    pub objects: Vec<Object>,
}

pub struct Charts {
    pub renderings: Vec<Rendering>,
    /// The default values a second time: what is random differs.
    pub again: Vec<Rendering>,
}

impl Charts {
    pub fn render(tools: &Tools) -> Result<Self> {
        let (mut renderings, mut again) = (Vec::new(), Vec::new());
        for chart in CHARTS {
            let staged = stage(chart)?;
            tools.lint(&staged)?;
            renderings.push(rendering(tools, chart, &staged, None)?);
            again.push(rendering(tools, chart, &staged, None)?);
            let examples = examples(chart);
            for name in workspace::names(&examples)? {
                let example = examples.join(name);
                renderings.push(rendering(tools, chart, &staged, Some(&example))?);
            }
        }
        Ok(Self { renderings, again })
    }

    /// Every object, with where it comes from.
    pub fn all(&self) -> impl Iterator<Item = (&Rendering, &Object)> {
        let renderings = self.renderings.iter();
        renderings.flat_map(|it| it.objects.iter().map(move |object| (it, object)))
    }

    /// The objects of one kind with default values.
    pub fn with_defaults<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Object)> {
        self.all()
            .filter(move |(it, object)| it.values == "default" && object.kind() == kind)
            .map(|(it, object)| (it.chart, object))
    }
}

fn rendering(
    tools: &Tools,
    chart: &'static str,
    staged: &Path,
    example: Option<&Path>,
) -> Result<Rendering> {
    let mut options = Vec::new();
    if let Some(example) = example {
        options.extend(["--values".to_owned(), example.display().to_string()]);
    }
    let text = tools.template(chart, staged, &options)?;
    let values = example.and_then(Path::file_stem);
    let values = values.map_or("default".into(), |it| it.to_string_lossy().into_owned());
    let objects = parse(&text).with_context(|| format!("{chart} with {values} values"))?;
    Ok(Rendering {
        chart,
        values,
        objects,
    })
}

/// Writes the objects of all charts with default values to `file`, as a list.
pub fn write_objects(tools: &Tools, file: &Path) -> Result<()> {
    let mut objects = Vec::new();
    for chart in CHARTS {
        let found = rendering(tools, chart, &stage(chart)?, None)?.objects;
        objects.extend(found.into_iter().map(|object| object.0));
    }
    fs::write(file, Value::Array(objects).to_string())
        .with_context(|| format!("writing {}", file.display()))
}

/// The folder with the chart's example values: the services have theirs in common.
fn examples(chart: &str) -> PathBuf {
    let owner = if SERVICES.contains(&chart) {
        "service"
    } else {
        chart
    };
    workspace::deploy().join(owner).join("examples")
}

/// A copy of the chart with the chart `service` in it, and without dependencies that are fetched from elsewhere.
pub fn stage(chart: &str) -> Result<PathBuf> {
    let staged = workspace::local().join("deploy-check").join(chart);
    if staged.exists() {
        fs::remove_dir_all(&staged)?;
    }
    copy(&workspace::deploy().join(chart), &staged)?;
    let about = workspace::read(staged.join("Chart.yaml"))?;
    let (own, _) = about.split_once("dependencies:\n").unwrap_or((&about, ""));
    let mut own = own.to_owned();
    let service = workspace::deploy().join("service");
    if about.contains("repository: file://../service") {
        let version = workspace::yaml(service.join("Chart.yaml"))?["version"].clone();
        own += &format!(
            "dependencies:\n  - {{ name: service, version: {version}, repository: \"file://../service\" }}\n"
        );
        copy(&service, &staged.join("charts/service"))?;
    }
    fs::write(staged.join("Chart.yaml"), own)?;
    Ok(staged)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for name in workspace::names(from)? {
        let (from, to) = (from.join(&name), to.join(&name));
        // What `helm dependency update` fetched.
        if name == "charts" || name == "Chart.lock" {
            continue;
        }
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
        }
    }
    Ok(())
}
