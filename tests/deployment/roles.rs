//! Who reaches which database, and what a service's role may do.

use anyhow::{Result, ensure};

use crate::cluster::Cluster;
use crate::instance::{Instance, METRICS_EXPORTER, STREAMING_REPLICA};
use crate::migrations::{Image, project};
use crate::operator;

#[tokio::test]
async fn the_operators_logins_get_in_and_a_services_role_reaches_its_database_alone() -> Result<()>
{
    for cluster in Cluster::all()? {
        let mut primary = Instance::initialized(&cluster)?;
        primary.start().await?;
        operator::set_up(&cluster, &primary).await?;
        operators_logins(&cluster, &primary).await?;

        let image = Image::new(&cluster, &primary);
        image.migrate(&project())?;
        services_role(&cluster, &primary).await?;
        connections(&cluster, &primary).await?;
        // Migrations revoke as well.
        operators_logins(&cluster, &primary).await?;
    }
    Ok(())
}

/// The roles that a `Cluster` grants to may be there already, or may come later.
#[tokio::test]
async fn the_statements_of_a_cluster_do_not_depend_on_when_the_operator_makes_its_logins()
-> Result<()> {
    let cluster = Cluster::of("order")?;
    let mut primary = Instance::initialized(&cluster)?;
    primary.start().await?;
    operator::configure_logins(&primary).await?;
    operator::set_up(&cluster, &primary).await?;
    operators_logins(&cluster, &primary).await
}

async fn operators_logins(cluster: &Cluster, primary: &Instance) -> Result<()> {
    primary.connect(STREAMING_REPLICA, "postgres").await?;
    for database in ["postgres", cluster.initdb().database.as_str()] {
        let exporter = primary.connect(METRICS_EXPORTER, database).await?;
        exporter
            .query("select pg_database_size(current_database())", &[])
            .await?;
    }
    Ok(())
}

/// A service that takes all the connections that it may have leaves room for the operator's logins, also while its sessions
/// wait for a lost standby.
async fn connections(cluster: &Cluster, primary: &Instance) -> Result<()> {
    let (role, database) = (cluster.role()?, &cluster.initdb().database);
    let mut taken = Vec::new();
    let refused = loop {
        match primary.connect(role, database).await {
            Ok(connection) => taken.push(connection),
            Err(refused) => break format!("{refused:#}"),
        }
    };
    ensure!(
        refused.contains("too many connections for role"),
        "{role} after {} connections: {refused}",
        taken.len()
    );
    operators_logins(cluster, primary).await
}

async fn services_role(cluster: &Cluster, primary: &Instance) -> Result<()> {
    let role = cluster.role()?;
    for database in ["postgres", "template1"] {
        let refused = primary.connect(role, database).await.err();
        let refused = refused
            .map(|error| format!("{error:#}"))
            .unwrap_or_default();
        ensure!(
            refused.contains("permission denied"),
            "{role} in {database}: {refused}"
        );
    }
    let own = primary.connect(role, &cluster.initdb().database).await?;
    for forbidden in [
        "create table t ()",
        "create temporary table t ()",
        "create schema s",
        "create function f() returns int language sql as 'select 1'",
        "delete from _sqlx_migrations",
        "create database d",
        "create role r",
    ] {
        ensure!(
            own.batch_execute(forbidden).await.is_err(),
            "{role} may: {forbidden}"
        );
    }
    let limits = "select current_setting('statement_timeout') || ' '
        || current_setting('idle_in_transaction_session_timeout')";
    let limits: String = own.query_one(limits, &[]).await?.get(0);
    ensure!(limits == "5s 5s", "{role}: {limits}");
    let usable = "select bool_and(has_table_privilege(relation.oid, needed)) and count(*) > 0
        from pg_class relation
        cross join unnest(array['select', 'insert', 'update', 'delete']) needed
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> '_sqlx_migrations'";
    let usable: bool = own.query_one(usable, &[]).await?.get(0);
    ensure!(usable, "{role} lacks rights on its tables");
    own.query("select max(version) from _sqlx_migrations", &[])
        .await?;
    Ok(())
}
