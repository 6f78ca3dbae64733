//! The backlog in numbers.

use async_trait::async_trait;
use ppn_domain::{Band, Desk, Span, StateName, Timestamp};

use crate::StoreError;

/// Unfinished items of one desk, band and state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskCount {
    /// The desk.
    pub desk: Desk,
    /// The band.
    pub band: Band,
    /// The state.
    pub state: StateName,
    /// How many.
    pub items: u64,
    /// How many of them wait past their limit to be picked up. A claim that ended without a decision
    /// takes nothing off: the item waits again, and the reserve counts it as this does.
    pub overdue: u64,
    /// How many of them have no current assessment.
    pub unassessed: u64,
    /// Receipt of the oldest.
    pub oldest: Timestamp,
}

/// The backlog in numbers. Restricted items count here and nowhere else.
#[async_trait]
pub trait Backlog {
    /// Counts by desk, band and state, of everything that is not done.
    async fn backlog_counts(&mut self, now: Timestamp) -> Result<Vec<DeskCount>, StoreError>;

    /// By desk: items first picked up, and red items received, in the `window` before `now`.
    async fn flow(&mut self, now: Timestamp, window: Span) -> Result<Vec<(Desk, u64, u64)>, StoreError>;
}
