//! `POST /notices`: one JSON notice, or NDJSON answered line by line.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use ppn_domain::Timestamp;
use ppn_http::extract::{media_type, unsupported, whole_body};
use ppn_http::{Caller, Content, IdempotencyKey, Problem};
use ppn_ingestion::{MAX_NOTICE_BYTES, read_notice};
use ppn_service::{Idempotency, Lanes, Principal, Receipt, Refused, ServiceError, Submit, Submitted};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ndjson;
use crate::codes::{BandCode, DeskCode};
use crate::examples;
use crate::views::{FindingView, ReasonView};

/// A notice this long is read on another thread, so that short ones do not wait for it.
const LONG: usize = 64 * 1024;

/// The answer to an accepted submission.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptView {
    /// The notice.
    pub id: Uuid,
    /// The revision that this content is.
    pub revision: u32,
    /// The current revision: another one where older content was filed.
    pub current_revision: u32,
    /// The same content was held before: nothing changed.
    pub repeat: bool,
    /// Deficiencies found, for the officer.
    pub findings: Vec<FindingView>,
    /// The notice's unfinished work items.
    pub work_items: Vec<ReceiptItemView>,
}

/// A work item as a receipt names it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptItemView {
    /// The item.
    pub id: Uuid,
    /// Its desk.
    pub desk: DeskCode,
    /// The band; for staff alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band: Option<BandCode>,
    /// Points; for staff alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i32>,
    /// Why; for staff alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<ReasonView>>,
}

impl From<Receipt> for ReceiptView {
    fn from(r: Receipt) -> Self {
        Self {
            id: r.id.0,
            revision: r.revision,
            current_revision: r.current_revision,
            repeat: r.repeat,
            findings: r.findings.into_iter().map(FindingView::from).collect(),
            work_items: r
                .work_items
                .into_iter()
                .map(|item| ReceiptItemView {
                    id: item.id.0,
                    desk: DeskCode(item.desk),
                    band: item.rank.map(|r| BandCode(r.band)),
                    score: item.rank.map(|r| r.score),
                    reasons: item.reasons.map(|r| r.into_iter().map(ReasonView::whole).collect()),
                })
                .collect(),
        }
    }
}

/// Reads one notice as a submission, refused or not.
pub fn submission(by: &Principal, content: &[u8], once: Option<Idempotency>, now: Timestamp) -> Submit {
    let read = read_notice(content, now).map_err(|refusal| Refused { refusal, content: content.to_vec() });
    Submit { by: by.clone(), read, as_worked: false, once }
}

/// Submit a notice.
///
/// Answered after the notice is durable. A notice sent again with the same content is a repeat and
/// changes nothing; with other content it is a revision. A notice that cannot be read is refused with
/// 422, kept as sent, and put before a person. With `Content-Type: application/x-ndjson` the body may
/// hold any number of notices, one a line, and the answer has one line for each, in order.
#[utoipa::path(
    post,
    path = "/api/v1/notices",
    tag = "Notices",
    params(("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$")),
    request_body(content = crate::openapi::NoticeSchema, description = "The notice.", example = json!(examples::notice())),
    responses(
        (status = 201, description = "Kept as a new notice.", body = ReceiptView, example = json!(examples::receipt())),
        (status = 200, description = "Kept as a revision, or held before.", body = ReceiptView),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token may not submit, or not for this source.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Longer than 4 MiB.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor NDJSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Refused: each error names path, rule and fix. Kept as sent.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was kept; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn submit(
    State(lanes): State<Lanes>,
    Caller(by): Caller,
    IdempotencyKey(key): IdempotencyKey,
    request: Request,
) -> Result<Response, Problem> {
    by.require(ppn_domain::Permission::SubmitNotice)?;
    let (parts, body) = request.into_parts();
    match media_type(&parts.headers).as_deref() {
        Some("application/json") => {
            let content = whole_body(body, MAX_NOTICE_BYTES).await?;
            let once =
                key.map(|key| Idempotency { key, request_hash: Content::hash(parts.uri.path(), &content) });
            let now = lanes.service().now();
            let request = if content.len() > LONG {
                tokio::task::spawn_blocking(move || submission(&by, &content, once, now))
                    .await
                    .map_err(|_| ServiceError::Busy)?
            } else {
                submission(&by, &content, once, now)
            };
            answer(lanes.submit(request).await)
        }
        Some("application/x-ndjson" | "application/jsonl" | "application/x-jsonlines") => Ok((
            [(axum::http::header::CONTENT_TYPE, "application/x-ndjson")],
            Body::from_stream(ndjson::answers(lanes, by, key, body)),
        )
            .into_response()),
        _ => Err(unsupported("application/json, or application/x-ndjson for many")),
    }
}

fn answer(submitted: Result<Submitted, ServiceError>) -> Result<Response, Problem> {
    match submitted? {
        Submitted::Accepted(receipt) => {
            let status = if receipt.created { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, Json(ReceiptView::from(receipt))).into_response())
        }
        Submitted::Refused { id, errors } => Err(Problem::refused(id, errors)),
    }
}
