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
                    // A lock was not free in time, or the statement took too long: it would again.
                    "55" | "57" if matches!(error.code.as_str(), "55P03" | "57014") => {
                        Self::Final(DatabaseError::Unavailable(cause()))
                    }
                    // The server or the session is stopped.
                    "57" => Self::Broken(cause()),
                    // The session is read-only, as on a standby, or the server ends it for its age.
                    "25" if matches!(error.code.as_str(), "25006" | "25P03" | "25P04") => {
                        Self::Broken(cause())
                    }
                    // Insufficient resources, such as a full disk; a deadlock or a serialization failure; a failure of
                    // the server's system, such as its disk.
                    "53" | "40" | "58" => Self::Transient(cause()),
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

#[cfg(test)]
mod tests {
    use spin_sdk::pg::DbError;

    use super::*;

    fn failure(code: &str) -> Failure {
        let error = DbError {
            as_text: String::new(),
            severity: "ERROR".into(),
            code: code.into(),
            message: String::new(),
            detail: None,
            extras: Vec::new(),
        };
        PgError::PgError(HostError::QueryFailed(QueryError::DbError(error))).into()
    }

    #[test]
    fn what_the_server_cannot_do_at_present_is_no_refusal() {
        // Too many connections, a full disk, a failing disk, a deadlock.
        for code in ["53300", "53100", "53200", "58030", "58000", "40P01"] {
            assert!(matches!(failure(code), Failure::Transient(_)), "{code}");
        }
        // A lost connection, a stop, a start, a standby, a session that is too old.
        for code in ["08006", "57P01", "57P03", "57000", "25006", "25P04"] {
            assert!(matches!(failure(code), Failure::Broken(_)), "{code}");
        }
        for code in ["55P03", "57014"] {
            let unavailable =
                matches!(failure(code), Failure::Final(DatabaseError::Unavailable(_)));
            assert!(unavailable, "{code}");
        }
        for code in ["23505", "42501", "22P02", "XX000"] {
            let refused = matches!(failure(code), Failure::Final(DatabaseError::Refused { .. }));
            assert!(refused, "{code}");
        }
    }
}
