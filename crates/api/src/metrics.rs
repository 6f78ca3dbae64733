//! `GET /metrics`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use ppn_domain::Permission;
use ppn_http::Problem;
use ppn_http::extract::bearer;
use ppn_service::{Service, ServiceError};

use crate::{AppState, Options};

/// Metrics for Prometheus: counts and times, never content.
///
/// Open to this machine itself; from elsewhere, or through a proxy, it takes a token.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "Operations",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The metrics.", body = String, content_type = "text/plain", example = "ppn_submissions_total{result=\"new\"} 1062"),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read metrics.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "This process keeps none.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn metrics(State(state): State<AppState>, request: Request) -> Result<impl IntoResponse, Problem> {
    let headers = request.headers();
    let proxied = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
    let here = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .is_some_and(|ConnectInfo(peer)| peer.ip().is_loopback());
    if proxied || !here {
        let service: &Arc<Service> = state.lanes.service();
        let token = bearer(headers).ok_or(ServiceError::Unauthenticated)?;
        service.authenticate(token, "metrics").await?.require(Permission::ReadMetrics)?;
    }
    let Options { metrics, .. } = state.options;
    let handle =
        metrics.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "not-found", "This process keeps none"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()))
}
