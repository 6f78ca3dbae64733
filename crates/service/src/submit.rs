//! Notices in: new ones, revisions, repeats, and what could not be read.

use std::collections::HashSet;

use ppn_domain::{
    Act as ActCode, AuditRow, Finding, Notice, NoticeId, Outcome, Permission, Rank, Span, State, Timestamp,
    UnreadableId, WorkItem, WorkItemId,
};
use ppn_domain::{Desk, Reason};
use ppn_ingestion::{FieldError, Refusal, Submission};
use ppn_store::{
    NewNotice, NewRevision, NewWorkItem, NoticeHead, RevisionHead, UnitOfWork, Unreadable, UnreadableState,
};
use ppn_triage::{DeskAssessment, Policy};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::act::{Entry, answered, keep_answer};
use crate::assessing::{Opening, desks};
use crate::{Idempotency, Principal, Service, ServiceError};

/// A refused submission should be dealt with in this time.
pub const UNREADABLE_LIMIT: Span = Span::hours(1);

/// One submission, read or refused.
#[derive(Debug, Clone)]
pub struct Submit {
    /// Who submits.
    pub by: Principal,
    /// What was read.
    pub read: Result<Submission, Refused>,
    /// Worked before this service held it: kept as history, not as work.
    pub as_worked: bool,
    /// Once only.
    pub once: Option<Idempotency>,
}

/// What could not be read, as sent.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The bytes.
    pub content: Vec<u8>,
}

/// A work item as a receipt names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptItem {
    /// The item.
    pub id: WorkItemId,
    /// Its desk.
    pub desk: Desk,
    /// Band and score; for staff alone.
    pub rank: Option<Rank>,
    /// Why; for staff alone.
    pub reasons: Option<Vec<Reason>>,
}

/// The answer to an accepted submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The notice.
    pub id: NoticeId,
    /// The revision that this content is.
    pub revision: u32,
    /// The current revision: another one where older content was filed.
    pub current_revision: u32,
    /// The same content was held before: nothing changed.
    pub repeat: bool,
    /// The first revision of a notice not seen before.
    pub created: bool,
    /// Deficiencies found.
    pub findings: Vec<Finding>,
    /// The notice's unfinished work items.
    pub work_items: Vec<ReceiptItem>,
}

/// The answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Submitted {
    /// Kept as a notice, durable.
    Accepted(Receipt),
    /// Kept as sent, on the list of what could not be read.
    Refused {
        /// Where it stands on the list.
        id: UnreadableId,
        /// Why.
        errors: Vec<FieldError>,
    },
}

/// One submission on its way in.
struct Arriving<'a> {
    policy: &'a Policy,
    by: &'a Principal,
    arrived: Timestamp,
    as_worked: bool,
}

/// What one slice gathers before it is written.
#[derive(Default)]
struct Batch {
    notices: Vec<NewNotice>,
    items: Vec<NewWorkItem>,
    rows: Vec<AuditRow>,
    /// References that the slice met before: what was looked up for them at first is out of date.
    met: HashSet<(String, String)>,
}

impl Batch {
    async fn flush(&mut self, uow: &mut dyn UnitOfWork) -> Result<(), ServiceError> {
        uow.insert_notices(&std::mem::take(&mut self.notices)).await?;
        uow.insert_items(&std::mem::take(&mut self.items)).await?;
        uow.append_log(&std::mem::take(&mut self.rows)).await?;
        Ok(())
    }
}

impl Service {
    /// Takes in 1 to 100 submissions in one unit of work. Each has its own answer, and one that is
    /// refused fails no neighbour. The answers are given after everything is durable.
    pub async fn submit(&self, slice: Vec<Submit>) -> Vec<Result<Submitted, ServiceError>> {
        let count = slice.len();
        match self.submit_slice(slice).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); count],
        }
    }

    async fn submit_slice(
        &self,
        slice: Vec<Submit>,
    ) -> Result<Vec<Result<Submitted, ServiceError>>, ServiceError> {
        let policy = self.policy();
        let arrived = self.clock.now();
        // Reading and assessing are done before the store's turn is taken.
        let prepared: Vec<_> = slice
            .into_iter()
            .map(|submit| {
                let assessed = match &submit.read {
                    Ok(s) => ppn_triage::assess(
                        &policy,
                        &s.notice,
                        s.notice.received(arrived),
                        &ppn_triage::History::none(arrived),
                    ),
                    Err(_) => Vec::new(),
                };
                (submit, assessed)
            })
            .collect();
        let keys: Vec<_> = prepared
            .iter()
            .filter_map(|(s, _)| s.read.as_ref().ok())
            .map(|s| (s.notice.source.clone(), s.notice.reference.clone()))
            .collect();

        let mut uow = self.store.write().await?;
        let mut heads = uow.notices_by_reference(&keys).await?.into_iter();
        let mut batch = Batch::default();
        let mut answers = Vec::with_capacity(prepared.len());
        for (submit, assessed) in prepared {
            let head = if submit.read.is_ok() { heads.next().flatten() } else { None };
            let answer =
                self.submit_one(&mut *uow, &mut batch, (&policy, arrived), submit, (assessed, head)).await;
            match answer {
                // A fault of the store fails the slice: nothing of it may be believed kept.
                Err(fault) if fault.is_of_the_store() => return Err(fault),
                answer => answers.push(answer),
            }
        }
        batch.flush(&mut *uow).await?;
        uow.save().await?;
        Ok(answers)
    }

    async fn submit_one(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        (policy, arrived): (&Policy, Timestamp),
        submit: Submit,
        (assessed, head): (Vec<DeskAssessment>, Option<NoticeHead>),
    ) -> Result<Submitted, ServiceError> {
        let Submit { by, read, as_worked, once } = submit;
        let arriving = Arriving { policy, by: &by, arrived, as_worked };
        by.require(Permission::SubmitNotice)?;
        if let Some(once) = &once
            && let Some(answer) = answered(uow, &by, once, arrived).await?
        {
            return Ok(answer);
        }
        let answer = match read {
            Err(refused) => self.keep_refused(uow, batch, &by, arrived, refused).await?,
            Ok(submission) => {
                if by.source.as_ref().is_some_and(|only| *only != submission.notice.source) {
                    turned_away("source");
                    return Err(ServiceError::NotYourSource);
                }
                let key = (submission.notice.source.clone(), submission.notice.reference.clone());
                let head = if batch.met.insert(key.clone()) {
                    head
                } else {
                    batch.flush(uow).await?;
                    uow.notices_by_reference(std::slice::from_ref(&key)).await?.pop().flatten()
                };
                let restricted =
                    submission.notice.is_restricted() || head.as_ref().is_some_and(|h| h.restricted);
                let receipt = match head {
                    None => self.first_revision(batch, &arriving, submission, &assessed),
                    Some(head) => {
                        batch.flush(uow).await?;
                        self.further_revision(uow, batch, &arriving, submission, head).await?
                    }
                };
                Submitted::Accepted(for_reader(receipt, &by, restricted))
            }
        };
        if let Some(once) = &once {
            batch.flush(uow).await?;
            keep_answer(uow, &by, once, arrived, &answer).await?;
        }
        Ok(answer)
    }

    async fn keep_refused(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        by: &Principal,
        arrived: Timestamp,
        refused: Refused,
    ) -> Result<Submitted, ServiceError> {
        let errors = refused.refusal.errors;
        let id = uow
            .insert_unreadable(&Unreadable {
                id: UnreadableId::new(arrived, self.random()),
                arrived,
                due: arrived + UNREADABLE_LIMIT,
                submitted_by: by.name.clone(),
                source: refused.refusal.source,
                reference: refused.refusal.reference,
                content_hash: Sha256::digest(&refused.content).into(),
                content: refused.content,
                errors: json!(errors),
                state: UnreadableState::Open,
            })
            .await?;
        let detail = json!({ "unreadable": id, "rules": errors.iter().map(|e| &e.rule).collect::<Vec<_>>() });
        batch.rows.push(self.log_row(
            by,
            arrived,
            ActCode::CollectedUnreadable,
            Entry { detail: Some(detail), ..Entry::default() },
        ));
        metrics::counter!("ppn_submissions_total", "result" => "refused").increment(1);
        tracing::warn!(unreadable = %id, "a submission could not be read: a person must look at it");
        Ok(Submitted::Refused { id, errors })
    }

    fn first_revision(
        &self,
        batch: &mut Batch,
        arriving: &Arriving<'_>,
        submission: Submission,
        assessed: &[DeskAssessment],
    ) -> Receipt {
        let &Arriving { by, arrived, as_worked, .. } = arriving;
        let Submission { notice, findings, body, content_hash } = submission;
        let id = NoticeId::new(arrived, self.random());
        let received = notice.received(arrived);
        // Written later than it came cannot be, and would shut out every later revision.
        let version_at = notice.version_at(arrived).min(arrived);
        let restricted = notice.is_restricted();
        let mut work_items = Vec::with_capacity(assessed.len());
        let on = Opening { notice_id: id, notice: &notice, revision: 1, restricted, received };
        for of in assessed {
            let mut new = self.new_item(&on, arrived, of);
            if as_worked {
                new.item.state = State::Done { outcome: Outcome::WorkedBefore };
            } else {
                work_items.push(receipt_item(new.item.id, of));
            }
            batch.items.push(new);
        }
        batch.notices.push(NewNotice {
            head: NoticeHead {
                id,
                source: notice.source,
                reference: notice.reference,
                kind: notice.kind,
                revision: 1,
                revisions: 1,
                version_at,
                received,
                arrived,
                restricted,
                submitted_by: by.name.clone(),
            },
            first: NewRevision {
                notice_id: id,
                head: RevisionHead {
                    revision: 1,
                    content_hash: content_hash.0,
                    version_at,
                    arrived,
                    submitted_by: by.name.clone(),
                    findings: findings.clone(),
                },
                body,
            },
        });
        let detail = json!({ "desks": desks(assessed), "worked_before": as_worked });
        batch.rows.push(self.log_row(
            by,
            arrived,
            ActCode::CollectedNotice,
            Entry { notice_id: Some(id), detail: Some(detail), ..Entry::default() },
        ));
        metrics::counter!("ppn_submissions_total", "result" => "new").increment(1);
        Receipt { id, revision: 1, current_revision: 1, repeat: false, created: true, findings, work_items }
    }

    async fn further_revision(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        arriving: &Arriving<'_>,
        submission: Submission,
        mut head: NoticeHead,
    ) -> Result<Receipt, ServiceError> {
        let &Arriving { by, arrived, .. } = arriving;
        let Submission { notice, findings, body, content_hash } = submission;
        if let Some(same) = uow.revision_with_hash(head.id, &content_hash.0).await? {
            let detail = json!({ "revision": same.revision });
            batch.rows.push(self.log_row(
                by,
                arrived,
                ActCode::CollectedRepeat,
                Entry { notice_id: Some(head.id), detail: Some(detail), ..Entry::default() },
            ));
            metrics::counter!("ppn_submissions_total", "result" => "repeat").increment(1);
            let work_items = unfinished(uow, head.id).await?;
            return Ok(Receipt {
                id: head.id,
                revision: same.revision,
                current_revision: head.revision,
                repeat: true,
                created: false,
                findings: same.findings,
                work_items,
            });
        }

        // Written later than it came cannot be, and would shut out every later revision.
        let version_at = notice.version_at(arrived).min(arrived);
        let becomes_current = version_at >= head.version_at;
        head.revisions += 1;
        let revision = head.revisions;
        if becomes_current {
            head.revision = revision;
            head.kind = notice.kind;
            head.version_at = version_at;
        }
        // A restriction is lifted by a person, never by a later revision that leaves it out.
        head.restricted |= notice.is_restricted();
        let kept = NewRevision {
            notice_id: head.id,
            head: RevisionHead {
                revision,
                content_hash: content_hash.0,
                version_at,
                arrived,
                submitted_by: by.name.clone(),
                findings: findings.clone(),
            },
            body,
        };
        uow.insert_revision(&kept, &head).await?;

        let items = uow.items_of_notice(head.id).await?;
        let (done, at_work): (Vec<WorkItem>, Vec<WorkItem>) =
            items.into_iter().partition(|i| matches!(i.state, State::Done { .. }));
        for mut item in done.into_iter().filter(|i| i.restricted != head.restricted) {
            item.restricted = head.restricted;
            uow.save_item(&item).await?;
        }
        let current = becomes_current.then_some(&notice);
        let raised = self.revise_items(uow, batch, arriving, &head, current, &at_work).await?;
        let mut new = Vec::new();
        if let Some(notice) = current.filter(|_| !arriving.as_worked) {
            // An item that a revision opens counts from when that revision was written.
            let received = version_at;
            let restricted = head.restricted;
            let on = Opening { notice_id: head.id, notice, revision, restricted, received };
            for of in
                ppn_triage::assess(arriving.policy, notice, received, &ppn_triage::History::none(received))
            {
                if !at_work.iter().any(|i| i.desk == of.desk) {
                    new.push(self.new_item(&on, arrived, &of));
                }
            }
        }
        uow.insert_items(&new).await?;
        let opened: Vec<_> = new.iter().map(|n| n.item.id).collect();
        let detail = json!({
            "revision": revision, "current": head.revision, "opened": opened, "raised": raised,
        });
        batch.rows.push(self.log_row(
            by,
            arrived,
            ActCode::CollectedRevision,
            Entry { notice_id: Some(head.id), detail: Some(detail), ..Entry::default() },
        ));
        metrics::counter!("ppn_submissions_total", "result" => "revision").increment(1);
        let work_items = unfinished(uow, head.id).await?;
        Ok(Receipt {
            id: head.id,
            revision,
            current_revision: head.revision,
            repeat: false,
            created: false,
            findings,
            work_items,
        })
    }

    /// Assesses the unfinished items of a notice under its new current content, and says which rose.
    /// Filed content (`None`) assesses nothing; a new restriction reaches the items all the same.
    async fn revise_items(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        arriving: &Arriving<'_>,
        head: &NoticeHead,
        current: Option<&Notice>,
        at_work: &[WorkItem],
    ) -> Result<Vec<WorkItemId>, ServiceError> {
        let &Arriving { policy, by, arrived, .. } = arriving;
        let mut raised = Vec::new();
        for id in at_work.iter().map(|i| i.id) {
            // Read anew: a pending item that rose took its endorsement along.
            let Some(mut item) = uow.item(id).await? else { continue };
            let newly_restricted = head.restricted && !item.restricted;
            item.restricted = head.restricted;
            if newly_restricted && let Some(claim) = item.state.claim() {
                let roles = uow.roles_of(&claim.holder, arrived).await?.unwrap_or_default();
                if !roles.allow(Permission::OpenRestricted) {
                    // They may not open it any more: it goes back to those who may.
                    self.return_item(uow, &mut item, arrived, ActCode::ClaimWithdrawn).await?;
                }
            }
            let assessed = current
                .map(|n| {
                    ppn_triage::assess(policy, n, item.received, &ppn_triage::History::none(item.received))
                })
                .unwrap_or_default();
            // At a desk to which the notice no longer leads, the item stays as it was: no revision
            // removes an item.
            if let Some(of) = assessed.iter().find(|a| a.desk == item.desk) {
                let moved = self.assess_again(uow, policy, &mut item, arrived, of).await?;
                if moved.raised {
                    raised.push(item.id);
                }
                for ended in &moved.holds_ended {
                    batch.rows.push(self.log_row(by, arrived, ActCode::HoldEnded, Entry::on(ended)));
                }
            } else if newly_restricted {
                uow.save_item(&item).await?;
            }
        }
        Ok(raised)
    }

    /// What a submission would be told, without keeping anything of it.
    ///
    /// # Errors
    /// When the caller may not submit.
    pub fn check(
        &self,
        by: &Principal,
        content: &[u8],
    ) -> Result<Result<Vec<Finding>, Refusal>, ServiceError> {
        by.require(Permission::SubmitNotice)?;
        Ok(ppn_ingestion::read_notice(content, self.clock.now()).map(|s| s.findings))
    }
}

fn receipt_item(id: WorkItemId, of: &DeskAssessment) -> ReceiptItem {
    ReceiptItem {
        id,
        desk: of.desk,
        rank: Some(of.assessment.rank),
        reasons: Some(of.assessment.reasons.clone()),
    }
}

/// The unfinished items of a notice, with why.
async fn unfinished(uow: &mut dyn UnitOfWork, id: NoticeId) -> Result<Vec<ReceiptItem>, ServiceError> {
    let mut items = uow.items_of_notice(id).await?;
    items.retain(|i| !matches!(i.state, State::Done { .. }) && i.desk != Desk::Endorsement);
    let latest = uow.latest_assessments(&items).await?;
    Ok(items
        .into_iter()
        .zip(latest)
        .map(|(item, latest)| ReceiptItem {
            id: item.id,
            desk: item.desk,
            rank: Some(item.rank),
            reasons: Some(latest.map(|l| l.assessment.reasons).unwrap_or_default()),
        })
        .collect())
}

/// A source never sees band or reasons, so that nobody learns to tick towards red; nor does anybody
/// who may not open the notice.
fn for_reader(mut receipt: Receipt, by: &Principal, restricted: bool) -> Receipt {
    if !by.roles.are_staff() || (restricted && !by.opens_restricted()) {
        for item in &mut receipt.work_items {
            item.rank = None;
            item.reasons = None;
        }
    }
    receipt
}

/// A submission that is not kept anywhere: counted, and said to the operators.
pub(crate) fn turned_away(why: &'static str) {
    metrics::counter!("ppn_submissions_total", "result" => "turned_away").increment(1);
    tracing::warn!(why, "a submission was turned away and is not kept: its sender was told");
}
