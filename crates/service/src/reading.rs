//! Reading: work lists, an item, a notice. What shows content is logged before it leaves.

use ppn_domain::{
    Act as ActCode, Band, Desk, Finding, Notice, NoticeId, Permission, PersonId, StateName, Timestamp,
    WorkItem, WorkItemId,
};
use ppn_store::{ListQuery, NoticeHead, RevisionHead, StoredAssessment, WorkKey};
use ppn_triage::{OrderRule, Turn};
use serde_json::json;

use crate::act::{Act, Begun, Entry};
use crate::assessing::body;
use crate::claim::{choice, heads};
use crate::guarded::{guarded, seen_by, works_one};
use crate::view::standing;
use crate::{ItemView, Principal, Service, ServiceError};

/// The longest page of a work list.
pub const LONGEST_PAGE: u32 = 200;

/// Which work list to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    /// At this desk; `None` is every desk of the caller.
    pub desk: Option<Desk>,
    /// In this state.
    pub state: StateName,
    /// In this band.
    pub band: Option<Band>,
    /// Held by this person.
    pub holder: Option<String>,
    /// Past the limit to be picked up alone.
    pub overdue: bool,
    /// After this place.
    pub after: Option<WorkKey>,
    /// At most so many, up to [`LONGEST_PAGE`].
    pub limit: u32,
}

/// One line of a work list.
#[derive(Debug, Clone)]
pub struct Line {
    /// The item.
    pub item: WorkItem,
    /// Its latest assessment.
    pub latest: Option<StoredAssessment>,
    /// The assessment that it ranks by, where the latest is lower.
    pub standing: Option<StoredAssessment>,
    /// The reserve would take it next.
    pub reserve_next: bool,
}

/// A page of a work list in key order A.
#[derive(Debug, Clone)]
pub struct Page {
    /// The moment that it shows.
    pub as_of: Timestamp,
    /// The lines.
    pub lines: Vec<Line>,
    /// Where the next page begins, if there is one.
    pub next: Option<WorkKey>,
}

/// A notice with content, for staff.
#[derive(Debug, Clone)]
pub struct NoticeView {
    /// The head.
    pub head: NoticeHead,
    /// The current content; guarded words are left out for whoever works none of its items.
    pub notice: Notice,
    /// Every revision.
    pub revisions: Vec<RevisionHead>,
    /// Its work items.
    pub items: Vec<WorkItem>,
    /// Its people over every notice, in its order.
    pub people: Vec<PersonId>,
}

/// What a source may read of what it submitted: the receipt.
#[derive(Debug, Clone)]
pub struct SourceReceipt {
    /// The head.
    pub head: NoticeHead,
    /// The findings of the current revision.
    pub findings: Vec<Finding>,
    /// The items, without band or reasons.
    pub items: Vec<(WorkItemId, Desk)>,
}

/// A notice as the caller may see it.
#[derive(Debug, Clone)]
pub enum NoticeFor {
    /// With content.
    Staff(Box<NoticeView>),
    /// The receipt alone.
    Source(SourceReceipt),
}

impl Service {
    pub(crate) async fn consult<'a>(&'a self, by: &'a Principal) -> Result<Act<'a>, ServiceError> {
        match self.begin::<()>(by, None).await? {
            Begun::Fresh(act) => Ok(act),
            // Without a key no answer was kept.
            Begun::Again(()) => Err(ServiceError::Raced),
        }
    }

    /// A page of a work list. It is logged with the ids that it shows.
    ///
    /// # Errors
    /// When the caller may not list work, or does not work at the desk.
    pub async fn list(&self, by: &Principal, request: &ListRequest) -> Result<Page, ServiceError> {
        let mut act = self.consult(by).await?;
        let page = self.page(&mut act, request).await?;
        act.finish(()).await?;
        Ok(page)
    }

    /// What a request asks of the store for a caller: one more than the page, to tell whether there is
    /// another.
    pub(crate) fn query(by: &Principal, request: &ListRequest, now: Timestamp) -> ListQuery {
        ListQuery {
            desk: request.desk,
            state: request.state,
            band: request.band,
            holder: request.holder.clone(),
            overdue_at: request.overdue.then_some(now),
            after: request.after,
            limit: request.limit.clamp(1, LONGEST_PAGE) + 1,
            viewer: by.viewer(now),
            desks: Desk::ALL.iter().copied().filter(|&d| by.roles.work_at(d)).collect(),
        }
    }

    /// A page of a work list within an act, with its row of the log.
    pub(crate) async fn page(&self, act: &mut Act<'_>, request: &ListRequest) -> Result<Page, ServiceError> {
        let by = act.by;
        by.require(Permission::ListWork)?;
        if let Some(desk) = request.desk
            && !by.roles.work_at(desk)
        {
            return Err(ServiceError::NotYourDesk(desk));
        }
        let limit = request.limit.clamp(1, LONGEST_PAGE) as usize;
        let mut items = act.uow.list_items(&Self::query(by, request, act.now)).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let latest = act.uow.latest_assessments(&items).await?;
        let mut standings = Vec::with_capacity(items.len());
        for item in &items {
            standings.push(standing(&mut *act.uow, item).await?);
        }
        let mut reserved = Vec::new();
        if request.state == StateName::Waiting {
            let mut shown: Vec<Desk> = items.iter().map(|i| i.desk).collect();
            shown.sort_unstable();
            shown.dedup();
            for desk in shown {
                reserved.extend(self.reserve_next(act, desk).await?);
            }
        }
        let next = items.last().filter(|_| more).map(WorkKey::of);
        let detail = json!({
            "desk": request.desk, "state": request.state, "band": request.band, "holder": request.holder,
            "shown": items.iter().map(|i| i.id).collect::<Vec<_>>(),
        });
        act.log(ActCode::ConsultedWorkList, Entry { detail: Some(detail), ..Entry::default() });
        let as_of = act.now;
        let lines = items
            .into_iter()
            .zip(latest)
            .zip(standings)
            .map(|((item, latest), standing)| {
                let reserve_next = reserved.contains(&item.id);
                Line { item, latest, standing, reserve_next }
            })
            .collect();
        Ok(Page { as_of, lines, next })
    }

    /// The item that the reserve would take if its turn were now. None while nothing is overdue, and
    /// while reds wait of which none is.
    pub(crate) async fn reserve_next(
        &self,
        act: &mut Act<'_>,
        desk: Desk,
    ) -> Result<Option<WorkItemId>, ServiceError> {
        let viewer = act.by.viewer(act.now);
        let heads = heads(act.uow.waiting_heads(desk, &viewer).await?);
        let rule = OrderRule { audit_every: None, ..self.order() };
        let at_its_turn = Turn { picks: rule.reserve_every.saturating_sub(1), ..Turn::default() };
        match at_its_turn.next(&rule, &heads, act.now, &mut || 0) {
            Some((pick, _)) if pick.is_reserve() => Ok(act.uow.peek(desk, choice(pick), &viewer).await?),
            _ => Ok(None),
        }
    }

    /// One work item, with why.
    ///
    /// # Errors
    /// When there is none that the caller may see.
    pub async fn item(&self, by: &Principal, id: WorkItemId) -> Result<ItemView, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut act = self.consult(by).await?;
        let item = act.item(id).await?;
        act.log(ActCode::ConsultedWorkItem, Entry::on(&item));
        let view = ItemView::of(&mut *act.uow, item).await?;
        let view = seen_by(&mut *act.uow, view, &by.name, act.now).await?;
        act.finish(()).await?;
        Ok(view)
    }

    /// One notice: with content for staff, as a receipt for the source that submitted it.
    ///
    /// # Errors
    /// When there is none that the caller may see.
    pub async fn notice(&self, by: &Principal, id: NoticeId) -> Result<NoticeFor, ServiceError> {
        let whole = by.may(Permission::ReadNotice);
        if !whole {
            by.require(Permission::SubmitNotice)?;
        }
        let mut act = self.consult(by).await?;
        let head = act.uow.notice(id).await?.ok_or(ServiceError::NotFound("notice"))?;
        let own = match &by.source {
            Some(source) => head.source == *source,
            None => head.submitted_by == by.name,
        };
        let may_see = if whole { act.may_open(id, head.restricted).await? } else { own };
        if !may_see {
            return Err(ServiceError::NotFound("notice"));
        }
        let mut items = act.uow.items_of_notice(id).await?;
        let revisions = act.uow.revisions(id).await?;
        let seen = if whole {
            let whole = body(act.uow.body(id, head.revision).await?, id)?;
            let works_it = works_one(&items, &by.name, act.now);
            let notice = if works_it { whole } else { guarded(&whole)? };
            let people = act.uow.mentions_of_notices(&[id]).await?;
            let people = people.into_iter().map(|mention| mention.person_id).collect();
            NoticeFor::Staff(Box::new(NoticeView { head, notice, revisions, items, people }))
        } else {
            items.retain(|i| i.desk != Desk::Endorsement);
            let findings = revisions
                .into_iter()
                .find(|r| r.revision == head.revision)
                .map(|r| r.findings)
                .unwrap_or_default();
            let items = items.iter().map(|i| (i.id, i.desk)).collect();
            NoticeFor::Source(SourceReceipt { head, findings, items })
        };
        let detail = json!({ "receipt_only": !whole });
        act.log(
            ActCode::ConsultedNotice,
            Entry { notice_id: Some(id), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await?;
        Ok(seen)
    }
}
