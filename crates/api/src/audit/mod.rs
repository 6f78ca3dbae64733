//! The log, for auditors: who did what. It holds identifiers and codes, and what was typed as a reason.

pub mod export;
pub mod list;
pub mod seen;
pub mod unusual;

use ppn_domain::{NoticeId, PersonId, WorkItemId};
use ppn_http::Problem;
use ppn_service::AuditQuery;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::codes::{ActName, Time};

/// The longest name of a user.
const MAX_NAME_CHARS: usize = 64;

/// Which rows of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// About this notice.
    pub notice: Option<Uuid>,
    /// About this work item.
    pub work_item: Option<Uuid>,
    /// About this person, or any notice that mentions them.
    pub person: Option<Uuid>,
    /// By this user.
    #[param(max_length = 64)]
    pub user: Option<String>,
    /// Of this act.
    #[param(inline)]
    pub act: Option<ActName>,
    /// At this moment or later.
    #[param(inline)]
    pub from: Option<Time>,
    /// Before this moment.
    #[param(inline)]
    pub until: Option<Time>,
    /// Before this place: the `next_before` of the page before.
    #[param(minimum = 1)]
    pub before: Option<i64>,
    /// At most so many, 1 to 500; left out, 100.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Which rows of the log to export, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportParams {
    /// About this notice.
    pub notice: Option<Uuid>,
    /// About this work item.
    pub work_item: Option<Uuid>,
    /// About this person, or any notice that mentions them.
    pub person: Option<Uuid>,
    /// By this user.
    #[param(max_length = 64)]
    pub user: Option<String>,
    /// Of this act.
    #[param(inline)]
    pub act: Option<ActName>,
    /// At this moment or later.
    #[param(inline)]
    pub from: Option<Time>,
    /// Before this moment.
    #[param(inline)]
    pub until: Option<Time>,
    /// Left out, `ndjson`.
    #[param(inline)]
    pub format: Option<export::FormatName>,
}

impl AuditParams {
    fn query(self) -> Result<AuditQuery, Problem> {
        if self.user.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME_CHARS) {
            return Err(Problem::field(
                "user",
                "too_long",
                format!("use at most {MAX_NAME_CHARS} characters"),
            ));
        }
        Ok(AuditQuery {
            notice_id: self.notice.map(NoticeId),
            work_item_id: self.work_item.map(WorkItemId),
            person_id: self.person.map(PersonId),
            who: self.user,
            act: self.act.map(|act| act.0),
            from: self.from.map(|at| at.0),
            until: self.until.map(|at| at.0),
        })
    }
}

impl ExportParams {
    fn query(self) -> Result<AuditQuery, Problem> {
        let Self { notice, work_item, person, user, act, from, until, format: _ } = self;
        AuditParams { notice, work_item, person, user, act, from, until, before: None, limit: None }.query()
    }
}
