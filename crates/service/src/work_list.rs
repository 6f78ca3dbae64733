//! A work list for the screen: where each item stands in both orders, and the counts beside it.

use std::fmt::Write as _;

use ppn_domain::{Act as ActCode, Band, Desk, Permission, StateName, Timestamp, WorkItem};
use ppn_store::{DeskCount, Place, WorkKey};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::act::Entry;
use crate::claim::MOST_IN_BUNDLE;
use crate::{Line, ListRequest, Page, Principal, Service, ServiceError};

/// How long the ages and times of a list stand before it counts as another one.
const AGES_STAND: i64 = 5 * 60 * 1_000_000;

/// One line of a work list, with what a person chooses by.
#[derive(Debug, Clone)]
pub struct ListedItem {
    /// The item and why.
    pub line: Line,
    /// Where it stands in both orders, while it waits.
    pub place: Option<Place>,
    /// Waiting items of its household at the desk, itself counted.
    pub bundle: usize,
}

/// A page of one desk's work list.
#[derive(Debug, Clone)]
pub struct WorkList {
    /// The moment that it shows.
    pub as_of: Timestamp,
    /// The lines, in key order A.
    pub items: Vec<ListedItem>,
    /// Where the next page begins, if there is one.
    pub next: Option<WorkKey>,
    /// The unfinished items of the desk by band and state.
    pub counts: Vec<DeskCount>,
    /// The item that the reserve would take next, wherever it stands in the list.
    pub reserve: Option<WorkItem>,
    /// Whether work is ordered by risk; false means date order.
    pub by_risk: bool,
}

/// What the home of somebody who works at desks shows.
#[derive(Debug, Clone)]
pub struct Home {
    /// The moment that it shows.
    pub as_of: Timestamp,
    /// What the caller holds, in key order A; at most [`crate::LONGEST_PAGE`].
    pub held: Vec<Line>,
    /// The caller's desks with their counts.
    pub desks: Vec<(Desk, Vec<DeskCount>)>,
}

impl Service {
    /// A page of a desk's work list for the screen. Logged with the ids that it shows.
    ///
    /// # Errors
    /// When the caller may not list work, or does not work at the desk.
    pub async fn work_list(
        &self,
        by: &Principal,
        desk: Desk,
        request: &ListRequest,
    ) -> Result<WorkList, ServiceError> {
        let request = ListRequest { desk: Some(desk), ..request.clone() };
        let mut act = self.consult(by).await?;
        let Page { as_of, lines, next } = self.page(&mut act, &request).await?;
        let keys: Vec<WorkKey> = lines.iter().map(|line| WorkKey::of(&line.item)).collect();
        let places = if request.state == StateName::Waiting {
            act.uow.places(desk, &keys, by.viewer(as_of).opens).await?.into_iter().map(Some).collect()
        } else {
            vec![None; lines.len()]
        };
        let mut items = Vec::with_capacity(lines.len());
        for (line, place) in lines.into_iter().zip(places) {
            let others = act.uow.bundle(&line.item, &by.name, MOST_IN_BUNDLE).await?;
            items.push(ListedItem { line, place, bundle: others.len() + 1 });
        }
        let opens = by.viewer(as_of).opens;
        let counts = act.uow.backlog_counts(as_of, opens).await?.into_iter();
        let counts = counts.filter(|count| count.desk == desk).collect();
        let reserve = match self.reserve_next(&mut act, desk).await? {
            Some(id) => act.uow.item(id).await?,
            None => None,
        };
        let shown = reserve.as_ref().filter(|item| !items.iter().any(|of| of.line.item.id == item.id));
        if let Some(item) = shown {
            let detail = json!({ "desk": desk, "reserve_next": item.id });
            act.log(ActCode::ConsultedWorkList, Entry { detail: Some(detail), ..Entry::default() });
        }
        act.finish(()).await?;
        Ok(WorkList { as_of, items, next, counts, reserve, by_risk: self.order().by_risk })
    }

    /// A short text that is another when [`Service::work_list`] would show something else. It shows
    /// nothing, so nothing is logged: asking again and again whether a list still stands is no consultation.
    ///
    /// # Errors
    /// As [`Service::work_list`].
    pub async fn work_list_version(
        &self,
        by: &Principal,
        desk: Desk,
        request: &ListRequest,
    ) -> Result<String, ServiceError> {
        by.require(Permission::ListWork)?;
        if !by.roles.work_at(desk) {
            return Err(ServiceError::NotYourDesk(desk));
        }
        let mut uow = self.store.read().await?;
        let now = self.clock.now();
        let request = ListRequest { desk: Some(desk), ..request.clone() };
        let items = uow.list_items(&Self::query(by, &request, now)).await?;
        let counts = uow.backlog_counts(now, by.viewer(now).opens).await?;
        let mut hash = Sha256::new();
        hash.update(by.name.as_bytes());
        hash.update((now.micros() / AGES_STAND).to_be_bytes());
        for item in items {
            hash.update(item.id.0.as_bytes());
            hash.update(item.version.to_be_bytes());
            hash.update(item.revision.to_be_bytes());
        }
        for count in counts.iter().filter(|count| count.desk == desk) {
            hash.update([count.band.position()]);
            hash.update(count.state.code());
            hash.update(count.items.to_be_bytes());
            hash.update(count.overdue.to_be_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (half, _) = digest.split_at(16);
        Ok(half.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    /// What waits for somebody: what they hold, and their desks in numbers. Logged with the ids shown.
    ///
    /// # Errors
    /// When the caller may not list work.
    pub async fn home(&self, by: &Principal) -> Result<Home, ServiceError> {
        let mut act = self.consult(by).await?;
        let request = ListRequest {
            desk: None,
            state: StateName::Claimed,
            band: None,
            holder: Some(by.name.clone()),
            overdue: false,
            after: None,
            limit: crate::LONGEST_PAGE,
        };
        let page = self.page(&mut act, &request).await?;
        let counts = act.uow.backlog_counts(page.as_of, by.viewer(page.as_of).opens).await?;
        let desks = Desk::ALL.iter().filter(|desk| by.roles.work_at(**desk));
        let desks = desks
            .map(|&desk| (desk, counts.iter().filter(|count| count.desk == desk).copied().collect()))
            .collect();
        act.finish(()).await?;
        Ok(Home { as_of: page.as_of, held: page.lines, desks })
    }
}

/// Counts of one desk, added up.
pub fn counted(counts: &[DeskCount], band: Option<Band>, state: Option<StateName>) -> u64 {
    let of = counts.iter().filter(|c| band.is_none_or(|b| c.band == b) && state.is_none_or(|s| c.state == s));
    of.map(|c| c.items).sum()
}
