//! An earlier release on a database that a newer one has migrated.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use local_resources::TemporaryFolder;
use tokio::task::spawn_blocking;
use tokio_postgres::Client;

use crate::cluster::Cluster;
use crate::instance::Instance;
use crate::migrations::{Image, Way, project};
use crate::operator;

const SERVICE: &str = "billing";

/// A copy of the project's migrations, to be changed.
struct Release(TemporaryFolder);

impl Release {
    fn new() -> Result<Self> {
        let release = Self(TemporaryFolder::new()?);
        copy(&project(), release.0.path())?;
        Ok(release)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.of_service(file), text)?)
    }

    fn of_service(&self, file: &str) -> PathBuf {
        self.folder().join(SERVICE).join(file)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (from, to) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_image_leaves_a_newer_database_as_it_is() -> Result<()> {
    check(|cluster, primary| Way::Image(Image::new(cluster, primary))).await
}

#[tokio::test]
async fn the_library_leaves_a_newer_database_as_it_is() -> Result<()> {
    check(|cluster, primary| {
        let initdb = cluster.initdb();
        let url = primary.url(&initdb.owner, &initdb.database);
        Way::Library(url, SERVICE.to_owned())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_run_at_the_same_time_wait_for_each_other() -> Result<()> {
    let cluster = Cluster::of("order")?;
    let mut primary = Instance::initialized(&cluster)?;
    primary.start().await?;
    operator::set_up(&cluster, &primary).await?;
    let jobs = [(); 3].map(|()| {
        let image = Image::new(&cluster, &primary);
        spawn_blocking(move || image.migrate(&project()))
    });
    for job in jobs {
        job.await??;
    }
    Ok(())
}

async fn check(way: impl Fn(&Cluster, &Instance) -> Way) -> Result<()> {
    let cluster = Cluster::of(SERVICE)?;
    let mut primary = Instance::initialized(&cluster)?;
    primary.start().await?;
    operator::set_up(&cluster, &primary).await?;
    let way = way(&cluster, &primary);
    let database = primary.superuser(&cluster.initdb().database).await?;

    let newer = Release::new()?;
    newer.write(
        "9000_limits.sql",
        "alter table wallets add limit_minor bigint not null default 0;",
    )?;
    newer.write("functions/release.sql", &release("newer"))?;
    ensure!(!way.migrate(newer.folder()).await?);

    // The earlier release's functions were never made for the newer tables.
    let earlier = Release::new()?;
    earlier.write("functions/release.sql", &release("earlier"))?;
    ensure!(way.migrate(earlier.folder()).await?, "it was migrated");
    ensure!(answer(&database).await? == "newer");
    ensure!(versions(&database).await?.ends_with(&[9000]));
    // The Job is repeated after a failure, and beside one that is run by hand.
    ensure!(way.migrate(earlier.folder()).await?);

    newer.write(
        "9001_more.sql",
        "comment on column wallets.limit_minor is 'none';",
    )?;
    newer.write("functions/release.sql", &release("newest"))?;
    ensure!(!way.migrate(newer.folder()).await?);
    ensure!(answer(&database).await? == "newest");

    let fork = Release::new()?;
    fork.write("8000_fork.sql", "select 1;")?;
    refused(&way, &fork, "8000").await?;
    ensure!(!versions(&database).await?.contains(&8000));

    let first = fs::read_dir(earlier.folder().join(SERVICE))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().contains("/0001_"));
    let first = first.unwrap_or_default();
    fs::write(&first, fs::read_to_string(&first)? + "-- edited")?;
    refused(&way, &earlier, "changed|modified").await
}

/// A function whose text differs between the releases.
fn release(name: &str) -> String {
    format!(
        "create or replace function release() returns text language sql as $$ select '{name}' $$;"
    )
}

async fn answer(database: &Client) -> Result<String> {
    Ok(database.query_one("select release()", &[]).await?.get(0))
}

async fn versions(database: &Client) -> Result<Vec<i64>> {
    let rows = database
        .query("select version from _sqlx_migrations order by version", &[])
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The migrations of `release` fail, and one of the words says why.
async fn refused(way: &Way, release: &Release, words: &str) -> Result<()> {
    let error = match way.migrate(release.folder()).await {
        Ok(_) => anyhow::bail!("migrations that must fail were applied"),
        Err(error) => format!("{error:#}"),
    };
    ensure!(words.split('|').any(|word| error.contains(word)), "{error}");
    Ok(())
}
