//! `GET /health/live` and `/health/ready`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ppn_http::Problem;
use ppn_service::Lanes;
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

/// Whether the service can do its work: the store answers, fits this program, and does not refuse
/// whatever is sent.
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
pub async fn ready(State(lanes): State<Lanes>) -> Result<Json<Health>, Problem> {
    // What only reads may still be answered where nothing can be written.
    if lanes.are_refused() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store", "The store keeps nothing")
            .detail("what was sent here lately was refused: it has no room, or cannot be reached"));
    }
    match lanes.service().store().schema().await {
        Ok(Schema::Current | Schema::Expanded { .. }) => Ok(Json(Health { status: "ready" })),
        Ok(_) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "schema", "The store does not fit")
            .detail("run `ppn migrate`")),
        Err(_) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store", "The store does not answer")),
    }
}
