//! A population whose truth is known: danger first, events out of it, and notices as noisy reports of those.
//!
//! Triage is measured against it. Nothing here knows a policy: what makes an event grave is the
//! danger that it came from, and a notice says of that what a hurried officer saw, asked and wrote.

mod asked;
mod danger;
mod facts;
mod family;
mod records;
mod scales;
mod telling;
mod words;
mod words_child;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use ppn_domain::notice::codes::Indicator;
use ppn_domain::{Band, Notice, Span, Timestamp};

use crate::clockwork::{midnight, moment_in};
use crate::dice::Dice;
use crate::households::{Maker, Member, Phones};
use crate::level::Level;
use family::Family;
use scales::Scales;
use telling::{Telling, amended, tell};

/// A notice, and what is truly so.
#[derive(Debug, Clone)]
pub struct Truthful {
    /// The notice as submitted.
    pub notice: Notice,
    /// How serious it truly is.
    pub level: Level,
    /// The band that somebody who knew everything would give.
    pub found: Band,
    /// What it is about, in a word.
    pub story: &'static str,
    /// The family that it is about.
    pub family: u32,
    /// The event that it reports: two officers may report one.
    pub event: u32,
    /// Events of that family in the 365 days before, known to the police or not.
    pub events_in_year: u32,
    /// What is true of the event, reported or not.
    pub facts: Vec<Indicator>,
}

/// So many people who were suspected before are remembered, to turn up with other victims.
const SUSPECTS: usize = 600;

/// At most so many notices a year, about what a force of a million people sends; more make a longer time.
const A_YEAR: i64 = 45_000;

/// Second reports and amendments, for each event.
const REPORTED_TWICE: f64 = 0.065;

/// So many notices of a population, in order of submission, the last of them shortly before `as_of`.
///
/// They reach back two years, or longer where `size` is over 90,000, so that what is remembered does
/// not grow with it. Amendments are counted as notices. The same seed, size and moment give the same
/// notices.
pub fn population(seed: u64, size: usize, as_of: Timestamp) -> Population {
    let count = i64::try_from(size).unwrap_or(i64::MAX);
    let span = Span::days((count.saturating_mul(365) / A_YEAR).clamp(730, 365 * 200));
    let start = as_of - span;
    let scales = Scales::measured();
    // Somewhat more than are wanted, so that chance seldom leaves too few: what is left over is dropped.
    let notices = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
    let families = (notices + 5.0 * notices.sqrt()) / (scales.notices_per_family() * (1.0 + REPORTED_TWICE));
    let hours = f64::from(u32::try_from(span.as_seconds() / 3600).unwrap_or(u32::MAX));
    let mut dice = Dice::new(seed, 5);
    let mean_hours = hours / families;
    // Families came before the first notice that is told of, so that the first ones have a history too.
    let next_family = start - danger::COURSE + danger::wait(mean_hours, &mut dice);
    Population {
        dice,
        maker: Maker::new(Phones::Sparse),
        scales,
        mean_hours,
        next_family,
        start,
        as_of,
        left: size,
        waiting: BinaryHeap::new(),
        queued: 0,
        families: 0,
        events: 0,
        notices: 0,
        suspects: VecDeque::new(),
    }
}

/// The notices of [`population`], made when they are asked for.
#[derive(Debug)]
pub struct Population {
    dice: Dice,
    maker: Maker,
    scales: Scales,
    /// Mean time between new families.
    mean_hours: f64,
    next_family: Timestamp,
    start: Timestamp,
    as_of: Timestamp,
    left: usize,
    waiting: BinaryHeap<Reverse<Waiting>>,
    queued: u64,
    families: u32,
    events: u32,
    notices: u32,
    suspects: VecDeque<Member>,
}

/// What happens at a moment to come.
#[derive(Debug)]
struct Waiting {
    at: Timestamp,
    /// Order of being queued, so that two at one moment have an order.
    queued: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A family comes to notice.
    Event(Box<Family>),
    /// A second report, or an amendment.
    Notice(Box<Truthful>),
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.queued == other.queued
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.queued).cmp(&(other.at, other.queued))
    }
}

impl Iterator for Population {
    type Item = Truthful;

    fn next(&mut self) -> Option<Truthful> {
        self.left = self.left.checked_sub(1)?;
        loop {
            while self.waiting.peek().is_none_or(|Reverse(first)| self.next_family <= first.at) {
                self.come_to_notice();
            }
            let Reverse(Waiting { at, what, .. }) = self.waiting.pop()?;
            if at > self.as_of {
                self.left = 0;
                return None;
            }
            let made = match what {
                What::Notice(made) => Some(*made),
                What::Event(family) => self.event(family, at),
            };
            if let Some(made) = made {
                return Some(made);
            }
        }
    }
}

impl Population {
    fn queue(&mut self, at: Timestamp, what: What) {
        self.queued += 1;
        self.waiting.push(Reverse(Waiting { at, queued: self.queued, what }));
    }

    /// A family comes to notice for the first time.
    fn come_to_notice(&mut self) {
        let at = self.next_family;
        self.next_family = at + danger::wait(self.mean_hours, &mut self.dice);
        self.families = self.families.wrapping_add(1);
        let course = self.scales.course(&mut self.dice);
        let family = Family::new(self.families, course, at, &self.suspects, &mut self.maker, &mut self.dice);
        let at = moment_in(midnight(at), &mut self.dice).max(at);
        self.queue(at, What::Event(Box::new(family)));
    }

    /// What happens, and the notice of it unless it was before the time that is told of.
    fn event(&mut self, mut family: Box<Family>, at: Timestamp) -> Option<Truthful> {
        let dice = &mut self.dice;
        if !family.prepare(at, &mut self.maker, dice) {
            return None;
        }
        let (event, next) = self.scales.event(&mut family.course, at, dice);
        family.happened(&event, at, dice);
        let told = at >= self.start;
        let made = told.then(|| {
            self.events = self.events.wrapping_add(1);
            self.notices = self.notices.wrapping_add(1);
            let telling = Telling::new(&family, &event, at, dice);
            let truth = Truthful {
                notice: tell(&telling, &mut family, reference(self.notices, at), &mut self.maker, dice),
                level: event.level,
                found: event.level.band(),
                story: family.course.plan.story.word(),
                family: family.number,
                event: self.events,
                events_in_year: event.in_year,
                facts: event.facts.clone(),
            };
            let second = dice.chance(if event.level >= Level::Medium { 0.05 } else { 0.025 }).then(|| {
                self.notices = self.notices.wrapping_add(1);
                let later = telling.later(Span::minutes(dice.between(20, 600)));
                let notice =
                    tell(&later, &mut family, reference(self.notices, later.at), &mut self.maker, dice);
                (later.at, Truthful { notice, ..truth.clone() })
            });
            let amendment = dice.chance(0.03).then(|| {
                let at = at + Span::minutes(dice.between(60, 4000));
                (at, Truthful { notice: amended(&truth.notice, &event, &family, at, dice), ..truth.clone() })
            });
            (truth, [second, amendment])
        });
        if let Some(suspect) = family.household.other.clone().filter(|_| family.has_adult_suspect()) {
            if self.suspects.len() >= SUSPECTS {
                self.suspects.pop_front();
            }
            self.suspects.push_back(suspect);
        }
        if let Some(next) = next.filter(|next| *next <= self.as_of) {
            let next = moment_in(midnight(next), &mut self.dice).max(next);
            self.queue(next, What::Event(family));
        }
        let (made, more) = made?;
        for (at, truth) in more.into_iter().flatten() {
            self.queue(at, What::Notice(Box::new(truth)));
        }
        Some(made)
    }
}

fn reference(number: u32, at: Timestamp) -> String {
    format!("PPN-{}-{number:07}", at.london_date().format("%y"))
}
