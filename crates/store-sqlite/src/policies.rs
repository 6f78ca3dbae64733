//! The policy and its history.

use async_trait::async_trait;
use ppn_domain::{PolicyRef, Rank, Timestamp, WorkItemId};
use ppn_store::{AcceptedLowering, Policies, PolicyText, StoreError};
use sqlx::{QueryBuilder, Sqlite};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, ROWS, engine, run};

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

    async fn active_policy_ref(&mut self) -> Result<Option<PolicyRef>, StoreError> {
        let row = sqlx::query("SELECT version, hash FROM policies WHERE active = 1")
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let c = Cells { row, table: "policies" };
            Ok(PolicyRef { version: c.get("version")?, hash: c.get("hash")? })
        };
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

    async fn approve_policy(
        &mut self,
        hash: &str,
        approver: &str,
        accepted: &[AcceptedLowering],
    ) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE policies SET approver = $2 WHERE hash = $1 AND approver IS NULL")
            .bind(hash)
            .bind(approver)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("policies", done.rows_affected())?;
        for some in accepted.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO accepted_lowerings \
                 (policy_hash, work_item_id, from_band, from_score, to_band, to_score) ",
            );
            sql.push_values(some, |mut row, of| {
                row.push_bind(hash.to_owned())
                    .push_bind(of.item.0)
                    .push_bind(of.from.band.position())
                    .push_bind(of.from.score)
                    .push_bind(of.to.band.position())
                    .push_bind(of.to.score);
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        Ok(())
    }

    async fn accepted_lowerings(
        &mut self,
        hash: &str,
        items: &[WorkItemId],
    ) -> Result<Vec<AcceptedLowering>, StoreError> {
        let mut accepted = Vec::new();
        for some in items.chunks(ROWS) {
            let mut sql =
                QueryBuilder::<Sqlite>::new("SELECT * FROM accepted_lowerings WHERE policy_hash = ");
            sql.push_bind(hash.to_owned()).push(" AND work_item_id IN (");
            let mut list = sql.separated(", ");
            for item in some {
                list.push_bind(item.0);
            }
            sql.push(")");
            for row in &sql.build().fetch_all(&mut *self.tx).await.map_err(engine)? {
                let c = Cells { row, table: "accepted_lowerings" };
                accepted.push(AcceptedLowering {
                    item: WorkItemId(c.get("work_item_id")?),
                    from: Rank { band: c.band("from_band")?, score: c.number("from_score")? },
                    to: Rank { band: c.band("to_band")?, score: c.number("to_score")? },
                });
            }
        }
        Ok(accepted)
    }

    async fn items_under_another(&mut self, hash: &str) -> Result<u64, StoreError> {
        // Read while a policy is being applied and after a start, never in the steady state.
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM work_items w LEFT JOIN assessments a ON a.id = w.assessment_id \
             WHERE w.state IN ('waiting', 'claimed', 'held', 'pending') \
             AND w.desk IN ('child', 'adult', 'domestic_abuse', 'share') \
             AND (a.policy_hash IS NULL OR a.policy_hash <> $1)",
        )
        .bind(hash)
        .fetch_one(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(count.unsigned_abs())
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
