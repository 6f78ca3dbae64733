//! Refused submissions, kept as sent.

use async_trait::async_trait;
use ppn_domain::{NoticeId, Timestamp, UnreadableId};
use ppn_store::{StoreError, Unreadable, UnreadableState, Unreadables};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine, json};

fn unreadable(row: &SqliteRow) -> Result<Unreadable, StoreError> {
    let c = Cells { row, table: "unreadable" };
    let id: Uuid = c.get("id")?;
    let bad = |column| StoreError::inconsistent("unreadable", column, id);
    let state = match c.get::<&str>("state")? {
        "open" => UnreadableState::Open,
        "mended" => UnreadableState::Mended {
            by: c.get("closed_by")?,
            at: c.time("closed_at")?,
            notice_id: NoticeId(c.get("notice_id")?),
        },
        "dismissed" => UnreadableState::Dismissed {
            by: c.get("closed_by")?,
            at: c.time("closed_at")?,
            reason: c.get("reason")?,
        },
        _ => return Err(bad("state")),
    };
    Ok(Unreadable {
        id: UnreadableId(id),
        arrived: c.time("arrived")?,
        due: c.time("due")?,
        submitted_by: c.get("submitted_by")?,
        source: c.get("source")?,
        reference: c.get("reference")?,
        content_hash: c.hash("content_hash")?,
        content: c.get("content")?,
        errors: c.json("errors")?,
        state,
    })
}

#[async_trait]
impl Unreadables for SqliteUnitOfWork {
    async fn insert_unreadable(&mut self, new: &Unreadable) -> Result<UnreadableId, StoreError> {
        let same: Option<Uuid> = sqlx::query_scalar("SELECT id FROM unreadable WHERE content_hash = $1")
            .bind(&new.content_hash[..])
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        if let Some(id) = same {
            return Ok(UnreadableId(id));
        }
        sqlx::query(
            "INSERT INTO unreadable (id, arrived, due, submitted_by, source, reference, content_hash, \
             content, errors, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open')",
        )
        .bind(new.id.0)
        .bind(new.arrived.micros())
        .bind(new.due.micros())
        .bind(&new.submitted_by)
        .bind(&new.source)
        .bind(&new.reference)
        .bind(&new.content_hash[..])
        .bind(&new.content)
        .bind(json(&new.errors)?)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(new.id)
    }

    async fn unreadable(&mut self, id: UnreadableId) -> Result<Option<Unreadable>, StoreError> {
        let row = sqlx::query("SELECT * FROM unreadable WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(unreadable).transpose()
    }

    async fn list_unreadable(
        &mut self,
        open_only: bool,
        after: Option<UnreadableId>,
        limit: u32,
    ) -> Result<Vec<Unreadable>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, arrived, due, submitted_by, source, reference, content_hash, x'' AS content, \
             errors, state, closed_by, closed_at, notice_id, reason FROM unreadable \
             WHERE ($1 = 0 OR state = 'open') AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3",
        )
        .bind(open_only)
        .bind(after.map(|id| id.0))
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(unreadable).collect()
    }

    async fn close_unreadable(
        &mut self,
        id: UnreadableId,
        state: &UnreadableState,
    ) -> Result<(), StoreError> {
        let (name, by, at, notice_id, reason) = match state {
            UnreadableState::Open => {
                return Err(StoreError::Unsupported("closing means mended or dismissed"));
            }
            UnreadableState::Mended { by, at, notice_id } => ("mended", by, at, Some(notice_id.0), None),
            UnreadableState::Dismissed { by, at, reason } => ("dismissed", by, at, None, Some(reason)),
        };
        let done = sqlx::query(
            "UPDATE unreadable SET state = $2, closed_by = $3, closed_at = $4, notice_id = $5, reason = $6 \
             WHERE id = $1 AND state = 'open'",
        )
        .bind(id.0)
        .bind(name)
        .bind(by)
        .bind(at.micros())
        .bind(notice_id)
        .bind(reason)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        StoreError::once("unreadable", done.rows_affected())
    }

    async fn open_unreadable_of(
        &mut self,
        source: &str,
        reference: &str,
    ) -> Result<Vec<UnreadableId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM unreadable WHERE source = $1 AND reference = $2 AND state = 'open' ORDER BY id",
        )
        .bind(source)
        .bind(reference)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(ids.into_iter().map(UnreadableId).collect())
    }

    async fn count_unreadable(&mut self, now: Timestamp) -> Result<(u64, u64), StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS open, COALESCE(SUM(due < $1), 0) AS overdue FROM unreadable \
             WHERE state = 'open'",
        )
        .bind(now.micros())
        .fetch_one(&mut *self.tx)
        .await
        .map_err(engine)?;
        let count = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(engine);
        Ok((count("open")?, count("overdue")?))
    }
}
