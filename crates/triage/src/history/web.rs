//! Notices with the people they share: what history is read from.

use std::collections::HashMap;

use ppn_domain::Timestamp;

use super::Trace;

/// An address that households share, as linking digests it.
pub type Place = u128;

/// A notice among those that it is linked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// How evidence names it: its reference at its source.
    pub reference: String,
    /// Only named people may open it: evidence does not name it, and says whom to ask instead.
    pub ask: Option<String>,
    /// When it was received.
    pub received: Timestamp,
    /// What it says for the history of others.
    pub trace: Trace,
    /// Its people over certain and confirmed links, in the order of the notice.
    pub people: Vec<u32>,
    /// Others that its people may be, whichever of their notices says so: the place in the notice, and
    /// the person.
    pub possible: Vec<(u16, u32)>,
    /// The homes of its people that make a household.
    pub homes: Vec<Place>,
}

/// Notices by the people and homes that they share.
#[derive(Debug, Clone, Default)]
pub struct Web {
    notices: Vec<Linked>,
    /// Places of notices by person and by home, each list in order of receipt.
    by_person: HashMap<u32, Vec<u32>>,
    by_home: HashMap<Place, Vec<u32>>,
}

impl Web {
    /// Ties notices together. Their places in the list are how they are asked for.
    pub fn new(notices: Vec<Linked>) -> Self {
        let mut web = Self { notices, ..Self::default() };
        for (at, notice) in (0_u32..).zip(&web.notices) {
            for (person, traced) in notice.people.iter().zip(&notice.trace.people) {
                if traced.0.has(super::Mark::Concerned) {
                    web.by_person.entry(*person).or_default().push(at);
                }
            }
            for home in &notice.homes {
                web.by_home.entry(*home).or_default().push(at);
            }
        }
        let received = |at: &u32| web.notices.get(*at as usize).map(|notice| notice.received);
        for list in web.by_person.values_mut().chain(web.by_home.values_mut()) {
            list.sort_by_key(received);
            list.dedup();
            list.shrink_to_fit();
        }
        web
    }

    /// The notice at a place.
    pub fn notice(&self, at: usize) -> Option<&Linked> {
        self.notices.get(at)
    }

    pub(super) fn of_person(&self, person: u32) -> &[u32] {
        self.by_person.get(&person).map_or(&[], Vec::as_slice)
    }

    pub(super) fn at_home(&self, home: Place) -> &[u32] {
        self.by_home.get(&home).map_or(&[], Vec::as_slice)
    }
}
