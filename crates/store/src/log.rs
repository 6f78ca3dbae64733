//! The log: append only.

use async_trait::async_trait;
use ppn_domain::{AuditRow, NoticeId, WorkItemId};

use crate::StoreError;

/// Which rows of the log to read, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// About this notice.
    pub notice_id: Option<NoticeId>,
    /// About this work item.
    pub work_item_id: Option<WorkItemId>,
    /// By this person.
    pub who: Option<String>,
    /// Before this place in the log.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// The log.
#[async_trait]
pub trait Log {
    /// Appends rows. When this fails the act must not happen and nothing may be shown.
    async fn append_log(&mut self, rows: &[AuditRow]) -> Result<(), StoreError>;

    /// Rows with their places, newest first.
    async fn read_log(&mut self, query: &LogQuery) -> Result<Vec<(i64, AuditRow)>, StoreError>;
}
