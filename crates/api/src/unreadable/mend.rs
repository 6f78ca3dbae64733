//! `POST /unreadable/{id}/mend`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use ppn_domain::UnreadableId;
use ppn_http::extract::{media_type, unsupported, whole_body};
use ppn_http::{Caller, Content, Id, IdempotencyKey, Problem};
use ppn_ingestion::MAX_NOTICE_BYTES;
use ppn_service::{Idempotency, Service};

use crate::examples;
use crate::notices::submit::ReceiptView;

/// Submit the mended notice in place of what could not be read.
#[utoipa::path(
    post,
    path = "/api/v1/unreadable/{id}/mend",
    tag = "Could not be read",
    params(
        ("id" = Uuid, Path, description = "The refused submission."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = crate::openapi::NoticeSchema, description = "The mended notice.", example = json!(examples::notice())),
    responses(
        (status = 201, description = "Kept as a new notice.", body = ReceiptView, example = json!(examples::receipt())),
        (status = 200, description = "Kept as a revision, or held before.", body = ReceiptView),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not deal with what could not be read.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody dealt with it before.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Longer than 4 MiB.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Still refused: each error names path, rule and fix.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn mend(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<UnreadableId>,
    IdempotencyKey(key): IdempotencyKey,
    request: Request,
) -> Result<(StatusCode, Json<ReceiptView>), Problem> {
    let (parts, body) = request.into_parts();
    if media_type(&parts.headers).as_deref() != Some("application/json") {
        return Err(unsupported("application/json"));
    }
    let content = whole_body(body, MAX_NOTICE_BYTES).await?;
    let request_hash = Content::hash(parts.uri.path(), &content);
    let once = key.map(|key| Idempotency { key, request_hash });
    let receipt = service.mend(&by, id, &content, once.as_ref()).await?;
    let status = if receipt.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(receipt.into())))
}
