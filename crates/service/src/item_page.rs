//! A work item for the screen: its history, why it stands where it stands, its people, its notice.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ppn_domain::notice::KnownEvent;
use ppn_domain::notice::codes::{Grade, KnownEventKind, NoticeKind, Role};
use ppn_domain::{
    Act as ActCode, Claim, Desk, MentionId, Notice, NoticeId, Permission, PersonId, StateName, Timestamp,
    WorkItem, WorkItemId,
};
use ppn_store::{About, FoundOutcome, LogQuery, Mention, NoticeHead, RevisionHead, UnitOfWork};
use ppn_triage::{Happened, Tie};
use serde_json::{Value, json};

use crate::act::{Act, Entry};
use crate::assessing::body;
use crate::claim::MOST_IN_BUNDLE;
use crate::cues::cues_in;
use crate::events::events_near;
use crate::grading::{GradeEffect, Weighed, stood};
use crate::guarded::{Guard, guarded, works_one};
use crate::neighbours::{MOST_OF_ONE_PERSON, Neighbours, neighbours};
use crate::restricting::may_open;
use crate::{CueView, EventView, ItemView, LinkView, Principal, Service, ServiceError};

/// Rows of the log about one notice that are looked through for who has looked, the latest first.
const LOOKED_THROUGH: u32 = 500;
/// What the source knows stands at most so many days from the notice on its timeline.
const FURTHEST: i64 = 100 * 365;
/// Changes between two revisions that are shown one by one.
const MOST_CHANGES: usize = 60;

/// What somebody had read when they began to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAt {
    /// The revision of the notice.
    pub revision: u32,
    /// When: a linked notice that arrived later was not there.
    pub at: Timestamp,
}

/// Who holds an item, for the one who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holding {
    /// Nobody does.
    Nobody,
    /// The one who looks.
    Own(Claim),
    /// Somebody else.
    Other {
        /// Who.
        holder: String,
        /// Since when.
        since: Timestamp,
    },
}

/// A person of the notice with what joins them to others.
#[derive(Debug, Clone)]
pub struct Party {
    /// The place among the people of the notice, from 0.
    pub position: usize,
    /// The mention in this notice.
    pub mention: MentionId,
    /// The person over every notice.
    pub person: PersonId,
    /// In how many notices certain and confirmed links find them, this one counted.
    pub notices: usize,
    /// Links that somebody may decide, or has; the undecided first.
    pub links: Vec<LinkView>,
}

/// One event on the timeline.
#[derive(Debug, Clone)]
pub struct PastEvent {
    /// When: receipt of the first notice that told of it.
    pub at: Timestamp,
    /// What tells of it.
    pub told: Vec<ToldBy>,
    /// How it touches the notice.
    pub ties: Vec<Tie>,
    /// It is the event of this very notice.
    pub is_own: bool,
    /// Victim and suspect had each other's part in it.
    pub swapped: bool,
}

/// What tells of an event.
#[derive(Debug, Clone)]
pub enum ToldBy {
    /// This notice itself.
    This,
    /// Another notice.
    Notice(Box<NearNotice>),
    /// One that the one who looks may not open: that it is there is said, whom to ask, and no more.
    Restricted {
        /// Whom to ask.
        ask: String,
    },
    /// The source knows of it.
    Known {
        /// Whose list it stands in: the place among the people of the notice.
        position: usize,
        /// As the source has it.
        event: KnownEvent,
    },
}

/// A linked notice as the timeline shows it.
#[derive(Debug, Clone)]
pub struct NearNotice {
    /// The notice.
    pub id: NoticeId,
    /// Its reference at its source.
    pub reference: String,
    /// Its kind.
    pub kind: NoticeKind,
    /// Its receipt.
    pub received: Timestamp,
    /// The officer's grade.
    pub grade: Option<Grade>,
    /// Its items at every desk.
    pub items: Vec<WorkItem>,
    /// What people found.
    pub found: Vec<FoundOutcome>,
    /// Who of this notice is in it, by place here, with their parts there.
    pub parties: Vec<(usize, Vec<Role>)>,
}

/// A work item near by: of the same household, or of a linked notice.
#[derive(Debug, Clone)]
pub struct NearItem {
    /// The item.
    pub item: WorkItem,
    /// Who holds it, if somebody else than the one who looks does.
    pub held_by: Option<String>,
}

/// Somebody who has looked at a notice or acted on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Who.
    pub who: String,
    /// When they first did.
    pub first: Timestamp,
    /// When they last did.
    pub last: Timestamp,
    /// How often.
    pub times: usize,
}

/// One thing that two revisions say differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// JSON pointer into the notice.
    pub path: String,
    /// What stood there; nothing where it is new.
    pub before: Option<String>,
    /// What stands there; nothing where it went.
    pub after: Option<String>,
}

/// What is new since somebody read a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangedSince {
    /// Where the current revision is another: the differences, at most sixty.
    pub changes: Vec<Change>,
    /// The revision is another, whether or not differences can be shown.
    pub revised: bool,
    /// References of linked notices that arrived since; a restricted one is not named.
    pub linked: Vec<Option<String>>,
}

impl ChangedSince {
    /// Whether nothing is new.
    pub fn is_empty(&self) -> bool {
        !self.revised && self.linked.is_empty()
    }
}

/// A work item with everything that its page shows.
#[derive(Debug, Clone)]
pub struct ItemPage {
    /// The moment that it shows.
    pub as_of: Timestamp,
    /// The item with its assessments and notes.
    pub view: ItemView,
    /// Who holds it.
    pub holding: Holding,
    /// The notice's head.
    pub head: NoticeHead,
    /// The current content; what only the holder sees is taken out for everybody else.
    pub notice: Notice,
    /// Something was taken out.
    pub kept_back: bool,
    /// Every revision.
    pub revisions: Vec<RevisionHead>,
    /// The other items of the notice.
    pub others: Vec<WorkItem>,
    /// The people of the notice, in its order.
    pub people: Vec<Party>,
    /// Linked events and this one, latest first.
    pub timeline: Vec<PastEvent>,
    /// Events that nothing but an unconfirmed link ties to the notice: nothing of them is shown.
    pub possible: usize,
    /// Waiting items of the household at the desk, to take with it.
    pub bundle: Vec<NearItem>,
    /// Items of linked notices that somebody else holds.
    pub held_near: Vec<NearItem>,
    /// Who has looked, the latest first.
    pub looked: Vec<Looked>,
    /// At the endorsement desk: the item that a second person is asked about.
    pub behind: Option<ItemView>,
    /// At the domestic abuse desk: what giving each grade leads to.
    pub grades: Vec<GradeEffect>,
    /// The grade of domestic abuse that stands: the officer's, or that of a review.
    pub stands: Option<Grade>,
    /// The cues in its words, with what was said of each.
    pub cues: Vec<CueView>,
    /// Notices that may tell the event of this one, and those of which somebody said whether they do.
    pub same_event: Vec<EventView>,
    /// What is new since it was read; empty where nothing is, or nobody asked.
    pub changed: ChangedSince,
}

impl Service {
    /// A work item with its notice, history and people. Logged once with the ids that it shows.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is none that they may see.
    pub async fn item_page(
        &self,
        by: &Principal,
        id: WorkItemId,
        read: Option<ReadAt>,
    ) -> Result<ItemPage, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut act = self.consult(by).await?;
        let item = act.item(id).await?;
        let notice_id = item.notice_id;
        let head = act.uow.notice(notice_id).await?.ok_or(ServiceError::NotFound("notice"))?;
        let whole = body(act.uow.body(notice_id, head.revision).await?, notice_id)?;
        let holding = holding(&item, by, act.now);
        let holds = matches!(holding, Holding::Own(_));
        // Whoever holds another item of the notice works it too.
        let holds = holds || works_one(&act.uow.items_of_notice(notice_id).await?, &by.name, act.now);
        let notice = if holds { whole.clone() } else { guarded(&whole)? };
        let kept_back = notice != whole;

        let mentions = act.uow.mentions_of_notices(&[notice_id]).await?;
        let concerned = mentions.iter().filter(|m| m.concerned).map(|m| m.person_id).collect();
        let near = neighbours(&mut *act.uow, &concerned, &BTreeSet::from([notice_id])).await?;
        let people = parties(&mut act, by, &mentions).await?;
        let near_notices = near_notices(&mut act, &near, notice_id, &mentions).await?;
        let (timeline, possible) = timeline(&near, notice_id, &notice, &head, &near_notices);

        let mut bundle = Vec::new();
        for id in act.uow.bundle(&item, &by.name, MOST_IN_BUNDLE).await? {
            bundle.extend(act.uow.item(id).await?.map(|item| NearItem { item, held_by: None }));
        }
        let held_near = near_notices.values().flatten().flat_map(|near| &near.items).filter_map(|item| {
            let claim = item.state.claim().filter(|claim| claim.holder != by.name)?;
            Some(NearItem { held_by: Some(claim.holder.clone()), item: item.clone() })
        });
        let held_near = held_near.collect();
        let mut others = act.uow.items_of_notice(notice_id).await?;
        others.retain(|other| other.id != id);
        let looked = looked(&mut *act.uow, notice_id).await?;
        let behind = match act.uow.endorses(id).await? {
            Some(behind) if item.desk == Desk::Endorsement => {
                let behind = act.item(behind).await?;
                let mut behind = ItemView::of(&mut *act.uow, behind).await?;
                if !holds {
                    Guard::of(&whole).blot_item(&mut behind);
                }
                Some(behind)
            }
            _ => None,
        };
        let changed = match read {
            Some(read) => changed(&mut act, &head, &notice, read, holds).await?,
            None => ChangedSince::default(),
        };
        let revisions = act.uow.revisions(notice_id).await?;
        let mut view = ItemView::of(&mut *act.uow, item).await?;
        let grades = match view.item.desk {
            Desk::DomesticAbuse => {
                let of = view.latest.iter().chain(&view.standing).map(|stored| &stored.assessment);
                Weighed::of(&whole, &view.item, of, &others, &view.reviews).effects()
            }
            _ => Vec::new(),
        };
        let stands = stood(whole.officer_grade, view.item.revision, &view.reviews);
        let policy = self.policy_in_force(&mut *act.uow).await?;
        let said = act.uow.cue_decisions(&[notice_id]).await?;
        let mut cues = cues_in(&policy, &whole, head.received, &said);
        if !holds {
            let guard = Guard::of(&whole);
            guard.blot_item(&mut view);
            for cue in &mut cues {
                guard.blot_evidence(&mut cue.words);
            }
        }
        let same_event = events_near(&mut act, notice_id, &near).await?;

        let shown: Vec<NoticeId> =
            near_notices.iter().filter(|(_, n)| n.is_some()).map(|(id, _)| *id).collect();
        let links: Vec<_> = people.iter().flat_map(|party| party.links.iter().map(|link| link.id)).collect();
        let detail = json!({ "timeline": shown, "links": links, "whole": holds,
            "events": same_event.iter().map(|event| event.notice_id).collect::<Vec<_>>(),
            "bundle": bundle.iter().map(|near: &NearItem| near.item.id).collect::<Vec<_>>() });
        act.log(ActCode::ConsultedWorkItem, Entry { detail: Some(detail), ..Entry::on(&view.item) });
        let as_of = act.now;
        act.finish(()).await?;
        Ok(ItemPage {
            as_of,
            view,
            holding,
            head,
            notice,
            kept_back,
            revisions,
            others,
            people,
            timeline,
            possible,
            bundle,
            held_near,
            looked,
            behind,
            grades,
            stands,
            cues,
            same_event,
            changed,
        })
    }
}

impl Service {
    /// A short text that is another once the item moved, its notice was revised, or a notice of the same
    /// people came. It shows nothing, so nothing is logged.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is none that they may see.
    pub async fn item_version(&self, by: &Principal, id: WorkItemId) -> Result<String, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut uow = self.store.read().await?;
        let item = uow.item(id).await?.ok_or(ServiceError::NotFound("work item"))?;
        if !may_open(&mut *uow, by, item.notice_id, item.restricted, self.clock.now()).await? {
            return Err(ServiceError::NotFound("work item"));
        }
        let notices = notices_of_people(&mut *uow, item.notice_id).await?;
        Ok(format!("{}-{}-{}", item.version, item.revision, notices.len()))
    }
}

pub(crate) fn holding(item: &WorkItem, by: &Principal, now: Timestamp) -> Holding {
    match item.state.claim().filter(|claim| !claim.has_expired(now)) {
        None => Holding::Nobody,
        Some(claim) if claim.holder == by.name => Holding::Own(claim.clone()),
        Some(claim) => Holding::Other { holder: claim.holder.clone(), since: claim.since },
    }
}

async fn parties(
    act: &mut Act<'_>,
    by: &Principal,
    mentions: &[Mention],
) -> Result<Vec<Party>, ServiceError> {
    let people: Vec<PersonId> =
        mentions.iter().map(|m| m.person_id).collect::<BTreeSet<_>>().into_iter().collect();
    let mut notices: BTreeMap<PersonId, BTreeSet<NoticeId>> = BTreeMap::new();
    for mention in act.uow.mentions_of_people(&people, MOST_OF_ONE_PERSON).await? {
        notices.entry(mention.person_id).or_default().insert(mention.notice_id);
    }
    let ids: Vec<MentionId> = mentions.iter().map(|mention| mention.id).collect();
    let all = act.uow.links_of(&ids).await?;
    let mut parties = Vec::with_capacity(mentions.len());
    for mention in mentions {
        let mut links = Vec::new();
        for link in all.iter().filter(|link| link.a == mention.id || link.b == mention.id) {
            // A side that was revised away, or that the caller may not open, leaves no link to see.
            match crate::links::view(act, by, link.clone()).await {
                Ok(view) => links.push(view),
                Err(ServiceError::NotFound(_)) => {}
                Err(other) => return Err(other),
            }
        }
        links.sort_by_key(|link| link.decided.is_some());
        parties.push(Party {
            position: mention.position.into(),
            mention: mention.id,
            person: mention.person_id,
            notices: notices.get(&mention.person_id).map_or(1, BTreeSet::len),
            links,
        });
    }
    Ok(parties)
}

/// The linked notices; `None` for one that the caller may not open.
async fn near_notices(
    act: &mut Act<'_>,
    near: &Neighbours,
    own: NoticeId,
    mentions: &[Mention],
) -> Result<BTreeMap<NoticeId, Option<NearNotice>>, ServiceError> {
    let timeline = near.web.timeline(near.at(own));
    let certain = timeline.iter().filter(|happened| !happened.is_possible_only());
    let places: BTreeSet<usize> = certain.flat_map(|happened| happened.notices.iter().copied()).collect();
    let ids: Vec<NoticeId> = places.iter().filter_map(|place| near.notice(*place)).collect();
    let here: HashMap<PersonId, usize> =
        mentions.iter().map(|m| (m.person_id, usize::from(m.position))).collect();
    let mut parties: BTreeMap<NoticeId, Vec<(usize, u16)>> = BTreeMap::new();
    for mention in act.uow.mentions_of_notices(&ids).await? {
        if let Some(position) = here.get(&mention.person_id) {
            parties.entry(mention.notice_id).or_default().push((*position, mention.position));
        }
    }
    let mut found: BTreeMap<NoticeId, Vec<FoundOutcome>> = BTreeMap::new();
    for of in act.uow.found_outcomes_of(&ids).await? {
        found.entry(of.notice_id).or_default().push(of);
    }
    let mut all = BTreeMap::new();
    for id in ids {
        let Some(head) = act.uow.notice(id).await? else { continue };
        if !act.may_open(id, head.restricted).await? {
            all.insert(id, None);
            continue;
        }
        let notice = body(act.uow.body(id, head.revision).await?, id)?;
        let there = |position: u16| {
            notice.persons.get(usize::from(position)).map(|person| person.roles.clone()).unwrap_or_default()
        };
        let parties = parties.remove(&id).unwrap_or_default();
        all.insert(
            id,
            Some(NearNotice {
                id,
                reference: head.reference,
                kind: head.kind,
                received: head.received,
                grade: notice.officer_grade,
                items: act.uow.items_of_notice(id).await?,
                found: found.remove(&id).unwrap_or_default(),
                parties: parties.into_iter().map(|(here, position)| (here, there(position))).collect(),
            }),
        );
    }
    Ok(all)
}

/// The timeline, latest first, and how many events only an unconfirmed link ties.
fn timeline(
    near: &Neighbours,
    own: NoticeId,
    notice: &Notice,
    head: &NoticeHead,
    near_notices: &BTreeMap<NoticeId, Option<NearNotice>>,
) -> (Vec<PastEvent>, usize) {
    let happened = near.web.timeline(near.at(own));
    let possible = happened.iter().filter(|happened| happened.is_possible_only()).count();
    let mut own_event = PastEvent {
        at: head.received,
        told: vec![ToldBy::This],
        ties: Vec::new(),
        is_own: true,
        swapped: false,
    };
    let mut events = Vec::new();
    for event in happened.iter().filter(|happened| !happened.is_possible_only()) {
        let told = told(event, near, notice, near_notices);
        if event.is_own {
            own_event.told.extend(told);
            own_event.swapped |= event.swapped;
        } else {
            let (ties, swapped) = (event.ties.clone(), event.swapped);
            events.push(PastEvent { at: event.at, told, ties, is_own: false, swapped });
        }
    }
    // Domestic incidents and missing episodes are among the events; what else the source knows is not.
    for (position, person) in notice.persons.iter().enumerate() {
        for event in &person.known_events {
            if matches!(event.kind, KnownEventKind::DomesticIncident | KnownEventKind::Missing) {
                continue;
            }
            // A mistyped century stands at the end of the line, wherever the calendar would put it.
            let days = (head.received.london_date() - event.on).num_days().clamp(-FURTHEST, FURTHEST);
            let at = head.received - ppn_domain::Span::days(days);
            let told = vec![ToldBy::Known { position, event: event.clone() }];
            events.push(PastEvent { at, told, ties: vec![Tie::Anyone], is_own: false, swapped: false });
        }
    }
    events.push(own_event);
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    (events, possible)
}

fn told(
    event: &Happened,
    near: &Neighbours,
    notice: &Notice,
    near_notices: &BTreeMap<NoticeId, Option<NearNotice>>,
) -> Vec<ToldBy> {
    let notices = event.notices.iter().filter_map(|place| {
        let id = near.notice(*place)?;
        Some((id, near_notices.get(&id)?))
    });
    let notices = notices.map(|(id, notice)| match notice {
        Some(near) => ToldBy::Notice(Box::new(near.clone())),
        None => ToldBy::Restricted { ask: near.ask(id).to_owned() },
    });
    let known = event.known.iter().filter_map(|(person, at)| {
        let position = usize::from(*person);
        let event = notice.persons.get(position)?.known_events.get(usize::from(*at))?.clone();
        Some(ToldBy::Known { position, event })
    });
    notices.chain(known).collect()
}

async fn looked(uow: &mut dyn UnitOfWork, notice: NoticeId) -> Result<Vec<Looked>, ServiceError> {
    let query = LogQuery { about: Some(About::notice(notice)), limit: LOOKED_THROUGH, ..LogQuery::default() };
    let mut all: BTreeMap<String, Looked> = BTreeMap::new();
    for (_, row) in uow.read_log(&query).await? {
        let is_a_look =
            matches!(row.act, ActCode::ConsultedNotice | ActCode::ConsultedWorkItem | ActCode::Claimed);
        if !is_a_look {
            continue;
        }
        all.entry(row.who.clone())
            .and_modify(|looked| {
                looked.times += 1;
                looked.first = looked.first.min(row.at);
                looked.last = looked.last.max(row.at);
            })
            .or_insert(Looked { who: row.who, first: row.at, last: row.at, times: 1 });
    }
    let mut all: Vec<Looked> = all.into_values().collect();
    all.sort_by_key(|looked| std::cmp::Reverse(looked.last));
    Ok(all)
}

async fn changed(
    act: &mut Act<'_>,
    head: &NoticeHead,
    notice: &Notice,
    read: ReadAt,
    holds: bool,
) -> Result<ChangedSince, ServiceError> {
    let mut since = ChangedSince { revised: read.revision != head.revision, ..ChangedSince::default() };
    if since.revised
        && let Some(text) = act.uow.body(head.id, read.revision).await?
    {
        let mut earlier = body(Some(text), head.id)?;
        if !holds {
            earlier = guarded(&earlier)?;
        }
        let values = (serde_json::to_value(&earlier), serde_json::to_value(notice));
        if let (Ok(before), Ok(after)) = values {
            differences(String::new(), Some(&before), Some(&after), &mut since.changes);
            since.changes.truncate(MOST_CHANGES);
        }
    }
    for linked in linked_since(&mut *act.uow, head.id, read.at).await? {
        let named = act.may_open(linked.id, linked.restricted).await?;
        since.linked.push(named.then_some(linked.reference));
    }
    Ok(since)
}

/// Notices of the same people that arrived after a moment: certain and confirmed links alone.
pub(crate) async fn linked_since(
    uow: &mut dyn UnitOfWork,
    notice: NoticeId,
    at: Timestamp,
) -> Result<Vec<NoticeHead>, ServiceError> {
    let mut since = Vec::new();
    for id in notices_of_people(uow, notice).await?.into_iter().filter(|id| *id != notice) {
        since.extend(uow.notice(id).await?.filter(|head| head.arrived > at));
    }
    Ok(since)
}

/// The notices in which somebody concerned in this one is named, this one among them.
async fn notices_of_people(
    uow: &mut dyn UnitOfWork,
    notice: NoticeId,
) -> Result<BTreeSet<NoticeId>, ServiceError> {
    let own = uow.mentions_of_notices(&[notice]).await?;
    let people: BTreeSet<PersonId> = own.iter().filter(|m| m.concerned).map(|m| m.person_id).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let mentions = uow.mentions_of_people(&people, MOST_OF_ONE_PERSON).await?;
    Ok(mentions.into_iter().map(|mention| mention.notice_id).collect())
}

/// Leaf by leaf, what two documents say differently.
fn differences(path: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let none = Value::Null;
    match (before.unwrap_or(&none), after.unwrap_or(&none)) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                differences(format!("{path}/{key}"), a.get(key), b.get(key), found);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                differences(format!("{path}/{at}"), a.get(at), b.get(at), found);
            }
        }
        // What is new or gone as a whole is told leaf by leaf as well.
        (Value::Object(a), Value::Null) => {
            for (key, value) in a {
                differences(format!("{path}/{key}"), Some(value), None, found);
            }
        }
        (Value::Null, Value::Object(b)) => {
            for (key, value) in b {
                differences(format!("{path}/{key}"), None, Some(value), found);
            }
        }
        (Value::Array(a), Value::Null) => {
            for (at, value) in a.iter().enumerate() {
                differences(format!("{path}/{at}"), Some(value), None, found);
            }
        }
        (Value::Null, Value::Array(b)) => {
            for (at, value) in b.iter().enumerate() {
                differences(format!("{path}/{at}"), None, Some(value), found);
            }
        }
        (a, b) => found.push(Change { path, before: leaf(a), after: leaf(b) }),
    }
}

fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        other => Some(other.to_string()),
    }
}

impl ItemPage {
    /// Whether the people of the item may have changed parts: the page then asks first who is at risk
    /// from whom.
    pub fn parts_are_unclear(&self) -> bool {
        let unclear = ppn_domain::notice::codes::Indicator::WhoIsVictimUnclear;
        let both = |person: &ppn_domain::notice::Person| {
            person.has_role(Role::Victim) && person.has_role(Role::Suspect)
        };
        self.timeline.iter().any(|event| event.swapped)
            || self.notice.indicators.contains(&unclear)
            || self.notice.persons.iter().any(both)
    }

    /// Whether somebody may claim it by name now.
    pub fn can_be_claimed(&self) -> bool {
        self.holding == Holding::Nobody
            && matches!(self.view.item.state.name(), StateName::Waiting | StateName::Claimed)
    }
}
