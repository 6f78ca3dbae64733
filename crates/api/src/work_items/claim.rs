//! `POST /work-items/{id}/claim`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ppn_domain::WorkItemId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::desks::ClaimAnswer;
use crate::examples;

/// Nothing to say: an empty object, or no body at all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Claim one waiting item by name.
///
/// It does not count as a pick of the desk. An item that somebody holds answers 409 with who and since when.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/claim",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Option<Nothing>, description = "May be left out.", example = json!({})),
    responses(
        (status = 201, description = "Claimed.", body = ClaimAnswer, example = json!(examples::claim())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It does not wait: who holds it and since when.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn claim(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Option<Nothing>>,
) -> Result<(StatusCode, Json<ClaimAnswer>), Problem> {
    let claimed = service.claim_named(&by, id, request.once.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(ClaimAnswer::of(claimed, &by.name))))
}
