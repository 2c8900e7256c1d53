//! Rows: from the driver's values to a component's.

use postgres_range::{BoundSided, BoundType, Normalizable, Range, RangeBound};
use rust_decimal::Decimal;
use thiserror::Error;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Column, Row};

use super::decimal::RangeDecimal;
use super::interval::Interval;
use super::raw::Raw;
use super::time;
use crate::postgres::bindings::spin::postgres::postgres::{
    self as wit, DbDataType, DbValue, RangeBoundKind,
};

type Bound<T> = Option<(T, RangeBoundKind)>;

#[derive(Debug, Error)]
pub enum ReadError {
    /// A `numeric` beyond the decimal type. It is the end of an instance on Spin.
    #[error("a numeric in the column {0:?} has more digits than a decimal can hold")]
    DecimalOverflow(String),
    #[error("cannot read the column {0:?}")]
    Unreadable(String, #[source] tokio_postgres::Error),
    #[error("the JSON in the column {0:?} cannot be written")]
    Json(String, #[source] serde_json::Error),
}

/// The columns of a statement.
pub fn columns(columns: &[Column]) -> Vec<wit::Column> {
    let column = |column: &Column| wit::Column {
        name: column.name().to_owned(),
        data_type: data_type(column.type_()),
    };
    columns.iter().map(column).collect()
}

/// The values of a row.
pub fn row(row: &Row) -> Result<Vec<DbValue>, ReadError> {
    (0..row.len())
        .map(|index| Cell { row, index }.read())
        .collect()
}

fn data_type(ty: &Type) -> DbDataType {
    match *ty {
        Type::BOOL => DbDataType::Boolean,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::BYTEA => DbDataType::Binary,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        // As on Spin, though the second cannot be read.
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::NUMERIC => DbDataType::Decimal,
        Type::INT4_RANGE => DbDataType::RangeInt32,
        Type::INT8_RANGE => DbDataType::RangeInt64,
        Type::NUM_RANGE => DbDataType::RangeDecimal,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::NUMERIC_ARRAY => DbDataType::ArrayDecimal,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        Type::INTERVAL => DbDataType::Interval,
        _ => DbDataType::Other(ty.name().to_owned()),
    }
}

/// One value of a row.
#[derive(Clone, Copy)]
struct Cell<'a> {
    row: &'a Row,
    index: usize,
}

impl<'a> Cell<'a> {
    fn read(self) -> Result<DbValue, ReadError> {
        match data_type(self.column().type_()) {
            DbDataType::Boolean => self.map(DbValue::Boolean),
            // PostgreSQL has no such type; the driver's table has none either.
            DbDataType::Int8 | DbDataType::Timestamp | DbDataType::Other(_) => {
                self.map(|Raw(bytes)| DbValue::Unsupported(bytes))
            }
            DbDataType::Int16 => self.map(DbValue::Int16),
            DbDataType::Int32 => self.map(DbValue::Int32),
            DbDataType::Int64 => self.map(DbValue::Int64),
            DbDataType::Floating32 => self.map(DbValue::Floating32),
            DbDataType::Floating64 => self.map(DbValue::Floating64),
            DbDataType::Str => self.map(DbValue::Str),
            DbDataType::Binary => self.map(DbValue::Binary),
            DbDataType::Date => self.map(|date| DbValue::Date(time::date_fields(date))),
            DbDataType::Time => self.map(|time| DbValue::Time(time::time_fields(time))),
            DbDataType::Datetime => {
                self.map(|datetime| DbValue::Datetime(time::datetime_fields(datetime)))
            }
            DbDataType::Uuid => self.map(|uuid: uuid::Uuid| DbValue::Uuid(uuid.to_string())),
            DbDataType::Jsonb => self.jsonb(),
            DbDataType::Decimal => {
                self.map(|decimal: Decimal| DbValue::Decimal(decimal.to_string()))
            }
            DbDataType::RangeInt32 => {
                self.map(|range: Range<i32>| DbValue::RangeInt32(bounds(&range, |value| *value)))
            }
            DbDataType::RangeInt64 => {
                self.map(|range: Range<i64>| DbValue::RangeInt64(bounds(&range, |value| *value)))
            }
            DbDataType::RangeDecimal => self.map(|range: Range<RangeDecimal>| {
                DbValue::RangeDecimal(bounds(&range, |value| value.0.to_string()))
            }),
            DbDataType::ArrayInt32 => self.map(DbValue::ArrayInt32),
            DbDataType::ArrayInt64 => self.map(DbValue::ArrayInt64),
            DbDataType::ArrayDecimal => self.map(|values: Vec<Option<Decimal>>| {
                DbValue::ArrayDecimal(
                    values
                        .into_iter()
                        .map(|value| value.map(|value| value.to_string()))
                        .collect(),
                )
            }),
            DbDataType::ArrayStr => self.map(DbValue::ArrayStr),
            DbDataType::Interval => self.map(|Interval(interval)| DbValue::Interval(interval)),
        }
    }

    fn column(self) -> &'a Column {
        &self.row.columns()[self.index]
    }

    fn name(self) -> String {
        self.column().name().to_owned()
    }

    fn map<T: FromSql<'a>>(self, value: impl FnOnce(T) -> DbValue) -> Result<DbValue, ReadError> {
        Ok(self.get()?.map_or(DbValue::DbNull, value))
    }

    fn jsonb(self) -> Result<DbValue, ReadError> {
        let Some(json) = self.get::<serde_json::Value>()? else {
            return Ok(DbValue::DbNull);
        };
        let text =
            serde_json::to_vec(&json).map_err(|error| ReadError::Json(self.name(), error))?;
        Ok(DbValue::Jsonb(text))
    }

    fn get<T: FromSql<'a>>(self) -> Result<Option<T>, ReadError> {
        self.row.try_get(self.index).map_err(|error| {
            let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref());
            match cause {
                Some(rust_decimal::Error::ExceedsMaximumPossibleValue) => {
                    ReadError::DecimalOverflow(self.name())
                }
                _ => ReadError::Unreadable(self.name(), error),
            }
        })
    }
}

/// The bounds of a range; an empty one has none, like the range of everything.
fn bounds<T, V>(range: &Range<T>, value: impl Fn(&T) -> V) -> (Bound<V>, Bound<V>)
where
    T: PartialOrd + Normalizable,
{
    (
        range.lower().map(|bound| bound_of(bound, &value)),
        range.upper().map(|bound| bound_of(bound, &value)),
    )
}

fn bound_of<S: BoundSided, T, V>(
    bound: &RangeBound<S, T>,
    value: impl Fn(&T) -> V,
) -> (V, RangeBoundKind) {
    let kind = match bound.type_ {
        BoundType::Inclusive => RangeBoundKind::Inclusive,
        BoundType::Exclusive => RangeBoundKind::Exclusive,
    };
    (value(&bound.value), kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_range_has_no_bounds() {
        assert!(matches!(
            bounds(&Range::<i32>::empty(), |value| *value),
            (None, None)
        ));
    }

    #[test]
    fn types_without_a_representation_keep_their_name() {
        for (ty, name) in [
            (Type::JSON, "json"),
            (Type::UUID_ARRAY, "_uuid"),
            (Type::BOOL_ARRAY, "_bool"),
        ] {
            assert!(
                matches!(data_type(&ty), DbDataType::Other(other) if other == name),
                "{name}"
            );
        }
    }
}
