//! Refused submissions, kept as sent.

use async_trait::async_trait;
use ppn_domain::{NoticeId, Timestamp, UnreadableId};
use ppn_store::{StoreError, Unreadable, UnreadableState, Unreadables};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, json, text};

fn unreadable(row: &PgRow) -> Result<Unreadable, StoreError> {
    let c = Cells { row, table: "unreadable" };
    let id: Uuid = c.get("id")?;
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
        _ => return Err(c.bad("state")),
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
impl Unreadables for PostgresUnitOfWork {
    async fn insert_unreadable(&mut self, new: &Unreadable) -> Result<UnreadableId, StoreError> {
        let statement = sqlx::query(
            "INSERT INTO unreadable (id, arrived, due, submitted_by, source, reference, content_hash, \
             content, errors, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, 'open') \
             ON CONFLICT (content_hash) DO NOTHING",
        )
        .bind(new.id.0)
        .bind(at(new.arrived))
        .bind(at(new.due))
        .bind(text(&new.submitted_by))
        .bind(new.source.as_deref().map(text))
        .bind(new.reference.as_deref().map(text))
        .bind(&new.content_hash[..])
        .bind(&new.content)
        .bind(json(&new.errors)?);
        if self.run(statement).await? == 1 {
            return Ok(new.id);
        }
        let same =
            sqlx::query("SELECT id FROM unreadable WHERE content_hash = $1").bind(&new.content_hash[..]);
        let row = self.one(same).await?;
        Ok(UnreadableId(Cells { row: &row, table: "unreadable" }.get("id")?))
    }

    async fn unreadable(&mut self, id: UnreadableId) -> Result<Option<Unreadable>, StoreError> {
        let row = self.row(sqlx::query("SELECT * FROM unreadable WHERE id = $1").bind(id.0)).await?;
        row.as_ref().map(unreadable).transpose()
    }

    async fn list_unreadable(
        &mut self,
        open_only: bool,
        after: Option<UnreadableId>,
        limit: u32,
    ) -> Result<Vec<Unreadable>, StoreError> {
        let statement = sqlx::query(
            "SELECT id, arrived, due, submitted_by, source, reference, content_hash, \
             ''::bytea AS content, errors, state, closed_by, closed_at, notice_id, reason FROM unreadable \
             WHERE (NOT $1 OR state = 'open') AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(open_only)
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(unreadable).collect()
    }

    async fn close_unreadable(
        &mut self,
        id: UnreadableId,
        state: &UnreadableState,
    ) -> Result<(), StoreError> {
        let (name, by, when, notice_id, reason) = match state {
            UnreadableState::Open => {
                return Err(StoreError::Unsupported("closing means mended or dismissed"));
            }
            UnreadableState::Mended { by, at, notice_id } => ("mended", by, at, Some(notice_id.0), None),
            UnreadableState::Dismissed { by, at, reason } => ("dismissed", by, at, None, Some(text(reason))),
        };
        let statement = sqlx::query(
            "UPDATE unreadable SET state = $2, closed_by = $3, closed_at = $4, notice_id = $5, reason = $6 \
             WHERE id = $1 AND state = 'open'",
        )
        .bind(id.0)
        .bind(name)
        .bind(text(by))
        .bind(at(*when))
        .bind(notice_id)
        .bind(reason);
        StoreError::once("unreadable", self.run(statement).await?)
    }

    async fn open_unreadable_of(
        &mut self,
        source: &str,
        reference: &str,
    ) -> Result<Vec<UnreadableId>, StoreError> {
        let statement = sqlx::query(
            "SELECT id FROM unreadable WHERE source = $1 AND reference = $2 AND state = 'open' ORDER BY id",
        )
        .bind(text(source))
        .bind(text(reference));
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| Ok(UnreadableId(Cells { row, table: "unreadable" }.get("id")?))).collect()
    }

    async fn count_unreadable(&mut self, now: Timestamp) -> Result<(u64, u64), StoreError> {
        let statement = sqlx::query(
            "SELECT count(*) AS open, count(*) FILTER (WHERE due < $1) AS overdue FROM unreadable \
             WHERE state = 'open'",
        )
        .bind(at(now));
        let row = self.one(statement).await?;
        let c = Cells { row: &row, table: "unreadable" };
        Ok((c.count("open")?, c.count("overdue")?))
    }
}
