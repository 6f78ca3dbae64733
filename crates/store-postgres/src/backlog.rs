//! The backlog in numbers, from counts that triggers keep.

use async_trait::async_trait;
use ppn_domain::{Desk, Restriction, Span, Timestamp};
use ppn_store::{A_WEEK, Backlog, DeskCount, HOURS_KEPT, PartedHour, StoreError, hour_of};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at};

/// Gathering and recounting take turns by this lock, which a node that dies gives back.
const GATHERING: i64 = 0x7070_6e5f_636f_756e;

/// What is kept and what there is, compared: one row for each kind of item whose count is wrong, with what
/// it lacks. Hours before `$1` are one.
macro_rules! wrong {
    () => {
        "SELECT desk, state, band, provisional, unassessed, restricted, \
         CASE WHEN received_hour < $1 THEN 0 ELSE received_hour END AS received_hour, \
         CASE WHEN due_hour < $1 THEN 0 ELSE due_hour END AS due_hour, sum(items)::bigint AS items FROM ( \
         SELECT desk, state, band, provisional, assessment_id IS NULL AS unassessed, restricted, \
         hour_of(received) AS received_hour, hour_of(due) AS due_hour, 1::bigint AS items \
         FROM work_items WHERE state <> 'done' \
         UNION ALL SELECT desk, state, band, provisional, unassessed, restricted, received_hour, due_hour, \
         -items FROM backlog_counts \
         UNION ALL SELECT desk, state, band, provisional, unassessed, restricted, received_hour, due_hour, \
         -items FROM backlog_deltas) every \
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(items) <> 0"
    };
}

#[async_trait]
impl Backlog for PostgresUnitOfWork {
    async fn backlog_counts(
        &mut self,
        now: Timestamp,
        opens: Restriction,
    ) -> Result<Vec<DeskCount>, StoreError> {
        let (due, old) = (PartedHour::of(now), PartedHour::of(now - A_WEEK));
        // One statement, and so one moment: a change is counted with the item that it is of.
        let statement = sqlx::query(
            "WITH kept AS MATERIALIZED (SELECT desk, band, state, sum(items)::bigint AS items, \
               sum(items) FILTER (WHERE seen AND state = 'waiting' AND due_hour < $2)::bigint AS overdue, \
               sum(items) FILTER (WHERE seen AND received_hour < $3)::bigint AS week_old, \
               sum(items) FILTER (WHERE seen AND provisional)::bigint AS provisional, \
               sum(items) FILTER (WHERE seen AND unassessed)::bigint AS unassessed \
               FROM (SELECT *, (restricted & $1) = 0 AS seen FROM ( \
                 TABLE backlog_counts UNION ALL TABLE backlog_deltas) every) each \
               GROUP BY desk, band, state HAVING sum(items) > 0), \
             this_hour AS MATERIALIZED (SELECT desk, band, count(*) AS items FROM work_items \
               WHERE state = 'waiting' AND desk = ANY($4) AND due >= $5 AND due < $6 \
               AND (restricted & $1) = 0 GROUP BY desk, band) \
             SELECT k.desk, k.band, k.state, k.items, \
               GREATEST(COALESCE(k.overdue, 0) + CASE WHEN k.state = 'waiting' THEN COALESCE( \
                 (SELECT h.items FROM this_hour h WHERE h.desk = k.desk AND h.band = k.band), 0) ELSE 0 END, \
                 0) AS overdue, \
               GREATEST(COALESCE(k.week_old, 0) + (SELECT count(*) FROM work_items w WHERE w.state <> 'done' \
                 AND w.desk = k.desk AND w.state = k.state AND w.band = k.band AND w.received >= $7 \
                 AND w.received < $8 AND (w.restricted & $1) = 0), 0) AS week_old, \
               GREATEST(COALESCE(k.provisional, 0), 0) AS provisional, \
               GREATEST(COALESCE(k.unassessed, 0), 0) AS unassessed, \
               (SELECT w.received FROM work_items w WHERE w.state <> 'done' AND w.desk = k.desk \
                 AND w.state = k.state AND w.band = k.band AND (w.restricted & $1) = 0 \
                 ORDER BY w.received LIMIT 1) AS oldest \
             FROM kept k ORDER BY k.desk, k.band, k.state",
        )
        .bind(Restriction::ALL.beyond(opens).bits())
        .bind(due.hour)
        .bind(old.hour)
        .bind(Desk::ALL.iter().map(|desk| desk.code()).collect::<Vec<_>>())
        .bind(at(due.began))
        .bind(at(due.at))
        .bind(at(old.began))
        .bind(at(old.at));
        self.rows(statement)
            .await?
            .iter()
            .map(|row| {
                let c = Cells { row, table: "backlog_counts" };
                Ok(DeskCount {
                    desk: c.code("desk")?,
                    band: c.band("band")?,
                    state: c.code("state")?,
                    items: c.count("items")?,
                    overdue: c.count("overdue")?,
                    week_old: c.count("week_old")?,
                    provisional: c.count("provisional")?,
                    unassessed: c.count("unassessed")?,
                    oldest: c.optional_time("oldest")?,
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

    async fn gather_counts(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let turn =
            self.one(sqlx::query("SELECT pg_try_advisory_xact_lock($1) AS ours").bind(GATHERING)).await?;
        if !(Cells { row: &turn, table: "backlog_counts" }).get::<bool>("ours")? {
            return Ok(0);
        }
        let gathered = sqlx::query(
            "WITH changed AS (DELETE FROM backlog_deltas RETURNING *), \
             past AS (DELETE FROM backlog_counts WHERE (received_hour < $1 AND received_hour <> 0) \
               OR (due_hour < $1 AND due_hour <> 0) RETURNING *) \
             INSERT INTO backlog_counts AS kept SELECT desk, state, band, provisional, unassessed, restricted, \
               CASE WHEN received_hour < $1 THEN 0 ELSE received_hour END, \
               CASE WHEN due_hour < $1 THEN 0 ELSE due_hour END, sum(items)::bigint \
               FROM (TABLE changed UNION ALL TABLE past) every \
               GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(items) <> 0 \
             ON CONFLICT (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour) \
             DO UPDATE SET items = kept.items + EXCLUDED.items",
        )
        .bind(hour_of(now - HOURS_KEPT));
        let written = self.run(gathered).await?;
        if written > 0 {
            self.run(sqlx::query("DELETE FROM backlog_counts WHERE items = 0")).await?;
        }
        Ok(written)
    }

    async fn miscounts(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let statement = sqlx::query(concat!("SELECT count(*) AS wrong FROM (", wrong!(), ") compared"));
        let row = self.one(statement.bind(hour_of(now - HOURS_KEPT))).await?;
        Cells { row: &row, table: "backlog_counts" }.count("wrong")
    }

    async fn recount(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        // Nobody else puts the same right. Those who change items go on: what they add is seen with the
        // items that it is of, or neither is, so that what is wrong stays the same whatever they do.
        self.run(sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(GATHERING)).await?;
        let statement = sqlx::query(concat!("INSERT INTO backlog_deltas ", wrong!()));
        self.run(statement.bind(hour_of(now - HOURS_KEPT))).await
    }
}
