//! Searches.

use async_trait::async_trait;
use ppn_domain::{SearchId, SessionId, Timestamp};
use ppn_store::{KeptSearch, NoticeHead, Searches, StoreError};

use crate::SqliteUnitOfWork;
use crate::notices::notice_head;
use crate::rows::{Cells, engine};

#[async_trait]
impl Searches for SqliteUnitOfWork {
    async fn notices_referred_to(
        &mut self,
        reference: &str,
        limit: u32,
    ) -> Result<Vec<NoticeHead>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM notices INDEXED BY notices_reference WHERE reference = $1 \
             ORDER BY received DESC, id LIMIT $2",
        )
        .bind(reference)
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(notice_head).collect()
    }

    async fn keep_search(&mut self, search: &KeptSearch, forget: Timestamp) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM searches WHERE made_at < $1")
            .bind(forget.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        sqlx::query("INSERT INTO searches (id, session_id, made_at, found) VALUES ($1, $2, $3, $4)")
            .bind(search.id.0)
            .bind(search.session.0)
            .bind(search.made_at.micros())
            .bind(&search.found)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }

    async fn search(&mut self, id: SearchId, session: SessionId) -> Result<Option<KeptSearch>, StoreError> {
        let row = sqlx::query("SELECT made_at, found FROM searches WHERE id = $1 AND session_id = $2")
            .bind(id.0)
            .bind(session.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.map(|row| {
            let c = Cells { row: &row, table: "searches" };
            Ok(KeptSearch { id, session, made_at: c.time("made_at")?, found: c.get("found")? })
        })
        .transpose()
    }
}
