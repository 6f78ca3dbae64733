//! Notices, their revisions and what people found.

use async_trait::async_trait;
use ppn_domain::NoticeId;
use ppn_store::{FoundOutcome, NewNotice, NewRevision, NoticeHead, Notices, RevisionHead, StoreError};
use sqlx::sqlite::SqliteRow;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine, json};

fn notice_head(row: &SqliteRow) -> Result<NoticeHead, StoreError> {
    let c = Cells { row, table: "notices" };
    Ok(NoticeHead {
        id: NoticeId(c.get("id")?),
        source: c.get("source")?,
        reference: c.get("reference")?,
        kind: c.code("kind")?,
        revision: c.number("revision")?,
        revisions: c.number("revisions")?,
        version_at: c.time("version_at")?,
        received: c.time("received")?,
        arrived: c.time("arrived")?,
        restricted: c.get("restricted")?,
        submitted_by: c.get("submitted_by")?,
    })
}

fn revision_head(row: &SqliteRow) -> Result<RevisionHead, StoreError> {
    let c = Cells { row, table: "notice_revisions" };
    Ok(RevisionHead {
        revision: c.number("revision")?,
        content_hash: c.hash("content_hash")?,
        version_at: c.time("version_at")?,
        arrived: c.time("arrived")?,
        submitted_by: c.get("submitted_by")?,
        findings: c.json("findings")?,
    })
}

impl SqliteUnitOfWork {
    async fn write_revision(&mut self, revision: &NewRevision) -> Result<(), StoreError> {
        let head = &revision.head;
        sqlx::query(
            "INSERT INTO notice_revisions \
             (notice_id, revision, content_hash, version_at, arrived, submitted_by, findings) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(revision.notice_id.0)
        .bind(head.revision)
        .bind(&head.content_hash[..])
        .bind(head.version_at.micros())
        .bind(head.arrived.micros())
        .bind(&head.submitted_by)
        .bind(json(&head.findings)?)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        sqlx::query("INSERT INTO notice_bodies (notice_id, revision, body) VALUES ($1, $2, $3)")
            .bind(revision.notice_id.0)
            .bind(head.revision)
            .bind(&revision.body)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }
}

#[async_trait]
impl Notices for SqliteUnitOfWork {
    async fn notices_by_reference(
        &mut self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<NoticeHead>>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for (source, reference) in keys {
            let row = sqlx::query("SELECT * FROM notices WHERE source = $1 AND reference = $2")
                .bind(source)
                .bind(reference)
                .fetch_optional(&mut *self.tx)
                .await
                .map_err(engine)?;
            found.push(row.as_ref().map(notice_head).transpose()?);
        }
        Ok(found)
    }

    async fn notice(&mut self, id: NoticeId) -> Result<Option<NoticeHead>, StoreError> {
        let row = sqlx::query("SELECT * FROM notices WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(notice_head).transpose()
    }

    async fn insert_notices(&mut self, notices: &[NewNotice]) -> Result<(), StoreError> {
        for NewNotice { head, first } in notices {
            sqlx::query(
                "INSERT INTO notices (id, source, reference, kind, revision, revisions, version_at, \
                 received, arrived, restricted, submitted_by) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(head.id.0)
            .bind(&head.source)
            .bind(&head.reference)
            .bind(head.kind.code())
            .bind(head.revision)
            .bind(head.revisions)
            .bind(head.version_at.micros())
            .bind(head.received.micros())
            .bind(head.arrived.micros())
            .bind(head.restricted)
            .bind(&head.submitted_by)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
            self.write_revision(first).await?;
        }
        Ok(())
    }

    async fn insert_revision(&mut self, revision: &NewRevision, head: &NoticeHead) -> Result<(), StoreError> {
        self.write_revision(revision).await?;
        let done = sqlx::query(
            "UPDATE notices SET kind = $2, revision = $3, revisions = $4, version_at = $5, restricted = $6 \
             WHERE id = $1 AND revisions = $4 - 1",
        )
        .bind(head.id.0)
        .bind(head.kind.code())
        .bind(head.revision)
        .bind(head.revisions)
        .bind(head.version_at.micros())
        .bind(head.restricted)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        StoreError::once("notices", done.rows_affected())
    }

    async fn revision_with_hash(
        &mut self,
        notice_id: NoticeId,
        content_hash: &[u8; 32],
    ) -> Result<Option<RevisionHead>, StoreError> {
        let row = sqlx::query("SELECT * FROM notice_revisions WHERE notice_id = $1 AND content_hash = $2")
            .bind(notice_id.0)
            .bind(&content_hash[..])
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(revision_head).transpose()
    }

    async fn revisions(&mut self, notice_id: NoticeId) -> Result<Vec<RevisionHead>, StoreError> {
        let rows = sqlx::query("SELECT * FROM notice_revisions WHERE notice_id = $1 ORDER BY revision")
            .bind(notice_id.0)
            .fetch_all(&mut *self.tx)
            .await
            .map_err(engine)?;
        rows.iter().map(revision_head).collect()
    }

    async fn body(&mut self, notice_id: NoticeId, revision: u32) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT body FROM notice_bodies WHERE notice_id = $1 AND revision = $2")
            .bind(notice_id.0)
            .bind(revision)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)
    }

    async fn insert_found_outcome(&mut self, found: &FoundOutcome) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO found_outcomes \
             (notice_id, opened_at, found_band, found_grade, outcome, added_at, added_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(found.notice_id.0)
        .bind(found.opened_at.micros())
        .bind(found.found_band.map(|b| i64::from(b.position())))
        .bind(found.found_grade.map(ppn_domain::notice::codes::Grade::code))
        .bind(&found.outcome)
        .bind(found.added.0.micros())
        .bind(&found.added.1)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(done.rows_affected() == 1)
    }
}
