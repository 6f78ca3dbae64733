//! How long notices are kept, and their erasure.

use async_trait::async_trait;
use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Assessment, AssessmentId, NoticeId, Timestamp};
use ppn_store::{Erased, Erasure, NoticeHead, Retained, Retention, StoreError, StoredAssessment};
use sqlx::sqlite::SqliteRow;

use crate::SqliteUnitOfWork;
use crate::notices::notice_head;
use crate::rows::{Cells, engine, json};
use crate::work::stored_assessment;

fn retained(row: &SqliteRow) -> Result<Retained, StoreError> {
    let c = Cells { row, table: "retention" };
    let said = |by: &'static str, at: &'static str| -> Result<Option<(String, Timestamp)>, StoreError> {
        Ok(c.get::<Option<String>>(by)?.zip(c.optional_time(at)?))
    };
    let revisions = c.get::<Option<i64>>("erased_revisions")?;
    let revisions = revisions.map(u32::try_from).transpose().map_err(|_| c.bad("erased_revisions"))?;
    let erased = said("erased_by", "erased_at")?.zip(revisions);
    Ok(Retained {
        until: c.optional_time("review_at")?,
        reviewed: said("reviewed_by", "reviewed_at")?,
        held: said("held_by", "held_at")?,
        erased: erased.map(|((by, at), revisions)| Erased { by, at, revisions }),
    })
}

/// What an erasure does to the tables that name the notice by its identifier alone. The links go while their
/// mentions tell which they are; what was typed, while the log tells whose it was.
const OF_THE_NOTICE: [&str; 12] = [
    // Rows of the log that name it, its people or its refused submissions in their detail alone.
    "DELETE FROM typed_texts WHERE id IN (SELECT l.why_id FROM (SELECT lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) \
     || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || '-' || substr(h, 21)) AS name FROM ( \
     SELECT hex($1) AS h UNION SELECT hex(id) FROM mentions WHERE notice_id = $1 \
     UNION SELECT hex(id) FROM unreadable WHERE notice_id = $1 \
     OR (source, reference) = (SELECT source, reference FROM notices WHERE id = $1))) k \
     JOIN log l ON instr(l.detail, k.name) > 0 WHERE l.why_id IS NOT NULL)",
    "DELETE FROM links WHERE a IN (SELECT id FROM mentions WHERE notice_id = $1) \
     OR b IN (SELECT id FROM mentions WHERE notice_id = $1)",
    "DELETE FROM mention_keys WHERE mention_id IN (SELECT id FROM mentions WHERE notice_id = $1)",
    "DELETE FROM mentions WHERE notice_id = $1",
    "DELETE FROM cue_decisions WHERE notice_id = $1",
    "DELETE FROM event_decisions WHERE a = $1 OR b = $1",
    "UPDATE notice_revisions SET findings = '[]' WHERE notice_id = $1",
    "UPDATE assessments SET reasons = '[]', questions = '[]', suggests = '[]', grounds = '[]' \
     WHERE work_item_id IN (SELECT id FROM work_items WHERE notice_id = $1)",
    "DELETE FROM work_notes WHERE work_item_id IN (SELECT id FROM work_items WHERE notice_id = $1)",
    "DELETE FROM typed_texts WHERE id IN (SELECT why_id FROM log WHERE notice_id = $1) \
     OR id IN (SELECT why_id FROM log WHERE work_item_id IN (SELECT id FROM work_items WHERE notice_id = $1))",
    "UPDATE unreadable SET content = x'', errors = '[]', reason = CASE WHEN reason IS NULL THEN NULL ELSE 'erased' END \
     WHERE notice_id = $1 OR (state <> 'open' \
     AND (source, reference) = (SELECT source, reference FROM notices WHERE id = $1))",
    "UPDATE found_outcomes SET outcome = NULL WHERE notice_id = $1",
];

#[async_trait]
impl Retention for SqliteUnitOfWork {
    async fn retained(&mut self, id: NoticeId) -> Result<Retained, StoreError> {
        let row = sqlx::query("SELECT * FROM retention WHERE notice_id = $1")
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map_or_else(|| Ok(Retained::default()), retained)
    }

    async fn due_for_review(
        &mut self,
        kind: NoticeKind,
        written: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(NoticeHead, Retained)>, StoreError> {
        let rows = sqlx::query(
            "SELECT n.*, r.review_at, r.reviewed_at, r.reviewed_by, r.held_at, r.held_by, r.erased_at, \
             r.erased_by, r.erased_revisions FROM notices n LEFT JOIN retention r ON r.notice_id = n.id \
             WHERE n.kind = $1 AND (r.erased_revisions IS NULL OR r.erased_revisions < n.revisions) \
             AND n.version_at <= $2 AND (r.review_at IS NULL OR r.review_at <= $3) \
             ORDER BY max(coalesce(r.review_at, 0), n.version_at + ($3 - $2)), n.id LIMIT $4",
        )
        .bind(kind.code())
        .bind(written.micros())
        .bind(now.micros())
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(|row| Ok((notice_head(row)?, retained(row)?))).collect()
    }

    async fn keep_until(
        &mut self,
        id: NoticeId,
        until: Timestamp,
        (by, at): (&str, Timestamp),
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO retention (notice_id, review_at, reviewed_at, reviewed_by) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (notice_id) DO UPDATE SET review_at = $2, reviewed_at = $3, reviewed_by = $4",
        )
        .bind(id.0)
        .bind(until.micros())
        .bind(at.micros())
        .bind(by)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        StoreError::once("retention", done.rows_affected())
    }

    async fn hold_legally(
        &mut self,
        id: NoticeId,
        held: Option<(&str, Timestamp)>,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO retention (notice_id, held_at, held_by) VALUES ($1, $2, $3) \
             ON CONFLICT (notice_id) DO UPDATE SET held_at = $2, held_by = $3",
        )
        .bind(id.0)
        .bind(held.map(|(_, at)| at.micros()))
        .bind(held.map(|(by, _)| by))
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        StoreError::once("retention", done.rows_affected())
    }

    async fn erase(&mut self, erasure: &Erasure) -> Result<(), StoreError> {
        let id = erasure.notice_id.0;
        let Erased { by, at, revisions } = &erasure.erased;
        let done = sqlx::query(
            "INSERT INTO retention (notice_id, erased_at, erased_by, erased_revisions) \
             SELECT id, $2, $3, $4 FROM notices WHERE id = $1 AND revisions = $4 \
             ON CONFLICT (notice_id) DO UPDATE SET erased_at = $2, erased_by = $3, erased_revisions = $4, \
             review_at = NULL, reviewed_at = NULL, reviewed_by = NULL",
        )
        .bind(id)
        .bind(at.micros())
        .bind(by)
        .bind(revisions)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        StoreError::once("notices", done.rows_affected())?;
        for sql in OF_THE_NOTICE {
            sqlx::query(sql).bind(id).execute(&mut *self.tx).await.map_err(engine)?;
        }
        for (sql, text) in [
            ("UPDATE notice_bodies SET body = $2 WHERE notice_id = $1", &erasure.body),
            ("UPDATE traces SET trace = $2 WHERE notice_id = $1", &erasure.trace),
        ] {
            sqlx::query(sql).bind(id).bind(text).execute(&mut *self.tx).await.map_err(engine)?;
        }
        let mut named: Vec<String> =
            sqlx::query_scalar::<_, uuid::Uuid>("SELECT id FROM work_items WHERE notice_id = $1")
                .bind(id)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(engine)?
                .iter()
                .map(ToString::to_string)
                .collect();
        named.push(id.to_string());
        let reference: String = sqlx::query_scalar("SELECT reference FROM notices WHERE id = $1")
            .bind(id)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(engine)?;
        // An answer about another notice quotes this one by its reference.
        named.push(format!("\"reference\":{}", json(&reference)?));
        for name in named {
            sqlx::query("DELETE FROM idempotent_answers WHERE instr(answer, $1) > 0")
                .bind(name)
                .execute(&mut *self.tx)
                .await
                .map_err(engine)?;
        }
        Ok(())
    }

    async fn assessments_citing(&mut self, reference: &str) -> Result<Vec<StoredAssessment>, StoreError> {
        let cites = format!("\"reference\":{}", json(&reference)?);
        let rows =
            sqlx::query("SELECT * FROM assessments WHERE instr(reasons, $1) > 0 OR instr(grounds, $1) > 0")
                .bind(cites)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(engine)?;
        rows.iter().map(stored_assessment).collect()
    }

    async fn rewrite_evidence(&mut self, id: AssessmentId, as_is: &Assessment) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE assessments SET reasons = $2, grounds = $3 WHERE id = $1")
            .bind(id.0)
            .bind(json(&as_is.reasons)?)
            .bind(json(&as_is.grounds)?)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("assessments", done.rows_affected())
    }
}
