//! `POST /work-items/{id}/release`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::{ClaimId, WorkItemId};
use ppn_http::{Caller, Id, Problem};
use ppn_service::{HandOver, Service};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::examples;
use crate::views::WorkItemAnswer;

/// What the next holder should know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The claim.
    pub claim_id: Uuid,
    /// What is done.
    #[schema(max_length = 20000)]
    pub done: Option<String>,
    /// What is left.
    #[schema(max_length = 20000)]
    pub left: Option<String>,
    /// Who is waiting.
    #[schema(max_length = 20000)]
    pub waiting: Option<String>,
}

/// Give the item back.
///
/// Say what is done, what is left and who is waiting: the next holder sees it first. No clock stops.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/release",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Release, example = json!({ "claim_id": examples::CLAIM_ID, "done": "Six months of history read.", "left": "Call the school.", "waiting": "The health visitor expects a call back." })),
    responses(
        (status = 200, description = "The item as it now stands.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The claim, revision or state no longer holds.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn release(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Release>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let hand_over =
        HandOver { done: request.body.done, left: request.body.left, waiting: request.body.waiting };
    let view =
        service.release(&by, id, ClaimId(request.body.claim_id), &hand_over, request.once.as_ref()).await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}
