//! Notices, their revisions and what people found.
//!
//! Many rows come as one list a column, so that a statement stays prepared whatever their number.

use async_trait::async_trait;
use ppn_domain::{NoticeId, Timestamp};
use ppn_store::{FoundOutcome, NewNotice, NewRevision, NoticeHead, Notices, RevisionHead, StoreError};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, int, json, position, text};

pub fn notice_head(row: &PgRow) -> Result<NoticeHead, StoreError> {
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

fn revision_head(row: &PgRow) -> Result<RevisionHead, StoreError> {
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

fn found_outcome(row: &PgRow) -> Result<FoundOutcome, StoreError> {
    let c = Cells { row, table: "found_outcomes" };
    let grade: Option<&str> = c.get("found_grade")?;
    Ok(FoundOutcome {
        notice_id: NoticeId(c.get("notice_id")?),
        opened_at: c.time("opened_at")?,
        found_band: c.optional_band("found_band")?,
        found_grade: grade.map(str::parse).transpose().map_err(|_| c.bad("found_grade"))?,
        outcome: c.get("outcome")?,
        added: (c.time("added_at")?, c.get("added_by")?),
    })
}

impl PostgresUnitOfWork {
    async fn write_revisions(&mut self, revisions: &[&NewRevision]) -> Result<(), StoreError> {
        let ids = || revisions.iter().map(|r| r.notice_id.0).collect::<Vec<_>>();
        let numbers = || revisions.iter().map(|r| int(r.head.revision)).collect::<Vec<_>>();
        let findings = revisions.iter().map(|r| json(&r.head.findings)).collect::<Result<Vec<_>, _>>()?;
        let statement = sqlx::query(
            "INSERT INTO notice_revisions \
             (notice_id, revision, content_hash, version_at, arrived, submitted_by, findings) \
             SELECT notice_id, revision, content_hash, version_at, arrived, submitted_by, findings::jsonb \
             FROM unnest($1::uuid[], $2::integer[], $3::bytea[], $4::timestamptz[], $5::timestamptz[], \
             $6::text[], $7::text[]) \
             AS rows (notice_id, revision, content_hash, version_at, arrived, submitted_by, findings)",
        )
        .bind(ids())
        .bind(numbers())
        .bind(revisions.iter().map(|r| &r.head.content_hash[..]).collect::<Vec<_>>())
        .bind(revisions.iter().map(|r| at(r.head.version_at)).collect::<Vec<_>>())
        .bind(revisions.iter().map(|r| at(r.head.arrived)).collect::<Vec<_>>())
        .bind(revisions.iter().map(|r| text(&r.head.submitted_by)).collect::<Vec<_>>())
        .bind(findings);
        self.run(statement).await?;
        let statement = sqlx::query(
            "INSERT INTO notice_bodies (notice_id, revision, body) \
             SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[])",
        )
        .bind(ids())
        .bind(numbers())
        .bind(revisions.iter().map(|r| text(&r.body)).collect::<Vec<_>>());
        self.run(statement).await?;
        Ok(())
    }
}

#[async_trait]
impl Notices for PostgresUnitOfWork {
    async fn notices_by_reference(
        &mut self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<NoticeHead>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(
            "SELECT k.place, n.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY \
             AS k (source, reference, place) JOIN notices n ON n.source = k.source AND n.reference = k.reference",
        )
        .bind(keys.iter().map(|(source, _)| text(source)).collect::<Vec<_>>())
        .bind(keys.iter().map(|(_, reference)| text(reference)).collect::<Vec<_>>());
        let mut found = vec![None; keys.len()];
        for row in &self.rows(statement).await? {
            let place: i64 = Cells { row, table: "notices" }.get("place")?;
            let at = usize::try_from(place - 1).unwrap_or(usize::MAX);
            if let Some(slot) = found.get_mut(at) {
                *slot = Some(notice_head(row)?);
            }
        }
        Ok(found)
    }

    async fn notice(&mut self, id: NoticeId) -> Result<Option<NoticeHead>, StoreError> {
        let row = self.row(sqlx::query("SELECT * FROM notices WHERE id = $1").bind(id.0)).await?;
        row.as_ref().map(notice_head).transpose()
    }

    async fn insert_notices(&mut self, notices: &[NewNotice]) -> Result<(), StoreError> {
        if notices.is_empty() {
            return Ok(());
        }
        let heads = || notices.iter().map(|new| &new.head);
        let statement = sqlx::query(
            "INSERT INTO notices (id, source, reference, kind, revision, revisions, version_at, \
             received, arrived, restricted, submitted_by) \
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], \
             $6::integer[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::smallint[], \
             $11::text[])",
        )
        .bind(heads().map(|head| head.id.0).collect::<Vec<_>>())
        .bind(heads().map(|head| text(&head.source)).collect::<Vec<_>>())
        .bind(heads().map(|head| text(&head.reference)).collect::<Vec<_>>())
        .bind(heads().map(|head| head.kind.code()).collect::<Vec<_>>())
        .bind(heads().map(|head| int(head.revision)).collect::<Vec<_>>())
        .bind(heads().map(|head| int(head.revisions)).collect::<Vec<_>>())
        .bind(heads().map(|head| at(head.version_at)).collect::<Vec<_>>())
        .bind(heads().map(|head| at(head.received)).collect::<Vec<_>>())
        .bind(heads().map(|head| at(head.arrived)).collect::<Vec<_>>())
        .bind(heads().map(|head| head.restricted.bits()).collect::<Vec<_>>())
        .bind(heads().map(|head| text(&head.submitted_by)).collect::<Vec<_>>());
        self.run(statement).await?;
        self.write_revisions(&notices.iter().map(|n| &n.first).collect::<Vec<_>>()).await
    }

    async fn insert_revision(&mut self, revision: &NewRevision, head: &NoticeHead) -> Result<(), StoreError> {
        // The head first: whoever adds a revision to the same notice at this moment waits here, and is
        // then told that the count moved, instead of meeting the other's revision as a fault.
        let statement = sqlx::query(
            "UPDATE notices SET kind = $2, revision = $3, revisions = $4, version_at = $5, restricted = $6 \
             WHERE id = $1 AND revisions = $4 - 1",
        )
        .bind(head.id.0)
        .bind(head.kind.code())
        .bind(int(head.revision))
        .bind(int(head.revisions))
        .bind(at(head.version_at))
        .bind(head.restricted.bits());
        StoreError::once("notices", self.run(statement).await?)?;
        self.write_revisions(&[revision]).await
    }

    async fn revision_with_hash(
        &mut self,
        notice_id: NoticeId,
        content_hash: &[u8; 32],
    ) -> Result<Option<RevisionHead>, StoreError> {
        let statement =
            sqlx::query("SELECT * FROM notice_revisions WHERE notice_id = $1 AND content_hash = $2")
                .bind(notice_id.0)
                .bind(&content_hash[..]);
        let row = self.row(statement).await?;
        row.as_ref().map(revision_head).transpose()
    }

    async fn revisions(&mut self, notice_id: NoticeId) -> Result<Vec<RevisionHead>, StoreError> {
        let statement = sqlx::query("SELECT * FROM notice_revisions WHERE notice_id = $1 ORDER BY revision")
            .bind(notice_id.0);
        let rows = self.rows(statement).await?;
        rows.iter().map(revision_head).collect()
    }

    async fn body(&mut self, notice_id: NoticeId, revision: u32) -> Result<Option<String>, StoreError> {
        Ok(self.bodies(&[(notice_id, revision)]).await?.pop().flatten())
    }

    async fn bodies(&mut self, of: &[(NoticeId, u32)]) -> Result<Vec<Option<String>>, StoreError> {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(
            "SELECT b.body FROM unnest($1::uuid[], $2::integer[]) WITH ORDINALITY \
             AS k (notice_id, revision, place) LEFT JOIN notice_bodies b \
             ON b.notice_id = k.notice_id AND b.revision = k.revision ORDER BY k.place",
        )
        .bind(of.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
        .bind(of.iter().map(|(_, revision)| int(*revision)).collect::<Vec<_>>());
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| Cells { row, table: "notice_bodies" }.get("body")).collect()
    }

    async fn notices_after(
        &mut self,
        after: Option<NoticeId>,
        limit: u32,
    ) -> Result<Vec<NoticeHead>, StoreError> {
        // No identifier is nil: every one comes after it.
        let statement = sqlx::query("SELECT * FROM notices WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after.map_or_else(Uuid::nil, |id| id.0))
            .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(notice_head).collect()
    }

    async fn insert_found_outcome(&mut self, found: &FoundOutcome) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "INSERT INTO found_outcomes \
             (notice_id, opened_at, found_band, found_grade, outcome, added_at, added_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(found.notice_id.0)
        .bind(at(found.opened_at))
        .bind(found.found_band.map(position))
        .bind(found.found_grade.map(ppn_domain::notice::codes::Grade::code))
        .bind(found.outcome.as_deref().map(text))
        .bind(at(found.added.0))
        .bind(text(&found.added.1));
        Ok(self.run(statement).await? == 1)
    }

    async fn found_outcomes(
        &mut self,
        after: Option<(NoticeId, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<FoundOutcome>, StoreError> {
        let (notice, opened) =
            after.map_or_else(|| (Uuid::nil(), Timestamp::from_micros(0)), |(id, at)| (id.0, at));
        let statement = sqlx::query(
            "SELECT * FROM found_outcomes WHERE (notice_id, opened_at) > ($1, $2) \
             ORDER BY notice_id, opened_at LIMIT $3",
        )
        .bind(notice)
        .bind(at(opened))
        .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(found_outcome).collect()
    }

    async fn found_outcomes_of(&mut self, notices: &[NoticeId]) -> Result<Vec<FoundOutcome>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(
            "SELECT * FROM found_outcomes WHERE notice_id = ANY($1) ORDER BY notice_id, opened_at",
        )
        .bind(notices.iter().map(|id| id.0).collect::<Vec<_>>());
        self.rows(statement).await?.iter().map(found_outcome).collect()
    }
}
