//! `POST /work-items/{id}/cues/dismiss`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::{ClaimId, WorkItemId};
use ppn_http::{Caller, Id, Problem};
use ppn_service::{CueWord, Service, ServiceError};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{FallView, PreviewAnswer};
use crate::codes::CueId;
use crate::examples;
use crate::views::WorkItemAnswer;

/// The cue that is not so, why, and what was shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismissal {
    /// The caller's claim on the item.
    pub claim_id: Uuid,
    /// The cue, as the list of cues names it.
    pub cue_id: CueId,
    /// `falls` of the preview that was read: these take effect with the dismissal.
    pub shown: Vec<FallView>,
    /// Why it is not so, kept with the record.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Say that it is not as a cue suggests.
///
/// The cue counts no more, for this notice or in the history of others. What falls by it falls at once,
/// since it was shown first; where it would fall otherwise than `shown` says nothing is done, and the
/// refusal holds the new preview. A later revision keeps the dismissal where it has the same sentence.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/cues/dismiss",
    operation_id = "dismiss_cue",
    tag = "Cues",
    params(
        ("id" = Uuid, Path, description = "The work item that the caller holds."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Dismissal, example = json!(examples::dismissal())),
    responses(
        (status = 200, description = "The item as it now stands.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The claim or state no longer holds, or it would do other than was shown: then `preview` says what.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn dismiss(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Dismissal>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let Dismissal { claim_id, cue_id, shown, reason } = request.body;
    let shown: Vec<_> =
        shown.into_iter().map(|fall| (WorkItemId(fall.work_item_id), fall.to.into())).collect();
    let word = CueWord::Dismiss { reason: &reason, shown: &shown };
    let once = request.once.as_ref();
    match service.decide_cue(&by, (id, ClaimId(claim_id)), cue_id.0, word, once).await {
        Ok(view) => Ok(WorkItemAnswer::whole(view, &by.name)),
        Err(ServiceError::PreviewChanged(preview)) => {
            let mut problem = Problem::from(ServiceError::PreviewChanged(preview.clone()));
            problem.more.preview = serde_json::to_value(PreviewAnswer::from(*preview)).ok();
            Err(problem)
        }
        Err(error) => Err(error.into()),
    }
}
