//! Grades that reviewers gave.

use async_trait::async_trait;
use ppn_domain::notice::codes::Grade;
use ppn_domain::review::Decided;
use ppn_domain::{NoticeId, Review, ReviewId, WorkItemId};
use ppn_store::{Reviews, StoreError};
use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, int, json, text};

fn review(row: &PgRow) -> Result<Review, StoreError> {
    let c = Cells { row, table: "reviews" };
    let decided = match c.optional_time("decided_at")? {
        Some(at) => Some(Decided { by: c.get("decided_by")?, at, endorsed: c.get("endorsed")? }),
        None => None,
    };
    let grade = |column| -> Result<Option<Grade>, StoreError> {
        let code: Option<&str> = c.get(column)?;
        code.map(|code| code.parse().map_err(|_| c.bad(column))).transpose()
    };
    Ok(Review {
        id: ReviewId(c.get("id")?),
        work_item_id: WorkItemId(c.get("work_item_id")?),
        notice_id: NoticeId(c.get("notice_id")?),
        revision: c.number("revision")?,
        at: c.time("graded_at")?,
        by: c.get("graded_by")?,
        grade: c.code("grade")?,
        officer_grade: grade("officer_grade")?,
        stood: grade("stood")?,
        marac_criteria: c.json("marac_criteria")?,
        marac_referred: c.get("marac_referred")?,
        second_person: c.json("second_person")?,
        decided,
    })
}

#[async_trait]
impl Reviews for PostgresUnitOfWork {
    async fn insert_review(&mut self, review: &Review) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO reviews (id, work_item_id, notice_id, revision, graded_at, graded_by, grade, \
             officer_grade, stood, marac_criteria, marac_referred, second_person) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12::jsonb)",
        )
        .bind(review.id.0)
        .bind(review.work_item_id.0)
        .bind(review.notice_id.0)
        .bind(int(review.revision))
        .bind(at(review.at))
        .bind(text(&review.by))
        .bind(review.grade.code())
        .bind(review.officer_grade.map(Grade::code))
        .bind(review.stood.map(Grade::code))
        .bind(json(&review.marac_criteria)?)
        .bind(review.marac_referred)
        .bind(json(&review.second_person)?);
        StoreError::once("reviews", self.run(statement).await?)
    }

    async fn decide_review(&mut self, of: WorkItemId, decided: &Decided) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE reviews SET decided_at = $2, decided_by = $3, endorsed = $4 \
             WHERE work_item_id = $1 AND decided_at IS NULL AND second_person <> '[]'",
        )
        .bind(of.0)
        .bind(at(decided.at))
        .bind(text(&decided.by))
        .bind(decided.endorsed);
        self.run(statement).await?;
        Ok(())
    }

    async fn reviews(&mut self, notice_id: NoticeId) -> Result<Vec<Review>, StoreError> {
        let statement = sqlx::query("SELECT * FROM reviews WHERE notice_id = $1 ORDER BY graded_at, id")
            .bind(notice_id.0);
        self.rows(statement).await?.iter().map(review).collect()
    }
}
