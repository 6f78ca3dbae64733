//! `POST /work-items/{id}/cues/confirm` and `/undo`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::{ClaimId, WorkItemId};
use ppn_http::{Caller, Id, Problem};
use ppn_service::{CueWord, Service};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::CueId;
use crate::examples;
use crate::views::WorkItemAnswer;

/// Which cue, under which claim.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CueNamed {
    /// The caller's claim on the item.
    pub claim_id: Uuid,
    /// The cue, as the list of cues names it.
    pub cue_id: CueId,
}

/// Say that it is as a cue suggests.
///
/// Reasons that rest on it say no longer that nobody confirmed the words.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/cues/confirm",
    operation_id = "confirm_cue",
    tag = "Cues",
    params(
        ("id" = Uuid, Path, description = "The work item that the caller holds."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = CueNamed, example = json!({ "claim_id": examples::CLAIM_ID, "cue_id": examples::CUE_ID })),
    responses(
        (status = 200, description = "The item as it now stands.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The claim or state no longer holds.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn confirm(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<CueNamed>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let CueNamed { claim_id, cue_id } = request.body;
    let once = request.once.as_ref();
    let view = service.decide_cue(&by, (id, ClaimId(claim_id)), cue_id.0, CueWord::Confirm, once).await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}

/// Take back what was said of a cue.
///
/// It counts as before anybody spoke; what rises by it rises at once.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/cues/undo",
    operation_id = "undo_cue",
    tag = "Cues",
    params(
        ("id" = Uuid, Path, description = "The work item that the caller holds."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = CueNamed, example = json!({ "claim_id": examples::CLAIM_ID, "cue_id": examples::CUE_ID })),
    responses(
        (status = 200, description = "The item as it now stands.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The claim or state no longer holds.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn undo(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<CueNamed>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let CueNamed { claim_id, cue_id } = request.body;
    let once = request.once.as_ref();
    let view = service.decide_cue(&by, (id, ClaimId(claim_id)), cue_id.0, CueWord::Undo, once).await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}
