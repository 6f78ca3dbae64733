//! `POST /notices/check`: what a submission would be told, before it is made.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use ppn_http::extract::{media_type, unsupported, whole_body};
use ppn_http::{Caller, Problem};
use ppn_ingestion::MAX_NOTICE_BYTES;
use ppn_service::Service;
use serde::Serialize;
use utoipa::ToSchema;

use crate::examples;
use crate::views::FindingView;

/// What a submission would be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Deficiencies that the officer can mend before submitting.
    pub findings: Vec<FindingView>,
}

/// Check a notice before submitting it.
///
/// Stores nothing. Gives the findings that a submission would give, or the refusal.
#[utoipa::path(
    post,
    path = "/api/v1/notices/check",
    tag = "Notices",
    request_body(content = crate::openapi::NoticeSchema, description = "The notice.", example = json!(examples::notice())),
    responses(
        (status = 200, description = "It would be accepted.", body = CheckView, example = json!(examples::check())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token may not submit.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Longer than 4 MiB.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It would be refused: each error names path, rule and fix.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn check(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    request: Request,
) -> Result<Json<CheckView>, Problem> {
    let (parts, body) = request.into_parts();
    if media_type(&parts.headers).as_deref() != Some("application/json") {
        return Err(unsupported("application/json"));
    }
    let content = whole_body(body, MAX_NOTICE_BYTES).await?;
    let checked = tokio::task::spawn_blocking(move || service.check(&by, &content))
        .await
        .map_err(|_| ppn_service::ServiceError::Busy)??;
    match checked {
        Ok(findings) => {
            Ok(Json(CheckView { findings: findings.into_iter().map(FindingView::from).collect() }))
        }
        Err(refusal) => Err(Problem::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "notice-refused",
            "The notice would be refused",
        )
        .fields(refusal.errors)),
    }
}
