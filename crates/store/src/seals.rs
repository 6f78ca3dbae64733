//! The seals on the log: the leaves of its tree, the signed heads, and whose turn it is to seal.

use async_trait::async_trait;
use ppn_domain::{AuditId, StoredRow};
use ppn_sealing::{SealedLeaf, SignedHead};

use crate::StoreError;

/// How far the log is sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedTo {
    /// How many rows are.
    pub size: u64,
    /// The place of the last of them; 0 before the first.
    pub place: i64,
    /// The tree's peaks, from which it grows.
    pub peaks: Vec<u8>,
}

/// The seals on the log.
#[async_trait]
pub trait Seals {
    /// How far the log is sealed. In a unit of work that writes this takes the turn to seal, and is
    /// `None` while another has it. In one that reads it takes none.
    async fn sealing_turn(&mut self) -> Result<Option<SealedTo>, StoreError>;

    /// The last place up to which the log is settled: every row that will ever stand there can be read
    /// from here on. `None` when that could not be found out in time, since a unit of work that took a
    /// place did not end. It keeps nobody from writing.
    async fn settled_to(&mut self) -> Result<Option<i64>, StoreError>;

    /// Rows of the log as they are stored, after a place and up to another, in the order of their
    /// places.
    async fn stored_rows(&mut self, after: i64, to: i64, limit: u32) -> Result<Vec<StoredRow>, StoreError>;

    /// One row of the log as it is stored.
    async fn stored_row(&mut self, id: AuditId) -> Result<Option<StoredRow>, StoreError>;

    /// Adds leaves and the head over them. `peaks` are those of the tree with the leaves in it.
    async fn seal(
        &mut self,
        leaves: &[SealedLeaf],
        head: &SignedHead,
        peaks: &[u8],
    ) -> Result<(), StoreError>;

    /// Leaves from a number on, in order.
    async fn sealed_leaves(&mut self, from: u64, limit: u32) -> Result<Vec<SealedLeaf>, StoreError>;

    /// The leaf of the row at a place.
    async fn sealed_leaf(&mut self, place: i64) -> Result<Option<SealedLeaf>, StoreError>;

    /// Heads of more than so many rows, smallest first.
    async fn sealed_heads(&mut self, after: u64, limit: u32) -> Result<Vec<SignedHead>, StoreError>;

    /// The head of the most rows.
    async fn latest_head(&mut self) -> Result<Option<SignedHead>, StoreError>;

    /// The key that seals, where the store keeps it.
    async fn kept_sealing_key(&mut self) -> Result<Option<String>, StoreError>;

    /// Keeps the key that seals. The first one stays.
    async fn keep_sealing_key(&mut self, key: &str) -> Result<(), StoreError>;
}
