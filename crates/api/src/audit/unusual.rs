//! `GET /audit/unusual`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_http::{Caller, Problem, Query};
use ppn_service::{Service, UnusualAccess};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::codes::Time;
use crate::examples;

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnusualParams {
    /// At this moment or later.
    #[param(inline)]
    pub from: Time,
    /// Before this moment, at most 31 days later.
    #[param(inline)]
    pub until: Time,
}

/// Access that somebody should ask about.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnusualView {
    /// `without_claim`, `many_in_an_hour` or `own_surname`.
    pub kind: &'static str,
    /// Who.
    pub user: String,
    /// When first.
    pub first: Time,
    /// When last.
    pub last: Time,
    /// How many notices.
    pub count: usize,
    /// The first fifty of them.
    pub notices: Vec<Uuid>,
}

impl From<UnusualAccess> for UnusualView {
    fn from(found: UnusualAccess) -> Self {
        Self {
            kind: found.kind.code(),
            user: found.who,
            first: found.first.into(),
            last: found.last.into(),
            count: found.count,
            notices: found.notices.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// What is unusual in a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnusualList {
    /// By kind and user.
    pub unusual: Vec<UnusualView>,
    /// False where the period has more rows than are looked at: choose a shorter one.
    pub whole: bool,
    /// Said once an answer.
    pub note: &'static str,
}

/// Look for unusual access in a period.
///
/// Notices opened by somebody who had no work on them, many within an hour, and such on which somebody
/// has the user's surname. It says nothing of whether it was wrong, and measures nobody's work. Logged.
#[utoipa::path(
    get,
    path = "/api/v1/audit/unusual",
    operation_id = "unusual_access",
    tag = "The record",
    params(UnusualParams),
    responses(
        (status = 200, description = "What was found.", body = UnusualList, example = json!(examples::unusual_list())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read the log.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A period that cannot stand.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn unusual(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Query(params): Query<UnusualParams>,
) -> Result<Json<UnusualList>, Problem> {
    let found = service.unusual_access(&by, params.from.0, params.until.0).await?;
    Ok(Json(UnusualList {
        unusual: found.found.into_iter().map(UnusualView::from).collect(),
        whole: found.whole,
        note: "Ask before you judge: there may be a good reason for each of these.",
    }))
}
