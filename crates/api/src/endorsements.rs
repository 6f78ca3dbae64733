//! `POST /endorsements/{id}/approve` and `/reject`: the second person decides.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::{ClaimId, WorkItemId};
use ppn_http::{Caller, Id, Problem};
use ppn_service::{Principal, Service};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::examples;
use crate::fields;
use crate::views::WorkItemAnswer;

/// A second person's decision, under a claim on the endorsement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Endorsement {
    /// The claim on the endorsement's work item.
    pub claim_id: Uuid,
    /// The revision that was read.
    #[serde(deserialize_with = "fields::whole")]
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub revision: u32,
    /// Why.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Agree as the second person.
///
/// The item that was pending is done. Nobody endorses their own decision.
#[utoipa::path(
    post,
    path = "/api/v1/endorsements/{id}/approve",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The endorsement's work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Endorsement, example = json!({ "claim_id": examples::CLAIM_ID, "revision": 1, "reason": "The history was read and the school agrees." })),
    responses(
        (status = 200, description = "The endorsement as it now stands.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The claim, revision or state no longer holds.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn approve(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Endorsement>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    decide(&service, &by, id, request, true).await
}

/// Disagree as the second person.
///
/// The item that was pending waits again, under its old place, with the reason.
#[utoipa::path(
    post,
    path = "/api/v1/endorsements/{id}/reject",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The endorsement's work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Endorsement, example = json!({ "claim_id": examples::CLAIM_ID, "revision": 1, "reason": "The history was read and the school agrees." })),
    responses(
        (status = 200, description = "The endorsement as it now stands.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The claim, revision or state no longer holds.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn reject(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Endorsement>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    decide(&service, &by, id, request, false).await
}

async fn decide(
    service: &Service,
    by: &Principal,
    id: WorkItemId,
    request: ppn_http::Json<Endorsement>,
    approve: bool,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let Endorsement { claim_id, revision, reason } = request.body;
    let view =
        service.endorse(by, id, ClaimId(claim_id), revision, approve, &reason, request.once.as_ref()).await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}
