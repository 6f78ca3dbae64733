//! One seed's notices: what waits at switch-on, what arrives after it, and what was worked before.

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Desk, Rank, Span, Timestamp};

use super::SWITCH_ON;
use super::draws::{
    CRITICAL_TAKES, Chance, FURTHER, FURTHER_DAYS, HIGH_RISK_TIMES, KINDS, part_of_week, place,
    span_of_minutes,
};
use super::notices::{Arrival, Backlog, Level};
use super::roster::{Roster, hour_of_week};
use super::settings::Settings;
use super::signal::Signal;
use crate::policy::Policy;

const HOUR: Span = Span::hours(1);
/// After so many times the days in which further notices come, families are as they always are.
const SETTLES: u32 = 4;
/// A surge lasts so long, in the middle of the run.
const SURGE: Span = Span::days(21);

/// Everything that is the same for every seed.
pub(super) struct Plan<'a> {
    pub(super) settings: &'a Settings,
    pub(super) policy: &'a Policy,
    pub(super) roster: &'a Roster,
    pub(super) signal: Signal,
    pub(super) switch_on: Timestamp,
    pub(super) end: Timestamp,
    backlog: &'a Backlog,
    /// Shares of the kinds among arrivals: those of the backlog.
    mix: [f64; 3],
}

/// What ranks a notice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Standing {
    /// A simulated score, raised by links.
    Signal(f64),
    /// The policy's own.
    Assessed(Rank),
}

/// A notice with everything that chance decides about it.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn for itself")]
pub(super) struct Case {
    pub(super) received: Timestamp,
    pub(super) kind: NoticeKind,
    pub(super) desk: Desk,
    /// `None` where nobody has found it.
    pub(super) level: Option<Level>,
    pub(super) grade: Option<Grade>,
    pub(super) family: usize,
    pub(super) standing: Standing,
    pub(super) research: Span,
    pub(super) open_to_social_worker: bool,
    pub(super) no_research: bool,
    /// A look would find that it was wrongly marked as needing no research.
    pub(super) look_finds: bool,
    pub(super) lot: i64,
    /// Whether its wait is counted: all but what is made up beside a force's own work.
    pub(super) counted: bool,
}

/// One seed's notices, by receipt.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) cases: Vec<Case>,
    /// How many notices of each family were worked before switch-on.
    pub(super) worked: Vec<u32>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        policy: &'a Policy,
        backlog: &'a Backlog,
        roster: &'a Roster,
    ) -> Self {
        let (counts, switch_on, own) = match backlog {
            Backlog::Report => (settings.kinds, SWITCH_ON, Vec::new()),
            Backlog::Own(own) => {
                let mut counts = [0; 3];
                for arrival in &own.arrivals {
                    counts[place(arrival.kind)] += 1;
                }
                if own.arrivals.is_empty() {
                    counts = settings.kinds;
                }
                (counts, own.switch_on, own.arrivals.iter().map(|arrival| arrival.rank).collect())
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "counts of notices")]
        let mix = counts.map(|n| n as f64 / counts.iter().sum::<usize>() as f64);
        let mut shares = [0.0; 5];
        for (part, times) in mix.iter().zip(HIGH_RISK_TIMES) {
            for (share, of_kind) in shares.iter_mut().zip(settings.level_shares(times)) {
                *share += part * of_kind;
            }
        }
        Self {
            settings,
            policy,
            roster,
            signal: Signal::new(shares, settings.auc, settings.band_shares, own),
            switch_on,
            end: switch_on + Span::days(i64::from(settings.days)),
            backlog,
            mix,
        }
    }

    /// How many times the usual number arrives.
    fn pressure(&self, at: Timestamp) -> f64 {
        let Some(surge) = self.settings.surge else { return 1.0 };
        let middle = self.switch_on + Span::micros((self.end - self.switch_on).as_micros() / 2);
        let from = middle - Span::micros(SURGE.as_micros() / 2);
        if at >= from && at < from + SURGE { surge / self.roster.rho } else { 1.0 }
    }
}

impl World {
    /// Draws the notices of a seed.
    pub(super) fn draw(plan: &Plan<'_>, seed: u64) -> Self {
        let mut drawing = Drawing { plan, chance: Chance::new(seed, 0), cases: Vec::new(), families: 0 };
        let (mut found, mut invent) = (plan.settings.kinds, true);
        if let Backlog::Own(own) = plan.backlog {
            (found, invent) = ([0; 3], own.invent);
            let numbers = own.arrivals.iter().filter_map(|arrival| arrival.family).map(|f| f as usize + 1);
            drawing.families = numbers.max().unwrap_or(0);
            let until_the_end = own.arrivals.iter().filter(|arrival| arrival.received < plan.end);
            until_the_end.for_each(|arrival| drawing.replay(arrival));
        }
        let replayed = drawing.cases.len();
        if invent {
            drawing.arrivals(&found);
        }
        let Drawing { cases, families, .. } = drawing;
        Self::split(plan, seed, cases, replayed, families, found)
    }

    /// The latest of each kind before switch-on wait; what is older was worked, as date order leaves it.
    fn split(
        plan: &Plan<'_>,
        seed: u64,
        mut cases: Vec<Case>,
        replayed: usize,
        families: usize,
        mut found: [usize; 3],
    ) -> Self {
        let mut drawn = cases.split_off(replayed);
        drawn.sort_by_key(|case| case.received);
        let mut worked = vec![0; families];
        for case in drawn.into_iter().rev() {
            let room = &mut found[place(case.kind)];
            if case.received >= plan.switch_on {
                cases.push(case);
            } else if *room > 0 {
                *room -= 1;
                cases.push(case);
            } else {
                worked[case.family] += 1;
            }
        }
        cases.sort_by_key(|case| case.received);
        Self { seed, cases, worked }
    }
}

struct Drawing<'p, 'a> {
    plan: &'p Plan<'a>,
    chance: Chance,
    cases: Vec<Case>,
    families: usize,
}

impl Drawing<'_, '_> {
    /// First notices hour by hour. Each notice is followed by further ones of its family, and so are they.
    fn arrivals(&mut self, found: &[usize; 3]) {
        let plan = self.plan;
        let settings = plan.settings;
        let level_shares = HIGH_RISK_TIMES.map(|times| settings.level_shares(times));
        // What follows another notice, and is of its level, takes its part of the arrivals of that level.
        let first_shares = level_shares.map(|shares| {
            let mut of = shares;
            of.iter_mut().zip(FURTHER).for_each(|(share, further)| *share *= 1.0 - further);
            of
        });
        let a_week: [f64; 3] = std::array::from_fn(|kind| {
            settings.notices_per_day * 7.0 * plan.mix[kind] * first_shares[kind].iter().sum::<f64>()
                / level_shares[kind].iter().sum::<f64>()
        });
        let mut at = plan.switch_on - self.before(found);
        while at < plan.end {
            for (kind, code) in KINDS.into_iter().enumerate() {
                let mean = a_week[kind] * part_of_week(code, hour_of_week(at)) * plan.pressure(at);
                for _ in 0..self.chance.count(mean) {
                    let received = self.chance.moment(at, HOUR);
                    self.family(code, &first_shares[kind], received);
                }
            }
            at = at + HOUR;
        }
    }

    /// So long before switch-on that every kind has as many notices as wait, after families have settled.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "days")]
    fn before(&self, found: &[usize; 3]) -> Span {
        let days = found.iter().zip(self.plan.mix).map(|(count, mix)| {
            if *count == 0 { 0.0 } else { *count as f64 / (self.plan.settings.notices_per_day * mix) }
        });
        let deepest = days.fold(0.0, f64::max);
        Span::days((deepest * 1.3).ceil() as i64 + 5 + i64::from(SETTLES * FURTHER_DAYS))
    }

    fn family(&mut self, kind: NoticeKind, first_shares: &[f64; 5], received: Timestamp) {
        let family = self.families;
        self.families += 1;
        let level = self.chance.level(first_shares);
        let shared = self.chance.normal();
        let mut to_come = vec![received];
        while let Some(received) = to_come.pop() {
            self.case(kind, level, family, shared, received);
            for _ in 0..self.chance.count(FURTHER[level.index()]) {
                to_come.push(self.later(kind, received));
            }
        }
    }

    /// A moment on one of the fourteen days that follow, by the profile of the kind.
    fn later(&mut self, kind: NoticeKind, first: Timestamp) -> Timestamp {
        let hour = HOUR.as_micros();
        let begin = Timestamp::from_micros((first.micros().div_euclid(hour) + 1) * hour);
        let hours = FURTHER_DAYS * 24;
        let start = hour_of_week(begin);
        let weights = (0..hours as usize).map(|ahead| part_of_week(kind, (start + ahead) % 168));
        let ahead = i64::try_from(self.chance.weighted(weights)).unwrap_or(0);
        self.chance.moment(begin + Span::hours(ahead), HOUR)
    }

    fn case(&mut self, kind: NoticeKind, level: Level, family: usize, shared: f64, received: Timestamp) {
        let (settings, signal) = (self.plan.settings, &self.plan.signal);
        let mut stands = signal.of(level, shared, self.chance.normal());
        if kind == NoticeKind::Adult {
            stands -= settings.adults_low_by * signal.noise;
        }
        let case = Case {
            received,
            kind,
            desk: Desk::of_kind(kind),
            level: Some(level),
            grade: Some(self.chance.grade(level, settings.officers)),
            family,
            standing: Standing::Signal(stands),
            research: self.research(Some(level)),
            open_to_social_worker: self.chance.open_to_social_worker(kind, level, settings.open_share),
            no_research: self.chance.no_research(level, settings.no_research_share),
            look_finds: self.chance.look_finds(),
            lot: self.chance.lot(),
            counted: matches!(self.plan.backlog, Backlog::Report),
        };
        if case.received < self.plan.end {
            self.cases.push(case);
        }
    }

    fn replay(&mut self, arrival: &Arrival) {
        let alone = self.families;
        self.families += usize::from(arrival.family.is_none());
        let case = Case {
            received: arrival.received,
            kind: arrival.kind,
            desk: arrival.desk,
            level: arrival.level,
            grade: arrival.officer_grade,
            family: arrival.family.map_or(alone, |family| family as usize),
            standing: Standing::Assessed(arrival.rank),
            research: self.research(arrival.level),
            open_to_social_worker: arrival.share,
            no_research: arrival.no_research,
            look_finds: self.chance.look_finds(),
            lot: self.chance.lot(),
            counted: true,
        };
        self.cases.push(case);
    }

    fn research(&mut self, level: Option<Level>) -> Span {
        let longer = if level == Some(Level::Critical) { CRITICAL_TAKES } else { 1.0 };
        span_of_minutes(
            self.plan.roster.minutes * longer * self.chance.lognormal(self.plan.settings.research_cv),
        )
    }
}
