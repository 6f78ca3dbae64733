//! Claiming: the next item of a desk, or one by name.

use std::collections::{BTreeMap, BTreeSet};

use ppn_domain::{Act as ActCode, Claim, ClaimId, Desk, Permission, State, Timestamp, WorkItem, WorkItemId};
use ppn_store::{Choice, ClaimEnd, DeskTurn, UnitOfWork, WaitingHeads};
use ppn_triage::{Heads, Pick, Turn};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::act::{Begun, Entry, answered, keep_answer, repeated};
use crate::assessing::system;
use crate::{Idempotency, ItemView, Principal, Service, ServiceError};

/// At most so many items of a household are offered with one.
pub const MOST_IN_BUNDLE: u32 = 20;

/// A wish for the next item of a desk.
#[derive(Debug, Clone)]
pub struct ClaimNext {
    /// Who asks.
    pub by: Principal,
    /// At which desk.
    pub desk: Desk,
    /// Take the offered bundle too, each item under its own claim.
    pub bundle: bool,
    /// Once only.
    pub once: Option<Idempotency>,
}

/// A claimed item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The item, with why.
    pub view: ItemView,
    /// The items of the same household at this desk, at most [`MOST_IN_BUNDLE`]: offered, or taken with it.
    pub bundle: Vec<WorkItemId>,
}

pub(crate) fn turn(row: DeskTurn) -> Turn {
    Turn { picks: row.picks, owed: row.owed, low_picks: row.low_picks }
}

pub(crate) fn heads(found: WaitingHeads) -> Heads {
    Heads { head: found.head, furthest: found.furthest, furthest_red: found.furthest_red }
}

pub(crate) fn choice(pick: Pick) -> Choice {
    match pick {
        Pick::Head => Choice::Head,
        Pick::Furthest => Choice::Furthest,
        Pick::FurthestRed => Choice::FurthestRed,
        Pick::Audit { lot } => Choice::Audit { lot },
        Pick::Oldest => Choice::Oldest,
    }
}

fn name_of(pick: Pick) -> &'static str {
    match pick {
        Pick::Head => "head",
        Pick::Furthest => "reserve",
        Pick::FurthestRed => "reserve_red",
        Pick::Audit { .. } => "audit",
        Pick::Oldest => "date",
    }
}

impl Service {
    /// Gives each of 1 to 100 callers the next item of the desk they ask for, in one unit of work.
    /// `None` where the desk is empty. Callers are served in the order of the slice.
    pub async fn claim_next(&self, slice: Vec<ClaimNext>) -> Vec<Result<Option<Claimed>, ServiceError>> {
        match repeated(|| self.claim_slice(&slice)).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); slice.len()],
        }
    }

    async fn claim_slice(
        &self,
        slice: &[ClaimNext],
    ) -> Result<Vec<Result<Option<Claimed>, ServiceError>>, ServiceError> {
        let mut uow = self.store.write().await?;
        // On a store with several writers a desk's turn is held until the end: taken in one order by
        // everybody, so that no two groups wait for each other.
        let desks: BTreeSet<Desk> =
            slice.iter().filter(|wish| wish.by.roles.work_at(wish.desk)).map(|wish| wish.desk).collect();
        let mut before: BTreeMap<Desk, DeskTurn> = BTreeMap::new();
        for &desk in &desks {
            before.insert(desk, uow.desk_turn(desk).await?);
        }
        let mut turns: BTreeMap<Desk, Turn> = before.iter().map(|(desk, row)| (*desk, turn(*row))).collect();
        for &desk in &desks {
            self.return_expired(&mut *uow, Some(desk)).await?;
        }
        let mut answers = Vec::with_capacity(slice.len());
        for wish in slice {
            match self.claim_one(&mut *uow, &mut turns, wish).await {
                Err(fault) if fault.is_of_the_store() => return Err(fault),
                answer => answers.push(answer),
            }
        }
        // Once per group of claims.
        for (desk, turn) in turns {
            let row = DeskTurn { picks: turn.picks, owed: turn.owed, low_picks: turn.low_picks };
            if before.get(&desk) != Some(&row) {
                uow.save_desk_turn(desk, row).await?;
            }
        }
        uow.save().await?;
        Ok(answers)
    }

    async fn claim_one(
        &self,
        uow: &mut dyn UnitOfWork,
        turns: &mut BTreeMap<Desk, Turn>,
        wish: &ClaimNext,
    ) -> Result<Option<Claimed>, ServiceError> {
        let by = &wish.by;
        by.require_desk(wish.desk)?;
        if let Some(once) = &wish.once
            && let Some(answer) = answered(uow, by, once, self.clock.now()).await?
        {
            return Ok(answer);
        }
        let turn = *turns.get(&wish.desk).ok_or(ServiceError::NotYourDesk(wish.desk))?;
        // After the desk and the key were waited for: what was overdue only before counts, too.
        let now = self.clock.now();
        let viewer = by.viewer(now);
        let found = heads(uow.waiting_heads(wish.desk, &viewer).await?);
        let Some((pick, next)) = turn.next(&self.order(), &found, now, &mut || self.draw()) else {
            if let Some(once) = &wish.once {
                keep_answer(uow, by, once, now, &None::<Claimed>).await?;
            }
            return Ok(None);
        };
        let claim = Claim::new(ClaimId::new(now, self.random()), by.name.clone(), now, self.settings.lease);
        let taken = uow.take(wish.desk, choice(pick), &viewer, &claim).await?;
        let id = taken.ok_or(ServiceError::Raced)?;
        turns.insert(wish.desk, next);
        let item = uow.item(id).await?.ok_or(ServiceError::Raced)?;
        let detail = json!({ "claim": claim.id, "pick": name_of(pick), "bundle": wish.bundle });
        let row = self.log_row(by, now, ActCode::Claimed, Entry { detail: Some(detail), ..Entry::on(&item) });
        uow.append_log(&[row]).await?;
        metrics::counter!("ppn_claims_total", "desk" => wish.desk.code(), "pick" => name_of(pick))
            .increment(1);
        let mut bundle = uow.bundle(&item, &by.name, MOST_IN_BUNDLE).await?;
        if wish.bundle {
            if !uow.sees_one_moment() {
                // Those that somebody took before they were this unit of work's are not offered.
                uow.lock_items(&bundle).await?;
                let still = uow.bundle(&item, &by.name, MOST_IN_BUNDLE).await?;
                bundle.retain(|id| still.contains(id));
            }
            for id in &bundle {
                self.take_along(uow, by, *id, now).await?;
            }
        }
        let answer = Some(Claimed { view: ItemView::of(uow, item).await?, bundle });
        if let Some(once) = &wish.once {
            keep_answer(uow, by, once, now, &answer).await?;
        }
        Ok(answer)
    }

    /// Claims one waiting item by name. It does not count as a pick.
    ///
    /// # Errors
    /// [`ServiceError::HeldBy`] with who and since when; otherwise when the item does not wait.
    pub async fn claim_named(
        &self,
        by: &Principal,
        id: WorkItemId,
        once: Option<&Idempotency>,
    ) -> Result<Claimed, ServiceError> {
        by.require(Permission::WorkItem)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock_items(&[id]).await?;
        let mut item = act.item(id).await?;
        by.require_desk(item.desk)?;
        if item.state.claim().is_some_and(|c| c.has_expired(act.now)) {
            self.return_item(&mut *act.uow, &mut item, act.now, ActCode::Expired).await?;
        }
        let claim =
            Claim::new(ClaimId::new(act.now, self.random()), by.name.clone(), act.now, self.settings.lease);
        item.state = item.state.claimed(claim.clone())?;
        item.clocks.picked_up = item.clocks.picked_up.met(act.now);
        act.uow.save_item(&item).await?;
        item.version += 1;
        act.uow.begin_claim(&item).await?;
        let detail = json!({ "claim": claim.id, "pick": "named" });
        act.log(ActCode::Claimed, Entry { detail: Some(detail), ..Entry::on(&item) });
        let bundle = act.uow.bundle(&item, &by.name, MOST_IN_BUNDLE).await?;
        let claimed = Claimed { view: ItemView::of(&mut *act.uow, item).await?, bundle };
        act.finish(claimed).await
    }

    /// Claims an item of a bundle for whoever claimed its head. It does not count as a pick.
    async fn take_along(
        &self,
        uow: &mut dyn UnitOfWork,
        by: &Principal,
        id: WorkItemId,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let mut item = uow.item(id).await?.ok_or(ServiceError::Raced)?;
        let claim = Claim::new(ClaimId::new(now, self.random()), by.name.clone(), now, self.settings.lease);
        let detail = json!({ "claim": claim.id, "pick": "bundle" });
        item.state = item.state.claimed(claim)?;
        item.clocks.picked_up = item.clocks.picked_up.met(now);
        uow.save_item(&item).await?;
        item.version += 1;
        uow.begin_claim(&item).await?;
        let row = self.log_row(by, now, ActCode::Claimed, Entry { detail: Some(detail), ..Entry::on(&item) });
        uow.append_log(&[row]).await?;
        metrics::counter!("ppn_claims_total", "desk" => item.desk.code(), "pick" => "bundle").increment(1);
        Ok(())
    }

    /// Returns items whose lease or hold has ended. Says how many. Safe on every node at once: each item
    /// is returned by one of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn return_ended(&self) -> Result<usize, ServiceError> {
        repeated(|| async {
            let mut uow = self.store.write().await?;
            let mut returned = self.return_expired(&mut *uow, None).await?;
            let ended = uow.ended_holds(self.clock.now(), RETURNED_AT_ONCE).await?;
            for id in locked(&mut *uow, ended).await? {
                let now = self.clock.now();
                if let Some(mut item) = uow.item(id).await?
                    && matches!(item.state, State::Held { until } if until <= now)
                {
                    self.return_item(&mut *uow, &mut item, now, ActCode::HoldEnded).await?;
                    returned += 1;
                }
            }
            if returned > 0 {
                uow.save().await?;
            }
            Ok(returned)
        })
        .await
    }

    pub(crate) async fn return_expired(
        &self,
        uow: &mut dyn UnitOfWork,
        desk: Option<Desk>,
    ) -> Result<usize, ServiceError> {
        let expired = uow.expired_claims(desk, self.clock.now(), RETURNED_AT_ONCE).await?;
        let mut returned = 0;
        for id in locked(uow, expired).await? {
            let now = self.clock.now();
            if let Some(mut item) = uow.item(id).await?
                && item.state.claim().is_some_and(|claim| claim.has_expired(now))
            {
                self.return_item(uow, &mut item, now, ActCode::Expired).await?;
                returned += 1;
            }
        }
        Ok(returned)
    }

    /// Puts an item back to waiting, under its old key, and ends its claim.
    pub(crate) async fn return_item(
        &self,
        uow: &mut dyn UnitOfWork,
        item: &mut WorkItem,
        now: Timestamp,
        why: ActCode,
    ) -> Result<(), ServiceError> {
        if let State::Claimed { claim } = &item.state {
            uow.end_claim(&ClaimEnd { id: claim.id, at: now, act: why }).await?;
        }
        item.state = item.state.returned()?;
        uow.save_item(item).await?;
        item.version += 1;
        let row = self.log_row(&system(), now, why, Entry::on(item));
        uow.append_log(&[row]).await?;
        Ok(())
    }
}

/// Locks items that were found, in one order for everybody. They are to be read again: whoever was waited
/// for may have changed them.
async fn locked(uow: &mut dyn UnitOfWork, found: Vec<WorkItem>) -> Result<Vec<WorkItemId>, ServiceError> {
    let ids: Vec<WorkItemId> = found.into_iter().map(|item| item.id).collect();
    uow.lock_items(&ids).await?;
    Ok(ids)
}

/// Items returned in one unit of work; the rest follow in the next.
const RETURNED_AT_ONCE: u32 = 500;
