//! `GET /work-items/{id}/cues`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::WorkItemId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;
use serde::Serialize;
use utoipa::ToSchema;

use super::CueView;
use crate::examples;

/// The cues that stand in a notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct CuesAnswer {
    /// In the order in which the texts of the notice are read; dismissed ones among them.
    pub cues: Vec<CueView>,
}

/// Read the cues of a work item's notice.
///
/// Words of the current revision that suggest a fact, with what people said of them. Logged.
#[utoipa::path(
    get,
    path = "/api/v1/work-items/{id}/cues",
    operation_id = "list_cues",
    tag = "Cues",
    params(("id" = Uuid, Path, description = "The work item.")),
    responses(
        (status = 200, description = "The cues.", body = CuesAnswer, example = json!(examples::cues())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read notices.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
) -> Result<Json<CuesAnswer>, Problem> {
    let cues = service.cues(&by, id).await?;
    Ok(Json(CuesAnswer { cues: cues.into_iter().map(CueView::from).collect() }))
}
