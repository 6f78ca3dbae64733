//! `GET /notices/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::NoticeId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::{NoticeFor, Service};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::{DeskCode, KindCode, Time};
use crate::examples;
use crate::views::{FindingView, ReasonView, WorkItemView};

/// One revision beside its content.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionView {
    /// Its number, in order of arrival.
    pub revision: u32,
    /// By which revisions are ordered: written at the source, else submitted, else arrived.
    pub version_at: Time,
    /// When it arrived.
    pub arrived: Time,
    /// Who submitted it.
    pub submitted_by: String,
}

/// A notice: with content for staff, as a receipt for the source that submitted it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// The notice.
    pub id: Uuid,
    /// The submitting system.
    pub source: String,
    /// The reference there.
    pub reference: String,
    /// What it is mainly about.
    pub kind: KindCode,
    /// The current revision.
    pub revision: u32,
    /// Receipt.
    pub received: Time,
    /// When it arrived.
    pub arrived: Time,
    /// Only named people may open it.
    pub restricted: bool,
    /// Deficiencies found in the current revision.
    pub findings: Vec<FindingView>,
    /// The current content; for staff alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub notice: Option<Value>,
    /// Every revision; for staff alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<RevisionView>,
    /// Its people over every notice that links join, in the order of the content; for staff alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Uuid>,
    /// Its work items, without band or reasons for a source.
    pub work_items: Vec<NoticeItemView>,
}

/// A work item of a notice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum NoticeItemView {
    /// For staff.
    Staff(Box<WorkItemView>),
    /// For a source.
    Source(SourceItemView),
}

/// A work item as a source may know of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceItemView {
    /// The item.
    pub id: Uuid,
    /// Its desk.
    pub desk: DeskCode,
}

/// Read a notice.
#[utoipa::path(
    get,
    path = "/api/v1/notices/{id}",
    operation_id = "show_notice",
    tag = "Notices",
    params(("id" = Uuid, Path, description = "The notice.")),
    responses(
        (status = 200, description = "The notice; every reading is logged.", body = NoticeView, example = json!(examples::notice_receipt())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read notices.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn show(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<NoticeId>,
) -> Result<Json<NoticeView>, Problem> {
    let (head, findings, notice, revisions, people, work_items) = match service.notice(&by, id).await? {
        NoticeFor::Staff(view) => {
            let findings = view
                .revisions
                .iter()
                .find(|r| r.revision == view.head.revision)
                .map(|r| r.findings.clone())
                .unwrap_or_default();
            let revisions = view
                .revisions
                .into_iter()
                .map(|r| RevisionView {
                    revision: r.revision,
                    version_at: r.version_at.into(),
                    arrived: r.arrived.into(),
                    submitted_by: r.submitted_by,
                })
                .collect();
            let items = view
                .items
                .into_iter()
                .map(|i| {
                    NoticeItemView::Staff(Box::new(WorkItemView::of(
                        i,
                        None,
                        None,
                        &by.name,
                        ReasonView::brief,
                    )))
                })
                .collect();
            let people = view.people.into_iter().map(|person| person.0).collect();
            (view.head, findings, serde_json::to_value(view.notice).ok(), revisions, people, items)
        }
        NoticeFor::Source(receipt) => {
            let items = receipt
                .items
                .into_iter()
                .map(|(id, desk)| NoticeItemView::Source(SourceItemView { id: id.0, desk: DeskCode(desk) }))
                .collect();
            (receipt.head, receipt.findings, None, Vec::new(), Vec::new(), items)
        }
    };
    Ok(Json(NoticeView {
        id: head.id.0,
        source: head.source,
        reference: head.reference,
        kind: KindCode(head.kind),
        revision: head.revision,
        received: head.received.into(),
        arrived: head.arrived.into(),
        restricted: head.restricted.is_restricted(),
        findings: findings.into_iter().map(FindingView::from).collect(),
        notice,
        revisions,
        people,
        work_items,
    }))
}
