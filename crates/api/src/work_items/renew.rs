//! `POST /work-items/{id}/renew`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::{ClaimId, WorkItemId};
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::examples;
use crate::views::WorkItemAnswer;

/// Names the claim.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The claim.
    pub claim_id: Uuid,
}

/// Renew the lease.
///
/// An act of the holder: polling renews nothing. Nobody holds an item longer than twelve hours without a fresh claim.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/renew",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Renewal, example = json!({ "claim_id": examples::CLAIM_ID })),
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
pub async fn renew(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Renewal>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let view = service.renew(&by, id, ClaimId(request.body.claim_id), request.once.as_ref()).await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}
