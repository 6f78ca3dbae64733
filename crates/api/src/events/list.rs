//! `GET /notices/{id}/events`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::NoticeId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;

use super::EventsAnswer;
use crate::examples;

/// Read which notices may tell the event of a notice.
///
/// The same people within six hours where no reference tells, and every notice of which somebody said.
/// Logged.
#[utoipa::path(
    get,
    path = "/api/v1/notices/{id}/events",
    operation_id = "list_events",
    tag = "People",
    params(("id" = Uuid, Path, description = "The notice.")),
    responses(
        (status = 200, description = "The notices.", body = EventsAnswer, example = json!(examples::events())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read notices.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<NoticeId>,
) -> Result<Json<EventsAnswer>, Problem> {
    Ok(Json(service.events_of(&by, id).await?.into()))
}
