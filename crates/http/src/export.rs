//! An export of the log as the body of an answer.

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use ppn_service::{Export, ExportFormat, ServiceError};

/// A file of an export, row by row as it is read. A stream that breaks off is not the whole.
pub fn file(export: Export, format: ExportFormat) -> Response {
    let (media_type, name) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "log.csv"),
        ExportFormat::Ndjson => ("application/x-ndjson", "log.ndjson"),
    };
    let state = (export, Some(format.header()));
    let pages = stream::try_unfold(state, move |(export, header)| page(export, header, format));
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, Body::from_stream(pages)).into_response()
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
