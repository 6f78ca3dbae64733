//! Chance, seeded; and the tables that the model draws from.

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Span, Timestamp};
use rand::rngs::ChaCha12Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Poisson, StandardNormal};

use super::notices::Level;
use super::settings::OfficerGrades;

/// Research of a critical notice takes so many times as long.
pub(super) const CRITICAL_TAKES: f64 = 1.5;
/// Minutes to look at a notice that is marked as needing no research.
pub(super) const LOOK_MINUTES: i64 = 4;
/// Minutes to send a notice to the social worker who knows the people.
pub(super) const SHARE_MINUTES: i64 = 3;
/// A look finds so many of the notices that were wrongly marked as needing no research.
const LOOK_FINDS: f64 = 0.9;

/// Every kind, as the tables stand.
pub(super) const KINDS: [NoticeKind; 3] = [NoticeKind::Child, NoticeKind::Adult, NoticeKind::DomesticAbuse];
/// Child, adult and domestic abuse notices waiting in Derbyshire in May 2022.
pub(super) const REPORT: [usize; 3] = [342, 277, 443];
/// High risk in each kind as a multiple of high risk overall: 9, 6 and 10.5 % of 8.9 %.
pub(super) const HIGH_RISK_TIMES: [f64; 3] = [9.0 / 8.9, 6.0 / 8.9, 10.5 / 8.9];
/// Arrivals of a weekend day as a multiple of a weekday's.
const WEEKEND: [f64; 3] = [0.8, 1.0, 1.2];
/// Weight of each hour of the day, with peaks at 14 to 16 and 20 to 24.
const HOURS: [f64; 24] = [
    38.0, 26.0, 18.0, 13.0, 9.0, 8.0, 12.0, 20.0, 30.0, 36.0, 40.0, 44.0, 46.0, 56.0, 84.0, 80.0, 62.0, 54.0,
    52.0, 58.0, 80.0, 86.0, 84.0, 68.0,
];
/// Mean number of further notices of the family in the two weeks after each notice, by level: 0.6 after a
/// critical one and 0.04 after none; between them so that 23 % of notices are in a family of several.
pub(super) const FURTHER: [f64; 5] = [0.04, 0.09, 0.18, 0.35, 0.6];
/// Further notices come within so many days.
pub(super) const FURTHER_DAYS: u32 = 14;
/// Notices with nothing in them that are marked as needing no research.
pub(super) const NO_RESEARCH_SHARE: f64 = 0.7;
/// Notices about people who are open to a social worker.
pub(super) const OPEN_SHARE: f64 = 0.13;
/// Marked as needing no research, by level.
const NO_RESEARCH: [f64; 5] = [NO_RESEARCH_SHARE, 0.05, 0.01, 0.003, 0.0];

/// The place of a kind in the tables.
pub(super) const fn place(kind: NoticeKind) -> usize {
    match kind {
        NoticeKind::Child => 0,
        NoticeKind::Adult => 1,
        NoticeKind::DomesticAbuse => 2,
    }
}

/// The part of a week's arrivals of a kind that comes in this hour of the week, from Monday midnight.
pub(super) fn part_of_week(kind: NoticeKind, hour: usize) -> f64 {
    let weekend = WEEKEND[place(kind)];
    let day = if hour / 24 < 5 { 1.0 } else { weekend };
    day / (5.0 + 2.0 * weekend) * HOURS[hour % 24] / HOURS.iter().sum::<f64>()
}

#[expect(clippy::cast_possible_truncation, reason = "at most some years in microseconds")]
pub(super) fn span_of_minutes(minutes: f64) -> Span {
    Span::micros((minutes * 60e6).round() as i64)
}

pub(super) fn span_of_days(days: f64) -> Span {
    span_of_minutes(days * 1440.0)
}

/// The one source of chance.
pub(super) struct Chance(ChaCha12Rng);

impl Chance {
    /// For one purpose; purposes under one seed don't repeat each other.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mut chance = ChaCha12Rng::seed_from_u64(seed);
        chance.set_stream(purpose);
        Self(chance)
    }

    /// From nought up to one.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    pub(super) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    pub(super) fn lot(&mut self) -> i64 {
        self.0.random_range(0..=i64::MAX)
    }

    /// A Poisson count; nought for a mean that is not above nought.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of arrivals, far below the bound"
    )]
    pub(super) fn count(&mut self, mean: f64) -> u32 {
        Poisson::new(mean).map_or(0, |counts| Distribution::<f64>::sample(&counts, &mut self.0) as u32)
    }

    /// A moment from `start` on, evenly over the span.
    pub(super) fn moment(&mut self, start: Timestamp, span: Span) -> Timestamp {
        start + Span::micros(self.0.random_range(0..span.as_micros().max(1)))
    }

    /// An index by weight; the last where rounding leaves none.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
            last = index;
        }
        last
    }

    pub(super) fn level(&mut self, shares: &[f64; 5]) -> Level {
        Level::ALL[self.weighted(shares.iter().copied())]
    }

    /// Mean one, with this standard deviation.
    pub(super) fn lognormal(&mut self, cv: f64) -> f64 {
        let variance = (1.0 + cv * cv).ln();
        (variance.sqrt() * self.normal() - variance / 2.0).exp()
    }

    /// The officer's grade. By the report 39 % of those graded high are, and 7 % of those graded medium
    /// should have been; that, and so few highs that the grade tells little (an area under the curve of 0.6),
    /// leaves these shares.
    pub(super) fn grade(&mut self, level: Level, officers: OfficerGrades) -> Grade {
        let [medium, high] = match (officers, level) {
            (OfficerGrades::Report, Level::Critical | Level::High) => [0.36, 0.26],
            (OfficerGrades::Report, Level::Medium) => [0.62, 0.105],
            (OfficerGrades::Report, Level::Standard) => [0.43, 0.007],
            (OfficerGrades::Report, Level::None) => [0.28, 0.004],
            (OfficerGrades::Check, Level::Critical | Level::High) => [0.4, 0.04],
            (OfficerGrades::Check, Level::Medium) => [0.55, 0.16],
            (OfficerGrades::Check, Level::Standard) => [0.43, 0.06],
            (OfficerGrades::Check, Level::None) => [0.28, 0.05],
        };
        match self.unit() {
            drawn if drawn < high => Grade::High,
            drawn if drawn < high + medium => Grade::Medium,
            _ => Grade::Standard,
        }
    }

    /// Whether it is marked as needing no research, where this share of those with nothing in them is.
    pub(super) fn no_research(&mut self, level: Level, of_none: f64) -> bool {
        self.unit() < NO_RESEARCH[level.index()] * (of_none / NO_RESEARCH_SHARE)
    }

    /// Whether a look would find that it was wrongly marked.
    pub(super) fn look_finds(&mut self) -> bool {
        self.unit() < LOOK_FINDS
    }

    /// Whether somebody in it is open to a social worker: 13 % overall and a third of children at high risk;
    /// in the other kinds half as often, and everywhere more often where the risk is high. Another share
    /// overall moves all of them alike.
    pub(super) fn open_to_social_worker(&mut self, kind: NoticeKind, level: Level, overall: f64) -> bool {
        let of_children = if level.is_high_risk() { 0.33 } else { 0.18 };
        let share = if kind == NoticeKind::Child { of_children } else { of_children / 2.0 };
        self.unit() < share * (overall / OPEN_SHARE)
    }
}
