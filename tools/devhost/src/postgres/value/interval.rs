//! `interval`: microseconds, days and months, each with a sign of its own.

use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::postgres::bindings::spin::postgres::postgres as wit;

#[derive(Debug)]
pub struct Interval(pub wit::Interval);

impl<'a> FromSql<'a> for Interval {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let raw: &[u8; 16] = raw.try_into().map_err(|_| "an interval has 16 bytes")?;
        let all = u128::from_be_bytes(*raw);
        // Micros, days and months, in this order; the casts cut out the bits of each.
        Ok(Self(wit::Interval {
            micros: (all >> 64) as i64,
            days: (all >> 32) as i32,
            months: all as i32,
        }))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }
}

impl ToSql for Interval {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i64(self.0.micros);
        out.put_i32(self.0.days);
        out.put_i32(self.0.months);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_signs() {
        let interval = Interval(wit::Interval {
            micros: -1,
            days: 2,
            months: -3,
        });
        let mut raw = BytesMut::new();
        interval.to_sql(&Type::INTERVAL, &mut raw).unwrap();
        let read = Interval::from_sql(&Type::INTERVAL, &raw).unwrap().0;
        assert_eq!((read.micros, read.days, read.months), (-1, 2, -3));
        assert!(Interval::from_sql(&Type::INTERVAL, b"short").is_err());
    }
}
