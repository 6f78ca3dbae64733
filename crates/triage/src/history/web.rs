//! Notices with the people they share: what history is read from.

use std::collections::{BTreeSet, HashMap};

use ppn_domain::profile::Digest;
use ppn_domain::{Span, Timestamp};

use super::{Mark, Trace};
use crate::linking::Homes;

/// The same people so close together may be one event.
pub const ONE_EVENT: Span = Span::hours(6);

/// An address that households share.
pub type Place = Digest;

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
}

impl Linked {
    /// Its people in their own right: a professional ties nothing together.
    pub(super) fn concerned(&self) -> impl Iterator<Item = u32> + '_ {
        let with_marks = self.people.iter().zip(&self.trace.people);
        with_marks.filter(|(_, traced)| traced.0.has(Mark::Concerned)).map(|(person, _)| *person)
    }
}

/// Notices by the people and homes that they share.
#[derive(Debug, Clone, Default)]
pub struct Web {
    notices: Vec<Linked>,
    /// Places of notices by person and by home, each list in order of receipt.
    by_person: HashMap<u32, Vec<u32>>,
    by_home: HashMap<Place, Vec<u32>>,
    homes: Homes,
    /// What people said of two notices: of each the other, and whether they tell one event.
    said: HashMap<usize, Vec<(usize, bool)>>,
}

impl Web {
    /// Ties notices together by their people and where those live. Their places in the list are how they
    /// are asked for.
    pub fn new(notices: Vec<Linked>, homes: Homes) -> Self {
        let mut web = Self { notices, homes, ..Self::default() };
        for (at, notice) in (0_u32..).zip(&web.notices) {
            for person in notice.concerned() {
                web.by_person.entry(person).or_default().push(at);
                for home in web.homes.ever(person) {
                    web.by_home.entry(home).or_default().push(at);
                }
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

    /// With what people said of notices, by their places: whether two tell one event.
    #[must_use]
    pub fn with_said(mut self, said: impl IntoIterator<Item = (usize, usize, bool)>) -> Self {
        for (a, b, one) in said {
            self.said.entry(a).or_default().push((b, one));
            self.said.entry(b).or_default().push((a, one));
        }
        self
    }

    pub(super) fn has_said(&self) -> bool {
        !self.said.is_empty()
    }

    pub(super) fn said_of(&self, at: usize) -> &[(usize, bool)] {
        self.said.get(&at).map_or(&[], Vec::as_slice)
    }

    /// Notices that a person is certainly in as well, and that may tell the event of this one: received at
    /// most [`ONE_EVENT`] apart, everybody of the one that names fewer in the other, no reference shared.
    /// They are counted as separate until somebody joins them.
    pub fn may_be_one_event(&self, at: usize) -> Vec<usize> {
        let Some(own) = self.notice(at) else { return Vec::new() };
        let mut found: Vec<usize> = Vec::new();
        for other_at in own.concerned().flat_map(|person| self.of_person(person)) {
            let other_at = *other_at as usize;
            let Some(other) = self.notice(other_at) else { continue };
            let apart = (own.received - other.received).as_micros().abs();
            let shares = own.trace.references.iter().any(|r| other.trace.references.contains(r));
            let (here, there): (BTreeSet<u32>, BTreeSet<u32>) =
                (own.concerned().collect(), other.concerned().collect());
            let same = here.is_subset(&there) || there.is_subset(&here);
            if other_at != at
                && apart <= ONE_EVENT.as_micros()
                && same
                && !shares
                && !found.contains(&other_at)
            {
                found.push(other_at);
            }
        }
        found.sort_by_key(|at| self.notice(*at).map(|n| (n.received, &n.reference)));
        found
    }

    /// Whether somebody is certainly in both of two notices, in their own right.
    pub fn share_somebody(&self, a: usize, b: usize) -> bool {
        let (Some(a), Some(b)) = (self.notice(a), self.notice(b)) else { return false };
        a.concerned().any(|person| b.concerned().any(|other| other == person))
    }

    /// The notice at a place.
    pub fn notice(&self, at: usize) -> Option<&Linked> {
        self.notices.get(at)
    }

    pub(super) fn of_person(&self, person: u32) -> &[u32] {
        self.by_person.get(&person).map_or(&[], Vec::as_slice)
    }

    /// Notices of everybody who lives or lived somewhere.
    pub(super) fn at_home(&self, home: Place) -> &[u32] {
        self.by_home.get(&home).map_or(&[], Vec::as_slice)
    }

    /// Where the people of a notice live or lived.
    pub(super) fn homes_ever(&self, notice: &Linked) -> Vec<Place> {
        sorted(notice.concerned().flat_map(|person| self.homes.ever(person)).collect())
    }

    /// Where the people of a notice live as of a moment.
    pub(super) fn homes_at(&self, notice: &Linked, moment: Timestamp) -> Vec<Place> {
        let all = notice.concerned().flat_map(|person| self.homes.at(person, moment)).copied();
        sorted(all.collect())
    }

    /// Where the people of the notice at a place live as of the last of all that is told.
    pub fn homes_now(&self, at: usize) -> Vec<Place> {
        let Some(notice) = self.notice(at) else { return Vec::new() };
        sorted(notice.concerned().flat_map(|person| self.homes.last(person)).copied().collect())
    }

    /// Whether somebody of a notice lives somewhere as of a moment.
    pub(super) fn is_at(&self, notice: &Linked, home: Place, moment: Timestamp) -> bool {
        notice.concerned().any(|person| self.homes.at(person, moment).contains(&home))
    }

    /// Whether somebody of two notices lives in one home as of the later of them.
    pub(super) fn share_home(&self, own: &Linked, as_of: Timestamp, other: &Linked) -> bool {
        let later = as_of.max(other.received);
        let mut homes = own.concerned().flat_map(|person| self.homes.at(person, later));
        homes.any(|home| self.is_at(other, *home, later))
    }
}

fn sorted(mut homes: Vec<Place>) -> Vec<Place> {
    homes.sort_unstable();
    homes.dedup();
    homes
}
