//! Rows for the reports, from ranked items, the notices behind them, and what people found.

use std::collections::{BTreeMap, HashMap};

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Desk, Notice, Outcome, Rank, Span, Timestamp};
use ppn_triage::{Policy, RankedItem};

use crate::fairness::{Decided, Monitored};
use crate::groups::{Groups, placed};

/// What people found about a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// When a person first opened it.
    pub opened_at: Timestamp,
    /// The band that it deserved.
    pub band: Option<Band>,
    /// The grade that it deserved.
    pub grade: Option<Grade>,
    /// How it ended, in the force's words.
    pub outcome: Option<String>,
}

impl Found {
    /// Whether it was found high at a desk: red, or at the domestic abuse desk graded high. `None`
    /// where nothing was found that counts at that desk.
    pub fn is_high(&self, desk: Desk) -> Option<bool> {
        let red = self.band.map(|band| band == Band::Red);
        let high = self.grade.filter(|_| desk == Desk::DomesticAbuse).map(|grade| grade == Grade::High);
        match (red, high) {
            (Some(red), Some(high)) => Some(red || high),
            (red, high) => red.or(high),
        }
    }
}

/// How the item of a notice at one desk was worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worked {
    /// The desk.
    pub desk: Desk,
    /// From receipt until somebody picked it up, where somebody has.
    pub waited: Option<Span>,
    /// Whether that was by its due time.
    pub in_time: Option<bool>,
    /// How a person ended it.
    pub outcome: Option<Outcome>,
}

/// Whether an item was found high, by how a person ended it at a desk; `None` where that does not
/// tell. docs/decisions/0021-outcomes-as-labels.md says why for each.
pub const fn ended_high(outcome: Outcome, desk: Desk) -> Option<bool> {
    match outcome {
        Outcome::Section47 | Outcome::StrategyDiscussion => Some(true),
        Outcome::NotSafeguarding => Some(false),
        // Adults may refuse what is offered them, and a refusal is no sign of safety.
        Outcome::EarlyHelp | Outcome::NoFurtherAction if matches!(desk, Desk::Child) => Some(false),
        Outcome::EarlyHelp
        | Outcome::NoFurtherAction
        | Outcome::Shared
        | Outcome::Duplicate
        | Outcome::Transferred
        | Outcome::Graded
        | Outcome::WorkedBefore => None,
    }
}

/// One notice at one desk that is assessed for itself, with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Tells notices apart: the rows of one notice have the same number.
    pub notice: usize,
    /// What the notice is mainly about.
    pub kind: NoticeKind,
    /// The desk.
    pub desk: Desk,
    /// The rules that fired, by identifier.
    pub fired: Vec<String>,
    /// Where it stands under the policy that it was ranked with.
    pub rank: Rank,
    /// The highest floor that holds; blue where none does.
    pub floor: Band,
    /// Whether it was found high.
    pub high: bool,
    /// The groups of the people that it is about, for the report alone.
    pub people: Vec<Groups>,
}

/// Notices and what was found about them, by source and reference.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    notices: BTreeMap<(String, String), Seen>,
}

#[derive(Debug, Clone)]
struct Seen {
    received: Option<Timestamp>,
    version: Option<Timestamp>,
    people: Vec<(usize, Groups)>,
    found: Option<Found>,
    worked: Vec<Worked>,
    shared: Option<bool>,
    decided: HashMap<usize, Decided>,
}

impl Seen {
    fn worked(&self, desk: Desk) -> Option<&Worked> {
        self.worked.iter().find(|worked| worked.desk == desk)
    }

    /// Whether it was found high at a desk: as somebody said, else by how its item ended.
    fn is_high(&self, desk: Desk) -> Option<bool> {
        let said = self.found.as_ref().and_then(|found| found.is_high(desk));
        said.or_else(|| ended_high(self.worked(desk)?.outcome?, desk))
    }

    fn waited(&self, desk: Desk) -> Option<Span> {
        let found = || Some(self.found.as_ref()?.opened_at - self.received?);
        self.worked(desk).and_then(|worked| worked.waited).or_else(found)
    }

    fn in_time(&self, desk: Desk, due: Timestamp) -> Option<bool> {
        let found = || Some(self.found.as_ref()?.opened_at <= due);
        self.worked(desk).and_then(|worked| worked.in_time).or_else(found)
    }

    fn shared(&self, desk: Desk) -> Option<bool> {
        let ended = self.worked(desk).and_then(|worked| worked.outcome).map(Outcome::is_shared);
        let said = || self.found.as_ref()?.outcome.as_deref()?.parse::<Outcome>().ok();
        // Whichever desk told the partner, the notice was shared.
        self.shared.filter(|told| *told).or(ended).or_else(|| said().map(Outcome::is_shared))
    }
}

impl Gathered {
    /// Adds a notice; a later revision of one that is held takes its place and keeps its receipt.
    pub fn add(&mut self, notice: &Notice) {
        let version = notice.amended_at.or(notice.submitted_at);
        let key = (notice.source.clone(), notice.reference.clone());
        let seen = self.notices.entry(key).or_insert_with(|| Seen {
            received: notice.submitted_at,
            version,
            people: placed(notice),
            found: None,
            worked: Vec::new(),
            shared: None,
            decided: HashMap::new(),
        });
        seen.received = match (seen.received, notice.submitted_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if version > seen.version {
            seen.version = version;
            seen.people = placed(notice);
        }
    }

    /// Adds what was found about a notice; `false` where no such notice was added. Of several
    /// findings the one opened last stands.
    pub fn find(&mut self, source: &str, reference: &str, found: Found) -> bool {
        let Some(seen) = self.notices.get_mut(&(source.to_owned(), reference.to_owned())) else {
            return false;
        };
        if seen.found.as_ref().is_none_or(|before| before.opened_at <= found.opened_at) {
            seen.found = Some(found);
        }
        true
    }

    /// Adds how a notice was worked: its item at each desk, and whether an item at any desk ended with
    /// a partner told. `false` where no such notice was added.
    pub fn work(&mut self, source: &str, reference: &str, worked: Vec<Worked>, shared: bool) -> bool {
        let Some(seen) = self.notices.get_mut(&(source.to_owned(), reference.to_owned())) else {
            return false;
        };
        seen.worked = worked;
        seen.shared = Some(shared);
        true
    }

    /// Adds what people decided about one person of a notice, by their place in it from 0. `false`
    /// where no such notice was added.
    pub fn decide(&mut self, source: &str, reference: &str, person: usize, decided: Decided) -> bool {
        let Some(seen) = self.notices.get_mut(&(source.to_owned(), reference.to_owned())) else {
            return false;
        };
        seen.decided.insert(person, decided);
        true
    }

    /// Items at desks that are assessed for themselves, each with its notice and the number of that, in
    /// an order that rests on no order of reading: chance is dealt to rows by their place.
    fn of<'a>(&'a self, items: &'a [RankedItem]) -> Vec<(usize, &'a Seen, &'a RankedItem)> {
        let numbers: HashMap<(&str, &str), (usize, &Seen)> = self
            .notices
            .iter()
            .zip(0..)
            .map(|(((source, reference), seen), number)| {
                ((source.as_str(), reference.as_str()), (number, seen))
            })
            .collect();
        let known = items.iter().filter(|item| item.desk.is_assessed()).filter_map(|item| {
            let (number, seen) = *numbers.get(&(item.source.as_str(), item.reference.as_str()))?;
            Some((number, seen, item))
        });
        let mut all: Vec<_> = known.collect();
        all.sort_by_key(|(number, _, item)| (*number, item.desk));
        all
    }

    /// The rows to fit: every item at a desk that is assessed for itself, where something was found.
    pub fn rows(&self, policy: &Policy, items: &[RankedItem]) -> Vec<Row> {
        let rules: std::collections::HashSet<String> =
            ppn_triage::explain::entries(policy).into_iter().map(|entry| entry.id).collect();
        self.of(items)
            .into_iter()
            .filter_map(|(notice, seen, item)| {
                let high = seen.is_high(item.desk)?;
                let fired = item.reasons.iter().map(|reason| &reason.rule).filter(|id| rules.contains(*id));
                Some(Row {
                    notice,
                    kind: item.kind,
                    desk: item.desk,
                    fired: fired.cloned().collect(),
                    rank: Rank { band: item.band, score: item.score },
                    floor: item.reasons.iter().filter_map(|r| r.floor).max().unwrap_or(Band::Blue),
                    high,
                    people: seen.people.iter().map(|(_, groups)| *groups).collect(),
                })
            })
            .collect()
    }

    /// The rows of the fairness report: every item at a desk that is assessed for itself, once for
    /// each person whom its notice is about.
    pub fn monitored(&self, items: &[RankedItem]) -> Vec<Monitored> {
        let mut lengths: HashMap<Desk, usize> = HashMap::new();
        for item in items {
            *lengths.entry(item.desk).or_default() += 1;
        }
        let mut rows = Vec::new();
        for (notice, seen, item) in self.of(items) {
            for (person, groups) in &seen.people {
                rows.push(Monitored {
                    notice,
                    person: *person,
                    groups: *groups,
                    desk: item.desk,
                    band: item.band,
                    place: (item.position, lengths.get(&item.desk).copied().unwrap_or(1)),
                    waited: seen.waited(item.desk),
                    in_time: seen.in_time(item.desk, item.due),
                    found_high: seen.is_high(item.desk),
                    shared: seen.shared(item.desk),
                    decided: seen.decided.get(person).copied().unwrap_or_default(),
                });
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

    fn seen(band: Option<Band>, grade: Option<Grade>, outcome: Option<Outcome>, desk: Desk) -> Seen {
        let found = Found { opened_at: AT, band, grade, outcome: None };
        let worked = Worked { desk, waited: None, in_time: None, outcome };
        Seen {
            received: None,
            version: None,
            people: Vec::new(),
            found: (band.is_some() || grade.is_some()).then_some(found),
            worked: vec![worked],
            shared: None,
            decided: HashMap::new(),
        }
    }

    #[test]
    fn what_somebody_said_stands_before_how_the_item_ended() {
        let (red, green) = (Some(Band::Red), Some(Band::Green));
        let (s47, nothing) = (Some(Outcome::Section47), Some(Outcome::NoFurtherAction));
        assert_eq!(seen(green, None, s47, Desk::Child).is_high(Desk::Child), Some(false));
        assert_eq!(seen(red, None, nothing, Desk::Child).is_high(Desk::Child), Some(true));
        assert_eq!(seen(None, None, s47, Desk::Adult).is_high(Desk::Adult), Some(true));
        // A grade is of the domestic abuse desk; at another the item itself tells.
        assert_eq!(seen(None, Some(Grade::High), nothing, Desk::Child).is_high(Desk::Child), Some(false));
        // An item tells of its own desk.
        assert_eq!(seen(None, None, s47, Desk::Child).is_high(Desk::Adult), None);
    }

    #[test]
    fn what_was_refused_or_passed_on_says_nothing() {
        for desk in [Desk::Adult, Desk::DomesticAbuse] {
            assert_eq!(ended_high(Outcome::NoFurtherAction, desk), None);
            assert_eq!(ended_high(Outcome::EarlyHelp, desk), None);
        }
        assert_eq!(ended_high(Outcome::NoFurtherAction, Desk::Child), Some(false));
        for outcome in [Outcome::Shared, Outcome::Duplicate, Outcome::Transferred, Outcome::WorkedBefore] {
            assert!(Desk::ASSESSED.iter().all(|desk| ended_high(outcome, *desk).is_none()), "{outcome}");
        }
    }
}
