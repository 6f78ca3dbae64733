//! `POST /work-items/{id}/complete`.

use axum::Json;
use axum::extract::State;
use ppn_domain::{ClaimId, NoticeId, WorkItemId};
use ppn_http::{Caller, Id, Problem};
use ppn_service::{Complete, Lanes};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::ChosenOutcome;
use crate::examples;
use crate::fields;
use crate::views::WorkItemAnswer;

/// How the item ends, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// The claim.
    pub claim_id: Uuid,
    /// The revision that was read.
    #[serde(deserialize_with = "fields::whole")]
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub revision: u32,
    /// How it ends.
    pub outcome: ChosenOutcome,
    /// Why.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
    /// For `duplicate`: the notice of which this is a duplicate.
    pub duplicate_of: Option<Uuid>,
}

/// End the item with outcome and reason.
///
/// A child item closed unshared, and a domestic abuse item completed instead of graded, become
/// pending until a second person has decided at the endorsement desk.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/complete",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Completion, example = json!({ "claim_id": examples::CLAIM_ID, "revision": 1, "outcome": "shared", "reason": "Sent to the children's front door: neglect inside a domestic incident." })),
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
pub async fn complete(
    State(lanes): State<Lanes>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Completion>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let viewer = by.name.clone();
    let wish = Complete {
        by,
        id,
        claim: ClaimId(request.body.claim_id),
        revision: request.body.revision,
        read_at: None,
        outcome: request.body.outcome.0,
        reason: request.body.reason,
        duplicate_of: request.body.duplicate_of.map(NoticeId),
        once: request.once,
    };
    Ok(WorkItemAnswer::whole(lanes.complete(wish).await?, &viewer))
}
