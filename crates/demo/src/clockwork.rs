//! When officers submit: peaks at 14 to 16 h and 20 to 24 h, more domestic abuse and fewer children at weekends.

use chrono::Datelike;
use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Span, Timestamp};

use crate::dice::Dice;

/// Weight of each hour of the day.
static HOURS: [u32; 24] =
    [38, 26, 18, 13, 9, 8, 12, 20, 30, 36, 40, 44, 46, 56, 84, 80, 62, 54, 52, 58, 80, 86, 84, 68];

const DAY: i64 = 86_400_000_000;

/// Midnight before a moment.
pub(crate) fn midnight(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros().div_euclid(DAY) * DAY)
}

/// A moment in the day that starts here, by the hours' weights, to the second.
pub(crate) fn moment_in(day: Timestamp, dice: &mut Dice) -> Timestamp {
    let hour = i64::try_from(dice.weighted(HOURS.iter().copied())).unwrap_or(0);
    day + Span::hours(hour) + Span::seconds(dice.between(0, 3599))
}

/// A moment in a window, both ends included; the end where the window is too narrow to hit.
pub(crate) fn moment_between(from: Timestamp, to: Timestamp, kind: NoticeKind, dice: &mut Dice) -> Timestamp {
    let first = midnight(from);
    let days = (to - first).as_micros().div_euclid(DAY);
    for _ in 0..64 {
        let day = first + Span::days(dice.between(0, days));
        let weekend = day.utc().weekday().number_from_monday() > 5;
        let share = match kind {
            NoticeKind::DomesticAbuse if weekend => 100,
            NoticeKind::Child if weekend => 67,
            _ => 83,
        };
        let at = moment_in(day, dice);
        if at >= from && at <= to && dice.percent(share) {
            return at;
        }
    }
    to
}
