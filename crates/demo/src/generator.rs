//! The world that notices come from: households that recur, each remembered for a while.

use std::collections::VecDeque;

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Notice, Timestamp};

use crate::dice::Dice;
use crate::households::{Household, Maker, Phones};
use crate::level::Level;
use crate::narrative::{self, Spec};
use crate::patterns::Pattern;
use crate::report::{Brief, Padding, report};

/// How many households are remembered, so that an endless stream needs no endless memory.
const REMEMBERED: usize = 4096;

/// How often in a thousand a household is sought among those known, where nothing makes it likelier; some
/// searches find none.
const RECURRENCE: u32 = 215;

/// Households, people and chance.
#[derive(Debug)]
pub(crate) struct Generator {
    dice: Dice,
    maker: Maker,
    /// Boxed: one is taken from the middle at every recurrence.
    known: VecDeque<Box<Household>>,
}

impl Generator {
    /// A world under a seed.
    pub(crate) fn new(seed: u64, purpose: u64, phones: Phones) -> Self {
        Self { dice: Dice::new(seed, purpose), maker: Maker::new(phones), known: VecDeque::new() }
    }

    /// Chance of this world.
    pub(crate) fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// Forgets every household: time starts again.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }

    /// The next notice of a kind.
    pub(crate) fn notice(
        &mut self,
        kind: NoticeKind,
        submitted: Timestamp,
        reference: String,
    ) -> (Notice, Padding) {
        let level = Level::draw(kind, &mut self.dice);
        let spec = narrative::draw(kind, level, &mut self.dice);
        self.notice_about(spec, level, submitted, reference)
    }

    /// A notice about a theme, at a true level.
    pub(crate) fn notice_about(
        &mut self,
        spec: &'static Spec,
        level: Level,
        submitted: Timestamp,
        reference: String,
    ) -> (Notice, Padding) {
        let brief = Brief { spec, level, submitted, reference, pattern: None, earlier: false };
        // The more serious, the likelier that somebody has been there before.
        let likelier = match level {
            Level::Critical | Level::High => 120,
            Level::Medium => 40,
            Level::Standard | Level::None => 0,
        };
        let found = if self.dice.per_mille(RECURRENCE + likelier) { self.find(&brief) } else { None };
        let mut household = match found.and_then(|index| self.known.remove(index)) {
            Some(household) => household,
            None => Box::new(self.maker.household(spec, submitted.london_date(), &mut self.dice)),
        };
        let made = report(&brief, &mut household, &mut self.maker, &mut self.dice);
        self.remember(household);
        made
    }

    /// A notice of a pattern, from a household that the caller keeps.
    pub(crate) fn pattern_notice(
        &mut self,
        pattern: &'static Pattern,
        household: Option<Household>,
        brief: &Brief,
    ) -> (Notice, Household) {
        let day = brief.submitted.london_date();
        let mut household = household.unwrap_or_else(|| self.household_for(pattern, brief, day));
        let (notice, _) = report(brief, &mut household, &mut self.maker, &mut self.dice);
        (notice, household)
    }

    fn household_for(&mut self, pattern: &Pattern, brief: &Brief, day: chrono::NaiveDate) -> Household {
        let mut household = self.maker.household(brief.spec, day, &mut self.dice);
        // The retold patterns turn on who is in the household: try until it has them.
        for _ in 0..200 {
            if pattern.suits(&household, day) {
                break;
            }
            household = self.maker.household(brief.spec, day, &mut self.dice);
        }
        pattern.fit(&mut household);
        household
    }

    fn remember(&mut self, household: Box<Household>) {
        if self.known.len() >= REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back(household);
    }

    /// A known household that fits, rather a recent one.
    fn find(&mut self, brief: &Brief) -> Option<usize> {
        let day = brief.submitted.london_date();
        let count = self.known.len();
        for _ in 0..60 {
            // The smaller of the two distances from the end: recent households come back sooner.
            let back = self.dice.below(count).min(self.dice.below(count));
            let index = count.checked_sub(back + 1)?;
            if self.known.get(index).is_some_and(|h| h.meets(brief.spec.need, day)) {
                return Some(index);
            }
        }
        None
    }
}
