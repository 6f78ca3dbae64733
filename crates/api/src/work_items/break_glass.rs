//! `POST /work-items/{id}/break-glass`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use ppn_domain::WorkItemId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;

use crate::people::decide::Why;

/// Open a restricted notice without being named.
///
/// For a duty supervisor. The notice of the item is open to them for twelve hours, and its list is told who did it and why.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/break-glass",
    tag = "Restricted",
    params(
        ("id" = Uuid, Path, description = "The work item, as `GET /restricted` names it."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Why, example = json!({ "reason": "Nobody on the list answers, and it is red." })),
    responses(
        (status = 204, description = "The notice is open to the caller."),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn break_glass(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Why>,
) -> Result<StatusCode, Problem> {
    service.break_glass(&by, id, &request.body.reason, request.once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
