//! Danger measured against its kind: where the levels begin, so that each has the share that it is known to have.

use ppn_domain::Timestamp;
use ppn_domain::notice::codes::Indicator as I;
use ppn_domain::notice::codes::NoticeKind::{self, Adult, Child, DomesticAbuse};

use super::danger::{Course, Event, Story, chance};
use super::facts::FACTS;
use crate::dice::Dice;
use crate::level::Level;

/// The cut points of one kind.
#[derive(Debug, Clone, Default)]
struct Scale {
    mean: f64,
    deviation: f64,
    /// Where standard, medium, high and critical begin.
    cuts: [f64; 4],
    /// Notices of a family, on average.
    events: f64,
}

/// Danger measured against the kind, found on a pilot population.
#[derive(Debug, Clone)]
pub(crate) struct Scales([Scale; 3]);

/// Families of the pilot, for each kind.
const PILOT: usize = 16_000;

/// Notices waiting by kind in the report: the mix of what arrives.
const MIX: [(NoticeKind, f64); 3] = [(Child, 342.0), (Adult, 277.0), (DomesticAbuse, 443.0)];

impl Scales {
    /// Measures a pilot; always the same one.
    pub(crate) fn measured() -> Self {
        let mut dice = Dice::new(20_221_005, 71);
        Self([Child, Adult, DomesticAbuse].map(|kind| {
            let mut scale = Scale { mean: 0.0, deviation: 1.0, ..Scale::default() };
            // What comes again depends on the scale, so it is measured until it holds still.
            for _ in 0..4 {
                scale = scale.next(kind, &mut dice);
            }
            scale
        }))
    }

    fn of(&self, kind: NoticeKind) -> &Scale {
        let [child, adult, domestic] = &self.0;
        match kind {
            Child => child,
            Adult => adult,
            DomesticAbuse => domestic,
        }
    }

    /// Notices of a family, on average over the mix of kinds.
    pub(crate) fn notices_per_family(&self) -> f64 {
        let families: f64 = MIX.iter().map(|(kind, n)| n / self.of(*kind).events).sum();
        MIX.iter().map(|(_, n)| n).sum::<f64>() / families
    }

    /// A new course, its kind by the mix of notices.
    pub(crate) fn course(&self, dice: &mut Dice) -> Course {
        let families = MIX.map(|(kind, n)| (kind, n / self.of(kind).events));
        let mut left = dice.unit() * families.iter().map(|(_, n)| n).sum::<f64>();
        let mut drawn = DomesticAbuse;
        for (kind, n) in families {
            if left < n {
                drawn = kind;
                break;
            }
            left -= n;
        }
        Course::new(drawn, dice)
    }

    /// The event of a course at this moment, and when the next one comes.
    pub(crate) fn event(
        &self,
        course: &mut Course,
        at: Timestamp,
        dice: &mut Dice,
    ) -> (Event, Option<Timestamp>) {
        let scale = self.of(course.plan.kind);
        let raw = course.raw(at, dice);
        let danger = (raw - scale.mean) / scale.deviation;
        let level = scale.level(raw);
        let in_year = course.in_year(at);
        let mut facts = course.lasting.clone();
        for fact in FACTS.iter().filter(|f| !f.lasting && f.of.contains(&course.plan.story)) {
            let fits = (course.children || !fact.with_children) && (course.baby || !fact.with_baby);
            if fits && dice.chance(chance(fact, danger)) && !facts.contains(&fact.what) {
                facts.push(fact.what);
            }
        }
        // Nobody is both still missing and found.
        if facts.contains(&I::MissingNow) {
            facts.retain(|f| *f != I::FoundAfterMissing);
        }
        // Coming near at all is what most orders forbid.
        if course.bound && !facts.contains(&I::BreachOfOrderOrBail) && dice.percent(60) {
            facts.push(I::BreachOfOrderOrBail);
        }
        course.events.push(at);
        let next = course.again(at, danger, dice).filter(|next| course.goes_on(*next));
        (Event { level, danger, facts, in_year }, next)
    }
}

impl Scale {
    fn level(&self, raw: f64) -> Level {
        let [standard, medium, high, critical] = self.cuts;
        match raw {
            r if r >= critical => Level::Critical,
            r if r >= high => Level::High,
            r if r >= medium => Level::Medium,
            r if r >= standard => Level::Standard,
            _ => Level::None,
        }
    }

    /// Measured again with what comes again by this scale.
    fn next(&self, kind: NoticeKind, dice: &mut Dice) -> Self {
        let mut all = Vec::with_capacity(PILOT * 2);
        let mut serious = Vec::with_capacity(PILOT * 2);
        for _ in 0..PILOT {
            let mut course = Course::new(kind, dice);
            course.children = dice.percent(60);
            course.baby = dice.percent(8);
            let mut at = Some(Timestamp::from_micros(0));
            while let Some(now) = at.filter(|t| course.goes_on(*t)) {
                let raw = course.raw(now, dice);
                all.push(raw);
                if course.plan.story != Story::Nothing {
                    serious.push(raw);
                }
                course.events.push(now);
                at = course.again(now, (raw - self.mean) / self.deviation, dice);
            }
        }
        all.sort_by(f64::total_cmp);
        let size = |n: usize| f64::from(u32::try_from(n.max(1)).unwrap_or(u32::MAX));
        let mean = serious.iter().sum::<f64>() / size(serious.len());
        let variance = serious.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / size(serious.len());
        let cuts = Level::below(kind).map(|below| {
            let at = all.len() * usize::try_from(below).unwrap_or(0) / 1000;
            all.get(at).copied().unwrap_or(f64::INFINITY)
        });
        Self { mean, deviation: variance.sqrt(), cuts, events: size(all.len()) / size(PILOT) }
    }
}
