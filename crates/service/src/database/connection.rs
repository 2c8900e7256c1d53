//! The connection that an instance keeps, and how one is opened.
//!
//! No request waits for another:
//!
//! - A request that finds a kept connection shares it; one that finds none opens its own, even while others are opening
//!   theirs. The first of these is kept. The others are used for one statement each and go back to the host's pool.
//! - A connection that is blocked by a statement ([`Statements`]) is not shared any more, and a statement that waits
//!   behind the blocking one is run again on another connection.
//! - A connection that nobody has used for [`KEPT_IDLE`] goes back to the pool when a saga or a stream of the instance
//!   waits ([`super::Database::idle_during`]). An instance without those ends after a second anyway.
//!
//! An instance serves at most 16 requests at a time, so it has at most 16 connections, and one when nothing blocks. All
//! instances of a component together open at most as many as the host's pool holds (64, or what the deployment sets);
//! PostgreSQL's `max_connections` is chosen for full pools. A request that gets none in time answers 503.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use spin_sdk::pg::{Certificate, Connection, OpenOptions};

use super::{error::Failure, statements::Statements};
use crate::{
    config::{self, ConfigError},
    timer::within,
};

/// The host itself would wait without limit for a free connection of its pool.
const OPEN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an instance keeps a connection that nobody uses.
pub(super) const KEPT_IDLE: Duration = Duration::from_secs(1);

/// The session's settings.
///
/// How long PostgreSQL lets a statement wait for a lock, and run, in milliseconds: both are below the time after which
/// the component gives a statement up, so that none runs on for a request that has its answer. No compilation of plans
/// by LLVM: it takes 100 ms, and the statements take one.
const SETTINGS: &str = "-c lock_timeout=1500 -c statement_timeout=1800 -c jit=off";

/// Opens connections to one database, and keeps one of them.
pub(super) struct Connections {
    address: String,
    ca: Option<String>,
    kept: Kept<Shared>,
}

impl Connections {
    /// The database that the variables `db_*` name. Opens nothing.
    pub async fn from_variables() -> Result<Self, ConfigError> {
        let host = config::required("db_host").await?;
        let (host, port) = host
            .rsplit_once(':')
            .filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            .ok_or_else(|| ConfigError::invalid("db_host", "not host:port"))?;
        let sslmode = config::required("db_sslmode").await?;
        if !matches!(sslmode.as_str(), "disable" | "require") {
            return Err(ConfigError::invalid(
                "db_sslmode",
                "neither `disable` nor `require`",
            ));
        }
        let parts = [
            ("host", host),
            ("port", port),
            ("dbname", &config::required("db_name").await?),
            ("user", &config::required("db_user").await?),
            ("password", &config::required("db_password").await?),
            ("sslmode", &sslmode),
            ("connect_timeout", "2"),
            ("tcp_user_timeout", "5"),
            ("options", SETTINGS),
            // The host would keep a session of a standby, whose every change fails, for as long as it lives.
            ("target_session_attrs", "read-write"),
        ];
        let ca = config::text("db_ca").await?;
        Ok(Self {
            address: connection_string(&parts),
            ca: Some(ca).filter(|ca| !ca.is_empty()),
            kept: Kept::default(),
        })
    }

    /// A connection for one statement: the kept one, or one that is opened now.
    pub async fn get(&self) -> Result<ConnectionGuard<'_>, Failure> {
        let kept = self.kept.get();
        let connection = match kept.filter(|kept| !self.discard_if(kept, Statements::blocked)) {
            Some(connection) => connection,
            None => {
                let began = Instant::now();
                let connection = self.open().await?;
                let opened = Arc::new(Shared::new(connection, began.elapsed()));
                self.kept.keep_if_none(&opened);
                opened
            }
        };
        let statement = connection.statements().begin(Instant::now());
        Ok(ConnectionGuard {
            kept: &self.kept,
            connection,
            statement,
            ended: false,
        })
    }

    /// Gives the kept connection back to the host's pool if nobody has used it for [`KEPT_IDLE`].
    pub fn release_idle(&self) {
        if let Some(kept) = self.kept.get() {
            self.discard_if(&kept, |statements, now| statements.idle_for(KEPT_IDLE, now));
        }
    }

    /// Forgets a kept connection in this state; returns whether it is in it.
    fn discard_if(
        &self,
        kept: &Arc<Shared>,
        state: impl FnOnce(&Statements, Instant) -> bool,
    ) -> bool {
        let discard = state(&kept.statements(), Instant::now());
        if discard {
            self.kept.discard(kept);
        }
        discard
    }

    async fn open(&self) -> Result<Connection, Failure> {
        let options = OpenOptions {
            ca_root: self.ca.clone().map(Certificate::Text),
        };
        let open = Connection::open_with_options(&self.address, options);
        match within(OPEN_TIMEOUT, open).await {
            Ok(opened) => Ok(opened?),
            Err(late) => Err(Failure::Transient(format!("no connection: {late}"))),
        }
    }
}

/// A connection, and the statements that run on it. The lock is never held across an `await`.
struct Shared {
    connection: Connection,
    statements: Mutex<Statements>,
}

impl Shared {
    /// A connection whose opening took so long.
    fn new(connection: Connection, opening: Duration) -> Self {
        Self {
            connection,
            statements: Mutex::new(Statements::none(Instant::now(), opening)),
        }
    }

    fn statements(&self) -> MutexGuard<'_, Statements> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection while a statement runs on it.
///
/// Unless [`Self::statement_ended`] is called, the connection is not shared any more: a statement that was
/// given up, because its time was over or its request went away, would block the next one.
pub(super) struct ConnectionGuard<'a> {
    kept: &'a Kept<Shared>,
    connection: Arc<Shared>,
    /// The number of the statement.
    statement: u64,
    ended: bool,
}

impl ConnectionGuard<'_> {
    pub fn connection(&self) -> &Connection {
        &self.connection.connection
    }

    /// After how long without a result another statement may be what this one waits for.
    pub fn blocked_after(&self) -> Duration {
        self.connection.statements().blocked_after()
    }

    /// Whether the statement waits for another one of the connection that takes long.
    pub fn waits_for_another(&self) -> bool {
        let statements = self.connection.statements();
        statements.waits(self.statement, Instant::now())
    }

    /// The connection can be used for other statements.
    pub fn statement_ended(mut self) {
        self.ended = true;
    }
}

impl Drop for ConnectionGuard<'_> {
    fn drop(&mut self) {
        let mut statements = self.connection.statements();
        if self.ended {
            statements.end(self.statement, Instant::now());
        } else {
            statements.give_up(self.statement);
            self.kept.discard(&self.connection);
        }
    }
}

/// A value that the requests of an instance share. Its lock is never held across an `await`.
struct Kept<T>(Mutex<Option<Arc<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Kept<T> {
    fn get(&self) -> Option<Arc<T>> {
        self.slot().clone()
    }

    /// Keeps the value unless there is one already.
    fn keep_if_none(&self, value: &Arc<T>) {
        self.slot().get_or_insert_with(|| Arc::clone(value));
    }

    /// Forgets this value; one that was kept since stays.
    fn discard(&self, value: &Arc<T>) {
        let mut slot = self.slot();
        if slot.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, value)) {
            *slot = None;
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `key='value'` pairs, quoted as libpq reads them.
fn connection_string(parts: &[(&str, &str)]) -> String {
    let quoted = parts.iter().map(|(key, value)| {
        let value = value.replace('\\', "\\\\").replace('\'', "\\'");
        format!("{key}='{value}'")
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_opened_value_is_kept_until_it_is_discarded() {
        let kept = Kept::default();
        assert_eq!(kept.get(), None);
        let (first, second) = (Arc::new(1), Arc::new(2));
        kept.keep_if_none(&first);
        kept.keep_if_none(&second);
        assert_eq!(kept.get(), Some(Arc::clone(&first)));
        kept.discard(&second);
        assert_eq!(kept.get(), Some(Arc::clone(&first)));
        kept.discard(&first);
        assert_eq!(kept.get(), None);
        kept.keep_if_none(&second);
        kept.discard(&first);
        assert_eq!(kept.get(), Some(second));
    }

    #[test]
    fn the_parts_of_a_connection_string_are_quoted() {
        assert_eq!(
            connection_string(&[("user", "o'neil"), ("password", r"a \b=c")]),
            r"user='o\'neil' password='a \\b=c'"
        );
    }
}
