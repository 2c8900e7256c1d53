//! The PostgreSQL clusters: the operator's own roles get in, and a failover loses nothing that was acknowledged.

use serde_json::Value;

use crate::charts::Charts;
use crate::objects::{Object, list, text};

/// As whom `pg_rewind` connects to `postgres` when an old primary joins again, and as whom metrics are read, in
/// `postgres` and in the application's database.
const REWIND: &str = "streaming_replica";
const METRICS: &str = "cnpg_metrics_exporter";

pub fn faults(charts: &Charts) -> Vec<String> {
    charts
        .all()
        .filter(|(_, object)| is_cluster(object))
        .flat_map(|(release, cluster)| {
            let place = format!("{} ({})", release.chart, release.values);
            of_cluster(cluster)
                .into_iter()
                .map(move |fault| format!("{place}: {fault}"))
        })
        .collect()
}

fn is_cluster(object: &Object) -> bool {
    let api = text(&object.0["apiVersion"]);
    object.kind() == "Cluster" && api.starts_with("postgresql.cnpg.io/")
}

fn of_cluster(cluster: &Object) -> Vec<String> {
    let initdb = &cluster.spec()["bootstrap"]["initdb"];
    let mut faults = missing_grants(initdb);
    faults.extend(dollars(initdb));
    faults.extend(replication(cluster.spec()));
    faults
}

/// `initdb` closes its databases to the public, so it opens them to the operator. A cluster that is restored has the
/// rights of the one that was backed up.
fn missing_grants(initdb: &Value) -> Vec<String> {
    if initdb.is_null() {
        return Vec::new();
    }
    let application = text(&initdb["database"]);
    let needed = [
        ("postInitSQL", "postgres", REWIND),
        ("postInitSQL", "postgres", METRICS),
        ("postInitApplicationSQL", application, METRICS),
    ];
    let missing = needed.into_iter().filter(|(field, database, role)| {
        let statements: Vec<&str> = list(&initdb[*field]).iter().map(text).collect();
        !allows(&statements, database, role)
    });
    missing
        .map(|(field, database, role)| format!("{field} closes the database {database} to {role}"))
        .collect()
}

/// Whether `role` may connect to `database` after these statements.
fn allows(statements: &[&str], database: &str, role: &str) -> bool {
    let (mut public, mut granted) = (true, false);
    for statement in statements {
        let words = statement.to_lowercase().replace([',', ';'], " ");
        let words: Vec<&str> = words.split_whitespace().collect();
        match words.as_slice() {
            [
                verb,
                "all" | "connect",
                "on",
                "database",
                it,
                "to" | "from",
                roles @ ..,
            ] if *it == database => {
                let grants = *verb == "grant";
                if roles.contains(&"public") {
                    public = grants;
                }
                if roles.contains(&role) {
                    granted = grants;
                }
            }
            _ => {}
        }
    }
    public || granted
}

/// The statements become arguments of a container, in which Kubernetes makes one dollar of two and replaces `$(NAME)`.
fn dollars(initdb: &Value) -> Vec<String> {
    let fields = [
        "postInitSQL",
        "postInitTemplateSQL",
        "postInitApplicationSQL",
    ];
    let statements = fields.iter().flat_map(|field| list(&initdb[*field]));
    statements
        .map(text)
        .filter(|statement| statement.contains("$$") || statement.contains("$("))
        .map(|statement| format!("Kubernetes changes the dollars of: {statement}"))
        .collect()
}

/// A commit is acknowledged when another instance has it, wherever there is another one.
fn replication(spec: &Value) -> Option<String> {
    let instances = spec["instances"].as_u64().unwrap_or(1);
    let synchronous = &spec["postgresql"]["synchronous"];
    if instances == 1 {
        let waits = !synchronous.is_null();
        return waits.then(|| "synchronous replication with one instance".to_owned());
    }
    let number = synchronous["number"].as_u64().unwrap_or(0);
    let required = synchronous["dataDurability"] == "required";
    let right = required && (1..instances).contains(&number);
    (!right).then(|| {
        format!(
            "{instances} instances without synchronous replication, or one that is not required"
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn initdb(post_init: &[&str], application: &[&str]) -> Value {
        json!({
            "database": "zakaz_billing",
            "postInitSQL": post_init,
            "postInitApplicationSQL": application,
        })
    }

    #[test]
    fn revokes_that_hit_the_operators_roles_are_found() {
        let closed = initdb(
            &["revoke all on database postgres from public"],
            &["REVOKE ALL ON DATABASE zakaz_billing FROM public;"],
        );
        assert_eq!(missing_grants(&closed).len(), 3);
        let half = initdb(
            &[
                "revoke all on database postgres from public",
                "grant connect on database postgres to streaming_replica",
            ],
            &[],
        );
        assert_eq!(
            missing_grants(&half),
            ["postInitSQL closes the database postgres to cnpg_metrics_exporter"]
        );
        let open = initdb(
            &[
                "revoke all on database postgres from public",
                "grant connect on database postgres to streaming_replica, cnpg_metrics_exporter",
            ],
            &[
                "revoke all on database zakaz_billing from public",
                "grant connect on database zakaz_billing to cnpg_metrics_exporter",
            ],
        );
        assert!(missing_grants(&open).is_empty());
        assert!(missing_grants(&Value::Null).is_empty());
    }

    #[test]
    fn dollar_quotes_are_found() {
        let quoted = initdb(&["do $$ begin end $$", "do 'begin end'"], &["select '$1'"]);
        assert_eq!(dollars(&quoted).len(), 1);
    }

    #[test]
    fn several_instances_replicate_synchronously() {
        let spec = |instances: u64, synchronous: Value| json!({"instances": instances, "postgresql": {"synchronous": synchronous}});
        let required = json!({"method": "any", "number": 1, "dataDurability": "required"});
        for refused in [
            spec(2, Value::Null),
            spec(
                2,
                json!({"method": "any", "number": 1, "dataDurability": "preferred"}),
            ),
            spec(
                2,
                json!({"method": "any", "number": 2, "dataDurability": "required"}),
            ),
            spec(1, required.clone()),
        ] {
            assert!(replication(&refused).is_some(), "{refused}");
        }
        assert!(replication(&spec(3, required)).is_none());
        assert!(replication(&spec(1, Value::Null)).is_none());
    }
}
