//! The backlog in numbers.
//!
//! The numbers are kept: each change of an item changes them in its own transaction, whoever wrote it,
//! so that reading them costs the same for a thousand items as for a million. They are kept by hour of
//! receipt and hour of due. What moves with the clock is a sum over whole hours, and a count along an
//! index inside the one hour that the moment parts.

use async_trait::async_trait;
use ppn_domain::{Band, Desk, Restriction, Span, StateName, Timestamp};

use crate::StoreError;

/// An item received longer ago than this counts as [`DeskCount::week_old`].
pub const A_WEEK: Span = Span::days(7);

/// Hours are told apart for this long; those further back are kept as one. It is two days longer than
/// [`A_WEEK`]: so far may a clock go back after counts were gathered, and they still answer for its time.
pub const HOURS_KEPT: Span = Span::days(9);

/// Unfinished items of one desk, band and state.
///
/// Restricted items count in `items`, whoever looks. All the other figures leave out those whose lists do
/// not name the viewer.
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
    /// How many of them were received more than [`A_WEEK`] ago.
    pub week_old: u64,
    /// How many of them have a question open whose answer could raise the band.
    pub provisional: u64,
    /// How many of them have no current assessment.
    pub unassessed: u64,
    /// Receipt of the oldest that the viewer may see, if there is one.
    pub oldest: Option<Timestamp>,
}

/// A moment, parted into what kept counts answer and what an index does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartedHour {
    /// The hour in which it lies, counted from 1970: all hours before it are past.
    pub hour: i64,
    /// Where that hour began.
    pub began: Timestamp,
    /// The moment.
    pub at: Timestamp,
}

impl PartedHour {
    /// Parts a moment.
    pub fn of(at: Timestamp) -> Self {
        let hour = hour_of(at);
        Self { hour, began: Timestamp::from_micros(hour.saturating_mul(MICROS)), at }
    }
}

const MICROS: i64 = Span::hours(1).as_micros();

/// The hour in which a moment lies, counted from 1970.
pub const fn hour_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(MICROS)
}

/// The backlog in numbers.
#[async_trait]
pub trait Backlog {
    /// Counts by desk, band and state of everything that is not done, for somebody whom these lists name;
    /// by desk, band and state in the order of their codes.
    async fn backlog_counts(
        &mut self,
        now: Timestamp,
        opens: Restriction,
    ) -> Result<Vec<DeskCount>, StoreError>;

    /// By desk: items first picked up, and red items received, in the `window` before `now`.
    async fn flow(&mut self, now: Timestamp, window: Span) -> Result<Vec<(Desk, u64, u64)>, StoreError>;

    /// Gathers what changed the counts since they were last gathered, and makes one of the hours that lie
    /// further back than [`HOURS_KEPT`]. No figure changes by it. Any number of nodes may do it at once:
    /// one of them does, and the others find nothing. How many kept rows were written.
    async fn gather_counts(&mut self, now: Timestamp) -> Result<u64, StoreError>;

    /// Counts unfinished items one by one, and says how many kept counts are not what they should be: 0,
    /// unless something went wrong. Reads the whole backlog.
    async fn miscounts(&mut self, now: Timestamp) -> Result<u64, StoreError>;

    /// As [`Backlog::miscounts`], and puts right what is wrong, while others go on writing.
    async fn recount(&mut self, now: Timestamp) -> Result<u64, StoreError>;
}
