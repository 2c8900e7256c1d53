//! Parameters of a statement: from a component's values to the driver's.
//!
//! A value goes only where PostgreSQL expects its very type: an `int4` is no `int8`, a string no `uuid`.

use anyhow::{Context as _, Result};
use postgres_range::{BoundSided, BoundType, Normalizable, Range, RangeBound};
use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;

use super::decimal::RangeDecimal;
use super::interval::Interval;
use super::raw::Null;
use super::time;
use crate::postgres::bindings::spin::postgres::postgres::{ParameterValue, RangeBoundKind};

pub type Parameter = Box<dyn ToSql + Send + Sync>;
type Bound<T> = Option<(T, RangeBoundKind)>;

/// The parameters, or why one of them has no such value in PostgreSQL.
pub fn parameters(values: Vec<ParameterValue>) -> Result<Vec<Parameter>> {
    values.into_iter().map(parameter).collect()
}

fn parameter(value: ParameterValue) -> Result<Parameter> {
    Ok(match value {
        ParameterValue::Boolean(value) => Box::new(value),
        ParameterValue::Int8(value) => Box::new(value),
        ParameterValue::Int16(value) => Box::new(value),
        ParameterValue::Int32(value) => Box::new(value),
        ParameterValue::Int64(value) => Box::new(value),
        ParameterValue::Floating32(value) => Box::new(value),
        ParameterValue::Floating64(value) => Box::new(value),
        ParameterValue::Str(value) => Box::new(value),
        ParameterValue::Binary(value) => Box::new(value),
        ParameterValue::Date(fields) => Box::new(time::date(fields)?),
        ParameterValue::Time(fields) => Box::new(time::time(fields)?),
        ParameterValue::Datetime(fields) => Box::new(time::datetime(fields)?),
        ParameterValue::Timestamp(seconds) => Box::new(time::timestamp(seconds)?),
        ParameterValue::Uuid(text) => {
            Box::new(uuid::Uuid::parse_str(&text).with_context(|| format!("{text:?} is no UUID"))?)
        }
        ParameterValue::Jsonb(text) => {
            let json = serde_json::from_slice::<serde_json::Value>(&text);
            Box::new(
                json.with_context(|| format!("{:?} is no JSON", String::from_utf8_lossy(&text)))?,
            )
        }
        ParameterValue::Decimal(text) => Box::new(decimal(&text)?),
        ParameterValue::RangeInt32((lower, upper)) => Box::new(range(lower, upper)),
        ParameterValue::RangeInt64((lower, upper)) => Box::new(range(lower, upper)),
        ParameterValue::RangeDecimal((lower, upper)) => {
            Box::new(range(decimal_bound(lower)?, decimal_bound(upper)?))
        }
        ParameterValue::ArrayInt32(values) => Box::new(values),
        ParameterValue::ArrayInt64(values) => Box::new(values),
        ParameterValue::ArrayDecimal(values) => {
            let read = |value: Option<String>| value.map(|text| decimal(&text)).transpose();
            Box::new(values.into_iter().map(read).collect::<Result<Vec<_>>>()?)
        }
        ParameterValue::ArrayStr(values) => Box::new(values),
        ParameterValue::Interval(value) => Box::new(Interval(value)),
        ParameterValue::DbNull => Box::new(Null),
    })
}

fn decimal(text: &str) -> Result<Decimal> {
    Decimal::from_str_exact(text)
        .with_context(|| format!("{text:?} is no decimal of at most 28 digits"))
}

fn decimal_bound(bound: Bound<String>) -> Result<Bound<RangeDecimal>> {
    bound
        .map(|(text, kind)| Ok((RangeDecimal(decimal(&text)?), kind)))
        .transpose()
}

fn range<T: PartialOrd + Normalizable>(lower: Bound<T>, upper: Bound<T>) -> Range<T> {
    Range::new(lower.map(bound), upper.map(bound))
}

fn bound<S: BoundSided, T: PartialOrd + Normalizable>(
    (value, kind): (T, RangeBoundKind),
) -> RangeBound<S, T> {
    let kind = match kind {
        RangeBoundKind::Inclusive => BoundType::Inclusive,
        RangeBoundKind::Exclusive => BoundType::Exclusive,
    };
    RangeBound::new(value, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_value_of_the_type_is_refused_by_name() {
        for (value, named) in [
            (ParameterValue::Uuid("nobody".into()), "nobody"),
            (ParameterValue::Jsonb(b"{".to_vec()), "{"),
            (ParameterValue::Decimal("1.2.3".into()), "1.2.3"),
            (
                ParameterValue::ArrayDecimal(vec![None, Some("x".into())]),
                "x",
            ),
            (
                ParameterValue::RangeDecimal((None, Some(("y".into(), RangeBoundKind::Exclusive)))),
                "y",
            ),
            (ParameterValue::Date((2023, 2, 30)), "30"),
        ] {
            let error = parameters(vec![value]).expect_err(named).to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn bounds_of_integers_are_normal() {
        let one = range(
            Some((1_i32, RangeBoundKind::Exclusive)),
            Some((3, RangeBoundKind::Inclusive)),
        );
        let other = range(
            Some((2_i32, RangeBoundKind::Inclusive)),
            Some((4, RangeBoundKind::Exclusive)),
        );
        assert_eq!(one, other);
    }
}
