//! `GET /unreadable/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ppn_domain::UnreadableId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;

use super::UnreadableView;
use crate::examples;

/// Read a refused submission, as sent.
#[utoipa::path(
    get,
    path = "/api/v1/unreadable/{id}",
    operation_id = "show_unreadable",
    tag = "Could not be read",
    params(("id" = Uuid, Path, description = "The refused submission.")),
    responses(
        (status = 200, description = "With its content; every reading is logged.", body = UnreadableView, example = json!(examples::unreadable())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not deal with what could not be read.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn show(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<UnreadableId>,
) -> Result<Json<UnreadableView>, Problem> {
    let found = service.unreadable(&by, id).await?;
    let content_base64 = Some(STANDARD.encode(&found.content));
    let content = String::from_utf8(found.content.clone()).ok();
    Ok(Json(UnreadableView { content, content_base64, ..UnreadableView::from(found) }))
}
