//! `POST /work-items/{id}/know-these-people`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use ppn_domain::WorkItemId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;

use crate::work_items::claim::Nothing;

/// Say "I know these people".
///
/// The item, and every other of its notice, is hidden from the caller for good; what they hold of it goes back to its desk.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/know-these-people",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Option<Nothing>, description = "May be left out.", example = json!({})),
    responses(
        (status = 204, description = "It is passed on."),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn know_these_people(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Option<Nothing>>,
) -> Result<StatusCode, Problem> {
    service.know_these_people(&by, id, request.once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
