//! The same rows as the service writes, written bare: prepared statements in one loop on one connection
//! with the store's own settings, and nothing else.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{
    Column as _, ConnectOptions as _, Connection as _, Row as _, Sqlite, TypeInfo as _, ValueRef as _,
};
use uuid::Uuid;

use crate::figures::Round;

// The statements are the store's own; the bar is against its tables, so they are kept in step by hand.
const NOTICE: &str = "INSERT INTO notices (id, source, reference, kind, revision, revisions, version_at, \
     received, arrived, restricted, submitted_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const REVISION: &str = "INSERT INTO notice_revisions \
     (notice_id, revision, content_hash, version_at, arrived, submitted_by, findings) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const BODY: &str = "INSERT INTO notice_bodies (notice_id, revision, body) VALUES ($1, $2, $3)";
const ITEM: &str = "INSERT INTO work_items (id, notice_id, desk, state, band, score, could_be_band, \
     could_be_score, assessment_id, received, due, picked_up_at, decide_due, decided_at, \
     tell_due, told_at, restricted, lot, holder, claim_id, claimed_at, lease_until, \
     held_until, pending_by, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
     $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)";
const ASSESSMENT: &str = "INSERT INTO assessments (id, work_item_id, revision, band, score, reasons, questions, \
     suggests, policy_version, policy_hash, made_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const LOG: &str = "INSERT INTO log (id, at, who, act, notice_id, work_item_id, person_id, origin, why_id, \
     why_hash, recipient, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const TAKE_HEAD: &str = "UPDATE work_items SET state = 'claimed', holder = $4, claim_id = $5, claimed_at = $6, \
     lease_until = $7, picked_up_at = COALESCE(picked_up_at, $6), version = version + 1 WHERE sequence = (\
     SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' AND (restricted & $2) = 0 \
     ORDER BY band, score DESC, received, sequence LIMIT 1) RETURNING id";
const TAKE_FURTHEST: &str = "UPDATE work_items SET state = 'claimed', holder = $4, claim_id = $5, \
     claimed_at = $6, lease_until = $7, picked_up_at = COALESCE(picked_up_at, $6), version = version + 1 \
     WHERE sequence = (SELECT sequence FROM work_items WHERE desk = $1 AND state = 'waiting' \
     AND (restricted & $2) = 0 ORDER BY due, sequence LIMIT 1) RETURNING id";
const CLAIM: &str = "INSERT INTO claims (id, work_item_id, holder, taken_at) VALUES ($1, $2, $3, $4)";
const TURN: &str = "UPDATE desks SET picks = $2, owed = $3, low_picks = $4 WHERE desk = $1";
const DONE: &str = "UPDATE work_items SET state = 'done', outcome = $3, decided_at = $4, told_at = $4, \
     holder = NULL, claim_id = NULL, claimed_at = NULL, lease_until = NULL, version = version + 1 \
     WHERE id = $1 AND version = $2";
const END_CLAIM: &str = "UPDATE claims SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL";
const NOTE: &str = "INSERT INTO work_notes (work_item_id, at, by, act, text) VALUES ($1, $2, $3, $4, $5)";
const TYPED: &str = "INSERT INTO typed_texts (id, salt, text) VALUES ($1, $2, $3)";

/// A connection with the settings of the store.
pub async fn open(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(20))
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "268435456")
        .connect()
        .await
}

/// A value as it stands in a row.
#[derive(Debug, Clone)]
enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

fn cells(row: &SqliteRow) -> Result<Vec<Cell>, sqlx::Error> {
    row.columns()
        .iter()
        .map(|column| {
            let at = column.ordinal();
            let value = row.try_get_raw(at)?;
            Ok(match (value.is_null(), value.type_info().name()) {
                (true, _) => Cell::Null,
                (_, "TEXT") => Cell::Text(row.try_get(at)?),
                (_, "BLOB") => Cell::Blob(row.try_get(at)?),
                _ => Cell::Int(row.try_get_unchecked(at)?),
            })
        })
        .collect()
}

fn bound<'q>(sql: &'static str, row: &'q [Cell]) -> Query<'q, Sqlite, SqliteArguments> {
    row.iter().fold(sqlx::query(sql), |query, cell| match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Int(n) => query.bind(*n),
        Cell::Text(text) => query.bind(text.as_str()),
        Cell::Blob(bytes) => query.bind(bytes.as_slice()),
    })
}

/// Every row that the service wrote for one notice.
#[derive(Debug, Clone, Default)]
pub struct NoticeRows(Vec<(&'static str, Vec<Cell>)>);

/// The rows that a service wrote for its notices, by reference.
pub async fn rows_written(path: &Path) -> Result<HashMap<String, NoticeRows>, sqlx::Error> {
    let mut connection = open(path).await?;
    let mut rows: HashMap<String, NoticeRows> = HashMap::new();
    // The reference stands first in each row and is no part of what is written.
    let tables: [(&'static str, &'static str); 6] = [
        (
            NOTICE,
            "SELECT n.reference, n.id, n.source, n.reference, n.kind, n.revision, n.revisions, n.version_at, \
             n.received, n.arrived, n.restricted, n.submitted_by FROM notices n",
        ),
        (
            REVISION,
            "SELECT n.reference, r.notice_id, r.revision, r.content_hash, r.version_at, r.arrived, \
             r.submitted_by, r.findings FROM notice_revisions r JOIN notices n ON n.id = r.notice_id",
        ),
        (
            BODY,
            "SELECT n.reference, b.notice_id, b.revision, b.body FROM notice_bodies b \
             JOIN notices n ON n.id = b.notice_id",
        ),
        (
            ITEM,
            "SELECT n.reference, w.id, w.notice_id, w.desk, w.state, w.band, w.score, w.could_be_band, \
             w.could_be_score, w.assessment_id, w.received, w.due, w.picked_up_at, w.decide_due, \
             w.decided_at, w.tell_due, w.told_at, w.restricted, w.lot, w.holder, w.claim_id, w.claimed_at, \
             w.lease_until, w.held_until, w.pending_by, w.outcome \
             FROM work_items w JOIN notices n ON n.id = w.notice_id ORDER BY w.sequence",
        ),
        (
            ASSESSMENT,
            "SELECT n.reference, a.id, a.work_item_id, a.revision, a.band, a.score, a.reasons, a.questions, \
             a.suggests, a.policy_version, a.policy_hash, a.made_at FROM assessments a \
             JOIN work_items w ON w.id = a.work_item_id JOIN notices n ON n.id = w.notice_id \
             ORDER BY w.sequence",
        ),
        (
            LOG,
            "SELECT n.reference, l.id, l.at, l.who, l.act, l.notice_id, l.work_item_id, l.person_id, \
             l.origin, l.why_id, l.why_hash, l.recipient, l.detail FROM log l \
             JOIN notices n ON n.id = l.notice_id",
        ),
    ];
    for (insert, select) in tables {
        for row in sqlx::query(select).fetch_all(&mut connection).await? {
            let written = cells(&row)?.into_iter().skip(1).collect();
            rows.entry(row.try_get(0)?).or_default().0.push((insert, written));
        }
    }
    connection.close().await?;
    Ok(rows)
}

/// Writes the rows of notices, so many notices to a transaction.
pub async fn submit(
    connection: &mut SqliteConnection,
    notices: &[NoticeRows],
    each: usize,
) -> Result<Round, sqlx::Error> {
    let mut times = Vec::with_capacity(notices.len());
    let whole = Instant::now();
    for group in notices.chunks(each) {
        let begun = Instant::now();
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        for notice in group {
            for (sql, row) in &notice.0 {
                bound(sql, row).execute(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        times.push(begun.elapsed());
    }
    Ok(Round::of(times, whole.elapsed(), each))
}

/// Identifiers and moments for rows that are written bare.
#[derive(Debug)]
pub struct Counter(u128);

impl Counter {
    /// Identifiers that no service gives, for rows written from `micros` on.
    pub fn starting(micros: i64) -> Self {
        Self(u128::from(micros.unsigned_abs() / 1000) << 80 | 0x7 << 76)
    }

    fn id(&mut self) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(self.0)
    }
}

const HOUR: i64 = 3_600_000_000;

/// Takes so many items, one to a transaction; every fourth is the one furthest past its limit.
pub async fn claim(
    connection: &mut SqliteConnection,
    desk: &str,
    count: usize,
    (ids, now): (&mut Counter, i64),
) -> Result<Round, sqlx::Error> {
    let mut times = Vec::with_capacity(count);
    let whole = Instant::now();
    for n in 0..count {
        let begun = Instant::now();
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        let claim = ids.id();
        let take = if n % 4 == 3 { TAKE_FURTHEST } else { TAKE_HEAD };
        let item: Uuid = sqlx::query_scalar(take)
            .bind(desk)
            .bind(127)
            .bind(0)
            .bind("raw")
            .bind(claim)
            .bind(now)
            .bind(now + 4 * HOUR)
            .fetch_one(&mut *tx)
            .await?;
        sqlx::query(CLAIM).bind(claim).bind(item).bind("raw").bind(now).execute(&mut *tx).await?;
        log(
            &mut tx,
            ids.id(),
            now,
            ("claimed", item, None),
            &format!("{{\"bundle\":false,\"claim\":\"{claim}\",\"pick\":\"head\"}}"),
        )
        .await?;
        let picks = i64::from(n % 4 == 3);
        sqlx::query(TURN).bind(desk).bind(picks).bind(false).bind(0).execute(&mut *tx).await?;
        tx.commit().await?;
        times.push(begun.elapsed());
    }
    Ok(Round::of(times, whole.elapsed(), 1))
}

async fn log(
    connection: &mut SqliteConnection,
    id: Uuid,
    now: i64,
    (act, item, why): (&str, Uuid, Option<Uuid>),
    detail: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(LOG)
        .bind(id)
        .bind(now)
        .bind("raw")
        .bind(act)
        .bind(item)
        .bind(item)
        .bind(None::<Uuid>)
        .bind("127.0.0.1")
        .bind(why)
        .bind(why.map(|_| vec![0_u8; 32]))
        .bind(None::<&str>)
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends every claimed item, one to a transaction.
pub async fn complete(
    connection: &mut SqliteConnection,
    (ids, now): (&mut Counter, i64),
    reason: &str,
) -> Result<Round, sqlx::Error> {
    let held: Vec<(Uuid, Uuid, i64)> =
        sqlx::query_as("SELECT id, claim_id, version FROM work_items WHERE state = 'claimed'")
            .fetch_all(&mut *connection)
            .await?;
    let mut times = Vec::with_capacity(held.len());
    let whole = Instant::now();
    for (item, claim, version) in held {
        let begun = Instant::now();
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        let text = format!("{{\"reason\":\"{reason}\"}}");
        sqlx::query(NOTE)
            .bind(item)
            .bind(now)
            .bind("raw")
            .bind("completed")
            .bind(text)
            .execute(&mut *tx)
            .await?;
        sqlx::query(END_CLAIM).bind(claim).bind(now).bind("completed").execute(&mut *tx).await?;
        sqlx::query(DONE).bind(item).bind(version).bind("shared").bind(now).execute(&mut *tx).await?;
        let why = ids.id();
        sqlx::query(TYPED).bind(why).bind(vec![0_u8; 16]).bind(reason).execute(&mut *tx).await?;
        let detail = r#"{"duplicate_of":null,"outcome":"shared","revision":1,"second_person":false}"#;
        log(&mut tx, ids.id(), now, ("completed", item, Some(why)), detail).await?;
        tx.commit().await?;
        times.push(begun.elapsed());
    }
    Ok(Round::of(times, whole.elapsed(), 1))
}

/// Puts everything that was claimed or completed back to waiting, and empties the write-ahead log, so
/// that every run begins with the same backlog.
pub async fn put_back(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    for sql in [
        "UPDATE claims SET ended_at = taken_at, ended_by = 'released' WHERE ended_at IS NULL",
        "UPDATE work_items SET state = 'waiting', holder = NULL, claim_id = NULL, claimed_at = NULL, \
         lease_until = NULL, outcome = NULL, picked_up_at = NULL, decided_at = NULL, told_at = NULL, \
         version = version + 1 WHERE state IN ('claimed', 'done')",
        "PRAGMA wal_checkpoint(TRUNCATE)",
    ] {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Copies every notice, with its items and assessments, so many times: each copy at a moment of its
/// own in the year, with a lot of its own. The content of a copy is empty, since no claim reads it.
pub async fn multiply(path: &Path, times: i64) -> Result<(), sqlx::Error> {
    let mut connection = open(path).await?;
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    for sql in [
        "CREATE TEMP TABLE copies (k INTEGER PRIMARY KEY)",
        "CREATE TEMP TABLE originals (n INTEGER PRIMARY KEY, id BLOB UNIQUE)",
        "INSERT INTO originals (id) SELECT notice_id FROM work_items GROUP BY notice_id ORDER BY MIN(sequence)",
        "CREATE TEMP TABLE lines (n INTEGER PRIMARY KEY, id BLOB UNIQUE, notice INTEGER)",
        "INSERT INTO lines SELECT w.sequence, w.id, o.n FROM work_items w JOIN originals o ON o.id = w.notice_id",
    ] {
        sqlx::query(sql).execute(&mut *tx).await?;
    }
    sqlx::query(
        "WITH RECURSIVE up (k) AS (VALUES (1) UNION ALL SELECT k + 1 FROM up WHERE k < $1) \
         INSERT INTO copies SELECT k FROM up WHERE k <= $1",
    )
    .bind(times)
    .execute(&mut *tx)
    .await?;
    // A moment in the year before: seconds, spread by multiplying with a prime.
    for sql in [
        "INSERT INTO notices SELECT unhex(printf('%012x7000a%015x', k, n)), source, reference || '-' || k, kind, \
         1, 1, version_at, received - ((k * 7919 + n * 104729) % 31536000) * 1000000, arrived, restricted, \
         submitted_by FROM copies CROSS JOIN originals o JOIN notices t ON t.id = o.id",
        "INSERT INTO notice_revisions SELECT unhex(printf('%012x7000a%015x', k, n)), 1, content_hash, \
         version_at, arrived, submitted_by, findings \
         FROM copies CROSS JOIN originals o JOIN notice_revisions r ON r.notice_id = o.id",
        "INSERT INTO notice_bodies (notice_id, revision, body) \
         SELECT unhex(printf('%012x7000a%015x', k, n)), 1, '{}' FROM copies CROSS JOIN originals",
        "INSERT INTO work_items (id, notice_id, desk, state, band, score, assessment_id, received, due, \
         decide_due, tell_due, restricted, lot) SELECT unhex(printf('%012x7001a%015x', k, l.n)), \
         unhex(printf('%012x7000a%015x', k, l.notice)), desk, 'waiting', band, score, \
         unhex(printf('%012x7002a%015x', k, l.n)), \
         received - ((k * 7919 + l.notice * 104729) % 31536000) * 1000000, \
         due - ((k * 7919 + l.notice * 104729) % 31536000) * 1000000, \
         decide_due - ((k * 7919 + l.notice * 104729) % 31536000) * 1000000, \
         tell_due - ((k * 7919 + l.notice * 104729) % 31536000) * 1000000, restricted, \
         ((k * 1000003 + l.n) * 2654435761 % 4294967296) * 2147483647 \
         FROM copies CROSS JOIN lines l JOIN work_items w ON w.id = l.id",
        "INSERT INTO assessments (id, work_item_id, revision, band, score, reasons, questions, suggests, \
         policy_version, policy_hash, made_at) SELECT unhex(printf('%012x7002a%015x', k, l.n)), \
         unhex(printf('%012x7001a%015x', k, l.n)), 1, band, score, reasons, questions, suggests, \
         policy_version, policy_hash, made_at \
         FROM copies CROSS JOIN lines l JOIN assessments a ON a.work_item_id = l.id",
    ] {
        sqlx::query(sql).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    connection.close().await
}

/// How many items wait at a desk.
pub async fn waiting(connection: &mut SqliteConnection, desk: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM work_items WHERE desk = $1 AND state = 'waiting'")
        .bind(desk)
        .fetch_one(connection)
        .await
}
