//! Work items: one piece of work on one notice at one desk, its states and its clocks.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::codes::codes;
use crate::notice::codes::NoticeKind;
use crate::{AssessmentId, ClaimId, Desk, NoticeId, Rank, Restriction, Span, Timestamp, WorkItemId};

/// A lease that no policy or configuration changes lasts this long.
pub const DEFAULT_LEASE: Span = Span::hours(4);
/// Nobody holds an item longer than this without a fresh claim.
pub const LONGEST_CLAIM: Span = Span::hours(12);

codes! {
    /// The name of a state.
    pub enum StateName {
        Waiting = "waiting",
        Claimed = "claimed",
        Held = "held",
        Pending = "pending",
        Done = "done",
    }
}

codes! {
    /// How an item ended.
    pub enum Outcome {
        Shared = "shared",
        StrategyDiscussion = "strategy_discussion",
        Section47 = "section_47",
        EarlyHelp = "early_help",
        NoFurtherAction = "no_further_action",
        NotSafeguarding = "not_safeguarding",
        Duplicate = "duplicate",
        Transferred = "transferred",
        /// Reviewed: the grade that a reviewer gave stands beside the officer's.
        Graded = "graded",
        /// Worked before this service held it: history that a force moved in.
        WorkedBefore = "worked_before",
    }
}

impl Outcome {
    /// The outcomes that a person may choose.
    pub const CHOICES: [Self; 8] = [
        Self::Shared,
        Self::StrategyDiscussion,
        Self::Section47,
        Self::EarlyHelp,
        Self::NoFurtherAction,
        Self::NotSafeguarding,
        Self::Duplicate,
        Self::Transferred,
    ];

    /// Whether a partner learns of the notice by it.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Shared | Self::StrategyDiscussion | Self::Section47 | Self::EarlyHelp)
    }
}

/// A holder, with an own identifier, a lease and its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Every write on the item names it.
    pub id: ClaimId,
    /// Who holds the item.
    pub holder: String,
    /// Since when, over every renewal.
    pub since: Timestamp,
    /// When the lease ends unless an act on the item renews it.
    pub expires_at: Timestamp,
}

impl Claim {
    /// A fresh claim.
    pub fn new(id: ClaimId, holder: String, now: Timestamp, lease: Span) -> Self {
        let lease = if lease > LONGEST_CLAIM { LONGEST_CLAIM } else { lease };
        Self { id, holder, since: now, expires_at: now + lease }
    }

    /// The lease counted anew from `now`, never past [`LONGEST_CLAIM`] from the first moment.
    #[must_use]
    pub fn renewed(self, now: Timestamp, lease: Span) -> Self {
        let expires_at = (now + lease).min(self.since + LONGEST_CLAIM).max(self.expires_at);
        Self { expires_at, ..self }
    }

    /// Whether the lease has ended.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

/// Where a piece of work stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// In the order, for anybody at the desk.
    Waiting,
    /// Held by one person.
    Claimed {
        /// The claim.
        claim: Claim,
    },
    /// Put aside until a moment, with a reason in the log.
    Held {
        /// When it goes back to waiting.
        until: Timestamp,
    },
    /// A second person must decide: no lease, not in the order, counted, clocks running.
    Pending {
        /// Who decided first; the second person is somebody else.
        by: String,
        /// What they decided.
        outcome: Outcome,
    },
    /// Ended.
    Done {
        /// How.
        outcome: Outcome,
    },
}

/// A change of state that the rules do not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAllowed {
    /// The act needs another state.
    #[error("a {from} item cannot be {act}")]
    FromState {
        /// The state it is in.
        from: StateName,
        /// The act, as a past participle.
        act: &'static str,
    },
    /// The claim named is not the present one.
    #[error("that claim has ended")]
    ClaimEnded {
        /// Who holds the item now, and since when.
        held_by: Option<(String, Timestamp)>,
    },
    /// A hold that is too long for the band.
    #[error("a hold of this band lasts at most {} hours", .longest.as_seconds() / 3600)]
    HoldTooLong {
        /// The longest allowed.
        longest: Span,
    },
    /// Second thoughts need a second person.
    #[error("the second person must be somebody else")]
    SamePerson,
}

impl State {
    /// The name of this state.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Waiting => StateName::Waiting,
            Self::Claimed { .. } => StateName::Claimed,
            Self::Held { .. } => StateName::Held,
            Self::Pending { .. } => StateName::Pending,
            Self::Done { .. } => StateName::Done,
        }
    }

    fn refuse<T>(&self, act: &'static str) -> Result<T, NotAllowed> {
        Err(NotAllowed::FromState { from: self.name(), act })
    }

    /// The present claim.
    pub const fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Claimed { claim } => Some(claim),
            _ => None,
        }
    }

    /// Waiting to claimed.
    ///
    /// # Errors
    /// When it is held by somebody, put aside, pending or done.
    pub fn claimed(&self, claim: Claim) -> Result<Self, NotAllowed> {
        match self {
            Self::Waiting => Ok(Self::Claimed { claim }),
            Self::Claimed { claim: present } => {
                Err(NotAllowed::ClaimEnded { held_by: Some((present.holder.clone(), present.since)) })
            }
            other => other.refuse("claimed"),
        }
    }

    /// The present claim, if it is the one named and its lease has not ended.
    ///
    /// # Errors
    /// When another claim, or none, stands.
    pub fn under_claim(&self, id: ClaimId, now: Timestamp) -> Result<&Claim, NotAllowed> {
        match self {
            Self::Claimed { claim } if claim.id == id && !claim.has_expired(now) => Ok(claim),
            Self::Claimed { claim } if claim.id != id && !claim.has_expired(now) => {
                Err(NotAllowed::ClaimEnded { held_by: Some((claim.holder.clone(), claim.since)) })
            }
            _ => Err(NotAllowed::ClaimEnded { held_by: None }),
        }
    }

    /// Back to waiting: released, taken over, expired, the hold over, or the second person refused.
    ///
    /// # Errors
    /// When it is done, or waits already.
    pub fn returned(&self) -> Result<Self, NotAllowed> {
        match self {
            Self::Claimed { .. } | Self::Held { .. } | Self::Pending { .. } => Ok(Self::Waiting),
            other => other.refuse("returned"),
        }
    }

    /// Claimed to put aside.
    ///
    /// # Errors
    /// When it is not claimed, or the hold is longer than [`longest_hold`] for the band.
    pub fn held(&self, rank: Rank, now: Timestamp, until: Timestamp) -> Result<Self, NotAllowed> {
        let longest = longest_hold(rank);
        match self {
            Self::Claimed { .. } if until - now <= longest => Ok(Self::Held { until }),
            Self::Claimed { .. } => Err(NotAllowed::HoldTooLong { longest }),
            other => other.refuse("put on hold"),
        }
    }

    /// Claimed to done, or to pending where a second person must decide.
    ///
    /// # Errors
    /// When it is not claimed.
    pub fn completed(&self, outcome: Outcome, second_person: bool) -> Result<Self, NotAllowed> {
        match self {
            Self::Claimed { claim } if second_person => {
                Ok(Self::Pending { by: claim.holder.clone(), outcome })
            }
            Self::Claimed { .. } => Ok(Self::Done { outcome }),
            other => other.refuse("completed"),
        }
    }

    /// Pending to done, by a second person.
    ///
    /// # Errors
    /// When it is not pending, or the same person decides twice.
    pub fn approved(&self, by: &str) -> Result<Self, NotAllowed> {
        match self {
            Self::Pending { by: first, .. } if first == by => Err(NotAllowed::SamePerson),
            Self::Pending { outcome, .. } => Ok(Self::Done { outcome: *outcome }),
            other => other.refuse("approved"),
        }
    }
}

/// The longest hold: 4 hours for red, 24 hours for amber, 7 days for the rest.
pub const fn longest_hold(rank: Rank) -> Span {
    match rank.band {
        crate::Band::Red => Span::hours(4),
        crate::Band::Amber => Span::hours(24),
        crate::Band::Green | crate::Band::Blue => Span::days(7),
    }
}

/// One of the three clocks that run from receipt: its due time, and when it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueClock {
    /// The limit.
    pub due: Timestamp,
    /// When it was met; `None` while it runs.
    pub met_at: Option<Timestamp>,
}

impl DueClock {
    /// A running clock.
    pub const fn running(due: Timestamp) -> Self {
        Self { due, met_at: None }
    }

    /// Met at `now`, unless it was before.
    #[must_use]
    pub fn met(self, now: Timestamp) -> Self {
        Self { met_at: self.met_at.or(Some(now)), ..self }
    }
}

/// The three clocks. Claim, renewal, hold, question, release and reassignment stop none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// First taken up by a person. Without another word, due and overdue mean this one.
    pub picked_up: DueClock,
    /// Decided.
    pub decided: DueClock,
    /// The partner told.
    pub told: DueClock,
}

/// The three limits of one band at one desk, counted from receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To pick up.
    pub picked_up: Span,
    /// To decide.
    pub decided: Span,
    /// To tell the partner.
    pub told: Span,
}

impl Limits {
    /// Fresh clocks from receipt.
    pub fn clocks(self, received: Timestamp) -> Clocks {
        Clocks {
            picked_up: DueClock::running(received + self.picked_up),
            decided: DueClock::running(received + self.decided),
            told: DueClock::running(received + self.told),
        }
    }

    /// The same clocks with the limits of another band: what was met stays met.
    pub fn moved(self, clocks: Clocks, received: Timestamp) -> Clocks {
        let fresh = self.clocks(received);
        Clocks {
            picked_up: DueClock { met_at: clocks.picked_up.met_at, ..fresh.picked_up },
            decided: DueClock { met_at: clocks.decided.met_at, ..fresh.decided },
            told: DueClock { met_at: clocks.told.met_at, ..fresh.told },
        }
    }
}

/// One piece of work on one notice at one desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// Its identifier.
    pub id: WorkItemId,
    /// The notice.
    pub notice_id: NoticeId,
    /// The notice's source system.
    pub source: String,
    /// The notice's reference there.
    pub reference: String,
    /// The notice's current revision, as `complete` must name it.
    pub revision: u32,
    /// The notice's kind.
    pub kind: NoticeKind,
    /// The desk.
    pub desk: Desk,
    /// Where it stands.
    pub state: State,
    /// What it is ordered by: the highest among its assessments that no person has lowered.
    pub rank: Rank,
    /// The latest assessment; `None` ranks as amber and alarms.
    pub assessment_id: Option<AssessmentId>,
    /// The latest assessment's rank, where that is lower than `rank`: a person may accept it.
    pub could_be: Option<Rank>,
    /// Receipt: what the clocks and the order count from.
    pub received: Timestamp,
    /// The three clocks.
    pub clocks: Clocks,
    /// Order of arrival; breaks ties.
    pub sequence: i64,
    /// Why only named people may open it.
    pub restricted: Restriction,
    /// Counts changes, so that two writers cannot both believe they were first.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Band;

    const NOON: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

    fn claim(n: u128, holder: &str) -> Claim {
        Claim::new(ClaimId::new(NOON, n << 64), holder.into(), NOON, DEFAULT_LEASE)
    }

    #[test]
    fn an_item_has_at_most_one_holder() {
        let state = State::Waiting.claimed(claim(1, "ann")).unwrap();
        let second = state.claimed(claim(2, "ben")).unwrap_err();
        assert_eq!(second, NotAllowed::ClaimEnded { held_by: Some(("ann".into(), NOON)) });
    }

    #[test]
    fn a_claim_that_ended_writes_nothing() {
        let mine = claim(1, "ann");
        let state = State::Waiting.claimed(mine.clone()).unwrap();
        assert!(state.under_claim(mine.id, NOON).is_ok());
        assert!(state.under_claim(mine.id, NOON + DEFAULT_LEASE).is_err());
        let theirs = State::Waiting.claimed(claim(2, "ben")).unwrap();
        assert_eq!(
            theirs.under_claim(mine.id, NOON),
            Err(NotAllowed::ClaimEnded { held_by: Some(("ben".into(), NOON)) })
        );
    }

    #[test]
    fn nobody_holds_longer_than_twelve_hours_by_renewing() {
        let mut c = claim(1, "ann");
        for hour in 1..20 {
            c = c.renewed(NOON + Span::hours(hour), DEFAULT_LEASE);
        }
        assert_eq!(c.expires_at, NOON + LONGEST_CLAIM);
    }

    #[test]
    fn a_red_is_put_aside_for_four_hours_at_most() {
        let state = State::Waiting.claimed(claim(1, "ann")).unwrap();
        let red = Rank { band: Band::Red, score: 0 };
        assert!(state.held(red, NOON, NOON + Span::hours(4)).is_ok());
        assert_eq!(
            state.held(red, NOON, NOON + Span::hours(5)),
            Err(NotAllowed::HoldTooLong { longest: Span::hours(4) })
        );
    }

    #[test]
    fn a_pending_item_is_approved_by_somebody_else() {
        let state = State::Waiting.claimed(claim(1, "ann")).unwrap();
        let pending = state.completed(Outcome::NoFurtherAction, true).unwrap();
        assert_eq!(pending.approved("ann"), Err(NotAllowed::SamePerson));
        assert_eq!(pending.approved("ben"), Ok(State::Done { outcome: Outcome::NoFurtherAction }));
    }

    #[test]
    fn what_is_done_stays_done() {
        let done = State::Done { outcome: Outcome::Shared };
        assert!(done.claimed(claim(1, "ann")).is_err());
        assert!(done.returned().is_err());
        assert!(done.completed(Outcome::Shared, false).is_err());
    }
}
