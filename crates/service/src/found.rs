//! What people found, so that the order can be held to it.

use ppn_domain::notice::codes::Grade;
use ppn_domain::{Act as ActCode, Band, Permission, Timestamp};
use ppn_store::FoundOutcome;
use serde_json::json;

use crate::act::{Begun, Entry};
use crate::{Principal, Service, ServiceError};

/// What was found about one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The notice's source.
    pub source: String,
    /// The notice's reference.
    pub reference: String,
    /// When a person first opened it.
    pub opened_at: Timestamp,
    /// The band that it deserved.
    pub band: Option<Band>,
    /// The grade that it deserved.
    pub grade: Option<Grade>,
    /// How it ended, in the force's words.
    pub outcome: Option<String>,
}

impl Service {
    /// Keeps what was found about up to 100 notices. For each: `true` new, `false` held before,
    /// `NotFound` where no such notice is held.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn add_found(
        &self,
        by: &Principal,
        slice: &[Found],
    ) -> Result<Vec<Result<bool, ServiceError>>, ServiceError> {
        by.require(Permission::AssignWork)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let keys: Vec<_> = slice.iter().map(|f| (f.source.clone(), f.reference.clone())).collect();
        let heads = act.uow.notices_by_reference(&keys).await?;
        let mut answers = Vec::with_capacity(slice.len());
        for (found, head) in slice.iter().zip(heads) {
            let Some(head) = head else {
                answers.push(Err(ServiceError::NotFound("notice")));
                continue;
            };
            let kept = FoundOutcome {
                notice_id: head.id,
                opened_at: found.opened_at,
                found_band: found.band,
                found_grade: found.grade,
                outcome: found.outcome.clone(),
                added: (act.now, by.name.clone()),
            };
            let new = act.uow.insert_found_outcome(&kept).await?;
            if new {
                let detail = json!({ "band": found.band, "grade": found.grade });
                act.log(
                    ActCode::CollectedOutcome,
                    Entry { notice_id: Some(head.id), detail: Some(detail), ..Entry::default() },
                );
            }
            answers.push(Ok(new));
        }
        act.finish(()).await?;
        Ok(answers)
    }
}
