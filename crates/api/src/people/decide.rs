//! `POST /links/{id}/confirm`, `/refuse` and `/undo`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::LinkId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::{LinkVerdict, Service};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::examples;
use crate::people::link::LinkAnswer;

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// The reason, kept with the record.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Confirm that two mentions are one person.
///
/// Both sides are assessed again with each other as history. A higher result takes effect at once.
#[utoipa::path(
    post,
    path = "/api/v1/links/{id}/confirm",
    operation_id = "confirm_link",
    tag = "People",
    params(
        ("id" = Uuid, Path, description = "The link."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Why, example = json!({ "reason": "The same passport." })),
    responses(
        (status = 200, description = "The link as it now stands.", body = LinkAnswer, example = json!(examples::link())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn confirm(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<LinkId>,
    request: ppn_http::Json<Why>,
) -> Result<Json<LinkAnswer>, Problem> {
    let once = request.once.as_ref();
    Ok(Json(service.decide_link(&by, id, LinkVerdict::Confirm, &request.body.reason, once).await?.into()))
}

/// Say that two mentions are two people.
///
/// Both sides are assessed again without each other. A lower result is offered, and takes effect when a person accepts it.
#[utoipa::path(
    post,
    path = "/api/v1/links/{id}/refuse",
    operation_id = "refuse_link",
    tag = "People",
    params(
        ("id" = Uuid, Path, description = "The link."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Why, example = json!({ "reason": "The same passport." })),
    responses(
        (status = 200, description = "The link as it now stands.", body = LinkAnswer, example = json!(examples::link())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn refuse(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<LinkId>,
    request: ppn_http::Json<Why>,
) -> Result<Json<LinkAnswer>, Problem> {
    let once = request.once.as_ref();
    Ok(Json(service.decide_link(&by, id, LinkVerdict::Refuse, &request.body.reason, once).await?.into()))
}

/// Take back what was said of a link.
///
/// It is possible again, and both sides are assessed again.
#[utoipa::path(
    post,
    path = "/api/v1/links/{id}/undo",
    operation_id = "undo_link",
    tag = "People",
    params(
        ("id" = Uuid, Path, description = "The link."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Why, example = json!({ "reason": "The same passport." })),
    responses(
        (status = 200, description = "The link as it now stands.", body = LinkAnswer, example = json!(examples::link())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn undo(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<LinkId>,
    request: ppn_http::Json<Why>,
) -> Result<Json<LinkAnswer>, Problem> {
    let once = request.once.as_ref();
    Ok(Json(service.decide_link(&by, id, LinkVerdict::Undo, &request.body.reason, once).await?.into()))
}
