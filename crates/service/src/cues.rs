//! What a person says of the cues of a notice: that it is so, or that it is not.
//!
//! A dismissed cue counts no more, neither for its notice nor for the history of others, and whatever
//! falls by it falls at once: it follows from a person's own act, and they were shown it first. What was
//! shown is the act itself, done in a unit of work that is not saved, so that it cannot say other than
//! what the act does.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use ppn_domain::profile::{Digest, keys};
use ppn_domain::{
    Act as ActCode, AuditRow, ClaimId, CueVerdict, Desk, Evidence, Notice, NoticeId, Permission, Rank,
    Reason, State, Timestamp, WorkItem, WorkItemId,
};
use ppn_store::{CueDecision, NoticeHead, StoreError, StoredAssessment, UnitOfWork};
use ppn_triage::{CueDecisions, Policy, Trace, heard_cues};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::act::{Act, Begun, Entry};
use crate::assessing::{body, move_to};
use crate::error::typed;
use crate::guarded::{Guard, text_at, works_one};
use crate::item_page::holding;
use crate::linking::profile;
use crate::neighbours::neighbours;
use crate::{Holding, Idempotency, ItemView, Principal, Service, ServiceError};

/// Why an item is assessed again, in the log.
const BECAUSE: &str = "a cue";

/// A cue of a notice with what was said of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CueView {
    /// Tells it from every other cue of the notice; the same while its sentence is.
    pub id: Digest,
    /// The cue of the policy.
    pub cue: String,
    /// What its words are words for, as people read it.
    pub label: String,
    /// The words, and where they stand.
    pub words: Evidence,
    /// Said to be long past.
    pub past: bool,
    /// What was said of it, by whom, and when.
    pub decided: Option<(CueVerdict, String, Timestamp)>,
}

/// An item whose assessment a dismissal changes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequence {
    /// The item.
    pub id: WorkItemId,
    /// Its notice's reference.
    pub reference: String,
    /// Its desk.
    pub desk: Desk,
    /// Where it ranks now.
    pub from: Rank,
    /// The assessment without the cue.
    pub to: Rank,
    /// Whether it ranks so at once. Where it would be lower and this is false it is offered: somebody
    /// else holds the item or must decide it, it is of a desk of others, or something else lowers it too.
    pub at_once: bool,
    /// The reasons that are gone, as they were.
    pub gone: Vec<Reason>,
    /// The reasons that are left.
    pub left: Vec<Reason>,
}

/// What dismissing a cue would do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CuePreview {
    /// The cue.
    pub cue: CueView,
    /// Every item that the caller may open and whose assessment changes, the one that they work first.
    pub items: Vec<Consequence>,
}

impl CuePreview {
    /// What falls at once, in order of item: whoever dismisses says that they were shown this.
    pub fn falls(&self) -> Vec<(WorkItemId, Rank)> {
        let mut falls: Vec<_> = self
            .items
            .iter()
            .filter(|item| item.at_once && item.to < item.from)
            .map(|item| (item.id, item.to))
            .collect();
        falls.sort_unstable();
        falls
    }
}

/// Without the words of the notice: a preview is part of an error, and errors are written down.
impl fmt::Debug for CueView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CueView").field("cue", &self.cue).field("past", &self.past).finish_non_exhaustive()
    }
}

impl fmt::Debug for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consequence")
            .field("id", &self.id)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("at_once", &self.at_once)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CuePreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CuePreview").field("cue", &self.cue).field("items", &self.items).finish()
    }
}

/// A cue for the screen: where its words stand, who may say what of it, and what that would do.
#[derive(Clone)]
pub struct CuePage {
    /// The item.
    pub item: WorkItem,
    /// Who holds it.
    pub holding: Holding,
    /// The cue.
    pub cue: CueView,
    /// The text in which its words stand; none where not all of it is for the one who looks.
    pub text: Option<String>,
    /// What a dismissal would do, for whoever may dismiss it now.
    pub preview: Option<CuePreview>,
}

impl fmt::Debug for CuePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut page = f.debug_struct("CuePage");
        page.field("item", &self.item.id).field("cue", &self.cue).field("preview", &self.preview);
        page.finish_non_exhaustive()
    }
}

/// What a person says of a cue.
#[derive(Debug, Clone, Copy)]
pub enum CueWord<'a> {
    /// It is so.
    Confirm,
    /// It is not so.
    Dismiss {
        /// Why, as typed.
        reason: &'a str,
        /// What they were shown would fall at once, as [`CuePreview::falls`].
        shown: &'a [(WorkItemId, Rank)],
    },
    /// What was said before no longer stands.
    Undo,
}

/// What people said of the cues of several notices.
pub(crate) struct Decided(HashMap<NoticeId, CueDecisions>);

impl Decided {
    pub(crate) fn of(&self, notice: NoticeId) -> &CueDecisions {
        static NONE: CueDecisions = CueDecisions::NONE;
        self.0.get(&notice).unwrap_or(&NONE)
    }
}

/// Reads what people said of the cues of notices.
pub(crate) async fn decided(uow: &mut dyn UnitOfWork, of: &[NoticeId]) -> Result<Decided, StoreError> {
    let mut all: HashMap<NoticeId, CueDecisions> = HashMap::new();
    for said in uow.cue_decisions(of).await? {
        all.entry(said.notice_id).or_default().say(Digest(said.cue), said.verdict);
    }
    Ok(Decided(all))
}

/// The notice of an item as its cues are read.
struct Read {
    head: NoticeHead,
    notice: Notice,
    decisions: CueDecisions,
    said: Vec<CueDecision>,
}

impl Read {
    async fn of(uow: &mut dyn UnitOfWork, item: &WorkItem) -> Result<Self, ServiceError> {
        let head = uow.notice(item.notice_id).await?.ok_or(ServiceError::NotFound("notice"))?;
        let notice = body(uow.body(head.id, head.revision).await?, head.id)?;
        let said = uow.cue_decisions(&[head.id]).await?;
        let decisions = said.iter().map(|said| (Digest(said.cue), said.verdict)).collect();
        Ok(Self { head, notice, decisions, said })
    }

    fn cues(&self, policy: &Policy) -> Vec<CueView> {
        cues_in(policy, &self.notice, self.head.received, &self.said)
    }

    fn cue(&self, policy: &Policy, id: Digest) -> Result<CueView, ServiceError> {
        self.cues(policy).into_iter().find(|cue| cue.id == id).ok_or(ServiceError::NotFound("cue"))
    }
}

/// The cues of a notice, with what was said of each.
pub(crate) fn cues_in(
    policy: &Policy,
    notice: &Notice,
    received: Timestamp,
    said: &[CueDecision],
) -> Vec<CueView> {
    let decisions = said.iter().map(|said| (Digest(said.cue), said.verdict)).collect();
    let heard = heard_cues(policy, notice, received, &decisions).into_iter();
    heard
        .map(|heard| CueView {
            decided: said
                .iter()
                .find(|said| said.cue == heard.id.0)
                .map(|said| (said.verdict, said.decided.0.clone(), said.decided.1)),
            id: heard.id,
            label: policy.cue_label(&heard.cue).unwrap_or(&heard.cue).to_owned(),
            cue: heard.cue,
            words: heard.words,
            past: heard.past,
        })
        .collect()
}

/// An item with its latest assessment.
type Assessed = (WorkItem, Option<StoredAssessment>);

impl Service {
    /// The cues that stand in the notice of an item, with what was said of them. Logged.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is no such item for them.
    pub async fn cues(&self, by: &Principal, id: WorkItemId) -> Result<Vec<CueView>, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let item = act.item(id).await?;
        let policy = self.policy_in_force(&mut *act.uow).await?;
        let read = Read::of(&mut *act.uow, &item).await?;
        let mut cues = read.cues(&policy);
        if let Some(guard) = guard_from(&mut act, &item, &read.notice).await? {
            for cue in &mut cues {
                guard.blot_evidence(&mut cue.words);
            }
        }
        act.log(ActCode::ConsultedWorkItem, Entry::on(&item));
        act.finish(()).await?;
        Ok(cues)
    }

    /// What dismissing a cue would do, to the notice's own items and to those of others. Logged.
    ///
    /// # Errors
    /// When the caller may not decide cues or does not work at the desk, or there is no such item or cue
    /// for them.
    pub async fn preview_dismissal(
        &self,
        by: &Principal,
        id: WorkItemId,
        cue: Digest,
    ) -> Result<CuePreview, ServiceError> {
        by.require(Permission::DecideCue)?;
        let preview = {
            let Begun::Fresh(mut act) = self.begin_on_people_of::<()>(by, id, None).await? else {
                return Err(ServiceError::Raced);
            };
            let item = act.item(id).await?;
            by.require_desk(item.desk)?;
            let policy = self.policy_in_force(&mut *act.uow).await?;
            let mut read = Read::of(&mut *act.uow, &item).await?;
            let cue = read.cue(&policy, cue)?;
            let guard = guard_from(&mut act, &item, &read.notice).await?;
            // Not saved: nothing of it happens.
            let mut preview = self.dismissed(&mut act, &policy, &item, &mut read, cue).await?.0;
            if let Some(guard) = guard {
                guard.blot_evidence(&mut preview.cue.words);
                for item in &mut preview.items {
                    guard.blot_reasons(&mut item.gone);
                    guard.blot_reasons(&mut item.left);
                }
            }
            preview
        };
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let item = act.item(id).await?;
        let shown: Vec<WorkItemId> = preview.items.iter().map(|item| item.id).collect();
        let detail = json!({ "cue": preview.cue.cue, "items": shown });
        act.log(ActCode::ConsultedWorkItem, Entry { detail: Some(detail), ..Entry::on(&item) });
        act.finish(()).await?;
        Ok(preview)
    }

    /// A cue of the notice of an item, and what dismissing it would do where the caller holds the item.
    /// Logged once with the items that it shows.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is no such item or cue for them.
    pub async fn cue_page(
        &self,
        by: &Principal,
        id: WorkItemId,
        cue: Digest,
    ) -> Result<CuePage, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let page = {
            let Begun::Fresh(mut act) = self.begin_on_people_of::<()>(by, id, None).await? else {
                return Err(ServiceError::Raced);
            };
            let item = act.item(id).await?;
            let holding = holding(&item, by, act.now);
            let policy = self.policy_in_force(&mut *act.uow).await?;
            let mut read = Read::of(&mut *act.uow, &item).await?;
            let mut cue = read.cue(&policy, cue)?;
            let guard = guard_from(&mut act, &item, &read.notice).await?;
            let text = text_at(&read.notice, &cue.words.path).map(str::to_owned);
            let dismissed = cue.decided.as_ref().is_some_and(|(said, ..)| *said == CueVerdict::Dismissed);
            let decides = by.may(Permission::DecideCue) && by.roles.work_at(item.desk);
            let preview = if decides && !dismissed && matches!(holding, Holding::Own(_)) {
                // Not saved: nothing of it happens.
                Some(self.dismissed(&mut act, &policy, &item, &mut read, cue.clone()).await?.0)
            } else {
                None
            };
            if let Some(guard) = guard {
                guard.blot_evidence(&mut cue.words);
            }
            let text = text.filter(|_| cue.words.span.is_some());
            CuePage { item, holding, cue, text, preview }
        };
        let mut act = self.consult(by).await?;
        let item = act.item(id).await?;
        let shown = page.preview.iter().flat_map(|preview| &preview.items);
        let shown: Vec<WorkItemId> = shown.map(|item| item.id).collect();
        let detail = json!({ "cue": page.cue.cue, "items": shown });
        act.log(ActCode::ConsultedWorkItem, Entry { detail: Some(detail), ..Entry::on(&item) });
        act.finish(()).await?;
        Ok(page)
    }

    /// Confirms or dismisses a cue of the notice of an item that the caller holds, or takes that back,
    /// and assesses again whatever it touches.
    ///
    /// # Errors
    /// When the caller may not, the claim is not theirs or ended, there is no such cue in the current
    /// revision, it stands so already, or a dismissal gives no reason;
    /// [`ServiceError::PreviewChanged`] when a dismissal would do other than what was shown.
    pub async fn decide_cue(
        &self,
        by: &Principal,
        (id, claim): (WorkItemId, ClaimId),
        cue: Digest,
        word: CueWord<'_>,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::DecideCue)?;
        let why = match word {
            CueWord::Dismiss { reason, .. } => Some(typed("/reason", reason)?),
            CueWord::Confirm | CueWord::Undo => None,
        };
        let mut act = match self.begin_on_people_of(by, id, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let mut item = act.held_item(id, claim).await?;
        let renewed = item.state.under_claim(claim, act.now)?.clone().renewed(act.now, self.settings.lease);
        item.state = State::Claimed { claim: renewed };
        act.uow.save_item(&item).await?;
        let item = act.item(id).await?;
        let policy = self.policy_in_force(&mut *act.uow).await?;
        let mut read = Read::of(&mut *act.uow, &item).await?;
        let cue = read.cue(&policy, cue)?;
        let says = match word {
            CueWord::Confirm => Some(CueVerdict::Confirmed),
            CueWord::Dismiss { .. } => Some(CueVerdict::Dismissed),
            CueWord::Undo => None,
        };
        if cue.decided.as_ref().map(|(verdict, ..)| *verdict) == says {
            return Err(crate::error::invalid("/cue", "unchanged", "it stands so already: read it again"));
        }
        let code = match says {
            Some(CueVerdict::Confirmed) => ActCode::CueConfirmed,
            Some(CueVerdict::Dismissed) => ActCode::CueDismissed,
            None => ActCode::CueUndone,
        };
        let detail = json!({ "cue": cue.cue, "path": cue.words.path, "span": cue.words.span,
            "revision": read.head.revision });
        match word {
            CueWord::Dismiss { shown, .. } => {
                let (preview, after) = self.dismissed(&mut act, &policy, &item, &mut read, cue).await?;
                let mut shown = shown.to_vec();
                shown.sort_unstable();
                if preview.falls() != shown {
                    return Err(ServiceError::PreviewChanged(Box::new(preview)));
                }
                act.log(code, Entry { why, detail: Some(detail), ..Entry::on(&item) });
                for (mut falling, _) in after {
                    let Some((_, to)) = shown.iter().find(|(id, _)| *id == falling.id) else { continue };
                    let detail = json!({ "from": falling.rank, "to": to, "because": BECAUSE });
                    act.uow.lower_assessments(falling.id, *to, &by.name, act.now).await?;
                    move_to(&policy, &mut falling, *to);
                    falling.could_be = None;
                    act.uow.save_item(&falling).await?;
                    let entry = Entry { detail: Some(detail), ..Entry::on(&falling) };
                    act.log(ActCode::LoweringAccepted, entry);
                }
            }
            CueWord::Confirm | CueWord::Undo => {
                self.say_of_cue(&mut act, &policy, &mut read, &cue, says).await?;
                act.log(code, Entry { detail: Some(detail), ..Entry::on(&item) });
            }
        }
        let item = act.item(id).await?;
        let view = ItemView::of(&mut *act.uow, item).await?;
        act.finish(view).await
    }

    /// Begins an act that changes what the people of an item's notice leave for the history of others:
    /// it takes turns with notices about them.
    async fn begin_on_people_of<'a, T: DeserializeOwned>(
        &'a self,
        by: &'a Principal,
        id: WorkItemId,
        once: Option<&'a Idempotency>,
    ) -> Result<Begun<'a, T>, ServiceError> {
        let locked = {
            let mut uow = self.store.read().await?;
            let item = uow.item(id).await?.ok_or(ServiceError::NotFound("work item"))?;
            keys_of(&mut *uow, &[item.notice_id]).await?
        };
        self.begin_locked(by, &locked, once).await
    }

    /// Dismisses a cue, and says what that did, and where the items that it changed stand.
    async fn dismissed(
        &self,
        act: &mut Act<'_>,
        policy: &Policy,
        worked: &WorkItem,
        read: &mut Read,
        cue: CueView,
    ) -> Result<(CuePreview, Vec<Assessed>), ServiceError> {
        let (before, after) = self.say_of_cue(act, policy, read, &cue, Some(CueVerdict::Dismissed)).await?;
        let before: BTreeMap<WorkItemId, Assessed> =
            before.into_iter().map(|assessed| (assessed.0.id, assessed)).collect();
        let by = act.by;
        let mut items = Vec::new();
        for (item, latest) in &after {
            let Some(now) = latest.as_ref().map(|latest| &latest.assessment) else { continue };
            let Some((was, Some(then))) = before.get(&item.id) else { continue };
            let may_see = act.may_open(item.notice_id, item.restricted).await?;
            if !may_see || (then.assessment == *now && item.id != worked.id) {
                continue;
            }
            // Where something lower was on offer before, or the policy is another than the one under
            // which the item was assessed, it would fall for more than the cue.
            let for_the_cue =
                was.could_be.is_none() && was.assessment_id.is_some() && then.assessment.policy == now.policy;
            let free = match &item.state {
                State::Waiting | State::Held { .. } => true,
                State::Claimed { claim } => claim.holder == by.name,
                State::Pending { .. } | State::Done { .. } => false,
            };
            let falls = now.rank < was.rank;
            let kept = |reason: &&Reason| now.reasons.iter().all(|left| left.rule != reason.rule);
            let mut shown = Consequence {
                id: item.id,
                reference: item.reference.clone(),
                desk: item.desk,
                from: was.rank,
                to: now.rank,
                at_once: !falls || for_the_cue && free && by.roles.work_at(item.desk),
                gone: then.assessment.reasons.iter().filter(kept).cloned().collect(),
                left: now.reasons.clone(),
            };
            if item.notice_id != worked.notice_id {
                for reason in shown.gone.iter_mut().chain(&mut shown.left) {
                    reason.evidence.clear();
                }
            }
            items.push(shown);
        }
        items.sort_by_key(|item| (item.id != worked.id, std::cmp::Reverse(item.from), item.id));
        Ok((CuePreview { cue, items }, after))
    }

    /// Keeps what is said of a cue and assesses again whatever it touches. The unfinished items near
    /// before and after, each with its latest assessment.
    async fn say_of_cue(
        &self,
        act: &mut Act<'_>,
        policy: &Policy,
        read: &mut Read,
        cue: &CueView,
        says: Option<CueVerdict>,
    ) -> Result<(Vec<Assessed>, Vec<Assessed>), ServiceError> {
        let notice_id = read.head.id;
        let mentions = act.uow.mentions_of_notices(&[notice_id]).await?;
        let people = mentions.iter().filter(|m| m.concerned).map(|m| m.person_id).collect();
        let mut rows: Vec<AuditRow> = Vec::new();
        // Another policy may hear other words than the trace rests on: that is no doing of this act.
        let heard = Trace::of(policy, &read.notice, read.head.received, &read.decisions);
        let heard = serde_json::to_string(&heard).map_err(engine)?;
        let kept = act.uow.traces(&[notice_id]).await?;
        if kept.first().is_none_or(|kept| kept.trace != heard) {
            act.uow.keep_traces(&[(notice_id, heard)]).await?;
            let near = neighbours(&mut *act.uow, &people, &[notice_id].into()).await?;
            let all = (&BTreeSet::new(), "words heard anew");
            let (new, more) = self.reassess_near(&mut *act.uow, policy, act.now, &near, all).await?;
            act.uow.insert_items(&new).await?;
            rows.extend(more);
        }

        if let Some(verdict) = says {
            read.decisions.say(cue.id, verdict);
            let decision = CueDecision {
                notice_id,
                cue: cue.id.0,
                of: cue.cue.clone(),
                verdict,
                decided: (act.by.name.clone(), act.now),
            };
            act.uow.say_of_cue(&decision).await?;
        } else {
            read.decisions.unsay(cue.id);
            act.uow.unsay_of_cue(notice_id, cue.id.0).await?;
        }
        let trace = Trace::of(policy, &read.notice, read.head.received, &read.decisions);
        act.uow.keep_traces(&[(notice_id, serde_json::to_string(&trace).map_err(engine)?)]).await?;
        let near = neighbours(&mut *act.uow, &people, &[notice_id].into()).await?;
        let of: Vec<NoticeId> = near.near.iter().copied().collect();
        let before = assessed(&mut *act.uow, &of).await?;
        let all = (&BTreeSet::new(), BECAUSE);
        let (new, more) = self.reassess_near(&mut *act.uow, policy, act.now, &near, all).await?;
        act.uow.insert_items(&new).await?;
        rows.extend(more);
        act.uow.append_log(&rows).await?;
        let after = assessed(&mut *act.uow, &of).await?;
        Ok((before, after))
    }
}

/// What is guarded from a caller who does not work the notice of an item.
async fn guard_from(
    act: &mut Act<'_>,
    item: &WorkItem,
    notice: &Notice,
) -> Result<Option<Guard>, ServiceError> {
    let items = act.uow.items_of_notice(item.notice_id).await?;
    Ok((!works_one(&items, &act.by.name, act.now)).then(|| Guard::of(notice)))
}

fn engine(error: serde_json::Error) -> StoreError {
    StoreError::Engine(Box::new(error))
}

async fn assessed(uow: &mut dyn UnitOfWork, of: &[NoticeId]) -> Result<Vec<Assessed>, StoreError> {
    let items = uow.unfinished_items_of(of).await?;
    let latest = uow.latest_assessments(&items).await?;
    Ok(items.into_iter().zip(latest).collect())
}

/// Everything under which the people of notices are found.
pub(crate) async fn keys_of(
    uow: &mut dyn UnitOfWork,
    notices: &[NoticeId],
) -> Result<Vec<ppn_store::Digest>, StoreError> {
    let mut all = BTreeSet::new();
    for mention in uow.mentions_of_notices(notices).await? {
        all.extend(keys(&profile(&mention)?).into_iter().map(|key| key.0));
    }
    Ok(all.into_iter().collect())
}
