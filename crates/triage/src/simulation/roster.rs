//! Who is on, hour by hour of the week.
//!
//! A seat is a place that somebody works at while it is staffed. What is under way when it falls empty is
//! gone on with when it is staffed again, so that the hours staffed are exactly the hours worked.

use ppn_domain::{Span, Timestamp};

use super::draws::CRITICAL_TAKES;
use super::settings::{Load, Settings, SettingsError};

const HOURS: usize = 168;
const HOUR: i64 = 3_600_000_000;

/// How many seats are staffed in each hour of the week, from Monday midnight, UTC.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Roster {
    staffed: [u32; HOURS],
    /// People by day on weekdays.
    pub(super) full: u32,
    /// Mean minutes of research below critical.
    pub(super) minutes: f64,
    /// Work arriving over work that can be done, outside a surge.
    pub(super) rho: f64,
}

/// The hour of the week, from Monday midnight.
pub(super) fn hour_of_week(at: Timestamp) -> usize {
    // 1970 began on a Thursday.
    const THURSDAY: i64 = 3 * 24;
    usize::try_from((at.micros().div_euclid(HOUR) + THURSDAY).rem_euclid(168)).unwrap_or(0)
}

impl Roster {
    /// Weekdays 8 to 16, 16 to 22, nights, and weekends 8 to 20.
    fn shifts(full: u32, hundredths: [u32; 4]) -> [u32; HOURS] {
        let [day, evening, night, weekend] =
            hundredths.map(|part| if part == 0 { 0 } else { ((full * part + 50) / 100).max(1) });
        std::array::from_fn(|hour| match (hour / 24, hour % 24) {
            (0..5, 8..16) => day,
            (0..5, 16..22) => evening,
            (5.., 8..20) => weekend,
            _ => night,
        })
    }

    /// One seat that is always staffed.
    #[cfg(test)]
    pub(super) fn one_seat() -> Self {
        Self { staffed: [1; HOURS], full: 1, minutes: 1.0, rho: 1.0 }
    }

    /// The roster that the load asks for.
    pub(super) fn for_load(settings: &Settings) -> Result<Self, SettingsError> {
        if settings.shifts.iter().all(|part| *part == 0) {
            return Err(SettingsError::NoStaff);
        }
        let critical = settings.level_shares(1.0)[4];
        let notices = settings.notices_per_day * 7.0 * (1.0 + critical * (CRITICAL_TAKES - 1.0));
        let of = |full: u32, minutes: Option<f64>, rho: f64| {
            let staffed = Self::shifts(full, settings.shifts);
            let hours = f64::from(staffed.iter().sum::<u32>());
            let minutes = minutes.unwrap_or(rho * hours * 60.0 / notices);
            Self { staffed, full, minutes, rho: notices * minutes / (hours * 60.0) }
        };
        match settings.load {
            Load::Staff(full) => Ok(of(full, Some(settings.research_minutes), 0.0)),
            Load::Rho(rho) => {
                let wanted = settings.research_minutes;
                let off = |roster: &Self| (roster.minutes / wanted).ln().abs();
                // Minutes grow with the people; the nearer of the two on either side is taken.
                let above = (1..=20_000)
                    .map(|full| of(full, None, rho))
                    .find(|roster| roster.minutes >= wanted)
                    .ok_or(SettingsError::NoStaff)?;
                let below = of(above.full.saturating_sub(1).max(1), None, rho);
                Ok(if off(&below) < off(&above) { below } else { above })
            }
        }
    }

    /// The most seats of any hour.
    pub(super) fn seats(&self) -> u32 {
        self.staffed.iter().copied().max().unwrap_or(0)
    }

    /// Items that can be opened in a day, each with its own research.
    pub(super) fn openings_per_day(&self, notices_per_day: f64) -> f64 {
        notices_per_day / self.rho
    }

    fn is_on(&self, seat: u32, at: Timestamp) -> bool {
        self.staffed[hour_of_week(at)] > seat
    }

    fn next_hour(at: Timestamp) -> Timestamp {
        Timestamp::from_micros((at.micros().div_euclid(HOUR) + 1) * HOUR)
    }

    /// The first moment from `at` on at which the seat is staffed.
    pub(super) fn staffed_from(&self, seat: u32, at: Timestamp) -> Option<Timestamp> {
        let mut at = at;
        for _ in 0..=HOURS {
            if self.is_on(seat, at) {
                return Some(at);
            }
            at = Self::next_hour(at);
        }
        None
    }

    /// When work of this length that the seat begins at `at` ends.
    pub(super) fn finish(&self, seat: u32, at: Timestamp, work: Span) -> Timestamp {
        let (mut at, mut left) = (at, work);
        while let Some(on) = self.staffed_from(seat, at) {
            let end = Self::next_hour(on);
            if on + left <= end {
                return on + left;
            }
            left = left - (end - on);
            at = end;
        }
        at
    }
}
