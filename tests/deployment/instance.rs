//! One PostgreSQL server of a cluster, as the operator runs it: with the parameters of its `Cluster`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_resources::{TemporaryFolder, port, random_hex, spawn};
use postgres_server::{Binaries, Home, kill_server};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};

use crate::cluster::Cluster;

const START_LIMIT: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);

/// What the operator sets for every cluster, and `pg_rewind` relies on. No crash of the machine is tried, so nothing has to
/// reach the disk.
const SETTINGS: &str = "
wal_log_hints = on
wal_keep_size = 512MB
fsync = off
";

/// Logins of the operator: as whom standbys and `pg_rewind` connect, and as whom metrics are read.
pub const STREAMING_REPLICA: &str = "streaming_replica";
pub const METRICS_EXPORTER: &str = "cnpg_metrics_exporter";

/// A server on 127.0.0.1. Dropping it kills it and removes its data.
pub struct Instance {
    pub name: String,
    pub port: u16,
    /// Of every role that may log in. The operator's own logins have certificates instead.
    pub password: String,
    home: Home,
    binaries: Binaries,
    parameters: Vec<String>,
    child: Option<Child>,
    _folder: TemporaryFolder,
}

impl Instance {
    /// A new cluster: the data folder, with the superuser `postgres` alone. It does not run yet.
    pub fn initialized(cluster: &Cluster) -> Result<Self> {
        let instance = Self::without_data(cluster, 1, random_hex(16)?)?;
        let password_file = instance.home.folder().join("password");
        fs::write(&password_file, &instance.password)?;
        let mut initdb = instance.command("initdb");
        initdb
            .args(["--username", "postgres", "--auth", "scram-sha-256"])
            .args(["--encoding", "UTF8", "--locale", "C", "--no-sync"])
            .arg("--pwfile")
            .arg(password_file)
            .arg("--pgdata")
            .arg(instance.home.data());
        run(initdb, "initdb")?;
        let mut settings = File::options()
            .append(true)
            .open(instance.home.data().join("postgresql.conf"))?;
        settings.write_all(SETTINGS.as_bytes())?;
        Ok(instance)
    }

    /// The standby number `number`: a copy of `primary`, made as `streaming_replica`. It does not run yet.
    pub fn standby_of(primary: &Self, cluster: &Cluster, number: usize) -> Result<Self> {
        let standby = Self::without_data(cluster, number, primary.password.clone())?;
        let mut copy = standby.command("pg_basebackup");
        copy.args(["--checkpoint", "fast", "--wal-method", "stream"])
            .args(["--write-recovery-conf", "--no-sync"])
            .arg("--dbname")
            .arg(primary.replication_address(&standby.name))
            .arg("--pgdata")
            .arg(standby.home.data());
        run(copy, "pg_basebackup")?;
        Ok(standby)
    }

    fn without_data(cluster: &Cluster, number: usize, password: String) -> Result<Self> {
        let binaries = Binaries::find()?.context(
            "no PostgreSQL server is installed here; install one (Debian: `apt-get install postgresql`)",
        )?;
        let folder = TemporaryFolder::new()?;
        let home = Home::at(&folder.path().join("postgres"))?;
        let parameters = &cluster.spec.postgresql.parameters;
        Ok(Self {
            name: format!("{}-{number}", cluster.metadata.name),
            port: port::free()?,
            password,
            home,
            binaries,
            parameters: parameters
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
            child: None,
            _folder: folder,
        })
    }

    /// Starts it with the cluster's parameters, and waits until it answers.
    pub async fn start(&mut self) -> Result<()> {
        let log = File::create(self.log()).context("writing the server's log")?;
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.home.data())
            .stdout(log.try_clone()?)
            .stderr(log);
        let fixed = [
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            format!("port={}", self.port),
        ];
        for setting in self.parameters.iter().cloned().chain(fixed) {
            command.arg("-c").arg(setting);
        }
        self.child = Some(spawn(command, Signal::QUIT).context("starting PostgreSQL")?);
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let refused = match self.connect("postgres", "postgres").await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let ended = self.child.as_mut().map_or(Ok(None), Child::try_wait)?;
            if ended.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.log()).unwrap_or_default();
                bail!("{} does not start ({refused:#}):\n{log}", self.name);
            }
            sleep(TICK).await;
        }
    }

    /// A session of this role in this database.
    pub async fn connect(&self, role: &str, database: &str) -> Result<Client> {
        let address = self.address(role, database);
        let (client, connection) = tokio_postgres::connect(&address, NoTls)
            .await
            .with_context(|| format!("{role} in {database} on {}", self.name))?;
        tokio::spawn(connection);
        Ok(client)
    }

    pub async fn superuser(&self, database: &str) -> Result<Client> {
        self.connect("postgres", database).await
    }

    pub fn url(&self, role: &str, database: &str) -> String {
        format!(
            "postgres://{role}:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    fn address(&self, role: &str, database: &str) -> String {
        format!(
            "host=127.0.0.1 port={} user={role} password={} dbname={database}",
            self.port, self.password
        )
    }

    fn replication_address(&self, standby: &str) -> String {
        // The database is what `pg_rewind` connects to; replication has none.
        let address = self.address(STREAMING_REPLICA, "postgres");
        format!("{address} application_name={standby}")
    }

    /// Makes this one, a primary that has been killed, a standby of `primary` from its next start on.
    pub fn rewind_to(&self, primary: &Self) -> Result<()> {
        let mut rewind = self.command("pg_rewind");
        rewind
            .arg("--source-server")
            .arg(primary.replication_address(&self.name))
            .arg("--target-pgdata")
            .arg(self.home.data())
            .args(["--write-recovery-conf", "--no-sync"]);
        run(rewind, "pg_rewind")
    }

    /// Kills the server with all its sessions, as the loss of its machine would.
    pub fn kill(&mut self) -> Result<()> {
        match self.child.take() {
            Some(mut child) => kill_server(&mut child),
            None => Ok(()),
        }
    }

    /// Where the server's programs are.
    pub fn program_folder(&self) -> &Path {
        self.binaries.folder()
    }

    fn log(&self) -> PathBuf {
        self.home.folder().join("server.log")
    }

    fn command(&self, program: &str) -> Command {
        self.home.command(&self.binaries, program)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("{error:#}");
        }
    }
}

/// Stops a process without ending it: what it would send stays unsent.
pub fn freeze(process: i32) -> Result<()> {
    let process = Pid::from_raw(process).context("no process has this number")?;
    kill_process(process, Signal::STOP).context("stopping a process")
}

fn run(mut command: Command, what: &str) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("running {what}"))?;
    if !output.status.success() {
        bail!(
            "{what} failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
