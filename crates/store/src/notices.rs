//! Notices, their revisions and what people found.

use async_trait::async_trait;
use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Finding, NoticeId, Restriction, Timestamp};

use crate::StoreError;

/// What is kept of a notice beside its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeHead {
    /// Its identifier.
    pub id: NoticeId,
    /// The submitting system.
    pub source: String,
    /// The reference there.
    pub reference: String,
    /// Kind of the current revision.
    pub kind: NoticeKind,
    /// The current revision.
    pub revision: u32,
    /// How many revisions arrived; the next is one more.
    pub revisions: u32,
    /// By which revisions are ordered: the current one's.
    pub version_at: Timestamp,
    /// Receipt of the revision that arrived first.
    pub received: Timestamp,
    /// When the first revision arrived.
    pub arrived: Timestamp,
    /// Only named people may open it.
    pub restricted: Restriction,
    /// Who submitted the first revision.
    pub submitted_by: String,
}

/// One revision beside its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionHead {
    /// Its number, in order of arrival from 1.
    pub revision: u32,
    /// SHA-256 of the canonical content.
    pub content_hash: [u8; 32],
    /// By which revisions are ordered.
    pub version_at: Timestamp,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Who submitted it.
    pub submitted_by: String,
    /// Deficiencies found at intake.
    pub findings: Vec<Finding>,
}

/// A revision to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// The notice.
    pub notice_id: NoticeId,
    /// Everything but the content.
    pub head: RevisionHead,
    /// Canonical JSON.
    pub body: String,
}

/// A notice seen for the first time, with its first revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// The notice.
    pub head: NoticeHead,
    /// Its first revision.
    pub first: NewRevision,
}

/// What people found, for learning whether the order was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOutcome {
    /// The notice.
    pub notice_id: NoticeId,
    /// When a person first opened it.
    pub opened_at: Timestamp,
    /// The band that it deserved, as found.
    pub found_band: Option<Band>,
    /// The grade that it deserved, as found.
    pub found_grade: Option<Grade>,
    /// How it ended, in the force's words.
    pub outcome: Option<String>,
    /// When this was added, and by whom.
    pub added: (Timestamp, String),
}

/// Notices and revisions.
#[async_trait]
pub trait Notices {
    /// The notices with these (source, reference) pairs, in the order asked.
    async fn notices_by_reference(
        &mut self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<NoticeHead>>, StoreError>;

    /// One notice.
    async fn notice(&mut self, id: NoticeId) -> Result<Option<NoticeHead>, StoreError>;

    /// Keeps notices seen for the first time. Fails as a whole when a (source, reference) exists.
    async fn insert_notices(&mut self, notices: &[NewNotice]) -> Result<(), StoreError>;

    /// Keeps a further revision and writes the notice's head as given, current or filed.
    async fn insert_revision(&mut self, revision: &NewRevision, head: &NoticeHead) -> Result<(), StoreError>;

    /// The revision of a notice whose content has this hash.
    async fn revision_with_hash(
        &mut self,
        notice_id: NoticeId,
        content_hash: &[u8; 32],
    ) -> Result<Option<RevisionHead>, StoreError>;

    /// All revisions of a notice, in order of arrival.
    async fn revisions(&mut self, notice_id: NoticeId) -> Result<Vec<RevisionHead>, StoreError>;

    /// The canonical content of one revision.
    async fn body(&mut self, notice_id: NoticeId, revision: u32) -> Result<Option<String>, StoreError>;

    /// The canonical content of several notices' revisions, in the order asked.
    async fn bodies(&mut self, of: &[(NoticeId, u32)]) -> Result<Vec<Option<String>>, StoreError>;

    /// Every notice once, in order of identifier: at most `limit` after the one given.
    async fn notices_after(
        &mut self,
        after: Option<NoticeId>,
        limit: u32,
    ) -> Result<Vec<NoticeHead>, StoreError>;

    /// Keeps what people found; says whether that was new. The same (notice, opened) is kept once.
    async fn insert_found_outcome(&mut self, found: &FoundOutcome) -> Result<bool, StoreError>;

    /// What people found, by notice and then by when it was opened: at most `limit` after the place
    /// given, which need not be one that is held.
    async fn found_outcomes(
        &mut self,
        after: Option<(NoticeId, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<FoundOutcome>, StoreError>;

    /// What was found about any of these notices, by notice and by when it was opened.
    async fn found_outcomes_of(&mut self, notices: &[NoticeId]) -> Result<Vec<FoundOutcome>, StoreError>;
}
