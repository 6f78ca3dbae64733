//! Assessments and ranks: raising takes effect at once, lowering waits for a person.

use ppn_domain::{
    Act as ActCode, AssessmentId, ClaimId, Desk, Notice, NoticeId, Permission, Rank, State, Timestamp,
    WorkItem, WorkItemId,
};
use ppn_ingestion::FieldError;
use ppn_store::{NewWorkItem, StoredAssessment, UnitOfWork};
use ppn_triage::{DeskAssessment, Policy};
use serde_json::json;

use crate::act::{Act, Begun, Entry};
use crate::error::{invalid, typed};
use crate::{Idempotency, ItemView, Principal, Service, ServiceError};

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
    pub restricted: bool,
    pub received: Timestamp,
}

fn move_to(policy: &Policy, item: &mut WorkItem, rank: Rank) {
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
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let mut item = act.item(id).await?;
        by.require_desk(item.desk)?;
        if let State::Done { .. } = item.state {
            return Err(ServiceError::WrongState { from: item.state.name(), act: "assessed again" });
        }
        self.reassess_item(&mut act, &mut item).await?;
        let view = ItemView::of(&mut *act.uow, item).await?;
        act.finish(view).await
    }

    async fn reassess_item(&self, act: &mut Act<'_>, item: &mut WorkItem) -> Result<(), ServiceError> {
        let body = act.uow.body(item.notice_id, item.revision).await?;
        let notice: Notice = body
            .and_then(|b| serde_json::from_str(&b).ok())
            .ok_or_else(|| ppn_store::StoreError::inconsistent("notice_bodies", "body", item.notice_id))?;
        let policy = self.policy();
        let of =
            ppn_triage::assess(&policy, &notice, item.received, &ppn_triage::History::none(item.received));
        let before = item.rank;
        // An item at a desk to which the notice no longer leads keeps its assessment: nothing removes it.
        if let Some(of) = of.iter().find(|a| a.desk == item.desk) {
            let moved = self.assess_again(&mut *act.uow, &policy, item, act.now, of).await?;
            for ended in &moved.holds_ended {
                act.log(ActCode::HoldEnded, Entry::on(ended));
            }
        }
        let detail = json!({ "from": before, "to": item.rank, "could_be": item.could_be });
        act.log(ActCode::Reassessed, Entry { detail: Some(detail), ..Entry::on(item) });
        Ok(())
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
        let view = ItemView::of(&mut *act.uow, item).await?;
        act.finish(view).await
    }
}

/// The desks of a list of assessments, for the log.
pub(crate) fn desks(of: &[DeskAssessment]) -> Vec<Desk> {
    of.iter().map(|a| a.desk).collect()
}
