//! Local days and times of an export, as the contract writes them.

use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use ppn_domain::FindingCode;

/// Years before this are a two-digit year that a four-digit format took for the year 26.
const FIRST_YEAR: i32 = 1800;

/// A day in one of the formats, as `2026-03-09`.
pub(super) fn day(text: &str, formats: &[String]) -> Option<String> {
    formats
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok().filter(|day| plausible(day.year())))
        .map(|day| day.format("%Y-%m-%d").to_string())
}

fn plausible(year: i32) -> bool {
    (FIRST_YEAR..=9999).contains(&year)
}

/// A time in one of the formats, in UTC, and what is to be said of it.
///
/// A local time that does not exist moves forward by the gap; one that occurs twice is the earlier.
pub(super) fn moment(text: &str, formats: &[String], zone: Tz) -> Option<(String, Option<FindingCode>)> {
    formats.iter().find_map(|format| {
        if has_offset(format) {
            let time = DateTime::parse_from_str(text, format).ok().filter(|t| plausible(t.year()))?;
            return Some((written(time.with_timezone(&Utc)), None));
        }
        let local = NaiveDateTime::parse_from_str(text, format).ok().filter(|t| plausible(t.year()))?;
        match zone.from_local_datetime(&local) {
            LocalResult::Single(time) => Some((written(time.with_timezone(&Utc)), None)),
            LocalResult::Ambiguous(earlier, _) => {
                Some((written(earlier.with_timezone(&Utc)), Some(FindingCode::AmbiguousLocalTime)))
            }
            LocalResult::None => {
                // The offset of the day before, kept through the gap, is what moving forward means.
                let before = local.checked_sub_days(Days::new(1))?;
                let time = zone.from_local_datetime(&before).earliest()?.with_timezone(&Utc);
                let time = time.checked_add_days(Days::new(1))?;
                Some((written(time), Some(FindingCode::NonexistentLocalTime)))
            }
        }
    })
}

fn has_offset(format: &str) -> bool {
    ["%z", "%:z", "%::z", "%:::z", "%#z", "%+"].iter().any(|part| format.contains(part))
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Whether a format says a whole day, or a whole time: it must read back what it writes.
pub(super) fn is_day_format(format: &str) -> bool {
    let Some(sample) = NaiveDate::from_ymd_opt(2026, 11, 23) else { return false };
    written_with(format, sample.and_hms_opt(13, 45, 0))
        .is_some_and(|text| NaiveDate::parse_from_str(&text, format).is_ok_and(|day| day == sample))
}

/// Whether a format says a whole time to the minute.
pub(super) fn is_moment_format(format: &str) -> bool {
    let Some(sample) = NaiveDate::from_ymd_opt(2026, 11, 23).and_then(|d| d.and_hms_opt(13, 45, 0)) else {
        return false;
    };
    written_with(format, Some(sample)).is_some_and(|text| {
        if has_offset(format) {
            DateTime::parse_from_str(&text, format).is_ok_and(|time| time.naive_utc() == sample)
        } else {
            NaiveDateTime::parse_from_str(&text, format).is_ok_and(|time| time == sample)
        }
    })
}

/// Writing fails, rather than panics, on a format that chrono does not know.
fn written_with(format: &str, sample: Option<NaiveDateTime>) -> Option<String> {
    use std::fmt::Write as _;
    let mut text = String::new();
    write!(text, "{}", sample?.and_utc().fixed_offset().format(format)).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::London;

    fn formats(format: &str) -> Vec<String> {
        vec![format.to_owned()]
    }

    fn at(text: &str) -> (String, Option<FindingCode>) {
        moment(text, &formats("%d/%m/%Y %H:%M"), London).unwrap()
    }

    #[test]
    fn summer_and_winter() {
        assert_eq!(at("01/07/2026 12:00"), ("2026-07-01T11:00:00Z".to_owned(), None));
        assert_eq!(at("01/01/2026 12:00"), ("2026-01-01T12:00:00Z".to_owned(), None));
    }

    #[test]
    fn the_repeated_october_hour_is_the_earlier_one() {
        let ambiguous = Some(FindingCode::AmbiguousLocalTime);
        assert_eq!(at("25/10/2026 01:30"), ("2026-10-25T00:30:00Z".to_owned(), ambiguous));
    }

    #[test]
    fn the_missing_march_hour_moves_forward() {
        let missing = Some(FindingCode::NonexistentLocalTime);
        assert_eq!(at("29/03/2026 01:30"), ("2026-03-29T01:30:00Z".to_owned(), missing));
    }

    #[test]
    fn a_two_digit_year_is_not_the_year_26() {
        assert_eq!(day("01/02/26", &formats("%d/%m/%Y")), None);
        assert_eq!(day("01/02/2026", &formats("%d/%m/%Y")).as_deref(), Some("2026-02-01"));
        assert_eq!(moment("01/02/26 10:00", &formats("%d/%m/%Y %H:%M"), London), None);
    }

    #[test]
    fn an_offset_in_the_text_wins_over_the_zone() {
        let read = moment("2026-07-01 12:00 +0200", &formats("%Y-%m-%d %H:%M %z"), London);
        assert_eq!(read, Some(("2026-07-01T10:00:00Z".to_owned(), None)));
    }

    #[test]
    fn a_format_must_say_the_whole() {
        assert!(is_day_format("%d/%m/%Y") && !is_day_format("%d/%m") && !is_day_format("%Q"));
        assert!(
            is_moment_format("%d/%m/%Y %H:%M") && !is_moment_format("%d/%m/%Y") && !is_moment_format("%")
        );
        assert!(is_moment_format("%Y-%m-%dT%H:%M:%S%:z"));
    }
}
