//! The backlog in numbers, by scan of what is not done.

use async_trait::async_trait;
use ppn_domain::{Desk, Span, Timestamp};
use ppn_store::{Backlog, DeskCount, StoreError};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

#[async_trait]
impl Backlog for SqliteUnitOfWork {
    async fn backlog_counts(&mut self, now: Timestamp) -> Result<Vec<DeskCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT desk, band, state, COUNT(*) AS items, \
             SUM(state = 'waiting' AND due < $1) AS overdue, SUM(assessment_id IS NULL) AS unassessed, \
             MIN(received) AS oldest \
             FROM work_items WHERE state IN ('waiting', 'claimed', 'held', 'pending') \
             GROUP BY desk, band, state ORDER BY desk, band, state",
        )
        .bind(now.micros())
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "work_items" };
                Ok(DeskCount {
                    desk: c.code("desk")?,
                    band: c.band("band")?,
                    state: c.code("state")?,
                    items: c.number("items")?,
                    overdue: c.number("overdue")?,
                    unassessed: c.number("unassessed")?,
                    oldest: c.time("oldest")?,
                })
            })
            .collect()
    }

    async fn flow(&mut self, now: Timestamp, window: Span) -> Result<Vec<(Desk, u64, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT desk, SUM(opened) AS opened, SUM(red) AS reds FROM ( \
             SELECT desk, 1 AS opened, 0 AS red FROM work_items WHERE picked_up_at > $1 UNION ALL \
             SELECT desk, 0, 1 FROM work_items WHERE band = 0 AND received > $1 \
             AND outcome IS NOT 'worked_before') GROUP BY desk ORDER BY desk",
        )
        .bind((now - window).micros())
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "work_items" };
                let count = |column| Ok(c.get::<Option<i64>>(column)?.unwrap_or(0).unsigned_abs());
                Ok((c.code("desk")?, count("opened")?, count("reds")?))
            })
            .collect()
    }
}
