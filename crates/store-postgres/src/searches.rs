//! Searches.

use async_trait::async_trait;
use ppn_domain::{SearchId, SessionId, Timestamp};
use ppn_store::{KeptSearch, NoticeHead, Searches, StoreError};

use crate::PostgresUnitOfWork;
use crate::notices::notice_head;
use crate::rows::{Cells, at, text};

#[async_trait]
impl Searches for PostgresUnitOfWork {
    async fn notices_referred_to(
        &mut self,
        reference: &str,
        limit: u32,
    ) -> Result<Vec<NoticeHead>, StoreError> {
        let statement =
            sqlx::query("SELECT * FROM notices WHERE reference = $1 ORDER BY received DESC, id LIMIT $2")
                .bind(text(reference))
                .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(notice_head).collect()
    }

    async fn keep_search(&mut self, search: &KeptSearch, forget: Timestamp) -> Result<(), StoreError> {
        let statement = sqlx::query("DELETE FROM searches WHERE made_at < $1").bind(at(forget));
        self.run(statement).await?;
        let statement =
            sqlx::query("INSERT INTO searches (id, session_id, made_at, found) VALUES ($1, $2, $3, $4)")
                .bind(search.id.0)
                .bind(search.session.0)
                .bind(at(search.made_at))
                .bind(text(&search.found));
        self.run(statement).await?;
        Ok(())
    }

    async fn search(&mut self, id: SearchId, session: SessionId) -> Result<Option<KeptSearch>, StoreError> {
        let statement = sqlx::query("SELECT made_at, found FROM searches WHERE id = $1 AND session_id = $2")
            .bind(id.0)
            .bind(session.0);
        let row = self.row(statement).await?;
        row.map(|row| {
            let c = Cells { row: &row, table: "searches" };
            Ok(KeptSearch { id, session, made_at: c.time("made_at")?, found: c.get("found")? })
        })
        .transpose()
    }
}
