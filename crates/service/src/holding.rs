//! What a holder does with an item short of completing it, and what a supervisor does to it.

use std::collections::BTreeMap;

use ppn_domain::{Act as ActCode, Band, Claim, ClaimId, Permission, State, Timestamp, WorkItem, WorkItemId};
use ppn_store::{ClaimEnd, WorkNote};
use serde_json::json;

use crate::act::{Act, Begun, Entry};
use crate::error::{invalid, typed};
use crate::guarded::seen_by;
use crate::{Idempotency, ItemView, MAX_TYPED_CHARS, Principal, Service, ServiceError};

/// What a release leaves for whoever works the item next; the next holder sees it first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandOver {
    /// What is done.
    pub done: Option<String>,
    /// What is left.
    pub left: Option<String>,
    /// Who is waiting.
    pub waiting: Option<String>,
}

impl HandOver {
    fn text(&self) -> Result<BTreeMap<String, String>, ServiceError> {
        let mut text = BTreeMap::new();
        for (field, said) in [("done", &self.done), ("left", &self.left), ("waiting", &self.waiting)] {
            let Some(said) = said.as_deref().map(str::trim).filter(|s| !s.is_empty()) else { continue };
            if said.chars().count() > MAX_TYPED_CHARS {
                return Err(invalid(
                    &format!("/{field}"),
                    "too_long",
                    format!("shorten it to {MAX_TYPED_CHARS} characters"),
                ));
            }
            text.insert(field.to_owned(), said.to_owned());
        }
        Ok(text)
    }
}

impl Act<'_> {
    /// The item under the caller's own live claim. Lock it first.
    pub(crate) async fn held_item(
        &mut self,
        id: WorkItemId,
        claim: ClaimId,
    ) -> Result<WorkItem, ServiceError> {
        let item = self.item(id).await?;
        self.by.require_desk(item.desk)?;
        let present = item.state.under_claim(claim, self.now)?;
        if present.holder != self.by.name {
            return Err(ServiceError::HeldBy { holder: present.holder.clone(), since: present.since });
        }
        Ok(item)
    }

    /// Writes a change of state, ends the claim where the item is no longer claimed, and logs it.
    pub(crate) async fn change(
        &mut self,
        mut item: WorkItem,
        to: State,
        act: ActCode,
        entry: Entry<'_>,
    ) -> Result<WorkItem, ServiceError> {
        if let Some(claim) = item.state.claim()
            && to.claim().is_none_or(|c| c.id != claim.id)
        {
            self.uow.end_claim(&ClaimEnd { id: claim.id, at: self.now, act }).await?;
        }
        item.state = to;
        self.uow.save_item(&item).await?;
        item.version += 1;
        self.log(act, Entry { notice_id: Some(item.notice_id), work_item_id: Some(item.id), ..entry });
        Ok(item)
    }

    pub(crate) async fn note(
        &mut self,
        item: &WorkItem,
        act: ActCode,
        text: BTreeMap<String, String>,
    ) -> Result<(), ServiceError> {
        if text.is_empty() {
            return Ok(());
        }
        let note = WorkNote { at: self.now, by: self.by.name.clone(), act, text };
        Ok(self.uow.insert_note(item.id, &note).await?)
    }

    pub(crate) async fn show(mut self, item: WorkItem) -> Result<ItemView, ServiceError> {
        let view = ItemView::of(&mut *self.uow, item).await?;
        let view = seen_by(&mut *self.uow, view, &self.by.name, self.now).await?;
        self.finish(view).await
    }
}

pub(crate) fn reason(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("reason".to_owned(), text.to_owned())])
}

impl Service {
    /// Renews the lease: an act of the holder, never of polling.
    ///
    /// # Errors
    /// When the claim has ended or is another's.
    pub async fn renew(
        &self,
        by: &Principal,
        id: WorkItemId,
        claim: ClaimId,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::WorkItem)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock_items(&[id]).await?;
        let item = act.held_item(id, claim).await?;
        let renewed = item.state.under_claim(claim, act.now)?.clone().renewed(act.now, self.settings.lease);
        let item =
            act.change(item, State::Claimed { claim: renewed }, ActCode::Renewed, Entry::default()).await?;
        act.show(item).await
    }

    /// Gives the item back, with what the next holder should know.
    ///
    /// # Errors
    /// When the claim has ended or is another's, or a text is too long.
    pub async fn release(
        &self,
        by: &Principal,
        id: WorkItemId,
        claim: ClaimId,
        hand_over: &HandOver,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::WorkItem)?;
        let text = hand_over.text()?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock_items(&[id]).await?;
        let item = act.held_item(id, claim).await?;
        act.note(&item, ActCode::Released, text).await?;
        let to = item.state.returned()?;
        let item = act.change(item, to, ActCode::Released, Entry::default()).await?;
        act.show(item).await
    }

    /// Puts the item aside until a moment. A red is put aside by somebody who may assign work.
    ///
    /// # Errors
    /// When the claim has ended, no reason is given, the time is past or longer than the band allows.
    pub async fn hold(
        &self,
        by: &Principal,
        id: WorkItemId,
        claim: ClaimId,
        until: Timestamp,
        why: &str,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::WorkItem)?;
        let why = typed("/reason", why)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock_items(&[id]).await?;
        let item = act.held_item(id, claim).await?;
        if item.rank.band == Band::Red {
            by.require(Permission::AssignWork)?;
        }
        if until <= act.now {
            return Err(invalid("/until", "past", "choose a time that is still to come"));
        }
        let to = item.state.held(item.rank, act.now, until)?;
        act.note(&item, ActCode::Held, reason(why)).await?;
        let entry = Entry { why: Some(why), detail: Some(json!({ "until": until })), ..Entry::default() };
        let item = act.change(item, to, ActCode::Held, entry).await?;
        act.show(item).await
    }

    /// Gives a waiting, held or claimed item to somebody who works at its desk. An item that another
    /// person holds is taken over: their claim ends.
    ///
    /// # Errors
    /// When the caller may not assign, the person is unknown or does not work at the desk, the item is
    /// pending or done, or no reason is given.
    pub async fn assign(
        &self,
        by: &Principal,
        id: WorkItemId,
        to: &str,
        why: &str,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::AssignWork)?;
        let why = typed("/reason", why)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock_items(&[id]).await?;
        let mut item = act.item(id).await?;
        by.require_desk(item.desk)?;
        match act.uow.roles_of(to, act.now).await? {
            None => {
                return Err(invalid("/to", "unknown", "name somebody who has an account here"));
            }
            Some(roles) if !roles.work_at(item.desk) => {
                return Err(invalid("/to", "not_their_desk", "name somebody who works at this desk"));
            }
            Some(_) => {}
        }
        let named = item.restricted.opens_for(act.uow.opens(to).await?);
        let now = act.now;
        if act.uow.is_kept_off(item.notice_id, to).await?
            || !(named || act.uow.is_open_for(item.notice_id, to, now).await?)
        {
            return Err(invalid("/to", "restricted", "name somebody who may open this notice"));
        }
        let taken_over = item.state.claim().is_some();
        if let State::Pending { .. } | State::Done { .. } = item.state {
            return Err(ServiceError::WrongState { from: item.state.name(), act: "assigned" });
        }
        let fresh =
            Claim::new(ClaimId::new(act.now, self.random()), to.to_owned(), act.now, self.settings.lease);
        item.clocks.picked_up = item.clocks.picked_up.met(act.now);
        act.note(&item, ActCode::Assigned, reason(why)).await?;
        let code = if taken_over { ActCode::TakenOver } else { ActCode::Assigned };
        let entry = Entry {
            why: Some(why),
            recipient: Some(to),
            detail: Some(json!({ "claim": fresh.id })),
            ..Entry::default()
        };
        let item = act.change(item, State::Claimed { claim: fresh }, code, entry).await?;
        act.uow.begin_claim(&item).await?;
        act.show(item).await
    }
}
