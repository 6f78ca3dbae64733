//! What people said of cues and events.

use async_trait::async_trait;
use ppn_domain::NoticeId;
use ppn_store::{CueDecision, Decisions, Digest, EventDecision, StoreError};
use uuid::Uuid;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, text};

fn ids(of: &[NoticeId]) -> Vec<Uuid> {
    of.iter().map(|id| id.0).collect()
}

#[async_trait]
impl Decisions for PostgresUnitOfWork {
    async fn say_of_cue(&mut self, decision: &CueDecision) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO cue_decisions (notice_id, cue, of_cue, verdict, decided_by, decided_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (notice_id, cue) DO UPDATE SET \
             of_cue = excluded.of_cue, verdict = excluded.verdict, decided_by = excluded.decided_by, \
             decided_at = excluded.decided_at",
        )
        .bind(decision.notice_id.0)
        .bind(&decision.cue[..])
        .bind(text(&decision.of))
        .bind(decision.verdict.code())
        .bind(text(&decision.decided.0))
        .bind(at(decision.decided.1));
        self.run(statement).await?;
        Ok(())
    }

    async fn unsay_of_cue(&mut self, notice_id: NoticeId, cue: Digest) -> Result<(), StoreError> {
        let statement = sqlx::query("DELETE FROM cue_decisions WHERE notice_id = $1 AND cue = $2")
            .bind(notice_id.0)
            .bind(&cue[..]);
        StoreError::once("cue_decisions", self.run(statement).await?)
    }

    async fn cue_decisions(&mut self, notices: &[NoticeId]) -> Result<Vec<CueDecision>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let statement =
            sqlx::query("SELECT * FROM cue_decisions WHERE notice_id = ANY($1) ORDER BY notice_id, cue")
                .bind(ids(notices));
        let rows = self.rows(statement).await?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "cue_decisions" };
                Ok(CueDecision {
                    notice_id: NoticeId(c.get("notice_id")?),
                    cue: c.hash("cue")?,
                    of: c.get("of_cue")?,
                    verdict: c.code("verdict")?,
                    decided: (c.get("decided_by")?, c.time("decided_at")?),
                })
            })
            .collect()
    }

    async fn say_of_event(&mut self, decision: &EventDecision) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO event_decisions (a, b, one, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (a, b) DO UPDATE SET one = excluded.one, decided_by = excluded.decided_by, \
             decided_at = excluded.decided_at",
        )
        .bind(decision.a.0)
        .bind(decision.b.0)
        .bind(decision.one)
        .bind(text(&decision.decided.0))
        .bind(at(decision.decided.1));
        self.run(statement).await?;
        Ok(())
    }

    async fn unsay_of_event(&mut self, a: NoticeId, b: NoticeId) -> Result<(), StoreError> {
        let statement =
            sqlx::query("DELETE FROM event_decisions WHERE a = $1 AND b = $2").bind(a.0).bind(b.0);
        StoreError::once("event_decisions", self.run(statement).await?)
    }

    async fn event_decisions(&mut self, notices: &[NoticeId]) -> Result<Vec<EventDecision>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let statement =
            sqlx::query("SELECT * FROM event_decisions WHERE a = ANY($1) OR b = ANY($1) ORDER BY a, b")
                .bind(ids(notices));
        let rows = self.rows(statement).await?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "event_decisions" };
                Ok(EventDecision {
                    a: NoticeId(c.get("a")?),
                    b: NoticeId(c.get("b")?),
                    one: c.get("one")?,
                    decided: (c.get("decided_by")?, c.time("decided_at")?),
                })
            })
            .collect()
    }
}
