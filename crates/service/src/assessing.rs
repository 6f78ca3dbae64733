//! Assessments and ranks: raising takes effect at once, lowering waits for a person.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ppn_domain::{
    Act as ActCode, AssessmentId, AuditRow, Band, ClaimId, Desk, Notice, NoticeId, Permission, Rank,
    Restriction, State, Timestamp, WorkItem, WorkItemId,
};
use ppn_ingestion::FieldError;
use ppn_store::{NewWorkItem, StoredAssessment, UnitOfWork};
use ppn_triage::{DeskAssessment, Policy, judge, read};
use serde_json::json;

use crate::act::{Act, Begun, Entry, repeated};
use crate::cues::decided;
use crate::error::{invalid, typed};
use crate::neighbours::{Neighbours, neighbours};
use crate::{Idempotency, ItemView, Principal, Service, ServiceError};

/// At most so many items are assessed in the unit of work of an arriving notice; the rest follow.
pub const MOST_AT_ONCE: usize = 200;
/// Items that were put off and are assessed in one unit of work.
const PENDING_AT_ONCE: u32 = 50;

/// What a new assessment did to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub raised: bool,
    /// The items whose hold ended by it: the item itself, or its endorsement.
    pub holds_ended: Vec<WorkItem>,
}

/// On what a work item is opened.
pub(crate) struct Opening<'a> {
    pub notice_id: NoticeId,
    pub notice: &'a Notice,
    pub revision: u32,
    pub restricted: Restriction,
    pub received: Timestamp,
}

pub(crate) fn move_to(policy: &Policy, item: &mut WorkItem, rank: Rank) {
    item.rank = rank;
    item.clocks = policy.limits(item.desk, rank.band).moved(item.clocks, item.received);
}

/// The second person's item keeps the band of the item that waits for it, and its hold ends as that
/// of any item whose band rises.
async fn raise_endorsement(
    uow: &mut dyn UnitOfWork,
    policy: &Policy,
    pending: &WorkItem,
    moved: &mut Moved,
) -> Result<(), ServiceError> {
    for mut other in uow.items_of_notice(pending.notice_id).await? {
        let its_own = other.desk == Desk::Endorsement
            && !matches!(other.state, State::Done { .. })
            && uow.endorses(other.id).await? == Some(pending.id);
        if its_own && other.rank < pending.rank {
            raise(policy, &mut other, pending.rank, moved)?;
            uow.save_item(&other).await?;
        }
    }
    Ok(())
}

/// Moves an item up; a rising band ends a hold.
fn raise(policy: &Policy, item: &mut WorkItem, to: Rank, moved: &mut Moved) -> Result<(), ServiceError> {
    if to.band > item.rank.band && matches!(item.state, State::Held { .. }) {
        item.state = item.state.returned()?;
        moved.holds_ended.push(item.clone());
    }
    move_to(policy, item, to);
    Ok(())
}

impl Service {
    pub(crate) fn stored(
        &self,
        item: WorkItemId,
        revision: u32,
        now: Timestamp,
        of: &DeskAssessment,
    ) -> StoredAssessment {
        StoredAssessment {
            id: AssessmentId::new(now, self.random()),
            work_item_id: item,
            revision,
            made_at: now,
            assessment: of.assessment.clone(),
            lowered: None,
        }
    }

    /// A work item to open.
    pub(crate) fn new_item(&self, on: &Opening<'_>, now: Timestamp, of: &DeskAssessment) -> NewWorkItem {
        let Opening { notice_id, notice, revision, restricted, received } = *on;
        let id = WorkItemId::new(now, self.random());
        let assessment = self.stored(id, revision, now, of);
        NewWorkItem {
            item: WorkItem {
                id,
                notice_id,
                source: notice.source.clone(),
                reference: notice.reference.clone(),
                revision,
                kind: notice.kind,
                desk: of.desk,
                state: State::Waiting,
                rank: of.assessment.rank,
                assessment_id: Some(assessment.id),
                could_be: None,
                received,
                clocks: of.limits.clocks(received),
                sequence: 0,
                restricted,
                version: 0,
            },
            lot: self.draw(),
            assessment: Some(assessment),
        }
    }

    /// Keeps a new assessment of an unfinished item. The item ranks by the highest that no person
    /// has lowered; a lower one is kept and offered.
    pub(crate) async fn assess_again(
        &self,
        uow: &mut dyn UnitOfWork,
        policy: &Policy,
        item: &mut WorkItem,
        now: Timestamp,
        of: &DeskAssessment,
    ) -> Result<Moved, ServiceError> {
        let stored = self.stored(item.id, item.revision, now, of);
        uow.insert_assessment(&stored).await?;
        let fresh = stored.assessment.rank;
        let raised = fresh > item.rank;
        let mut moved = Moved { raised, holds_ended: Vec::new() };
        item.assessment_id = Some(stored.id);
        item.could_be = (fresh < item.rank).then_some(fresh);
        if raised {
            raise(policy, item, fresh, &mut moved)?;
        }
        uow.save_item(item).await?;
        item.version += 1;
        if raised && matches!(item.state, State::Pending { .. }) {
            raise_endorsement(uow, policy, item, &mut moved).await?;
        }
        Ok(moved)
    }

    /// Assesses an item again under the active policy and the current revision.
    ///
    /// # Errors
    /// When the caller may not work at the desk, or the item is done.
    pub async fn reassess(
        &self,
        by: &Principal,
        id: WorkItemId,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::WorkItem)?;
        repeated(|| self.reassess_once(by, id, once)).await
    }

    async fn reassess_once(
        &self,
        by: &Principal,
        id: WorkItemId,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let notice_id = act.item(id).await?.notice_id;
        // The policy, then what is near and the items with it: in the order in which a submission
        // takes them.
        let policy = self.policy_in_force(&mut *act.uow).await?;
        let mentions = act.uow.mentions_of_notices(&[notice_id]).await?;
        let people = mentions.iter().map(|mention| mention.person_id).collect();
        let near = neighbours(&mut *act.uow, &people, &[notice_id].into()).await?;
        act.lock_items(&[id]).await?;
        let mut item = act.item(id).await?;
        by.require_desk(item.desk)?;
        if let State::Done { .. } = item.state {
            return Err(ServiceError::WrongState { from: item.state.name(), act: "assessed again" });
        }
        self.reassess_item(&mut act, &policy, &near, &mut item).await?;
        act.show(item).await
    }

    async fn reassess_item(
        &self,
        act: &mut Act<'_>,
        policy: &Policy,
        near: &Neighbours,
        item: &mut WorkItem,
    ) -> Result<(), ServiceError> {
        let notice = body(act.uow.body(item.notice_id, item.revision).await?, item.notice_id)?;
        let history = near.web.history_as_of(near.at(item.notice_id), item.received);
        let decided = decided(&mut *act.uow, &[item.notice_id]).await?;
        let sheet = read(policy, &notice, item.received, decided.of(item.notice_id));
        let of = judge(policy, &sheet, &history);
        let before = item.rank;
        // An item at a desk to which the notice no longer leads keeps its assessment: nothing removes it.
        if let Some(of) = of.iter().find(|a| a.desk == item.desk) {
            let moved = self.assess_again(&mut *act.uow, policy, item, act.now, of).await?;
            for ended in &moved.holds_ended {
                act.log(ActCode::HoldEnded, Entry::on(ended));
            }
        }
        let detail = json!({ "from": before, "to": item.rank, "could_be": item.could_be });
        act.log(ActCode::Reassessed, Entry { detail: Some(detail), ..Entry::on(item) });
        Ok(())
    }

    /// Assesses again what a change of links or of neighbours may move: every unfinished item of the
    /// notices near, except those of `done`, and says in the log because of what. Answers with the items
    /// to open and the rows of the log.
    pub(crate) async fn reassess_near(
        &self,
        uow: &mut dyn UnitOfWork,
        policy: &Policy,
        now: Timestamp,
        near: &Neighbours,
        (done, because): (&BTreeSet<NoticeId>, &str),
    ) -> Result<(Vec<NewWorkItem>, Vec<AuditRow>), ServiceError> {
        let items: Vec<WorkItem> =
            near.items.iter().filter(|item| !done.contains(&item.notice_id)).cloned().collect();
        let (mut new, mut rows) = (Vec::new(), Vec::new());
        if items.is_empty() {
            return Ok((new, rows));
        }
        let items = self.put_off(uow, policy, items).await?;
        let mut latest = uow.latest_assessments(&items).await?.into_iter();
        let mut of_notice: Vec<(WorkItem, Option<StoredAssessment>)> =
            items.into_iter().map(|item| (item, latest.next().flatten())).collect();
        of_notice.sort_by_key(|(item, _)| item.notice_id);
        let wanted: Vec<(NoticeId, u32)> = of_notice
            .chunk_by(|(a, _), (b, _)| a.notice_id == b.notice_id)
            .filter_map(|items| {
                Some((items.first()?.0.notice_id, items.iter().map(|(i, _)| i.revision).max()?))
            })
            .collect();
        let heads = uow.bodies(&wanted).await?;
        let notices: BTreeMap<NoticeId, Notice> = wanted
            .iter()
            .zip(heads)
            .map(|((id, _), text)| Ok((*id, body(text, *id)?)))
            .collect::<Result<_, ServiceError>>()?;
        let ids: Vec<NoticeId> = notices.keys().copied().collect();
        let decided = decided(uow, &ids).await?;
        for items in of_notice.chunk_by(|(a, _), (b, _)| a.notice_id == b.notice_id) {
            let Some((first, _)) = items.first() else { continue };
            let Some(notice) = notices.get(&first.notice_id) else { continue };
            let at = near.at(first.notice_id);
            let mut judged: BTreeMap<Timestamp, Vec<DeskAssessment>> = BTreeMap::new();
            for (item, latest) in items {
                let assessed = judged.entry(item.received).or_insert_with(|| {
                    let history = near.web.history_as_of(at, item.received);
                    let sheet = read(policy, notice, item.received, decided.of(item.notice_id));
                    judge(policy, &sheet, &history)
                });
                let Some(of) = assessed.iter().find(|a| a.desk == item.desk) else { continue };
                if latest.as_ref().is_some_and(|latest| latest.assessment == of.assessment) {
                    continue;
                }
                // Read anew: a pending item that rose took its endorsement along.
                let Some(mut item) = uow.item(item.id).await? else { continue };
                let before = item.rank;
                let moved = self.assess_again(uow, policy, &mut item, now, of).await?;
                for ended in &moved.holds_ended {
                    rows.push(self.log_row(&system(), now, ActCode::HoldEnded, Entry::on(ended)));
                }
                let detail = json!({ "from": before, "to": item.rank, "could_be": item.could_be,
                    "because": because });
                let entry = Entry { detail: Some(detail), ..Entry::on(&item) };
                rows.push(self.log_row(&system(), now, ActCode::Reassessed, entry));
            }
            if let Some((received, assessed)) = judged.first_key_value() {
                let on = Opening {
                    notice_id: first.notice_id,
                    notice,
                    revision: first.revision,
                    restricted: first.restricted,
                    received: *received,
                };
                new.extend(self.further(uow, assessed, &on, now).await?);
            }
        }
        Ok((new, rows))
    }

    /// Leaves the highest items to be assessed at once. The rest have no current assessment from now on
    /// and rank at least amber until [`Self::assess_pending`] comes to them.
    async fn put_off(
        &self,
        uow: &mut dyn UnitOfWork,
        policy: &Policy,
        mut items: Vec<WorkItem>,
    ) -> Result<Vec<WorkItem>, ServiceError> {
        if items.len() > MOST_AT_ONCE {
            items.sort_by_key(|item| (Reverse(item.rank), item.sequence));
            for mut item in items.drain(MOST_AT_ONCE..) {
                item.assessment_id = None;
                if item.rank.band < Band::Amber {
                    let rank = Rank { band: Band::Amber, ..item.rank };
                    let mut moved = Moved { raised: true, holds_ended: Vec::new() };
                    raise(policy, &mut item, rank, &mut moved)?;
                }
                uow.save_item(&item).await?;
            }
        }
        Ok(items)
    }

    /// Assesses some of the items that were put off; says how many. 0 when none is left that could be.
    ///
    /// # Errors
    /// When the store fails; then nothing of it happened.
    pub async fn assess_pending(&self) -> Result<usize, ServiceError> {
        if self.store.read().await?.unassessed_items(1).await?.is_empty() {
            return Ok(0);
        }
        repeated(|| self.assess_some_pending()).await
    }

    async fn assess_some_pending(&self) -> Result<usize, ServiceError> {
        let mut uow = self.store.write().await?;
        let policy = self.policy_in_force(&mut *uow).await?;
        let found = uow.unassessed_items(PENDING_AT_ONCE).await?;
        let notices: BTreeSet<NoticeId> = found.iter().map(|item| item.notice_id).collect();
        let ids: Vec<NoticeId> = notices.iter().copied().collect();
        let mentions = uow.mentions_of_notices(&ids).await?;
        let people = mentions.iter().map(|mention| mention.person_id).collect();
        let near = neighbours(&mut *uow, &people, &notices).await?;
        let now = self.clock.now();
        let found: BTreeSet<WorkItemId> = found.into_iter().map(|item| item.id).collect();
        // As they are now that they are locked: another node may have come to them first.
        let pending = |item: &&WorkItem| found.contains(&item.id) && item.assessment_id.is_none();
        let mut items: Vec<WorkItem> = near.items.iter().filter(pending).cloned().collect();
        items.sort_by_key(|item| (Reverse(item.rank), item.sequence));
        let wanted: Vec<(NoticeId, u32)> = items.iter().map(|item| (item.notice_id, item.revision)).collect();
        let bodies = uow.bodies(&wanted).await?;
        let decided = decided(&mut *uow, &ids).await?;
        let (mut rows, mut new) = (Vec::new(), Vec::<NewWorkItem>::new());
        let mut count = 0;
        for (item, text) in items.into_iter().zip(bodies) {
            let notice = body(text, item.notice_id)?;
            let history = near.web.history_as_of(near.at(item.notice_id), item.received);
            let sheet = read(&policy, &notice, item.received, decided.of(item.notice_id));
            let assessed = judge(&policy, &sheet, &history);
            let Some(mut item) = uow.item(item.id).await? else { continue };
            let on = Opening {
                notice_id: item.notice_id,
                notice: &notice,
                revision: item.revision,
                restricted: item.restricted,
                received: item.received,
            };
            let known = |desk, new: &[NewWorkItem]| {
                new.iter().any(|of| of.item.notice_id == item.notice_id && of.item.desk == desk)
            };
            for of in self.further(&mut *uow, &assessed, &on, now).await? {
                if !known(of.item.desk, &new) {
                    new.push(of);
                }
            }
            let Some(of) = assessed.iter().find(|of| of.desk == item.desk) else {
                // At a desk to which the notice no longer leads its last assessment stands.
                item.assessment_id = uow.assessments(item.id).await?.last().map(|stored| stored.id);
                count += usize::from(item.assessment_id.is_some());
                uow.save_item(&item).await?;
                continue;
            };
            count += 1;
            let moved = self.assess_again(&mut *uow, &policy, &mut item, now, of).await?;
            for ended in &moved.holds_ended {
                rows.push(self.log_row(&system(), now, ActCode::HoldEnded, Entry::on(ended)));
            }
            let detail = json!({ "to": item.rank, "could_be": item.could_be, "because": "put off" });
            let entry = Entry { detail: Some(detail), ..Entry::on(&item) };
            rows.push(self.log_row(&system(), now, ActCode::Reassessed, entry));
        }
        uow.insert_items(&new).await?;
        uow.append_log(&rows).await?;
        uow.save().await?;
        Ok(count)
    }

    /// Items to open at desks to which a notice leads only now: since something was linked with it, or
    /// under another policy.
    pub(crate) async fn further(
        &self,
        uow: &mut dyn UnitOfWork,
        assessed: &[DeskAssessment],
        on: &Opening<'_>,
        now: Timestamp,
    ) -> Result<Vec<NewWorkItem>, ServiceError> {
        let all = uow.items_of_notice(on.notice_id).await?;
        let missing = assessed.iter().filter(|of| !all.iter().any(|item| item.desk == of.desk));
        Ok(missing.map(|of| self.new_item(on, now, of)).collect())
    }

    /// Accepts that an item ranks as its latest assessment says, lower than before. Whoever holds the
    /// item names their claim.
    ///
    /// # Errors
    /// When nothing lower is on offer, the offer is another than the one read, somebody else holds
    /// the item, or no reason is given.
    pub async fn accept_lowering(
        &self,
        by: &Principal,
        id: WorkItemId,
        claim_id: Option<ClaimId>,
        to: Rank,
        reason: &str,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::AcceptLowering)?;
        let reason = typed("/reason", reason)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock_items(&[id]).await?;
        let mut item = act.item(id).await?;
        by.require_desk(item.desk)?;
        match &item.state {
            State::Waiting | State::Held { .. } => {}
            State::Claimed { claim } if claim.holder == by.name => {
                let named = claim_id
                    .ok_or_else(|| invalid("/claim_id", "required", "you hold this item: name your claim"))?;
                let renewed =
                    item.state.under_claim(named, act.now)?.clone().renewed(act.now, self.settings.lease);
                item.state = State::Claimed { claim: renewed };
            }
            State::Claimed { claim } => {
                return Err(ServiceError::HeldBy { holder: claim.holder.clone(), since: claim.since });
            }
            State::Pending { .. } | State::Done { .. } => {
                return Err(ServiceError::WrongState { from: item.state.name(), act: "lowered" });
            }
        }
        let offered = item.could_be.ok_or(ServiceError::NothingToLower)?;
        if offered != to {
            return Err(ServiceError::Invalid(vec![FieldError {
                path: "/to".to_owned(),
                rule: "changed".to_owned(),
                fix: "the offer changed since you read it: read the item again".to_owned(),
                line: None,
            }]));
        }
        act.uow.lower_assessments(item.id, offered, &by.name, act.now).await?;
        let detail = json!({ "from": item.rank, "to": offered });
        move_to(&self.policy(), &mut item, offered);
        item.could_be = None;
        act.uow.save_item(&item).await?;
        item.version += 1;
        act.log(
            ActCode::LoweringAccepted,
            Entry { why: Some(reason), detail: Some(detail), ..Entry::on(&item) },
        );
        act.show(item).await
    }
}

/// Notices are kept as they were read.
pub(crate) fn body(text: Option<String>, of: NoticeId) -> Result<Notice, ServiceError> {
    let notice = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(notice.ok_or_else(|| ppn_store::StoreError::inconsistent("notice_bodies", "body", of))?)
}

/// Who acts where nobody does.
pub(crate) fn system() -> Principal {
    Principal {
        name: "system".to_owned(),
        roles: ppn_domain::Roles::default(),
        source: None,
        lists: Restriction::NONE,
        origin: "background".to_owned(),
    }
}

/// The desks of a list of assessments, for the log.
pub(crate) fn desks(of: &[DeskAssessment]) -> Vec<Desk> {
    of.iter().map(|a| a.desk).collect()
}
