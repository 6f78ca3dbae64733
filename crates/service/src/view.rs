//! What the use cases show of a work item.

use ppn_domain::{Desk, Review, WorkItem};
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
    /// The assessment that it ranks by, where the latest is lower: the highest that nobody lowered.
    pub standing: Option<StoredAssessment>,
    /// What was left with it, newest first.
    pub notes: Vec<WorkNote>,
    /// The grades that reviewers gave the notice, oldest first: at its endorsement desk too.
    #[serde(default)]
    pub reviews: Vec<Review>,
}

impl ItemView {
    pub(crate) async fn of(uow: &mut dyn UnitOfWork, item: WorkItem) -> Result<Self, ServiceError> {
        let latest = uow.latest_assessments(std::slice::from_ref(&item)).await?.pop().flatten();
        let standing = standing(uow, &item).await?;
        let notes = uow.notes(item.id).await?;
        let reviews = match item.desk {
            Desk::DomesticAbuse | Desk::Endorsement => uow.reviews(item.notice_id).await?,
            _ => Vec::new(),
        };
        Ok(Self { item, latest, standing, notes, reviews })
    }
}

/// The assessment that an item ranks by, where its latest is lower.
pub(crate) async fn standing(
    uow: &mut dyn UnitOfWork,
    item: &WorkItem,
) -> Result<Option<StoredAssessment>, ServiceError> {
    if item.could_be.is_none() {
        return Ok(None);
    }
    let all = uow.assessments(item.id).await?;
    Ok(all.into_iter().filter(|a| a.lowered.is_none()).max_by_key(|a| a.assessment.rank))
}
