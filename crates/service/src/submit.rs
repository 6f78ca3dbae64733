//! Notices in: new ones, revisions, repeats, and what could not be read.

mod revision;

use std::collections::{BTreeSet, HashSet};

use ppn_domain::{
    Act as ActCode, AuditRow, Desk, Finding, MentionId, Notice, NoticeId, Outcome, Permission, PersonId,
    Rank, Reason, Restriction, Span, State, Timestamp, UnreadableId, WorkItemId,
};
use ppn_ingestion::{FieldError, Refusal, Submission};
use ppn_store::{
    NewMention, NewNotice, NewRevision, NewWorkItem, NoticeHead, RevisionHead, UnitOfWork, Unreadable,
    UnreadableState,
};
use ppn_triage::{CueDecisions, DeskAssessment, Policy, Sheet, judge, read_and_trace};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::act::{Entry, answered, keep_answer, repeated, turn_of};
use crate::assessing::{Opening, desks};
use crate::linking::Described;
use crate::neighbours::{Neighbours, neighbours};
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

/// What was read of a submission before the store's turn was taken.
struct Prepared {
    described: Described,
    sheet: Sheet,
}

impl Prepared {
    fn read(policy: &Policy, notice: &Notice, arrived: Timestamp) -> Self {
        // Nobody can have said anything of a notice not seen before; a revision is read again.
        let (sheet, trace) = read_and_trace(policy, notice, notice.received(arrived), &CueDecisions::NONE);
        Self { described: Described::of(notice, trace), sheet }
    }
}

/// One submission on its way in.
struct Arriving<'a> {
    policy: &'a Policy,
    by: &'a Principal,
    arrived: Timestamp,
    as_worked: bool,
    once: Option<&'a Idempotency>,
}

/// A notice that was kept and is not assessed yet: it waits for the people of its slice.
struct Kept {
    /// The place of its answer.
    slot: usize,
    by: Principal,
    once: Option<Idempotency>,
    as_worked: bool,
    head: NoticeHead,
    notice: Notice,
    sheet: Sheet,
    findings: Vec<Finding>,
    what: What,
}

enum What {
    First,
    /// The new current revision.
    Revision {
        revision: u32,
    },
}

/// What one slice gathers before it is written.
#[derive(Default)]
struct Batch {
    notices: Vec<NewNotice>,
    mentions: Vec<NewMention>,
    traces: Vec<(NoticeId, String)>,
    items: Vec<NewWorkItem>,
    rows: Vec<AuditRow>,
    kept: Vec<Kept>,
    /// People whom dropped mentions stood for.
    dropped: BTreeSet<PersonId>,
    /// References that the slice met before: what was looked up for them at first is out of date.
    met: HashSet<(String, String)>,
    answers: Vec<Option<Result<Submitted, ServiceError>>>,
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
        // On the heap, once a slice: the way from a notice to its neighbours is a large future.
        match repeated(|| Box::pin(self.submit_slice(slice.clone()))).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); count],
        }
    }

    async fn submit_slice(
        &self,
        slice: Vec<Submit>,
    ) -> Result<Vec<Result<Submitted, ServiceError>>, ServiceError> {
        let read_under = self.policy();
        let arrived = self.clock.now();
        // Reading is done before the store's turn is taken.
        let mut prepared: Vec<_> = slice
            .into_iter()
            .map(|submit| {
                let prepared =
                    submit.read.as_ref().ok().map(|s| Prepared::read(&read_under, &s.notice, arrived));
                (submit, prepared)
            })
            .collect();
        let keys: Vec<_> = prepared
            .iter()
            .filter_map(|(s, _)| s.read.as_ref().ok())
            .map(|s| (s.notice.source.clone(), s.notice.reference.clone()))
            .collect();

        // On a store with several writers two submissions of one reference, or about people who share a
        // key, take turns: the later one finds what the earlier one kept.
        let locked: Vec<_> = prepared
            .iter()
            .filter_map(|(_, prepared)| prepared.as_ref())
            .flat_map(|prepared| prepared.described.keys())
            .chain(keys.iter().map(|(source, reference)| turn_of(&[source.as_bytes(), reference.as_bytes()])))
            .collect();

        let mut uow = self.store.write().await?;
        uow.lock(&locked).await?;
        let policy = self.policy_in_force(&mut *uow).await?;
        if policy.reference() != read_under.reference() {
            for (submit, prepared) in &mut prepared {
                if let (Ok(of), Some(prepared)) = (&submit.read, prepared) {
                    *prepared = Prepared::read(&policy, &of.notice, arrived);
                }
            }
        }
        let mut heads = uow.notices_by_reference(&keys).await?.into_iter();
        let mut batch = Batch::default();
        for (submit, prepared) in prepared {
            let head = if submit.read.is_ok() { heads.next().flatten() } else { None };
            let slot = batch.answers.len();
            batch.answers.push(None);
            let answer =
                self.submit_one(&mut *uow, &mut batch, (&policy, arrived), submit, (prepared, head)).await;
            match answer {
                // A fault of the store fails the slice: nothing of it may be believed kept.
                Err(fault) if fault.is_of_the_store() => return Err(fault),
                Ok(None) => {}
                Ok(Some(answer)) => batch.answers[slot] = Some(Ok(answer)),
                Err(error) => batch.answers[slot] = Some(Err(error)),
            }
        }
        self.settle(&mut *uow, &mut batch, &policy, arrived).await?;
        uow.save().await?;
        Ok(batch.answers.into_iter().map(|answer| answer.unwrap_or(Err(ServiceError::Busy))).collect())
    }

    /// The answer, unless it waits for the slice to be settled.
    async fn submit_one(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        (policy, arrived): (&Policy, Timestamp),
        submit: Submit,
        (prepared, head): (Option<Prepared>, Option<NoticeHead>),
    ) -> Result<Option<Submitted>, ServiceError> {
        let Submit { by, read, as_worked, once } = submit;
        by.require(Permission::SubmitNotice)?;
        if let Some(once) = &once
            && let Some(answer) = answered(uow, &by, once, arrived).await?
        {
            return Ok(Some(answer));
        }
        let answer = match (read, prepared) {
            (Err(refused), _) => self.keep_refused(uow, batch, &by, arrived, refused).await?,
            // What could be read was prepared.
            (Ok(_), None) => return Err(ServiceError::Busy),
            (Ok(submission), Some(prepared)) => {
                if by.source.as_ref().is_some_and(|only| *only != submission.notice.source) {
                    turned_away("source");
                    return Err(ServiceError::NotYourSource);
                }
                let key = (submission.notice.source.clone(), submission.notice.reference.clone());
                let head = if batch.met.insert(key.clone()) {
                    head
                } else {
                    self.settle(uow, batch, policy, arrived).await?;
                    uow.notices_by_reference(std::slice::from_ref(&key)).await?.pop().flatten()
                };
                let arriving = Arriving { policy, by: &by, arrived, as_worked, once: once.as_ref() };
                let answer = match head {
                    None => {
                        self.first_revision(batch, &arriving, submission, prepared)?;
                        return Ok(None);
                    }
                    Some(head) => {
                        batch.flush(uow).await?;
                        self.further_revision(uow, batch, &arriving, submission, head).await?
                    }
                };
                let Some((receipt, restricted)) = answer else { return Ok(None) };
                Submitted::Accepted(for_reader(receipt, &by, restricted))
            }
        };
        if let Some(once) = &once {
            batch.flush(uow).await?;
            keep_answer(uow, &by, once, arrived, &answer).await?;
        }
        Ok(Some(answer))
    }

    /// Joins the people of everything kept so far with whom the store knows, assesses what was kept
    /// and whatever it touches, and gives the answers.
    async fn settle(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        policy: &Policy,
        arrived: Timestamp,
    ) -> Result<(), ServiceError> {
        batch.flush(uow).await?;
        let kept = std::mem::take(&mut batch.kept);
        let Some(first) = kept.first() else { return Ok(()) };
        let by = first.by.clone();
        let mentions = std::mem::take(&mut batch.mentions);
        uow.insert_mentions(&mentions).await?;
        self.keep_off_declared(uow, &mentions, arrived).await?;
        uow.keep_traces(&std::mem::take(&mut batch.traces)).await?;
        let mentions: Vec<_> = mentions.into_iter().map(|new| new.mention).collect();
        let dropped = std::mem::take(&mut batch.dropped);
        let (mut touched, rows) = self.join_people(uow, policy, &by, arrived, &mentions, &dropped).await?;
        batch.rows.extend(rows);
        touched.notices.extend(kept.iter().map(|kept| kept.head.id));
        let near = neighbours(uow, &touched.people, &touched.notices).await?;
        let own: BTreeSet<NoticeId> = kept.iter().map(|kept| kept.head.id).collect();
        for kept in kept {
            let (slot, by, once, restricted) =
                (kept.slot, kept.by.clone(), kept.once.clone(), kept.head.restricted);
            let receipt = match kept.what {
                What::First => self.assess_first(batch, policy, arrived, &near, kept),
                What::Revision { revision } => {
                    self.assess_revision(uow, batch, policy, arrived, &near, (kept, revision)).await?
                }
            };
            let answer = Submitted::Accepted(for_reader(receipt, &by, restricted));
            if let Some(once) = &once {
                keep_answer(uow, &by, once, arrived, &answer).await?;
            }
            if let Some(at) = batch.answers.get_mut(slot) {
                *at = Some(Ok(answer));
            }
        }
        let (items, rows) =
            self.reassess_near(uow, policy, arrived, &near, (&own, "a linked notice")).await?;
        batch.items.extend(items);
        batch.rows.extend(rows);
        batch.flush(uow).await
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
        prepared: Prepared,
    ) -> Result<(), ServiceError> {
        let &Arriving { by, arrived, as_worked, once, .. } = arriving;
        let Submission { notice, findings, body, content_hash } = submission;
        let id = NoticeId::new(arrived, self.random());
        let received = notice.received(arrived);
        // Written later than it came cannot be, and would shut out every later revision.
        let version_at = notice.version_at(arrived).min(arrived);
        let head = NoticeHead {
            id,
            source: notice.source.clone(),
            reference: notice.reference.clone(),
            kind: notice.kind,
            revision: 1,
            revisions: 1,
            version_at,
            received,
            arrived,
            restricted: notice.restriction(),
            submitted_by: by.name.clone(),
        };
        batch.notices.push(NewNotice {
            head: head.clone(),
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
        let Prepared { described, sheet } = prepared;
        batch.mentions.extend(described.mentions(id, received, &[], || self.mention_id(arrived))?);
        batch.traces.push((id, described.trace()?));
        let (once, by) = (once.cloned(), by.clone());
        let slot = batch.answers.len() - 1;
        batch.kept.push(Kept { slot, by, once, as_worked, head, notice, sheet, findings, what: What::First });
        Ok(())
    }

    fn mention_id(&self, now: Timestamp) -> MentionId {
        MentionId::new(now, self.random())
    }

    /// The items of a notice seen for the first time.
    fn assess_first(
        &self,
        batch: &mut Batch,
        policy: &Policy,
        arrived: Timestamp,
        near: &Neighbours,
        kept: Kept,
    ) -> Receipt {
        let Kept { by, as_worked, head, notice, sheet, findings, .. } = kept;
        let history = near.web.history_as_of(near.at(head.id), head.received);
        let assessed = judge(policy, &sheet, &history);
        let mut work_items = Vec::with_capacity(assessed.len());
        let on = Opening {
            notice_id: head.id,
            notice: &notice,
            revision: 1,
            restricted: head.restricted,
            received: head.received,
        };
        for of in &assessed {
            let mut new = self.new_item(&on, arrived, of);
            if as_worked {
                new.item.state = State::Done { outcome: Outcome::WorkedBefore };
            } else {
                work_items.push(receipt_item(new.item.id, of));
            }
            batch.items.push(new);
        }
        let detail = json!({ "desks": desks(&assessed), "worked_before": as_worked });
        batch.rows.push(self.log_row(
            &by,
            arrived,
            ActCode::CollectedNotice,
            Entry { notice_id: Some(head.id), detail: Some(detail), ..Entry::default() },
        ));
        metrics::counter!("ppn_submissions_total", "result" => "new").increment(1);
        Receipt {
            id: head.id,
            revision: 1,
            current_revision: 1,
            repeat: false,
            created: true,
            findings,
            work_items,
        }
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
fn for_reader(mut receipt: Receipt, by: &Principal, restricted: Restriction) -> Receipt {
    if !by.roles.are_staff() || !by.opens(restricted) {
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
