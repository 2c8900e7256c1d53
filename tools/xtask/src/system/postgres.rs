//! The PostgreSQL server of a system, started for it or running already, and the five databases in it.

use std::path::Path;

use anyhow::Result;
use postgres_server::{Administrator, BINARIES_VARIABLE, Binaries, Home, PostgresServer};
use stack::{Databases, Environment, workspace};

use super::download::download;
use crate::terminal::Step;

pub struct Postgres {
    server: Option<PostgresServer>,
    databases: Databases,
}

impl Postgres {
    /// A server that runs already, and goes on running.
    pub fn external(administrator: Administrator) -> Self {
        Self {
            server: None,
            databases: Databases::of(administrator),
        }
    }

    /// A server with its data in `folder/postgres`, for as long as the value lives. `fresh` throws old data away.
    pub fn kept(folder: &Path, fresh: bool) -> Result<Self> {
        let step = Step::begin("PostgreSQL");
        let home = Home::at(&folder.join("postgres"))?;
        if fresh {
            step.note("throwing the old data away");
            PostgresServer::stop_orphan(&home)?;
            home.clear()?;
        }
        let binaries = match home.binaries()? {
            Some(binaries) => binaries,
            None => download(&home, &step)?,
        };
        step.note("starting it");
        let server = PostgresServer::kept(home, binaries)?;
        step.done(&description(&server));
        Ok(Self::own(server))
    }

    /// A server whose data vanish with the value.
    pub fn temporary() -> Result<Self> {
        let step = Step::begin("PostgreSQL");
        let binaries = installed(&step)?;
        step.note("starting it");
        let server = PostgresServer::temporary_with(binaries)?;
        step.done(&description(&server));
        Ok(Self::own(server))
    }

    /// Sees to it that there is a server to start, for programs that start one themselves. Returns the variable of
    /// the environment that leads them to it.
    pub fn find_server() -> Result<(String, String)> {
        let step = Step::begin("PostgreSQL");
        let binaries = installed(&step)?;
        step.done(&format!("version {}", binaries.version()));
        let folder = binaries.folder().to_string_lossy().into_owned();
        Ok((BINARIES_VARIABLE.to_owned(), folder))
    }

    fn own(server: PostgresServer) -> Self {
        Self {
            databases: Databases::of(server.administrator()),
            server: Some(server),
        }
    }

    pub fn administrator(&self) -> &Administrator {
        self.databases.administrator()
    }

    /// The server when it was started for the system.
    pub fn server(&mut self) -> Option<&mut PostgresServer> {
        self.server.as_mut()
    }

    /// Makes the databases and roles of `services`, migrates, and grants; sets the server in `environment`.
    /// Returns what was done, in a few words.
    pub fn prepare(
        &self,
        environment: &mut Environment,
        services: &[&str],
        step: &Step,
    ) -> Result<String> {
        let prepared = runtime()?.block_on(async {
            if self.server.is_some() {
                self.databases.close_common().await?;
            }
            self.databases
                .prepare(environment, services, |service| step.note(service))
                .await
        })?;
        let databases = services.len();
        let mut report = match prepared.applied {
            0 => format!("{databases} databases, up to date"),
            1 => format!("{databases} databases, 1 migration applied"),
            applied => format!("{databases} databases, {applied} migrations applied"),
        };
        if !prepared.newer.is_empty() {
            let newer = prepared.newer.join(", ");
            report += &format!(
                "; newer than this copy of the project, so nothing was applied, functions neither: {newer}"
            );
        }
        Ok(report)
    }

    /// Drops the five databases; the next [`Self::prepare`] makes them anew.
    pub fn drop_all(&self, environment: &Environment) -> Result<()> {
        runtime()?.block_on(self.databases.drop_all(environment))
    }

    /// The administrator's URLs of the databases, by the service.
    pub fn urls(&self, environment: &Environment) -> Vec<(&'static str, String)> {
        self.databases.urls(environment)
    }
}

/// What runs the async code of `postgres-server` and of the database client.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

fn description(server: &PostgresServer) -> String {
    let home = server.home();
    let user = home
        .user()
        .map(|user| format!(", as user {user}"))
        .unwrap_or_default();
    let place = if home.moved() {
        format!(
            ", data in {} since that user cannot reach this folder",
            home.folder().display()
        )
    } else {
        String::new()
    };
    format!(
        "version {}, port {}{user}{place}",
        server.version(),
        server.port()
    )
}

/// An installed server, or the one that is downloaded for temporary stacks.
fn installed(step: &Step) -> Result<Binaries> {
    match Binaries::find()? {
        Some(binaries) => Ok(binaries),
        None => {
            let home = Home::at(&workspace::local().join("postgres"))?;
            home.binaries()?.map_or_else(|| download(&home, step), Ok)
        }
    }
}
