//! Searches: notices by their reference alone, and what a search found.

use async_trait::async_trait;
use ppn_domain::{SearchId, SessionId, Timestamp};

use crate::{NoticeHead, StoreError};

/// What a search found. What was asked for is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSearch {
    /// Its identifier.
    pub id: SearchId,
    /// The session in which it was asked: nobody else sees it.
    pub session: SessionId,
    /// When.
    pub made_at: Timestamp,
    /// What was found, as JSON of identifiers.
    pub found: String,
}

/// Searches.
#[async_trait]
pub trait Searches {
    /// Notices with this reference at whatever source, the latest receipt first, at most `limit`.
    async fn notices_referred_to(
        &mut self,
        reference: &str,
        limit: u32,
    ) -> Result<Vec<NoticeHead>, StoreError>;

    /// Keeps a search, and forgets those made before a moment.
    async fn keep_search(&mut self, search: &KeptSearch, forget: Timestamp) -> Result<(), StoreError>;

    /// A search of a session; `None` for that of another.
    async fn search(&mut self, id: SearchId, session: SessionId) -> Result<Option<KeptSearch>, StoreError>;
}
