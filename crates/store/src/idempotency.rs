//! Answers kept so that the same request, sent twice, acts once.

use async_trait::async_trait;
use ppn_domain::Timestamp;

use crate::StoreError;

/// An answer given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 of route and body of the request that it answered.
    pub request_hash: [u8; 32],
    /// The answer.
    pub answer: String,
    /// When it was given.
    pub at: Timestamp,
}

/// Answers by caller and key.
#[async_trait]
pub trait IdempotentAnswers {
    /// The answer given to this caller's key since `since`. In a unit of work that writes, the key is
    /// this one's until it ends: another that asks for it waits, and then finds the answer kept here.
    async fn answered(
        &mut self,
        caller: &str,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<Answered>, StoreError>;

    /// Keeps an answer in the place of an older one, and drops a few that are older than `since`.
    async fn keep_answer(
        &mut self,
        caller: &str,
        key: &str,
        answered: &Answered,
        since: Timestamp,
    ) -> Result<(), StoreError>;
}
