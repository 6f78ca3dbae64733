//! Policies: proposed, approved by a second person, applied in batches.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use ppn_domain::{
    Act as ActCode, Desk, Notice, NoticeId, Permission, PersonId, PolicyRef, State, StateName, WorkItem,
    WorkItemId,
};
use ppn_store::{AcceptedLowering, ListQuery, PolicyText, StoredAssessment, UnitOfWork, Viewer, WorkKey};
use ppn_triage::{DeskAssessment, Policy, RankedItem, judge, read};
use serde_json::json;

use crate::act::{Begun, Entry, repeated, turn_of};
use crate::assessing::{Opening, body, move_to};
use crate::cues::decided;
use crate::error::invalid;
use crate::listing::{Placed, listed};
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
    /// Of those, items that rank lower now, as whoever approved was shown.
    pub lowered: usize,
    /// Items opened at desks to which notices lead only under this policy.
    pub opened: usize,
    state: usize,
    after: Option<WorkKey>,
    /// How many were assessed when this pass began.
    before_pass: usize,
}

/// What putting a policy in force would do to the unfinished work.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The items as they stand.
    pub before: Vec<RankedItem>,
    /// The same as they would stand, and those that would be opened.
    pub after: Vec<RankedItem>,
    /// Whom it would lower, for whoever approves to accept.
    pub lowerings: Vec<AcceptedLowering>,
    /// Restricted items that the caller may not open and that are therefore not shown.
    pub not_shown: usize,
}

/// How much of the unfinished work stands under the policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyProgress {
    /// The policy in force.
    pub policy: PolicyRef,
    /// Unfinished items whose latest assessment is under another.
    pub remaining: u64,
}

/// An item as it stands, and what a policy makes of its notice.
struct UnderPolicy {
    item: WorkItem,
    latest: Option<StoredAssessment>,
    notice: Notice,
    assessed: Vec<DeskAssessment>,
    /// The desks at which the notice has an item, ended ones too.
    desks: Vec<Desk>,
}

impl UnderPolicy {
    /// What the policy makes of the item; nothing at a desk to which the notice no longer leads: there
    /// the item stays as it was.
    fn then(&self) -> Option<&DeskAssessment> {
        self.assessed.iter().find(|of| of.desk == self.item.desk)
    }
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
        act.lock(&[turn_of(&[b"policy", reference.hash.as_bytes()])]).await?;
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

    /// Approves a proposed policy, and with it the lowerings that the caller was shown
    /// ([`Self::effect_of`]). Whatever else it would lower waits for a person.
    ///
    /// # Errors
    /// When the caller may not or proposed it, or nothing of that hash waits for approval.
    pub async fn approve_policy(
        &self,
        by: &Principal,
        hash: &str,
        shown: &[AcceptedLowering],
    ) -> Result<PolicyRef, ServiceError> {
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
        act.uow.approve_policy(&kept.reference.hash, &by.name, shown).await?;
        let detail = json!({ "policy": kept.reference, "proposer": kept.proposer,
            "lowerings": shown.iter().map(|of| of.item).collect::<Vec<_>>() });
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
        let before = self.policy();
        let after = self.policy_in_force(&mut *self.store.read().await?).await?;
        Ok(before.reference() != after.reference())
    }

    /// The policy in force as this unit of work sees it: whoever assesses asks here, so that nothing is
    /// assessed under a policy that was replaced.
    pub(crate) async fn policy_in_force(
        &self,
        uow: &mut dyn UnitOfWork,
    ) -> Result<Arc<Policy>, ServiceError> {
        let known = self.policy();
        let active = uow.active_policy_ref().await?;
        if active.is_none_or(|active| active == *known.reference()) {
            return Ok(known);
        }
        let Some(kept) = uow.active_policy().await? else { return Ok(known) };
        let policy = Policy::from_toml(&kept.text).map_err(|e| invalid("", "policy", e.to_string()))?;
        let policy = Arc::new(policy);
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy.clone();
        Ok(policy)
    }

    /// How much of the unfinished work stands under the policy in force. Once nothing remained this
    /// service does not look again until another policy comes into force.
    pub(crate) async fn policy_progress(
        &self,
        uow: &mut dyn UnitOfWork,
    ) -> Result<PolicyProgress, ServiceError> {
        let policy = self.policy_in_force(uow).await?.reference().clone();
        let mut remaining = 0;
        if self.applied.lock().unwrap_or_else(PoisonError::into_inner).as_ref() != Some(&policy.hash) {
            remaining = uow.items_under_another(&policy.hash).await?;
            if remaining == 0 {
                *self.applied.lock().unwrap_or_else(PoisonError::into_inner) = Some(policy.hash.clone());
            }
        }
        Ok(PolicyProgress { policy, remaining })
    }

    /// Assesses the next batch of unfinished items under the active policy, highest bands first;
    /// false when none is left. Begun anew after a stop it passes over what was done: each item stands
    /// under its old key until its turn.
    ///
    /// # Errors
    /// When the store fails; then nothing of the batch happened.
    pub async fn apply_next(&self, so_far: &mut Applied) -> Result<bool, ServiceError> {
        let before = *so_far;
        // What a batch counted that was not saved is not counted.
        let (more, after) = repeated(|| async move {
            let mut so_far = before;
            let more = self.apply_batch(&mut so_far).await?;
            Ok((more, so_far))
        })
        .await?;
        *so_far = after;
        Ok(more)
    }

    async fn apply_batch(&self, so_far: &mut Applied) -> Result<bool, ServiceError> {
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
        // Asked first: from here on it stays in force until this batch is saved.
        uow.active_policy_ref().await?;
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
        let approver = Principal {
            name: active.approver.unwrap_or_else(|| "system".to_owned()),
            ..crate::assessing::system()
        };
        let due = stale(&mut *uow, &policy, items).await?;
        let ids: Vec<WorkItemId> = due.iter().map(|(item, _)| item.id).collect();
        let accepted: HashMap<WorkItemId, AcceptedLowering> = uow
            .accepted_lowerings(&policy.reference().hash, &ids)
            .await?
            .into_iter()
            .map(|of| (of.item, of))
            .collect();
        let (mut rows, mut new) = (Vec::new(), Vec::new());
        let mut opened: BTreeSet<(NoticeId, Desk)> = BTreeSet::new();
        for under in under(&mut *uow, &policy, due).await? {
            let on = Opening {
                notice_id: under.item.notice_id,
                notice: &under.notice,
                revision: under.item.revision,
                restricted: under.item.restricted,
                received: under.item.received,
            };
            for of in self.further(&mut *uow, &under.assessed, &on, now).await? {
                if opened.insert((of.item.notice_id, of.item.desk)) {
                    new.push(of);
                }
            }
            let Some(then) = under.then() else { continue };
            // Read anew: a pending item that rose took its endorsement along.
            let Some(mut item) = uow.item(under.item.id).await? else { continue };
            // Whoever assessed or ended it before it was this unit of work's did so under this policy.
            let is_as_it_was = under.latest.as_ref().is_none_or(|l| item.assessment_id == Some(l.id));
            if matches!(item.state, State::Done { .. }) || !is_as_it_was {
                continue;
            }
            let (before, fresh) = (item.rank, then.assessment.rank);
            let moved = self.assess_again(&mut *uow, &policy, &mut item, now, then).await?;
            so_far.assessed += 1;
            so_far.raised += usize::from(moved.raised);
            for ended in &moved.holds_ended {
                rows.push(self.log_row(&approver, now, ActCode::HoldEnded, Entry::on(ended)));
            }
            // Only what whoever approved was shown is lowered; all else waits for a person.
            let was_shown =
                accepted.get(&item.id).is_some_and(|shown| shown.from == before && fresh >= shown.to);
            if fresh < before && was_shown {
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
        so_far.opened += new.len();
        uow.insert_items(&new).await?;
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

    /// What putting a policy in force would do to the unfinished work; nothing is changed. Whoever
    /// approves it passes the lowerings on to [`Self::approve_policy`].
    ///
    /// # Errors
    /// When the caller may not, the store fails or the log cannot be written.
    pub async fn effect_of(&self, by: &Principal, policy: &Policy) -> Result<Effect, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        let (all, not_shown) = self.unfinished_under(by, policy).await?;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut lowerings = Vec::new();
        let mut opened: BTreeSet<(NoticeId, Desk)> = BTreeSet::new();
        for under in &all {
            let stands = standing(under);
            let mut becomes = stands.clone();
            if let Some(then) = under.then() {
                let fresh = then.assessment.rank;
                // A lower latest assessment already waits for a person, and goes on waiting.
                let waits = under.item.could_be.is_some() && fresh < under.item.rank;
                if !waits {
                    becomes = Placed::under(under.item.clone(), then.clone());
                }
                if fresh < under.item.rank && !waits {
                    lowerings.push(AcceptedLowering {
                        item: under.item.id,
                        from: under.item.rank,
                        to: fresh,
                    });
                }
            }
            before.push(stands);
            after.push(becomes);
            for of in &under.assessed {
                if !under.desks.contains(&of.desk) && opened.insert((under.item.notice_id, of.desk)) {
                    after.push(Placed::under(under.item.clone(), of.clone()));
                }
            }
        }
        Ok(Effect { before: listed(before), after: listed(after), lowerings, not_shown })
    }

    /// The unfinished items as a policy would rank them all by itself; nothing is kept.
    ///
    /// # Errors
    /// When the caller may not, the store fails or the log cannot be written.
    pub async fn ranked_under(
        &self,
        by: &Principal,
        policy: &Policy,
    ) -> Result<Vec<RankedItem>, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        let (all, _) = self.unfinished_under(by, policy).await?;
        let placed =
            all.iter().filter_map(|under| Some(Placed::under(under.item.clone(), under.then()?.clone())));
        Ok(listed(placed.collect()))
    }

    /// Every unfinished item that triage ranks and the caller may open, under a policy, with how many
    /// they may not. What is shown is on the record before it is.
    async fn unfinished_under(
        &self,
        by: &Principal,
        policy: &Policy,
    ) -> Result<(Vec<UnderPolicy>, usize), ServiceError> {
        let (mut all, mut not_shown) = (Vec::new(), 0);
        for state in UNFINISHED {
            let mut after = None;
            loop {
                let mut uow = self.store.read().await?;
                let items = uow.list_items(&page(state, after)).await?;
                let Some(last) = items.last() else { break };
                after = Some(WorkKey::of(last));
                let latest = uow.latest_assessments(&items).await?;
                let judged: Vec<_> =
                    items.into_iter().zip(latest).filter(|(item, _)| is_judged(item)).collect();
                let count = judged.len();
                let shown: Vec<_> =
                    judged.into_iter().filter(|(item, _)| by.opens(item.restricted)).collect();
                not_shown += count - shown.len();
                all.extend(under(&mut *uow, policy, shown).await?);
            }
        }
        let now = self.clock.now();
        let items: Vec<WorkItemId> = all.iter().map(|under| under.item.id).collect();
        let detail = json!({ "policy": policy.reference(), "items": items });
        let row = self.log_row(
            by,
            now,
            ActCode::ConsultedWorkList,
            Entry { detail: Some(detail), ..Entry::default() },
        );
        let mut uow = self.store.write().await?;
        uow.append_log(&[row]).await?;
        uow.save().await?;
        Ok((all, not_shown))
    }
}

/// Where an item stands now.
fn standing(under: &UnderPolicy) -> Placed {
    Placed {
        desk: under.item.desk,
        rank: under.item.rank,
        due: under.item.clocks.picked_up.due,
        assessment: under.latest.as_ref().map(|stored| stored.assessment.clone()),
        item: under.item.clone(),
    }
}

fn page(state: StateName, after: Option<WorkKey>) -> ListQuery {
    ListQuery {
        desk: None,
        state,
        band: None,
        holder: None,
        overdue_at: None,
        after,
        limit: APPLIED_AT_ONCE,
        viewer: Viewer::system(),
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
    let mut desks: HashMap<NoticeId, Vec<Desk>> = HashMap::new();
    for &id in &ids {
        desks.insert(id, uow.items_of_notice(id).await?.iter().map(|item| item.desk).collect());
    }
    let decided = decided(uow, &ids).await?;
    let mut all = Vec::new();
    for ((item, latest), text) in stale.into_iter().zip(bodies) {
        let notice = body(text, item.notice_id)?;
        let history = near.web.history_as_of(near.at(item.notice_id), item.received);
        let assessed =
            judge(policy, &read(policy, &notice, item.received, decided.of(item.notice_id)), &history);
        let desks = desks.get(&item.notice_id).cloned().unwrap_or_default();
        all.push(UnderPolicy { item, latest, notice, assessed, desks });
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
