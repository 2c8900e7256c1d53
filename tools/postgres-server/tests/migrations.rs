//! On a real PostgreSQL: numbered files are applied once, functions each time, and the project's own files keep the
//! rules of `docs/database.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use local_resources::TemporaryFolder;
use postgres_server::{PostgresServer, migrate};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, query, query_scalar};

const ASK_NEWER: &str =
    "create or replace function ask() returns text language sql as $$ select 'newer' $$;";
const ASK_EARLIER: &str =
    "create or replace function ask() returns text language sql as $$ select 'earlier' $$;";

/// A folder of migrations: those of a service, beside functions that are shared.
struct Files(TemporaryFolder);

impl Files {
    fn new() -> Self {
        let files = Self(TemporaryFolder::new().unwrap());
        files.write(
            "shared/functions/shout.sql",
            "create or replace function shout(t text) returns text language sql as 'select upper(t)';",
        );
        files.write(
            "notes/0001_notes.sql",
            "create table note (id bigint generated always as identity, text text not null check (text = shout(text)));",
        );
        files.write(
            "notes/functions/count_notes.sql",
            "create or replace function count_notes() returns bigint language sql as 'select count(*) from note';",
        );
        files
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.path().join(name)).unwrap();
    }

    fn service(&self) -> PathBuf {
        self.0.path().join("notes")
    }
}

struct Migrations {
    _server: PostgresServer,
    url: String,
}

impl Migrations {
    async fn of_new_database() -> Self {
        let server = PostgresServer::temporary().unwrap();
        let administrator = server.administrator();
        let url = administrator.create_database("notes").await.unwrap();
        Self {
            _server: server,
            url,
        }
    }

    async fn error(&self, files: &Files) -> String {
        format!(
            "{:#}",
            migrate(&self.url, files.service()).await.unwrap_err()
        )
    }

    async fn connect(&self) -> PgConnection {
        let options = PgConnectOptions::from_str(&self.url).unwrap();
        PgConnection::connect_with(&options).await.unwrap()
    }
}

#[tokio::test]
async fn numbered_files_are_applied_once_and_guarded_against_changes() {
    let database = Migrations::of_new_database().await;
    let files = Files::new();
    let first = migrate(&database.url, files.service()).await.unwrap();
    assert_eq!((first.applied, first.newest), (1, 1));
    let second = migrate(&database.url, files.service()).await.unwrap();
    assert_eq!((second.applied, second.newest), (0, 1));

    files.write(
        "notes/0002_broken.sql",
        "create table half (); select * from nothing_at_all;",
    );
    let error = database.error(&files).await;
    assert!(
        error.contains("migration 0002 (broken)") && error.contains("nothing_at_all"),
        "{error}"
    );
    let absent: bool = query_scalar("select to_regclass('half') is null")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert!(absent, "a migration that fails leaves nothing behind");

    files.remove("notes/0002_broken.sql");
    files.write("notes/0001_notes.sql", "create table note ();");
    let error = database.error(&files).await;
    assert!(
        error.contains("0001 (notes)") && error.contains("has been changed"),
        "{error}"
    );
}

#[tokio::test]
async fn functions_get_their_current_text_at_every_migration() {
    let database = Migrations::of_new_database().await;
    let files = Files::new();
    migrate(&database.url, files.service()).await.unwrap();
    let mut connection = database.connect().await;
    query("insert into note (text) values ('A')")
        .execute(&mut connection)
        .await
        .unwrap();

    files.write(
        "notes/functions/count_notes.sql",
        "create or replace function count_notes() returns bigint language sql as 'select 10 + count(*) from note';",
    );
    files.write(
        "notes/functions/ask.sql",
        "create or replace function ask() returns text language sql as $$ select 'how many?' $$;",
    );
    let migrated = migrate(&database.url, files.service()).await.unwrap();
    assert_eq!(migrated.applied, 0);
    assert!(migrated.undefined_functions.is_empty());
    let count: i64 = query_scalar("select count_notes()")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(count, 11);

    // An older build may still call it. So it stays until a numbered file drops it.
    files.remove("notes/functions/ask.sql");
    let migrated = migrate(&database.url, files.service()).await.unwrap();
    assert_eq!(migrated.undefined_functions, ["ask()"]);
    query("select ask()")
        .execute(&mut connection)
        .await
        .unwrap();
    files.write("notes/0002_drop_ask.sql", "drop function ask();");
    let migrated = migrate(&database.url, files.service()).await.unwrap();
    assert!(migrated.undefined_functions.is_empty());
}

#[tokio::test]
async fn an_earlier_release_leaves_a_newer_database_as_it_is() {
    let database = Migrations::of_new_database().await;
    let files = Files::new();
    files.write("notes/0002_more.sql", "create table more ();");
    files.write("notes/functions/ask.sql", ASK_NEWER);
    migrate(&database.url, files.service()).await.unwrap();

    files.remove("notes/0002_more.sql");
    files.write("notes/functions/ask.sql", ASK_EARLIER);
    let migrated = migrate(&database.url, files.service()).await.unwrap();
    assert_eq!((migrated.applied, migrated.newest), (0, 2));
    assert_eq!(migrated.newer, [2]);
    let answer: String = query_scalar("select ask()")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(answer, "newer");

    files.write("notes/0001_notes.sql", "create table note ();");
    let error = database.error(&files).await;
    assert!(error.contains("has been changed"), "{error}");
}

#[tokio::test]
async fn functions_are_replaced_all_or_none() {
    let database = Migrations::of_new_database().await;
    let files = Files::new();
    migrate(&database.url, files.service()).await.unwrap();

    files.write(
        "notes/functions/broken.sql",
        "create or replace function broken() returns bigint language sql as 'select count(*) from nothing_at_all';",
    );
    files.write(
        "notes/functions/a_new_one.sql",
        "create or replace function a_new_one() returns int language sql as 'select 1';",
    );
    let error = database.error(&files).await;
    assert!(
        error.contains("functions/broken.sql") && error.contains("nothing_at_all"),
        "{error}"
    );
    let absent: bool = query_scalar("select to_regproc('a_new_one') is null")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert!(absent);
    files.remove("notes/functions/broken.sql");

    files.write(
        "notes/functions/count_notes.sql",
        "create or replace function count_notes() returns int language sql as 'select 1';",
    );
    let error = database.error(&files).await;
    assert!(
        error.contains("needs a new name") && error.contains("functions/count_notes.sql"),
        "{error}"
    );
}

#[tokio::test]
async fn parallel_migrations_of_one_database_wait_for_each_other() {
    let database = Migrations::of_new_database().await;
    let files = Files::new();
    files.write("notes/0002_slow.sql", "select pg_sleep(0.3);");
    let (service, url) = (files.service(), &database.url);
    let (one, two, three) = tokio::join!(
        migrate(url, &service),
        migrate(url, &service),
        migrate(url, &service)
    );
    let applied = [one, two, three].map(|migrated| migrated.unwrap().applied);
    assert_eq!(applied.iter().sum::<usize>(), 2, "{applied:?}");
    assert_eq!(applied.iter().max(), Some(&2), "{applied:?}");
}

/// A numbered file that defines a function, an overload, or a name that a build's readiness does not find.
#[tokio::test]
async fn the_files_of_every_service_keep_the_rules() {
    let server = PostgresServer::temporary().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    for service in ["auth", "billing", "warehouse", "delivery", "order"] {
        let administrator = server.administrator();
        let url = administrator.create_database(service).await.unwrap();
        let migrated = migrate(&url, folder.join(service)).await.unwrap();
        assert!(migrated.newest > 0);
        assert!(
            migrated.undefined_functions.is_empty(),
            "{service}: functions belong in functions/: {:?}",
            migrated.undefined_functions
        );
        let options = PgConnectOptions::from_str(&url).unwrap();
        let mut database = PgConnection::connect_with(&options).await.unwrap();
        let overloads: Vec<String> = query_scalar(
            "select proname::text
            from pg_proc
            where pronamespace = 'public'::regnamespace
            group by proname
            having count(*) > 1",
        )
        .fetch_all(&mut database)
        .await
        .unwrap();
        assert!(overloads.is_empty(), "{service}: overloads: {overloads:?}");
    }
}
