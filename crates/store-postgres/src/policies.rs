//! The policy and its history.

use async_trait::async_trait;
use ppn_domain::{PolicyRef, Timestamp};
use ppn_store::{Policies, PolicyText, StoreError};
use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, text};

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

    async fn policies(&mut self) -> Result<Vec<(PolicyText, bool)>, StoreError> {
        let rows = self.rows(sqlx::query("SELECT * FROM policies ORDER BY installed_at DESC, hash")).await?;
        rows.iter().map(|row| Ok((read(row)?, Cells { row, table: "policies" }.get("active")?))).collect()
    }

    async fn keep_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError> {
        self.insert_policy(policy, false).await
    }

    async fn approve_policy(&mut self, hash: &str, approver: &str) -> Result<(), StoreError> {
        let statement = sqlx::query("UPDATE policies SET approver = $2 WHERE hash = $1 AND approver IS NULL")
            .bind(text(hash))
            .bind(text(approver));
        StoreError::once("policies", self.run(statement).await?)
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
