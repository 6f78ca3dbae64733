//! What people said of cues and events.

use async_trait::async_trait;
use ppn_domain::NoticeId;
use ppn_store::{CueDecision, Decisions, Digest, EventDecision, StoreError};

use crate::SqliteUnitOfWork;
use crate::people::list;
use crate::rows::{Cells, engine};

#[async_trait]
impl Decisions for SqliteUnitOfWork {
    async fn say_of_cue(&mut self, decision: &CueDecision) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO cue_decisions (notice_id, cue, of_cue, verdict, decided_by, decided_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (notice_id, cue) DO UPDATE SET \
             of_cue = excluded.of_cue, verdict = excluded.verdict, decided_by = excluded.decided_by, \
             decided_at = excluded.decided_at",
        )
        .bind(decision.notice_id.0)
        .bind(&decision.cue[..])
        .bind(&decision.of)
        .bind(decision.verdict.code())
        .bind(&decision.decided.0)
        .bind(decision.decided.1.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn unsay_of_cue(&mut self, notice_id: NoticeId, cue: Digest) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM cue_decisions WHERE notice_id = $1 AND cue = $2")
            .bind(notice_id.0)
            .bind(&cue[..])
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("cue_decisions", done.rows_affected())
    }

    async fn cue_decisions(&mut self, notices: &[NoticeId]) -> Result<Vec<CueDecision>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "SELECT d.* FROM json_each($1) k CROSS JOIN cue_decisions d ON d.notice_id = unhex(k.value) \
             ORDER BY d.notice_id, d.cue",
        )
        .bind(list(notices.iter().map(|id| id.0.as_bytes())))
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "cue_decisions" };
                let cue: &[u8] = c.get("cue")?;
                Ok(CueDecision {
                    notice_id: NoticeId(c.get("notice_id")?),
                    cue: cue.try_into().map_err(|_| c.bad("cue"))?,
                    of: c.get("of_cue")?,
                    verdict: c.code("verdict")?,
                    decided: (c.get("decided_by")?, c.time("decided_at")?),
                })
            })
            .collect()
    }

    async fn say_of_event(&mut self, decision: &EventDecision) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO event_decisions (a, b, one, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (a, b) DO UPDATE SET one = excluded.one, decided_by = excluded.decided_by, \
             decided_at = excluded.decided_at",
        )
        .bind(decision.a.0)
        .bind(decision.b.0)
        .bind(decision.one)
        .bind(&decision.decided.0)
        .bind(decision.decided.1.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn unsay_of_event(&mut self, a: NoticeId, b: NoticeId) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM event_decisions WHERE a = $1 AND b = $2")
            .bind(a.0)
            .bind(b.0)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("event_decisions", done.rows_affected())
    }

    async fn event_decisions(&mut self, notices: &[NoticeId]) -> Result<Vec<EventDecision>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        // Two probes and a union, as for links.
        let rows = sqlx::query(
            "SELECT d.* FROM json_each($1) k CROSS JOIN event_decisions d ON d.a = unhex(k.value) \
             UNION SELECT d.* FROM json_each($1) k CROSS JOIN event_decisions d ON d.b = unhex(k.value) \
             ORDER BY 1, 2",
        )
        .bind(list(notices.iter().map(|id| id.0.as_bytes())))
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
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
