//! `GET /work-items`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::StateName;
use ppn_http::{Caller, Problem, Query};
use ppn_service::{ListRequest, Service, read_cursor, write_cursor};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::codes::{BandCode, DeskCode, StateCode, Time};
use crate::examples;
use crate::views::WorkItemView;

const PAGE: u32 = 50;
/// The longest name of a person.
const MAX_NAME_CHARS: usize = 64;

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// At this desk; left out, at every desk of the caller.
    #[param(inline)]
    pub desk: Option<DeskCode>,
    /// In this state; left out, waiting.
    #[param(inline)]
    pub state: Option<StateCode>,
    /// In this band.
    #[param(inline)]
    pub band: Option<BandCode>,
    /// Held by this person.
    #[param(max_length = 64)]
    pub holder: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{28}$")]
    pub cursor: Option<String>,
    /// At most so many, 1 to 200; left out, 50.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A page of a work list, in the order of work.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListAnswer {
    /// The items.
    pub work_items: Vec<WorkItemView>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
    /// The moment that the page shows.
    pub as_of: Time,
    /// Said once a page.
    pub note: &'static str,
}

/// List work items in the order of work.
///
/// Highest band first, highest score first inside it. No names, addresses or quoted words. The item
/// that a reserve pick would take next carries `reserve_next`.
#[utoipa::path(
    get,
    path = "/api/v1/work-items",
    operation_id = "list_work_items",
    tag = "Work",
    params(ListParams),
    responses(
        (status = 200, description = "A page.", body = ListAnswer, example = json!(examples::list())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not see this list.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot stand.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<ListAnswer>, Problem> {
    let limit = params.limit.unwrap_or(PAGE);
    if !(1..=ppn_service::LONGEST_PAGE).contains(&limit) {
        return Err(Problem::field(
            "limit",
            "number_range",
            format!("use 1 to {}", ppn_service::LONGEST_PAGE),
        ));
    }
    if params.holder.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME_CHARS) {
        return Err(Problem::field("holder", "too_long", format!("use at most {MAX_NAME_CHARS} characters")));
    }
    let request = ListRequest {
        desk: params.desk.map(|d| d.0),
        state: params.state.map_or(StateName::Waiting, |s| s.0),
        band: params.band.map(|b| b.0),
        holder: params.holder,
        overdue: false,
        after: params
            .cursor
            .as_deref()
            .map(|cursor| {
                read_cursor(cursor).ok_or_else(|| {
                    Problem::field("cursor", "pattern", "use the `next_cursor` of the page before")
                })
            })
            .transpose()?,
        limit,
    };
    let page = service.list(&by, &request).await?;
    Ok(Json(ListAnswer {
        work_items: page.lines.into_iter().map(|line| WorkItemView::line(line, &by.name)).collect(),
        next_cursor: page.next.map(write_cursor),
        as_of: page.as_of.into(),
        note: ppn_domain::BAND_IS_NOT_A_GRADE,
    }))
}
