//! The log: append only.

use async_trait::async_trait;
use ppn_domain::{Act, AuditRow, NoticeId, PersonId, Timestamp, WorkItemId};

use crate::StoreError;

/// Which rows of the log to read, newest first. What is left out keeps none away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// About any of these notices, or any of these people.
    pub about: Option<About>,
    /// About this work item.
    pub work_item_id: Option<WorkItemId>,
    /// By this person.
    pub who: Option<String>,
    /// Of this act.
    pub act: Option<Act>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Before this place in the log.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// Notices and people, of which a row names one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// These notices.
    pub notices: Vec<NoticeId>,
    /// These people.
    pub people: Vec<PersonId>,
}

impl About {
    /// One notice.
    pub fn notice(id: NoticeId) -> Self {
        Self { notices: vec![id], people: Vec::new() }
    }
}

/// The log.
#[async_trait]
pub trait Log {
    /// Appends rows. When this fails the act must not happen and nothing may be shown.
    async fn append_log(&mut self, rows: &[AuditRow]) -> Result<(), StoreError>;

    /// Rows with their places, newest first.
    async fn read_log(&mut self, query: &LogQuery) -> Result<Vec<(i64, AuditRow)>, StoreError>;
}
