//! How much of the host's memory a value takes.

use crate::postgres::bindings::spin::postgres::postgres::DbValue;

/// Bytes of a row's values.
pub fn memory_size(row: &[DbValue]) -> usize {
    row.iter()
        .map(|value| size_of::<DbValue>() + behind_pointers(value))
        .sum()
}

fn behind_pointers(value: &DbValue) -> usize {
    match value {
        DbValue::Str(text) | DbValue::Uuid(text) | DbValue::Decimal(text) => text.len(),
        DbValue::Binary(bytes) | DbValue::Jsonb(bytes) | DbValue::Unsupported(bytes) => bytes.len(),
        DbValue::ArrayInt32(values) => size_of_val(values.as_slice()),
        DbValue::ArrayInt64(values) => size_of_val(values.as_slice()),
        DbValue::ArrayStr(values) | DbValue::ArrayDecimal(values) => {
            let texts: usize = values.iter().flatten().map(String::len).sum();
            size_of_val(values.as_slice()) + texts
        }
        DbValue::RangeDecimal((lower, upper)) => [lower, upper]
            .into_iter()
            .flatten()
            .map(|(text, _)| text.len())
            .sum(),
        DbValue::Boolean(_)
        | DbValue::Int8(_)
        | DbValue::Int16(_)
        | DbValue::Int32(_)
        | DbValue::Int64(_)
        | DbValue::Floating32(_)
        | DbValue::Floating64(_)
        | DbValue::Date(_)
        | DbValue::Time(_)
        | DbValue::Datetime(_)
        | DbValue::Timestamp(_)
        | DbValue::RangeInt32(_)
        | DbValue::RangeInt64(_)
        | DbValue::Interval(_)
        | DbValue::DbNull => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_pointers_counts() {
        let empty = memory_size(&[DbValue::DbNull]);
        assert_eq!(memory_size(&[DbValue::Binary(vec![0; 100])]), empty + 100);
        assert_eq!(
            memory_size(&[DbValue::ArrayInt64(vec![None; 10])]),
            empty + 10 * size_of::<Option<i64>>()
        );
        assert_eq!(
            memory_size(&[DbValue::Int64(1), DbValue::Str("abc".into())]),
            2 * empty + 3
        );
    }
}
