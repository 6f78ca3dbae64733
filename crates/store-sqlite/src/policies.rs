//! The policy and its history.

use async_trait::async_trait;
use ppn_domain::PolicyRef;
use ppn_store::{Policies, PolicyText, StoreError};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

#[async_trait]
impl Policies for SqliteUnitOfWork {
    async fn active_policy(&mut self) -> Result<Option<PolicyText>, StoreError> {
        let row = sqlx::query("SELECT * FROM policies WHERE active = 1")
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.map(|row| {
            let c = Cells { row: &row, table: "policies" };
            Ok(PolicyText {
                reference: PolicyRef { version: c.get("version")?, hash: c.get("hash")? },
                text: c.get("text")?,
                proposer: c.get("proposer")?,
                approver: c.get("approver")?,
                installed_at: c.time("installed_at")?,
            })
        })
        .transpose()
    }

    async fn install_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError> {
        sqlx::query("UPDATE policies SET active = 0 WHERE active = 1")
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        sqlx::query(
            "INSERT INTO policies (hash, version, text, proposer, approver, installed_at, active) \
             VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (hash) DO UPDATE SET active = 1",
        )
        .bind(&policy.reference.hash)
        .bind(&policy.reference.version)
        .bind(&policy.text)
        .bind(&policy.proposer)
        .bind(&policy.approver)
        .bind(policy.installed_at.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }
}
