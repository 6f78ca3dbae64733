//! The log as a file.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use ppn_http::session::SignedInAs;
use ppn_service::{ExportFormat, Service};

use super::Filter;
use crate::refusal::Refusal;

/// `GET /audit/export`.
pub async fn export(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let query = filter.query().map_err(|_| Refusal::not_found())?;
    let format = if filter.format == "csv" { ExportFormat::Csv } else { ExportFormat::Ndjson };
    Ok(ppn_http::export::file(service.export_log(&session.principal, &query).await?, format))
}
