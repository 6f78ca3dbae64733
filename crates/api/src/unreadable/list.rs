//! `GET /unreadable`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::UnreadableId;
use ppn_http::{Caller, Problem, Query};
use ppn_service::Service;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::UnreadableView;
use crate::examples;

/// Which ones.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnreadableParams {
    /// Closed ones too.
    pub all: Option<bool>,
    /// After this one: the last `id` of the page before.
    pub after: Option<Uuid>,
    /// At most so many, 1 to 200; left out, 50.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A page, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadableList {
    /// Without their content.
    pub unreadable: Vec<UnreadableView>,
}

/// List what could not be read, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/unreadable",
    operation_id = "list_unreadable",
    tag = "Could not be read",
    params(UnreadableParams),
    responses(
        (status = 200, description = "A page.", body = UnreadableList, example = json!(examples::unreadable_list())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not deal with what could not be read.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot stand.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Query(params): Query<UnreadableParams>,
) -> Result<Json<UnreadableList>, Problem> {
    let limit = params.limit.unwrap_or(50);
    if !(1..=ppn_service::LONGEST_PAGE).contains(&limit) {
        return Err(Problem::field("limit", "number_range", "use 1 to 200"));
    }
    let open_only = !params.all.unwrap_or(false);
    let list = service.unreadable_list(&by, open_only, params.after.map(UnreadableId), limit).await?;
    Ok(Json(UnreadableList { unreadable: list.into_iter().map(UnreadableView::from).collect() }))
}
