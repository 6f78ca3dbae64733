//! `POST /work-items/{id}/assign`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::WorkItemId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::examples;
use crate::views::WorkItemAnswer;

/// To whom, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Somebody who works at the desk.
    #[schema(min_length = 1, max_length = 64)]
    pub to: String,
    /// Why.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Give the item to somebody.
///
/// For supervisors. An item that another person holds is taken over: their claim ends.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/assign",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Assignment, example = json!({ "to": "ann.researcher", "reason": "She knows the family." })),
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
pub async fn assign(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Assignment>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let view = service.assign(&by, id, &request.body.to, &request.body.reason, request.once.as_ref()).await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}
