//! One act: a unit of work with its moment, its caller, its rows of the log, and its kept answer.

use ppn_domain::{
    Act as ActCode, AuditId, AuditRow, NoticeId, PersonId, Span, Timestamp, TypedText, TypedTextId, WorkItem,
    WorkItemId,
};
use ppn_store::{Answered, UnitOfWork};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Idempotency, Principal, Service, ServiceError};

/// An answer is kept this long for the same key.
pub const ANSWERS_KEPT: Span = Span::hours(24);

/// So often is a unit of work begun that other writers of the store stand in the way of.
const TRIES: u32 = 3;

/// Runs a unit of work, and begins it anew while another writer came first and nothing of it was kept.
pub(crate) async fn repeated<T, F>(mut unit: impl FnMut() -> F) -> Result<T, ServiceError>
where
    F: Future<Output = Result<T, ServiceError>>,
{
    let mut tries = 1;
    loop {
        match unit().await {
            Err(error) if error.is_over_when_begun_anew() && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

/// By which units of work about one matter take turns. A digest, since identifiers made at one moment
/// begin alike.
pub(crate) fn turn_of(matter: &[&[u8]]) -> ppn_store::Digest {
    let mut hash = Sha256::new();
    for part in matter {
        hash.update(part);
        hash.update([0]);
    }
    let whole: [u8; 32] = hash.finalize().into();
    whole.first_chunk().copied().unwrap_or_default()
}

/// What a row of the log says beside who, when and from where.
#[derive(Debug, Default)]
pub(crate) struct Entry<'a> {
    pub notice_id: Option<NoticeId>,
    pub work_item_id: Option<WorkItemId>,
    pub person_id: Option<PersonId>,
    pub why: Option<&'a str>,
    pub recipient: Option<&'a str>,
    pub detail: Option<Value>,
}

impl Entry<'_> {
    pub(crate) fn on(item: &WorkItem) -> Self {
        Self { notice_id: Some(item.notice_id), work_item_id: Some(item.id), ..Self::default() }
    }
}

impl Service {
    /// A row of the log by `by` at `at`.
    pub(crate) fn log_row(&self, by: &Principal, at: Timestamp, act: ActCode, entry: Entry<'_>) -> AuditRow {
        AuditRow {
            id: AuditId::new(at, self.random()),
            at,
            who: by.name.clone(),
            act,
            notice_id: entry.notice_id,
            work_item_id: entry.work_item_id,
            person_id: entry.person_id.map(|id| id.0),
            origin: by.origin.clone(),
            why: entry.why.map(|text| {
                // The one character that a store does not keep is replaced before the hash is made.
                let text = text.replace('\0', "\u{fffd}");
                let salt = self.random().to_be_bytes();
                let mut hash = Sha256::new_with_prefix(salt);
                hash.update(&text);
                TypedText {
                    id: TypedTextId::new(at, self.random()),
                    hash: hash.finalize().into(),
                    salt,
                    text,
                }
            }),
            recipient: entry.recipient.map(str::to_owned),
            detail: entry.detail.unwrap_or_else(|| json!({})),
        }
    }

    /// Begins an act, or gives the answer that the same request got before.
    pub(crate) async fn begin<'a, T: DeserializeOwned>(
        &'a self,
        by: &'a Principal,
        once: Option<&'a Idempotency>,
    ) -> Result<Begun<'a, T>, ServiceError> {
        self.begin_locked(by, &[], once).await
    }

    /// The same, taking turns with whoever else holds any of these keys.
    pub(crate) async fn begin_locked<'a, T: DeserializeOwned>(
        &'a self,
        by: &'a Principal,
        keys: &[ppn_store::Digest],
        once: Option<&'a Idempotency>,
    ) -> Result<Begun<'a, T>, ServiceError> {
        let mut uow = self.store.write().await?;
        if !keys.is_empty() {
            uow.lock(keys).await?;
        }
        if let Some(once) = once
            && let Some(answer) = answered(&mut *uow, by, once, self.clock.now()).await?
        {
            return Ok(Begun::Again(answer));
        }
        // After the turn and the key were waited for.
        let now = self.clock.now();
        Ok(Begun::Fresh(Act { uow, now, by, once, rows: Vec::new(), service: self }))
    }

    /// Begins a unit of work that several callers share; [`Act::by`] moves from one to the next.
    pub(crate) async fn begin_slice<'a>(&'a self, first: &'a Principal) -> Result<Act<'a>, ServiceError> {
        let uow = self.store.write().await?;
        let now = self.clock.now();
        Ok(Act { uow, now, by: first, once: None, rows: Vec::new(), service: self })
    }
}

/// The kept answer to the same request, if there is one.
pub(crate) async fn answered<T: DeserializeOwned>(
    uow: &mut dyn UnitOfWork,
    by: &Principal,
    once: &Idempotency,
    now: Timestamp,
) -> Result<Option<T>, ServiceError> {
    match uow.answered(&by.caller(), &once.key, now - ANSWERS_KEPT).await? {
        None => Ok(None),
        Some(kept) if kept.request_hash != once.request_hash => Err(ServiceError::KeyReused),
        // An answer in the shape of an earlier version of this program counts as none.
        Some(kept) => Ok(serde_json::from_str(&kept.answer).ok()),
    }
}

/// Keeps an answer for the same request.
pub(crate) async fn keep_answer<T: Serialize + Sync>(
    uow: &mut dyn UnitOfWork,
    by: &Principal,
    once: &Idempotency,
    now: Timestamp,
    answer: &T,
) -> Result<(), ServiceError> {
    let answer = serde_json::to_string(answer)
        .map_err(|e| ServiceError::from(ppn_store::StoreError::Engine(Box::new(e))))?;
    let kept = Answered { request_hash: once.request_hash, answer, at: now };
    Ok(uow.keep_answer(&by.caller(), &once.key, &kept, now - ANSWERS_KEPT).await?)
}

/// A begun act, or the answer given before.
pub(crate) enum Begun<'a, T> {
    Again(T),
    Fresh(Act<'a>),
}

/// An act under way.
pub(crate) struct Act<'a> {
    service: &'a Service,
    pub uow: Box<dyn UnitOfWork>,
    pub now: Timestamp,
    pub by: &'a Principal,
    once: Option<&'a Idempotency>,
    rows: Vec<AuditRow>,
}

impl Act<'_> {
    /// Adds a row of the log.
    pub(crate) fn log(&mut self, act: ActCode, entry: Entry<'_>) {
        self.rows.push(self.service.log_row(self.by, self.now, act, entry));
    }

    /// Makes items this act's, before they are read. The act takes place from then on: a lease that
    /// ended while it waited has ended for it.
    pub(crate) async fn lock_items(&mut self, ids: &[WorkItemId]) -> Result<(), ServiceError> {
        self.uow.lock_items(ids).await?;
        self.now = self.service.clock.now();
        Ok(())
    }

    /// Makes matters this act's, before anything of them is read.
    pub(crate) async fn lock(&mut self, matters: &[ppn_store::Digest]) -> Result<(), ServiceError> {
        self.uow.lock(matters).await?;
        self.now = self.service.clock.now();
        Ok(())
    }

    /// An item that the caller may know of.
    pub(crate) async fn item(&mut self, id: WorkItemId) -> Result<WorkItem, ServiceError> {
        let item = self.uow.item(id).await?.ok_or(ServiceError::NotFound("work item"))?;
        // Whoever works it goes on: what takes it from them ends their claim.
        let works_it =
            item.state.claim().is_some_and(|c| c.holder == self.by.name && !c.has_expired(self.now));
        if works_it || self.may_open(item.notice_id, item.restricted).await? {
            return Ok(item);
        }
        Err(ServiceError::NotFound("work item"))
    }

    /// Writes the log, keeps the answer, and makes all of it durable.
    pub(crate) async fn finish<T: Serialize + Sync>(mut self, answer: T) -> Result<T, ServiceError> {
        self.uow.append_log(&self.rows).await?;
        if let Some(once) = self.once {
            keep_answer(&mut *self.uow, self.by, once, self.now, &answer).await?;
        }
        self.uow.save().await?;
        Ok(answer)
    }
}
