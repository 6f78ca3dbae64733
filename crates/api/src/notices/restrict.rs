//! `POST /notices/{id}/restrict` and `/lift-restriction`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use ppn_domain::NoticeId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::codes::RestrictionCode;

/// For which reason a notice is restricted, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionWish {
    /// The reason, whose standing list names who opens it.
    pub reason: RestrictionCode,
    /// Why, kept with the log.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub why: String,
}

/// Restrict a notice.
///
/// It opens for the people alone whom the standing list of every one of its reasons names. Whoever holds one of its items and is not named loses it.
#[utoipa::path(
    post,
    path = "/api/v1/notices/{id}/restrict",
    operation_id = "restrict_notice",
    tag = "Restricted",
    params(
        ("id" = Uuid, Path, description = "The notice."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = RestrictionWish, example = json!({ "reason": "staff_relative", "why": "Her brother works on this floor." })),
    responses(
        (status = 204, description = "It is restricted."),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn restrict(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<NoticeId>,
    request: ppn_http::Json<RestrictionWish>,
) -> Result<StatusCode, Problem> {
    let wish = &request.body;
    service.restrict(&by, id, wish.reason.0, &wish.why, request.once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lift a restriction.
///
/// For people on the standing list of its reason alone.
#[utoipa::path(
    post,
    path = "/api/v1/notices/{id}/lift-restriction",
    operation_id = "lift_restriction",
    tag = "Restricted",
    params(
        ("id" = Uuid, Path, description = "The notice."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = RestrictionWish, example = json!({ "reason": "staff_relative", "why": "He has moved to another force." })),
    responses(
        (status = 204, description = "It is no longer restricted for that reason."),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn lift(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<NoticeId>,
    request: ppn_http::Json<RestrictionWish>,
) -> Result<StatusCode, Problem> {
    let wish = &request.body;
    service.lift_restriction(&by, id, wish.reason.0, &wish.why, request.once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
