//! On a real PostgreSQL: what the crate promises about servers, roles and migrations.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use local_resources::random_hex;
use postgres_server::{
    Administrator, Binaries, Home, PostgresServer, Role, close_common_databases, grant_tables,
    migrate, prepare_database,
};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, query, query_scalar};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("zakaz-test-{}", random_hex(6).unwrap()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn connect(url: &str) -> sqlx::Result<PgConnection> {
    PgConnection::connect_with(&PgConnectOptions::from_str(url)?).await
}

fn url_of(server: &PostgresServer, role: &Role, database: &str) -> String {
    format!(
        "postgres://{}:{}@127.0.0.1:{}/{database}",
        role.name,
        role.password,
        server.port()
    )
}

fn migrations() -> Folder {
    let folder = Folder::new();
    folder.write(
        "0001_notes.sql",
        "create table note (id bigint generated always as identity, text text not null);",
    );
    folder.write(
        "0002_shout.sql",
        "create function shout(t text) returns text language sql as 'select upper(t)';",
    );
    folder
}

async fn prepared(administrator: &Administrator, name: &str, folder: &Path) -> Role {
    let role = Role {
        name: name.to_owned(),
        password: random_hex(8).unwrap(),
    };
    prepare_database(administrator, name, &role).await.unwrap();
    migrate(&administrator.url(name), folder).await.unwrap();
    grant_tables(administrator, name, name).await.unwrap();
    role
}

#[tokio::test]
async fn a_role_works_in_its_own_database_and_nowhere_else() {
    let server = PostgresServer::temporary().unwrap();
    let administrator = server.administrator();
    close_common_databases(&administrator).await.unwrap();
    let folder = migrations();
    let role = prepared(&administrator, "zakaz_one", &folder.0).await;
    prepared(&administrator, "zakaz_two", &folder.0).await;

    let mut own = connect(&url_of(&server, &role, "zakaz_one")).await.unwrap();
    query("insert into note (text) values ('x')")
        .execute(&mut own)
        .await
        .unwrap();
    let shouted: String = query_scalar("select shout('жук')")
        .fetch_one(&mut own)
        .await
        .unwrap();
    assert_eq!(shouted, "ЖУК");
    let newest: i64 = query_scalar("select max(version) from _sqlx_migrations")
        .fetch_one(&mut own)
        .await
        .unwrap();
    assert_eq!(newest, 2);
    for forbidden in [
        "create table t ()",
        "drop table note",
        "delete from _sqlx_migrations",
    ] {
        assert!(
            query(forbidden).execute(&mut own).await.is_err(),
            "{forbidden}"
        );
    }
    let limits: String = query_scalar(
        "select current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')",
    )
    .fetch_one(&mut own)
    .await
    .unwrap();
    assert_eq!(limits, "5s 5s");
    for other in ["zakaz_two", "postgres", "template1"] {
        let refused = connect(&url_of(&server, &role, other))
            .await
            .err()
            .map(|error| error.to_string());
        assert!(
            refused
                .as_ref()
                .is_some_and(|text| text.contains("permission denied")),
            "{other}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_server_comes_back_on_its_port_after_a_stop_and_after_a_crash() {
    let mut server = PostgresServer::temporary().unwrap();
    let (url, port) = (
        server
            .administrator()
            .create_database("kept")
            .await
            .unwrap(),
        server.port(),
    );
    let mut database = connect(&url).await.unwrap();
    query("create table t as select 1 as n")
        .execute(&mut database)
        .await
        .unwrap();

    server.stop().unwrap();
    assert!(query("select 1").execute(&mut database).await.is_err());
    assert!(connect(&url).await.is_err());
    server.start().unwrap();
    assert_eq!(server.port(), port);
    let n: i32 = query_scalar("select n from t")
        .fetch_one(&mut connect(&url).await.unwrap())
        .await
        .unwrap();
    assert_eq!(n, 1);

    let mut idle = connect(&url).await.unwrap();
    server.kill().unwrap();
    assert!(!server.running());
    assert!(query("select 1").execute(&mut idle).await.is_err());
    server.start().unwrap();
    assert_eq!(server.port(), port);
    connect(&url).await.unwrap();
}

#[tokio::test]
async fn kept_data_survive_and_an_orphan_of_a_killed_run_gives_way() {
    let folder = Folder::new();
    let binaries = Binaries::find().unwrap().unwrap();
    let home = Home::at(&folder.0.join("postgres")).unwrap();
    let first = PostgresServer::kept(home.clone(), binaries.clone()).unwrap();
    first
        .administrator()
        .create_database("survivor")
        .await
        .unwrap();
    let (password, port) = (first.url(), first.port());
    // As when the parent was killed and the server was not: nobody stops it.
    std::mem::forget(first);

    let second = PostgresServer::kept(home, binaries).unwrap();
    assert_eq!((second.url(), second.port()), (password, port));
    connect(&second.administrator().url("survivor"))
        .await
        .unwrap();
}

#[test]
fn a_stale_lock_file_of_another_process_is_no_obstacle() {
    let folder = Folder::new();
    let binaries = Binaries::find().unwrap().unwrap();
    let home = Home::at(&folder.0.join("postgres")).unwrap();
    drop(PostgresServer::kept(home.clone(), binaries.clone()).unwrap());
    // The number of a living process that is no PostgreSQL: this one's.
    let lock = home.folder().join("data/postmaster.pid");
    fs::write(
        &lock,
        format!(
            "{}\n{}\n",
            std::process::id(),
            home.folder().join("data").display()
        ),
    )
    .unwrap();
    let mut server = PostgresServer::kept(home.clone(), binaries).unwrap();
    assert!(server.running());
}

#[test]
fn temporary_data_vanish() {
    let server = PostgresServer::temporary().unwrap();
    let folder = server.home().folder().to_owned();
    assert!(folder.exists());
    drop(server);
    assert!(!folder.exists());
}
