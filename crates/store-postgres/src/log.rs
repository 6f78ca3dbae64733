//! The log, append only by trigger.

use async_trait::async_trait;
use ppn_domain::{AuditId, AuditRow, NoticeId, Timestamp, TypedText, TypedTextId, WorkItemId};
use ppn_store::{Log, LogQuery, StoreError};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, json, text};

fn log_row(row: &PgRow) -> Result<(i64, AuditRow), StoreError> {
    let c = Cells { row, table: "log" };
    let why = match (c.get::<Option<Uuid>>("why_id")?, c.get::<Option<String>>("text")?) {
        (Some(id), Some(text)) => {
            Some(TypedText { id: TypedTextId(id), hash: c.hash("why_hash")?, salt: c.hash("salt")?, text })
        }
        _ => None,
    };
    Ok((
        c.get("place")?,
        AuditRow {
            id: AuditId(c.get("id")?),
            at: c.time("at")?,
            who: c.get("who")?,
            act: c.code("act")?,
            notice_id: c.get::<Option<Uuid>>("notice_id")?.map(NoticeId),
            work_item_id: c.get::<Option<Uuid>>("work_item_id")?.map(WorkItemId),
            person_id: c.get("person_id")?,
            origin: c.get("origin")?,
            why,
            recipient: c.get("recipient")?,
            detail: c.json("detail")?,
        },
    ))
}

#[async_trait]
impl Log for PostgresUnitOfWork {
    async fn append_log(&mut self, rows: &[AuditRow]) -> Result<(), StoreError> {
        let typed: Vec<&TypedText> = rows.iter().filter_map(|row| row.why.as_ref()).collect();
        if !typed.is_empty() {
            let statement = sqlx::query(
                "INSERT INTO typed_texts (id, salt, text) \
                 SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[])",
            )
            .bind(typed.iter().map(|why| why.id.0).collect::<Vec<_>>())
            .bind(typed.iter().map(|why| &why.salt[..]).collect::<Vec<_>>())
            .bind(typed.iter().map(|why| text(&why.text)).collect::<Vec<_>>());
            self.run(statement).await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
        let details = rows.iter().map(|row| json(&row.detail)).collect::<Result<Vec<_>, _>>()?;
        let statement = sqlx::query(
            "INSERT INTO log (id, at, who, act, notice_id, work_item_id, person_id, origin, why_id, \
             why_hash, recipient, detail) \
             SELECT id, at, who, act, notice_id, work_item_id, person_id, origin, why_id, why_hash, \
             recipient, detail::jsonb \
             FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], \
             $7::uuid[], $8::text[], $9::uuid[], $10::bytea[], $11::text[], $12::text[]) \
             AS rows (id, at, who, act, notice_id, work_item_id, person_id, origin, why_id, why_hash, \
             recipient, detail)",
        )
        .bind(rows.iter().map(|row| row.id.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| at(row.at)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| text(&row.who)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.act.code()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.notice_id.map(|id| id.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.work_item_id.map(|id| id.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.person_id).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| text(&row.origin)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.why.as_ref().map(|why| why.id.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.why.as_ref().map(|why| &why.hash[..])).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.recipient.as_deref().map(text)).collect::<Vec<_>>())
        .bind(details);
        let written = self.run(statement).await?;
        debug_assert_eq!(written, rows.len() as u64);
        Ok(())
    }

    async fn read_log(&mut self, query: &LogQuery) -> Result<Vec<(i64, AuditRow)>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new(
            "SELECT l.*, t.salt, t.text FROM log l LEFT JOIN typed_texts t ON t.id = l.why_id WHERE true",
        );
        if let Some(about) = &query.about {
            // Two probes of two indexes: the planner would read the whole log for an OR.
            sql.push(" AND l.place IN (SELECT place FROM log WHERE notice_id = ANY(")
                .push_bind(about.notices.iter().map(|id| id.0).collect::<Vec<_>>())
                .push(") UNION SELECT place FROM log WHERE person_id = ANY(")
                .push_bind(about.people.iter().map(|id| id.0).collect::<Vec<_>>())
                .push("))");
        }
        if let Some(id) = query.work_item_id {
            sql.push(" AND l.work_item_id = ").push_bind(id.0);
        }
        if let Some(who) = &query.who {
            sql.push(" AND l.who = ").push_bind(text(who));
        }
        if let Some(act) = query.act {
            sql.push(" AND l.act = ").push_bind(act.code());
        }
        if query.from.is_some() || query.until.is_some() {
            // The places of a period first, by its index: read by place, a page is then a few
            // probes. The offset keeps the planner from looking for them by place.
            let from = at(query.from.unwrap_or(Timestamp::MIN));
            let until = at(query.until.unwrap_or(Timestamp::MAX));
            let bounds = sqlx::query(
                "SELECT MIN(place) AS first, MAX(place) AS last FROM \
                 (SELECT place FROM log WHERE at >= $1 AND at < $2 OFFSET 0) AS period",
            );
            let row = self.one(bounds.bind(from).bind(until)).await?;
            let c = Cells { row: &row, table: "log" };
            let (Some(first), Some(last)) = (c.get::<Option<i64>>("first")?, c.get::<Option<i64>>("last")?)
            else {
                return Ok(Vec::new());
            };
            sql.push(" AND l.at >= ").push_bind(from).push(" AND l.at < ").push_bind(until);
            sql.push(" AND l.place BETWEEN ").push_bind(first).push(" AND ").push_bind(last);
        }
        if let Some(before) = query.before {
            sql.push(" AND l.place < ").push_bind(before);
        }
        // A number in the text: behind a parameter the planner expects a tenth of the log.
        sql.push(" ORDER BY l.place DESC LIMIT ").push(query.limit);
        let rows = self.rows(sql.build()).await?;
        rows.iter().map(log_row).collect()
    }
}
