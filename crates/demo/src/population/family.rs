//! A family as it truly is, from event to event.

use std::collections::VecDeque;

use chrono::{Days, NaiveDate};
use ppn_domain::notice::KnownEvent;
use ppn_domain::notice::codes::{Indicator as I, KnownEventKind as K, OrderKind};
use ppn_domain::{Span, Timestamp};

use super::danger::{Course, Event, Story};
use crate::dice::Dice;
use crate::households::{Household, Maker, Member};
use crate::narrative::{Need, Spec, spec_of};
use crate::report::move_house;

/// People, what they are in, and what the police know of them besides notices.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) number: u32,
    pub(crate) course: Course,
    pub(crate) spec: &'static Spec,
    pub(crate) household: Household,
    pub(crate) order: Option<Bond>,
    /// Of the suspect, or of the subject where there is none.
    pub(crate) known: Vec<KnownEvent>,
    /// Missing episodes: reported, and returned where they were.
    pub(crate) missing: Vec<(Timestamp, Option<Timestamp>)>,
}

/// An order that binds the suspect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bond {
    pub(crate) kind: OrderKind,
    pub(crate) issued: NaiveDate,
    pub(crate) expires: NaiveDate,
}

fn days_before(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::try_from(days).unwrap_or(0))).unwrap_or(day)
}

fn days_after(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_days(Days::new(u64::try_from(days).unwrap_or(0))).unwrap_or(day)
}

impl Family {
    pub(crate) fn new(
        number: u32,
        course: Course,
        at: Timestamp,
        suspects: &VecDeque<Member>,
        maker: &mut Maker,
        dice: &mut Dice,
    ) -> Self {
        let day = at.london_date();
        let spec = spec_of(course.plan.theme, course.plan.kind);
        let danger = course.lasting_danger;
        // Babies come to notice more where danger is greater.
        let of_a_baby = matches!(course.plan.story, Story::Neglect | Story::HarmAtHome)
            && dice.chance(0.08 * (0.35 * danger).exp());
        let need = if of_a_baby { Need::Child(0, 0) } else { spec.need };
        let mut household = maker.household(&Spec { need, ..*spec }, day, dice);
        if course.lasting.contains(&I::SerialPerpetrator)
            && let Some(known) = known_suspect(suspects, &household, day, dice)
            && let Some(other) = household.other.as_mut()
        {
            let home = other.address.clone();
            *other = Member { address: home, ..known };
        }
        let known = police_history(&course, day, dice);
        let mut family = Self { number, course, spec, household, order: None, known, missing: Vec::new() };
        if family.course.bound {
            family.bind(day, dice);
        }
        family
    }

    /// Whether an adult of the household is the one suspected.
    pub(crate) fn has_adult_suspect(&self) -> bool {
        matches!(
            self.course.plan.story,
            Story::Partner | Story::Former | Story::Stalking | Story::Family | Story::HarmAtHome
        )
    }

    fn bind(&mut self, day: NaiveDate, dice: &mut Dice) {
        let kinds = [
            OrderKind::NonMolestationOrder,
            OrderKind::RestrainingOrder,
            OrderKind::BailConditions,
            OrderKind::DomesticViolenceProtectionOrder,
            OrderKind::StalkingProtectionOrder,
        ];
        let kind = kinds.get(dice.weighted([40, 25, 25, 6, 4].into_iter())).copied();
        self.order = Some(Bond {
            kind: kind.unwrap_or(OrderKind::BailConditions),
            issued: days_before(day, dice.between(5, 250)),
            expires: days_after(day, dice.between(20, 600)),
        });
    }

    /// Brings the family to the day of an event; false where its story is over.
    pub(crate) fn prepare(&mut self, at: Timestamp, maker: &mut Maker, dice: &mut Dice) -> bool {
        let day = at.london_date();
        let again = !self.course.events.is_empty();
        if again && !self.household.meets(self.spec.need, day) {
            return false;
        }
        if again && dice.percent(9) {
            move_house(&mut self.household, dice);
        }
        self.household.bring_in(self.spec.outsider, day, maker, dice);
        self.course.children = !self.household.kids.is_empty();
        self.course.baby = self.household.kids.iter().any(|k| k.age(day) < 1);
        true
    }

    /// Remembers what an event leaves behind.
    pub(crate) fn happened(&mut self, event: &Event, at: Timestamp, dice: &mut Dice) {
        let day = at.london_date();
        // An order is renewed while it is broken.
        if event.facts.contains(&I::BreachOfOrderOrBail) && self.order.is_none_or(|o| o.expires < day) {
            self.bind(day, dice);
        }
        if event.went_missing() {
            let reported = at - Span::hours(dice.between(5, 40));
            let back = (!event.facts.contains(&I::MissingNow))
                .then(|| reported + Span::minutes(dice.between(120, 280)));
            self.missing.push((reported, back));
        }
    }
}

/// Somebody suspected before, of about the same age as the victim.
fn known_suspect(
    suspects: &VecDeque<Member>,
    household: &Household,
    day: NaiveDate,
    dice: &mut Dice,
) -> Option<Member> {
    let age = household.primary.age(day);
    (0..12).find_map(|_| {
        let found = suspects.get(dice.below(suspects.len()))?;
        (found.age(day).abs_diff(age) < 14 && found.given != household.primary.given).then(|| found.clone())
    })
}

fn police_history(course: &Course, day: NaiveDate, dice: &mut Dice) -> Vec<KnownEvent> {
    let kinds: &[K] = match course.plan.story {
        Story::Nothing => return Vec::new(),
        Story::Exploited | Story::Criminal => &[K::Missing, K::Missing, K::CrimeVictim, K::Custody],
        Story::Neglect | Story::Online | Story::YoungCrisis => &[K::DomesticIncident, K::Missing],
        Story::Crisis | Story::SelfNeglect | Story::CareNeeds | Story::Swindled => {
            &[K::CrimeVictim, K::Missing]
        }
        _ => &[
            K::Arrest,
            K::CrimeSuspect,
            K::CrimeSuspect,
            K::Conviction,
            K::DomesticIncident,
            K::PrisonRelease,
        ],
    };
    let mut known = Vec::new();
    let likely = (0.26 * (0.55 * course.lasting_danger).exp()).min(0.8);
    while known.len() < 8 && dice.chance(likely) {
        let kind = kinds.get(dice.below(kinds.len())).copied().unwrap_or(K::CrimeSuspect);
        let category = match kind {
            K::Arrest | K::CrimeSuspect | K::Conviction => {
                Some(dice.word(&["violence", "violence", "criminal damage", "harassment", "theft", "drugs"]))
            }
            _ => None,
        };
        known.push(KnownEvent {
            kind,
            on: days_before(day, dice.between(3, 800)),
            reference: None,
            category: category.map(str::to_owned),
        });
    }
    known
}
