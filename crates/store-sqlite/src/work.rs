//! Work items, their assessments, claims and notes.

use std::collections::HashMap;

use async_trait::async_trait;
use ppn_domain::{
    Assessment, AssessmentId, Desk, NoticeId, PolicyRef, Rank, Restriction, StateName, Timestamp, WorkItem,
    WorkItemId,
};
use ppn_store::{ClaimEnd, ListQuery, NewWorkItem, StoreError, StoredAssessment, Work, WorkNote};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, ROWS, StateColumns, engine, is_usual, json, run, select_items, work_item};

pub fn stored_assessment(row: &SqliteRow) -> Result<StoredAssessment, StoreError> {
    let c = Cells { row, table: "assessments" };
    let lowered = match c.optional_time("lowered_at")? {
        Some(at) => Some((c.get("lowered_by")?, at)),
        None => None,
    };
    Ok(StoredAssessment {
        id: AssessmentId(c.get("id")?),
        work_item_id: WorkItemId(c.get("work_item_id")?),
        revision: c.number("revision")?,
        made_at: c.time("made_at")?,
        assessment: Assessment {
            rank: Rank { band: c.band("band")?, score: c.number("score")? },
            reasons: c.json("reasons")?,
            questions: c.json("questions")?,
            suggests: c.json("suggests")?,
            grounds: c.json("grounds")?,
            policy: PolicyRef { version: c.get("policy_version")?, hash: c.get("policy_hash")? },
        },
        lowered,
    })
}

fn note(row: &SqliteRow) -> Result<WorkNote, StoreError> {
    let c = Cells { row, table: "work_notes" };
    Ok(WorkNote { at: c.time("at")?, by: c.get("by")?, act: c.code("act")?, text: c.json("text")? })
}

impl SqliteUnitOfWork {
    async fn items(&mut self, mut query: QueryBuilder<Sqlite>) -> Result<Vec<WorkItem>, StoreError> {
        let rows = query.build().fetch_all(&mut *self.tx).await.map_err(engine)?;
        rows.iter().map(work_item).collect()
    }
}

impl SqliteUnitOfWork {
    async fn write_assessments(&mut self, assessments: &[&StoredAssessment]) -> Result<(), StoreError> {
        for some in assessments.chunks(ROWS) {
            let as_json = some
                .iter()
                .map(|stored| {
                    let a = &stored.assessment;
                    Ok((json(&a.reasons)?, json(&a.questions)?, json(&a.suggests)?, json(&a.grounds)?))
                })
                .collect::<Result<Vec<_>, StoreError>>()?;
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO assessments (id, work_item_id, revision, band, score, reasons, questions, \
                 suggests, grounds, policy_version, policy_hash, made_at) ",
            );
            sql.push_values(some.iter().zip(as_json), |mut row, (stored, texts)| {
                let assessment = &stored.assessment;
                let (reasons, questions, suggests, grounds) = texts;
                row.push_bind(stored.id.0)
                    .push_bind(stored.work_item_id.0)
                    .push_bind(stored.revision)
                    .push_bind(assessment.rank.band.position())
                    .push_bind(assessment.rank.score)
                    .push_bind(reasons)
                    .push_bind(questions)
                    .push_bind(suggests)
                    .push_bind(grounds)
                    .push_bind(&assessment.policy.version)
                    .push_bind(&assessment.policy.hash)
                    .push_bind(stored.made_at.micros());
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Work for SqliteUnitOfWork {
    async fn insert_items(&mut self, items: &[NewWorkItem]) -> Result<(), StoreError> {
        for some in items.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO work_items (id, notice_id, desk, state, band, score, could_be_band, \
                 could_be_score, assessment_id, received, due, picked_up_at, decide_due, decided_at, \
                 tell_due, told_at, restricted, lot, holder, claim_id, claimed_at, lease_until, \
                 held_until, pending_by, outcome, provisional) ",
            );
            sql.push_values(some, |mut row, new| {
                let NewWorkItem { item, lot, .. } = new;
                let state = StateColumns::of(&item.state);
                row.push_bind(item.id.0)
                    .push_bind(item.notice_id.0)
                    .push_bind(item.desk.code())
                    .push_bind(item.state.name().code())
                    .push_bind(item.rank.band.position())
                    .push_bind(item.rank.score)
                    .push_bind(item.could_be.map(|r| r.band.position()))
                    .push_bind(item.could_be.map(|r| r.score))
                    .push_bind(item.assessment_id.map(|id| id.0))
                    .push_bind(item.received.micros())
                    .push_bind(item.clocks.picked_up.due.micros())
                    .push_bind(item.clocks.picked_up.met_at.map(Timestamp::micros))
                    .push_bind(item.clocks.decided.due.micros())
                    .push_bind(item.clocks.decided.met_at.map(Timestamp::micros))
                    .push_bind(item.clocks.told.due.micros())
                    .push_bind(item.clocks.told.met_at.map(Timestamp::micros))
                    .push_bind(item.restricted.bits())
                    .push_bind(lot)
                    .push_bind(state.holder)
                    .push_bind(state.claim_id)
                    .push_bind(state.claimed_at)
                    .push_bind(state.lease_until)
                    .push_bind(state.held_until)
                    .push_bind(state.pending_by)
                    .push_bind(state.outcome)
                    .push_bind(new.is_provisional());
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        let assessments: Vec<_> = items.iter().filter_map(|i| i.assessment.as_ref()).collect();
        self.write_assessments(&assessments).await?;
        for new in items.iter().filter(|new| new.shares_an_assessment()) {
            sqlx::query(
                "UPDATE work_items SET provisional = 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM assessments a \
                 WHERE a.id = work_items.assessment_id AND a.questions <> '[]')",
            )
            .bind(new.item.id.0)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        }
        Ok(())
    }

    async fn item(&mut self, id: WorkItemId) -> Result<Option<WorkItem>, StoreError> {
        let row = sqlx::query(select_items!("WHERE w.id = $1"))
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(work_item).transpose()
    }

    async fn items_of_notice(&mut self, notice_id: NoticeId) -> Result<Vec<WorkItem>, StoreError> {
        let rows = sqlx::query(select_items!("WHERE w.notice_id = $1 ORDER BY w.sequence"))
            .bind(notice_id.0)
            .fetch_all(&mut *self.tx)
            .await
            .map_err(engine)?;
        rows.iter().map(work_item).collect()
    }

    async fn lock_items(&mut self, _: &[WorkItemId]) -> Result<(), StoreError> {
        // The one writer holds every item.
        Ok(())
    }

    async fn unfinished_items_of(&mut self, notices: &[NoticeId]) -> Result<Vec<WorkItem>, StoreError> {
        let mut items = Vec::new();
        for some in notices.chunks(ROWS) {
            let mut query = QueryBuilder::new(select_items!("WHERE w.state <> 'done' AND w.notice_id IN ("));
            let mut list = query.separated(", ");
            for notice in some {
                list.push_bind(notice.0);
            }
            query.push(")");
            items.extend(self.items(query).await?);
        }
        items.sort_by_key(|item| (item.notice_id, item.sequence));
        Ok(items)
    }

    async fn unassessed_items(&mut self, limit: u32) -> Result<Vec<WorkItem>, StoreError> {
        let mut query = QueryBuilder::new(select_items!(
            "WHERE w.assessment_id IS NULL AND w.state <> 'done' \
             AND w.desk IN ('child', 'adult', 'domestic_abuse', 'share') \
             ORDER BY w.band, w.score DESC, w.sequence LIMIT "
        ));
        query.push_bind(limit);
        self.items(query).await
    }

    async fn bundle(&mut self, item: &WorkItem, by: &str, limit: u32) -> Result<Vec<WorkItemId>, StoreError> {
        if item.restricted.is_restricted() {
            return Ok(Vec::new());
        }
        // From the people of the notice to where they live now, to who lives there now, to their notices:
        // each step a probe of an index. Whoever gave another address since lives there no longer. A place
        // of more than thirty people, or one that any record says is none, is no home; a place of very many
        // is not counted out.
        let rows = sqlx::query(
            "WITH home AS MATERIALIZED ( \
               SELECT DISTINCT theirs.place FROM mentions own \
               CROSS JOIN mentions theirs ON theirs.person_id = own.person_id AND theirs.concerned = 1 \
               WHERE own.notice_id = $1 AND own.concerned = 1 AND theirs.place IS NOT NULL \
               AND theirs.received = (SELECT max(l.received) FROM mentions l \
                 WHERE l.person_id = own.person_id AND l.concerned = 1 AND l.place IS NOT NULL)), \
             valid AS MATERIALIZED (SELECT place FROM home WHERE (SELECT count(*) < 1000 \
               AND min(makes_home) = 1 AND count(DISTINCT person_id) <= 30 FROM (SELECT makes_home, \
               person_id FROM mentions m WHERE m.place = home.place LIMIT 1000))), \
             resident AS MATERIALIZED (SELECT DISTINCT m.person_id FROM valid \
               CROSS JOIN mentions m ON m.place = valid.place \
               WHERE m.concerned = 1 AND m.received = (SELECT max(l.received) FROM mentions l \
                 WHERE l.person_id = m.person_id AND l.concerned = 1 AND l.place IS NOT NULL)), \
             notice AS MATERIALIZED (SELECT DISTINCT m.notice_id FROM resident \
               CROSS JOIN mentions m ON m.person_id = resident.person_id AND m.concerned = 1) \
             SELECT w.id FROM notice CROSS JOIN work_items w ON w.notice_id = notice.notice_id \
             WHERE w.desk = $2 AND w.state = 'waiting' AND w.restricted = 0 AND w.notice_id <> $1 \
             AND w.notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = $4) \
             ORDER BY w.band, w.score DESC, w.received, w.sequence LIMIT $3",
        )
        .bind(item.notice_id.0)
        .bind(item.desk.code())
        .bind(limit)
        .bind(by)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(|row| Ok(WorkItemId(Cells { row, table: "work_items" }.get("id")?))).collect()
    }

    async fn save_item(&mut self, item: &WorkItem) -> Result<(), StoreError> {
        let state = StateColumns::of(&item.state);
        let done = sqlx::query(
            "UPDATE work_items SET state = $3, band = $4, score = $5, could_be_band = $6, \
             could_be_score = $7, assessment_id = $8, due = $9, picked_up_at = $10, decide_due = $11, \
             decided_at = $12, tell_due = $13, told_at = $14, restricted = $15, holder = $16, \
             claim_id = $17, claimed_at = $18, lease_until = $19, held_until = $20, pending_by = $21, \
             outcome = $22, version = version + 1, provisional = CASE WHEN assessment_id IS $8 THEN provisional \
             ELSE COALESCE((SELECT a.questions <> '[]' FROM assessments a WHERE a.id = $8), 0) END \
             WHERE id = $1 AND version = $2",
        )
        .bind(item.id.0)
        .bind(item.version)
        .bind(item.state.name().code())
        .bind(item.rank.band.position())
        .bind(item.rank.score)
        .bind(item.could_be.map(|r| r.band.position()))
        .bind(item.could_be.map(|r| r.score))
        .bind(item.assessment_id.map(|id| id.0))
        .bind(item.clocks.picked_up.due.micros())
        .bind(item.clocks.picked_up.met_at.map(Timestamp::micros))
        .bind(item.clocks.decided.due.micros())
        .bind(item.clocks.decided.met_at.map(Timestamp::micros))
        .bind(item.clocks.told.due.micros())
        .bind(item.clocks.told.met_at.map(Timestamp::micros))
        .bind(item.restricted.bits())
        .bind(state.holder)
        .bind(state.claim_id)
        .bind(state.claimed_at)
        .bind(state.lease_until)
        .bind(state.held_until)
        .bind(state.pending_by)
        .bind(state.outcome)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        StoreError::once("work_items", done.rows_affected())
    }

    async fn list_items(&mut self, query: &ListQuery) -> Result<Vec<WorkItem>, StoreError> {
        // The state stands in the text: the planner takes a partial index only for a literal.
        let mut sql = QueryBuilder::new(select_items!("WHERE w.state = '"));
        sql.push(query.state.code()).push("'");
        if let Some(desk) = query.desk {
            sql.push(" AND w.desk = ").push_bind(desk.code());
        } else if query.desks.len() < Desk::ALL.len() {
            // Over several waiting desks the index over all of them is in order already; the plus
            // keeps the planner from reading desk by desk and sorting.
            let plus = if query.state == StateName::Waiting { "+" } else { "" };
            sql.push(" AND ").push(plus).push("w.desk IN (");
            let mut list = sql.separated(", ");
            for desk in &query.desks {
                list.push_bind(desk.code());
            }
            sql.push(")");
        }
        if let Some(band) = query.band {
            sql.push(" AND w.band = ").push_bind(band.position());
        }
        if let Some(holder) = &query.holder {
            sql.push(" AND w.holder = ").push_bind(holder.clone());
        }
        let viewer = &query.viewer;
        sql.push(" AND ((w.restricted & ").push_bind(Restriction::ALL.beyond(viewer.opens).bits());
        sql.push(") = 0 OR w.notice_id IN (SELECT notice_id FROM opened_notices WHERE name = ");
        sql.push_bind(viewer.name.clone()).push(" AND until > ").push_bind(viewer.now.micros());
        sql.push(")) AND w.notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = ");
        sql.push_bind(viewer.name.clone()).push(")");
        if let Some(at) = query.overdue_at {
            sql.push(" AND w.due < ").push_bind(at.micros());
        }
        if let Some(after) = query.after {
            sql.push(" AND w.band >= ").push_bind(after.band);
            sql.push(" AND (w.band > ").push_bind(after.band);
            sql.push(" OR w.score < ").push_bind(after.score);
            sql.push(" OR (w.score = ").push_bind(after.score);
            sql.push(" AND (w.received, w.sequence) > (").push_bind(after.received.micros());
            sql.push(", ").push_bind(after.sequence).push(")))");
        }
        sql.push(" ORDER BY w.band, w.score DESC, w.received, w.sequence LIMIT ").push_bind(query.limit);
        self.items(sql).await
    }

    async fn items_since(
        &mut self,
        since: Timestamp,
        after: i64,
        limit: u32,
    ) -> Result<Vec<WorkItem>, StoreError> {
        let mut sql = QueryBuilder::new(select_items!("WHERE w.sequence > "));
        sql.push_bind(after).push(" AND (w.state <> 'done' OR w.received >= ").push_bind(since.micros());
        sql.push(" OR w.picked_up_at >= ").push_bind(since.micros());
        sql.push(") ORDER BY w.sequence LIMIT ").push_bind(limit);
        self.items(sql).await
    }

    async fn expired_claims(
        &mut self,
        desk: Option<Desk>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WorkItem>, StoreError> {
        let mut sql = QueryBuilder::new(select_items!("WHERE w.state = 'claimed' AND w.desk IN ("));
        let mut list = sql.separated(", ");
        for desk in Desk::ALL.iter().filter(|d| desk.is_none_or(|one| one == **d)) {
            list.push_bind(desk.code());
        }
        sql.push(") AND w.lease_until <= ").push_bind(now.micros());
        sql.push(" ORDER BY w.lease_until LIMIT ").push_bind(limit);
        self.items(sql).await
    }

    async fn ended_holds(&mut self, now: Timestamp, limit: u32) -> Result<Vec<WorkItem>, StoreError> {
        let mut sql = QueryBuilder::new(select_items!("WHERE w.state = 'held' AND w.held_until <= "));
        sql.push_bind(now.micros()).push(" ORDER BY w.held_until LIMIT ").push_bind(limit);
        self.items(sql).await
    }

    async fn begin_claim(&mut self, item: &WorkItem) -> Result<(), StoreError> {
        let claim =
            item.state.claim().ok_or_else(|| StoreError::inconsistent("work_items", "claim_id", item.id))?;
        sqlx::query("INSERT INTO claims (id, work_item_id, holder, taken_at) VALUES ($1, $2, $3, $4)")
            .bind(claim.id.0)
            .bind(item.id.0)
            .bind(&claim.holder)
            .bind(claim.since.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }

    async fn end_claim(&mut self, end: &ClaimEnd) -> Result<(), StoreError> {
        let done =
            sqlx::query("UPDATE claims SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL")
                .bind(end.id.0)
                .bind(end.at.micros())
                .bind(end.act.code())
                .execute(&mut *self.tx)
                .await
                .map_err(engine)?;
        StoreError::once("claims", done.rows_affected())
    }

    async fn insert_assessment(&mut self, stored: &StoredAssessment) -> Result<(), StoreError> {
        self.write_assessments(&[stored]).await
    }

    async fn assessments(&mut self, id: WorkItemId) -> Result<Vec<StoredAssessment>, StoreError> {
        let rows = sqlx::query("SELECT * FROM assessments WHERE work_item_id = $1 ORDER BY made_at, rowid")
            .bind(id.0)
            .fetch_all(&mut *self.tx)
            .await
            .map_err(engine)?;
        rows.iter().map(stored_assessment).collect()
    }

    async fn latest_assessments(
        &mut self,
        items: &[WorkItem],
    ) -> Result<Vec<Option<StoredAssessment>>, StoreError> {
        let mut found = HashMap::with_capacity(items.len());
        for some in items.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM assessments WHERE id IN (");
            let mut list = sql.separated(", ");
            for item in some {
                list.push_bind(item.assessment_id.map(|id| id.0));
            }
            sql.push(")");
            let rows = sql
                .build()
                .persistent(is_usual(some.len()))
                .fetch_all(&mut *self.tx)
                .await
                .map_err(engine)?;
            for row in &rows {
                let stored = stored_assessment(row)?;
                found.insert(stored.id, stored);
            }
        }
        Ok(items.iter().map(|item| item.assessment_id.and_then(|id| found.get(&id).cloned())).collect())
    }

    async fn lower_assessments(
        &mut self,
        id: WorkItemId,
        above: Rank,
        by: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE assessments SET lowered_at = $4, lowered_by = $5 WHERE work_item_id = $1 \
             AND lowered_at IS NULL AND (band < $2 OR (band = $2 AND score > $3))",
        )
        .bind(id.0)
        .bind(above.band.position())
        .bind(above.score)
        .bind(at.micros())
        .bind(by)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn insert_note(&mut self, id: WorkItemId, note: &WorkNote) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO work_notes (work_item_id, at, by, act, text) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.0)
            .bind(note.at.micros())
            .bind(&note.by)
            .bind(note.act.code())
            .bind(json(&note.text)?)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }

    async fn notes(&mut self, id: WorkItemId) -> Result<Vec<WorkNote>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM work_notes WHERE work_item_id = $1 ORDER BY at DESC, rowid DESC")
                .bind(id.0)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(engine)?;
        rows.iter().map(note).collect()
    }

    async fn endorses(&mut self, endorsement: WorkItemId) -> Result<Option<WorkItemId>, StoreError> {
        let id: Option<Uuid> =
            sqlx::query_scalar("SELECT of_work_item_id FROM endorsements WHERE work_item_id = $1")
                .bind(endorsement.0)
                .fetch_optional(&mut *self.tx)
                .await
                .map_err(engine)?;
        Ok(id.map(WorkItemId))
    }

    async fn insert_endorsement(
        &mut self,
        endorsement: WorkItemId,
        of: WorkItemId,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO endorsements (work_item_id, of_work_item_id) VALUES ($1, $2)")
            .bind(endorsement.0)
            .bind(of.0)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }
}

const _: () = assert!(StateName::ALL.len() == 5, "the statements above name every state");
