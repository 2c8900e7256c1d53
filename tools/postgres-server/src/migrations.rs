//! Migrations of a service's database: numbered files, each applied once, and functions, applied each time. The rules
//! for both are in `docs/database.md`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::administrator::connect;
use crate::history;

/// The migrations' image runs it, too.
const UNDEFINED_FUNCTIONS: &str = include_str!("../../../migrations/undefined_functions.sql");

/// PostgreSQL's code for a definition that cannot replace the present one.
const CANNOT_REPLACE: &str = "42P13";

/// What [`migrate`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// How many numbered files were new to the database.
    pub applied: usize,
    /// The newest version that the database has now; 0 without numbered files.
    pub newest: i64,
    /// The versions that the database has and the folder has not: the folder is that of an earlier release, and
    /// nothing of it was applied.
    pub newer: Vec<i64>,
    /// Functions of the database that no file defines any more, with their arguments.
    pub undefined_functions: Vec<String>,
}

/// Brings the database of `url` (an administrator's) to the files in `folder`, the folder of a service in `migrations/`:
///
/// 1. the functions that all services share (`../shared/functions/*.sql`), which triggers need;
/// 2. the numbered files that are new to the database, each in a transaction of its own;
/// 3. the shared functions and those of the service (`functions/*.sql`), in one transaction.
///
/// A database that has newer numbered files stays as it is ([`Migrated::newer`]): newer functions serve an earlier
/// release, and its functions are not made for a newer database. Parallel migrations of one database wait for each
/// other.
///
/// # Errors
/// When the database is out of reach, a file fails, or a numbered file that was applied has been changed or is missing.
pub async fn migrate(url: &str, folder: impl AsRef<Path>) -> Result<Migrated> {
    let folder = folder.as_ref();
    let mut migrator = Migrator::new(folder)
        .await
        .with_context(|| format!("reading the migrations in {}", folder.display()))?;
    let shared = function_files(&folder.join("../shared/functions"))?;
    let own = function_files(&folder.join("functions"))?;

    let mut database = connect(url).await?;
    lock(&mut database).await?;
    let known: Vec<i64> = migrator.iter().map(|migration| migration.version).collect();
    let before = applied(&mut database).await?;
    let newer = history::newer(&before, &known)
        .with_context(|| format!("applying the migrations in {}", folder.display()))?;
    let all: Vec<PathBuf> = shared.iter().cloned().chain(own).collect();
    if newer.is_empty() {
        apply_functions(&mut database, &shared).await?;
    } else {
        migrator.set_ignore_missing(true);
    }
    // With newer ones in the database it applies nothing, and only compares.
    if let Err(error) = migrator.run(&mut database).await {
        return Err(explain(error, &migrator, folder));
    }
    let after = applied(&mut database).await?;
    let undefined_functions = if newer.is_empty() {
        apply_functions(&mut database, &all).await?
    } else {
        Vec::new()
    };
    database.close().await?;

    Ok(Migrated {
        applied: after.len() - before.len(),
        newest: after.into_iter().max().unwrap_or(0),
        newer,
        undefined_functions,
    })
}

/// Waits until no other session migrates this database; holds until `database` is closed. `sqlx` and the migrations'
/// image each have a lock of their own kind; the image takes this one as well.
pub(crate) async fn lock(database: &mut PgConnection) -> Result<()> {
    sqlx::query("select pg_advisory_lock(hashtext('zakaz migrations'))")
        .execute(database)
        .await
        .context("waiting for other migrations of this database")?;
    Ok(())
}

/// The `*.sql` of `folder` in the order of their names; none when there is no such folder.
fn function_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.exists() {
        return Ok(files);
    }
    let reading = || format!("reading the functions in {}", folder.display());
    for entry in fs::read_dir(folder).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Applies `files` in one transaction. Returns the functions of the database that none of them defines.
async fn apply_functions(database: &mut PgConnection, files: &[PathBuf]) -> Result<Vec<String>> {
    let mut transaction = database.begin().await?;
    for file in files {
        let text = fs::read_to_string(file)
            .with_context(|| format!("reading the functions in {}", file.display()))?;
        let applied = sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut *transaction)
            .await;
        if let Err(error) = applied {
            let replaces_other = error
                .as_database_error()
                .is_some_and(|error| error.code().as_deref() == Some(CANNOT_REPLACE));
            let error = Error::new(error).context(format!("applying {}", file.display()));
            return Err(if replaces_other {
                error.context(
                    "a function whose arguments or result change needs a new name (docs/database.md); \
                     on a developer's machine, `cargo xtask up --fresh` starts with empty databases",
                )
            } else {
                error
            });
        }
    }
    let undefined = sqlx::query_scalar(UNDEFINED_FUNCTIONS)
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(undefined)
}

/// Says which migration failed and what to do.
fn explain(error: MigrateError, migrator: &Migrator, folder: &Path) -> Error {
    let folder = folder.display();
    let name = |version: i64| {
        let mut migrations = migrator.iter();
        let found = migrations.find(|migration| migration.version == version);
        found.map_or(version.to_string(), |migration| {
            format!("{version:04} ({})", migration.description)
        })
    };
    match error {
        MigrateError::ExecuteMigration(error, version) => {
            Error::new(error).context(format!("migration {} in {folder}", name(version)))
        }
        MigrateError::VersionMismatch(version) => anyhow!(
            "migration {} in {folder} has been changed since it was applied; \
             add a new one instead, or start with empty databases: `cargo xtask up --fresh`",
            name(version),
        ),
        MigrateError::VersionMissing(version) => anyhow!(
            "the database has migration {version}, which {folder} has not, and newer ones that it has; \
             bring the file back, or start with empty databases: `cargo xtask up --fresh`",
        ),
        other => Error::new(other).context(format!("applying the migrations in {folder}")),
    }
}

/// The versions of the numbered files that the database has.
async fn applied(database: &mut PgConnection) -> Result<Vec<i64>> {
    let known: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *database)
        .await?;
    if !known {
        return Ok(Vec::new());
    }
    let versions = sqlx::query_scalar("select version from _sqlx_migrations order by version")
        .fetch_all(&mut *database)
        .await?;
    Ok(versions)
}
