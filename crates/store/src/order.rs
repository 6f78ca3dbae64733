//! The order of a desk, as the store can see and take it.
//!
//! The rule itself is pure and stands in `ppn-triage`; the store answers what heads the desk and
//! takes the item that the rule chose, in one statement.

use async_trait::async_trait;
use ppn_domain::{Band, Claim, Desk, Restriction, Timestamp, WorkItemId};

use crate::{StoreError, Viewer, WorkKey};

/// The desk's row: how many picks since the last reserve turn, and what is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeskTurn {
    /// Picks since the last reserve turn.
    pub picks: u32,
    /// A reserve pick is owed.
    pub owed: bool,
    /// Green and blue picks since the last audit pick.
    pub low_picks: u32,
}

/// What heads the waiting items of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WaitingHeads {
    /// Band of the first by key A.
    pub head: Option<Band>,
    /// Due time and band of the first by key B.
    pub furthest: Option<(Timestamp, Band)>,
    /// Due time of the first by key B among reds.
    pub furthest_red: Option<Timestamp>,
}

/// Which waiting item to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The first by key A.
    Head,
    /// The first by key B.
    Furthest,
    /// The first by key B among reds.
    FurthestRed,
    /// The first green or blue with this lot or a greater one, else with the smallest.
    Audit {
        /// The lot drawn.
        lot: i64,
    },
    /// The first by receipt: triage switched off.
    Oldest,
}

/// Where a waiting item stands among those of its desk, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// In key order A.
    pub now: u64,
    /// In date order: by receipt, then by arrival.
    pub by_date: u64,
}

/// A part of key order A in which a store counts along an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// Whole bands: positions after the first and before the second.
    Bands(Option<u8>, u8),
    /// Whole scores of a band: below the first and above the second.
    Scores(u8, Option<i32>, Option<i32>),
    /// Receipts and arrivals of one band and score: after the first and up to the second.
    Receipts(u8, i32, Option<(Timestamp, i64)>, Option<(Timestamp, i64)>),
}

impl Stretch {
    /// What lies after one place of key order A, up to and with another: counted along, a whole page of
    /// places reads each entry of the index once.
    pub fn between(from: Option<WorkKey>, to: WorkKey) -> Vec<Self> {
        let last = (to.received, to.sequence);
        let Some(from) = from else {
            return vec![
                Self::Bands(None, to.band),
                Self::Scores(to.band, None, Some(to.score)),
                Self::Receipts(to.band, to.score, None, Some(last)),
            ];
        };
        let first = (from.received, from.sequence);
        if (from.band, from.score) == (to.band, to.score) {
            return vec![Self::Receipts(to.band, to.score, Some(first), Some(last))];
        }
        let mut between = vec![Self::Receipts(from.band, from.score, Some(first), None)];
        if from.band == to.band {
            between.push(Self::Scores(to.band, Some(from.score), Some(to.score)));
        } else {
            between.push(Self::Scores(from.band, Some(from.score), None));
            between.push(Self::Bands(Some(from.band), to.band));
            between.push(Self::Scores(to.band, None, Some(to.score)));
        }
        between.push(Self::Receipts(to.band, to.score, None, Some(last)));
        between
    }
}

/// The order of a desk.
#[async_trait]
pub trait Order {
    /// The desk's row. In a unit of work that writes this also takes the desk's turn: another that
    /// asks for it waits until this one ends, so that picks are counted in the order of saving.
    async fn desk_turn(&mut self, desk: Desk) -> Result<DeskTurn, StoreError>;

    /// Writes the desk's row.
    async fn save_desk_turn(&mut self, desk: Desk, turn: DeskTurn) -> Result<(), StoreError>;

    /// What heads the desk for somebody: restricted items where their lists name them, and none of a
    /// notice that they are kept off. A notice opened for them alone is taken by name.
    async fn waiting_heads(&mut self, desk: Desk, viewer: &Viewer) -> Result<WaitingHeads, StoreError>;

    /// The item that a choice would take now.
    async fn peek(
        &mut self,
        desk: Desk,
        choice: Choice,
        viewer: &Viewer,
    ) -> Result<Option<WorkItemId>, StoreError>;

    /// The places of these waiting items of a desk, each among all that wait there, restricted items only
    /// where these lists open them; in the order asked.
    async fn places(
        &mut self,
        desk: Desk,
        keys: &[WorkKey],
        opens: Restriction,
    ) -> Result<Vec<Place>, StoreError>;

    /// Takes the chosen item for a claim, stops its pick-up clock, and keeps the claim. An item that
    /// another unit of work is changing is waited for, not passed over: until that one ends nobody
    /// knows whether it still waits.
    async fn take(
        &mut self,
        desk: Desk,
        choice: Choice,
        viewer: &Viewer,
        claim: &Claim,
    ) -> Result<Option<WorkItemId>, StoreError>;
}
