//! `GET /audit/persons/{id}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::PersonId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::{Seen, Service};
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::Time;
use crate::examples;

/// One user who has seen somebody's record.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenView {
    /// The user.
    pub user: String,
    /// When first.
    pub first: Time,
    /// When last.
    pub last: Time,
    /// How often, by act.
    pub acts: BTreeMap<&'static str, u64>,
    /// They held the work on at least one of the notices at some time.
    pub claimed: bool,
}

impl From<Seen> for SeenView {
    fn from(seen: Seen) -> Self {
        Self {
            user: seen.who,
            first: seen.first.into(),
            last: seen.last.into(),
            acts: seen.acts,
            claimed: seen.claimed,
        }
    }
}

/// Who has seen somebody's record.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenList {
    /// By user.
    pub seen_by: Vec<SeenView>,
}

/// Say who has seen somebody's record.
///
/// Whoever opened, worked, changed or disclosed the person or a notice that mentions them. Work lists
/// show no names and do not count. Logged.
#[utoipa::path(
    get,
    path = "/api/v1/audit/persons/{id}",
    operation_id = "who_has_seen",
    tag = "The record",
    params(("id" = uuid::Uuid, Path, description = "The person.")),
    responses(
        (status = 200, description = "The users.", body = SeenList, example = json!(examples::seen_list())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not read the log.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such person.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn seen(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<PersonId>,
) -> Result<Json<SeenList>, Problem> {
    let seen = service.who_has_seen(&by, id).await?;
    Ok(Json(SeenList { seen_by: seen.into_iter().map(SeenView::from).collect() }))
}
