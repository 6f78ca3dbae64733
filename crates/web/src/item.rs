//! A work item: its history first, then why it stands where it stands, its people, its notice, and what
//! to do with it.

pub mod acts;
mod around;
pub mod cues;
mod deciding;
pub mod events;
mod grading;
mod narrative;
mod notice;
mod people;
mod reasons;
mod timeline;
mod view;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::WorkItemId;
use ppn_http::session::SignedInAs;
use ppn_service::Service;

use crate::layout::page;
use crate::refusal::Refusal;
pub(crate) use view::{Trouble, Typed, view};

/// `GET /items/{id}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let id: WorkItemId = id.parse().map_err(|_| Refusal::not_found())?;
    let version = service.item_version(&by, id).await?;
    let seen = service.item_page(&by, id, None).await?;
    Ok(page(StatusCode::OK, &view(&by, &seen, version, Typed::default(), None)))
}

/// `GET /items/{id}/version`: whether an open page still stands.
pub async fn version(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
) -> Result<String, Refusal> {
    let id: WorkItemId = id.parse().map_err(|_| Refusal::not_found())?;
    Ok(service.item_version(&session.principal, id).await?)
}
