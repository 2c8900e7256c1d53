//! What CloudNativePG 1.30 does in a cluster's databases, in its order.

use anyhow::{Context, Result};
use tokio_postgres::Client;

use crate::cluster::Cluster;
use crate::instance::{Instance, METRICS_EXPORTER, STREAMING_REPLICA};

/// The functions that `pg_rewind` calls on the server that it copies from.
const REWIND_FUNCTIONS: [&str; 4] = [
    "pg_catalog.pg_ls_dir(text, boolean, boolean)",
    "pg_catalog.pg_stat_file(text, boolean)",
    "pg_catalog.pg_read_binary_file(text)",
    "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)",
];

/// The first start of a new cluster's primary: the databases, the operator's logins and the managed roles.
pub async fn set_up(cluster: &Cluster, primary: &Instance) -> Result<()> {
    bootstrap(cluster, primary).await?;
    configure_logins(primary).await?;
    configure_managed_roles(cluster, primary).await?;
    give_passwords(cluster, primary).await
}

/// Once, after `initdb`: the owner, the statements of the `Cluster`, the database.
pub async fn bootstrap(cluster: &Cluster, primary: &Instance) -> Result<()> {
    let initdb = cluster.initdb();
    let server = primary.superuser("postgres").await?;
    if !role_exists(&server, &initdb.owner).await? {
        let statement = format!("create role \"{}\" login", initdb.owner);
        server.batch_execute(&statement).await?;
    }
    run(&server, &initdb.post_init).await?;
    let template = primary.superuser("template1").await?;
    run(&template, &initdb.post_init_template).await?;
    drop(template);
    let statement = format!(
        "create database \"{}\" owner \"{}\"",
        initdb.database, initdb.owner
    );
    server.batch_execute(&statement).await?;
    let database = primary.superuser(&initdb.database).await?;
    run(&database, &initdb.post_init_application).await
}

/// At each start of a primary: its own logins, made or repaired.
pub async fn configure_logins(primary: &Instance) -> Result<()> {
    let server = primary.superuser("postgres").await?;
    if !role_exists(&server, STREAMING_REPLICA).await? {
        let statement = format!("create user {STREAMING_REPLICA} replication");
        server.batch_execute(&statement).await?;
    }
    let mut statements = format!("alter user {STREAMING_REPLICA} login replication;");
    for function in REWIND_FUNCTIONS {
        statements += &format!("grant execute on function {function} to {STREAMING_REPLICA};");
    }
    server.batch_execute(&statements).await?;
    if !role_exists(&server, METRICS_EXPORTER).await? {
        let statement = format!("create role {METRICS_EXPORTER} with login password null");
        server.batch_execute(&statement).await?;
    }
    let statements = format!(
        "alter role {METRICS_EXPORTER}
            with nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit login;
        grant pg_monitor to {METRICS_EXPORTER}"
    );
    server.batch_execute(&statements).await?;
    Ok(())
}

async fn configure_managed_roles(cluster: &Cluster, primary: &Instance) -> Result<()> {
    let server = primary.superuser("postgres").await?;
    for role in &cluster.spec.managed.roles {
        let verb = match role_exists(&server, &role.name).await? {
            true => "alter",
            false => "create",
        };
        let login = if role.login { "login" } else { "nologin" };
        let statement = format!(
            "{verb} role \"{}\" with nobypassrls nocreatedb nocreaterole inherit {login} noreplication nosuperuser
                connection limit {}",
            role.name, role.connection_limit
        );
        server.batch_execute(&statement).await?;
    }
    Ok(())
}

/// One password for all: here nobody has a certificate.
async fn give_passwords(cluster: &Cluster, primary: &Instance) -> Result<()> {
    let server = primary.superuser("postgres").await?;
    let managed = cluster.spec.managed.roles.iter();
    let names = managed.map(|role| role.name.as_str()).chain([
        cluster.initdb().owner.as_str(),
        STREAMING_REPLICA,
        METRICS_EXPORTER,
    ]);
    for name in names {
        let statement = format!("alter role \"{name}\" password '{}'", primary.password);
        server.batch_execute(&statement).await?;
    }
    Ok(())
}

/// Makes a standby the primary.
pub async fn promote(standby: &Instance) -> Result<()> {
    let server = standby.superuser("postgres").await?;
    let promoted: bool = server.query_one("select pg_promote()", &[]).await?.get(0);
    anyhow::ensure!(promoted, "{} is not promoted", standby.name);
    // `pg_rewind` reads the timeline from the newest checkpoint.
    server.batch_execute("checkpoint").await?;
    configure_logins(standby).await
}

async fn role_exists(server: &Client, name: &str) -> Result<bool> {
    let statement = "select exists (select from pg_roles where rolname = $1)";
    Ok(server.query_one(statement, &[&name]).await?.get(0))
}

/// Runs the statements of a `Cluster`, as its superuser. They come as arguments of a container, in which Kubernetes makes
/// one dollar of two.
async fn run(client: &Client, statements: &[String]) -> Result<()> {
    client
        .batch_execute("set search_path to \"$user\", public")
        .await?;
    for statement in statements {
        client
            .batch_execute(&statement.replace("$$", "$"))
            .await
            .with_context(|| format!("running {statement}"))?;
    }
    Ok(())
}
