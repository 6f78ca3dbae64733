//! `GET /export/audit`.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use ppn_http::{Caller, Problem, Query};
use ppn_service::{Export, ExportFormat, Service, ServiceError};
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
    let (format, media_type, name) = match params.format {
        Some(FormatName::Csv) => (ExportFormat::Csv, "text/csv; charset=utf-8", "log.csv"),
        _ => (ExportFormat::Ndjson, "application/x-ndjson", "log.ndjson"),
    };
    let export = service.export_log(&by, &params.query()?).await?;
    let state = (export, Some(format.header()));
    let pages = stream::try_unfold(state, move |(export, header)| page(export, header, format));
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

type Next = (Export, Option<Vec<u8>>);

async fn page(
    mut export: Export,
    header: Option<Vec<u8>>,
    format: ExportFormat,
) -> Result<Option<(Bytes, Next)>, ServiceError> {
    if let Some(header) = header.filter(|header| !header.is_empty()) {
        return Ok(Some((header.into(), (export, None))));
    }
    match export.next().await? {
        Some(rows) => Ok(Some((format.rows(&rows)?.into(), (export, None)))),
        None => Ok(None),
    }
}
