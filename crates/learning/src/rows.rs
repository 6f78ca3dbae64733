//! Rows for the reports, from ranked items, the notices behind them, and what people found.

use std::collections::HashMap;

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Desk, Notice, Outcome, Rank, Timestamp};
use ppn_triage::{Policy, RankedItem};

use crate::fairness::{Decided, Monitored};
use crate::groups::{Groups, people};

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
    notices: HashMap<(String, String), Seen>,
}

#[derive(Debug, Clone)]
struct Seen {
    number: usize,
    received: Option<Timestamp>,
    version: Option<Timestamp>,
    people: Vec<Groups>,
    found: Option<Found>,
}

impl Gathered {
    /// Adds a notice; a later revision of one that is held takes its place and keeps its receipt.
    pub fn add(&mut self, notice: &Notice) {
        let number = self.notices.len();
        let version = notice.amended_at.or(notice.submitted_at);
        let key = (notice.source.clone(), notice.reference.clone());
        let seen = self.notices.entry(key).or_insert_with(|| Seen {
            number,
            received: notice.submitted_at,
            version,
            people: people(notice),
            found: None,
        });
        seen.received = match (seen.received, notice.submitted_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if version > seen.version {
            seen.version = version;
            seen.people = people(notice);
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

    fn seen(&self, item: &RankedItem) -> Option<&Seen> {
        self.notices.get(&(item.source.clone(), item.reference.clone()))
    }

    /// The rows to fit: every item at a desk that is assessed for itself, where something was found.
    pub fn rows(&self, policy: &Policy, items: &[RankedItem]) -> Vec<Row> {
        let rules: std::collections::HashSet<String> =
            ppn_triage::explain::entries(policy).into_iter().map(|entry| entry.id).collect();
        items
            .iter()
            .filter(|item| item.desk.is_assessed())
            .filter_map(|item| {
                let seen = self.seen(item)?;
                let high = seen.found.as_ref()?.is_high(item.desk)?;
                let fired = item.reasons.iter().map(|reason| &reason.rule).filter(|id| rules.contains(*id));
                Some(Row {
                    notice: seen.number,
                    kind: item.kind,
                    desk: item.desk,
                    fired: fired.cloned().collect(),
                    rank: Rank { band: item.band, score: item.score },
                    floor: item.reasons.iter().filter_map(|r| r.floor).max().unwrap_or(Band::Blue),
                    high,
                    people: seen.people.clone(),
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
        for item in items.iter().filter(|item| item.desk.is_assessed()) {
            let Some(seen) = self.seen(item) else { continue };
            let found = seen.found.as_ref();
            let waited = found.zip(seen.received).map(|(found, received)| found.opened_at - received);
            let outcome = found.and_then(|f| f.outcome.as_deref()).and_then(|o| o.parse::<Outcome>().ok());
            for (person, groups) in seen.people.iter().enumerate() {
                rows.push(Monitored {
                    notice: seen.number,
                    person,
                    groups: *groups,
                    desk: item.desk,
                    band: item.band,
                    place: (item.position, lengths.get(&item.desk).copied().unwrap_or(1)),
                    waited,
                    in_time: found.map(|found| found.opened_at <= item.due),
                    found_high: found.and_then(|found| found.is_high(item.desk)),
                    shared: outcome.map(Outcome::is_shared),
                    decided: Decided::default(),
                });
            }
        }
        rows
    }
}
