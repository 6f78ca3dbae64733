//! The backlog in numbers, by scan of what is not done.

use async_trait::async_trait;
use ppn_domain::{Desk, Span, Timestamp};
use ppn_store::{Backlog, DeskCount, StoreError};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at};

#[async_trait]
impl Backlog for PostgresUnitOfWork {
    async fn backlog_counts(&mut self, now: Timestamp) -> Result<Vec<DeskCount>, StoreError> {
        let statement = sqlx::query(
            "SELECT desk, band, state, count(*) AS items, \
             count(*) FILTER (WHERE state = 'waiting' AND due < $1) AS overdue, \
             count(*) FILTER (WHERE assessment_id IS NULL) AS unassessed, min(received) AS oldest \
             FROM work_items WHERE state IN ('waiting', 'claimed', 'held', 'pending') \
             GROUP BY desk, band, state ORDER BY desk, band, state",
        )
        .bind(at(now));
        self.rows(statement)
            .await?
            .iter()
            .map(|row| {
                let c = Cells { row, table: "work_items" };
                Ok(DeskCount {
                    desk: c.code("desk")?,
                    band: c.band("band")?,
                    state: c.code("state")?,
                    items: c.count("items")?,
                    overdue: c.count("overdue")?,
                    unassessed: c.count("unassessed")?,
                    oldest: c.time("oldest")?,
                })
            })
            .collect()
    }

    async fn flow(&mut self, now: Timestamp, window: Span) -> Result<Vec<(Desk, u64, u64)>, StoreError> {
        let statement = sqlx::query(
            "SELECT desk, count(*) FILTER (WHERE opened) AS opened, \
             count(*) FILTER (WHERE NOT opened) AS reds FROM ( \
             SELECT desk, true AS opened FROM work_items WHERE picked_up_at > $1 UNION ALL \
             SELECT desk, false FROM work_items WHERE band = 0 AND received > $1 \
             AND outcome IS DISTINCT FROM 'worked_before') seen GROUP BY desk ORDER BY desk",
        )
        .bind(at(now - window));
        self.rows(statement)
            .await?
            .iter()
            .map(|row| {
                let c = Cells { row, table: "work_items" };
                Ok((c.code("desk")?, c.count("opened")?, c.count("reds")?))
            })
            .collect()
    }
}
