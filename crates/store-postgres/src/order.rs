//! The order of a desk: heads by index probe, and a claim in one statement.

use std::cmp::Reverse;

use async_trait::async_trait;
use ppn_domain::{Claim, Desk, Restriction, Timestamp, WorkItemId};
use ppn_store::{Choice, DeskTurn, Order, Place, StoreError, Stretch, Viewer, WaitingHeads, WorkKey};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, engine, int, text};

/// The waiting item that a choice gives: each reads one entry of one partial index.
///
/// `$1` is the desk, `$2` the reasons of restriction whose lists do not name the caller, and `$3` the
/// caller, who may be kept off some notices: their list is read once, before the rows. The state and the
/// limit stand in the text: behind a parameter the planner knows neither that the partial index fits nor
/// that one row is wanted, and reads the whole index.
macro_rules! chosen {
    (head $lot:literal) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) \
         ORDER BY band, score DESC, received, sequence LIMIT 1"
    };
    (furthest $lot:literal) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) \
         ORDER BY due, sequence LIMIT 1"
    };
    (furthest_red $lot:literal) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND band = 0 \
         AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) ORDER BY due, sequence LIMIT 1"
    };
    (audit $lot:literal) => {
        concat!(
            "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND band >= 2 \
             AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) AND lot >= ",
            $lot,
            " ORDER BY lot, sequence LIMIT 1"
        )
    };
    (oldest $lot:literal) => {
        "SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) \
         ORDER BY received, sequence LIMIT 1"
    };
}

/// The chosen item is locked, and one that somebody else holds locked is waited for.
///
/// Other claims of the desk wait for its row, so what holds an item here is an arriving notice that
/// assesses it again, somebody who claims it by name, or its lease that ends: all of them short. With
/// SKIP LOCKED the head of the desk would be passed over each time a relative's notice arrives, and
/// somebody would get an amber while a red waits. When the other one is done, the lock gives the row as
/// it is then: still waiting, it is taken; taken or held by then, the next one in the order is.
/// `= ANY(ARRAY(...))` has the inner statement run once, before the update looks for its row. NO KEY,
/// since rows that refer to an item may be added while it is claimed.
macro_rules! take {
    ($choice:ident) => {
        concat!(
            "UPDATE work_items SET state = 'claimed', holder = $4, claim_id = $5, claimed_at = $6, \
             lease_until = $7, picked_up_at = COALESCE(picked_up_at, $6), version = version + 1 \
             WHERE sequence = ANY(ARRAY(",
            chosen!($choice "$8"),
            " FOR NO KEY UPDATE)) RETURNING id"
        )
    };
}

macro_rules! peek {
    ($choice:ident) => {
        concat!("SELECT id FROM work_items WHERE sequence = ANY(ARRAY(", chosen!($choice "$4"), "))")
    };
}

/// The reasons of restriction that keep somebody out.
fn closed_to(viewer: &Viewer) -> i16 {
    Restriction::ALL.beyond(viewer.opens).bits()
}

impl PostgresUnitOfWork {
    async fn choose(
        &mut self,
        sql: &'static str,
        desk: Desk,
        viewer: &Viewer,
        claim: Option<&Claim>,
        lot: Option<i64>,
    ) -> Result<Option<WorkItemId>, StoreError> {
        let mut statement =
            sqlx::query(sql).bind(desk.code()).bind(closed_to(viewer)).bind(text(&viewer.name));
        if let Some(claim) = claim {
            statement = statement
                .bind(text(&claim.holder))
                .bind(claim.id.0)
                .bind(at(claim.since))
                .bind(at(claim.expires_at));
        }
        if let Some(lot) = lot {
            statement = statement.bind(lot);
        }
        let row = self.row(statement).await?;
        row.map(|row| Ok(WorkItemId(Cells { row: &row, table: "work_items" }.get("id")?))).transpose()
    }
}

#[async_trait]
impl Order for PostgresUnitOfWork {
    async fn desk_turn(&mut self, desk: Desk) -> Result<DeskTurn, StoreError> {
        let sql = if self.writes {
            "SELECT picks, owed, low_picks FROM desks WHERE desk = $1 FOR NO KEY UPDATE"
        } else {
            "SELECT picks, owed, low_picks FROM desks WHERE desk = $1"
        };
        let row = self.one(sqlx::query(sql).bind(desk.code())).await?;
        let c = Cells { row: &row, table: "desks" };
        Ok(DeskTurn { picks: c.number("picks")?, owed: c.get("owed")?, low_picks: c.number("low_picks")? })
    }

    async fn save_desk_turn(&mut self, desk: Desk, turn: DeskTurn) -> Result<(), StoreError> {
        let statement = sqlx::query("UPDATE desks SET picks = $2, owed = $3, low_picks = $4 WHERE desk = $1")
            .bind(desk.code())
            .bind(int(turn.picks))
            .bind(turn.owed)
            .bind(int(turn.low_picks));
        StoreError::once("desks", self.run(statement).await?)
    }

    async fn waiting_heads(&mut self, desk: Desk, viewer: &Viewer) -> Result<WaitingHeads, StoreError> {
        // One row always: each column is a probe of one partial index.
        let statement = sqlx::query(
            "SELECT (SELECT band FROM work_items WHERE desk = $1 AND state = 'waiting' \
                AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) ORDER BY band, score DESC, received, sequence LIMIT 1) AS head, \
             f.due AS furthest, f.band AS furthest_band, \
             (SELECT due FROM work_items WHERE desk = $1 AND state = 'waiting' AND band = 0 \
                AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) ORDER BY due, sequence LIMIT 1) AS furthest_red \
             FROM (VALUES (1)) one LEFT JOIN (SELECT due, band FROM work_items WHERE desk = $1 \
                AND state = 'waiting' AND (restricted & $2) = 0 \
         AND notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $3)) ORDER BY due, sequence LIMIT 1) f ON true",
        )
        .bind(desk.code())
        .bind(closed_to(viewer))
        .bind(text(&viewer.name));
        let row = self.one(statement).await?;
        let c = Cells { row: &row, table: "work_items" };
        let furthest = match (c.optional_time("furthest")?, c.optional_band("furthest_band")?) {
            (Some(due), Some(band)) => Some((due, band)),
            _ => None,
        };
        Ok(WaitingHeads {
            head: c.optional_band("head")?,
            furthest,
            furthest_red: c.optional_time("furthest_red")?,
        })
    }

    async fn peek(
        &mut self,
        desk: Desk,
        choice: Choice,
        viewer: &Viewer,
    ) -> Result<Option<WorkItemId>, StoreError> {
        match choice {
            Choice::Head => self.choose(peek!(head), desk, viewer, None, None).await,
            Choice::Furthest => self.choose(peek!(furthest), desk, viewer, None, None).await,
            Choice::FurthestRed => self.choose(peek!(furthest_red), desk, viewer, None, None).await,
            Choice::Oldest => self.choose(peek!(oldest), desk, viewer, None, None).await,
            Choice::Audit { lot } => match self.choose(peek!(audit), desk, viewer, None, Some(lot)).await? {
                Some(id) => Ok(Some(id)),
                None => self.choose(peek!(audit), desk, viewer, None, Some(0)).await,
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
        let mut sql = QueryBuilder::<Postgres>::new("SELECT 0");
        let count = |sql: &mut QueryBuilder<Postgres>| {
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
        let row = self.one(sql.build()).await?;
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
        let by = Some(claim);
        let taken = match choice {
            Choice::Head => self.choose(take!(head), desk, viewer, by, None).await,
            Choice::Furthest => self.choose(take!(furthest), desk, viewer, by, None).await,
            Choice::FurthestRed => self.choose(take!(furthest_red), desk, viewer, by, None).await,
            Choice::Oldest => self.choose(take!(oldest), desk, viewer, by, None).await,
            Choice::Audit { lot } => match self.choose(take!(audit), desk, viewer, by, Some(lot)).await? {
                Some(id) => Ok(Some(id)),
                None => self.choose(take!(audit), desk, viewer, by, Some(0)).await,
            },
        }?;
        if let Some(id) = taken {
            self.tells = true;
            self.keep_claim(claim, id).await?;
        }
        Ok(taken)
    }
}

/// Narrows a count to a stretch of key order A.
fn along(sql: &mut QueryBuilder<Postgres>, stretch: Stretch) {
    match stretch {
        Stretch::Bands(after, before) => {
            sql.push(" AND band < ").push_bind(i16::from(before));
            if let Some(after) = after {
                sql.push(" AND band > ").push_bind(i16::from(after));
            }
        }
        Stretch::Scores(band, below, above) => {
            sql.push(" AND band = ").push_bind(i16::from(band));
            if let Some(below) = below {
                sql.push(" AND score < ").push_bind(below);
            }
            if let Some(above) = above {
                sql.push(" AND score > ").push_bind(above);
            }
        }
        Stretch::Receipts(band, score, after, to) => {
            sql.push(" AND band = ").push_bind(i16::from(band)).push(" AND score = ").push_bind(score);
            receipts(sql, after, to);
        }
    }
}

fn receipts(sql: &mut QueryBuilder<Postgres>, after: Option<(Timestamp, i64)>, to: Option<(Timestamp, i64)>) {
    for (place, than) in [(after, ">"), (to, "<=")] {
        if let Some((received, sequence)) = place {
            sql.push(" AND (received, sequence) ").push(than).push(" (").push_bind(at(received));
            sql.push(", ").push_bind(sequence).push(")");
        }
    }
}

/// A count by the place of its column.
fn number(row: &PgRow, column: usize) -> Result<u64, StoreError> {
    let count: i64 = row.try_get(column).map_err(engine)?;
    u64::try_from(count).map_err(|_| StoreError::inconsistent("work_items", "count", column))
}
