//! The backlog in numbers, from counts that triggers keep.

use async_trait::async_trait;
use ppn_domain::{Desk, Restriction, Span, Timestamp};
use ppn_store::{A_WEEK, Backlog, DeskCount, HOURS_KEPT, PartedHour, StoreError, hour_of};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

/// What is kept and what there is, compared: one row for each kind of item whose count is wrong, with what
/// it lacks. Hours before `$1` are one.
macro_rules! wrong {
    () => {
        "SELECT desk, state, band, provisional, unassessed, restricted, \
         CASE WHEN received_hour < $1 THEN 0 ELSE received_hour END AS received_hour, \
         CASE WHEN due_hour < $1 THEN 0 ELSE due_hour END AS due_hour, SUM(items) AS items FROM ( \
         SELECT desk, state, band, provisional, assessment_id IS NULL AS unassessed, restricted, \
         received / 3600000000 AS received_hour, due / 3600000000 AS due_hour, 1 AS items \
         FROM work_items WHERE state <> 'done' \
         UNION ALL SELECT desk, state, band, provisional, unassessed, restricted, received_hour, due_hour, \
         -items FROM backlog_counts) \
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING SUM(items) <> 0"
    };
}

#[async_trait]
impl Backlog for SqliteUnitOfWork {
    async fn backlog_counts(
        &mut self,
        now: Timestamp,
        opens: Restriction,
    ) -> Result<Vec<DeskCount>, StoreError> {
        let (due, old) = (PartedHour::of(now), PartedHour::of(now - A_WEEK));
        // Each inner statement is a probe or a stretch of one index; the desks stand in the text, since the
        // planner takes a list of them for one probe after the other.
        let rows = sqlx::query(
            "WITH kept AS MATERIALIZED (SELECT desk, band, state, SUM(items) AS items, \
               SUM(items * (seen AND state = 'waiting' AND due_hour < $2)) AS overdue, \
               SUM(items * (seen AND received_hour < $3)) AS week_old, \
               SUM(items * (seen AND provisional)) AS provisional, \
               SUM(items * (seen AND unassessed)) AS unassessed \
               FROM (SELECT *, (restricted & $1) = 0 AS seen FROM backlog_counts) \
               GROUP BY desk, band, state HAVING SUM(items) > 0), \
             this_hour AS MATERIALIZED (SELECT desk, band, COUNT(*) AS items FROM work_items \
               WHERE state = 'waiting' AND desk IN ('child', 'adult', 'domestic_abuse', 'share', 'endorsement', \
                 'strategy', 'record') AND due >= $4 AND due < $5 AND (restricted & $1) = 0 \
               GROUP BY desk, band) \
             SELECT k.desk, k.band, k.state, k.items, \
               MAX(k.overdue + CASE WHEN k.state = 'waiting' THEN COALESCE( \
                 (SELECT h.items FROM this_hour h WHERE h.desk = k.desk AND h.band = k.band), 0) ELSE 0 END, \
                 0) AS overdue, \
               MAX(k.week_old + (SELECT COUNT(*) FROM work_items w WHERE w.state <> 'done' \
                 AND w.desk = k.desk AND w.state = k.state AND w.band = k.band AND w.received >= $6 \
                 AND w.received < $7 AND (w.restricted & $1) = 0), 0) AS week_old, \
               MAX(k.provisional, 0) AS provisional, MAX(k.unassessed, 0) AS unassessed, \
               (SELECT w.received FROM work_items w WHERE w.state <> 'done' AND w.desk = k.desk \
                 AND w.state = k.state AND w.band = k.band AND (w.restricted & $1) = 0 \
                 ORDER BY w.received LIMIT 1) AS oldest \
             FROM kept k ORDER BY k.desk, k.band, k.state",
        )
        .bind(Restriction::ALL.beyond(opens).bits())
        .bind(due.hour)
        .bind(old.hour)
        .bind(due.began.micros())
        .bind(due.at.micros())
        .bind(old.began.micros())
        .bind(old.at.micros())
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "backlog_counts" };
                Ok(DeskCount {
                    desk: c.code("desk")?,
                    band: c.band("band")?,
                    state: c.code("state")?,
                    items: c.number("items")?,
                    overdue: c.number("overdue")?,
                    week_old: c.number("week_old")?,
                    provisional: c.number("provisional")?,
                    unassessed: c.number("unassessed")?,
                    oldest: c.optional_time("oldest")?,
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

    async fn gather_counts(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let horizon = hour_of(now - HOURS_KEPT);
        let statement = sqlx::query(
            "INSERT INTO backlog_counts SELECT desk, state, band, provisional, unassessed, restricted, \
             CASE WHEN received_hour < $1 THEN 0 ELSE received_hour END, \
             CASE WHEN due_hour < $1 THEN 0 ELSE due_hour END, SUM(items) FROM backlog_counts \
             WHERE (received_hour < $1 AND received_hour <> 0) OR (due_hour < $1 AND due_hour <> 0) \
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 \
             ON CONFLICT (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour) \
             DO UPDATE SET items = items + excluded.items",
        );
        let written = statement.bind(horizon).execute(&mut *self.tx).await.map_err(engine)?.rows_affected();
        let gathered = sqlx::query(
            "DELETE FROM backlog_counts WHERE items = 0 OR (received_hour < $1 AND received_hour <> 0) \
             OR (due_hour < $1 AND due_hour <> 0)",
        );
        gathered.bind(horizon).execute(&mut *self.tx).await.map_err(engine)?;
        Ok(written)
    }

    async fn miscounts(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let wrong: i64 = sqlx::query_scalar(concat!("SELECT COUNT(*) FROM (", wrong!(), ")"))
            .bind(hour_of(now - HOURS_KEPT))
            .fetch_one(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(wrong.unsigned_abs())
    }

    async fn recount(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let right = sqlx::query(concat!(
            "INSERT INTO backlog_counts SELECT * FROM (",
            wrong!(),
            ") WHERE true ON CONFLICT (desk, state, band, provisional, unassessed, restricted, received_hour, \
             due_hour) DO UPDATE SET items = items + excluded.items"
        ));
        Ok(right
            .bind(hour_of(now - HOURS_KEPT))
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?
            .rows_affected())
    }
}
