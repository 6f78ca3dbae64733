//! The timeline of a notice: its linked events one by one, for a person to read.

use ppn_domain::Timestamp;

use super::{Event, Tie, Told, Web, events_of, known, tied};

/// One event on the timeline of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Receipt of the first notice that told of it; of what the source knows, the day at the hour of
    /// the notice's own receipt.
    pub at: Timestamp,
    /// The places in the web of the notices that tell of it.
    pub notices: Vec<usize>,
    /// What the source knows of it besides: the place of a person in the notice, and of the event in
    /// that person's list.
    pub known: Vec<(u16, u16)>,
    /// How it touches the notice. A lone [`Tie::Possible`] is of people who may be others: nothing of
    /// it is to be shown before somebody confirms the link.
    pub ties: Vec<Tie>,
    /// It is the notice's own event, told by another notice.
    pub is_own: bool,
    /// Victim and suspect of the notice had each other's part in it.
    pub swapped: bool,
}

impl Happened {
    /// Whether somebody must confirm a link before anything of it may be shown.
    pub fn is_possible_only(&self) -> bool {
        self.ties.iter().all(|tie| *tie == Tie::Possible)
    }

    fn of(event: &Event<'_>, notices: Vec<usize>, is_own: bool) -> Self {
        let known = event.told_by.iter().filter_map(|told| match told {
            Told::Known { person, at } => Some((*person, *at)),
            _ => None,
        });
        Self {
            at: event.at,
            notices,
            known: known.collect(),
            ties: Tie::ALL.into_iter().filter(|tie| event.ties.has(*tie)).collect(),
            is_own,
            swapped: event.swapped,
        }
    }
}

impl Web {
    /// The events linked with the notice at a place, in order of time: the very events that its history
    /// counts, those before it and those after it. Empty for a place that is none.
    pub fn timeline(&self, at: usize) -> Vec<Happened> {
        let Some(own) = self.notice(at) else { return Vec::new() };
        let linked = self.linked(at, own, own.received);
        let mut told: Vec<Event<'_>> = Vec::new();
        let mut happened = Vec::new();
        let tied = |other| tied(own, other, self.share_home(own, own.received, other));
        for group in events_of(at, own, &linked, self) {
            let events = group.notices.iter().filter_map(|other| self.notice(*other));
            let event = events.map(tied).reduce(|mut event, other| {
                event.take(other);
                event
            });
            let Some(event) = event else { continue };
            // Nothing of a possible link is told with what is certain: it stands for itself.
            let (certain, possible): (Vec<usize>, Vec<usize>) = group
                .notices
                .iter()
                .partition(|other| self.notice(**other).is_some_and(|other| tied(other).ties.is_certain()));
            if certain.is_empty() {
                happened.push(Happened::of(&event, possible, group.is_own));
            } else {
                happened.push(Happened::of(&event, certain, group.is_own));
            }
            if !group.is_own {
                told.push(event);
            }
        }
        let known = known(own, own.received, &told);
        happened.extend(known.iter().map(|event| Happened::of(event, Vec::new(), false)));
        happened.sort_by(|a, b| (a.at, &a.notices, &a.known).cmp(&(b.at, &b.notices, &b.known)));
        happened
    }
}
