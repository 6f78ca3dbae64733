//! What the use cases show of a work item.

use ppn_domain::WorkItem;
use ppn_store::{StoredAssessment, UnitOfWork, WorkNote};
use serde::{Deserialize, Serialize};

use crate::ServiceError;

/// A work item with why it stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemView {
    /// The item.
    pub item: WorkItem,
    /// Its latest assessment.
    pub latest: Option<StoredAssessment>,
    /// What was left with it, newest first.
    pub notes: Vec<WorkNote>,
}

impl ItemView {
    pub(crate) async fn of(uow: &mut dyn UnitOfWork, item: WorkItem) -> Result<Self, ServiceError> {
        let latest = uow.latest_assessments(std::slice::from_ref(&item)).await?.pop().flatten();
        let notes = uow.notes(item.id).await?;
        Ok(Self { item, latest, notes })
    }
}
