//! Lengths of time and moments in words that are read right at three in the morning.

use ppn_domain::{DueClock, Span, Timestamp};

/// A length of time in its two largest units: `3 days 4 hours`, `25 minutes`.
pub fn length(span: Span) -> String {
    let minutes = span.as_seconds().abs() / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let of = |n: i64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, m) => of(m, "minute"),
        (0, h, 0) => of(h, "hour"),
        (0, h, m) => format!("{} {}", of(h, "hour"), of(m, "minute")),
        (d, 0, _) => of(d, "day"),
        (d, h, _) => format!("{} {}", of(d, "day"), of(h, "hour")),
    }
}

/// How a clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Which.
    pub name: &'static str,
    /// How it stands, in words.
    pub words: String,
    /// When it is or was due.
    pub due: String,
    /// Runs past its time, or was met past it.
    pub late: bool,
}

impl Clock {
    /// One of an item's clocks at a moment.
    pub fn at(name: &'static str, clock: DueClock, now: Timestamp) -> Self {
        let (words, late) = match clock.met_at {
            Some(met) if met <= clock.due => ("done in time".to_owned(), false),
            Some(met) => (format!("done {} late", length(met - clock.due)), true),
            None if now < clock.due => (format!("{} left", length(clock.due - now)), false),
            None => (format!("{} past", length(now - clock.due)), true),
        };
        Self { name, words, due: clock.due.london_text(), late }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_say_two_units_at_most() {
        for (span, words) in [
            (Span::seconds(59), "less than a minute"),
            (Span::minutes(1), "1 minute"),
            (Span::minutes(121), "2 hours 1 minute"),
            (Span::hours(24), "1 day"),
            (Span::minutes(2 * 1_440 + 61), "2 days 1 hour"),
        ] {
            assert_eq!(length(span), words);
        }
    }

    #[test]
    fn a_clock_says_what_is_left_and_what_is_past() {
        let due = Timestamp::from_micros(1_780_000_000_000_000);
        let clock = |met: Option<i64>, now: i64| {
            let met_at = met.map(|hours| due + Span::hours(hours));
            let clock = Clock::at("x", DueClock { due, met_at }, due + Span::hours(now));
            (clock.words, clock.late)
        };
        assert_eq!(clock(None, -2), ("2 hours left".to_owned(), false));
        assert_eq!(clock(None, 0), ("less than a minute past".to_owned(), true));
        assert_eq!(clock(None, 5), ("5 hours past".to_owned(), true));
        assert_eq!(clock(Some(0), 9), ("done in time".to_owned(), false));
        assert_eq!(clock(Some(3), 9), ("done 3 hours late".to_owned(), true));
    }
}
