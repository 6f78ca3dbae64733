//! Ending an item, and the second person where one must decide.

use ppn_domain::review::Decided;
use ppn_domain::{
    Act as ActCode, ClaimId, Desk, NoticeId, Outcome, Permission, State, Timestamp, WorkItem, WorkItemId,
};
use ppn_store::NewWorkItem;
use serde_json::json;

use crate::act::{Act, Begun, Entry, answered, keep_answer, repeated};
use crate::error::{invalid, typed};
use crate::holding::reason;
use crate::item_page::linked_since;
use crate::{Idempotency, ItemView, Principal, Service, ServiceError};

/// How a holder ends an item.
#[derive(Debug, Clone)]
pub struct Complete {
    /// Who.
    pub by: Principal,
    /// The item.
    pub id: WorkItemId,
    /// Their claim.
    pub claim: ClaimId,
    /// The revision that they read.
    pub revision: u32,
    /// When they read it, where the caller can say: a linked notice that arrived later refuses the act.
    pub read_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// The notice of which this is a duplicate.
    pub duplicate_of: Option<NoticeId>,
    /// Once only.
    pub once: Option<Idempotency>,
}

/// Whether a second person must decide: a child item closed unshared, and a domestic abuse item that
/// is completed instead of reviewed, where the officer's grade then stands.
fn needs_second_person(desk: Desk, outcome: Outcome) -> bool {
    match desk {
        Desk::Child => !outcome.is_shared(),
        Desk::DomesticAbuse => true,
        _ => false,
    }
}

impl Service {
    /// Ends 1 to 100 items in one unit of work. Each has its own answer, and one that is refused
    /// fails no neighbour.
    pub async fn complete(&self, slice: Vec<Complete>) -> Vec<Result<ItemView, ServiceError>> {
        match repeated(|| self.complete_slice(&slice)).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); slice.len()],
        }
    }

    async fn complete_slice(
        &self,
        slice: &[Complete],
    ) -> Result<Vec<Result<ItemView, ServiceError>>, ServiceError> {
        let Some(first) = slice.first() else { return Ok(Vec::new()) };
        let mut act = self.begin_slice(&first.by).await?;
        let ids: Vec<WorkItemId> = slice.iter().map(|wish| wish.id).collect();
        act.lock_items(&ids).await?;
        let mut answers = Vec::with_capacity(slice.len());
        for wish in slice {
            act.by = &wish.by;
            match self.complete_one(&mut act, wish).await {
                Err(fault) if fault.is_of_the_store() => return Err(fault),
                answer => answers.push(answer),
            }
        }
        act.finish(()).await?;
        Ok(answers)
    }

    async fn complete_one<'a>(
        &'a self,
        act: &mut Act<'a>,
        wish: &'a Complete,
    ) -> Result<ItemView, ServiceError> {
        let by = &wish.by;
        by.require(Permission::WorkItem)?;
        let why = typed("/reason", &wish.reason)?;
        if !Outcome::CHOICES.contains(&wish.outcome) {
            return Err(invalid(
                "/outcome",
                "unknown_code",
                "that outcome comes of something else: choose another",
            ));
        }
        if wish.outcome == Outcome::Duplicate && wish.duplicate_of.is_none() {
            return Err(invalid("/duplicate_of", "required", "name the notice of which this is a duplicate"));
        }
        if let Some(once) = &wish.once
            && let Some(answer) = answered(&mut *act.uow, by, once, act.now).await?
        {
            return Ok(answer);
        }
        let mut item = act.held_item(wish.id, wish.claim).await?;
        if item.desk == Desk::Endorsement {
            // Ended in any other way it would leave the item behind it pending for good.
            let act = "completed: approve or reject it";
            return Err(ServiceError::WrongState { from: item.state.name(), act });
        }
        read_current(&item, wish.revision)?;
        if let Some(at) = wish.read_at
            && !linked_since(&mut *act.uow, item.notice_id, at).await?.is_empty()
        {
            return Err(ServiceError::LinkedSince);
        }
        if let Some(other) = wish.duplicate_of {
            let known = match act.uow.notice(other).await? {
                Some(head) => act.may_open(other, head.restricted).await?,
                None => false,
            };
            if other == item.notice_id || !known {
                return Err(invalid("/duplicate_of", "unknown", "name another notice that is held here"));
            }
        }
        let second = needs_second_person(item.desk, wish.outcome);
        let to = item.state.completed(wish.outcome, second)?;
        if !second {
            stop_clocks(&mut item, wish.outcome, act.now);
        }
        act.note(&item, ActCode::Completed, reason(why)).await?;
        let detail = json!({
            "outcome": wish.outcome, "second_person": second, "duplicate_of": wish.duplicate_of,
            "revision": wish.revision,
        });
        let entry = Entry { why: Some(why), detail: Some(detail), ..Entry::default() };
        let item = act.change(item, to, ActCode::Completed, entry).await?;
        if second {
            self.open_endorsement(act, &item).await?;
        }
        metrics::counter!("ppn_completed_total", "desk" => item.desk.code()).increment(1);
        let view = ItemView::of(&mut *act.uow, item).await?;
        if let Some(once) = &wish.once {
            keep_answer(&mut *act.uow, by, once, act.now, &view).await?;
        }
        Ok(view)
    }

    pub(crate) async fn open_endorsement(
        &self,
        act: &mut Act<'_>,
        of: &WorkItem,
    ) -> Result<(), ServiceError> {
        let limits = self.policy().limits(Desk::Endorsement, of.rank.band);
        let id = WorkItemId::new(act.now, self.random());
        let item = WorkItem {
            id,
            desk: Desk::Endorsement,
            state: State::Waiting,
            assessment_id: of.assessment_id,
            could_be: None,
            received: act.now,
            clocks: limits.clocks(act.now),
            sequence: 0,
            version: 0,
            ..of.clone()
        };
        act.uow.insert_items(&[NewWorkItem { item, lot: self.draw(), assessment: None }]).await?;
        Ok(act.uow.insert_endorsement(id, of.id).await?)
    }

    /// The second person's decision on a pending item, under a claim on its endorsement.
    /// Approved, the item is done; refused, it waits again under its old key, with the reason.
    ///
    /// # Errors
    /// When the caller may not endorse or decided first, the claim has ended, the notice was revised,
    /// or no reason is given.
    #[expect(clippy::too_many_arguments, reason = "each is a field of the request")]
    pub async fn endorse(
        &self,
        by: &Principal,
        id: WorkItemId,
        claim: ClaimId,
        revision: u32,
        approve: bool,
        why: &str,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::Endorse)?;
        let why = typed("/reason", why)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let of = act.uow.endorses(id).await?.ok_or(ServiceError::NotFound("endorsement"))?;
        act.lock_items(&[id, of]).await?;
        let mut endorsement = act.held_item(id, claim).await?;
        read_current(&endorsement, revision)?;
        let mut item = act.item(of).await?;
        let approved = item.state.approved(&by.name)?;
        if approve {
            // A grade is agreed to as it was given: on what its reviewer had read.
            let reviews = act.uow.reviews(item.notice_id).await?;
            if reviews.iter().any(|r| r.work_item_id == of && r.is_open() && r.revision != item.revision) {
                let act = "endorsed: the notice was revised since the grade was given, so reject it and have it graded again";
                return Err(ServiceError::WrongState { from: item.state.name(), act });
            }
        }
        let (to, code) = if approve {
            if let State::Done { outcome } = approved {
                stop_clocks(&mut item, outcome, act.now);
            }
            (approved, ActCode::Endorsed)
        } else {
            (item.state.returned()?, ActCode::EndorsementRefused)
        };
        act.note(&item, code, reason(why)).await?;
        let decided = Decided { by: by.name.clone(), at: act.now, endorsed: approve };
        act.uow.decide_review(of, &decided).await?;
        act.change(item, to, code, Entry { why: Some(why), ..Entry::default() }).await?;
        endorsement.clocks.decided = endorsement.clocks.decided.met(act.now);
        endorsement.clocks.told = endorsement.clocks.told.met(act.now);
        let done = endorsement.state.completed(Outcome::NoFurtherAction, false)?;
        let detail = json!({ "endorsement_of": of, "approved": approve });
        let entry = Entry { detail: Some(detail), ..Entry::default() };
        let endorsement = act.change(endorsement, done, ActCode::Completed, entry).await?;
        act.show(endorsement).await
    }
}

pub(crate) fn read_current(item: &WorkItem, revision: u32) -> Result<(), ServiceError> {
    if item.revision == revision { Ok(()) } else { Err(ServiceError::Revised { current: item.revision }) }
}

/// Decided now. The partner is told by an outcome that tells one, and by nothing else.
pub(crate) fn stop_clocks(item: &mut WorkItem, outcome: Outcome, now: Timestamp) {
    item.clocks.decided = item.clocks.decided.met(now);
    if outcome.is_shared() {
        item.clocks.told = item.clocks.told.met(now);
    }
}
