//! Danger: what a family's course is, when it comes to notice, and how grave each event truly is.
//!
//! Danger is a number with no unit: part of it lasts as long as the family's course, part belongs to
//! the event. Levels are cut from it at the shares that each kind of notice is known to have.

use ppn_domain::notice::codes::{Indicator as I, NoticeKind};
use ppn_domain::{Span, Timestamp};

use super::facts::{FACTS, Fact};
use crate::dice::Dice;
use crate::level::Level;
use crate::narrative::Theme;

/// What a family's notices are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    Partner,
    Former,
    Stalking,
    Family,
    Adolescent,
    Honour,
    Neglect,
    HarmAtHome,
    SexualHarm,
    Exploited,
    Criminal,
    Online,
    Offender,
    YoungCrisis,
    CareNeeds,
    ElderAbuse,
    SelfNeglect,
    Crisis,
    Cuckooed,
    Swindled,
    Nothing,
}

impl Story {
    /// The story in a word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Former => "former partner",
            Self::Stalking => "stalking",
            Self::Family => "family abuse",
            Self::Adolescent => "adolescent to parent",
            Self::Honour => "honour",
            Self::Neglect => "neglect",
            Self::HarmAtHome => "harm at home",
            Self::SexualHarm => "sexual harm",
            Self::Exploited => "sexual exploitation",
            Self::Criminal => "criminal exploitation",
            Self::Online => "online",
            Self::Offender => "sexual offender",
            Self::YoungCrisis => "young crisis",
            Self::CareNeeds => "care needs",
            Self::ElderAbuse => "elder abuse",
            Self::SelfNeglect => "self-neglect",
            Self::Crisis => "crisis",
            Self::Cuckooed => "cuckooing",
            Self::Swindled => "financial exploitation",
            Self::Nothing => "nothing",
        }
    }
}

/// A story as one kind of notice tells it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) story: Story,
    pub(crate) kind: NoticeKind,
    pub(crate) theme: Theme,
    /// Families of this story among those of its kind, in a thousand.
    share: u32,
    /// How likely a further event after more than two weeks is, at middling danger.
    again: f64,
    /// How much graver than others it is.
    graver: f64,
}

const fn plan(story: Story, kind: NoticeKind, theme: Theme, share: u32, again: f64, graver: f64) -> Plan {
    Plan { story, kind, theme, share, again, graver }
}

use NoticeKind::{Adult, Child, DomesticAbuse};

static PLANS: &[Plan] = &[
    plan(Story::Partner, DomesticAbuse, Theme::Intimate, 370, 0.47, 0.0),
    plan(Story::Former, DomesticAbuse, Theme::FormerPartner, 190, 0.52, 0.1),
    plan(Story::Stalking, DomesticAbuse, Theme::Stalking, 32, 0.55, 0.4),
    plan(Story::Family, DomesticAbuse, Theme::Family, 100, 0.42, -0.2),
    plan(Story::Adolescent, DomesticAbuse, Theme::AdolescentToParent, 45, 0.48, -0.2),
    plan(Story::Honour, DomesticAbuse, Theme::Honour, 8, 0.25, 1.3),
    plan(Story::Nothing, DomesticAbuse, Theme::Nothing, 255, 0.02, 0.0),
    plan(Story::Neglect, Child, Theme::Neglect, 235, 0.13, 0.0),
    plan(Story::HarmAtHome, Child, Theme::Physical, 170, 0.10, 0.2),
    plan(Story::SexualHarm, Child, Theme::SexualFamilial, 50, 0.06, 0.5),
    plan(Story::Exploited, Child, Theme::SexualExploitation, 70, 0.30, 0.2),
    plan(Story::Criminal, Child, Theme::CriminalExploitation, 45, 0.28, 0.2),
    plan(Story::Online, Child, Theme::Online, 80, 0.04, -0.2),
    plan(Story::Offender, Child, Theme::SexOffender, 30, 0.12, 0.4),
    plan(Story::YoungCrisis, Child, Theme::SelfHarm, 85, 0.16, 0.0),
    plan(Story::Nothing, Child, Theme::Nothing, 235, 0.02, 0.0),
    plan(Story::CareNeeds, Adult, Theme::CareNeeds, 200, 0.13, 0.0),
    plan(Story::ElderAbuse, Adult, Theme::ElderAbuse, 90, 0.18, 0.2),
    plan(Story::SelfNeglect, Adult, Theme::SelfNeglect, 130, 0.16, 0.0),
    plan(Story::Crisis, Adult, Theme::Suicide, 230, 0.20, 0.2),
    plan(Story::Cuckooed, Adult, Theme::Cuckooing, 50, 0.22, 0.2),
    plan(Story::Swindled, Adult, Theme::Exploited, 60, 0.10, -0.1),
    plan(Story::Nothing, Adult, Theme::Nothing, 240, 0.02, 0.0),
];

/// The longest that a repeat counts as one of a burst.
const BURST: Span = Span::days(14);

/// A year, as far as history counts here.
const YEAR: Span = Span::days(365);

/// A course is over by then.
pub(crate) const COURSE: Span = Span::days(730);

/// What a family is in, from its first event to its last.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) plan: &'static Plan,
    /// The danger that lasts.
    pub(crate) lasting_danger: f64,
    /// What each further event adds to it.
    slope: f64,
    /// Facts that last.
    pub(crate) lasting: Vec<I>,
    /// When it came to notice so far.
    pub(crate) events: Vec<Timestamp>,
    pub(crate) children: bool,
    pub(crate) baby: bool,
    /// An order or bail binds the suspect.
    pub(crate) bound: bool,
}

/// One event as it truly was.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) level: Level,
    /// In standard deviations of its kind.
    pub(crate) danger: f64,
    pub(crate) facts: Vec<I>,
    /// Events of this family in the year before.
    pub(crate) in_year: u32,
}

impl Event {
    /// Whether somebody went missing.
    pub(crate) fn went_missing(&self) -> bool {
        [I::MissingNow, I::MissingOvernight, I::FoundAfterMissing].iter().any(|f| self.facts.contains(f))
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

pub(super) fn chance(fact: &Fact, danger: f64) -> f64 {
    logistic((fact.base / (1.0 - fact.base)).ln() + fact.odds.ln() * danger)
}

impl Course {
    pub(super) fn new(kind: NoticeKind, dice: &mut Dice) -> Self {
        let weight = move |p: &Plan| if p.kind == kind { p.share } else { 0 };
        let plan = PLANS.get(dice.weighted(PLANS.iter().map(weight))).unwrap_or(&PLANS[0]);
        let lasting_danger = dice.normal();
        // Most courses stay as they are; some get worse with each event, some wane.
        let slope = match dice.between(0, 99) {
            0..=17 => 0.45,
            18..=29 => -0.3,
            _ => 0.0,
        };
        let mut course = Self {
            plan,
            lasting_danger,
            slope,
            lasting: Vec::new(),
            events: Vec::new(),
            children: false,
            baby: false,
            bound: false,
        };
        let grows = |base: f64, by: f64| (base * (by * lasting_danger).exp()).min(0.6);
        let (bound, suspected_before) = match plan.story {
            Story::Former | Story::Stalking => (0.08, 0.06),
            Story::Partner => (0.025, 0.06),
            Story::Family => (0.025, 0.0),
            _ => (0.0, 0.0),
        };
        course.bound = dice.chance(grows(bound, 0.8));
        if dice.chance(grows(suspected_before, 0.6)) {
            course.lasting.push(I::SerialPerpetrator);
            course.lasting_danger += 0.3;
        }
        course
    }

    fn lasting_now(&self) -> f64 {
        let count = u32::try_from(self.events.len().min(4)).unwrap_or(0);
        self.lasting_danger + self.slope * f64::from(count)
    }

    pub(super) fn in_year(&self, at: Timestamp) -> u32 {
        let count = self.events.iter().filter(|e| at - **e <= YEAR).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether the course lasts until then.
    pub(super) fn goes_on(&self, at: Timestamp) -> bool {
        self.events.first().is_none_or(|first| at - *first <= COURSE)
    }

    fn gaps_shrink(&self, at: Timestamp) -> bool {
        match self.events.as_slice() {
            [.., before, last] => (at - *last).times(2) < *last - *before,
            _ => false,
        }
    }

    /// The danger of an event now, before it is measured against its kind.
    pub(super) fn raw(&mut self, at: Timestamp, dice: &mut Dice) -> f64 {
        if self.plan.story == Story::Nothing {
            return -6.0 + 0.3 * dice.normal();
        }
        let first = self.events.is_empty();
        for fact in FACTS.iter().filter(|f| f.lasting && f.of.contains(&self.plan.story)) {
            let fits = (self.children || !fact.with_children) && (self.baby || !fact.with_baby);
            let likely = chance(fact, self.lasting_now()) * if first { 1.0 } else { 0.25 };
            if fits && !self.lasting.contains(&fact.what) && dice.chance(likely) {
                self.lasting.push(fact.what);
            }
        }
        let has = |fact| self.lasting.contains(&fact);
        let left_control = has(I::SeparationOrAttempt) && has(I::ControllingBehaviour);
        let accumulated = 0.28 * f64::from(self.in_year(at).min(4));
        0.72 * self.lasting_now()
            + 0.60 * dice.normal()
            + self.plan.graver
            + accumulated
            + if left_control { 0.5 } else { 0.0 }
            + if has(I::FirearmAccess) { 0.5 } else { 0.0 }
            + if has(I::SerialPerpetrator) { 0.4 } else { 0.0 }
            + if self.gaps_shrink(at) { 0.3 } else { 0.0 }
            + if self.baby { 0.3 } else { 0.0 }
            + if self.bound { 0.5 } else { 0.0 }
    }

    /// When it comes to notice again, if it does.
    pub(super) fn again(&self, at: Timestamp, danger: f64, dice: &mut Dice) -> Option<Timestamp> {
        if self.plan.story == Story::Nothing {
            return dice.chance(0.05).then(|| at + span(150.0 * 24.0, dice));
        }
        let lively = if matches!(self.plan.story, Story::Exploited | Story::Criminal) { 1.6 } else { 1.0 };
        let soon = (lively * SOON * (0.75 * danger).exp()).min(0.5);
        let later = (self.plan.again * (0.3 * danger).exp()).min(0.5);
        if dice.chance(soon) {
            let gap = span(96.0, dice);
            return Some(
                at + Span::hours(6) + if gap < BURST { gap } else { Span::days(dice.between(7, 13)) },
            );
        }
        dice.chance(later).then(|| {
            let worse = if self.slope > 0.0 { 0.7 } else { 1.0 };
            at + BURST + span(80.0 * 24.0 * worse, dice)
        })
    }
}

/// How likely a further event within two weeks is at middling danger.
const SOON: f64 = 0.105;

#[expect(clippy::cast_possible_truncation, reason = "seconds of a few years")]
fn span(mean_hours: f64, dice: &mut Dice) -> Span {
    Span::seconds((dice.exponential() * mean_hours * 3600.0) as i64)
}

/// The same for a mean time between families.
pub(super) fn wait(mean_hours: f64, dice: &mut Dice) -> Span {
    span(mean_hours, dice)
}
