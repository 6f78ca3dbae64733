//! `GET /export/audit`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ppn_http::{Caller, Problem, Query};
use ppn_service::{ExportFormat, Service};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ExportParams;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatName {
    /// One JSON object a line.
    Ndjson,
    /// Rows under a header.
    Csv,
}

/// Export the log, newest first.
///
/// Everything that the filters leave, as a stream. The export is a row of the log before its first row
/// leaves. In CSV a text that a spreadsheet would take for a formula has an apostrophe before it.
#[utoipa::path(
    get,
    path = "/api/v1/export/audit",
    operation_id = "export_log",
    tag = "The record",
    params(ExportParams),
    responses(
        (status = 200, description = "The rows. A stream that breaks off is not the whole.", content(
            (String = "application/x-ndjson", example = "{\"place\":12,\"act\":\"claimed\"}\n"),
            (String = "text/csv", example = "place,id,at,who,act\r\n"),
        )),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read the log.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot stand.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn export(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Query(params): Query<ExportParams>,
) -> Result<Response, Problem> {
    let format = match params.format {
        Some(FormatName::Csv) => ExportFormat::Csv,
        _ => ExportFormat::Ndjson,
    };
    Ok(ppn_http::export::file(service.export_log(&by, &params.query()?).await?, format))
}
