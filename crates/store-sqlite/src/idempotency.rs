//! Answers kept so that the same request, sent twice, acts once.

use async_trait::async_trait;
use ppn_domain::Timestamp;
use ppn_store::{Answered, IdempotentAnswers, StoreError};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

#[async_trait]
impl IdempotentAnswers for SqliteUnitOfWork {
    async fn answered(
        &mut self,
        caller: &str,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<Answered>, StoreError> {
        let row = sqlx::query(
            "SELECT request_hash, answer, at FROM idempotent_answers \
             WHERE caller = $1 AND key = $2 AND at >= $3",
        )
        .bind(caller)
        .bind(key)
        .bind(since.micros())
        .fetch_optional(&mut *self.tx)
        .await
        .map_err(engine)?;
        row.map(|row| {
            let c = Cells { row: &row, table: "idempotent_answers" };
            Ok(Answered {
                request_hash: c.hash("request_hash")?,
                answer: c.get("answer")?,
                at: c.time("at")?,
            })
        })
        .transpose()
    }

    async fn keep_answer(
        &mut self,
        caller: &str,
        key: &str,
        answered: &Answered,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO idempotent_answers (caller, key, request_hash, answer, at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (caller, key) DO UPDATE SET \
             request_hash = excluded.request_hash, answer = excluded.answer, at = excluded.at",
        )
        .bind(caller)
        .bind(key)
        .bind(&answered.request_hash[..])
        .bind(&answered.answer)
        .bind(answered.at.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        // A few at a time, so that no caller pays for a day's worth.
        sqlx::query(
            "DELETE FROM idempotent_answers WHERE (caller, key) IN \
             (SELECT caller, key FROM idempotent_answers WHERE at < $1 ORDER BY at LIMIT 4)",
        )
        .bind(since.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }
}
