//! `GET /work-items/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::WorkItemId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;

use crate::examples;
use crate::views::WorkItemAnswer;

/// Read a work item, with why it stands where it stands.
#[utoipa::path(
    get,
    path = "/api/v1/work-items/{id}",
    operation_id = "show_work_item",
    tag = "Work",
    params(("id" = Uuid, Path, description = "The work item.")),
    responses(
        (status = 200, description = "The item; every reading is logged.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read notices.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn show(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    Ok(WorkItemAnswer::whole(service.item(&by, id).await?, &by.name))
}
