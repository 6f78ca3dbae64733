//! `POST /work-items/{id}/accept-lowering`.

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
use crate::fields;
use crate::views::{RankView, WorkItemAnswer};

/// The offer that was read, and why it is right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lowering {
    /// The claim, where the caller holds the item.
    pub claim_id: Option<Uuid>,
    /// The offer.
    #[serde(deserialize_with = "fields::object")]
    pub to: RankView,
    /// Why.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Accept that the item ranks lower.
///
/// Takes the place that `could_be_lowered_to` offers. Nothing is lowered without a person and a reason.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/accept-lowering",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Lowering, example = json!({ "to": { "band": "green", "score": 12 }, "reason": "The knife belonged to another incident." })),
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
pub async fn accept_lowering(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Lowering>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let view = service
        .accept_lowering(
            &by,
            id,
            request.body.claim_id.map(ClaimId),
            request.body.to.into(),
            &request.body.reason,
            request.once.as_ref(),
        )
        .await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}
