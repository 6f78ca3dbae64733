//! How long notices are kept, and their erasure.

use async_trait::async_trait;
use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Assessment, AssessmentId, NoticeId, Timestamp};
use ppn_store::{Erased, Erasure, NoticeHead, Retained, Retention, StoreError, StoredAssessment};
use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;
use crate::notices::notice_head;
use crate::rows::{Cells, at, int, json, text};
use crate::work::stored_assessment;

fn retained(row: &PgRow) -> Result<Retained, StoreError> {
    let c = Cells { row, table: "retention" };
    let said = |by: &'static str, at: &'static str| -> Result<Option<(String, Timestamp)>, StoreError> {
        Ok(c.get::<Option<String>>(by)?.zip(c.optional_time(at)?))
    };
    let revisions = c.get::<Option<i32>>("erased_revisions")?;
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
const OF_THE_NOTICE: [&str; 13] = [
    // Rows of the log that name it, its people or its refused submissions in their detail alone.
    "DELETE FROM typed_texts WHERE id IN (SELECT l.why_id FROM (SELECT $1::uuid AS id \
     UNION SELECT id FROM mentions WHERE notice_id = $1 UNION SELECT id FROM unreadable WHERE notice_id = $1 \
     OR (source, reference) = (SELECT source, reference FROM notices WHERE id = $1)) k \
     JOIN log l ON position(k.id::text IN l.detail::text) > 0 WHERE l.why_id IS NOT NULL)",
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
    "UPDATE unreadable SET content = ''::bytea, errors = '[]', reason = CASE WHEN reason IS NULL THEN NULL ELSE 'erased' END \
     WHERE notice_id = $1 OR (state <> 'open' \
     AND (source, reference) = (SELECT source, reference FROM notices WHERE id = $1))",
    "UPDATE found_outcomes SET outcome = NULL WHERE notice_id = $1",
    "DELETE FROM idempotent_answers WHERE position($1::uuid::text IN answer) > 0 OR EXISTS (SELECT 1 \
     FROM work_items WHERE notice_id = $1 AND position(work_items.id::text IN answer) > 0) OR EXISTS (SELECT 1 \
     FROM notices n WHERE n.id = $1 AND position('\"reference\":' || to_json(n.reference)::text IN answer) > 0)",
];

#[async_trait]
impl Retention for PostgresUnitOfWork {
    async fn retained(&mut self, id: NoticeId) -> Result<Retained, StoreError> {
        let row = self.row(sqlx::query("SELECT * FROM retention WHERE notice_id = $1").bind(id.0)).await?;
        row.as_ref().map_or_else(|| Ok(Retained::default()), retained)
    }

    async fn due_for_review(
        &mut self,
        kind: NoticeKind,
        written: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(NoticeHead, Retained)>, StoreError> {
        let statement = sqlx::query(
            "SELECT n.*, r.review_at, r.reviewed_at, r.reviewed_by, r.held_at, r.held_by, r.erased_at, \
             r.erased_by, r.erased_revisions FROM notices n LEFT JOIN retention r ON r.notice_id = n.id \
             WHERE n.kind = $1 AND (r.erased_revisions IS NULL OR r.erased_revisions < n.revisions) \
             AND n.version_at <= $2 AND (r.review_at IS NULL OR r.review_at <= $3) \
             ORDER BY greatest(r.review_at, n.version_at + ($3 - $2)), n.id LIMIT $4",
        )
        .bind(kind.code())
        .bind(at(written))
        .bind(at(now))
        .bind(i64::from(limit));
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| Ok((notice_head(row)?, retained(row)?))).collect()
    }

    async fn keep_until(
        &mut self,
        id: NoticeId,
        until: Timestamp,
        (by, when): (&str, Timestamp),
    ) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO retention (notice_id, review_at, reviewed_at, reviewed_by) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (notice_id) DO UPDATE SET review_at = $2, reviewed_at = $3, reviewed_by = $4",
        )
        .bind(id.0)
        .bind(at(until))
        .bind(at(when))
        .bind(text(by));
        StoreError::once("retention", self.run(statement).await?)
    }

    async fn hold_legally(
        &mut self,
        id: NoticeId,
        held: Option<(&str, Timestamp)>,
    ) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO retention (notice_id, held_at, held_by) VALUES ($1, $2, $3) \
             ON CONFLICT (notice_id) DO UPDATE SET held_at = $2, held_by = $3",
        )
        .bind(id.0)
        .bind(held.map(|(_, when)| at(when)))
        .bind(held.map(|(by, _)| text(by)));
        StoreError::once("retention", self.run(statement).await?)
    }

    async fn erase(&mut self, erasure: &Erasure) -> Result<(), StoreError> {
        let id = erasure.notice_id.0;
        let Erased { by, at: when, revisions } = &erasure.erased;
        let statement = sqlx::query(
            "INSERT INTO retention (notice_id, erased_at, erased_by, erased_revisions) \
             SELECT id, $2, $3, $4 FROM notices WHERE id = $1 AND revisions = $4 \
             ON CONFLICT (notice_id) DO UPDATE SET erased_at = $2, erased_by = $3, erased_revisions = $4, \
             review_at = NULL, reviewed_at = NULL, reviewed_by = NULL",
        )
        .bind(id)
        .bind(at(*when))
        .bind(text(by))
        .bind(int(*revisions));
        StoreError::once("notices", self.run(statement).await?)?;
        for sql in OF_THE_NOTICE {
            self.run(sqlx::query(sql).bind(id)).await?;
        }
        let body = sqlx::query("UPDATE notice_bodies SET body = $2 WHERE notice_id = $1");
        self.run(body.bind(id).bind(&erasure.body)).await?;
        let trace = sqlx::query("UPDATE traces SET trace = $2 WHERE notice_id = $1");
        self.run(trace.bind(id).bind(&erasure.trace)).await?;
        Ok(())
    }

    async fn assessments_citing(&mut self, reference: &str) -> Result<Vec<StoredAssessment>, StoreError> {
        let cites = json(&serde_json::json!([{ "evidence": [{ "reference": reference }] }]))?;
        let statement =
            sqlx::query("SELECT * FROM assessments WHERE reasons @> $1::jsonb OR grounds @> $1::jsonb");
        let rows = self.rows(statement.bind(cites)).await?;
        rows.iter().map(stored_assessment).collect()
    }

    async fn rewrite_evidence(&mut self, id: AssessmentId, as_is: &Assessment) -> Result<(), StoreError> {
        let statement =
            sqlx::query("UPDATE assessments SET reasons = $2::jsonb, grounds = $3::jsonb WHERE id = $1")
                .bind(id.0)
                .bind(json(&as_is.reasons)?)
                .bind(json(&as_is.grounds)?);
        StoreError::once("assessments", self.run(statement).await?)
    }
}
