//! Notices, their revisions and what people found.

use std::collections::HashMap;

use async_trait::async_trait;
use ppn_domain::{NoticeId, Timestamp};
use ppn_store::{FoundOutcome, NewNotice, NewRevision, NoticeHead, Notices, RevisionHead, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, ROWS, engine, is_usual, json, run};

pub fn notice_head(row: &SqliteRow) -> Result<NoticeHead, StoreError> {
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
        restricted: c.restriction()?,
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

fn found_outcome(row: &SqliteRow) -> Result<FoundOutcome, StoreError> {
    let c = Cells { row, table: "found_outcomes" };
    let grade: Option<String> = c.get("found_grade")?;
    Ok(FoundOutcome {
        notice_id: NoticeId(c.get("notice_id")?),
        opened_at: c.time("opened_at")?,
        found_band: c.optional_band("found_band")?,
        found_grade: grade.map(|code| code.parse()).transpose().map_err(|_| c.bad("found_grade"))?,
        outcome: c.get("outcome")?,
        added: (c.time("added_at")?, c.get("added_by")?),
    })
}

impl SqliteUnitOfWork {
    /// Many rows a statement: each statement is a trip to the connection's own thread.
    async fn write_revisions(&mut self, revisions: &[&NewRevision]) -> Result<(), StoreError> {
        for some in revisions.chunks(ROWS) {
            let findings = some.iter().map(|r| json(&r.head.findings)).collect::<Result<Vec<_>, _>>()?;
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO notice_revisions \
                 (notice_id, revision, content_hash, version_at, arrived, submitted_by, findings) ",
            );
            sql.push_values(some.iter().zip(findings), |mut row, (revision, findings)| {
                let head = &revision.head;
                row.push_bind(revision.notice_id.0)
                    .push_bind(head.revision)
                    .push_bind(&head.content_hash[..])
                    .push_bind(head.version_at.micros())
                    .push_bind(head.arrived.micros())
                    .push_bind(&head.submitted_by)
                    .push_bind(findings);
            });
            run(sql, some.len(), &mut self.tx).await?;
            let mut sql =
                QueryBuilder::<Sqlite>::new("INSERT INTO notice_bodies (notice_id, revision, body) ");
            sql.push_values(some, |mut row, revision| {
                row.push_bind(revision.notice_id.0)
                    .push_bind(revision.head.revision)
                    .push_bind(&revision.body);
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Notices for SqliteUnitOfWork {
    async fn notices_by_reference(
        &mut self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<NoticeHead>>, StoreError> {
        let mut found = HashMap::with_capacity(keys.len());
        for some in keys.chunks(ROWS) {
            // A cross join keeps the order: each pair is one probe of the index. As
            // `(source, reference) IN (VALUES ...)` the whole table was scanned for each slice.
            let mut sql = QueryBuilder::<Sqlite>::new("SELECT n.* FROM (");
            sql.push_values(some, |mut row, (source, reference)| {
                row.push_bind(source).push_bind(reference);
            });
            sql.push(") k CROSS JOIN notices n ON n.source = k.column1 AND n.reference = k.column2");
            let rows = sql
                .build()
                .persistent(is_usual(some.len()))
                .fetch_all(&mut *self.tx)
                .await
                .map_err(engine)?;
            for row in &rows {
                let head = notice_head(row)?;
                found.insert((head.source.clone(), head.reference.clone()), head);
            }
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
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
        for some in notices.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO notices (id, source, reference, kind, revision, revisions, version_at, \
                 received, arrived, restricted, submitted_by) ",
            );
            sql.push_values(some, |mut row, NewNotice { head, .. }| {
                row.push_bind(head.id.0)
                    .push_bind(&head.source)
                    .push_bind(&head.reference)
                    .push_bind(head.kind.code())
                    .push_bind(head.revision)
                    .push_bind(head.revisions)
                    .push_bind(head.version_at.micros())
                    .push_bind(head.received.micros())
                    .push_bind(head.arrived.micros())
                    .push_bind(head.restricted.bits())
                    .push_bind(&head.submitted_by);
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        self.write_revisions(&notices.iter().map(|n| &n.first).collect::<Vec<_>>()).await
    }

    async fn insert_revision(&mut self, revision: &NewRevision, head: &NoticeHead) -> Result<(), StoreError> {
        self.write_revisions(&[revision]).await?;
        let done = sqlx::query(
            "UPDATE notices SET kind = $2, revision = $3, revisions = $4, version_at = $5, restricted = $6 \
             WHERE id = $1 AND revisions = $4 - 1",
        )
        .bind(head.id.0)
        .bind(head.kind.code())
        .bind(head.revision)
        .bind(head.revisions)
        .bind(head.version_at.micros())
        .bind(head.restricted.bits())
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

    async fn bodies(&mut self, of: &[(NoticeId, u32)]) -> Result<Vec<Option<String>>, StoreError> {
        let mut bodies = Vec::with_capacity(of.len());
        for (notice, revision) in of {
            bodies.push(self.body(*notice, *revision).await?);
        }
        Ok(bodies)
    }

    async fn notices_after(
        &mut self,
        after: Option<NoticeId>,
        limit: u32,
    ) -> Result<Vec<NoticeHead>, StoreError> {
        // Every identifier is longer than nothing, and so comes after it.
        let after = after.map_or_else(Vec::new, |id| id.0.as_bytes().to_vec());
        let rows = sqlx::query("SELECT * FROM notices WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *self.tx)
            .await
            .map_err(engine)?;
        rows.iter().map(notice_head).collect()
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

    async fn found_outcomes(
        &mut self,
        after: Option<(NoticeId, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<FoundOutcome>, StoreError> {
        let (notice, opened) =
            after.map_or_else(Default::default, |(id, at)| (id.0.as_bytes().to_vec(), at.micros()));
        let rows = sqlx::query(
            "SELECT * FROM found_outcomes WHERE (notice_id, opened_at) > ($1, $2) \
             ORDER BY notice_id, opened_at LIMIT $3",
        )
        .bind(notice)
        .bind(opened)
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(found_outcome).collect()
    }

    async fn found_outcomes_of(&mut self, notices: &[NoticeId]) -> Result<Vec<FoundOutcome>, StoreError> {
        let mut all = Vec::new();
        for some in notices.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM found_outcomes WHERE notice_id IN (");
            let mut list = sql.separated(", ");
            for notice in some {
                list.push_bind(notice.0);
            }
            sql.push(")");
            let rows = sql.build().fetch_all(&mut *self.tx).await.map_err(engine)?;
            for row in &rows {
                all.push(found_outcome(row)?);
            }
        }
        all.sort_by_key(|found| (found.notice_id, found.opened_at));
        Ok(all)
    }
}
