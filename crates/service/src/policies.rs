//! Policies: proposed, approved by a second person, applied in batches.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use ppn_domain::{Act as ActCode, Desk, NoticeId, Permission, PersonId, PolicyRef, StateName, WorkItem};
use ppn_store::{ListQuery, PolicyText, StoredAssessment, UnitOfWork, WorkKey};
use ppn_triage::{DeskAssessment, KeyA, Policy, RankedItem, judge, read};
use serde_json::json;

use crate::act::{Begun, Entry};
use crate::assessing::{body, move_to};
use crate::error::invalid;
use crate::neighbours::neighbours;
use crate::{Principal, Service, ServiceError};

/// Items that are assessed again in one unit of work.
pub const APPLIED_AT_ONCE: u32 = 50;

/// The states of unfinished items, in which a policy reaches them.
const UNFINISHED: [StateName; 4] =
    [StateName::Waiting, StateName::Claimed, StateName::Held, StateName::Pending];

/// A policy of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPolicy {
    /// The policy.
    pub kept: PolicyText,
    /// The one in force.
    pub active: bool,
}

/// How far the application of a policy has come: the highest bands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Items looked at.
    pub looked_at: usize,
    /// Items that had an assessment under another policy and have one under this.
    pub assessed: usize,
    /// Of those, items that rank higher now.
    pub raised: usize,
    /// Of those, items that rank lower now, which the approval accepted.
    pub lowered: usize,
    state: usize,
    after: Option<WorkKey>,
    /// How many were assessed when this pass began.
    before_pass: usize,
}

/// An item as it stands, and what a policy makes of it.
struct UnderPolicy {
    item: WorkItem,
    then: DeskAssessment,
}

impl Service {
    /// Every policy that was ever proposed, the latest first.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn policies(&self, by: &Principal) -> Result<Vec<KeptPolicy>, ServiceError> {
        by.require(Permission::ReadBacklog)?;
        let mut uow = self.store.read().await?;
        let kept = uow.policies().await?;
        Ok(kept.into_iter().map(|(kept, active)| KeptPolicy { kept, active }).collect())
    }

    /// Keeps a policy for somebody else to approve. It changes nothing yet.
    ///
    /// # Errors
    /// When the caller may not, the policy is not valid, or the same text was proposed before.
    pub async fn propose_policy(&self, by: &Principal, text: &str) -> Result<PolicyRef, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        let policy = Policy::from_toml(text).map_err(|e| invalid("", "policy", e.to_string()))?;
        let reference = policy.reference().clone();
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        if act.uow.policies().await?.iter().any(|(kept, _)| kept.reference.hash == reference.hash) {
            return Err(invalid(
                "",
                "unchanged",
                "this very text was proposed before: change it, or approve that one",
            ));
        }
        act.uow
            .keep_policy(&PolicyText {
                reference: reference.clone(),
                text: text.to_owned(),
                proposer: by.name.clone(),
                approver: None,
                installed_at: act.now,
            })
            .await?;
        let detail = json!({ "policy": reference });
        act.log(ActCode::PolicyProposed, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(reference)
    }

    /// Approves a proposed policy, and with it the lowerings that it brings.
    ///
    /// # Errors
    /// When the caller may not or proposed it, or nothing of that hash waits for approval.
    pub async fn approve_policy(&self, by: &Principal, hash: &str) -> Result<PolicyRef, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let (kept, active) = find(&mut *act.uow, hash).await?;
        if active || kept.approver.is_some() {
            return Err(invalid("/hash", "approved", "it is approved already: apply it"));
        }
        if kept.proposer == by.name {
            return Err(ServiceError::OwnDecision);
        }
        act.uow.approve_policy(&kept.reference.hash, &by.name).await?;
        let detail = json!({ "policy": kept.reference, "proposer": kept.proposer });
        act.log(ActCode::PolicyApproved, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(kept.reference)
    }

    /// Puts an approved policy in force: every notice from now on, and by [`Self::apply_next`] what is
    /// unfinished.
    ///
    /// # Errors
    /// When the caller may not, or it is not approved.
    pub async fn activate_policy(&self, by: &Principal, hash: &str) -> Result<PolicyRef, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let (kept, active) = find(&mut *act.uow, hash).await?;
        if !active {
            if kept.approver.is_none() {
                return Err(invalid("/hash", "not_approved", "another person must approve it first"));
            }
            act.uow.activate_policy(&kept.reference.hash, act.now).await?;
            let detail = json!({ "policy": kept.reference });
            act.log(ActCode::PolicyApplied, Entry { detail: Some(detail), ..Entry::default() });
        }
        act.finish(()).await?;
        self.refresh_policy().await?;
        Ok(kept.reference)
    }

    /// Takes over the active policy of the store, where another node or command changed it.
    ///
    /// # Errors
    /// When the store fails or holds a policy that cannot be read.
    pub async fn refresh_policy(&self) -> Result<bool, ServiceError> {
        let Some(kept) = self.store.read().await?.active_policy().await? else { return Ok(false) };
        if kept.reference == *self.policy().reference() {
            return Ok(false);
        }
        let policy = Policy::from_toml(&kept.text).map_err(|e| invalid("", "policy", e.to_string()))?;
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        Ok(true)
    }

    /// Assesses the next batch of unfinished items under the active policy, highest bands first;
    /// false when none is left. Begun anew after a stop it passes over what was done: each item stands
    /// under its old key until its turn.
    ///
    /// # Errors
    /// When the store fails; then nothing of the batch happened.
    pub async fn apply_next(&self, so_far: &mut Applied) -> Result<bool, ServiceError> {
        let Some(&state) = UNFINISHED.get(so_far.state) else { return Ok(false) };
        let policy = self.policy();
        let request = page(state, so_far.after);
        // Looked at without the turn to write, which most pages need not.
        let mut seen = self.store.read().await?;
        let items = seen.list_items(&request).await?;
        let Some(last) = items.last() else {
            so_far.after = None;
            so_far.state += 1;
            if so_far.state == UNFINISHED.len() && so_far.assessed > so_far.before_pass {
                // An item that changed its state meanwhile may have slipped past: until a pass finds none.
                *so_far = Applied { state: 0, before_pass: so_far.assessed, looked_at: 0, ..*so_far };
            }
            return Ok(so_far.state < UNFINISHED.len());
        };
        let (after, count) = (WorkKey::of(last), items.len());
        let is_due = !stale(&mut *seen, &policy, items).await?.is_empty();
        drop(seen);
        if !is_due {
            so_far.after = Some(after);
            so_far.looked_at += count;
            return Ok(true);
        }
        let mut uow = self.store.write().await?;
        let active = uow.active_policy().await?.filter(|kept| kept.reference == *policy.reference());
        let Some(active) = active else {
            // Another policy was put in force since: nothing more is done under this one.
            drop(uow);
            self.refresh_policy().await?;
            *so_far = Applied::default();
            return Ok(true);
        };
        let now = self.clock.now();
        let items = uow.list_items(&request).await?;
        so_far.after = Some(items.last().map_or(after, WorkKey::of));
        so_far.looked_at += items.len();
        let mut rows = Vec::new();
        // Only a person accepts a lowering: whoever approved.
        let is_approved = active.approver.is_some();
        let approver = Principal {
            name: active.approver.unwrap_or_else(|| "system".to_owned()),
            ..crate::assessing::system()
        };
        let due = stale(&mut *uow, &policy, items).await?;
        for under in under(&mut *uow, &policy, due).await? {
            // Read anew: a pending item that rose took its endorsement along.
            let Some(mut item) = uow.item(under.item.id).await? else { continue };
            let (before, fresh) = (item.rank, under.then.assessment.rank);
            // A lower latest assessment that waited for a person still does: this policy did not cause it.
            let waits = item.could_be.is_some();
            let moved = self.assess_again(&mut *uow, &policy, &mut item, now, &under.then).await?;
            so_far.assessed += 1;
            so_far.raised += usize::from(moved.raised);
            for ended in &moved.holds_ended {
                rows.push(self.log_row(&approver, now, ActCode::HoldEnded, Entry::on(ended)));
            }
            if fresh < before && !waits && is_approved {
                uow.lower_assessments(item.id, fresh, &approver.name, now).await?;
                move_to(&policy, &mut item, fresh);
                item.could_be = None;
                uow.save_item(&item).await?;
                so_far.lowered += 1;
                let detail = json!({ "from": before, "to": fresh, "policy": policy.reference() });
                let entry = Entry { detail: Some(detail), ..Entry::on(&item) };
                rows.push(self.log_row(&approver, now, ActCode::LoweringAccepted, entry));
            } else {
                let detail = json!({ "from": before, "to": item.rank, "could_be": item.could_be,
                    "because": "policy" });
                let entry = Entry { detail: Some(detail), ..Entry::on(&item) };
                rows.push(self.log_row(&approver, now, ActCode::Reassessed, entry));
            }
        }
        uow.append_log(&rows).await?;
        uow.save().await?;
        Ok(true)
    }

    /// One policy by its hash, the beginning of it, or its version.
    ///
    /// # Errors
    /// When the caller may not, or there is none or more than one.
    pub async fn policy_named(&self, by: &Principal, hash: &str) -> Result<PolicyText, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        Ok(find(&mut *self.store.read().await?, hash).await?.0)
    }

    /// The unfinished items as a policy would rank them; nothing is kept.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn ranked_under(
        &self,
        by: &Principal,
        policy: &Policy,
    ) -> Result<Vec<RankedItem>, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        let mut all: BTreeMap<Desk, Vec<(KeyA, WorkItem, DeskAssessment)>> = BTreeMap::new();
        for state in UNFINISHED {
            let mut after = None;
            loop {
                let mut uow = self.store.read().await?;
                let items = uow.list_items(&page(state, after)).await?;
                let Some(last) = items.last() else { break };
                after = Some(WorkKey::of(last));
                let judged = items.into_iter().filter(is_judged).map(|item| (item, None)).collect();
                for under in under(&mut *uow, policy, judged).await? {
                    let UnderPolicy { item, then } = under;
                    let key = KeyA::new(then.assessment.rank, item.received, item.sequence);
                    all.entry(item.desk).or_default().push((key, item, then));
                }
            }
        }
        let mut ranked = Vec::new();
        for (desk, mut items) in all {
            items.sort_by_key(|(_, item, _)| (item.received, item.sequence));
            let dated: HashMap<_, usize> =
                items.iter().zip(1..).map(|((_, item, _), at)| (item.id, at)).collect();
            items.sort_by_key(|(key, _, _)| *key);
            for ((_, item, then), position) in items.into_iter().zip(1..) {
                ranked.push(RankedItem {
                    reference: item.reference,
                    source: item.source,
                    kind: item.kind,
                    desk,
                    position,
                    date_order_position: dated.get(&item.id).copied().unwrap_or(position),
                    band: then.assessment.rank.band,
                    score: then.assessment.rank.score,
                    provisional: then.assessment.questions,
                    reasons: then.assessment.reasons,
                    suggests: then.assessment.suggests,
                    due: item.received + then.limits.picked_up,
                    bundle: Vec::new(),
                    earlier_notices: 0,
                });
            }
        }
        Ok(ranked)
    }
}

fn page(state: StateName, after: Option<WorkKey>) -> ListQuery {
    ListQuery {
        desk: None,
        state,
        band: None,
        holder: None,
        after,
        limit: APPLIED_AT_ONCE,
        restricted: true,
        desks: Desk::ALL.to_vec(),
    }
}

/// Whether triage ranks the items of this desk.
fn is_judged(item: &WorkItem) -> bool {
    item.desk.is_assessed() || item.desk == Desk::Share
}

/// Items whose latest assessment was made under another policy, with it.
async fn stale(
    uow: &mut dyn UnitOfWork,
    policy: &Policy,
    items: Vec<WorkItem>,
) -> Result<Vec<(WorkItem, Option<StoredAssessment>)>, ServiceError> {
    let latest = uow.latest_assessments(&items).await?;
    let is_stale = |(item, latest): &(WorkItem, Option<StoredAssessment>)| {
        is_judged(item) && latest.as_ref().is_none_or(|l| l.assessment.policy != *policy.reference())
    };
    Ok(items.into_iter().zip(latest).filter(is_stale).collect())
}

/// What a policy makes of items.
async fn under(
    uow: &mut dyn UnitOfWork,
    policy: &Policy,
    stale: Vec<(WorkItem, Option<StoredAssessment>)>,
) -> Result<Vec<UnderPolicy>, ServiceError> {
    let of: BTreeSet<NoticeId> = stale.iter().map(|(item, _)| item.notice_id).collect();
    let ids: Vec<NoticeId> = of.iter().copied().collect();
    let mentions = uow.mentions_of_notices(&ids).await?;
    let people: BTreeSet<PersonId> = mentions.iter().filter(|m| m.concerned).map(|m| m.person_id).collect();
    let near = neighbours(uow, &people, &of).await?;
    let wanted: Vec<(NoticeId, u32)> =
        stale.iter().map(|(item, _)| (item.notice_id, item.revision)).collect();
    let bodies = uow.bodies(&wanted).await?;
    let mut all = Vec::new();
    for ((item, _), text) in stale.into_iter().zip(bodies) {
        let notice = body(text, item.notice_id)?;
        let history = near.web.history_as_of(near.at(item.notice_id), item.received);
        let assessed = judge(policy, &read(policy, &notice, item.received), &history);
        // At a desk to which the notice no longer leads, the item stays as it was.
        if let Some(then) = assessed.into_iter().find(|a| a.desk == item.desk) {
            all.push(UnderPolicy { item, then });
        }
    }
    Ok(all)
}

/// A kept policy by its hash, or by the beginning of it.
async fn find(uow: &mut dyn UnitOfWork, hash: &str) -> Result<(PolicyText, bool), ServiceError> {
    let kept = uow.policies().await?;
    let mut found = kept.into_iter().filter(|(kept, _)| {
        kept.reference.hash.starts_with(hash) && hash.len() >= 8 || kept.reference.version == hash
    });
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => {
            Err(invalid("/hash", "ambiguous", "several policies have it: give more of the hash"))
        }
        (None, _) => Err(ServiceError::NotFound("policy")),
    }
}
