//! The policy and its history.

use async_trait::async_trait;
use ppn_domain::{PolicyRef, Timestamp};
use ppn_store::{Policies, PolicyText, StoreError};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<PolicyText, StoreError> {
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
impl Policies for SqliteUnitOfWork {
    async fn active_policy(&mut self) -> Result<Option<PolicyText>, StoreError> {
        let row = sqlx::query("SELECT * FROM policies WHERE active = 1")
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(read).transpose()
    }

    async fn policies(&mut self) -> Result<Vec<(PolicyText, bool)>, StoreError> {
        let rows = sqlx::query("SELECT * FROM policies ORDER BY installed_at DESC, hash")
            .fetch_all(&mut *self.tx)
            .await
            .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let active: i64 = Cells { row, table: "policies" }.get("active")?;
                Ok((read(row)?, active == 1))
            })
            .collect()
    }

    async fn keep_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError> {
        self.insert_policy(policy, 0).await
    }

    async fn approve_policy(&mut self, hash: &str, approver: &str) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE policies SET approver = $2 WHERE hash = $1 AND approver IS NULL")
            .bind(hash)
            .bind(approver)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("policies", done.rows_affected())
    }

    async fn activate_policy(&mut self, hash: &str, at: Timestamp) -> Result<(), StoreError> {
        self.retire_policy().await?;
        let done = sqlx::query("UPDATE policies SET active = 1, installed_at = $2 WHERE hash = $1")
            .bind(hash)
            .bind(at.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("policies", done.rows_affected())
    }

    async fn install_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError> {
        self.retire_policy().await?;
        self.insert_policy(policy, 1).await
    }
}

impl SqliteUnitOfWork {
    async fn retire_policy(&mut self) -> Result<(), StoreError> {
        sqlx::query("UPDATE policies SET active = 0 WHERE active = 1")
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }

    async fn insert_policy(&mut self, policy: &PolicyText, active: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO policies (hash, version, text, proposer, approver, installed_at, active) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO UPDATE SET active = excluded.active",
        )
        .bind(&policy.reference.hash)
        .bind(&policy.reference.version)
        .bind(&policy.text)
        .bind(&policy.proposer)
        .bind(&policy.approver)
        .bind(policy.installed_at.micros())
        .bind(active)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }
}
