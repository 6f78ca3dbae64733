//! Times: UTC in microseconds, the precision that both stores keep; days in Europe/London.

use std::ops::{Add, Sub};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Europe::London;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, in microseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A length of time in microseconds; negative where it runs backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Timestamp {
    /// The earliest moment that RFC 3339 can write.
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// The latest moment that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// From microseconds since 1970 UTC, kept inside the years 0000 to 9999.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970 UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with an offset; finer parts than a microsecond are cut off.
    ///
    /// # Errors
    /// When the text is not RFC 3339.
    pub fn parse_rfc3339(text: &str) -> Result<Self, chrono::ParseError> {
        DateTime::parse_from_rfc3339(text).map(|t| Self::from_micros(t.timestamp_micros()))
    }

    /// The same moment as chrono has it.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// The calendar day in London.
    pub fn london_date(self) -> NaiveDate {
        self.utc().with_timezone(&London).date_naive()
    }

    /// When a day begins in London, written as `2026-05-04`; `None` where that is no day.
    pub fn day_begins(text: &str) -> Option<Self> {
        let day: NaiveDate = text.parse().ok()?;
        // Midnight is never skipped there, and where the clocks go back it has struck before.
        day.and_hms_opt(0, 0, 0)?
            .and_local_timezone(London)
            .earliest()
            .map(|at| at.with_timezone(&Utc).into())
    }

    /// Day and time in London, for a person to read.
    pub fn london_text(self) -> String {
        self.utc().with_timezone(&London).format("%-d %b %Y %H:%M").to_string()
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    pub const fn micros(micros: i64) -> Self {
        Self(micros)
    }
    /// From seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }
    /// From minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes * 60)
    }
    /// From hours.
    pub const fn hours(hours: i64) -> Self {
        Self::minutes(hours * 60)
    }
    /// From days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self::hours(days * 24)
    }
    /// The whole microseconds of this span.
    pub const fn as_micros(self) -> i64 {
        self.0
    }
    /// The whole seconds of this span.
    pub const fn as_seconds(self) -> i64 {
        self.0 / 1_000_000
    }
    /// This span several times over.
    #[must_use]
    pub const fn times(self, n: i64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self::from_micros(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self::from_micros(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(t: DateTime<Utc>) -> Self {
        Self::from_micros(t.timestamp_micros())
    }
}

impl From<Span> for TimeDelta {
    fn from(span: Span) -> Self {
        TimeDelta::microseconds(span.0)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse_rfc3339(&text).map_err(|_| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// Whole years from a date of birth to a day; `None` where the day is before the birth.
///
/// Somebody born on 29 February has their birthday on 1 March in other years
/// (England and Wales: the age is reached when that day begins).
pub fn age_on(born: NaiveDate, day: NaiveDate) -> Option<u32> {
    day.years_since(born)
        .or_else(|| (day >= born).then(|| u32::try_from(day.year() - born.year()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(s: &str) -> NaiveDate {
        s.parse().unwrap()
    }

    #[test]
    fn a_day_begins_in_london() {
        let begins = |text| Timestamp::day_begins(text).map(|at| at.to_string());
        assert_eq!(begins("2026-05-04").as_deref(), Some("2026-05-03T23:00:00Z"));
        assert_eq!(begins("2026-10-25").as_deref(), Some("2026-10-24T23:00:00Z"));
        assert_eq!(begins("2026-12-01").as_deref(), Some("2026-12-01T00:00:00Z"));
        assert_eq!(begins("2026-02-30"), None);
    }

    #[test]
    fn a_day_is_a_london_day() {
        let late_evening_in_summer = Timestamp::parse_rfc3339("2026-06-30T23:30:00Z").unwrap();
        assert_eq!(late_evening_in_summer.london_date(), date("2026-07-01"));
    }

    #[test]
    fn age_turns_on_the_birthday_and_is_absent_before_birth() {
        assert_eq!(age_on(date("2010-05-04"), date("2026-05-03")), Some(15));
        assert_eq!(age_on(date("2010-05-04"), date("2026-05-04")), Some(16));
        assert_eq!(age_on(date("2026-05-04"), date("2026-05-03")), None);
        assert_eq!(age_on(date("2008-02-29"), date("2026-02-28")), Some(17));
        assert_eq!(age_on(date("2008-02-29"), date("2026-03-01")), Some(18));
    }

    proptest! {
        #[test]
        fn times_read_back_as_written(micros in Timestamp::MIN.micros()..=Timestamp::MAX.micros()) {
            let t = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::parse_rfc3339(&t.to_string()).unwrap(), t);
        }
    }
}
