//! `GET /backlog`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_http::{Caller, Problem};
use ppn_service::{BacklogView, Service, WorstWait};
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::{BandCode, DeskCode, StateCode, Time};
use crate::examples;

/// Unfinished items of one band and state. Restricted items count in `items`; all the other figures leave
/// out those that the caller may not see.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountView {
    /// The band.
    pub band: BandCode,
    /// The state.
    pub state: StateCode,
    /// How many.
    pub items: u64,
    /// How many of them were not picked up in time.
    pub overdue: u64,
    /// How many of them were received more than seven days ago.
    pub week_old: u64,
    /// How many of them have a question open whose answer could raise the band.
    pub provisional: u64,
    /// How many of them have no current assessment: they rank as amber.
    pub assessment_pending: u64,
    /// Receipt of the oldest; absent where all are restricted and the caller may see none of them.
    pub oldest_received: Option<Time>,
}

/// How long anybody waits at most, at the present rate.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorstWaitView {
    /// `within_limits`, `bounded`, `nothing_opened`, or `no_limit`.
    pub kind: &'static str,
    /// In hours, where bounded.
    pub hours: Option<i64>,
    /// Where no limit can be promised: how many more items a day would have to be opened.
    pub more_per_day: Option<f64>,
    /// In words.
    pub text: String,
}

impl From<WorstWait> for WorstWaitView {
    fn from(worst: WorstWait) -> Self {
        let text = worst.to_string();
        let (kind, hours, more_per_day) = match worst {
            WorstWait::WithinLimits => ("within_limits", None, None),
            WorstWait::Bounded(span) => ("bounded", Some(span.as_seconds() / 3600), None),
            WorstWait::NothingOpened => ("nothing_opened", None, None),
            WorstWait::NoLimit { more_per_day } => ("no_limit", None, Some(more_per_day)),
        };
        Self { kind, hours, more_per_day, text }
    }
}

/// One desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskView {
    /// The desk.
    pub desk: DeskCode,
    /// Waiting.
    pub waiting: u64,
    /// Waiting past the limit to pick up.
    pub overdue: u64,
    /// Counts by band and state.
    pub counts: Vec<CountView>,
    /// Items first opened a day, over the last seven days.
    pub opened_per_day: f64,
    /// Reds received a day, over the last seven days.
    pub reds_per_day: f64,
    /// The worst wait.
    pub worst_wait: WorstWaitView,
}

/// What could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadableCount {
    /// Waiting for a person.
    pub open: u64,
    /// Waiting longer than an hour.
    pub overdue: u64,
}

/// How far the policy in force has reached the unfinished work.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyReach {
    /// The version in force.
    pub version: String,
    /// Unfinished items that are not assessed under it yet: each stands under its old place until then.
    pub remaining: u64,
}

/// The backlog in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacklogAnswer {
    /// The moment that it shows.
    pub as_of: Time,
    /// `risk`, or `date` where triage is switched off.
    pub order: &'static str,
    /// Desk by desk.
    pub desks: Vec<DeskView>,
    /// The policy in force.
    pub policy: PolicyReach,
    /// Refused submissions.
    pub unreadable: UnreadableCount,
    /// Said once a page.
    pub note: &'static str,
}

impl From<BacklogView> for BacklogAnswer {
    fn from(view: BacklogView) -> Self {
        let waiting = |d: &ppn_service::DeskBacklog, of: fn(&ppn_store::DeskCount) -> u64| {
            d.counts.iter().filter(|c| c.state == ppn_domain::StateName::Waiting).map(of).sum()
        };
        Self {
            as_of: view.as_of.into(),
            order: if view.by_risk { "risk" } else { "date" },
            desks: view
                .desks
                .into_iter()
                .map(|d| DeskView {
                    desk: DeskCode(d.desk),
                    waiting: waiting(&d, |c| c.items),
                    overdue: waiting(&d, |c| c.overdue),
                    opened_per_day: d.opened_per_day,
                    reds_per_day: d.reds_per_day,
                    worst_wait: d.worst_wait.into(),
                    counts: d
                        .counts
                        .into_iter()
                        .map(|c| CountView {
                            band: BandCode(c.band),
                            state: StateCode(c.state),
                            items: c.items,
                            overdue: c.overdue,
                            week_old: c.week_old,
                            provisional: c.provisional,
                            assessment_pending: c.unassessed,
                            oldest_received: c.oldest.map(Into::into),
                        })
                        .collect(),
                })
                .collect(),
            policy: PolicyReach { version: view.policy.policy.version, remaining: view.policy.remaining },
            unreadable: UnreadableCount { open: view.unreadable.0, overdue: view.unreadable.1 },
            note: ppn_domain::BAND_IS_NOT_A_GRADE,
        }
    }
}

/// The backlog in numbers: by desk, band and state, with the worst wait.
#[utoipa::path(
    get,
    path = "/api/v1/backlog",
    tag = "Work",
    responses(
        (status = 200, description = "The counts.", body = BacklogAnswer, example = json!(examples::backlog())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not see the backlog.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn backlog(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
) -> Result<Json<BacklogAnswer>, Problem> {
    Ok(Json(service.backlog(&by).await?.into()))
}
