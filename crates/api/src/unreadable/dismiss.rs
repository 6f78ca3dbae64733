//! `POST /unreadable/{id}/dismiss`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use ppn_domain::UnreadableId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;

/// Why it is no notice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismissal {
    /// Why.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Say why a refused submission is no notice.
#[utoipa::path(
    post,
    path = "/api/v1/unreadable/{id}/dismiss",
    tag = "Could not be read",
    params(
        ("id" = Uuid, Path, description = "The refused submission."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Dismissal, example = json!({ "reason": "A test message of the source system." })),
    responses(
        (status = 204, description = "Dismissed."),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not deal with what could not be read.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody dealt with it before.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn dismiss(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<UnreadableId>,
    request: ppn_http::Json<Dismissal>,
) -> Result<StatusCode, Problem> {
    service.dismiss(&by, id, &request.body.reason, request.once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
