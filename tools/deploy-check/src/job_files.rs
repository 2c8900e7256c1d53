//! `job-<service>.yaml`, to apply by hand, is the Job that the chart makes.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::charts::{Charts, SERVICES};
use crate::{jobs, workspace};

pub fn faults(charts: &Charts) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for service in SERVICES {
        let mut made = charts.with_defaults("Job");
        let (_, made) = made
            .find(|(chart, _)| *chart == service)
            .with_context(|| format!("the chart {service} has no Job"))?;
        let by_hand = workspace::yaml(jobs::path(service))?;
        faults.extend(difference(service, made.spec(), &by_hand));
    }
    Ok(faults)
}

fn difference(service: &str, chart: &Value, by_hand: &Value) -> Option<String> {
    let same = by_hand["kind"] == "Job" && by_hand["spec"] == *chart;
    (!same).then(|| format!("job-{service}.yaml is not the Job of the chart {service}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_that_the_chart_has_not_is_found() {
        let spec =
            json!({"backoffLimit": 10, "template": {"spec": {"restartPolicy": "OnFailure"}}});
        let same = json!({"kind": "Job", "spec": spec});
        assert!(difference("billing", &spec, &same).is_none());
        let mut other = same.clone();
        other["spec"]["backoffLimit"] = json!(3);
        assert!(difference("billing", &spec, &other).is_some());
        assert!(difference("billing", &spec, &json!({"kind": "Pod", "spec": spec})).is_some());
    }
}
