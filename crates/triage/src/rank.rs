//! Rank: ordered work lists from a set of notices, with nothing stored.

mod earlier;
mod packed;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::profile::Profile;
use ppn_domain::{Band, Desk, Ground, Notice, Question, Rank, Reason, Suggestion, Timestamp};
use serde::Serialize;

use crate::assess::{judge, places, read_and_trace};
use crate::hearing::CueDecisions;
use crate::history::Place;
use crate::history::{Linked, Trace, Web};
use crate::linking::{People, PersonIndex};
use crate::order::KeyA;
use crate::policy::Policy;
use crate::rank::earlier::Earlier;
use crate::rank::packed::Packed;

/// At most this many notices are offered together.
const MOST_IN_BUNDLE: usize = 20;

/// One line of a work list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RankedItem {
    /// The notice's reference at its source.
    pub reference: String,
    /// The source.
    pub source: String,
    /// What the notice is mainly about.
    pub kind: NoticeKind,
    /// The desk of this item.
    pub desk: Desk,
    /// Place in the desk's list, from 1.
    pub position: usize,
    /// The place it would have in date order, from 1.
    pub date_order_position: usize,
    /// The band.
    pub band: Band,
    /// Points: they order inside the band.
    pub score: i32,
    /// Open questions that could raise the band.
    pub provisional: Vec<Question>,
    /// Every rule that fired.
    pub reasons: Vec<Reason>,
    /// What a person might do.
    pub suggests: Vec<Suggestion>,
    /// The criteria that are met of what is suggested, each with its evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<Ground>,
    /// When it is due to be picked up.
    pub due: Timestamp,
    /// References of the other ranked notices of the same household at this desk.
    pub bundle: Vec<String>,
    /// Notices received before this one that a certain link joins to any of its people.
    pub earlier_notices: usize,
}

/// Makes the profiles of a notice's people: `ppn_ingestion::profiles`.
pub type Describe = fn(&Notice) -> Vec<Profile>;

/// Ranks notices, with others as history that are not ranked themselves.
pub fn rank(
    policy: &Policy,
    describe: Describe,
    notices: Vec<Notice>,
    history: &[Notice],
) -> Vec<RankedItem> {
    let mut ranking = Ranking::new(policy, describe);
    for notice in history {
        ranking.add_history(notice);
    }
    for notice in notices {
        ranking.add(&notice);
    }
    ranking.finish()
}

/// Builds a ranking notice by notice, keeping of each what the lists need and not the notice.
pub struct Ranking<'p> {
    policy: &'p Policy,
    describe: Describe,
    linked: People,
    kept: Vec<Kept>,
    by_identity: HashMap<(String, String), usize>,
    latest: Option<Timestamp>,
    next: usize,
    /// People added so far, those of replaced revisions too.
    mentions: usize,
}

/// One (source, reference): its current revision, and when it was first received.
struct Kept {
    source: String,
    reference: String,
    kind: NoticeKind,
    ranked: bool,
    restricted: bool,
    /// The submission time of the revision that came first; `None` takes the latest in the input.
    received: Option<Timestamp>,
    /// The moment of the current revision; `None` takes the latest in the input.
    version: Option<Timestamp>,
    /// Order of first arrival.
    sequence: usize,
    people: std::ops::Range<PersonIndex>,
    /// What it says for the history of others.
    trace: Option<Trace>,
    /// What it says of itself, where it is ranked.
    sheet: Option<Packed>,
    /// Kept where the moment of receipt is known only at the end.
    notice: Option<Box<Notice>>,
    /// Where each of its items stands, known at the end.
    places: Vec<(Desk, Rank)>,
}

impl Kept {
    const fn is_read(&self) -> bool {
        self.sheet.is_some() || self.notice.is_some()
    }

    fn read(&mut self, policy: &Policy, notice: &Notice, received: Timestamp) {
        if self.ranked {
            let (sheet, trace) = read_and_trace(policy, notice, received, &CueDecisions::NONE);
            self.trace = Some(trace);
            self.sheet = Some(Packed::new(&sheet));
        } else {
            self.trace = Some(Trace::of(policy, notice, received, &CueDecisions::NONE));
        }
    }

    fn received_at(&self) -> Timestamp {
        self.received.unwrap_or(Timestamp::from_micros(0))
    }

    /// Revisions in order: one that gives no time is as late as the latest in the input.
    fn identity_order(&self) -> (bool, Option<Timestamp>) {
        (self.version.is_none(), self.version)
    }
}

impl<'p> Ranking<'p> {
    /// Nothing added yet.
    pub fn new(policy: &'p Policy, describe: Describe) -> Self {
        Self {
            policy,
            describe,
            linked: People::default(),
            kept: Vec::new(),
            by_identity: HashMap::new(),
            latest: None,
            next: 0,
            mentions: 0,
        }
    }

    /// Adds a notice to be ranked; a revision where its (source, reference) came before.
    pub fn add(&mut self, notice: &Notice) {
        self.take(notice, true);
    }

    /// Adds a notice that counts as history and is not ranked. One that is also added to be ranked
    /// is ranked.
    pub fn add_history(&mut self, notice: &Notice) {
        self.take(notice, false);
    }

    fn take(&mut self, notice: &Notice, ranked: bool) {
        self.latest = self.latest.max(notice.submitted_at);
        let first = self.linked.add(&(self.describe)(notice));
        let count = u32::try_from(notice.persons.len()).unwrap_or(0);
        self.mentions += notice.persons.len();
        let identity = (notice.source.clone(), notice.reference.clone());
        let earlier = self.by_identity.get(&identity).copied();

        let mut kept = Kept {
            source: notice.source.clone(),
            reference: notice.reference.clone(),
            kind: notice.kind,
            ranked,
            restricted: notice.is_restricted(),
            received: notice.submitted_at,
            version: notice.amended_at.or(notice.submitted_at),
            sequence: self.next,
            people: first..first + count,
            trace: None,
            sheet: None,
            notice: None,
            places: Vec::new(),
        };
        self.next += 1;
        if let Some(earlier) = earlier.and_then(|i| self.kept.get_mut(i)) {
            // The first receipt stands for every revision; one without a time arrived last of all.
            let received = match (earlier.received, kept.received) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            earlier.received = received;
            earlier.ranked |= ranked;
            if kept.identity_order() < earlier.identity_order() && (earlier.is_read() || !ranked) {
                return;
            }
            kept.received = received;
            kept.sequence = earlier.sequence;
            kept.ranked = earlier.ranked;
        }
        match kept.received {
            Some(received) => kept.read(self.policy, notice, received),
            None => kept.notice = Some(Box::new(notice.clone())),
        }
        if let Some(i) = earlier {
            self.kept[i] = kept;
        } else {
            self.by_identity.insert(identity, self.kept.len());
            self.kept.push(kept);
        }
    }

    /// The lists: by desk, and inside a desk in key order A.
    pub fn finish(self) -> Vec<RankedItem> {
        self.into_items().collect()
    }

    /// The same line by line, each made when it is asked for: a long list need never be held whole.
    pub fn into_items(mut self) -> impl Iterator<Item = RankedItem> + use<'p> {
        // Without any time in the input there is no better moment than the first of all.
        let latest = self.latest.unwrap_or(Timestamp::from_micros(0));
        for kept in &mut self.kept {
            let received = *kept.received.get_or_insert(latest);
            if let Some(notice) = kept.notice.take() {
                kept.read(self.policy, &notice, received);
            }
        }
        let mut received = vec![None; self.mentions];
        for kept in &self.kept {
            for person in kept.people.clone() {
                received[person as usize] = kept.received;
            }
        }
        self.linked.settle(self.policy.linking(), |at| received.get(at as usize).copied().flatten());
        let earlier = self.earlier_notices();
        let web = self.web();
        // What is offered together is of those who live together as of the last notice of all.
        let homes: Vec<Vec<Place>> = (0..self.kept.len()).map(|i| web.homes_now(i)).collect();
        let Self { policy, mut kept, .. } = self;
        for (i, kept) in kept.iter_mut().enumerate() {
            if let Some(sheet) = kept.sheet.as_ref().and_then(Packed::unpack) {
                kept.places = places(policy, &sheet, &web.history(i));
            }
        }

        let mut desk = Desk::ALL.iter();
        let mut list: Option<List> = None;
        std::iter::from_fn(move || {
            loop {
                let lists = Lists { policy, kept: &kept, web: &web, earlier: &earlier, homes: &homes };
                if let Some(item) = list.as_mut().and_then(|list| list.next(&lists)) {
                    return Some(item);
                }
                list = Some(List::new(&kept, *desk.next()?, &homes));
            }
        })
    }

    /// The notices with the people and homes that they share.
    fn web(&mut self) -> Web {
        let mut notices = Vec::with_capacity(self.kept.len());
        for kept in &mut self.kept {
            let trace = kept.trace.take();
            let (reference, restricted, received) =
                (kept.reference.clone(), kept.restricted, kept.received_at());
            let people = kept.people.clone().map(|mention| self.linked.person(mention)).collect::<Vec<_>>();
            let possible = (0_u16..)
                .zip(&people)
                .flat_map(|(at, person)| self.linked.may_be(*person).map(move |other| (at, other)))
                .collect();
            notices.extend(trace.map(|trace| Linked {
                reference,
                // Nothing is stored here, so no list says who.
                ask: restricted.then(|| "a supervisor".to_owned()),
                received,
                trace,
                people,
                possible,
            }));
        }
        Web::new(notices, std::mem::take(&mut self.linked).into_homes())
    }

    /// For each kept notice, how many received before it have a person of it.
    fn earlier_notices(&mut self) -> Vec<usize> {
        let roots: Vec<BTreeSet<PersonIndex>> = (0..self.kept.len()).map(|i| self.roots(i)).collect();
        let mut order: Vec<usize> = (0..self.kept.len()).collect();
        order.sort_unstable_by_key(|&i| (self.kept[i].received, self.kept[i].sequence));
        let mut counts = vec![0; self.kept.len()];
        let mut earlier = Earlier::of(&roots);
        // Notices received at one moment are not before one another.
        for together in order.chunk_by(|a, b| self.kept[*a].received == self.kept[*b].received) {
            for &i in together {
                counts[i] = earlier.count(i);
            }
            for &i in together {
                earlier.add(i);
            }
        }
        counts
    }

    fn roots(&mut self, notice: usize) -> BTreeSet<PersonIndex> {
        self.kept[notice].people.clone().map(|mention| self.linked.person(mention)).collect()
    }
}

/// What every list is made from.
struct Lists<'l> {
    policy: &'l Policy,
    kept: &'l [Kept],
    web: &'l Web,
    earlier: &'l [usize],
    homes: &'l [Vec<Place>],
}

/// The list of one desk, in key order A.
struct List {
    desk: Desk,
    /// Notices in order.
    lines: Vec<usize>,
    date_order: HashMap<usize, usize>,
    /// Places in the list by household.
    at_home: BTreeMap<Place, Vec<usize>>,
    next: usize,
}

impl List {
    fn new(kept: &[Kept], desk: Desk, homes: &[Vec<Place>]) -> Self {
        let rank = |notice: usize| {
            let places = kept.get(notice).map_or(&[][..], |kept| kept.places.as_slice());
            places.iter().find(|(at, _)| *at == desk).map(|(_, rank)| *rank)
        };
        let mut ranked: Vec<(usize, Rank)> =
            (0..kept.len()).filter_map(|notice| Some((notice, rank(notice)?))).collect();
        ranked.sort_unstable_by_key(|(notice, _)| (kept[*notice].received, kept[*notice].sequence));
        let date_order = ranked.iter().enumerate().map(|(i, (notice, _))| (*notice, i + 1)).collect();
        ranked.sort_by_cached_key(|&(notice, rank)| {
            let kept = &kept[notice];
            let sequence = i64::try_from(kept.sequence).unwrap_or(i64::MAX);
            KeyA::new(rank, kept.received_at(), sequence)
        });
        let lines: Vec<usize> = ranked.into_iter().map(|(notice, _)| notice).collect();
        let mut at_home: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (place, notice) in lines.iter().enumerate().filter(|(_, notice)| !kept[**notice].restricted) {
            for home in &homes[*notice] {
                at_home.entry(*home).or_default().push(place);
            }
        }
        Self { desk, lines, date_order, at_home, next: 0 }
    }

    fn next(&mut self, from: &Lists<'_>) -> Option<RankedItem> {
        let place = self.next;
        let &notice = self.lines.get(place)?;
        self.next += 1;
        let of = &from.kept[notice];
        let sheet = of.sheet.as_ref().and_then(Packed::unpack)?;
        let items = judge(from.policy, &sheet, &from.web.history(notice));
        let item = items.into_iter().find(|item| item.desk == self.desk)?;
        let homes = if of.restricted { &[][..] } else { from.homes[notice].as_slice() };
        let mut others: Vec<usize> = homes
            .iter()
            .filter_map(|home| self.at_home.get(home))
            // One more than are shown, since this item is among them.
            .flat_map(|places| places.iter().copied().take(MOST_IN_BUNDLE + 1))
            .filter(|other| *other != place)
            .collect();
        others.sort_unstable();
        others.dedup();
        others.truncate(MOST_IN_BUNDLE);
        let assessment = item.assessment;
        Some(RankedItem {
            reference: of.reference.clone(),
            source: of.source.clone(),
            kind: of.kind,
            desk: self.desk,
            position: place + 1,
            date_order_position: self.date_order.get(&notice).copied().unwrap_or(place + 1),
            band: assessment.rank.band,
            score: assessment.rank.score,
            provisional: assessment.questions,
            reasons: assessment.reasons,
            suggests: assessment.suggests,
            grounds: assessment.grounds,
            due: of.received_at() + item.limits.picked_up,
            bundle: others.into_iter().map(|i| from.kept[self.lines[i]].reference.clone()).collect(),
            earlier_notices: from.earlier[notice],
        })
    }
}
