//! Forward-only migrations, in the format of `sqlx migrate`: `NNNN_name.sql`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};

use crate::administrator::connect;

/// What [`migrate`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// How many migrations were new to the database.
    pub applied: usize,
    /// The newest version that the database has now; 0 when the folder is empty.
    pub newest: i64,
}

/// Applies the migrations of `folder` that the database of `url` (an administrator's) has not got yet. Two at the same
/// time wait for each other; each migration is applied whole or not at all.
///
/// # Errors
/// When the database is out of reach, a migration fails, or one that was applied has been changed or is missing.
pub async fn migrate(url: &str, folder: impl AsRef<Path>) -> Result<Migrated> {
    let folder = folder.as_ref();
    let migrator = Migrator::new(folder)
        .await
        .with_context(|| format!("reading the migrations in {}", folder.display()))?;
    let mut database = connect(url).await?;
    let before = applied(&mut database).await?;
    if let Err(error) = migrator.run(&mut database).await {
        let name = |version: i64| {
            let found = migrator
                .iter()
                .find(|migration| migration.version == version);
            found.map_or(version.to_string(), |migration| {
                format!("{version:04} ({})", migration.description)
            })
        };
        match error {
            MigrateError::ExecuteMigration(error, version) => {
                return Err(error).with_context(|| {
                    format!("migration {} in {}", name(version), folder.display())
                });
            }
            MigrateError::VersionMismatch(version) => bail!(
                "migration {} in {} has been changed since it was applied; \
                 add a new one instead, or start afresh with `cargo xtask up --fresh`",
                name(version),
                folder.display()
            ),
            MigrateError::VersionMissing(version) => bail!(
                "the database has migration {version}, which {} has not: this is an older copy of the project; \
                 update it, or start afresh with `cargo xtask up --fresh`",
                folder.display()
            ),
            other => {
                return Err(other)
                    .with_context(|| format!("applying the migrations in {}", folder.display()));
            }
        }
    }
    let after = applied(&mut database).await?;
    database.close().await?;
    let newest = migrator
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    Ok(Migrated {
        applied: after - before,
        newest,
    })
}

async fn applied(database: &mut sqlx::PgConnection) -> Result<usize> {
    let known: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *database)
        .await?;
    if !known {
        return Ok(0);
    }
    let count: i64 = sqlx::query_scalar("select count(*) from _sqlx_migrations")
        .fetch_one(&mut *database)
        .await?;
    Ok(usize::try_from(count)?)
}
