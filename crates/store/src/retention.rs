//! How long notices are kept, and their erasure.

use async_trait::async_trait;
use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Assessment, AssessmentId, NoticeId, Timestamp};

use crate::{NoticeHead, StoreError, StoredAssessment};

/// What people decided about how long a notice is kept; nothing for one that nobody looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retained {
    /// Kept on review until this moment.
    pub until: Option<Timestamp>,
    /// Who kept it, and when.
    pub reviewed: Option<(String, Timestamp)>,
    /// Who put it under a legal hold, and when.
    pub held: Option<(String, Timestamp)>,
    /// When it was erased.
    pub erased: Option<Erased>,
}

/// That a notice was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Who did.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How many revisions it had then: a later one is content again.
    pub revisions: u32,
}

/// What takes the place of a notice's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The notice.
    pub notice_id: NoticeId,
    /// What stands for the content of each of its revisions: what it was, and nothing that it said.
    pub body: String,
    /// What stands for its trace.
    pub trace: String,
    /// Who erases it, when, and how many revisions it has.
    pub erased: Erased,
}

/// Retention.
#[async_trait]
pub trait Retention {
    /// What was decided about a notice.
    async fn retained(&mut self, id: NoticeId) -> Result<Retained, StoreError>;

    /// Notices of a kind that are due for review: last written at or before a moment, and not kept on review
    /// beyond now. Erased ones are not. The longest due first, at most `limit`.
    async fn due_for_review(
        &mut self,
        kind: NoticeKind,
        written: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(NoticeHead, Retained)>, StoreError>;

    /// Keeps a notice until a moment, in the place of what an earlier review said.
    async fn keep_until(
        &mut self,
        id: NoticeId,
        until: Timestamp,
        reviewed: (&str, Timestamp),
    ) -> Result<(), StoreError>;

    /// Puts a notice under a legal hold, or takes it from under one.
    async fn hold_legally(&mut self, id: NoticeId, held: Option<(&str, Timestamp)>)
    -> Result<(), StoreError>;

    /// Takes out what a notice said and what was made of it: the content of its revisions and their
    /// findings, its people with keys and links, what was said of its cues and events, the reasons, questions
    /// and grounds of its assessments, notes on its items, what was typed about it anywhere, submissions
    /// of it that could not be read, and answers kept for their callers. What is left says that it was there,
    /// how it ranked, and who did what when.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] for a notice that is not there or has another number of revisions.
    async fn erase(&mut self, erasure: &Erasure) -> Result<(), StoreError>;

    /// The assessments of any item whose evidence names a notice with this reference. It reads every
    /// assessment, so it takes as long as that.
    async fn assessments_citing(&mut self, reference: &str) -> Result<Vec<StoredAssessment>, StoreError>;

    /// Writes reasons and grounds of an assessment anew, with other evidence.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] for one that is not there.
    async fn rewrite_evidence(&mut self, id: AssessmentId, as_is: &Assessment) -> Result<(), StoreError>;
}
