//! `POST /work-items/{id}/cues/preview`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::WorkItemId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;

use super::PreviewAnswer;
use crate::codes::CueId;
use crate::examples;

/// Which cue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhichCue {
    /// The cue, as the list of cues names it.
    pub cue_id: CueId,
}

/// See what dismissing a cue would do.
///
/// The assessments without it: band, points and the reasons that would be gone, of the notice's items and
/// of those of linked notices. Nothing is changed; the reading is logged.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/cues/preview",
    operation_id = "preview_dismissal",
    tag = "Cues",
    params(("id" = Uuid, Path, description = "The work item.")),
    request_body(content = WhichCue, example = json!({ "cue_id": examples::CUE_ID })),
    responses(
        (status = 200, description = "What it would do.", body = PreviewAnswer, example = json!(examples::preview())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn preview(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<WhichCue>,
) -> Result<Json<PreviewAnswer>, Problem> {
    Ok(Json(service.preview_dismissal(&by, id, request.body.cue_id.0).await?.into()))
}
