//! The order of a desk, as the store can see and take it.
//!
//! The rule itself is pure and stands in `ppn-triage`; the store answers what heads the desk and
//! takes the item that the rule chose, in one statement.

use async_trait::async_trait;
use ppn_domain::{Band, Claim, Desk, Timestamp, WorkItemId};

use crate::{StoreError, Viewer};

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
