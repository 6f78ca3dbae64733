//! History: the events linked with a notice, as of its receipt.
//!
//! Events are counted, not notices: those that share a reference are one. Counts look back from the
//! notice's own receipt; accumulation looks at every window of its length that ends at an event and
//! holds this one, so that the earlier notices of a household move with the later. What is known of
//! a person (a marker, an order, what they are suspected of) acts on every notice of theirs within a
//! year, before or after. Nothing here reads a clock, and nothing depends on the order of arrival.

mod timeline;
mod trace;
mod web;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ppn_domain::{Span, Timestamp};

pub use timeline::Happened;
pub(crate) use trace::{Mark, Marks, day_number};
pub use trace::{Trace, Traced};
pub use web::{Linked, ONE_EVENT, Place, Web};

/// As far back as history reaches: a suspect's other victims are counted over two years.
pub const HISTORY_REACHES_BACK: Span = Span::days(730);
/// As far on as a later notice acts on an earlier one: the longest window of accumulation.
pub const HISTORY_REACHES_ON: Span = Span::days(365);
/// At most so many linked notices are read on either side of a notice, the nearest first.
pub const MOST_LINKED: usize = 200;

/// How a linked event touches a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// Some person, certainly the same.
    Anyone = 0,
    /// Victim and suspect of this notice were the parties, whichever way round.
    Pair = 1,
    /// Somebody at risk here was concerned there.
    AtRisk = 2,
    /// The suspect here was the suspect there.
    Suspect = 3,
    /// A child here was concerned there.
    Child = 4,
    /// The same home.
    Household = 5,
    /// Somebody here may be somebody there: nobody has confirmed it.
    Possible = 6,
}

impl Tie {
    /// Every tie.
    pub const ALL: [Self; 7] =
        [Self::Anyone, Self::Pair, Self::AtRisk, Self::Suspect, Self::Child, Self::Household, Self::Possible];
}

/// A set of [`Tie`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ties(u8);

impl Ties {
    pub(crate) const fn has(self, tie: Tie) -> bool {
        self.0 >> (tie as u8) & 1 == 1
    }
    fn set(&mut self, tie: Tie) {
        self.0 |= 1 << (tie as u8);
    }
    /// Tied by something that a person need not confirm first.
    pub(crate) const fn is_certain(self) -> bool {
        self.0 & !(1 << Tie::Possible as u8) != 0
    }
}

/// An event linked with a notice.
#[derive(Debug, Clone)]
pub(crate) struct Event<'w> {
    /// Receipt of the first notice that reported it.
    pub(crate) at: Timestamp,
    pub(crate) ties: Ties,
    pub(crate) marks: Marks,
    pub(crate) severity: u8,
    /// What reported it: references of notices, or the path of what the source knows.
    pub(crate) told_by: Vec<Told<'w>>,
    /// People at risk in it who are not so in this notice, where its suspect was the suspect.
    pub(crate) other_victims: BTreeSet<u32>,
    /// The parties of this notice had each other's part.
    pub(crate) swapped: bool,
}

/// Where an event or a mark is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told<'w> {
    /// In another notice, certainly of the same people.
    Notice(&'w str),
    /// In one that only named people may open: that it is so is said, whom to ask, and no more.
    Restricted(&'w str),
    /// In one that may be of the same people: nothing of it is said.
    Possible,
    /// In this notice, among what the source knows of a person.
    Known { person: u16, at: u16 },
}

/// What another notice says of a person of this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'w> {
    /// The person's place in this notice.
    pub(crate) person: usize,
    pub(crate) marks: Marks,
    pub(crate) told: Told<'w>,
}

/// The history of one notice.
#[derive(Debug, Clone)]
pub struct History<'w> {
    pub(crate) received: Timestamp,
    /// This notice's own trace; `None` without anything linked.
    pub(crate) own: Option<&'w Trace>,
    /// Other events, in order of time.
    pub(crate) events: Vec<Event<'w>>,
    /// Other notices of this very event.
    pub(crate) same_event: Vec<Told<'w>>,
    pub(crate) standing: Vec<Standing<'w>>,
    /// Other notices in which an order keeps the suspect here from somebody at risk here, in force on
    /// the day of receipt.
    pub(crate) barred: Vec<Told<'w>>,
    /// Other people at its homes, in the notices of a year before; at most [`MOST_LINKED`] of each home.
    pub(crate) people_at_home: usize,
}

impl History<'_> {
    /// Nothing linked and nothing known.
    pub const fn none(received: Timestamp) -> Self {
        Self {
            received,
            own: None,
            events: Vec::new(),
            same_event: Vec::new(),
            standing: Vec::new(),
            barred: Vec::new(),
            people_at_home: 0,
        }
    }

    /// Whether nothing in it could change an assessment.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.standing.is_empty()
            && self.same_event.is_empty()
            && self.barred.is_empty()
    }

    /// Events at or before receipt, at most `within` before it.
    pub(crate) fn before(&self, within: Span) -> impl Iterator<Item = &Event<'_>> {
        self.events
            .iter()
            .filter(move |event| event.at <= self.received && self.received - event.at <= within)
    }

    /// The most events, this one counted, in any window of a length that ends at one of the chosen
    /// events (or at this one) and holds this one; and those events.
    pub(crate) fn most_in_any(
        &self,
        length: Span,
        chosen: impl Fn(&Event<'_>) -> bool,
    ) -> (u32, Vec<&Event<'_>>) {
        let events: Vec<&Event<'_>> = self.events.iter().filter(|event| chosen(event)).collect();
        let ends = events.iter().map(|event| event.at).filter(|at| *at >= self.received);
        let mut best: Vec<&Event<'_>> = Vec::new();
        for end in ends.chain([self.received]) {
            if end - self.received > length {
                continue;
            }
            let first = events.partition_point(|event| end - event.at > length);
            let last = events.partition_point(|event| event.at <= end);
            if last.saturating_sub(first) > best.len() {
                best = events[first..last].to_vec();
            }
        }
        (u32::try_from(best.len()).unwrap_or(u32::MAX).saturating_add(1), best)
    }
}

impl Web {
    /// The history of the notice at a place, as of its receipt; empty for a place that is none.
    pub fn history(&self, at: usize) -> History<'_> {
        self.history_as_of(at, self.notice(at).map_or(Timestamp::from_micros(0), |own| own.received))
    }

    /// What was known on arrival: nothing that came later is in it.
    pub fn history_on_arrival(&self, at: usize) -> History<'_> {
        let Some(own) = self.notice(at) else { return History::none(Timestamp::from_micros(0)) };
        let mut linked = self.linked(at, own, own.received);
        linked.retain(|other| self.notice(*other).is_some_and(|other| other.received <= own.received));
        self.read(at, own, own.received, &linked)
    }

    /// The same as of another moment: that of an item which a later revision of the notice opened.
    pub fn history_as_of(&self, at: usize, received: Timestamp) -> History<'_> {
        let Some(own) = self.notice(at) else { return History::none(received) };
        let linked = self.linked(at, own, received);
        self.read(at, own, received, &linked)
    }

    fn read<'w>(&'w self, at: usize, own: &'w Linked, received: Timestamp, linked: &[usize]) -> History<'w> {
        let mut history = History { own: Some(&own.trace), ..History::none(received) };
        let mut found: Vec<Event<'_>> = Vec::new();
        for group in events_of(at, own, linked, self) {
            let mut event: Option<Event<'_>> = None;
            for &other in &group.notices {
                let Some(other) = self.notice(other) else { continue };
                let read = tied(own, other, self.share_home(own, received, other));
                match &mut event {
                    None => event = Some(read),
                    Some(event) => event.take(read),
                }
            }
            let Some(event) = event else { continue };
            if group.is_own {
                history.same_event.extend(event.told_by);
            } else {
                found.push(event);
            }
        }
        found.extend(known(own, received, &found));
        // What tells of events orders those of one moment: it is the same in every order of arrival.
        found.sort_by(|a, b| (a.at, &a.told_by).cmp(&(b.at, &b.told_by)));
        history.events = found;
        for &other in linked {
            if let Some(other) = self.notice(other) {
                standing(own, other, &mut history);
            }
        }
        history.standing.sort_by_key(|s| (s.person, s.told));
        history.barred.sort_unstable();
        history.people_at_home = self.people_at_home(own, received);
        history
    }

    fn linked(&self, at: usize, own: &Linked, as_of: Timestamp) -> Vec<usize> {
        let mut linked: BTreeSet<usize> = BTreeSet::new();
        let mut take = |list: &[u32], at_home: bool| {
            let received = |other: &u32| self.notice(*other as usize).map_or(as_of, |n| n.received);
            let here = list.partition_point(|other| received(other) <= as_of);
            let first = list.partition_point(|other| as_of - received(other) > HISTORY_REACHES_BACK);
            let last = list.partition_point(|other| received(other) - as_of <= HISTORY_REACHES_ON);
            let nearest = first.max(here.saturating_sub(MOST_LINKED))..last.min(here + MOST_LINKED);
            let nearest = list.get(nearest).unwrap_or_default().iter().map(|other| *other as usize);
            let shares = |other: &usize| self.notice(*other).is_some_and(|n| self.share_home(own, as_of, n));
            linked.extend(nearest.filter(|other| !at_home || shares(other)));
        };
        for (person, traced) in own.people.iter().zip(&own.trace.people) {
            if traced.0.has(Mark::Concerned) {
                take(self.of_person(*person), false);
            }
        }
        for (_, person) in &own.possible {
            take(self.of_person(*person), false);
        }
        for home in self.homes_ever(own) {
            take(self.at_home(home), true);
        }
        linked.remove(&at);
        let mut linked: Vec<usize> = linked.into_iter().collect();
        // By time and name, never by place: the order in which notices came shows nowhere.
        linked.sort_by_key(|other| self.notice(*other).map(|n| (n.received, &n.reference)));
        linked
    }

    fn people_at_home(&self, own: &Linked, as_of: Timestamp) -> usize {
        let mut people: BTreeSet<u32> = BTreeSet::new();
        for home in self.homes_at(own, as_of) {
            let notices = self.at_home(home);
            let received = |other: &u32| self.notice(*other as usize).map_or(as_of, |n| n.received);
            let here = notices.partition_point(|other| received(other) <= as_of);
            for other in notices[..here].iter().rev().take(MOST_LINKED) {
                let Some(other) = self.notice(*other as usize) else { continue };
                if as_of - other.received > Span::days(365) {
                    break;
                }
                if self.is_at(other, home, as_of) {
                    people.extend(other.concerned());
                }
            }
        }
        for person in &own.people {
            people.remove(person);
        }
        people.len()
    }
}

/// Notices of one event.
struct Group {
    notices: Vec<usize>,
    is_own: bool,
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// What people said of these notices, by their places among them, of which 0 is this notice.
fn said_of(at: usize, linked: &[usize], web: &Web) -> BTreeMap<(usize, usize), bool> {
    let mut said = BTreeMap::new();
    if !web.has_said() {
        return said;
    }
    let places: HashMap<usize, usize> = std::iter::once(at).chain(linked.iter().copied()).zip(0..).collect();
    for (notice, place) in &places {
        for (other, one) in web.said_of(*notice) {
            if let Some(other) = places.get(other) {
                said.insert((*place.min(other), *place.max(other)), *one);
            }
        }
    }
    said
}

/// Parts linked notices into events: those that share a reference, over any number of steps, are one; a
/// person's word stands above.
fn events_of(at: usize, own: &Linked, linked: &[usize], web: &Web) -> Vec<Group> {
    // Index 0 is this notice.
    let mut parent: Vec<usize> = (0..=linked.len()).collect();
    let said = said_of(at, linked, web);
    for (a, b) in said.iter().filter(|(_, one)| **one).map(|(pair, _)| *pair) {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b)] = a.min(b);
    }
    let parted: Vec<(usize, usize)> = said.iter().filter(|(_, one)| !**one).map(|(pair, _)| *pair).collect();
    let mut by_reference: HashMap<u64, Vec<usize>> =
        own.trace.references.iter().map(|r| (*r, vec![0])).collect();
    for (i, other) in linked.iter().enumerate() {
        for reference in web.notice(*other).map_or(&[][..], |n| n.trace.references.as_slice()) {
            let with = by_reference.entry(*reference).or_default();
            for first in with.iter().copied() {
                let (a, b) = (root(&mut parent, first), root(&mut parent, i + 1));
                let apart = parted.iter().any(|(x, y)| {
                    let (x, y) = (root(&mut parent, *x), root(&mut parent, *y));
                    (x, y) == (a, b) || (y, x) == (a, b)
                });
                if !apart {
                    parent[a.max(b)] = a.min(b);
                    break;
                }
            }
            // One is enough to find the event by, unless some of them are kept apart.
            if with.is_empty() || !parted.is_empty() {
                with.push(i + 1);
            }
        }
    }
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (i, other) in linked.iter().enumerate() {
        let at = root(&mut parent, i + 1);
        groups
            .entry(at)
            .or_insert_with(|| Group { notices: Vec::new(), is_own: at == 0 })
            .notices
            .push(*other);
    }
    groups.into_values().collect()
}

impl<'w> Event<'w> {
    /// Another notice of the same event.
    fn take(&mut self, other: Event<'w>) {
        self.at = self.at.min(other.at);
        self.ties.0 |= other.ties.0;
        self.marks = self.marks.and(other.marks);
        self.severity = self.severity.max(other.severity);
        self.told_by.extend(other.told_by);
        self.other_victims.extend(other.other_victims);
        self.swapped |= other.swapped;
    }
}

/// What another notice is to this one.
fn tied<'w>(own: &Linked, other: &'w Linked, share_home: bool) -> Event<'w> {
    let mut ties = Ties::default();
    let mut swapped = false;
    let mut same: Vec<(usize, usize)> = Vec::new();
    for (i, person) in own.people.iter().enumerate() {
        for (j, theirs) in other.people.iter().enumerate() {
            if person == theirs && is(own, i, Mark::Concerned) && is(other, j, Mark::Concerned) {
                same.push((i, j));
            }
        }
    }
    for &(i, j) in &same {
        ties.set(Tie::Anyone);
        if is(own, i, Mark::AtRisk) {
            ties.set(Tie::AtRisk);
        }
        if is(own, i, Mark::Suspect) && is(other, j, Mark::Suspect) {
            ties.set(Tie::Suspect);
        }
        if is(own, i, Mark::Child) {
            ties.set(Tie::Child);
        }
        if !is(own, i, Mark::AtRisk) {
            continue;
        }
        for &(_, t) in same.iter().filter(|(s, t)| *s != i && *t != j && is(own, *s, Mark::Suspect)) {
            let as_here = is(other, j, Mark::AtRisk) && is(other, t, Mark::Suspect);
            let other_way = is(other, j, Mark::Suspect) && is(other, t, Mark::AtRisk);
            if as_here || other_way {
                ties.set(Tie::Pair);
                // Both named at once is no answer to who is at risk from whom.
                swapped |= other_way;
            }
        }
    }
    if share_home {
        ties.set(Tie::Household);
    }
    if own.possible.iter().any(|(_, person)| other.people.contains(person)) {
        ties.set(Tie::Possible);
    }
    let other_victims = if ties.has(Tie::Suspect) {
        (0..other.people.len())
            // A counter-allegation takes nobody off: whoever is the suspect of both is left out below.
            .filter(|j| is(other, *j, Mark::AtRisk))
            .map(|j| other.people[j])
            .filter(|person| !own.people.contains(person))
            .collect()
    } else {
        BTreeSet::new()
    };
    let told = if ties.is_certain() { named(other) } else { Told::Possible };
    let child_there =
        (0..other.people.len()).any(|j| is(other, j, Mark::Child) && is(other, j, Mark::Concerned));
    let marks = if child_there { other.trace.marks.and(Marks::only(Mark::Child)) } else { other.trace.marks };
    Event {
        at: other.received,
        ties,
        marks,
        severity: other.trace.severity,
        told_by: vec![told],
        other_victims,
        swapped,
    }
}

fn named(notice: &Linked) -> Told<'_> {
    notice.ask.as_deref().map_or(Told::Notice(&notice.reference), Told::Restricted)
}

fn is(notice: &Linked, person: usize, mark: Mark) -> bool {
    notice.trace.people.get(person).is_some_and(|traced| traced.0.has(mark))
}

/// What the source knows besides: an event that no linked notice tells already.
fn known<'w>(own: &'w Linked, received: Timestamp, told: &[Event<'_>]) -> Vec<Event<'w>> {
    let own_day = day_number(received.london_date());
    let day_of = |event: &Event<'_>| day_number(event.at.london_date());
    let mut days: Vec<(i32, bool)> = Vec::new();
    let mut events: Vec<Event<'w>> = Vec::new();
    for known in &own.trace.known {
        let is_own = known.reference.is_some_and(|r| own.trace.references.contains(&r))
            || (own_day - known.day).abs() <= 1 && known.reference.is_none();
        let after = known.day > own_day;
        let kind = if known.missing { Mark::Missing } else { Mark::Domestic };
        // A notice is received on the day of its event or the day after.
        let is_told =
            told.iter().any(|event| event.marks.has(kind) && (0..=1).contains(&(day_of(event) - known.day)));
        if is_own || after || is_told {
            continue;
        }
        let Some(person) = own.trace.people.get(usize::from(known.person)) else { continue };
        let mut ties = Ties::default();
        ties.set(Tie::Anyone);
        for (mark, tie) in
            [(Mark::AtRisk, Tie::AtRisk), (Mark::Suspect, Tie::Suspect), (Mark::Child, Tie::Child)]
        {
            if person.0.has(mark) {
                ties.set(tie);
            }
        }
        let from = Told::Known { person: known.person, at: known.at };
        // The same day and kind, known of two people, is one event.
        if let Some(same) = days.iter().position(|day| *day == (known.day, known.missing)) {
            events[same].ties.0 |= ties.0;
            events[same].told_by.push(from);
            continue;
        }
        days.push((known.day, known.missing));
        events.push(Event {
            at: received - Span::days(i64::from(own_day - known.day)),
            ties,
            marks: Marks::only(kind),
            severity: 0,
            told_by: vec![from],
            other_victims: BTreeSet::new(),
            swapped: false,
        });
    }
    events
}

/// What another notice knows of the people of this one, within a year of it.
fn standing<'w>(own: &Linked, other: &'w Linked, history: &mut History<'w>) {
    let apart = (history.received - other.received).as_micros().abs();
    if apart > HISTORY_REACHES_ON.as_micros() {
        return;
    }
    for (i, person) in own.people.iter().enumerate().filter(|(i, _)| is(own, *i, Mark::Concerned)) {
        for (j, theirs) in other.people.iter().enumerate() {
            let certain = person == theirs;
            let may_be = own.possible.iter().any(|(at, p)| usize::from(*at) == i && p == theirs);
            if certain || may_be {
                history.standing.push(Standing {
                    person: i,
                    marks: other.trace.people[j].0,
                    told: if certain { named(other) } else { Told::Possible },
                });
            }
        }
    }
    let today = day_number(history.received.london_date());
    let at = |p: u16| other.people.get(usize::from(p));
    let here = |person: &u32, mark: Mark| {
        own.people.iter().enumerate().any(|(i, own_person)| own_person == person && is(own, i, mark))
    };
    let bars = other.trace.barred.iter().any(|order| {
        order.since.is_none_or(|since| since <= today)
            && order.until.is_none_or(|until| today <= until)
            && at(order.bound).is_some_and(|bound| here(bound, Mark::Suspect))
            && at(order.protected).is_some_and(|protected| here(protected, Mark::AtRisk))
    });
    if bars {
        history.barred.push(named(other));
    }
}
