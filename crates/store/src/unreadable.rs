//! Refused submissions, kept as sent until a named person deals with them.

use async_trait::async_trait;
use ppn_domain::{NoticeId, Timestamp, UnreadableId};
use serde_json::Value;

use crate::StoreError;

/// What became of a refused submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnreadableState {
    /// Waits for a person.
    Open,
    /// A person mended it into a notice.
    Mended {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// The notice that it became.
        notice_id: NoticeId,
    },
    /// A person said why it is no notice.
    Dismissed {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// A refused submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its identifier.
    pub id: UnreadableId,
    /// When it arrived.
    pub arrived: Timestamp,
    /// By when a person should have dealt with it.
    pub due: Timestamp,
    /// Who sent it.
    pub submitted_by: String,
    /// The source it names, where that could be read.
    pub source: Option<String>,
    /// The reference it names, where that could be read.
    pub reference: Option<String>,
    /// SHA-256 of the content as sent: the same content is kept once.
    pub content_hash: [u8; 32],
    /// The content as sent.
    pub content: Vec<u8>,
    /// Why it was refused: path, rule and fix each.
    pub errors: Value,
    /// What became of it.
    pub state: UnreadableState,
}

/// The list of what could not be read.
#[async_trait]
pub trait Unreadables {
    /// Keeps a refused submission once: the identifier of the one with the same content, if one is. What
    /// a person has dealt with stays dealt with, however often the same content is sent.
    async fn insert_unreadable(&mut self, unreadable: &Unreadable) -> Result<UnreadableId, StoreError>;

    /// One of them.
    async fn unreadable(&mut self, id: UnreadableId) -> Result<Option<Unreadable>, StoreError>;

    /// Those on the list, oldest first, without their content; open ones only, or all.
    async fn list_unreadable(
        &mut self,
        open_only: bool,
        after: Option<UnreadableId>,
        limit: u32,
    ) -> Result<Vec<Unreadable>, StoreError>;

    /// Writes what became of an open one.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] when it is not open.
    async fn close_unreadable(&mut self, id: UnreadableId, state: &UnreadableState)
    -> Result<(), StoreError>;

    /// Open ones that name this source and reference.
    async fn open_unreadable_of(
        &mut self,
        source: &str,
        reference: &str,
    ) -> Result<Vec<UnreadableId>, StoreError>;

    /// How many are open, and how many of those past their time.
    async fn count_unreadable(&mut self, now: Timestamp) -> Result<(u64, u64), StoreError>;
}
