//! Looking back: every notice of the store, how it was worked, what was found and what a policy makes
//! of it, for figures; and one of them, to explain it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use ppn_domain::{
    Act as ActCode, CueVerdict, Desk, MentionId, Notice, NoticeId, Outcome, Permission, PersonId, State,
    Timestamp, WorkItem,
};
use ppn_store::{FoundOutcome, LinkState, Mention, NoticeHead, UnitOfWork};
use ppn_triage::{DeskAssessment, Policy, RankedItem, judge, read};
use serde_json::json;

use crate::act::{Begun, Entry};
use crate::assessing::body;
use crate::cues::decided;
use crate::guarded::Guard;
use crate::listing::{Placed, listed};
use crate::neighbours::neighbours;
use crate::{Principal, Service, ServiceError};

/// Notices that are assessed together.
const NOTICES_AT_ONCE: u32 = 50;
/// Rows that are read together where nothing more is done with them.
const ROWS_AT_ONCE: u32 = 500;

/// What people said of the possible links of one person of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinksDecided {
    /// The place among the people of the notice, from 0.
    pub position: u16,
    /// Confirmed.
    pub confirmed: usize,
    /// Refused.
    pub refused: usize,
}

/// A notice of the store with how it was worked and what was found.
#[derive(Debug, Clone)]
pub struct PastNotice {
    /// The current content.
    pub notice: Notice,
    /// At each desk that is assessed for itself, the item that tells: the last that a person ended,
    /// else the last that was opened.
    pub worked: Vec<WorkItem>,
    /// Whether an item at any desk ended with a partner told.
    pub shared: bool,
    /// What people found, by when it was opened.
    pub found: Vec<FoundOutcome>,
    /// What people said of its people; those of whom nobody said anything are left out.
    pub links: Vec<LinksDecided>,
    /// How many of its cues somebody confirmed, and how many somebody dismissed.
    pub cues: (usize, usize),
}

/// The store as a policy ranks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedBack {
    /// The item that tells of each notice and desk, in order at each desk, ended ones among the
    /// others.
    pub items: Vec<RankedItem>,
    /// How many notices were read.
    pub notices: usize,
    /// Restricted notices that the caller may not open: left out.
    pub left_out: usize,
}

impl Service {
    /// Reads every notice of the store: `see` is shown each with how it was worked, and a policy ranks
    /// what tells of it, with history as of its receipt. The log has how many were read and how many
    /// were left out; when it cannot be written, this fails and what was seen must not be shown.
    ///
    /// # Errors
    /// When the caller may not change policy, or the store fails.
    pub async fn look_back(
        &self,
        by: &Principal,
        policy: &Policy,
        mut see: impl FnMut(&PastNotice),
    ) -> Result<LookedBack, ServiceError> {
        by.require(Permission::ChangePolicy)?;
        let mut placed: Vec<Placed> = Vec::new();
        let (mut notices, mut left_out, mut after) = (0, 0, None);
        // One moment of the store, without the turn to write: this may take minutes.
        let mut uow = self.store.read().await?;
        let mut findings = Findings::default();
        loop {
            let heads = uow.notices_after(after, NOTICES_AT_ONCE).await?;
            let Some(last) = heads.last() else { break };
            after = Some(last.id);
            let all = heads.len();
            let open: Vec<NoticeHead> = heads.into_iter().filter(|head| by.opens(head.restricted)).collect();
            left_out += all - open.len();
            notices += open.len();
            let mut links = links_decided(&mut *uow, &open).await?;
            let cues = cues_decided(&mut *uow, &open).await?;
            for under in under(&mut *uow, policy, &open, Desk::is_assessed).await? {
                let past = PastNotice {
                    notice: under.notice,
                    worked: under.items.iter().map(|(item, _)| item.clone()).collect(),
                    shared: under.shared,
                    found: findings.of(&mut *uow, under.id).await?,
                    links: links.remove(&under.id).unwrap_or_default(),
                    cues: cues.get(&under.id).copied().unwrap_or_default(),
                };
                see(&past);
                let of = under.items.into_iter();
                placed.extend(of.filter_map(|(item, then)| Some(Placed::under(item, then?))));
            }
        }
        drop(uow);
        let items = listed(placed);
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let detail = json!({ "policy": policy.reference(), "notices": notices, "items": items.len(),
            "left_out": left_out });
        act.log(ActCode::ConsultedForFigures, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(LookedBack { items, notices, left_out })
    }

    /// The items of the notices with a reference, as a policy ranks them; each notice is logged. An
    /// item has no place in a list here: `position` and `date_order_position` are 0.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is none that they may see.
    pub async fn items_under(
        &self,
        by: &Principal,
        policy: &Policy,
        reference: &str,
    ) -> Result<Vec<RankedItem>, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut of = Vec::new();
        let mut uow = self.store.read().await?;
        let mut after = None;
        loop {
            let heads = uow.notices_after(after, ROWS_AT_ONCE).await?;
            let Some(last) = heads.last() else { break };
            after = Some(last.id);
            of.extend(
                heads.into_iter().filter(|head| head.reference == reference && by.opens(head.restricted)),
            );
        }
        drop(uow);
        if of.is_empty() {
            return Err(ServiceError::NotFound("notice"));
        }
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let is_ranked = |desk: Desk| desk.is_assessed() || desk == Desk::Share;
        let mut items = Vec::new();
        for under in under(&mut *act.uow, policy, &of, is_ranked).await? {
            act.log(ActCode::ConsultedNotice, Entry { notice_id: Some(under.id), ..Entry::default() });
            let guard = Guard::of(&under.notice);
            let ranked = under
                .items
                .into_iter()
                .filter_map(|(item, then)| Some(Placed::under(item, then?).line(0, 0)));
            items.extend(ranked.map(|mut line| {
                guard.blot_reasons(&mut line.reasons);
                guard.blot_grounds(&mut line.grounds);
                line
            }));
        }
        act.finish(()).await?;
        Ok(items)
    }
}

/// A notice under a policy.
struct Under {
    id: NoticeId,
    notice: Notice,
    shared: bool,
    /// The item that tells at each desk; no assessment where the notice no longer leads to the desk.
    items: Vec<(WorkItem, Option<DeskAssessment>)>,
}

async fn under(
    uow: &mut dyn UnitOfWork,
    policy: &Policy,
    of: &[NoticeHead],
    at: fn(Desk) -> bool,
) -> Result<Vec<Under>, ServiceError> {
    let ids: Vec<NoticeId> = of.iter().map(|head| head.id).collect();
    let mentions = uow.mentions_of_notices(&ids).await?;
    let people: BTreeSet<PersonId> = mentions.iter().filter(|m| m.concerned).map(|m| m.person_id).collect();
    let near = neighbours(uow, &people, &ids.iter().copied().collect()).await?;
    let wanted: Vec<(NoticeId, u32)> = of.iter().map(|head| (head.id, head.revision)).collect();
    let decided = decided(uow, &ids).await?;
    let mut all = Vec::with_capacity(of.len());
    for (id, text) in ids.into_iter().zip(uow.bodies(&wanted).await?) {
        let notice = body(text, id)?;
        let items = uow.items_of_notice(id).await?;
        let shared = items.iter().any(|item| ended(item).is_some_and(Outcome::is_shared));
        let mut assessed: HashMap<Timestamp, Vec<DeskAssessment>> = HashMap::new();
        let items = telling(items, at)
            .into_iter()
            .map(|item| {
                let then = assessed.entry(item.received).or_insert_with(|| {
                    let history = near.web.history_as_of(near.at(id), item.received);
                    judge(policy, &read(policy, &notice, item.received, decided.of(id)), &history)
                });
                let then = then.iter().find(|then| then.desk == item.desk).cloned();
                (item, then)
            })
            .collect();
        all.push(Under { id, notice, shared, items });
    }
    Ok(all)
}

/// How a person ended an item.
fn ended(item: &WorkItem) -> Option<Outcome> {
    match item.state {
        State::Done { outcome: Outcome::WorkedBefore } => None,
        State::Done { outcome } => Some(outcome),
        _ => None,
    }
}

/// At each desk the last item that a person ended, else the last that was opened.
fn telling(items: Vec<WorkItem>, at: fn(Desk) -> bool) -> Vec<WorkItem> {
    let mut kept: BTreeMap<Desk, WorkItem> = BTreeMap::new();
    for item in items.into_iter().filter(|item| at(item.desk)) {
        let tells_more = |than: &WorkItem| {
            (ended(&item).is_some(), item.sequence) > (ended(than).is_some(), than.sequence)
        };
        if kept.get(&item.desk).is_none_or(tells_more) {
            kept.insert(item.desk, item);
        }
    }
    kept.into_values().collect()
}

/// What was found, read along with the notices, since both come by identifier.
#[derive(Default)]
struct Findings {
    read: VecDeque<FoundOutcome>,
    after: Option<(NoticeId, Timestamp)>,
    ended: bool,
}

impl Findings {
    /// What was found about a notice. Notices must be asked for in order.
    async fn of(
        &mut self,
        uow: &mut dyn UnitOfWork,
        id: NoticeId,
    ) -> Result<Vec<FoundOutcome>, ServiceError> {
        let mut found = Vec::new();
        loop {
            while let Some(next) = self.read.pop_front_if(|next| next.notice_id <= id) {
                // What is left of earlier ones is of notices that were left out.
                if next.notice_id == id {
                    found.push(next);
                }
            }
            if self.ended || !self.read.is_empty() {
                return Ok(found);
            }
            let page = uow.found_outcomes(self.after, ROWS_AT_ONCE).await?;
            self.ended = page.is_empty();
            self.after = page.last().map(|last| (last.notice_id, last.opened_at));
            self.read.extend(page);
        }
    }
}

async fn cues_decided(
    uow: &mut dyn UnitOfWork,
    of: &[NoticeHead],
) -> Result<HashMap<NoticeId, (usize, usize)>, ServiceError> {
    let ids: Vec<NoticeId> = of.iter().map(|head| head.id).collect();
    let mut decided: HashMap<NoticeId, (usize, usize)> = HashMap::new();
    for said in uow.cue_decisions(&ids).await? {
        let (confirmed, dismissed) = decided.entry(said.notice_id).or_default();
        match said.verdict {
            CueVerdict::Confirmed => *confirmed += 1,
            CueVerdict::Dismissed => *dismissed += 1,
        }
    }
    Ok(decided)
}

async fn links_decided(
    uow: &mut dyn UnitOfWork,
    of: &[NoticeHead],
) -> Result<HashMap<NoticeId, Vec<LinksDecided>>, ServiceError> {
    let ids: Vec<NoticeId> = of.iter().map(|head| head.id).collect();
    let mentions: Vec<Mention> = uow.mentions_of_notices(&ids).await?;
    let ids: Vec<MentionId> = mentions.iter().map(|mention| mention.id).collect();
    let mut decided: HashMap<MentionId, (usize, usize)> = HashMap::new();
    for link in uow.links_of(&ids).await? {
        for side in [link.a, link.b] {
            let (confirmed, refused) = decided.entry(side).or_default();
            match link.state {
                LinkState::Confirmed => *confirmed += 1,
                LinkState::Refused => *refused += 1,
                LinkState::Possible => {}
            }
        }
    }
    let mut of: HashMap<NoticeId, Vec<LinksDecided>> = HashMap::new();
    for mention in mentions {
        match decided.get(&mention.id) {
            None | Some((0, 0)) => {}
            Some(&(confirmed, refused)) => {
                let position = mention.position;
                of.entry(mention.notice_id).or_default().push(LinksDecided { position, confirmed, refused });
            }
        }
    }
    Ok(of)
}
