//! Work items, their assessments, claims and notes.

use async_trait::async_trait;
use ppn_domain::{
    Act, Assessment, AssessmentId, Band, ClaimId, Desk, NoticeId, Rank, StateName, Timestamp, WorkItem,
    WorkItemId,
};
use serde::{Deserialize, Serialize};

use crate::{StoreError, Viewer};

/// A work item to open. Its `sequence` is given by the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkItem {
    /// The item; `sequence` and `version` are ignored.
    pub item: WorkItem,
    /// A random number by which an audit pick finds it.
    pub lot: i64,
    /// Its first assessment, if it was assessed.
    pub assessment: Option<StoredAssessment>,
}

impl NewWorkItem {
    /// Whether its first assessment has a question open whose answer could raise the band.
    pub fn is_provisional(&self) -> bool {
        self.assessment.as_ref().is_some_and(|stored| !stored.assessment.questions.is_empty())
    }

    /// Whether its assessment is one that another item brought: that of the item whose endorsement it is.
    pub fn shares_an_assessment(&self) -> bool {
        self.assessment.is_none() && self.item.assessment_id.is_some()
    }
}

/// An assessment as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAssessment {
    /// Its identifier.
    pub id: AssessmentId,
    /// The item.
    pub work_item_id: WorkItemId,
    /// The notice's revision that was assessed.
    pub revision: u32,
    /// When.
    pub made_at: Timestamp,
    /// The result.
    pub assessment: Assessment,
    /// Who accepted that the item ranks lower than this, and when.
    pub lowered: Option<(String, Timestamp)>,
}

/// How a claim ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimEnd {
    /// The claim.
    pub id: ClaimId,
    /// When.
    pub at: Timestamp,
    /// By which act.
    pub act: Act,
}

/// What somebody left with an item for whoever works it next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkNote {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// With which act.
    pub act: Act,
    /// The text by field, for example `done`, `left`, `waiting` of a release.
    pub text: std::collections::BTreeMap<String, String>,
}

/// A place in key order A: band, score (highest first), received, sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkKey {
    /// Band position, 0 for red.
    pub band: u8,
    /// Score.
    pub score: i32,
    /// Receipt.
    pub received: Timestamp,
    /// Arrival.
    pub sequence: i64,
}

impl WorkKey {
    /// The place of an item.
    pub const fn of(item: &WorkItem) -> Self {
        Self {
            band: item.rank.band.position(),
            score: item.rank.score,
            received: item.received,
            sequence: item.sequence,
        }
    }
}

/// Which items to list, in key order A.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// At this desk.
    pub desk: Option<Desk>,
    /// In this state.
    pub state: StateName,
    /// In this band.
    pub band: Option<Band>,
    /// Held by this person.
    pub holder: Option<String>,
    /// Due to be picked up before this moment, as the backlog counts what is overdue.
    pub overdue_at: Option<Timestamp>,
    /// After this place.
    pub after: Option<WorkKey>,
    /// At most so many.
    pub limit: u32,
    /// For whom.
    pub viewer: Viewer,
    /// Only at desks of this list.
    pub desks: Vec<Desk>,
}

/// Work items.
#[async_trait]
pub trait Work {
    /// Opens items, in order.
    async fn insert_items(&mut self, items: &[NewWorkItem]) -> Result<(), StoreError>;

    /// One item.
    async fn item(&mut self, id: WorkItemId) -> Result<Option<WorkItem>, StoreError>;

    /// The items of a notice, in order of arrival.
    async fn items_of_notice(&mut self, notice_id: NoticeId) -> Result<Vec<WorkItem>, StoreError>;

    /// Makes items this unit of work's until it ends: another that changes one of them waits. They are
    /// taken in order of arrival, so that two who take several in one call never wait for each other.
    /// What is read of them from here on stays so. Absent ones are left out; in a unit of work that
    /// reads it does nothing.
    async fn lock_items(&mut self, ids: &[WorkItemId]) -> Result<(), StoreError>;

    /// The unfinished items of notices, by notice and then in order of arrival. In a unit of work that
    /// writes they are locked as by [`Work::lock_items`].
    async fn unfinished_items_of(&mut self, notices: &[NoticeId]) -> Result<Vec<WorkItem>, StoreError>;

    /// Unfinished items at the desks that triage ranks which have no current assessment, the highest
    /// first.
    async fn unassessed_items(&mut self, limit: u32) -> Result<Vec<WorkItem>, StoreError>;

    /// The waiting items at an item's desk of other notices of its household, in key order A. A
    /// restricted item has no bundle and is in none, and what `by` is kept off is in none for them. People
    /// live at the address that their latest notice with one gives: whoever moved out is of no household
    /// with whoever moved in.
    async fn bundle(&mut self, item: &WorkItem, by: &str, limit: u32) -> Result<Vec<WorkItemId>, StoreError>;

    /// Writes state, rank, clocks and assessment of an item as given.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] when it changed since it was read (`version`).
    async fn save_item(&mut self, item: &WorkItem) -> Result<(), StoreError>;

    /// Items in key order A.
    async fn list_items(&mut self, query: &ListQuery) -> Result<Vec<WorkItem>, StoreError>;

    /// Items that are unfinished, and finished ones that were received or first picked up at this moment or
    /// later: in order of arrival, those after this `sequence`, at most so many.
    async fn items_since(
        &mut self,
        since: Timestamp,
        after: i64,
        limit: u32,
    ) -> Result<Vec<WorkItem>, StoreError>;

    /// Claimed items whose lease ended at or before `now`; of one desk, or of all.
    async fn expired_claims(
        &mut self,
        desk: Option<Desk>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WorkItem>, StoreError>;

    /// Held items whose time came at or before `now`.
    async fn ended_holds(&mut self, now: Timestamp, limit: u32) -> Result<Vec<WorkItem>, StoreError>;

    /// Keeps a claim that began on an item by name (claims of the next item are kept by the order).
    async fn begin_claim(&mut self, item: &WorkItem) -> Result<(), StoreError>;

    /// Keeps how a claim ended.
    async fn end_claim(&mut self, end: &ClaimEnd) -> Result<(), StoreError>;

    /// Keeps an assessment.
    async fn insert_assessment(&mut self, assessment: &StoredAssessment) -> Result<(), StoreError>;

    /// All assessments of an item, oldest first.
    async fn assessments(&mut self, id: WorkItemId) -> Result<Vec<StoredAssessment>, StoreError>;

    /// The latest assessments of these items, in the order asked.
    async fn latest_assessments(
        &mut self,
        items: &[WorkItem],
    ) -> Result<Vec<Option<StoredAssessment>>, StoreError>;

    /// Marks every assessment of the item that ranks above `above` as lowered by a person.
    async fn lower_assessments(
        &mut self,
        id: WorkItemId,
        above: Rank,
        by: &str,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Keeps a note.
    async fn insert_note(&mut self, id: WorkItemId, note: &WorkNote) -> Result<(), StoreError>;

    /// The notes of an item, newest first.
    async fn notes(&mut self, id: WorkItemId) -> Result<Vec<WorkNote>, StoreError>;

    /// The item whose endorsement this one is.
    async fn endorses(&mut self, endorsement: WorkItemId) -> Result<Option<WorkItemId>, StoreError>;

    /// Keeps that one item is the endorsement of another.
    async fn insert_endorsement(&mut self, endorsement: WorkItemId, of: WorkItemId)
    -> Result<(), StoreError>;
}
