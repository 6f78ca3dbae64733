//! Work items, their assessments, claims and notes.

use std::collections::HashMap;

use async_trait::async_trait;
use ppn_domain::{
    Assessment, AssessmentId, Claim, Desk, NoticeId, PolicyRef, Rank, Restriction, StateName, Timestamp,
    WorkItem, WorkItemId,
};
use ppn_store::{ClaimEnd, ListQuery, NewWorkItem, StoreError, StoredAssessment, Work, WorkNote};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, StateColumns, at, int, json, position, select_items, text, work_item};

pub fn stored_assessment(row: &PgRow) -> Result<StoredAssessment, StoreError> {
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
            rank: Rank { band: c.band("band")?, score: c.get("score")? },
            reasons: c.json("reasons")?,
            questions: c.json("questions")?,
            suggests: c.json("suggests")?,
            grounds: c.json("grounds")?,
            policy: PolicyRef { version: c.get("policy_version")?, hash: c.get("policy_hash")? },
        },
        lowered,
    })
}

fn note(row: &PgRow) -> Result<WorkNote, StoreError> {
    let c = Cells { row, table: "work_notes" };
    Ok(WorkNote { at: c.time("at")?, by: c.get("by")?, act: c.code("act")?, text: c.json("text")? })
}

impl PostgresUnitOfWork {
    async fn items(&mut self, statement: crate::Statement<'_>) -> Result<Vec<WorkItem>, StoreError> {
        self.rows(statement).await?.iter().map(work_item).collect()
    }

    async fn write_assessments(&mut self, assessments: &[&StoredAssessment]) -> Result<(), StoreError> {
        if assessments.is_empty() {
            return Ok(());
        }
        let (mut reasons, mut questions) = (Vec::new(), Vec::new());
        let (mut suggests, mut grounds) = (Vec::new(), Vec::new());
        for stored in assessments {
            reasons.push(json(&stored.assessment.reasons)?);
            questions.push(json(&stored.assessment.questions)?);
            suggests.push(json(&stored.assessment.suggests)?);
            grounds.push(json(&stored.assessment.grounds)?);
        }
        let ranks = || assessments.iter().map(|stored| stored.assessment.rank);
        let policies = || assessments.iter().map(|stored| &stored.assessment.policy);
        let statement = sqlx::query(
            "INSERT INTO assessments (id, work_item_id, revision, band, score, reasons, questions, \
             suggests, grounds, policy_version, policy_hash, made_at) \
             SELECT id, work_item_id, revision, band, score, reasons::jsonb, questions::jsonb, \
             suggests::jsonb, grounds::jsonb, policy_version, policy_hash, made_at \
             FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::smallint[], $5::integer[], $6::text[], \
             $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[]) \
             AS rows (id, work_item_id, revision, band, score, reasons, questions, suggests, grounds, \
             policy_version, policy_hash, made_at)",
        )
        .bind(assessments.iter().map(|stored| stored.id.0).collect::<Vec<_>>())
        .bind(assessments.iter().map(|stored| stored.work_item_id.0).collect::<Vec<_>>())
        .bind(assessments.iter().map(|stored| int(stored.revision)).collect::<Vec<_>>())
        .bind(ranks().map(|rank| position(rank.band)).collect::<Vec<_>>())
        .bind(ranks().map(|rank| rank.score).collect::<Vec<_>>())
        .bind(reasons)
        .bind(questions)
        .bind(suggests)
        .bind(grounds)
        .bind(policies().map(|policy| text(&policy.version)).collect::<Vec<_>>())
        .bind(policies().map(|policy| text(&policy.hash)).collect::<Vec<_>>())
        .bind(assessments.iter().map(|stored| at(stored.made_at)).collect::<Vec<_>>());
        self.run(statement).await?;
        Ok(())
    }

    pub(crate) async fn keep_claim(&mut self, claim: &Claim, of: WorkItemId) -> Result<(), StoreError> {
        let statement =
            sqlx::query("INSERT INTO claims (id, work_item_id, holder, taken_at) VALUES ($1, $2, $3, $4)")
                .bind(claim.id.0)
                .bind(of.0)
                .bind(text(&claim.holder))
                .bind(at(claim.since));
        self.run(statement).await?;
        Ok(())
    }
}

#[async_trait]
impl Work for PostgresUnitOfWork {
    async fn insert_items(&mut self, items: &[NewWorkItem]) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        let all = || items.iter().map(|new| &new.item);
        let states: Vec<StateColumns<'_>> = all().map(|item| StateColumns::of(&item.state)).collect();
        // The rows of a function in FROM come in the order of the lists, and the sequence with them.
        let statement = sqlx::query(
            "INSERT INTO work_items (id, notice_id, desk, state, band, score, could_be_band, \
             could_be_score, assessment_id, received, due, picked_up_at, decide_due, decided_at, \
             tell_due, told_at, restricted, lot, holder, claim_id, claimed_at, lease_until, \
             held_until, pending_by, outcome, provisional) \
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], \
             $6::integer[], $7::smallint[], $8::integer[], $9::uuid[], $10::timestamptz[], \
             $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], \
             $15::timestamptz[], $16::timestamptz[], $17::smallint[], $18::bigint[], $19::text[], \
             $20::uuid[], $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::text[], \
             $25::text[], $26::boolean[])",
        )
        .bind(all().map(|item| item.id.0).collect::<Vec<_>>())
        .bind(all().map(|item| item.notice_id.0).collect::<Vec<_>>())
        .bind(all().map(|item| item.desk.code()).collect::<Vec<_>>())
        .bind(all().map(|item| item.state.name().code()).collect::<Vec<_>>())
        .bind(all().map(|item| position(item.rank.band)).collect::<Vec<_>>())
        .bind(all().map(|item| item.rank.score).collect::<Vec<_>>())
        .bind(all().map(|item| item.could_be.map(|r| position(r.band))).collect::<Vec<_>>())
        .bind(all().map(|item| item.could_be.map(|r| r.score)).collect::<Vec<_>>())
        .bind(all().map(|item| item.assessment_id.map(|id| id.0)).collect::<Vec<_>>())
        .bind(all().map(|item| at(item.received)).collect::<Vec<_>>())
        .bind(all().map(|item| at(item.clocks.picked_up.due)).collect::<Vec<_>>())
        .bind(all().map(|item| item.clocks.picked_up.met_at.map(at)).collect::<Vec<_>>())
        .bind(all().map(|item| at(item.clocks.decided.due)).collect::<Vec<_>>())
        .bind(all().map(|item| item.clocks.decided.met_at.map(at)).collect::<Vec<_>>())
        .bind(all().map(|item| at(item.clocks.told.due)).collect::<Vec<_>>())
        .bind(all().map(|item| item.clocks.told.met_at.map(at)).collect::<Vec<_>>())
        .bind(all().map(|item| item.restricted.bits()).collect::<Vec<_>>())
        .bind(items.iter().map(|new| new.lot).collect::<Vec<_>>())
        .bind(states.iter().map(|state| state.holder.map(text)).collect::<Vec<_>>())
        .bind(states.iter().map(|state| state.claim_id).collect::<Vec<_>>())
        .bind(states.iter().map(|state| state.claimed_at).collect::<Vec<_>>())
        .bind(states.iter().map(|state| state.lease_until).collect::<Vec<_>>())
        .bind(states.iter().map(|state| state.held_until).collect::<Vec<_>>())
        .bind(states.iter().map(|state| state.pending_by.map(text)).collect::<Vec<_>>())
        .bind(states.iter().map(|state| state.outcome).collect::<Vec<_>>())
        .bind(items.iter().map(NewWorkItem::is_provisional).collect::<Vec<_>>());
        self.tells = true;
        self.run(statement).await?;
        let assessments: Vec<_> = items.iter().filter_map(|i| i.assessment.as_ref()).collect();
        self.write_assessments(&assessments).await?;
        let sharing: Vec<_> = items.iter().filter(|new| new.shares_an_assessment()).collect();
        if !sharing.is_empty() {
            let statement = sqlx::query(
                "UPDATE work_items w SET provisional = true FROM assessments a \
                 WHERE w.id = ANY($1) AND a.id = w.assessment_id AND a.questions <> '[]'",
            );
            self.run(statement.bind(sharing.iter().map(|new| new.item.id.0).collect::<Vec<_>>())).await?;
        }
        Ok(())
    }

    async fn item(&mut self, id: WorkItemId) -> Result<Option<WorkItem>, StoreError> {
        let row = self.row(sqlx::query(select_items!("WHERE w.id = $1")).bind(id.0)).await?;
        row.as_ref().map(work_item).transpose()
    }

    async fn items_of_notice(&mut self, notice_id: NoticeId) -> Result<Vec<WorkItem>, StoreError> {
        let statement = sqlx::query(select_items!("WHERE w.notice_id = $1 ORDER BY w.sequence"));
        self.items(statement.bind(notice_id.0)).await
    }

    async fn lock_items(&mut self, ids: &[WorkItemId]) -> Result<(), StoreError> {
        if !self.writes || ids.is_empty() {
            return Ok(());
        }
        let statement =
            sqlx::query("SELECT FROM work_items WHERE id = ANY($1) ORDER BY sequence FOR NO KEY UPDATE");
        self.run(statement.bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())).await?;
        Ok(())
    }

    async fn unfinished_items_of(&mut self, notices: &[NoticeId]) -> Result<Vec<WorkItem>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        if self.writes {
            // A statement of its own: the next one sees what was saved until the locks were had, the
            // notices beside the items too.
            let lock = sqlx::query(
                "SELECT FROM work_items WHERE state <> 'done' AND notice_id = ANY($1) \
                 ORDER BY sequence FOR NO KEY UPDATE",
            );
            if self.run(lock.bind(notices.iter().map(|id| id.0).collect::<Vec<_>>())).await? == 0 {
                return Ok(Vec::new());
            }
        }
        let statement = sqlx::query(select_items!(
            "WHERE w.state <> 'done' AND w.notice_id = ANY($1) ORDER BY w.notice_id, w.sequence"
        ));
        self.items(statement.bind(notices.iter().map(|id| id.0).collect::<Vec<_>>())).await
    }

    async fn unassessed_items(&mut self, limit: u32) -> Result<Vec<WorkItem>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new(select_items!(
            "WHERE w.assessment_id IS NULL AND w.state <> 'done' \
             AND w.desk IN ('child', 'adult', 'domestic_abuse', 'share') \
             ORDER BY w.band, w.score DESC, w.sequence LIMIT "
        ));
        sql.push(limit);
        self.items(sql.build()).await
    }

    async fn bundle(&mut self, item: &WorkItem, by: &str, limit: u32) -> Result<Vec<WorkItemId>, StoreError> {
        if item.restricted.is_restricted() {
            return Ok(Vec::new());
        }
        // From the people of the notice to where they live now, to who lives there now, to their notices:
        // each step a probe of an index. Whoever gave another address since lives there no longer. A place
        // of more than thirty people, or one that any record says is none, is no home; a place of very many
        // is not counted out.
        let statement = sqlx::query(
            "WITH home AS MATERIALIZED ( \
               SELECT DISTINCT theirs.place FROM mentions own \
               JOIN mentions theirs ON theirs.person_id = own.person_id AND theirs.concerned \
               WHERE own.notice_id = $1 AND own.concerned AND theirs.place IS NOT NULL \
               AND theirs.received = (SELECT max(l.received) FROM mentions l \
                 WHERE l.person_id = own.person_id AND l.concerned AND l.place IS NOT NULL)), \
             valid AS MATERIALIZED (SELECT place FROM home WHERE (SELECT count(*) < 1000 \
               AND bool_and(makes_home) AND count(DISTINCT person_id) <= 30 FROM (SELECT makes_home, \
               person_id FROM mentions m WHERE m.place = home.place LIMIT 1000) there)), \
             resident AS MATERIALIZED (SELECT DISTINCT m.person_id FROM valid \
               JOIN mentions m ON m.place = valid.place \
               WHERE m.concerned AND m.received = (SELECT max(l.received) FROM mentions l \
                 WHERE l.person_id = m.person_id AND l.concerned AND l.place IS NOT NULL)), \
             notice AS MATERIALIZED (SELECT DISTINCT m.notice_id FROM resident \
               JOIN mentions m ON m.person_id = resident.person_id AND m.concerned) \
             SELECT w.id FROM notice JOIN work_items w ON w.notice_id = notice.notice_id \
             WHERE w.desk = $2 AND w.state = 'waiting' AND w.restricted = 0 AND w.notice_id <> $1 \
             AND w.notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $4)) \
             ORDER BY w.band, w.score DESC, w.received, w.sequence LIMIT $3",
        )
        .bind(item.notice_id.0)
        .bind(item.desk.code())
        .bind(i64::from(limit))
        .bind(text(by));
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| Ok(WorkItemId(Cells { row, table: "work_items" }.get("id")?))).collect()
    }

    async fn save_item(&mut self, item: &WorkItem) -> Result<(), StoreError> {
        let state = StateColumns::of(&item.state);
        let statement = sqlx::query(
            "UPDATE work_items SET state = $3, band = $4, score = $5, could_be_band = $6, \
             could_be_score = $7, assessment_id = $8, due = $9, picked_up_at = $10, decide_due = $11, \
             decided_at = $12, tell_due = $13, told_at = $14, restricted = $15, holder = $16, \
             claim_id = $17, claimed_at = $18, lease_until = $19, held_until = $20, pending_by = $21, \
             outcome = $22, version = version + 1, provisional = CASE \
             WHEN assessment_id IS NOT DISTINCT FROM $8 THEN provisional \
             ELSE COALESCE((SELECT a.questions <> '[]' FROM assessments a WHERE a.id = $8), false) END \
             WHERE id = $1 AND version = $2",
        )
        .bind(item.id.0)
        .bind(item.version)
        .bind(item.state.name().code())
        .bind(position(item.rank.band))
        .bind(item.rank.score)
        .bind(item.could_be.map(|r| position(r.band)))
        .bind(item.could_be.map(|r| r.score))
        .bind(item.assessment_id.map(|id| id.0))
        .bind(at(item.clocks.picked_up.due))
        .bind(item.clocks.picked_up.met_at.map(at))
        .bind(at(item.clocks.decided.due))
        .bind(item.clocks.decided.met_at.map(at))
        .bind(at(item.clocks.told.due))
        .bind(item.clocks.told.met_at.map(at))
        .bind(item.restricted.bits())
        .bind(state.holder.map(text))
        .bind(state.claim_id)
        .bind(state.claimed_at)
        .bind(state.lease_until)
        .bind(state.held_until)
        .bind(state.pending_by.map(text))
        .bind(state.outcome);
        self.tells = true;
        StoreError::once("work_items", self.run(statement).await?)
    }

    async fn list_items(&mut self, query: &ListQuery) -> Result<Vec<WorkItem>, StoreError> {
        // The state and the limit stand in the text: the planner takes a partial index only for a
        // literal, and behind a parameter it expects a tenth of all rows to be wanted.
        let mut sql = QueryBuilder::<Postgres>::new(select_items!("WHERE w.state = '"));
        sql.push(query.state.code()).push("'");
        if let Some(desk) = query.desk {
            sql.push(" AND w.desk = ").push_bind(desk.code());
        } else if query.desks.len() < Desk::ALL.len() {
            // Over several waiting desks the index over all of them is in order already; the empty text
            // keeps the planner from reading desk by desk and sorting.
            let plain = if query.state == StateName::Waiting { " || ''" } else { "" };
            let desks: Vec<&str> = query.desks.iter().map(|desk| desk.code()).collect();
            sql.push(" AND w.desk").push(plain).push(" = ANY(").push_bind(desks).push(")");
        }
        if let Some(band) = query.band {
            sql.push(" AND w.band = ").push_bind(position(band));
        }
        if let Some(holder) = &query.holder {
            sql.push(" AND w.holder = ").push_bind(text(holder));
        }
        // Each inner statement is run once, before the rows are looked at.
        let viewer = &query.viewer;
        sql.push(" AND ((w.restricted & ").push_bind(Restriction::ALL.beyond(viewer.opens).bits());
        sql.push(") = 0 OR w.notice_id = ANY(ARRAY(SELECT notice_id FROM opened_notices WHERE name = ");
        sql.push_bind(text(&viewer.name)).push(" AND until > ").push_bind(at(viewer.now));
        sql.push("))) AND w.notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = ");
        sql.push_bind(text(&viewer.name)).push("))");
        if let Some(moment) = query.overdue_at {
            sql.push(" AND w.due < ").push_bind(at(moment));
        }
        if let Some(after) = query.after {
            let band = i16::from(after.band);
            sql.push(" AND w.band >= ").push_bind(band);
            sql.push(" AND (w.band > ").push_bind(band);
            sql.push(" OR w.score < ").push_bind(after.score);
            sql.push(" OR (w.score = ").push_bind(after.score);
            sql.push(" AND (w.received, w.sequence) > (").push_bind(at(after.received));
            sql.push(", ").push_bind(after.sequence).push(")))");
        }
        sql.push(" ORDER BY w.band, w.score DESC, w.received, w.sequence LIMIT ").push(query.limit);
        self.items(sql.build()).await
    }

    async fn items_since(
        &mut self,
        since: Timestamp,
        after: i64,
        limit: u32,
    ) -> Result<Vec<WorkItem>, StoreError> {
        let statement = sqlx::query(select_items!(
            "WHERE w.sequence > $1 AND (w.state <> 'done' OR w.received >= $2 OR w.picked_up_at >= $2) \
             ORDER BY w.sequence LIMIT $3"
        ))
        .bind(after)
        .bind(at(since))
        .bind(i64::from(limit));
        self.items(statement).await
    }

    async fn expired_claims(
        &mut self,
        desk: Option<Desk>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WorkItem>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new(select_items!("WHERE w.state = 'claimed'"));
        if let Some(desk) = desk {
            sql.push(" AND w.desk = ").push_bind(desk.code());
        }
        sql.push(" AND w.lease_until <= ").push_bind(at(now));
        sql.push(" ORDER BY w.lease_until LIMIT ").push(limit);
        self.items(sql.build()).await
    }

    async fn ended_holds(&mut self, now: Timestamp, limit: u32) -> Result<Vec<WorkItem>, StoreError> {
        let mut sql =
            QueryBuilder::<Postgres>::new(select_items!("WHERE w.state = 'held' AND w.held_until <= "));
        sql.push_bind(at(now)).push(" ORDER BY w.held_until LIMIT ").push(limit);
        self.items(sql.build()).await
    }

    async fn begin_claim(&mut self, item: &WorkItem) -> Result<(), StoreError> {
        let claim =
            item.state.claim().ok_or_else(|| StoreError::inconsistent("work_items", "claim_id", item.id))?;
        self.keep_claim(claim, item.id).await
    }

    async fn end_claim(&mut self, end: &ClaimEnd) -> Result<(), StoreError> {
        let statement =
            sqlx::query("UPDATE claims SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL")
                .bind(end.id.0)
                .bind(at(end.at))
                .bind(end.act.code());
        StoreError::once("claims", self.run(statement).await?)
    }

    async fn insert_assessment(&mut self, stored: &StoredAssessment) -> Result<(), StoreError> {
        self.write_assessments(&[stored]).await
    }

    async fn assessments(&mut self, id: WorkItemId) -> Result<Vec<StoredAssessment>, StoreError> {
        let statement =
            sqlx::query("SELECT * FROM assessments WHERE work_item_id = $1 ORDER BY made_at, place")
                .bind(id.0);
        self.rows(statement).await?.iter().map(stored_assessment).collect()
    }

    async fn latest_assessments(
        &mut self,
        items: &[WorkItem],
    ) -> Result<Vec<Option<StoredAssessment>>, StoreError> {
        let ids: Vec<_> = items.iter().filter_map(|item| item.assessment_id).map(|id| id.0).collect();
        let mut found = HashMap::with_capacity(ids.len());
        if !ids.is_empty() {
            let statement = sqlx::query("SELECT * FROM assessments WHERE id = ANY($1)").bind(ids);
            for row in &self.rows(statement).await? {
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
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE assessments SET lowered_at = $4, lowered_by = $5 WHERE work_item_id = $1 \
             AND lowered_at IS NULL AND (band < $2 OR (band = $2 AND score > $3))",
        )
        .bind(id.0)
        .bind(position(above.band))
        .bind(above.score)
        .bind(at(now))
        .bind(text(by));
        self.run(statement).await?;
        Ok(())
    }

    async fn insert_note(&mut self, id: WorkItemId, note: &WorkNote) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO work_notes (work_item_id, at, by, act, text) VALUES ($1, $2, $3, $4, $5::jsonb)",
        )
        .bind(id.0)
        .bind(at(note.at))
        .bind(text(&note.by))
        .bind(note.act.code())
        .bind(json(&note.text)?);
        self.run(statement).await?;
        Ok(())
    }

    async fn notes(&mut self, id: WorkItemId) -> Result<Vec<WorkNote>, StoreError> {
        let statement =
            sqlx::query("SELECT * FROM work_notes WHERE work_item_id = $1 ORDER BY at DESC, place DESC")
                .bind(id.0);
        self.rows(statement).await?.iter().map(note).collect()
    }

    async fn endorses(&mut self, endorsement: WorkItemId) -> Result<Option<WorkItemId>, StoreError> {
        let statement = sqlx::query("SELECT of_work_item_id FROM endorsements WHERE work_item_id = $1")
            .bind(endorsement.0);
        let row = self.row(statement).await?;
        row.map(|row| Ok(WorkItemId(Cells { row: &row, table: "endorsements" }.get("of_work_item_id")?)))
            .transpose()
    }

    async fn insert_endorsement(
        &mut self,
        endorsement: WorkItemId,
        of: WorkItemId,
    ) -> Result<(), StoreError> {
        let statement =
            sqlx::query("INSERT INTO endorsements (work_item_id, of_work_item_id) VALUES ($1, $2)")
                .bind(endorsement.0)
                .bind(of.0);
        self.run(statement).await?;
        Ok(())
    }
}

const _: () = assert!(StateName::ALL.len() == 5, "the statements above name every state");
