//! What one run shows: waits by group, and what the order made of the list.

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Span, Timestamp};
use serde::Serialize;

use super::desk::Run;
use super::notices::Level;
use super::world::{Case, Standing, World};

/// Parts of the backlog found at which lift is measured: so much of it opened first.
pub const FRACTIONS: [f64; 3] = [0.1, 0.2, 0.3];

/// Notices that are looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "group", content = "of")]
pub enum Group {
    /// Every notice.
    All,
    /// Truly, or found to be, high or critical.
    HighRisk,
    /// Of one level.
    Level(Level),
    /// Of one kind.
    Kind(NoticeKind),
    /// High or critical of one kind.
    HighRiskOf(NoticeKind),
    /// In one band, as triage assessed a force's own; simulated scores move with links and have none.
    Band(Band),
    /// Of one grade by the officer; `None` are those without.
    OfficerGrade(Option<Grade>),
}

impl Group {
    /// Every group, in the order of the report.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::HighRisk, Self::All]
            .into_iter()
            .chain(Level::ALL.into_iter().rev().map(Self::Level))
            .chain(NoticeKind::ALL.iter().copied().map(Self::HighRiskOf))
            .chain(NoticeKind::ALL.iter().copied().map(Self::Kind))
            .chain(Band::ALL.iter().rev().copied().map(Self::Band))
            .chain(Grade::ALL.iter().rev().copied().map(Some).chain([None]).map(Self::OfficerGrade))
    }

    fn has(self, case: &Case) -> bool {
        match self {
            Self::All => true,
            Self::HighRisk => is_high_risk(case),
            Self::Level(level) => case.level == Some(level),
            Self::Kind(kind) => case.kind == kind,
            Self::HighRiskOf(kind) => case.kind == kind && is_high_risk(case),
            Self::Band(band) => matches!(case.standing, Standing::Assessed(rank) if rank.band == band),
            Self::OfficerGrade(grade) => case.grade == grade,
        }
    }
}

fn is_high_risk(case: &Case) -> bool {
    case.level.is_some_and(Level::is_high_risk)
}

/// Waits of a group, in hours from arrival, or from switch-on for what was found, to the first opening;
/// what is unopened counts with its wait so far. Of one run, or estimated over all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Waits<T> {
    /// How many notices.
    pub notices: T,
    /// The mean wait.
    pub mean: T,
    /// The median.
    pub p50: T,
    /// Exceeded by one in twenty.
    pub p95: T,
    /// Exceeded by one in a hundred.
    pub p99: T,
    /// The longest.
    pub longest: T,
    /// Share opened within four hours.
    pub within_4h: T,
    /// Share opened within a day.
    pub within_24h: T,
}

/// What one run shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figures {
    /// In the order of [`Group::all`]; `None` where a group has nobody.
    pub(super) groups: Vec<Option<Waits<f64>>>,
    /// Hours from receipt, of whoever waited longest.
    pub(super) longest_since_receipt: f64,
    /// Hours of waiting, weighted by level.
    pub(super) risk_hours: f64,
    /// By [`FRACTIONS`]; `None` where less than that was opened or nobody in it is at high risk.
    pub(super) lift: [Option<f64>; 3],
    /// Share of high risk opened later than in date order, and the mean hours by which.
    pub(super) later: Option<(f64, f64)>,
    pub(super) overdue_at_switch_on: f64,
    pub(super) overdue_at_end: f64,
    /// Hours stated at switch-on, and the most stated in the run; `None` where no bound held throughout.
    pub(super) stated: Option<(f64, f64)>,
    pub(super) missed: f64,
}

pub(super) fn hours(span: Span) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some years in microseconds are exact enough")]
    let micros = span.as_micros() as f64;
    micros / 3.6e9
}

#[expect(clippy::cast_precision_loss, reason = "a count of notices")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

/// The least value that this share of the sorted values does not exceed.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let place = (share * number(sorted.len())).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}

fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / number(values.len())) }
}

fn share(values: &[f64], within: f64) -> f64 {
    number(values.iter().filter(|value| **value <= within).count()) / number(values.len())
}

/// A run beside its world.
struct Seen<'a> {
    switch_on: Timestamp,
    end: Timestamp,
    world: &'a World,
    run: &'a Run,
}

impl Seen<'_> {
    fn counted(&self) -> impl Iterator<Item = (usize, &Case)> {
        self.world.cases.iter().enumerate().filter(|(_, case)| case.counted)
    }

    fn ended(&self, index: usize) -> Timestamp {
        self.run.opened[index].unwrap_or(self.end)
    }

    fn wait(&self, index: usize, case: &Case) -> f64 {
        hours(self.ended(index) - case.received.max(self.switch_on))
    }

    fn waits(&self, group: Group) -> Option<Waits<f64>> {
        let mut waits = Vec::new();
        let mut opened = Vec::new();
        for (index, case) in self.counted().filter(|(_, case)| group.has(case)) {
            let wait = self.wait(index, case);
            waits.push(wait);
            // What is unopened was opened within no time at all.
            opened.push(if self.run.opened[index].is_some() { wait } else { f64::INFINITY });
        }
        waits.sort_unstable_by(f64::total_cmp);
        Some(Waits {
            notices: number(waits.len()),
            mean: mean(&waits)?,
            p50: percentile(&waits, 0.5),
            p95: percentile(&waits, 0.95),
            p99: percentile(&waits, 0.99),
            longest: waits.last().copied()?,
            within_4h: share(&opened, 4.0),
            within_24h: share(&opened, 24.0),
        })
    }

    /// In the part of the backlog found that was opened first: high risk against its share of the whole.
    fn lift(&self, fraction: f64) -> Option<f64> {
        let found: Vec<(usize, &Case)> = self
            .counted()
            .filter(|(_, case)| case.received <= self.switch_on && case.level.is_some())
            .collect();
        let mut opened: Vec<(Timestamp, usize)> =
            found.iter().filter_map(|(index, _)| Some((self.run.opened[*index]?, *index))).collect();
        opened.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
        let first = (fraction * number(found.len())).round() as usize;
        let high = found.iter().filter(|(_, case)| is_high_risk(case)).count();
        if first == 0 || high == 0 || opened.len() < first {
            return None;
        }
        let reached =
            opened[..first].iter().filter(|(_, index)| is_high_risk(&self.world.cases[*index])).count();
        Some(number(reached) / number(high) / (number(first) / number(found.len())))
    }

    fn later_than(&self, date_order: &Run) -> Option<(f64, f64)> {
        let (mut later, mut all) = (Vec::new(), 0);
        for (index, _) in self.counted().filter(|(_, case)| is_high_risk(case)) {
            all += 1;
            let by = hours(self.ended(index) - date_order.opened[index].unwrap_or(self.end));
            if by > 0.0 {
                later.push(by);
            }
        }
        if all == 0 { None } else { Some((number(later.len()) / number(all), mean(&later).unwrap_or(0.0))) }
    }
}

impl Figures {
    /// Whether nobody waited longer than the most that was stated.
    pub(super) fn is_inside_stated(&self) -> bool {
        self.stated.is_some_and(|(_, most)| self.longest_since_receipt <= most)
    }

    pub(super) fn of(
        (switch_on, end): (Timestamp, Timestamp),
        hazard: &[f64; 5],
        world: &World,
        run: &Run,
        date_order: &Run,
    ) -> Self {
        let seen = Seen { switch_on, end, world, run };
        let since_receipt = seen.counted().map(|(index, case)| hours(seen.ended(index) - case.received));
        let risk_hours = seen.counted().filter_map(|(index, case)| {
            case.level.map(|level| hazard[level.index()] * seen.wait(index, case))
        });
        let overdue = |stated: Option<&super::desk::Stated>| stated.map_or(0.0, |s| f64::from(s.overdue));
        let worst: Option<Vec<f64>> = run.stated.iter().map(|stated| stated.worst.map(hours)).collect();
        Self {
            groups: Group::all().map(|group| seen.waits(group)).collect(),
            longest_since_receipt: since_receipt.fold(0.0, f64::max),
            risk_hours: risk_hours.sum(),
            lift: FRACTIONS.map(|fraction| seen.lift(fraction)),
            later: seen.later_than(date_order),
            overdue_at_switch_on: overdue(run.stated.first()),
            overdue_at_end: overdue(run.stated.last()),
            stated: worst.and_then(|w| Some((*w.first()?, w.iter().copied().fold(0.0, f64::max)))),
            missed: f64::from(run.missed),
        }
    }
}
