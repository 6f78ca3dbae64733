//! The log, append only by trigger.

use async_trait::async_trait;
use ppn_domain::{AuditId, AuditRow, NoticeId, Timestamp, TypedText, TypedTextId, WorkItemId};
use ppn_store::{Log, LogQuery, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, ROWS, engine, json, run};

fn log_row(row: &SqliteRow) -> Result<(i64, AuditRow), StoreError> {
    let c = Cells { row, table: "log" };
    let why = match (c.get::<Option<Uuid>>("why_id")?, c.get::<Option<String>>("text")?) {
        (Some(id), Some(text)) => Some(TypedText {
            id: TypedTextId(id),
            hash: c.hash("why_hash")?,
            salt: c
                .get::<&[u8]>("salt")?
                .try_into()
                .map_err(|_| StoreError::inconsistent("typed_texts", "salt", id))?,
            text,
        }),
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
impl Log for SqliteUnitOfWork {
    async fn append_log(&mut self, rows: &[AuditRow]) -> Result<(), StoreError> {
        for row in rows {
            if let Some(why) = &row.why {
                sqlx::query("INSERT INTO typed_texts (id, salt, text) VALUES ($1, $2, $3)")
                    .bind(why.id.0)
                    .bind(&why.salt[..])
                    .bind(&why.text)
                    .execute(&mut *self.tx)
                    .await
                    .map_err(engine)?;
            }
        }
        for some in rows.chunks(ROWS) {
            let details = some.iter().map(|row| json(&row.detail)).collect::<Result<Vec<_>, _>>()?;
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO log (id, at, who, act, notice_id, work_item_id, person_id, origin, why_id, \
                 why_hash, recipient, detail) ",
            );
            sql.push_values(some.iter().zip(details), |mut line, (row, detail)| {
                line.push_bind(row.id.0)
                    .push_bind(row.at.micros())
                    .push_bind(&row.who)
                    .push_bind(row.act.code())
                    .push_bind(row.notice_id.map(|id| id.0))
                    .push_bind(row.work_item_id.map(|id| id.0))
                    .push_bind(row.person_id)
                    .push_bind(&row.origin)
                    .push_bind(row.why.as_ref().map(|w| w.id.0))
                    .push_bind(row.why.as_ref().map(|w| &w.hash[..]))
                    .push_bind(&row.recipient)
                    .push_bind(detail);
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        Ok(())
    }

    async fn read_log(&mut self, query: &LogQuery) -> Result<Vec<(i64, AuditRow)>, StoreError> {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "SELECT l.*, t.salt, t.text FROM log l LEFT JOIN typed_texts t ON t.id = l.why_id WHERE 1",
        );
        if let Some(about) = &query.about {
            sql.push(" AND l.place IN (SELECT place FROM log WHERE notice_id IN (");
            let mut ids = sql.separated(", ");
            for id in &about.notices {
                ids.push_bind(id.0);
            }
            sql.push(") UNION SELECT place FROM log WHERE person_id IN (");
            let mut ids = sql.separated(", ");
            for id in &about.people {
                ids.push_bind(id.0);
            }
            sql.push("))");
        }
        if let Some(id) = query.work_item_id {
            sql.push(" AND l.work_item_id = ").push_bind(id.0);
        }
        if let Some(who) = &query.who {
            sql.push(" AND l.who = ").push_bind(who.clone());
        }
        if let Some(act) = query.act {
            sql.push(" AND l.act = ").push_bind(act.code());
        }
        if query.from.is_some() || query.until.is_some() {
            // The places of a period first, by its index: read by place, a page is then a few probes. The
            // plus keeps that index out of the page, which would have to sort all of it.
            let from = query.from.unwrap_or(Timestamp::MIN).micros();
            let until = query.until.unwrap_or(Timestamp::MAX).micros();
            let (first, last): (Option<i64>, Option<i64>) =
                sqlx::query_as("SELECT MIN(place), MAX(place) FROM log WHERE at >= $1 AND at < $2")
                    .bind(from)
                    .bind(until)
                    .fetch_one(&mut *self.tx)
                    .await
                    .map_err(engine)?;
            let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
            sql.push(" AND +l.at >= ").push_bind(from).push(" AND +l.at < ").push_bind(until);
            sql.push(" AND l.place BETWEEN ").push_bind(first).push(" AND ").push_bind(last);
        }
        if let Some(before) = query.before {
            sql.push(" AND l.place < ").push_bind(before);
        }
        sql.push(" ORDER BY l.place DESC LIMIT ").push_bind(query.limit);
        let rows = sql.build().fetch_all(&mut *self.tx).await.map_err(engine)?;
        rows.iter().map(log_row).collect()
    }
}
