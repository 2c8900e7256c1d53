//! The five databases on a PostgreSQL server.

use anyhow::Result;
use postgres_server::{
    Administrator, Migrated, Role, close_common_databases, grant_tables, migrate, prepare_database,
};

use crate::environment::Environment;
use crate::{SERVICES, workspace};

/// What [`Databases::prepare`] did.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// How many migrations were applied.
    pub applied: usize,
    /// The services whose databases have newer migrations than this copy of the project: nothing was applied there.
    pub newer: Vec<String>,
}

/// Where the databases are.
pub struct Databases {
    administrator: Administrator,
}

impl Databases {
    pub fn of(administrator: Administrator) -> Self {
        Self { administrator }
    }

    pub fn administrator(&self) -> &Administrator {
        &self.administrator
    }

    /// Closes the server's own databases to the services' roles. Only for a server of our own.
    pub async fn close_common(&self) -> Result<()> {
        close_common_databases(&self.administrator).await
    }

    /// Makes the databases and roles of `services`, migrates, and grants; sets the server in `environment`.
    /// `note` is told which service is at its turn.
    pub async fn prepare(
        &self,
        environment: &mut Environment,
        services: &[&str],
        note: impl Fn(&str),
    ) -> Result<Prepared> {
        environment.set_database_server(&self.administrator.host_and_port());
        let mut prepared = Prepared::default();
        for service in services {
            note(service);
            let password = environment
                .expect(&format!("{service}_db_password"))?
                .to_owned();
            let role = Role {
                name: name(environment, service, "user"),
                password,
            };
            let database = name(environment, service, "name");
            let migrated = self.prepare_one(service, &database, &role).await?;
            prepared.applied += migrated.applied;
            if !migrated.newer.is_empty() {
                prepared.newer.push((*service).to_owned());
            }
        }
        Ok(prepared)
    }

    async fn prepare_one(&self, service: &str, database: &str, role: &Role) -> Result<Migrated> {
        prepare_database(&self.administrator, database, role).await?;
        let url = self.administrator.url(database);
        let migrated = migrate(&url, workspace::migrations(service)).await?;
        if migrated.newer.is_empty() {
            grant_tables(&self.administrator, database, &role.name).await?;
        }
        Ok(migrated)
    }

    /// Drops the five databases and ends their sessions; the next [`Self::prepare`] makes them anew.
    pub async fn drop_all(&self, environment: &Environment) -> Result<()> {
        for service in SERVICES {
            let database = name(environment, service, "name");
            self.administrator.drop_database(&database).await?;
        }
        Ok(())
    }

    /// The administrator's URLs of the databases, by the service.
    pub fn urls(&self, environment: &Environment) -> Vec<(&'static str, String)> {
        let url = |service| self.administrator.url(&name(environment, service, "name"));
        SERVICES.map(|service| (service, url(service))).to_vec()
    }
}

/// The name of a service's database or of its role: the environment's, else that of `spin.toml`.
fn name(environment: &Environment, service: &str, part: &str) -> String {
    let set = environment.get(&format!("{service}_db_{part}"));
    set.map_or_else(|| format!("zakaz_{service}"), str::to_owned)
}
