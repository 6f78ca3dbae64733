//! What changed, for whoever watches.
//!
//! Each change of a work item adds a row in its own transaction, whoever made it. A row holds an identifier
//! and a kind, and nothing of the item. Rows are read in one order, and only once nothing can appear before
//! them any more: whoever read up to a place misses nothing by going on from there.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use ppn_domain::{Desk, NoticeId, Span, WorkItemId};

use crate::{StoreError, Viewer};

/// What happened to a work item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKind {
    /// It is new.
    Opened,
    /// Something of it is another.
    Changed,
    /// It is done.
    Done,
}

impl FeedKind {
    /// The code, as it is stored and sent.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Done => "done",
        }
    }
}

impl FromStr for FeedKind {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        match code {
            "opened" => Ok(Self::Opened),
            "changed" => Ok(Self::Changed),
            "done" => Ok(Self::Done),
            _ => Err(()),
        }
    }
}

/// A place in the feed. It reads and writes as `TRANSACTION-PLACE`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedPlace {
    /// The transaction that wrote the row; 0 where a store has one writer.
    pub transaction: i64,
    /// The row among all.
    pub place: i64,
}

impl fmt::Display for FeedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.transaction, self.place)
    }
}

/// A text that is no place in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoFeedPlace;

impl FromStr for FeedPlace {
    type Err = NoFeedPlace;

    fn from_str(text: &str) -> Result<Self, NoFeedPlace> {
        let (transaction, place) = text.split_once('-').ok_or(NoFeedPlace)?;
        // Digits alone: a sign would give one place several texts.
        let number = |digits: &str| {
            if digits.bytes().all(|b| b.is_ascii_digit()) {
                digits.parse().map_err(|_| NoFeedPlace)
            } else {
                Err(NoFeedPlace)
            }
        };
        Ok(Self { transaction: number(transaction)?, place: number(place)? })
    }
}

/// How far the feed reaches, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedReach {
    /// Up to here rows were pruned: nobody can go on from before it.
    pub pruned: FeedPlace,
    /// The last place that can be read: nothing appears before it any more.
    pub latest: FeedPlace,
    /// Rows are saved behind it that wait for an older transaction to end.
    pub more_to_come: bool,
}

impl FeedReach {
    /// Whether somebody who read up to a place can go on from there. Not from a place that lies beyond the
    /// feed: it is of another store, or of a time before a backup was restored.
    pub fn serves(&self, from: FeedPlace) -> bool {
        (self.pruned..=self.latest).contains(&from)
    }
}

/// A row of the feed, with where the item is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedRow {
    /// Its place.
    pub place: FeedPlace,
    /// What happened.
    pub kind: FeedKind,
    /// The item.
    pub work_item_id: WorkItemId,
    /// Its notice.
    pub notice_id: NoticeId,
    /// Its desk.
    pub desk: Desk,
}

/// What changed, for whoever watches.
#[async_trait]
pub trait Feed {
    /// How far the feed reaches.
    async fn feed_reach(&mut self) -> Result<FeedReach, StoreError>;

    /// Rows after a place and up to another, in order, of items at these desks that the viewer may see now.
    async fn feed_between(
        &mut self,
        after: FeedPlace,
        up_to: FeedPlace,
        desks: &[Desk],
        viewer: &Viewer,
        limit: u32,
    ) -> Result<Vec<FeedRow>, StoreError>;

    /// Removes rows that were written longer ago than this by the store's own clock, at most `limit`. Any
    /// number of nodes may do it at once. How many it removed.
    async fn prune_feed(&mut self, kept: Span, limit: u32) -> Result<u64, StoreError>;
}

/// Hears of changes that any process saved.
#[async_trait]
pub trait Changes: Send {
    /// Waits until something may have been saved since it last answered. It may answer without cause.
    ///
    /// # Errors
    /// When nothing is heard any more: ask for another, and look for what was missed.
    async fn next(&mut self) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_it_is_written() {
        let place = FeedPlace { transaction: 812, place: 77 };
        assert_eq!(place.to_string(), "812-77");
        assert_eq!("812-77".parse(), Ok(place));
        for none in
            ["", "-", "812", "812-", "-77", "812--77", "+1-2", "1-2-3", "9223372036854775808-1", "a-b"]
        {
            assert_eq!(none.parse::<FeedPlace>(), Err(NoFeedPlace), "{none}");
        }
    }

    #[test]
    fn one_goes_on_inside_the_reach_alone() {
        let at = |transaction, place| FeedPlace { transaction, place };
        let reach = FeedReach { pruned: at(3, 9), latest: at(7, 2), more_to_come: false };
        for (from, served) in
            [(at(3, 8), false), (at(3, 9), true), (at(5, 1), true), (at(7, 2), true), (at(7, 3), false)]
        {
            assert_eq!(reach.serves(from), served, "{from}");
        }
    }
}
