//! Whether two notices tell one event: what a person says of it, where no reference tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Act as ActCode, NoticeId, Permission, PersonId, Timestamp, WorkItemId};
use ppn_store::{EventDecision, NoticeHead, UnitOfWork};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::act::{Act, Begun, Entry};
use crate::assessing::body;
use crate::cues::keys_of;
use crate::error::{invalid, typed};
use crate::guarded::{guarded, works_one};
use crate::neighbours::{Neighbours, neighbours};
use crate::{Idempotency, Principal, Service, ServiceError};

/// A notice of which it was said, or may be said, that it tells the event of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// The notice.
    pub notice_id: NoticeId,
    /// Its reference at its source.
    pub reference: String,
    /// Its receipt.
    pub received: Timestamp,
    /// Whether they tell one event, by whom and when it was said. None where nobody said: the same people
    /// within six hours, and no reference that tells.
    pub said: Option<(bool, String, Timestamp)>,
}

/// One of two notices that may tell one event: enough to tell whether they do.
#[derive(Clone)]
pub struct EventSide {
    /// The notice.
    pub notice_id: NoticeId,
    /// Its reference at its source.
    pub reference: String,
    /// Its kind.
    pub kind: NoticeKind,
    /// Its receipt.
    pub received: Timestamp,
    /// When what it tells of happened.
    pub occurred_at: Option<Timestamp>,
    /// Incident, crime and missing references: the same one tells the same event.
    pub references: Vec<String>,
    /// What happened, in the officer's words.
    pub circumstances: Option<String>,
}

/// Without the words of the notice.
impl fmt::Debug for EventSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSide").field("notice_id", &self.notice_id).finish_non_exhaustive()
    }
}

/// Two notices side by side, to say whether they tell one event.
#[derive(Debug, Clone)]
pub struct EventPair {
    /// The notice of the item, and the other.
    pub sides: [EventSide; 2],
    /// What was said of them, by whom and when; none where nobody said.
    pub said: Option<(bool, String, Timestamp)>,
}

/// What a person says of two notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventWord {
    /// They tell one event.
    One,
    /// They tell two.
    Two,
    /// What was said before no longer stands.
    Undo,
}

impl Service {
    /// The notices that may tell the event of one, and those of which somebody said whether they do, in
    /// order of receipt. Logged.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is no such notice for them.
    pub async fn events_of(&self, by: &Principal, id: NoticeId) -> Result<Vec<EventView>, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        visible(&mut act, id).await?;
        let events = events(&mut act, id).await?;
        let shown: Vec<NoticeId> = events.iter().map(|event| event.notice_id).collect();
        let detail = json!({ "notices": shown });
        act.log(
            ActCode::ConsultedNotice,
            Entry { notice_id: Some(id), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await?;
        Ok(events)
    }

    /// The notice of an item beside another. Logged.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is no such item or notice for them.
    pub async fn event_pair(
        &self,
        by: &Principal,
        item: WorkItemId,
        other: NoticeId,
    ) -> Result<EventPair, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut act = self.consult(by).await?;
        let item = act.item(item).await?;
        let own = act.uow.notice(item.notice_id).await?.ok_or(ServiceError::NotFound("notice"))?;
        let other = visible(&mut act, other).await?;
        let (a, b) = (own.id, other.id);
        let said = act.uow.event_decisions(&[a]).await?;
        let said = said.into_iter().find(|said| (said.a, said.b) == (a.min(b), a.max(b)));
        let said = said.map(|said| (said.one, said.decided.0, said.decided.1));
        let sides = [side(&mut act, own).await?, side(&mut act, other).await?];
        act.log(
            ActCode::ConsultedWorkItem,
            Entry { detail: Some(json!({ "notices": [b] })), ..Entry::on(&item) },
        );
        act.finish(()).await?;
        Ok(EventPair { sides, said })
    }

    /// Says of two linked notices whether they tell one event, or takes that back, and assesses again
    /// whatever it touches: history counts one event once. What would rank lower is offered. Answers as
    /// [`Service::events_of`] the first.
    ///
    /// # Errors
    /// When the caller may not, there is no such notice for them, nobody is certainly in both, it stands so
    /// already, or no reason is given.
    pub async fn say_of_event(
        &self,
        by: &Principal,
        (a, b): (NoticeId, NoticeId),
        word: EventWord,
        reason: &str,
        once: Option<&Idempotency>,
    ) -> Result<Vec<EventView>, ServiceError> {
        by.require(Permission::DecideLink)?;
        let reason = typed("/reason", reason)?;
        let locked = keys_of(&mut *self.store.read().await?, &[a, b]).await?;
        let mut act = match self.begin_locked(by, &locked, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        visible(&mut act, a).await?;
        visible(&mut act, b).await?;
        let pair = (a.min(b), a.max(b));
        let both: BTreeSet<NoticeId> = [a, b].into();
        let before = act.uow.event_decisions(&[a]).await?;
        let before = before.into_iter().find(|said| (said.a, said.b) == pair).map(|said| said.one);
        let (code, says) = match word {
            EventWord::One => (ActCode::EventsJoined, Some(true)),
            EventWord::Two => (ActCode::EventsParted, Some(false)),
            EventWord::Undo => (ActCode::EventUndone, None),
        };
        if before == says {
            return Err(invalid("", "unchanged", "it stands so already: read it again"));
        }
        let people = people_of(&mut *act.uow, &both).await?;
        let near = neighbours(&mut *act.uow, &people, &both).await?;
        if a == b || says.is_some() && !near.web.share_somebody(near.at(a), near.at(b)) {
            let fix = "choose two notices that certainly have somebody in common: link their people first";
            return Err(invalid("/b", "not_linked", fix));
        }
        match says {
            Some(is_one) => {
                let decided = (by.name.clone(), act.now);
                let decision = EventDecision { a: pair.0, b: pair.1, one: is_one, decided };
                act.uow.say_of_event(&decision).await?;
            }
            None => act.uow.unsay_of_event(pair.0, pair.1).await?,
        }
        let policy = self.policy_in_force(&mut *act.uow).await?;
        let near = neighbours(&mut *act.uow, &people, &both).await?;
        let all = (&BTreeSet::new(), "an event");
        let (new, rows) = self.reassess_near(&mut *act.uow, &policy, act.now, &near, all).await?;
        act.uow.insert_items(&new).await?;
        act.uow.append_log(&rows).await?;
        let detail = json!({ "notices": [pair.0, pair.1] });
        let entry = Entry { notice_id: Some(a), why: Some(reason), detail: Some(detail), ..Entry::default() };
        act.log(code, entry);
        let events = events(&mut act, a).await?;
        act.finish(events).await
    }
}

async fn side(act: &mut Act<'_>, head: NoticeHead) -> Result<EventSide, ServiceError> {
    let whole = body(act.uow.body(head.id, head.revision).await?, head.id)?;
    let works_it = works_one(&act.uow.items_of_notice(head.id).await?, &act.by.name, act.now);
    let notice = if works_it { whole } else { guarded(&whole)? };
    let references = notice.incident_reference.into_iter().chain(notice.crime_references);
    Ok(EventSide {
        notice_id: head.id,
        reference: head.reference,
        kind: head.kind,
        received: head.received,
        occurred_at: notice.occurred_at,
        references: references.chain(notice.missing_reference).collect(),
        circumstances: notice.circumstances,
    })
}

/// A notice that the caller may open.
async fn visible(act: &mut Act<'_>, id: NoticeId) -> Result<NoticeHead, ServiceError> {
    match act.uow.notice(id).await? {
        Some(head) if act.may_open(id, head.restricted).await? => Ok(head),
        _ => Err(ServiceError::NotFound("notice")),
    }
}

async fn people_of(
    uow: &mut dyn UnitOfWork,
    notices: &BTreeSet<NoticeId>,
) -> Result<BTreeSet<PersonId>, ServiceError> {
    let ids: Vec<NoticeId> = notices.iter().copied().collect();
    let mentions = uow.mentions_of_notices(&ids).await?;
    Ok(mentions.iter().filter(|mention| mention.concerned).map(|mention| mention.person_id).collect())
}

async fn events(act: &mut Act<'_>, id: NoticeId) -> Result<Vec<EventView>, ServiceError> {
    let own: BTreeSet<NoticeId> = [id].into();
    let people = people_of(&mut *act.uow, &own).await?;
    let near = neighbours(&mut *act.uow, &people, &own).await?;
    events_near(act, id, &near).await
}

/// The same, where the neighbours of the notice are read already.
pub(crate) async fn events_near(
    act: &mut Act<'_>,
    id: NoticeId,
    near: &Neighbours,
) -> Result<Vec<EventView>, ServiceError> {
    let may_be: BTreeSet<usize> = near.web.may_be_one_event(near.at(id)).into_iter().collect();
    let mut others: BTreeMap<NoticeId, Option<(bool, String, Timestamp)>> =
        near.near.iter().filter(|other| may_be.contains(&near.at(**other))).map(|id| (*id, None)).collect();
    for said in act.uow.event_decisions(&[id]).await? {
        let other = if said.a == id { said.b } else { said.a };
        others.insert(other, Some((said.one, said.decided.0, said.decided.1)));
    }
    let mut events = Vec::new();
    for (other, said) in others {
        // What only named people may open is not named here.
        let Ok(head) = visible(act, other).await else { continue };
        events.push(EventView { notice_id: other, reference: head.reference, received: head.received, said });
    }
    events.sort_by_key(|event| (event.received, event.notice_id));
    Ok(events)
}
