//! `max_connections` of PostgreSQL covers the pools of all pods.

use crate::charts::Charts;
use crate::objects::text;

/// Connections kept for operators, migrations and PostgreSQL itself.
const OTHERS: u64 = 20;

pub fn faults(charts: &Charts) -> Vec<String> {
    let mut faults = Vec::new();
    for rendering in &charts.renderings {
        let of_kind = |kind: &str| rendering.objects.iter().find(|it| it.kind() == kind);
        let (Some(app), Some(cluster)) = (of_kind("SpinApp"), of_kind("Cluster")) else {
            continue;
        };
        let scaled = of_kind("HorizontalPodAutoscaler").map(|it| &it.spec()["maxReplicas"]);
        let pods = scaled.unwrap_or(&app.spec()["replicas"]).as_u64();
        let pool = text(&app.spec()["podAnnotations"]["zakaz/pool"]).parse::<u64>();
        let taken = text(&cluster.spec()["postgresql"]["parameters"]["max_connections"]).parse();
        let (chart, values) = (rendering.chart, &rendering.values);
        let (Some(pods), Ok(pool), Ok(taken)) = (pods, pool, taken) else {
            faults.push(format!(
                "{chart} ({values}): pods, pool or max_connections is no number"
            ));
            continue;
        };
        let needed = needed(pods, pool);
        if needed > taken {
            faults.push(format!(
                "{chart} ({values}): max_connections is {taken}, and {pods} pods need {needed}"
            ));
        }
    }
    faults
}

/// What all pods can open, with a quarter more pods while they are replaced.
fn needed(pods: u64, pool: u64) -> u64 {
    (pods + pods.div_ceil(4)) * pool + OTHERS
}
