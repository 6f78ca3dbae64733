//! Neighbours: the notices linked with some, loaded whole enough to read their history.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ppn_domain::{MentionId, NoticeId, PersonId, Timestamp, WorkItem};
use ppn_store::{Digest, Link, LinkState, Mention, StoreError, UnitOfWork};
use ppn_triage::linking::Homes;
use ppn_triage::{Linked, Trace, Web};

use crate::ServiceError;
use crate::linking::refused_already;
use crate::restricting::Lists;

/// Whom to ask where a list names nobody.
const A_SUPERVISOR: &str = "a supervisor";
/// Mentions of one person that are looked at, the latest first.
pub const MOST_OF_ONE_PERSON: u32 = 500;
/// Most people of one household: an address with more is a place, not a home.
const MOST_IN_HOUSEHOLD: usize = 30;
/// Mentions at one place that are looked at. More make it a place, not a home.
const MOST_AT_ONE_PLACE: u32 = 1_000;

/// Notices with what ties them.
pub(crate) struct Neighbours {
    pub web: Web,
    places: HashMap<NoticeId, usize>,
    /// Whom to ask for a restricted one.
    ask: HashMap<NoticeId, String>,
    /// The notices that share somebody or a home with those asked for, these included.
    pub near: BTreeSet<NoticeId>,
    /// The unfinished items of the notices that share somebody or a home with those asked for, these
    /// included, by notice. In a unit of work that writes they are its own until it ends.
    pub items: Vec<WorkItem>,
}

impl Neighbours {
    /// The place of a notice in the web.
    pub(crate) fn at(&self, notice: NoticeId) -> usize {
        // A place that is none has no history.
        self.places.get(&notice).copied().unwrap_or(usize::MAX)
    }

    /// The notice at a place of the web.
    pub(crate) fn notice(&self, at: usize) -> Option<NoticeId> {
        self.places.iter().find(|(_, place)| **place == at).map(|(notice, _)| *notice)
    }
}

impl Neighbours {
    /// Whom to ask for a notice that somebody may not open.
    pub(crate) fn ask(&self, id: NoticeId) -> &str {
        self.ask.get(&id).map_or(A_SUPERVISOR, String::as_str)
    }
}

/// People with those whom they touch, as far as they were asked for.
#[derive(Default)]
struct Known {
    asked: BTreeSet<PersonId>,
    may_be: BTreeMap<PersonId, BTreeSet<PersonId>>,
    /// Places looked at, with whether they make a home.
    places: BTreeMap<Digest, bool>,
    /// Where people were said to live, and when.
    lived: BTreeSet<(PersonId, Timestamp, Digest)>,
    /// Those whom the people asked for may be, and those who share a home with them.
    further: BTreeSet<PersonId>,
}

impl Known {
    /// Asks for people; answers with the notices of everybody they touch.
    async fn ask(
        &mut self,
        uow: &mut dyn UnitOfWork,
        people: &BTreeSet<PersonId>,
    ) -> Result<BTreeSet<NoticeId>, StoreError> {
        let new: Vec<PersonId> = people.difference(&self.asked).copied().collect();
        self.asked.extend(new.iter().copied());
        let mentions = uow.mentions_of_people(&new, MOST_OF_ONE_PERSON).await?;
        let mut notices: BTreeSet<NoticeId> = mentions.iter().map(|m| m.notice_id).collect();

        let mut further: BTreeSet<PersonId> = BTreeSet::new();
        let of: HashMap<MentionId, PersonId> = mentions.iter().map(|m| (m.id, m.person_id)).collect();
        let ids: Vec<MentionId> = mentions.iter().map(|m| m.id).collect();
        let links = uow.links_of(&ids).await?;
        let open = |link: &&Link| link.state != LinkState::Confirmed;
        let others: BTreeSet<MentionId> = links.iter().filter(open).flat_map(|l| [l.a, l.b]).collect();
        let others: Vec<MentionId> = others.into_iter().filter(|id| !of.contains_key(id)).collect();
        let mut of = of;
        of.extend(uow.mentions(&others).await?.into_iter().map(|m| (m.id, m.person_id)));
        let refused = refused_already(&links, |mention| of.get(&mention).copied());
        let possible =
            links.iter().filter(|l| l.state == LinkState::Possible && !refused.contains_key(&l.id));
        for link in possible {
            if let (Some(&a), Some(&b)) = (of.get(&link.a), of.get(&link.b))
                && a != b
            {
                self.may_be.entry(a).or_default().insert(b);
                self.may_be.entry(b).or_default().insert(a);
                further.extend([a, b]);
            }
        }

        let places: BTreeSet<Digest> =
            mentions.iter().filter(|m| m.makes_home).filter_map(|m| m.place).collect();
        let new_places: Vec<Digest> =
            places.into_iter().filter(|place| !self.places.contains_key(place)).collect();
        self.places.extend(new_places.iter().map(|place| (*place, false)));
        let mut at: BTreeMap<Digest, Vec<Mention>> = BTreeMap::new();
        for mention in uow.mentions_at(&new_places, MOST_AT_ONE_PLACE).await? {
            at.extend(mention.place.map(|place| (place, Vec::new())).filter(|(p, _)| !at.contains_key(p)));
            if let Some(there) = mention.place.and_then(|place| at.get_mut(&place)) {
                there.push(mention);
            }
        }
        for (place, there) in at {
            let residents: BTreeSet<PersonId> = there.iter().map(|m| m.person_id).collect();
            let is_home = there.iter().all(|m| m.makes_home)
                && residents.len() <= MOST_IN_HOUSEHOLD
                && there.len() < MOST_AT_ONE_PLACE as usize;
            if is_home {
                self.places.insert(place, true);
                further.extend(residents);
            }
        }
        self.further.extend(further.iter().copied());
        let further: Vec<PersonId> = further.difference(&self.asked).copied().collect();
        let theirs = uow.mentions_of_people(&further, MOST_OF_ONE_PERSON).await?;
        notices.extend(theirs.iter().map(|m| m.notice_id));
        // Whoever lives where somebody asked for lived may have moved since.
        let said = |m: &Mention| Some((m.person_id, m.received, m.place?));
        self.lived.extend(mentions.iter().chain(&theirs).filter_map(said));
        Ok(notices)
    }
}

/// People with those whom they may be and those who share a home with them: everybody whose history an
/// act on these people reads or changes.
pub(crate) async fn circle(
    uow: &mut dyn UnitOfWork,
    people: &BTreeSet<PersonId>,
) -> Result<BTreeSet<PersonId>, ServiceError> {
    let mut known = Known::default();
    known.ask(uow, people).await?;
    Ok(known.asked.into_iter().chain(known.further).collect())
}

/// Loads the notices that share somebody, certainly or possibly, or a home with these, and so much of
/// their own neighbours that the history of each can be read.
///
/// Where others write at the same moment, the unfinished items found are locked and everything is read
/// after that: two notices that reach an item by different people count each other there.
pub(crate) async fn neighbours(
    uow: &mut dyn UnitOfWork,
    people: &BTreeSet<PersonId>,
    notices: &BTreeSet<NoticeId>,
) -> Result<Neighbours, ServiceError> {
    let mut locked: BTreeSet<NoticeId> = BTreeSet::new();
    let (mut known, near, items) = loop {
        let mut known = Known::default();
        let mut near = known.ask(uow, people).await?;
        near.extend(notices.iter().copied());
        let ids: Vec<NoticeId> = near.iter().copied().collect();
        let are_locked = near.is_subset(&locked);
        let items = uow.unfinished_items_of(&ids).await?;
        // The items of those locked before may only have become fewer.
        if items.is_empty() || are_locked || uow.sees_one_moment() {
            break (known, near, items);
        }
        locked.extend(near);
    };
    let ids: Vec<NoticeId> = near.iter().copied().collect();
    let concerned = uow.mentions_of_notices(&ids).await?;
    let their_people: BTreeSet<PersonId> =
        concerned.iter().filter(|m| m.concerned).map(|m| m.person_id).collect();
    let mut all = known.ask(uow, &their_people).await?;
    all.extend(near.iter().copied());
    let all: Vec<NoticeId> = all.into_iter().collect();

    let mut mentions: BTreeMap<NoticeId, Vec<Mention>> = BTreeMap::new();
    for mention in uow.mentions_of_notices(&all).await? {
        mentions.entry(mention.notice_id).or_default().push(mention);
    }
    let mut numbers: HashMap<PersonId, u32> = HashMap::new();
    let mut number = |person: PersonId| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(person).or_insert(next)
    };
    let mut linked = Vec::new();
    let mut places = HashMap::new();
    let traces = uow.traces(&all).await?;
    let lists = if traces.iter().any(|row| row.restricted.is_restricted()) {
        Some(Lists::read(uow).await?)
    } else {
        None
    };
    let mut ask = HashMap::new();
    for row in traces.iter().filter(|row| row.restricted.is_restricted()) {
        let names = lists.as_ref().map(|lists| lists.ask(row.restricted)).unwrap_or_default();
        ask.insert(row.notice_id, names.into_iter().next().unwrap_or_else(|| A_SUPERVISOR.to_owned()));
    }
    for row in traces {
        let trace: Trace = serde_json::from_str(&row.trace)
            .map_err(|_| StoreError::inconsistent("traces", "trace", row.notice_id))?;
        let of = mentions.remove(&row.notice_id).unwrap_or_default();
        places.insert(row.notice_id, linked.len());
        linked.push(Linked {
            reference: row.reference,
            ask: ask.get(&row.notice_id).cloned(),
            received: row.received,
            trace,
            possible: of
                .iter()
                .filter_map(|m| Some((m.position, known.may_be.get(&m.person_id)?)))
                .flat_map(|(position, others)| others.iter().map(move |other| (position, *other)))
                .map(|(position, other)| (position, number(other)))
                .collect(),
            people: of.iter().map(|m| number(m.person_id)).collect(),
        });
    }
    let is_home = |place: &Digest| known.places.get(place).copied().unwrap_or(false);
    let homes = Homes::new(known.lived.iter().map(|(person, at, place)| {
        (number(*person), *at, Some(ppn_domain::profile::Digest(*place)).filter(|_| is_home(place)))
    }));
    let mut said = Vec::new();
    if all.len() > 1 {
        for decision in uow.event_decisions(&all).await? {
            if let (Some(a), Some(b)) = (places.get(&decision.a), places.get(&decision.b)) {
                said.push((*a, *b, decision.one));
            }
        }
    }
    Ok(Neighbours { web: Web::new(linked, homes).with_said(said), places, ask, near, items })
}
