//! What could not be read: listed until a named person mends it or says why not.

use ppn_domain::{Act as ActCode, Permission, UnreadableId};
use ppn_store::{Unreadable, UnreadableState};
use serde_json::json;

use crate::act::{Begun, Entry};
use crate::error::typed;
use crate::submit::{Receipt, Submit, Submitted};
use crate::{Idempotency, Principal, Service, ServiceError};

impl Service {
    /// The list, oldest first, without content.
    ///
    /// # Errors
    /// When the caller may not see it.
    pub async fn unreadable_list(
        &self,
        by: &Principal,
        open_only: bool,
        after: Option<UnreadableId>,
        limit: u32,
    ) -> Result<Vec<Unreadable>, ServiceError> {
        by.require(Permission::MendUnreadable)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let list = act.uow.list_unreadable(open_only, after, limit.clamp(1, 200)).await?;
        let detail = json!({ "shown": list.iter().map(|u| u.id).collect::<Vec<_>>() });
        act.log(ActCode::ConsultedUnreadable, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(list)
    }

    /// One of them, with its content as sent.
    ///
    /// # Errors
    /// When the caller may not see it, or there is none.
    pub async fn unreadable(&self, by: &Principal, id: UnreadableId) -> Result<Unreadable, ServiceError> {
        by.require(Permission::MendUnreadable)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let found = act.uow.unreadable(id).await?.ok_or(ServiceError::NotFound("unreadable submission"))?;
        let detail = json!({ "unreadable": id });
        act.log(ActCode::ConsultedUnreadable, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(found)
    }

    /// Takes in the mended content in place of what could not be read.
    ///
    /// # Errors
    /// When the caller may not, it is not open, or the mended content is still refused: then the
    /// errors are given and nothing changed.
    pub async fn mend(
        &self,
        by: &Principal,
        id: UnreadableId,
        content: &[u8],
        once: Option<&Idempotency>,
    ) -> Result<Receipt, ServiceError> {
        by.require(Permission::MendUnreadable)?;
        by.require(Permission::SubmitNotice)?;
        if let Begun::Again(answer) = self.begin(by, once).await? {
            return Ok(answer);
        }
        let submission = ppn_ingestion::read_notice(content, self.clock.now())
            .map_err(|refusal| ServiceError::Invalid(refusal.errors))?;
        let open = {
            let mut uow = self.store.read().await?;
            let found = uow.unreadable(id).await?.ok_or(ServiceError::NotFound("unreadable submission"))?;
            found.state == UnreadableState::Open
        };
        if !open {
            return Err(ServiceError::Raced);
        }
        // The notice first: should the service stop between the two, the list still shows the entry,
        // and mending it again is a repeat that changes nothing.
        let submit = Submit { by: by.clone(), read: Ok(submission), as_worked: false, once: None };
        let receipt = match self.submit(vec![submit]).await.pop() {
            Some(Ok(Submitted::Accepted(receipt))) => receipt,
            Some(Err(error)) => return Err(error),
            _ => return Err(ServiceError::Raced),
        };
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let state = UnreadableState::Mended { by: by.name.clone(), at: act.now, notice_id: receipt.id };
        act.uow.close_unreadable(id, &state).await?;
        let detail = json!({ "unreadable": id });
        act.log(
            ActCode::UnreadableMended,
            Entry { notice_id: Some(receipt.id), detail: Some(detail), ..Entry::default() },
        );
        act.finish(receipt).await
    }

    /// Marks open ones that name this source and reference as mended by the notice that a person
    /// brought in by hand. A source's own resend closes nothing: a person looks first.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn mended_by_import(
        &self,
        by: &Principal,
        accepted: &[(String, String, ppn_domain::NoticeId)],
    ) -> Result<usize, ServiceError> {
        by.require(Permission::MendUnreadable)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let mut closed = 0;
        for (source, reference, notice_id) in accepted {
            for id in act.uow.open_unreadable_of(source, reference).await? {
                let state =
                    UnreadableState::Mended { by: by.name.clone(), at: act.now, notice_id: *notice_id };
                act.uow.close_unreadable(id, &state).await?;
                let detail = json!({ "unreadable": id });
                act.log(
                    ActCode::UnreadableMended,
                    Entry { notice_id: Some(*notice_id), detail: Some(detail), ..Entry::default() },
                );
                closed += 1;
            }
        }
        if closed > 0 {
            act.finish(()).await?;
        }
        Ok(closed)
    }

    /// Says why a refused submission is no notice.
    ///
    /// # Errors
    /// When the caller may not, it is not open, or no reason is given.
    pub async fn dismiss(
        &self,
        by: &Principal,
        id: UnreadableId,
        why: &str,
        once: Option<&Idempotency>,
    ) -> Result<(), ServiceError> {
        by.require(Permission::MendUnreadable)?;
        let why = typed("/reason", why)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(()) => return Ok(()),
            Begun::Fresh(act) => act,
        };
        act.uow.unreadable(id).await?.ok_or(ServiceError::NotFound("unreadable submission"))?;
        let state = UnreadableState::Dismissed { by: by.name.clone(), at: act.now, reason: why.to_owned() };
        act.uow.close_unreadable(id, &state).await?;
        let detail = json!({ "unreadable": id });
        act.log(
            ActCode::UnreadableDismissed,
            Entry { why: Some(why), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await
    }
}
