//! `POST /desks/{desk}/claims`: the next item.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use ppn_domain::{ClaimId, Desk};
use ppn_http::{Caller, Id, Problem};
use ppn_service::{ClaimNext, Claimed, Lanes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::{DeskCode, Time};
use crate::examples;
use crate::views::WorkItemView;

/// A wish for the next item; the body may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimWish {
    /// Take the offered bundle in the same act.
    #[serde(default)]
    pub bundle: bool,
}

/// A claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimView {
    /// Every write on the item names it.
    pub id: Uuid,
    /// Who holds the item.
    pub holder: String,
    /// When the lease ends unless an act on the item renews it.
    pub expires_at: Time,
}

/// A claimed item.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimAnswer {
    /// The item, with why.
    pub work_item: WorkItemView,
    /// The claim.
    pub claim: ClaimView,
    /// Waiting items of the same household at this desk.
    pub bundle: Vec<Uuid>,
}

impl ClaimAnswer {
    /// For the holder.
    pub fn of(claimed: Claimed, viewer: &str) -> Self {
        let claim = claimed.view.item.state.claim();
        let claim = ClaimView {
            id: claim.map_or(ClaimId(Uuid::nil()), |c| c.id).0,
            holder: viewer.to_owned(),
            expires_at: claim.map_or(claimed.view.item.received, |c| c.expires_at).into(),
        };
        let bundle = claimed.bundle.iter().map(|id| id.0).collect();
        Self { work_item: WorkItemView::whole(claimed.view, viewer), claim, bundle }
    }
}

/// Pull the next item of a desk.
///
/// Gives the highest-risk waiting item, except that every fourth pick is the item furthest past its
/// limit and one in fifty green or blue picks is a random one. Each call gives another item. The
/// claim lasts four hours and is renewed by acts on the item.
#[utoipa::path(
    post,
    path = "/api/v1/desks/{desk}/claims",
    tag = "Work",
    params(
        ("desk" = DeskCode, Path, description = "The desk."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours: a claim whose answer was lost is found again.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Option<ClaimWish>, description = "May be left out.", example = json!({})),
    responses(
        (status = 201, description = "Claimed.", body = ClaimAnswer, example = json!(examples::claim())),
        (status = 204, description = "Nothing waits at this desk."),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role does not work at this desk.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such desk.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was claimed; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn claim_next(
    State(lanes): State<Lanes>,
    Caller(by): Caller,
    Id(desk): Id<Desk>,
    wish: ppn_http::Json<Option<ClaimWish>>,
) -> Result<Response, Problem> {
    let viewer = by.name.clone();
    let bundle = wish.body.unwrap_or_default().bundle;
    let claimed = lanes.claim_next(ClaimNext { by, desk, bundle, once: wish.once }).await?;
    Ok(match claimed {
        Some(claimed) => (StatusCode::CREATED, Json(ClaimAnswer::of(claimed, &viewer))).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
