//! The policy and its history.

use async_trait::async_trait;
use ppn_domain::{PolicyRef, Rank, Timestamp, WorkItemId};
use ppn_store::{AcceptedLowering, Policies, PolicyText, StoreError};
use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, position, text};

/// So often is the active policy looked for while others replace it.
const LOOKS: usize = 3;

fn read(row: &PgRow) -> Result<PolicyText, StoreError> {
    let c = Cells { row, table: "policies" };
    Ok(PolicyText {
        reference: PolicyRef { version: c.get("version")?, hash: c.get("hash")? },
        text: c.get("text")?,
        proposer: c.get("proposer")?,
        approver: c.get("approver")?,
        installed_at: c.time("installed_at")?,
    })
}

#[async_trait]
impl Policies for PostgresUnitOfWork {
    async fn active_policy(&mut self) -> Result<Option<PolicyText>, StoreError> {
        let row = self.row(sqlx::query("SELECT * FROM policies WHERE active")).await?;
        row.as_ref().map(read).transpose()
    }

    async fn active_policy_ref(&mut self) -> Result<Option<PolicyRef>, StoreError> {
        let read = |row: &PgRow| {
            let c = Cells { row, table: "policies" };
            Ok(PolicyRef { version: c.get("version")?, hash: c.get("hash")? })
        };
        if !self.writes {
            let row = self.row(sqlx::query("SELECT version, hash FROM policies WHERE active")).await?;
            return row.as_ref().map(read).transpose();
        }
        // Whoever makes another policy the active one changes this row, and waits. The other way round
        // this statement waits, finds its row no longer active and does not see the new one: the next
        // statement does.
        for _ in 0..LOOKS {
            let locked = "SELECT version, hash FROM policies WHERE active FOR SHARE";
            if let Some(row) = self.row(sqlx::query(locked)).await? {
                return read(&row).map(Some);
            }
            if self.row(sqlx::query("SELECT FROM policies WHERE active")).await?.is_none() {
                return Ok(None);
            }
        }
        Err(StoreError::Again)
    }

    async fn policies(&mut self) -> Result<Vec<(PolicyText, bool)>, StoreError> {
        let rows = self.rows(sqlx::query("SELECT * FROM policies ORDER BY installed_at DESC, hash")).await?;
        rows.iter().map(|row| Ok((read(row)?, Cells { row, table: "policies" }.get("active")?))).collect()
    }

    async fn keep_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError> {
        self.insert_policy(policy, false).await
    }

    async fn approve_policy(
        &mut self,
        hash: &str,
        approver: &str,
        accepted: &[AcceptedLowering],
    ) -> Result<(), StoreError> {
        let statement = sqlx::query("UPDATE policies SET approver = $2 WHERE hash = $1 AND approver IS NULL")
            .bind(text(hash))
            .bind(text(approver));
        StoreError::once("policies", self.run(statement).await?)?;
        if accepted.is_empty() {
            return Ok(());
        }
        let statement = sqlx::query(
            "INSERT INTO accepted_lowerings \
             (policy_hash, work_item_id, from_band, from_score, to_band, to_score) \
             SELECT $1, * FROM unnest($2::uuid[], $3::smallint[], $4::integer[], $5::smallint[], \
             $6::integer[])",
        )
        .bind(text(hash))
        .bind(accepted.iter().map(|of| of.item.0).collect::<Vec<_>>())
        .bind(accepted.iter().map(|of| position(of.from.band)).collect::<Vec<_>>())
        .bind(accepted.iter().map(|of| of.from.score).collect::<Vec<_>>())
        .bind(accepted.iter().map(|of| position(of.to.band)).collect::<Vec<_>>())
        .bind(accepted.iter().map(|of| of.to.score).collect::<Vec<_>>());
        self.run(statement).await?;
        Ok(())
    }

    async fn accepted_lowerings(
        &mut self,
        hash: &str,
        items: &[WorkItemId],
    ) -> Result<Vec<AcceptedLowering>, StoreError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let statement =
            sqlx::query("SELECT * FROM accepted_lowerings WHERE policy_hash = $1 AND work_item_id = ANY($2)")
                .bind(text(hash))
                .bind(items.iter().map(|id| id.0).collect::<Vec<_>>());
        let accepted = |row| {
            let c = Cells { row, table: "accepted_lowerings" };
            Ok(AcceptedLowering {
                item: WorkItemId(c.get("work_item_id")?),
                from: Rank { band: c.band("from_band")?, score: c.get("from_score")? },
                to: Rank { band: c.band("to_band")?, score: c.get("to_score")? },
            })
        };
        self.rows(statement).await?.iter().map(accepted).collect()
    }

    async fn items_under_another(&mut self, hash: &str) -> Result<u64, StoreError> {
        // Read while a policy is being applied and after a start, never in the steady state.
        let statement = sqlx::query(
            "SELECT count(*) AS items FROM work_items w LEFT JOIN assessments a ON a.id = w.assessment_id \
             WHERE w.state IN ('waiting', 'claimed', 'held', 'pending') \
             AND w.desk IN ('child', 'adult', 'domestic_abuse', 'share') \
             AND a.policy_hash IS DISTINCT FROM $1",
        )
        .bind(text(hash));
        let row = self.one(statement).await?;
        Cells { row: &row, table: "work_items" }.count("items")
    }

    async fn activate_policy(&mut self, hash: &str, now: Timestamp) -> Result<(), StoreError> {
        self.retire_policy().await?;
        let statement = sqlx::query("UPDATE policies SET active = true, installed_at = $2 WHERE hash = $1")
            .bind(text(hash))
            .bind(at(now));
        StoreError::once("policies", self.run(statement).await?)
    }

    async fn install_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError> {
        self.retire_policy().await?;
        self.insert_policy(policy, true).await
    }
}

impl PostgresUnitOfWork {
    async fn retire_policy(&mut self) -> Result<(), StoreError> {
        // Those who share the active row come and go all the time, and between them it may never be
        // free; for the table one stands in line. Whoever only reads goes on.
        self.run(sqlx::query("LOCK TABLE policies IN EXCLUSIVE MODE")).await?;
        self.run(sqlx::query("UPDATE policies SET active = false WHERE active")).await?;
        Ok(())
    }

    async fn insert_policy(&mut self, policy: &PolicyText, active: bool) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO policies (hash, version, text, proposer, approver, installed_at, active) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO UPDATE SET active = excluded.active",
        )
        .bind(text(&policy.reference.hash))
        .bind(text(&policy.reference.version))
        .bind(text(&policy.text))
        .bind(text(&policy.proposer))
        .bind(policy.approver.as_deref().map(text))
        .bind(at(policy.installed_at))
        .bind(active);
        self.run(statement).await?;
        Ok(())
    }
}
