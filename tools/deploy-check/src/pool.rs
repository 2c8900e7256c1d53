//! The connections that the service's role may have cover the pools of all pods, and `max_connections` has more.

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
        let most = text(&cluster.spec()["postgresql"]["parameters"]["max_connections"]);
        let most = most.parse::<u64>();
        let roles = cluster.spec()["managed"]["roles"].as_array();
        let limit = roles
            .and_then(|roles| roles.first())
            .and_then(|role| role["connectionLimit"].as_u64());
        let (chart, values) = (rendering.chart, &rendering.values);
        let (Some(pods), Ok(pool), Ok(most), Some(limit)) = (pods, pool, most, limit) else {
            faults.push(format!(
                "{chart} ({values}): pods, pool, max_connections or the role's connectionLimit is no number"
            ));
            continue;
        };
        let needed = needed(pods, pool);
        if limit < needed {
            faults.push(format!(
                "{chart} ({values}): the role may have {limit} connections, and {pods} pods need {needed}"
            ));
        }
        if most < limit + OTHERS {
            faults.push(format!(
                "{chart} ({values}): max_connections is {most}, and a role may have {limit} of them"
            ));
        }
    }
    faults
}

/// What all pods can open, with a quarter more pods while they are replaced.
fn needed(pods: u64, pool: u64) -> u64 {
    (pods + pods.div_ceil(4)) * pool
}
