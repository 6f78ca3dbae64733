//! `GET /audit`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::AuditRow;
use ppn_http::{Caller, Problem, Query};
use ppn_service::{LONGEST_LOG_PAGE, Service};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::AuditParams;
use crate::codes::{ActName, Time};
use crate::examples;

const PAGE: u32 = 100;

/// A row of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRowView {
    /// Where it stands in the log.
    pub place: i64,
    /// Its identifier, for `ppn audit proof`.
    pub id: Uuid,
    /// When.
    pub at: Time,
    /// Who: a user, `operator:NAME` at the command line, `system`, or `nobody` before signing in.
    pub who: String,
    /// What was done.
    pub act: ActName,
    /// On which notice.
    pub notice_id: Option<Uuid>,
    /// On which work item.
    pub work_item_id: Option<Uuid>,
    /// About which person.
    pub person_id: Option<Uuid>,
    /// From where: an address, or a command.
    pub origin: String,
    /// Why, as typed; null where no reason was asked, or it was erased.
    pub why: Option<String>,
    /// To whom.
    pub recipient: Option<String>,
    /// Identifiers shown, and codes.
    #[schema(value_type = Object)]
    pub detail: Value,
}

impl From<(i64, AuditRow)> for AuditRowView {
    fn from((place, row): (i64, AuditRow)) -> Self {
        Self {
            place,
            id: row.id.0,
            at: row.at.into(),
            who: row.who,
            act: ActName(row.act),
            notice_id: row.notice_id.map(|id| id.0),
            work_item_id: row.work_item_id.map(|id| id.0),
            person_id: row.person_id,
            origin: row.origin,
            why: row.why.map(|why| why.text),
            recipient: row.recipient,
            detail: row.detail,
        }
    }
}

/// A page of the log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    /// The rows.
    pub rows: Vec<AuditRowView>,
    /// Where the next page begins; null on the last.
    pub next_before: Option<i64>,
    /// The moment that the page shows.
    pub as_of: Time,
}

/// Search the log, newest first.
///
/// By notice, work item, person, user, act and period. That it was read is a row of the log as well.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "search_log",
    tag = "The record",
    params(AuditParams),
    responses(
        (status = 200, description = "A page.", body = AuditList, example = json!(examples::audit_list())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read the log.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot stand.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Query(params): Query<AuditParams>,
) -> Result<Json<AuditList>, Problem> {
    let limit = params.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_LOG_PAGE).contains(&limit) {
        return Err(Problem::field("limit", "number_range", format!("use 1 to {LONGEST_LOG_PAGE}")));
    }
    let before = params.before;
    let page = service.audit(&by, &params.query()?, before, limit).await?;
    Ok(Json(AuditList {
        rows: page.rows.into_iter().map(AuditRowView::from).collect(),
        next_before: page.next,
        as_of: page.as_of.into(),
    }))
}
