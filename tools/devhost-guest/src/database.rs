//! Runs the statements that a test sends, and answers with their results in the SDK's own terms.

use http::StatusCode;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use spin_sdk::http::Request;
use spin_sdk::pg::{
    Certificate, Connection, Interval, OpenOptions, ParameterValue, RangeBoundKind,
};

use crate::answer::{Answer, text};

#[derive(Deserialize)]
struct Job {
    address: String,
    /// An authority to trust, in PEM.
    #[serde(default)]
    authority: Option<String>,
    /// Statements to run one after another on one connection.
    statements: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    sql: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    /// Only count the rows.
    #[serde(default)]
    execute: bool,
}

type Bound<T> = Option<(T, bool)>;

/// A bound's flag says whether it is inclusive.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Parameter {
    Boolean(bool),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Floating32(f32),
    Floating64(f64),
    Str(String),
    Binary(Vec<u8>),
    Date(i32, u8, u8),
    Time(u8, u8, u8, u32),
    Datetime(i32, u8, u8, u8, u8, u8, u32),
    Timestamp(i64),
    Uuid(String),
    Jsonb(Value),
    Decimal(String),
    RangeInt32(Bound<i32>, Bound<i32>),
    RangeInt64(Bound<i64>, Bound<i64>),
    RangeDecimal(Bound<String>, Bound<String>),
    ArrayInt32(Vec<Option<i32>>),
    ArrayInt64(Vec<Option<i64>>),
    ArrayDecimal(Vec<Option<String>>),
    ArrayStr(Vec<Option<String>>),
    Interval { micros: i64, days: i32, months: i32 },
    Null,
}

impl From<Parameter> for ParameterValue {
    fn from(parameter: Parameter) -> Self {
        match parameter {
            Parameter::Boolean(value) => Self::Boolean(value),
            Parameter::Int16(value) => Self::Int16(value),
            Parameter::Int32(value) => Self::Int32(value),
            Parameter::Int64(value) => Self::Int64(value),
            Parameter::Floating32(value) => Self::Floating32(value),
            Parameter::Floating64(value) => Self::Floating64(value),
            Parameter::Str(value) => Self::Str(value),
            Parameter::Binary(value) => Self::Binary(value),
            Parameter::Date(y, m, d) => Self::Date((y, m, d)),
            Parameter::Time(h, m, s, n) => Self::Time((h, m, s, n)),
            Parameter::Datetime(y, mo, d, h, mi, s, n) => Self::Datetime((y, mo, d, h, mi, s, n)),
            Parameter::Timestamp(value) => Self::Timestamp(value),
            Parameter::Uuid(value) => Self::Uuid(value),
            Parameter::Jsonb(value) => Self::Jsonb(value.to_string().into_bytes()),
            Parameter::Decimal(value) => Self::Decimal(value),
            Parameter::RangeInt32(lower, upper) => Self::RangeInt32((bound(lower), bound(upper))),
            Parameter::RangeInt64(lower, upper) => Self::RangeInt64((bound(lower), bound(upper))),
            Parameter::RangeDecimal(lower, upper) => {
                Self::RangeDecimal((bound(lower), bound(upper)))
            }
            Parameter::ArrayInt32(values) => Self::ArrayInt32(values),
            Parameter::ArrayInt64(values) => Self::ArrayInt64(values),
            Parameter::ArrayDecimal(values) => Self::ArrayDecimal(values),
            Parameter::ArrayStr(values) => Self::ArrayStr(values),
            Parameter::Interval {
                micros,
                days,
                months,
            } => Self::Interval(Interval {
                micros,
                days,
                months,
            }),
            Parameter::Null => Self::DbNull,
        }
    }
}

fn bound<T>(bound: Bound<T>) -> Option<(T, RangeBoundKind)> {
    bound.map(|(value, inclusive)| {
        (
            value,
            if inclusive {
                RangeBoundKind::Inclusive
            } else {
                RangeBoundKind::Exclusive
            },
        )
    })
}

/// Answers with one entry a statement: `{columns, rows, result}`, `{rows}` or `{error}`.
pub async fn run(request: Request) -> Answer {
    let body = request.into_body().collect().await?.to_bytes();
    let job: Job = match serde_json::from_slice(&body) {
        Ok(job) => job,
        Err(error) => return text(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let options = OpenOptions {
        ca_root: job.authority.map(Certificate::Text),
    };
    let connection = match Connection::open_with_options(&job.address, options).await {
        Ok(connection) => connection,
        Err(error) => return text(StatusCode::BAD_GATEWAY, format!("{error:?}")),
    };
    let mut answers = Vec::new();
    for statement in job.statements {
        answers.push(answer(&connection, statement).await);
    }
    text(StatusCode::OK, Value::Array(answers).to_string())
}

async fn answer(connection: &Connection, statement: Statement) -> Value {
    let parameters: Vec<ParameterValue> =
        statement.parameters.into_iter().map(Into::into).collect();
    if statement.execute {
        return match connection.execute(statement.sql, parameters).await {
            Ok(rows) => json!({ "rows": rows }),
            Err(error) => json!({ "error": format!("{error:?}") }),
        };
    }
    let mut result = match connection.query(statement.sql, parameters).await {
        Ok(result) => result,
        Err(error) => return json!({ "error": format!("{error:?}") }),
    };
    let columns: Vec<_> = result
        .columns()
        .iter()
        .map(|column| json!([column.name, format!("{:?}", column.data_type)]))
        .collect();
    let mut rows = Vec::new();
    while let Some(row) = result.next().await {
        let values = (0..columns.len()).map(|index| Value::String(format!("{:?}", &row[index])));
        rows.push(Value::Array(values.collect()));
    }
    let result = match result.result().await {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    json!({ "columns": columns, "rows": rows, "result": result })
}
