//! Grades that reviewers gave.

use async_trait::async_trait;
use ppn_domain::review::Decided;
use ppn_domain::{NoticeId, Review, WorkItemId};

use crate::StoreError;

/// Reviews, each kept as it was given.
#[async_trait]
pub trait Reviews {
    /// Keeps a grade.
    ///
    /// # Errors
    /// Where a grade of the item waits for a second person already.
    async fn insert_review(&mut self, review: &Review) -> Result<(), StoreError>;

    /// Keeps what the second person said of the grade of an item that waits for one; nothing where none does:
    /// an item may wait for a second person without a grade.
    async fn decide_review(&mut self, of: WorkItemId, decided: &Decided) -> Result<(), StoreError>;

    /// The grades of a notice, oldest first.
    async fn reviews(&mut self, notice_id: NoticeId) -> Result<Vec<Review>, StoreError>;
}
