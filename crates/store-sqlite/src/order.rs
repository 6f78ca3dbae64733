//! The order of a desk: heads by index probe, and a claim in one statement.

use std::cmp::Reverse;

use async_trait::async_trait;
use ppn_domain::{Claim, Desk, Restriction, Timestamp, WorkItemId};
use ppn_store::{Choice, DeskTurn, Order, Place, StoreError, Stretch, Viewer, WaitingHeads, WorkKey};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use uuid::Uuid;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

/// The waiting item that a choice gives: each reads one entry of one partial index.
///
/// `$1` is the desk, `$2` the reasons of restriction whose lists do not name the caller, and `$4` the
/// caller, who may be kept off some notices.
macro_rules! chosen {
    (head) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $4) \
         ORDER BY band, score DESC, received, sequence LIMIT 1"
    };
    (furthest) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $4) \
         ORDER BY due, sequence LIMIT 1"
    };
    (furthest_red) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND band = 0 \
         AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $4) ORDER BY due, sequence LIMIT 1"
    };
    (audit) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND band >= 2 \
         AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $4) AND lot >= $3 ORDER BY lot, sequence LIMIT 1"
    };
    (oldest) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $4) \
         ORDER BY received, sequence LIMIT 1"
    };
}

macro_rules! take {
    ($choice:ident) => {
        concat!(
            "UPDATE work_items SET state = 'claimed', holder = $5, claim_id = $6, claimed_at = $7, \
             lease_until = $8, picked_up_at = COALESCE(picked_up_at, $7), version = version + 1 \
             WHERE sequence = (",
            chosen!($choice),
            ") RETURNING id"
        )
    };
}

macro_rules! peek {
    ($choice:ident) => {
        concat!("SELECT id FROM work_items WHERE $3 IS NOT NULL AND sequence = (", chosen!($choice), ")")
    };
}

/// The reasons of restriction that keep somebody out.
fn closed_to(viewer: &Viewer) -> i16 {
    Restriction::ALL.beyond(viewer.opens).bits()
}

async fn run(
    connection: &mut SqliteConnection,
    sql: &'static str,
    desk: Desk,
    viewer: &Viewer,
    lot: i64,
    claim: Option<&Claim>,
) -> Result<Option<WorkItemId>, StoreError> {
    let mut query = sqlx::query_scalar::<_, Uuid>(sql)
        .bind(desk.code())
        .bind(closed_to(viewer))
        .bind(lot)
        .bind(&viewer.name);
    if let Some(claim) = claim {
        query = query
            .bind(&claim.holder)
            .bind(claim.id.0)
            .bind(claim.since.micros())
            .bind(claim.expires_at.micros());
    }
    Ok(query.fetch_optional(connection).await.map_err(engine)?.map(WorkItemId))
}

#[async_trait]
impl Order for SqliteUnitOfWork {
    async fn desk_turn(&mut self, desk: Desk) -> Result<DeskTurn, StoreError> {
        let row = sqlx::query("SELECT picks, owed, low_picks FROM desks WHERE desk = $1")
            .bind(desk.code())
            .fetch_one(&mut *self.tx)
            .await
            .map_err(engine)?;
        let c = Cells { row: &row, table: "desks" };
        Ok(DeskTurn { picks: c.number("picks")?, owed: c.get("owed")?, low_picks: c.number("low_picks")? })
    }

    async fn save_desk_turn(&mut self, desk: Desk, turn: DeskTurn) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE desks SET picks = $2, owed = $3, low_picks = $4 WHERE desk = $1")
            .bind(desk.code())
            .bind(turn.picks)
            .bind(turn.owed)
            .bind(turn.low_picks)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("desks", done.rows_affected())
    }

    async fn waiting_heads(&mut self, desk: Desk, viewer: &Viewer) -> Result<WaitingHeads, StoreError> {
        // One row always: each column is a probe of one partial index.
        let row = sqlx::query(
            "SELECT (SELECT band FROM work_items WHERE desk = $1 AND state = 'waiting' \
                AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $3) ORDER BY band, score DESC, received, sequence LIMIT 1) AS head, \
             f.due AS furthest, f.band AS furthest_band, \
             (SELECT due FROM work_items WHERE desk = $1 AND state = 'waiting' AND band = 0 \
                AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $3) ORDER BY due, sequence LIMIT 1) AS furthest_red \
             FROM (SELECT 1) LEFT JOIN (SELECT due, band FROM work_items WHERE desk = $1 \
                AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $3) ORDER BY due, sequence LIMIT 1) f",
        )
        .bind(desk.code())
        .bind(closed_to(viewer))
        .bind(&viewer.name)
        .fetch_one(&mut *self.tx)
        .await
        .map_err(engine)?;
        let c = Cells { row: &row, table: "work_items" };
        let furthest = match (c.optional_time("furthest")?, c.optional_band("furthest_band")?) {
            (Some(due), Some(band)) => Some((due, band)),
            _ => None,
        };
        Ok(WaitingHeads {
            head: c.optional_band("head")?,
            furthest,
            furthest_red: c.get::<Option<i64>>("furthest_red")?.map(Timestamp::from_micros),
        })
    }

    async fn peek(
        &mut self,
        desk: Desk,
        choice: Choice,
        viewer: &Viewer,
    ) -> Result<Option<WorkItemId>, StoreError> {
        let tx = &mut *self.tx;
        match choice {
            Choice::Head => run(tx, peek!(head), desk, viewer, 0, None).await,
            Choice::Furthest => run(tx, peek!(furthest), desk, viewer, 0, None).await,
            Choice::FurthestRed => run(tx, peek!(furthest_red), desk, viewer, 0, None).await,
            Choice::Oldest => run(tx, peek!(oldest), desk, viewer, 0, None).await,
            Choice::Audit { lot } => match run(&mut *tx, peek!(audit), desk, viewer, lot, None).await? {
                Some(id) => Ok(Some(id)),
                None => run(tx, peek!(audit), desk, viewer, 0, None).await,
            },
        }
    }

    async fn places(
        &mut self,
        desk: Desk,
        keys: &[WorkKey],
        opens: Restriction,
    ) -> Result<Vec<Place>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let closed = Restriction::ALL.beyond(opens).bits();
        let mut by_key: Vec<usize> = (0..keys.len()).collect();
        by_key.sort_by_key(|at| {
            (keys[*at].band, Reverse(keys[*at].score), keys[*at].received, keys[*at].sequence)
        });
        let mut by_date: Vec<usize> = (0..keys.len()).collect();
        by_date.sort_by_key(|at| (keys[*at].received, keys[*at].sequence));
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT 0");
        let count = |sql: &mut QueryBuilder<Sqlite>| {
            sql.push(" + (SELECT COUNT(*) FROM work_items WHERE state = 'waiting' AND desk = ");
            sql.push_bind(desk.code()).push(" AND (restricted & ").push_bind(closed);
            sql.push(") = 0");
        };
        let mut last = None;
        for &at in &by_key {
            for stretch in Stretch::between(last, keys[at]) {
                count(&mut sql);
                along(&mut sql, stretch);
                sql.push(")");
            }
            last = Some(keys[at]);
            sql.push(", 0");
        }
        let mut last: Option<WorkKey> = None;
        for &at in &by_date {
            count(&mut sql);
            receipts(
                &mut sql,
                last.map(|key| (key.received, key.sequence)),
                Some((keys[at].received, keys[at].sequence)),
            );
            sql.push("), 0");
            last = Some(keys[at]);
        }
        let row = sql.build().fetch_one(&mut *self.tx).await.map_err(engine)?;
        let mut places = vec![Place { now: 0, by_date: 0 }; keys.len()];
        let mut counted = 0;
        for (column, &at) in by_key.iter().enumerate() {
            counted += number(&row, column)?;
            places[at].now = counted;
        }
        let mut counted = 0;
        for (column, &at) in (keys.len()..).zip(&by_date) {
            counted += number(&row, column)?;
            places[at].by_date = counted;
        }
        Ok(places)
    }

    async fn take(
        &mut self,
        desk: Desk,
        choice: Choice,
        viewer: &Viewer,
        claim: &Claim,
    ) -> Result<Option<WorkItemId>, StoreError> {
        let tx = &mut *self.tx;
        let by = Some(claim);
        let taken = match choice {
            Choice::Head => run(&mut *tx, take!(head), desk, viewer, 0, by).await,
            Choice::Furthest => run(&mut *tx, take!(furthest), desk, viewer, 0, by).await,
            Choice::FurthestRed => run(&mut *tx, take!(furthest_red), desk, viewer, 0, by).await,
            Choice::Oldest => run(&mut *tx, take!(oldest), desk, viewer, 0, by).await,
            Choice::Audit { lot } => match run(&mut *tx, take!(audit), desk, viewer, lot, by).await? {
                Some(id) => Ok(Some(id)),
                None => run(&mut *tx, take!(audit), desk, viewer, 0, by).await,
            },
        }?;
        if let Some(id) = taken {
            sqlx::query("INSERT INTO claims (id, work_item_id, holder, taken_at) VALUES ($1, $2, $3, $4)")
                .bind(claim.id.0)
                .bind(id.0)
                .bind(&claim.holder)
                .bind(claim.since.micros())
                .execute(&mut *tx)
                .await
                .map_err(engine)?;
        }
        Ok(taken)
    }
}

/// Narrows a count to a stretch of key order A.
fn along(sql: &mut QueryBuilder<Sqlite>, stretch: Stretch) {
    match stretch {
        Stretch::Bands(after, before) => {
            sql.push(" AND band < ").push_bind(before);
            if let Some(after) = after {
                sql.push(" AND band > ").push_bind(after);
            }
        }
        Stretch::Scores(band, below, above) => {
            sql.push(" AND band = ").push_bind(band);
            if let Some(below) = below {
                sql.push(" AND score < ").push_bind(below);
            }
            if let Some(above) = above {
                sql.push(" AND score > ").push_bind(above);
            }
        }
        Stretch::Receipts(band, score, after, to) => {
            sql.push(" AND band = ").push_bind(band).push(" AND score = ").push_bind(score);
            receipts(sql, after, to);
        }
    }
}

fn receipts(sql: &mut QueryBuilder<Sqlite>, after: Option<(Timestamp, i64)>, to: Option<(Timestamp, i64)>) {
    for (place, than) in [(after, ">"), (to, "<=")] {
        if let Some((received, sequence)) = place {
            sql.push(" AND (received, sequence) ").push(than).push(" (").push_bind(received.micros());
            sql.push(", ").push_bind(sequence).push(")");
        }
    }
}

/// A count by the place of its column.
fn number(row: &SqliteRow, column: usize) -> Result<u64, StoreError> {
    let count: i64 = row.try_get(column).map_err(engine)?;
    u64::try_from(count).map_err(|_| StoreError::inconsistent("work_items", "count", column))
}
