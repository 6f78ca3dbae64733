//! How long notices are kept: which are due for review, what a person decides, legal holds, and erasure.

use std::collections::BTreeSet;

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Act as ActCode, Evidence, Notice, NoticeId, Permission, PersonId, Span, State, Timestamp};
use ppn_store::{Erased, Erasure, LogQuery, NoticeHead, Retained, UnitOfWork};
use ppn_triage::{CueDecisions, read_and_trace};
use serde_json::{Value, json};

use crate::act::{Act, Begun, Entry, repeated, turn_of};
use crate::assessing::body;
use crate::error::{invalid, typed};
use crate::linking::Described;
use crate::neighbours::neighbours;
use crate::{Principal, Service, ServiceError};

/// A notice is looked at again after so many years, unless set otherwise: ten, as for public protection.
pub const DEFAULT_REVIEW_YEARS: u32 = 10;
/// The longest that a group may wait for its review, and that a review may keep a notice.
pub const LONGEST_REVIEW_YEARS: u32 = 100;
/// Notices due for review that are looked at in one go.
pub const MOST_DUE: u32 = 1_000;
/// What stands where another notice quoted one that was erased.
pub const ERASED: &str = "erased";

/// Notices that are kept alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewGroup {
    /// What the force calls it.
    pub name: String,
    /// The kinds of notice in it.
    pub kinds: Vec<NoticeKind>,
    /// How many years after it was last written a notice is due for review; a year has 365 days.
    pub years: u32,
}

impl ReviewGroup {
    /// Every kind in one group.
    pub fn default_groups() -> Vec<Self> {
        let kinds = NoticeKind::ALL.to_vec();
        vec![Self { name: "1".to_owned(), kinds, years: DEFAULT_REVIEW_YEARS }]
    }

    const fn span(&self) -> Span {
        years(self.years)
    }
}

const fn years(years: u32) -> Span {
    Span::days(365 * years as i64)
}

/// A notice that is due for review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueForReview {
    /// The notice.
    pub id: NoticeId,
    /// The submitting system and its reference; `None` where the notice is restricted.
    pub named: Option<(String, String)>,
    /// Its kind.
    pub kind: NoticeKind,
    /// Its group.
    pub group: String,
    /// When it was last written.
    pub written: Timestamp,
    /// Since when it is due.
    pub due: Timestamp,
    /// Who put it under a legal hold, and when.
    pub held: Option<(String, Timestamp)>,
}

/// What a person decides about a notice on review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed {
    /// It is kept for so many years from now, and looked at again.
    Keep {
        /// How many.
        years: u32,
    },
    /// Nobody erases it until the hold is lifted.
    Hold,
    /// The hold is lifted.
    Lift,
}

/// What an erasure did, and what it could not reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedNotice {
    /// Assessments of other notices in which something that the notice said was quoted, and is no longer.
    pub quoted_elsewhere: usize,
    /// The newest copy of the store that was made of it and still holds the content, where one was made.
    pub newest_backup: Option<Backup>,
    /// Nothing of it is left in the store's own files; where it is not so, the engine has yet to write over it.
    pub written_over: bool,
}

/// A copy of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// When it was made.
    pub at: Timestamp,
    /// The file, where the log names it.
    pub file: Option<String>,
}

impl Service {
    /// The notices that are due for review, the longest due first: at most [`MOST_DUE`].
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn due_for_review(&self, by: &Principal) -> Result<Vec<DueForReview>, ServiceError> {
        by.require(Permission::ReviewRetention)?;
        let mut act = self.consult(by).await?;
        let now = act.now;
        let mut all = Vec::new();
        for group in &self.settings.review_groups {
            for &kind in &group.kinds {
                let found = act.uow.due_for_review(kind, now - group.span(), now, MOST_DUE).await?;
                all.extend(found.into_iter().map(|(head, retained)| due(group, head, retained)));
            }
        }
        all.sort_by_key(|of| (of.due, of.id));
        all.truncate(MOST_DUE as usize);
        let shown: Vec<NoticeId> = all.iter().map(|of| of.id).collect();
        let detail = Some(json!({ "notices": shown }));
        act.log(ActCode::ConsultedForReview, Entry { detail, ..Entry::default() });
        act.finish(()).await?;
        Ok(all)
    }

    /// Keeps a notice on review, or holds it against erasure.
    ///
    /// # Errors
    /// When the caller may not, there is no such notice, it was erased or stands so already, or no reason is
    /// given.
    pub async fn review_retention(
        &self,
        by: &Principal,
        id: NoticeId,
        reviewed: Reviewed,
        why: &str,
    ) -> Result<(), ServiceError> {
        by.require(Permission::ReviewRetention)?;
        let why = typed("/reason", why)?;
        let mut act = match self.begin_locked::<()>(by, &[turn(id)], None).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let (head, retained) = kept(&mut act, id).await?;
        if is_erased(&head, &retained) {
            return Err(invalid("", "erased", "it was erased: nothing of it is kept"));
        }
        let (now, name) = (act.now, by.name.as_str());
        let (code, detail) = match reviewed {
            Reviewed::Keep { years: of } => {
                if !(1..=LONGEST_REVIEW_YEARS).contains(&of) {
                    let fix = format!("give 1 to {LONGEST_REVIEW_YEARS} years");
                    return Err(invalid("/years", "out_of_range", fix));
                }
                let until = now + years(of);
                act.uow.keep_until(id, until, (name, now)).await?;
                (ActCode::KeptOnReview, json!({ "until": until }))
            }
            Reviewed::Hold if retained.held.is_some() => {
                return Err(invalid("", "unchanged", "it is under a legal hold already"));
            }
            Reviewed::Hold => {
                act.uow.hold_legally(id, Some((name, now))).await?;
                (ActCode::LegalHoldSet, json!({}))
            }
            Reviewed::Lift if retained.held.is_none() => {
                return Err(invalid("", "unchanged", "it is under no legal hold"));
            }
            Reviewed::Lift => {
                act.uow.hold_legally(id, None).await?;
                (ActCode::LegalHoldLifted, json!({}))
            }
        };
        let (why, detail) = (Some(why), Some(detail));
        act.log(code, Entry { notice_id: Some(id), why, detail, ..Entry::default() });
        act.finish(()).await
    }

    /// Erases what a notice said and what was made of it, for good. Whoever was joined by it alone is joined
    /// no longer, and unfinished work that counted it is assessed again: nothing falls in the order by that
    /// until a person accepts it.
    ///
    /// # Errors
    /// When the caller may not, there is no such notice, it was erased before, it is under a legal hold,
    /// somebody has work on it, it is not due for review (unless `before_due`), or no reason is given.
    pub async fn erase(
        &self,
        by: &Principal,
        id: NoticeId,
        why: &str,
        before_due: bool,
    ) -> Result<ErasedNotice, ServiceError> {
        by.require(Permission::ReviewRetention)?;
        let why = typed("/reason", why)?;
        let mut erased = repeated(|| self.erase_once(by, id, why, before_due)).await?;
        erased.written_over = self.store.forget_deleted().await?;
        Ok(erased)
    }

    async fn erase_once(
        &self,
        by: &Principal,
        id: NoticeId,
        why: &str,
        before_due: bool,
    ) -> Result<ErasedNotice, ServiceError> {
        let (read, locked) = self.matters(id).await?;
        let mut act = match self.begin_locked::<()>(by, &locked, None).await? {
            Begun::Again(()) => return Err(ServiceError::Again),
            Begun::Fresh(act) => act,
        };
        let (head, retained) = kept(&mut act, id).await?;
        if head != read {
            return Err(ServiceError::Raced);
        }
        let items = act.uow.items_of_notice(id).await?;
        let ids: Vec<_> = items.iter().map(|item| item.id).collect();
        act.lock_items(&ids).await?;
        self.may_be_erased(&mut act, &head, &retained, before_due).await?;

        let policy = self.policy_in_force(&mut *act.uow).await?;
        let (now, by) = (act.now, act.by);
        let nothing = nothing_of(&head)?;
        let (_, trace) = read_and_trace(&policy, &nothing, head.received, &CueDecisions::NONE);
        let people: BTreeSet<PersonId> =
            act.uow.mentions_of_notices(&[id]).await?.iter().map(|mention| mention.person_id).collect();
        let erasure = Erasure {
            notice_id: id,
            body: serde_json::to_string(&nothing).map_err(engine)?,
            trace: Described::of(&nothing, trace).trace()?,
            erased: Erased { by: by.name.clone(), at: now, revisions: head.revisions },
        };
        act.uow.erase(&erasure).await?;

        let (touched, rows) = self.join_people(&mut *act.uow, &policy, by, now, &[], &people).await?;
        act.uow.append_log(&rows).await?;
        let near = neighbours(&mut *act.uow, &touched.people, &touched.notices).await?;
        let own = BTreeSet::from([id]);
        let (new, rows) =
            self.reassess_near(&mut *act.uow, &policy, now, &near, (&own, "an erased notice")).await?;
        act.uow.insert_items(&new).await?;
        act.uow.append_log(&rows).await?;
        // After the new assessments were made: those before them quoted it too.
        let quoted_elsewhere = forget_quotes(&mut *act.uow, &head.reference).await?;

        let newest_backup = newest_backup(&mut *act.uow, head.arrived).await?;
        let detail = json!({
            "revisions": head.revisions,
            "quoted_elsewhere": quoted_elsewhere,
            "newest_backup": newest_backup.as_ref().map(|backup| backup.at),
            "before_due": before_due,
        });
        let (why, detail) = (Some(why), Some(detail));
        act.log(ActCode::ErasedNotice, Entry { notice_id: Some(id), why, detail, ..Entry::default() });
        act.finish(()).await?;
        Ok(ErasedNotice { quoted_elsewhere, newest_backup, written_over: false })
    }

    /// What an erasure takes turns by, read before it begins: whoever submits a revision of the notice, or
    /// another about its people, comes before or after it.
    async fn matters(&self, id: NoticeId) -> Result<(NoticeHead, Vec<ppn_store::Digest>), ServiceError> {
        let mut uow = self.store.read().await?;
        let head = uow.notice(id).await?.ok_or(ServiceError::NotFound("notice"))?;
        let notice = body(uow.body(id, head.revision).await?, id)?;
        let policy = self.policy();
        let (_, trace) = read_and_trace(&policy, &notice, head.received, &CueDecisions::NONE);
        let mut matters: Vec<_> = Described::of(&notice, trace).keys().collect();
        matters.push(turn_of(&[head.source.as_bytes(), head.reference.as_bytes()]));
        matters.push(turn(id));
        Ok((head, matters))
    }

    async fn may_be_erased(
        &self,
        act: &mut Act<'_>,
        head: &NoticeHead,
        retained: &Retained,
        before_due: bool,
    ) -> Result<(), ServiceError> {
        if is_erased(head, retained) {
            return Err(invalid("", "erased", "it was erased before"));
        }
        if let Some((who, _)) = &retained.held {
            let fix = format!("{who} put it under a legal hold: lift that first, if it may be lifted");
            return Err(invalid("", "held", fix));
        }
        if !act.uow.open_unreadable_of(&head.source, &head.reference).await?.is_empty() {
            let fix = "a submission of it that could not be read is still open: mend or dismiss it first";
            return Err(invalid("", "unreadable_open", fix));
        }
        let items = act.uow.items_of_notice(head.id).await?;
        if let Some(item) = items.iter().find(|item| !matches!(item.state, State::Done { .. })) {
            return Err(ServiceError::WrongState { from: item.state.name(), act: "erased" });
        }
        let group = self.settings.review_groups.iter().find(|group| group.kinds.contains(&head.kind));
        let due = group.map(|group| due_at(group, head, retained));
        if !before_due && due.is_none_or(|due| due > act.now) {
            return Err(invalid(
                "",
                "not_due",
                "it is not due for review: say that it is erased before, with the reason",
            ));
        }
        Ok(())
    }
}

fn turn(id: NoticeId) -> ppn_store::Digest {
    turn_of(&[b"retention", id.0.as_bytes()])
}

/// When a notice is looked at again: never before its group's time from when it was last written.
fn due_at(group: &ReviewGroup, head: &NoticeHead, retained: &Retained) -> Timestamp {
    let of_group = head.version_at + group.span();
    retained.until.map_or(of_group, |until| until.max(of_group))
}

fn due(group: &ReviewGroup, head: NoticeHead, retained: Retained) -> DueForReview {
    let due = due_at(group, &head, &retained);
    DueForReview {
        id: head.id,
        named: (!head.restricted.is_restricted()).then_some((head.source, head.reference)),
        kind: head.kind,
        group: group.name.clone(),
        written: head.version_at,
        due,
        held: retained.held,
    }
}

async fn kept(act: &mut Act<'_>, id: NoticeId) -> Result<(NoticeHead, Retained), ServiceError> {
    let head = act.uow.notice(id).await?.ok_or(ServiceError::NotFound("notice"))?;
    let retained = act.uow.retained(id).await?;
    Ok((head, retained))
}

/// Whether nothing that the notice said is kept: a later revision brought content again.
fn is_erased(head: &NoticeHead, retained: &Retained) -> bool {
    retained.erased.as_ref().is_some_and(|erased| erased.revisions == head.revisions)
}

/// What stands for a notice that said nothing: where it came from, what kind it was, and when.
fn nothing_of(head: &NoticeHead) -> Result<Notice, ServiceError> {
    let notice = json!({
        "source": head.source,
        "reference": head.reference,
        "kind": head.kind,
        "submitted_at": head.received,
        "restricted": head.restricted.reasons().collect::<Vec<_>>(),
    });
    Ok(serde_json::from_value(notice).map_err(engine)?)
}

fn engine(error: serde_json::Error) -> ppn_store::StoreError {
    ppn_store::StoreError::Engine(Box::new(error))
}

/// Takes out of the assessments of other notices what this one said. A reference is of one source; where
/// another source has the same, what is quoted of that one goes too: rather too much than too little.
async fn forget_quotes(uow: &mut dyn UnitOfWork, reference: &str) -> Result<usize, ServiceError> {
    let citing = uow.assessments_citing(reference).await?;
    for stored in &citing {
        let mut without = stored.assessment.clone();
        let evidence = without.reasons.iter_mut().map(|reason| &mut reason.evidence);
        for of in evidence.chain(without.grounds.iter_mut().map(|ground| &mut ground.evidence)) {
            for quote in of.iter_mut().filter(|quote| quote.reference.as_deref() == Some(reference)) {
                let reference = quote.reference.take();
                *quote = Evidence { path: String::new(), says: ERASED.to_owned(), span: None, reference };
            }
        }
        uow.rewrite_evidence(stored.id, &without).await?;
    }
    Ok(citing.len())
}

/// The newest copy that was made since the notice came.
async fn newest_backup(uow: &mut dyn UnitOfWork, arrived: Timestamp) -> Result<Option<Backup>, ServiceError> {
    let query =
        LogQuery { act: Some(ActCode::BackupMade), from: Some(arrived), limit: 1, ..LogQuery::default() };
    let newest = uow.read_log(&query).await?.pop();
    Ok(newest.map(|(_, row)| Backup {
        at: row.at,
        file: row.detail.get("file").and_then(Value::as_str).map(str::to_owned),
    }))
}
