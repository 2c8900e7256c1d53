//! Dates and times: calendar fields on a component's side.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _, Utc};

pub type DateFields = (i32, u8, u8);
pub type TimeFields = (u8, u8, u8, u32);
pub type DatetimeFields = (i32, u8, u8, u8, u8, u8, u32);

pub fn date(fields: DateFields) -> Result<NaiveDate> {
    let (year, month, day) = fields;
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
        .with_context(|| format!("there is no date {fields:?}"))
}

pub fn time(fields: TimeFields) -> Result<NaiveTime> {
    let (hour, minute, second, nano) = fields;
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nano)
        .with_context(|| format!("there is no time {fields:?}"))
}

pub fn datetime(
    (year, month, day, hour, minute, second, nano): DatetimeFields,
) -> Result<NaiveDateTime> {
    Ok(NaiveDateTime::new(
        date((year, month, day))?,
        time((hour, minute, second, nano))?,
    ))
}

pub fn timestamp(seconds: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
        .with_context(|| format!("{seconds} s since 1970 is outside of time"))
}

pub fn date_fields(date: NaiveDate) -> DateFields {
    (date.year(), small(date.month()), small(date.day()))
}

pub fn time_fields(time: NaiveTime) -> TimeFields {
    (
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
        time.nanosecond(),
    )
}

pub fn datetime_fields(datetime: NaiveDateTime) -> DatetimeFields {
    let (year, month, day) = date_fields(datetime.date());
    let (hour, minute, second, nano) = time_fields(datetime.time());
    (year, month, day, hour, minute, second, nano)
}

/// A calendar field: none is above 59.
fn small(field: u32) -> u8 {
    u8::try_from(field).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_there_and_back() {
        let fields = (2024, 2, 29, 23, 59, 58, 123_456_000);
        assert_eq!(datetime_fields(datetime(fields).unwrap()), fields);
        assert_eq!(date_fields(date((-1, 12, 31)).unwrap()), (-1, 12, 31));
    }

    #[test]
    fn what_is_in_no_calendar_is_refused() {
        assert!(date((2023, 2, 29)).is_err());
        assert!(date((2023, 13, 1)).is_err());
        assert!(time((24, 0, 0, 0)).is_err());
        assert!(datetime((2023, 1, 1, 0, 60, 0, 0)).is_err());
        assert!(timestamp(i64::MAX).is_err());
        assert_eq!(
            timestamp(-86_400).unwrap().to_rfc3339(),
            "1969-12-31T00:00:00+00:00"
        );
    }
}
