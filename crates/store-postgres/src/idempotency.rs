//! Answers kept so that the same request, sent twice, acts once.

use async_trait::async_trait;
use ppn_domain::Timestamp;
use ppn_store::{Answered, IdempotentAnswers, StoreError};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, text};

#[async_trait]
impl IdempotentAnswers for PostgresUnitOfWork {
    async fn answered(
        &mut self,
        caller: &str,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<Answered>, StoreError> {
        if self.writes {
            // A statement of its own: the next one sees what was saved until the lock was had.
            let lock = sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1 || E'\\n' || $2, 0))")
                .bind(text(caller))
                .bind(text(key));
            self.run(lock).await?;
        }
        let statement = sqlx::query(
            "SELECT request_hash, answer, at FROM idempotent_answers \
             WHERE caller = $1 AND key = $2 AND at >= $3",
        )
        .bind(text(caller))
        .bind(text(key))
        .bind(at(since));
        let row = self.row(statement).await?;
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
        let statement = sqlx::query(
            "INSERT INTO idempotent_answers (caller, key, request_hash, answer, at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (caller, key) DO UPDATE SET \
             request_hash = excluded.request_hash, answer = excluded.answer, at = excluded.at",
        )
        .bind(text(caller))
        .bind(text(key))
        .bind(&answered.request_hash[..])
        .bind(text(&answered.answer))
        .bind(at(answered.at));
        self.run(statement).await?;
        // A few at a time, so that no caller pays for a day's worth; those that another caller drops
        // at this moment are left to them.
        let statement = sqlx::query(
            "DELETE FROM idempotent_answers WHERE ctid = ANY(ARRAY( \
             SELECT ctid FROM idempotent_answers WHERE at < $1 ORDER BY at LIMIT 4 FOR UPDATE SKIP LOCKED))",
        )
        .bind(at(since));
        self.run(statement).await?;
        Ok(())
    }
}
