//! Every query of every dashboard, sent as Grafana sends it.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::objects::{NAMESPACE, Objects, list, text};
use crate::server::{Prometheus, Series};

/// Series that the line of a panel shows.
const SHOWN: usize = 3;
/// For `$__rate_interval`: four times how often the charts have metrics read, as Grafana takes it.
const RATE_INTERVAL: &str = "2m";

/// The tag of dashboards that show metrics of CloudNativePG. This system's PostgreSQL runs without it.
const OF_OPERATOR: &str = "cloudnative-pg";

/// One query of a panel.
struct Query {
    dashboard: String,
    panel: String,
    expression: String,
    legend: String,
}

/// A variable of a dashboard with the values that a person can choose.
struct Variable {
    name: String,
    values: Vec<String>,
}

/// The query of the first panel with this title, for the namespace of this check.
pub fn query(objects: &Objects, title: &str) -> Result<String> {
    for dashboard in dashboards(objects)? {
        let mut queries = Vec::new();
        collect(&dashboard, &dashboard, "", &mut queries);
        if let Some(query) = queries.into_iter().find(|query| query.panel == title) {
            return Ok(query.expression.replace("$namespace", NAMESPACE));
        }
    }
    bail!("no dashboard has a panel `{title}`")
}

/// The dashboards, from the ConfigMaps that Grafana's sidecar would find.
fn dashboards(objects: &Objects) -> Result<Vec<Value>> {
    let maps = objects
        .of_kind("ConfigMap")
        .filter(|map| !map["metadata"]["labels"]["grafana_dashboard"].is_null());
    let files = maps.flat_map(|map| map["data"].as_object().into_iter().flatten());
    let parsed = files.map(|(file, content)| {
        serde_json::from_str(text(content, "a dashboard")?)
            .with_context(|| format!("parsing {file}"))
    });
    parsed.collect()
}

/// Sends all queries, for each namespace and for all of them at once, and prints what each panel would show. Returns
/// the number of queries.
///
/// # Errors
/// When one of them has no data, or nothing but NaN.
pub fn check(objects: &Objects, prometheus: &Prometheus) -> Result<usize> {
    let (mut asked, mut empty) = (0, Vec::new());
    for dashboard in dashboards(objects)? {
        if list(&dashboard["tags"]).iter().any(|it| it == OF_OPERATOR) {
            println!("{}: skipped, it shows CloudNativePG", dashboard["title"]);
            continue;
        }
        let variables = variables(&dashboard, prometheus)?;
        let mut queries = Vec::new();
        collect(&dashboard, &dashboard, "", &mut queries);
        for query in queries {
            asked += 1;
            let series = series(&query, &variables, prometheus)?;
            if series.is_empty() {
                empty.push(format!(
                    "{}: {}: {}",
                    query.dashboard, query.panel, query.expression
                ));
            }
            let count = series.len();
            let now = shown(&series, &query.legend);
            println!(
                "{}: {}: {count} series, {now}",
                query.dashboard, query.panel
            );
        }
    }
    if asked == 0 {
        bail!("the charts make no dashboards");
    }
    if !empty.is_empty() {
        bail!(
            "{} of {asked} queries have no data:\n  {}",
            empty.len(),
            empty.join("\n  ")
        );
    }
    Ok(asked)
}

/// The variables that queries name, with their values from Prometheus.
fn variables(dashboard: &Value, prometheus: &Prometheus) -> Result<Vec<Variable>> {
    let mut variables = Vec::new();
    for variable in list(&dashboard["templating"]["list"]) {
        if variable["type"] != "query" {
            continue;
        }
        let (name, query) = (
            text(&variable["name"], "a variable's name")?,
            text(&variable["query"], "a variable's query")?,
        );
        let asked = query
            .strip_prefix("label_values(")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|rest| rest.rsplit_once(", "));
        let Some((selector, label)) = asked else {
            bail!("the variable {name} asks otherwise than by label_values: {query}");
        };
        let mut values = prometheus.label_values(selector, label)?;
        if values.is_empty() {
            bail!("the variable {name} has no values: {query}");
        }
        if variable["includeAll"] == true {
            values.push(text(&variable["allValue"], "the value for all")?.to_owned());
        }
        variables.push(Variable {
            name: name.to_owned(),
            values,
        });
    }
    Ok(variables)
}

/// Collects the queries at and below `part` of a dashboard; `panel` is the title of the panel that it is in.
fn collect(dashboard: &Value, part: &Value, panel: &str, found: &mut Vec<Query>) {
    let panel = match part.get("targets") {
        Some(_) => part["title"].as_str().unwrap_or(panel),
        None => panel,
    };
    if let Some(expression) = part["expr"].as_str() {
        found.push(Query {
            dashboard: dashboard["title"].as_str().unwrap_or_default().to_owned(),
            panel: panel.to_owned(),
            expression: expression.to_owned(),
            legend: part["legendFormat"].as_str().unwrap_or_default().to_owned(),
        });
    }
    match part {
        Value::Object(map) => map
            .values()
            .for_each(|part| collect(dashboard, part, panel, found)),
        Value::Array(parts) => parts
            .iter()
            .for_each(|part| collect(dashboard, part, panel, found)),
        _ => {}
    }
}

/// The series of a query that have a number, for the first of the variables' values. None when for any other choice
/// there is none.
fn series(query: &Query, variables: &[Variable], prometheus: &Prometheus) -> Result<Vec<Series>> {
    let mut expressions = vec![query.expression.replace("$__rate_interval", RATE_INTERVAL)];
    for variable in variables {
        let name = format!("${}", variable.name);
        let fill = |expression: &String| {
            let values = variable.values.iter();
            values
                .map(|value| expression.replace(&name, value))
                .collect::<Vec<_>>()
        };
        expressions = expressions.iter().flat_map(fill).collect();
    }
    let mut first = None;
    for expression in expressions {
        // `$1` belongs to `label_replace`.
        let names = |rest: &str| rest.starts_with(|it: char| !it.is_ascii_digit());
        if expression.split('$').skip(1).any(names) {
            bail!("the dashboard has no such variable: {expression}");
        }
        let mut series = prometheus.query(&expression)?;
        series.retain(|series| !series.value.is_nan());
        if series.is_empty() {
            return Ok(Vec::new());
        }
        first.get_or_insert(series);
    }
    Ok(first.unwrap_or_default())
}

/// The first series with their names in the panel's legend.
fn shown(series: &[Series], legend: &str) -> String {
    let each = series.iter().take(SHOWN).map(|series| {
        let mut name = legend.to_owned();
        for (label, value) in &series.labels {
            name = name.replace(&format!("{{{{{label}}}}}"), value);
        }
        format!("{name} {}", number(series.value)).trim().to_owned()
    });
    let mut text = each.collect::<Vec<_>>().join(" · ");
    if series.len() > SHOWN {
        text += " · …";
    }
    text
}

/// A number with three digits that count.
fn number(value: f64) -> String {
    if value == value.trunc() {
        return value.to_string();
    }
    let digits = 2.0 - value.abs().log10().floor().min(2.0);
    format!("{value:.0$}", digits as usize)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short() {
        let shown = [12_345.678, 0.001_234, 3.0, 1.5, 0.0].map(number);
        assert_eq!(shown, ["12346", "0.00123", "3", "1.50", "0"]);
    }
}
