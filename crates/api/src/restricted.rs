//! `GET /restricted`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_http::{Caller, Problem};
use ppn_service::{Opening, RestrictedItem, RestrictedView, Service};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::{BandCode, DeskCode, StateCode, Time};
use crate::examples;

/// A restricted item that the caller may not open.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictedItemView {
    /// The item.
    pub id: Uuid,
    /// Its desk.
    pub desk: DeskCode,
    /// Its band.
    pub band: BandCode,
    /// Where it stands.
    pub state: StateCode,
    /// Its receipt.
    pub received: Time,
    /// The limit to pick it up.
    pub due: Time,
    /// Whom to ask: one of the list of each of its reasons.
    pub ask: Vec<String>,
    /// Nobody stands on the list of every one of its reasons.
    pub unattended: bool,
}

impl From<RestrictedItem> for RestrictedItemView {
    fn from(of: RestrictedItem) -> Self {
        Self {
            id: of.id.0,
            desk: DeskCode(of.desk),
            band: BandCode(of.band),
            state: StateCode(of.state),
            received: of.received.into(),
            due: of.due.into(),
            ask: of.ask,
            unattended: of.unattended,
        }
    }
}

/// A notice of the caller's lists that somebody opened without being named.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpeningView {
    /// The notice.
    pub notice_id: Uuid,
    /// Who opened it.
    pub by: String,
    /// When.
    pub at: Time,
}

impl From<Opening> for OpeningView {
    fn from(of: Opening) -> Self {
        Self { notice_id: of.notice_id.0, by: of.by, at: of.at.into() }
    }
}

/// What is restricted, as the caller may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictedAnswer {
    /// For who watches the backlog: unfinished items that they may not open, the oldest first.
    pub items: Vec<RestrictedItemView>,
    /// For who stands on a list: what was opened in the last 30 days without being named.
    pub opened: Vec<OpeningView>,
}

impl From<RestrictedView> for RestrictedAnswer {
    fn from(view: RestrictedView) -> Self {
        Self {
            items: view.items.into_iter().map(RestrictedItemView::from).collect(),
            opened: view.opened.into_iter().map(OpeningView::from).collect(),
        }
    }
}

/// See what is restricted.
///
/// Supervisors see desk, band and age of what they may not open, and whom to ask. People on a standing list see who opened its notices without being named.
#[utoipa::path(
    get,
    path = "/api/v1/restricted",
    operation_id = "list_restricted",
    tag = "Restricted",
    responses(
        (status = 200, description = "What is restricted.", body = RestrictedAnswer, example = json!(examples::restricted())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn restricted(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
) -> Result<Json<RestrictedAnswer>, Problem> {
    Ok(Json(service.restricted(&by).await?.into()))
}
