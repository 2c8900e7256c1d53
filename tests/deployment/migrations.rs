//! Applies migrations in both ways that there are: as the image does, and as `cargo xtask` does.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use postgres_server::migrate;

use crate::cluster::Cluster;
use crate::instance::Instance;

/// The root of this repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The project's own migrations.
pub fn project() -> PathBuf {
    root().join("migrations")
}

/// `deploy/migrations/migrate.sh` with the real `sqlx` and `psql`, as the database's owner.
pub struct Image {
    service: String,
    environment: Vec<(&'static str, String)>,
}

impl Image {
    pub fn new(cluster: &Cluster, primary: &Instance) -> Self {
        let sqlx = Path::new(env!("CARGO_BIN_EXE_sqlx"));
        let own = [sqlx.parent().unwrap_or(sqlx), primary.program_folder()];
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = own
            .map(Path::to_owned)
            .into_iter()
            .chain(env::split_paths(&path));
        let path = env::join_paths(folders).unwrap_or_default();
        let role = cluster.role().unwrap_or_default();
        Self {
            service: cluster.service().to_owned(),
            environment: vec![
                ("PATH", path.to_string_lossy().into_owned()),
                ("PGHOST", "127.0.0.1".into()),
                ("PGPORT", primary.port.to_string()),
                ("PGDATABASE", cluster.initdb().database.clone()),
                ("PGUSER", cluster.initdb().owner.clone()),
                ("PGPASSWORD", primary.password.clone()),
                ("PGSSLMODE", "disable".into()),
                ("ROLE", role.to_owned()),
                ("WAIT_SECONDS", "10".into()),
            ],
        }
    }

    /// Applies the migrations of `folder`. Returns what was printed.
    pub fn migrate(&self, folder: &Path) -> Result<String> {
        let output = Command::new(root().join("deploy/migrations/migrate.sh"))
            .arg(&self.service)
            .env("MIGRATIONS", folder)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .context("running migrate.sh")?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        if !output.status.success() {
            bail!("migrate.sh failed: {text}");
        }
        Ok(text)
    }
}

/// The ways to apply migrations.
pub enum Way {
    Image(Image),
    /// The owner's URL, and the service.
    Library(String, String),
}

impl Way {
    /// Applies the migrations of `folder`. Returns whether the database was left as it is, because it is newer.
    pub async fn migrate(&self, folder: &Path) -> Result<bool> {
        match self {
            Self::Image(image) => {
                let text = image.migrate(folder)?;
                Ok(text.contains("nothing was applied"))
            }
            Self::Library(url, service) => {
                let migrated = migrate(url, folder.join(service)).await?;
                Ok(!migrated.newer.is_empty())
            }
        }
    }
}
