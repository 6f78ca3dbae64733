//! Restricted notices: restricting, lifting, breaking the glass, and the standing lists.

use std::collections::BTreeMap;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{
    Act as ActCode, Band, Desk, NoticeId, Permission, Restriction, Span, StateName, Timestamp, WorkItem,
    WorkItemId,
};
use ppn_store::{Listed, NoticeHead, Opened, UnitOfWork};
use serde_json::json;

use crate::act::{Act, Begun, Entry};
use crate::error::{invalid, typed};
use crate::{Idempotency, Principal, Service, ServiceError};

/// How long a notice stays open to somebody who broke the glass: one claim at its longest.
pub const GLASS_LASTS: Span = Span::hours(12);
/// The list is shown for this long who opened a notice of its reason without being named.
pub const OPENINGS_SHOWN: Span = Span::days(30);
/// Restricted items and openings that are looked at in one go.
pub const MOST_RESTRICTED: u32 = 1_000;

/// A restricted item as far as somebody whom no list names may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictedItem {
    /// The item: what breaking the glass names.
    pub id: WorkItemId,
    /// Its desk.
    pub desk: Desk,
    /// Its band.
    pub band: Band,
    /// Where it stands.
    pub state: StateName,
    /// Its receipt.
    pub received: Timestamp,
    /// The limit to pick it up.
    pub due: Timestamp,
    /// Whom to ask; nobody where a reason has nobody on its list.
    pub ask: Vec<String>,
    /// Nobody stands on the list of every one of its reasons.
    pub unattended: bool,
}

/// A notice that somebody opened without being named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The notice; for those alone whom its lists name.
    pub notice_id: NoticeId,
    /// Its reference at its source.
    pub reference: String,
    /// One of its items, where it has any.
    pub item: Option<WorkItemId>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What is restricted, as one person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictedView {
    /// Unfinished items that the caller may not open; for those alone who watch the backlog.
    pub items: Vec<RestrictedItem>,
    /// Notices of the caller's lists that somebody opened without being named, the latest first.
    pub opened: Vec<Opening>,
}

/// The standing lists, as far as whom to ask.
pub(crate) struct Lists(Vec<Listed>);

impl Lists {
    pub(crate) async fn read(uow: &mut dyn UnitOfWork) -> Result<Self, ServiceError> {
        let mut lists = uow.lists().await?;
        lists.retain(|of| !of.disabled);
        Ok(Self(lists))
    }

    /// Whom to ask for one reason: who is on call, else the first on the list.
    fn on_call(&self, reason: RestrictionReason) -> Option<&str> {
        let of = || self.0.iter().filter(move |of| of.reason == reason);
        of().find(|of| of.on_call).or_else(|| of().next()).map(|of| of.name.as_str())
    }

    /// Whom to ask for a notice, without repetition.
    pub(crate) fn ask(&self, restricted: Restriction) -> Vec<String> {
        let mut ask: Vec<String> =
            restricted.reasons().filter_map(|reason| self.on_call(reason)).map(str::to_owned).collect();
        ask.dedup();
        ask
    }

    /// Whether nobody stands on the list of every reason.
    fn is_unattended(&self, restricted: Restriction) -> bool {
        let mut opens: BTreeMap<&str, Restriction> = BTreeMap::new();
        for of in &self.0 {
            let known = opens.entry(&of.name).or_default();
            *known = known.with(of.reason);
        }
        !opens.into_values().any(|lists| restricted.opens_for(lists))
    }
}

/// Whether an item is a red, or past half its limit to be picked up.
fn presses(item: &WorkItem, now: Timestamp) -> bool {
    let half = (item.clocks.picked_up.due - item.received).as_micros() / 2;
    item.rank.band == Band::Red || now - item.received > Span::micros(half)
}

impl Act<'_> {
    /// Whether the caller may open a notice: they are not kept off it, and where it is restricted every
    /// one of its lists names them, or it was opened for them.
    pub(crate) async fn may_open(
        &mut self,
        id: NoticeId,
        restricted: Restriction,
    ) -> Result<bool, ServiceError> {
        may_open(&mut *self.uow, self.by, id, restricted, self.now).await
    }
}

/// As [`Act::may_open`], where no act is begun.
pub(crate) async fn may_open(
    uow: &mut dyn UnitOfWork,
    by: &Principal,
    id: NoticeId,
    restricted: Restriction,
    now: Timestamp,
) -> Result<bool, ServiceError> {
    Ok(!uow.is_kept_off(id, &by.name).await?
        && (by.opens(restricted)
            || (by.may(Permission::ReadNotice) && uow.is_open_for(id, &by.name, now).await?)))
}

impl Service {
    /// Restricts a notice to the people on the standing list of a reason. It leaves the hands of a holder
    /// whom the list does not name.
    ///
    /// # Errors
    /// When the caller may not, there is no such notice for them, it is restricted so already, or no
    /// reason is given.
    pub async fn restrict(
        &self,
        by: &Principal,
        id: NoticeId,
        reason: RestrictionReason,
        why: &str,
        once: Option<&Idempotency>,
    ) -> Result<(), ServiceError> {
        by.require(Permission::Restrict)?;
        self.change_restriction(by, id, reason, why, once, true).await
    }

    /// Lifts a restriction; only somebody on its standing list may.
    ///
    /// # Errors
    /// When the caller may not or stands not on the list, there is no such notice for them, it is not
    /// restricted so, or no reason is given.
    pub async fn lift_restriction(
        &self,
        by: &Principal,
        id: NoticeId,
        reason: RestrictionReason,
        why: &str,
        once: Option<&Idempotency>,
    ) -> Result<(), ServiceError> {
        by.require(Permission::LiftRestriction)?;
        self.change_restriction(by, id, reason, why, once, false).await
    }

    async fn change_restriction(
        &self,
        by: &Principal,
        id: NoticeId,
        reason: RestrictionReason,
        why: &str,
        once: Option<&Idempotency>,
        on: bool,
    ) -> Result<(), ServiceError> {
        let why = typed("/why", why)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let mut head = visible(&mut act, id).await?;
        if head.restricted.has(reason) == on {
            let fix = if on {
                "it is restricted for that reason already"
            } else {
                "it is not restricted for that reason"
            };
            return Err(invalid("/reason", "unchanged", fix));
        }
        if !on && !by.lists.has(reason) {
            return Err(ServiceError::NotOnTheList);
        }
        head.restricted = if on { head.restricted.with(reason) } else { head.restricted.without(reason) };
        act.uow.restrict(id, head.restricted).await?;
        let now = act.now;
        self.restrict_items(&mut *act.uow, &head, now).await?;
        let code = if on { ActCode::Restricted } else { ActCode::RestrictionLifted };
        let detail = json!({ "reason": reason, "restricted": head.restricted });
        act.log(
            code,
            Entry { notice_id: Some(id), why: Some(why), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await
    }

    /// Opens a restricted notice for the caller for [`GLASS_LASTS`], whom no list names. The list is told:
    /// one row of the log for each who is to be asked, an alarm, and the page of the list.
    ///
    /// # Errors
    /// When the caller may not, there is no such restricted item, they may open it already or said that
    /// they know the people, or no reason is given.
    pub async fn break_glass(
        &self,
        by: &Principal,
        id: WorkItemId,
        why: &str,
        once: Option<&Idempotency>,
    ) -> Result<(), ServiceError> {
        by.require(Permission::BreakGlass)?;
        let why = typed("/reason", why)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let item = act.uow.item(id).await?.filter(|item| item.restricted.is_restricted());
        let item = item.ok_or(ServiceError::NotFound("restricted item"))?;
        if act.uow.is_kept_off(item.notice_id, &by.name).await? {
            return Err(ServiceError::NotFound("restricted item"));
        }
        if act.may_open(item.notice_id, item.restricted).await? {
            return Err(invalid("", "open", "it is open to you already"));
        }
        let (now, until) = (act.now, act.now + GLASS_LASTS);
        let opened = Opened {
            notice_id: item.notice_id,
            restricted: item.restricted,
            name: by.name.clone(),
            opened_at: now,
            until,
        };
        act.uow.open_notice(&opened).await?;
        let told = Lists::read(&mut *act.uow).await?.ask(item.restricted);
        let detail = json!({ "restricted": item.restricted, "until": until, "told": told });
        let entry =
            |recipient| Entry { why: Some(why), recipient, detail: Some(detail.clone()), ..Entry::on(&item) };
        if told.is_empty() {
            act.log(ActCode::GlassBroken, entry(None));
        }
        for name in &told {
            act.log(ActCode::GlassBroken, entry(Some(name)));
        }
        act.finish(()).await?;
        metrics::counter!("ppn_glass_broken_total").increment(1);
        tracing::warn!(work_item = %id, "a restricted notice was opened by somebody whom no list names: its list must look at it");
        Ok(())
    }

    /// What is restricted: for who watches the backlog desk, band and age of what they may not open; for
    /// who stands on a list, who opened notices of it without being named.
    ///
    /// # Errors
    /// When the caller neither watches the backlog nor stands on a list.
    pub async fn restricted(&self, by: &Principal) -> Result<RestrictedView, ServiceError> {
        let watches = by.may(Permission::WatchRestricted);
        let listed = by.lists.is_restricted() && by.may(Permission::ReadNotice);
        if !watches && !listed {
            return Err(ServiceError::Forbidden(Permission::WatchRestricted));
        }
        let mut act = self.begin_slice(by).await?;
        let now = act.now;
        let lists = Lists::read(&mut *act.uow).await?;
        let mut items = Vec::new();
        if watches {
            for item in act.uow.restricted_items(MOST_RESTRICTED).await? {
                let kept_off = act.uow.is_kept_off(item.notice_id, &by.name).await?;
                if !kept_off && !act.may_open(item.notice_id, item.restricted).await? {
                    items.push(RestrictedItem {
                        id: item.id,
                        desk: item.desk,
                        band: item.rank.band,
                        state: item.state.name(),
                        received: item.received,
                        due: item.clocks.picked_up.due,
                        ask: lists.ask(item.restricted),
                        unattended: lists.is_unattended(item.restricted),
                    });
                }
            }
        }
        let mut opened = act.uow.opened_since(now - OPENINGS_SHOWN, MOST_RESTRICTED).await?;
        opened.retain(|of| of.name != by.name && by.opens(of.restricted));
        let mut openings = Vec::with_capacity(opened.len());
        for of in opened {
            let Some(head) = act.uow.notice(of.notice_id).await? else { continue };
            // It may be restricted for more since, or be kept from them.
            if !act.may_open(of.notice_id, head.restricted).await? {
                continue;
            }
            let items = act.uow.items_of_notice(of.notice_id).await?;
            openings.push(Opening {
                notice_id: of.notice_id,
                reference: head.reference,
                item: items.first().map(|item| item.id),
                by: of.name,
                at: of.opened_at,
            });
        }
        let detail = json!({
            "shown": items.iter().map(|item| item.id).collect::<Vec<_>>(),
            "opened": openings.iter().map(|of| of.notice_id).collect::<Vec<_>>(),
        });
        act.log(ActCode::ConsultedRestricted, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(RestrictedView { items, opened: openings })
    }

    /// Waiting restricted items that are red or past half their limit while nobody stands on the list of
    /// every one of their reasons; for the service's own gauges and alarm.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn restricted_unattended(&self) -> Result<u64, ServiceError> {
        let mut uow = self.store.read().await?;
        let items = uow.restricted_items(MOST_RESTRICTED).await?;
        if items.is_empty() {
            return Ok(0);
        }
        let lists = Lists::read(&mut *uow).await?;
        let now = self.clock.now();
        let alarming = items.iter().filter(|item| {
            item.state.name() == StateName::Waiting
                && presses(item, now)
                && lists.is_unattended(item.restricted)
        });
        Ok(alarming.count() as u64)
    }

    /// Every standing list, by reason and then by name.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn restriction_lists(&self, by: &Principal) -> Result<Vec<Listed>, ServiceError> {
        by.require(Permission::ManageLists)?;
        Ok(self.store.read().await?.lists().await?)
    }

    /// Puts somebody on the standing list of a reason, and on call where asked; the first of a list is.
    ///
    /// # Errors
    /// When the caller may not, it is themselves, or nobody has that name who opens notices.
    pub async fn put_on_list(
        &self,
        by: &Principal,
        reason: RestrictionReason,
        name: &str,
        on_call: bool,
    ) -> Result<(), ServiceError> {
        by.require(Permission::ManageLists)?;
        let name = name.trim();
        if by.name == name {
            return Err(ServiceError::OwnAccount);
        }
        let mut act = self.begin_slice(by).await?;
        let user = act.uow.user(name).await?.ok_or(ServiceError::NotFound("user"))?;
        let now = act.now;
        let roles = act.uow.roles_of(&user.name, now).await?.unwrap_or_default();
        if user.disabled_at.is_some() || !roles.allow(Permission::ReadNotice) {
            return Err(invalid("/name", "role", "name somebody whose role opens notices"));
        }
        let lists = act.uow.lists().await?;
        let first = !lists.iter().any(|of| of.reason == reason && of.on_call);
        act.uow.put_on_list(reason, name, on_call || first).await?;
        let detail = json!({ "reason": reason, "on": true, "on_call": on_call || first });
        act.log(
            ActCode::RestrictionListChanged,
            Entry { recipient: Some(name), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await?;
        self.forget_tokens();
        Ok(())
    }

    /// Takes somebody off the standing list of a reason. A list is never left empty, nor without
    /// somebody on call.
    ///
    /// # Errors
    /// When the caller may not, the list does not name them, or they are the last on it or on call.
    pub async fn take_off_list(
        &self,
        by: &Principal,
        reason: RestrictionReason,
        name: &str,
    ) -> Result<(), ServiceError> {
        by.require(Permission::ManageLists)?;
        let name = name.trim();
        let mut act = self.begin_slice(by).await?;
        let lists = act.uow.lists().await?;
        let of = lists.iter().find(|of| of.reason == reason && of.name == name);
        let of = of.ok_or(ServiceError::NotFound("name on that list"))?;
        if of.on_call {
            let fix = "put somebody else on call for this reason first: its list is never empty";
            return Err(invalid("/name", "on_call", fix));
        }
        act.uow.take_off_list(reason, name).await?;
        let detail = json!({ "reason": reason, "on": false });
        act.log(
            ActCode::RestrictionListChanged,
            Entry { recipient: Some(name), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await?;
        self.forget_tokens();
        Ok(())
    }

    /// What a change of a notice's restriction does to its items: each gets it, and one leaves the hands
    /// of a holder who may not open it any more.
    pub(crate) async fn restrict_items(
        &self,
        uow: &mut dyn UnitOfWork,
        head: &NoticeHead,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let items = uow.items_of_notice(head.id).await?;
        let changed: Vec<WorkItemId> =
            items.iter().filter(|item| item.restricted != head.restricted).map(|item| item.id).collect();
        uow.lock_items(&changed).await?;
        for id in changed {
            let Some(mut item) = uow.item(id).await? else { continue };
            item.restricted = head.restricted;
            if let Some(holder) = item.state.claim().map(|claim| claim.holder.clone())
                && !head.restricted.opens_for(uow.opens(&holder).await?)
                && !uow.is_open_for(head.id, &holder, now).await?
            {
                // It goes back to those who may.
                self.return_item(uow, &mut item, now, ActCode::ClaimWithdrawn).await?;
                continue;
            }
            uow.save_item(&item).await?;
        }
        Ok(())
    }
}

/// A notice that the caller may open.
async fn visible(act: &mut Act<'_>, id: NoticeId) -> Result<NoticeHead, ServiceError> {
    let head = act.uow.notice(id).await?.ok_or(ServiceError::NotFound("notice"))?;
    if act.may_open(id, head.restricted).await? { Ok(head) } else { Err(ServiceError::NotFound("notice")) }
}
