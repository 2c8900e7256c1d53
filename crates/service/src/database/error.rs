//! Why a statement failed, and what the failure means for the connection and for another attempt.

use spin_sdk::pg::{Error as PgError, PgError as HostError, QueryError};

/// Why a statement returned nothing.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database cannot be reached, is full, is shutting down or takes too long. A change may
    /// or may not have been made.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// PostgreSQL refused the statement. This is a bug: invalid input is reported as data.
    #[error("SQLSTATE {code}: {message}")]
    Refused { code: String, message: String },
    /// The result is not what the code expects. This is a bug.
    #[error("unexpected result: {0}")]
    Unexpected(String),
}

/// A failed attempt to run a statement.
pub(super) enum Failure {
    /// The connection can no longer be used.
    Broken(String),
    /// The connection is usable, and the same statement may succeed now.
    Transient(String),
    /// Another attempt would fail as well, or would make others wait.
    Final(DatabaseError),
}

impl From<PgError> for Failure {
    fn from(error: PgError) -> Self {
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
                    // After a failover the server is a read-only standby.
                    "25" if error.code == "25006" => Self::Broken(cause()),
                    // A lock was not free in time, or the statement took too long: it would again.
                    "55" | "57" if matches!(error.code.as_str(), "55P03" | "57014") => {
                        Self::Final(DatabaseError::Unavailable(cause()))
                    }
                    // Insufficient resources, a deadlock or a serialization failure.
                    "53" | "40" => Self::Transient(cause()),
                    _ => Self::Final(DatabaseError::Refused {
                        // The message about invalid data quotes the data, which must not be logged.
                        message: match class {
                            "22" => "invalid data".into(),
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
