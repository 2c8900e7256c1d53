//! The one way to run a statement: one connection per instance, shared by its requests side by
//! side, opened again when it breaks, with a timer on every wait.
//!
//! A statement may run twice, since the answer to the first run can be lost with its connection.
//! So every change is keyed by an id made before the first try, and running it again changes
//! nothing. There is never a `BEGIN`: a transaction left open by a lost request would swallow the
//! writes of the next one.
//!
//! In a trace that somebody records, a statement names its span in a comment at its end, as sqlcommenter
//! does: the host cannot know which of an instance's requests makes it. The plans that count are those of
//! the functions, which the comment does not change.

mod ask;

use std::{borrow::Cow, sync::Arc, time::Duration};

use futures::lock::Mutex;
use serde::de::DeserializeOwned;
use spin_sdk::pg::{
    Certificate, Connection, DbValue, Decode, Error as PgError, OpenOptions, ParameterValue,
    PgError as HostError, QueryError, Row,
};

use self::ask::{Ask, Count, FirstValues, Rows};
use crate::{
    config::{self, ConfigError},
    telemetry::{log, work::Work},
    timer::{TimedOut, within},
    web::problem::Problem,
};

const OPEN: Duration = Duration::from_secs(2);
const STATEMENT: Duration = Duration::from_secs(2);
/// What a caller waits at the most, whatever is tried meanwhile.
const ALTOGETHER: Duration = Duration::from_secs(5);

/// Why a statement gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database cannot be reached, is full, is shutting down or takes too long; a change may
    /// or may not have happened.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// PostgreSQL refused the statement: a bug of ours, since what a user can get wrong is
    /// answered as data.
    #[error("SQLSTATE {code}: {message}")]
    Refused { code: String, message: String },
    /// The answer is not what the code expects: a bug of ours.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unavailable(cause) => {
                log::warn("database unavailable", &[("cause", &cause)]);
                Problem::unavailable(
                    "DATABASE_UNAVAILABLE",
                    "The database does not answer just now; try again soon.",
                    1,
                )
            }
            bug => Problem::internal(bug),
        }
    }
}

/// A service's own database.
pub struct Database {
    address: String,
    ca: Option<String>,
    kept: Mutex<Option<Arc<Connection>>>,
}

impl Database {
    /// The database that the variables `db_*` name.
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
        ];
        let ca = config::text("db_ca").await?;
        Ok(Self {
            address: connection_string(&parts),
            ca: Some(ca).filter(|ca| !ca.is_empty()),
            kept: Mutex::new(None),
        })
    }

    /// The rows that a statement answers with.
    pub async fn rows(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.run::<Rows>(statement, parameters).await
    }

    /// The first row, if any.
    pub async fn row(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Option<Row>, DatabaseError> {
        let rows = self.rows(statement, parameters).await?;
        Ok(rows.into_iter().next())
    }

    /// The `jsonb` that a statement of one row and column answers with.
    pub async fn json<T: DeserializeOwned>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<T, DatabaseError> {
        let rows = self.json_rows(statement, parameters).await?;
        let first = rows.into_iter().next();
        first.ok_or_else(|| DatabaseError::Unexpected("no row".into()))
    }

    /// The `jsonb` of the first column of each row.
    pub async fn json_rows<T: DeserializeOwned>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Vec<T>, DatabaseError> {
        let values = self.run::<FirstValues>(statement, parameters).await?;
        values.iter().map(from_json).collect()
    }

    /// How many rows a statement touched, or answered with: the cheapest way to ask for a number.
    pub async fn count(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<u64, DatabaseError> {
        self.run::<Count>(statement, parameters).await
    }

    async fn run<A: Ask>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<A::Answer, DatabaseError> {
        let statement = &*with_trace(statement, Work::current().as_deref());
        let twice = async {
            match self.once::<A>(statement, parameters).await {
                Err(Failure::Broken(_) | Failure::Again(_)) => {
                    self.once::<A>(statement, parameters).await
                }
                other => other,
            }
        };
        match within(ALTOGETHER, twice).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Failure::Broken(cause) | Failure::Again(cause))) => {
                Err(DatabaseError::Unavailable(cause))
            }
            Ok(Err(Failure::Final(error))) => Err(error),
            Err(late) => Err(DatabaseError::Unavailable(late.to_string())),
        }
    }

    async fn once<A: Ask>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<A::Answer, Failure> {
        let connection = self.connection().await?;
        // Dropped unless the statement came to an end: one that was given up, by its own timer or
        // because its request went away, would block the next user of the connection.
        let guard = DropUnlessEnded(self, &connection);
        let asked = A::ask(&connection, statement.to_owned(), parameters.to_vec());
        let failure = match within(STATEMENT, asked).await {
            Ok(Ok(answer)) => {
                guard.ended();
                return Ok(answer);
            }
            Ok(Err(error)) => Failure::of(error),
            Err(late @ TimedOut(_)) => Failure::Broken(late.to_string()),
        };
        if !matches!(failure, Failure::Broken(_)) {
            guard.ended();
        }
        Err(failure)
    }

    /// The instance's connection, opened when there is none. Requests that need it meanwhile wait
    /// for the one that opens it.
    async fn connection(&self) -> Result<Arc<Connection>, Failure> {
        let open = async {
            let mut kept = self.kept.lock().await;
            if let Some(connection) = kept.as_ref() {
                return Ok(connection.clone());
            }
            let options = OpenOptions {
                ca_root: self.ca.clone().map(Certificate::Text),
            };
            let opened = Connection::open_with_options(&self.address, options).await;
            let connection = Arc::new(opened.map_err(Failure::of)?);
            *kept = Some(connection.clone());
            Ok(connection)
        };
        // The pool waits for ever for a free connection.
        match within(OPEN, open).await {
            Ok(result) => result,
            Err(late) => Err(Failure::Again(format!("no connection: {late}"))),
        }
    }
}

/// Lets go of a broken connection, unless a newer one is kept already.
struct DropUnlessEnded<'a>(&'a Database, &'a Arc<Connection>);

impl DropUnlessEnded<'_> {
    fn ended(self) {
        std::mem::forget(self);
    }
}

impl Drop for DropUnlessEnded<'_> {
    fn drop(&mut self) {
        // Somebody who holds the lock is just opening a new one, or just took the same one and
        // will find it broken as well.
        if let Some(mut kept) = self.0.kept.try_lock()
            && kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, self.1))
        {
            *kept = None;
        }
    }
}

/// What a failure means for the connection and for trying again.
enum Failure {
    /// The connection is of no use any more.
    Broken(String),
    /// The connection is well, and the same statement may pass now.
    Again(String),
    Final(DatabaseError),
}

impl Failure {
    fn of(error: PgError) -> Self {
        let error = match error {
            PgError::Decode(cause) => return Self::Final(DatabaseError::Unexpected(cause)),
            PgError::PgError(error) => error,
        };
        match error {
            HostError::QueryFailed(QueryError::DbError(error)) => {
                let class = error.code.get(..2).unwrap_or_default();
                let cause = || format!("SQLSTATE {}: {}", error.code, error.message);
                match class {
                    "08" => Self::Broken(cause()),
                    "57" if error.code.starts_with("57P") => Self::Broken(cause()),
                    // A failover: the server became a read-only standby.
                    "25" if error.code == "25006" => Self::Broken(cause()),
                    // Resources, a cancelled statement, a deadlock or a serialization failure.
                    "53" | "57" | "40" => Self::Again(cause()),
                    _ => Self::Final(DatabaseError::Refused {
                        // What is said about bad data quotes it, and this goes to the log.
                        message: match class {
                            "22" => "a value is not as it must be".into(),
                            _ => error.message,
                        },
                        code: error.code,
                    }),
                }
            }
            HostError::BadParameter(cause) | HostError::ValueConversionFailed(cause) => {
                Self::Final(DatabaseError::Unexpected(cause))
            }
            HostError::ConnectionFailed(cause)
            | HostError::QueryFailed(QueryError::Text(cause))
            | HostError::Other(cause) => Self::Broken(cause),
        }
    }
}

fn from_json<T: DeserializeOwned>(value: &DbValue) -> Result<T, DatabaseError> {
    let json = match value {
        DbValue::Jsonb(bytes) => bytes.as_slice(),
        DbValue::DbNull => b"null",
        _ => return Err(DatabaseError::Unexpected("not jsonb".into())),
    };
    // The error's own words may quote a value, and this goes to the log.
    serde_json::from_slice(json).map_err(|error| {
        let (kind, at) = (error.classify(), error.column());
        DatabaseError::Unexpected(format!("jsonb that does not read: {kind:?} at column {at}"))
    })
}

/// The statement, with the comment that ties it to its trace when somebody records that.
fn with_trace<'a>(statement: &'a str, work: Option<&Work>) -> Cow<'a, str> {
    match work.map(Work::trace).filter(|trace| trace.sampled()) {
        // Hexadecimal digits and dashes, whatever came in.
        Some(trace) => format!("{statement} /*traceparent='{}'*/", trace.parent()).into(),
        None => statement.into(),
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

/// The value of a row's column; an error when it is not there or of another type.
pub fn column<T: Decode>(row: &Row, name: &str) -> Result<T, DatabaseError> {
    row.get(name)
        .ok_or_else(|| DatabaseError::Unexpected(format!("column `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Domain, telemetry::trace::TraceContext};

    #[test]
    fn only_a_statement_of_a_recorded_trace_names_it() {
        let id = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        let of = |flags: &str| {
            let trace = TraceContext::parse(&format!("00-{id}-{flags}"), None).unwrap();
            let work = Work::request(Domain::Order, trace, String::new());
            with_trace("select 1", Some(&work)).into_owned()
        };
        assert_eq!(of("01"), format!("select 1 /*traceparent='00-{id}-01'*/"));
        assert_eq!(of("00"), "select 1");
        assert_eq!(with_trace("select 1", None), "select 1");
    }

    #[test]
    fn the_parts_of_an_address_are_quoted() {
        assert_eq!(
            connection_string(&[("user", "o'neil"), ("password", r"a \b=c")]),
            r"user='o\'neil' password='a \\b=c'"
        );
    }
}
