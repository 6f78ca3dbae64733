//! `GET /health/live` and `/health/ready`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ppn_http::Problem;
use ppn_service::Service;
use ppn_store::Schema;
use serde::Serialize;
use utoipa::ToSchema;

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `live` or `ready`.
    pub status: &'static str,
}

/// Whether the process answers at all.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "Operations",
    security(()),
    responses((status = 200, description = "It answers.", body = Health, example = json!({ "status": "live" }))),
)]
pub async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// Whether the service can do its work: the store answers and fits this program.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "Operations",
    security(()),
    responses(
        (status = 200, description = "Ready.", body = Health, example = json!({ "status": "ready" })),
        (status = 503, description = "Not ready.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn ready(State(service): State<Arc<Service>>) -> Result<Json<Health>, Problem> {
    match service.store().schema().await {
        Ok(Schema::Current) => Ok(Json(Health { status: "ready" })),
        Ok(_) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "schema", "The store does not fit")
            .detail("run `ppn migrate`")),
        Err(_) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store", "The store does not answer")),
    }
}
