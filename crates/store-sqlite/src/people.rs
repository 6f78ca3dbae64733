//! People, links and traces.
//!
//! Lists of identifiers come as one JSON text of hexadecimal strings, so that a statement stays
//! prepared whatever the length of the list. The cross joins keep the order: each element of the list
//! is one probe of an index.

use std::fmt::Write as _;

use async_trait::async_trait;
use ppn_domain::{LinkId, MentionId, NoticeId, PersonId};
use ppn_store::{Digest, Link, LinkState, Mention, NewMention, NoticeHead, People, StoreError, TraceRow};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;

use crate::SqliteUnitOfWork;
use crate::notices::notice_head;
use crate::rows::{Cells, ROWS, engine, json, run};

fn hex(bytes: &[u8; 16]) -> String {
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A JSON list of digests or identifiers.
pub fn list<'a>(of: impl Iterator<Item = &'a [u8; 16]>) -> String {
    let quoted: Vec<String> = of.map(|bytes| format!("\"{}\"", hex(bytes))).collect();
    format!("[{}]", quoted.join(","))
}

macro_rules! select_mentions {
    ($tail:literal) => {
        concat!(
            "SELECT m.id, m.notice_id, m.position, m.person_id, m.received, m.concerned, m.place, \
             m.makes_home, m.profile",
            $tail
        )
    };
}

fn mention(row: &SqliteRow) -> Result<Mention, StoreError> {
    let c = Cells { row, table: "mentions" };
    let place: Option<&[u8]> = c.get("place")?;
    Ok(Mention {
        id: MentionId(c.get("id")?),
        notice_id: NoticeId(c.get("notice_id")?),
        position: c.number("position")?,
        person_id: PersonId(c.get("person_id")?),
        received: c.time("received")?,
        concerned: c.get("concerned")?,
        place: match place {
            Some(bytes) => Some(bytes.try_into().map_err(|_| c.bad("place"))?),
            None => None,
        },
        makes_home: c.get("makes_home")?,
        profile: c.get("profile")?,
    })
}

const fn state_code(state: LinkState) -> &'static str {
    match state {
        LinkState::Possible => "possible",
        LinkState::Confirmed => "confirmed",
        LinkState::Refused => "refused",
    }
}

fn link(row: &SqliteRow) -> Result<Link, StoreError> {
    let c = Cells { row, table: "links" };
    let decided = match c.optional_time("decided_at")? {
        Some(at) => Some((c.get("decided_by")?, at)),
        None => None,
    };
    Ok(Link {
        id: LinkId(c.get("id")?),
        a: MentionId(c.get("a")?),
        b: MentionId(c.get("b")?),
        state: match c.get("state")? {
            "possible" => LinkState::Possible,
            "confirmed" => LinkState::Confirmed,
            "refused" => LinkState::Refused,
            _ => return Err(c.bad("state")),
        },
        score: c.number("score")?,
        reasons: c.json("reasons")?,
        made_at: c.time("made_at")?,
        decided,
    })
}

impl SqliteUnitOfWork {
    async fn found(
        &mut self,
        sql: &'static str,
        of: String,
        most: Option<u32>,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let mut query = sqlx::query(sql).bind(of);
        if let Some(most) = most {
            query = query.bind(most);
        }
        query.fetch_all(&mut *self.tx).await.map_err(engine)
    }
}

#[async_trait]
impl People for SqliteUnitOfWork {
    async fn insert_mentions(&mut self, mentions: &[NewMention]) -> Result<(), StoreError> {
        for some in mentions.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO mentions (id, notice_id, position, person_id, received, concerned, place, \
                 makes_home, profile) ",
            );
            sql.push_values(some, |mut row, NewMention { mention, .. }| {
                row.push_bind(mention.id.0)
                    .push_bind(mention.notice_id.0)
                    .push_bind(mention.position)
                    .push_bind(mention.person_id.0)
                    .push_bind(mention.received.micros())
                    .push_bind(mention.concerned)
                    .push_bind(mention.place.as_ref().map(|place| &place[..]))
                    .push_bind(mention.makes_home)
                    .push_bind(&mention.profile);
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        let keys: Vec<String> = mentions
            .iter()
            .flat_map(|new| {
                let id = hex(new.mention.id.0.as_bytes());
                new.keys.iter().map(move |key| format!("[\"{}\",\"{id}\"]", hex(key)))
            })
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO mention_keys (key, mention_id) \
             SELECT unhex(value ->> 0), unhex(value ->> 1) FROM json_each($1)",
        )
        .bind(format!("[{}]", keys.join(",")))
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn remove_mentions(&mut self, notice_id: NoticeId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM mention_keys WHERE mention_id IN (SELECT id FROM mentions WHERE notice_id = $1)",
            "DELETE FROM mentions WHERE notice_id = $1",
        ] {
            sqlx::query(sql).bind(notice_id.0).execute(&mut *self.tx).await.map_err(engine)?;
        }
        Ok(())
    }

    async fn mentions_with_keys(
        &mut self,
        keys: &[Digest],
        most: u32,
    ) -> Result<Vec<(usize, Mention)>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self
            .found(
                select_mentions!(
                    ", k.key AS place_of_key FROM json_each($1) k \
                     CROSS JOIN mentions m ON m.id IN (SELECT mention_id FROM mention_keys \
                     WHERE key = unhex(k.value) ORDER BY mention_id LIMIT $2) ORDER BY k.key, m.id"
                ),
                list(keys.iter()),
                Some(most),
            )
            .await?;
        rows.iter()
            .map(|row| {
                let at: i64 = row.try_get("place_of_key").map_err(engine)?;
                Ok((usize::try_from(at).unwrap_or(usize::MAX), mention(row)?))
            })
            .collect()
    }

    async fn mentions(&mut self, ids: &[MentionId]) -> Result<Vec<Mention>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = select_mentions!(
            " FROM json_each($1) k CROSS JOIN mentions m ON m.id = unhex(k.value) ORDER BY m.id"
        );
        let rows = self.found(sql, list(ids.iter().map(|id| id.0.as_bytes())), None).await?;
        rows.iter().map(mention).collect()
    }

    async fn mentions_of_people(
        &mut self,
        people: &[PersonId],
        most: u32,
    ) -> Result<Vec<Mention>, StoreError> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let sql = select_mentions!(
            " FROM json_each($1) k CROSS JOIN mentions m ON m.id IN (SELECT x.id FROM mentions x \
             WHERE x.person_id = unhex(k.value) AND x.concerned = 1 \
             ORDER BY x.received DESC, x.id LIMIT $2) ORDER BY m.person_id, m.received DESC, m.id"
        );
        let rows = self.found(sql, list(people.iter().map(|id| id.0.as_bytes())), Some(most)).await?;
        rows.iter().map(mention).collect()
    }

    async fn mentions_at(&mut self, places: &[Digest], most: u32) -> Result<Vec<Mention>, StoreError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let sql = select_mentions!(
            " FROM json_each($1) k CROSS JOIN mentions m ON m.id IN (SELECT x.id FROM mentions x \
             WHERE x.place = unhex(k.value) LIMIT $2) ORDER BY m.place, m.id"
        );
        let rows = self.found(sql, list(places.iter()), Some(most)).await?;
        rows.iter().map(mention).collect()
    }

    async fn mentions_of_notices(&mut self, notices: &[NoticeId]) -> Result<Vec<Mention>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let sql = select_mentions!(
            " FROM json_each($1) k CROSS JOIN mentions m ON m.notice_id = unhex(k.value) \
             ORDER BY m.notice_id, m.position"
        );
        let rows = self.found(sql, list(notices.iter().map(|id| id.0.as_bytes())), None).await?;
        rows.iter().map(mention).collect()
    }

    async fn move_mentions(&mut self, moves: &[(MentionId, PersonId)]) -> Result<(), StoreError> {
        for (mention, person) in moves {
            let done = sqlx::query("UPDATE mentions SET person_id = $2 WHERE id = $1")
                .bind(mention.0)
                .bind(person.0)
                .execute(&mut *self.tx)
                .await
                .map_err(engine)?;
            StoreError::once("mentions", done.rows_affected())?;
        }
        Ok(())
    }

    async fn keep_traces(&mut self, traces: &[(NoticeId, String)]) -> Result<(), StoreError> {
        for some in traces.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO traces (notice_id, trace) ");
            sql.push_values(some, |mut row, (notice, trace)| {
                row.push_bind(notice.0).push_bind(trace);
            });
            sql.push(" ON CONFLICT (notice_id) DO UPDATE SET trace = excluded.trace");
            run(sql, some.len(), &mut self.tx).await?;
        }
        Ok(())
    }

    async fn traces(&mut self, notices: &[NoticeId]) -> Result<Vec<TraceRow>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT n.id, n.reference, n.received, n.restricted, t.trace FROM json_each($1) k \
                   CROSS JOIN traces t ON t.notice_id = unhex(k.value) \
                   CROSS JOIN notices n ON n.id = t.notice_id";
        let rows = self.found(sql, list(notices.iter().map(|id| id.0.as_bytes())), None).await?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "traces" };
                Ok(TraceRow {
                    notice_id: NoticeId(c.get("id")?),
                    reference: c.get("reference")?,
                    received: c.time("received")?,
                    restricted: c.restriction()?,
                    trace: c.get("trace")?,
                })
            })
            .collect()
    }

    async fn untraced(&mut self, after: Option<NoticeId>, limit: u32) -> Result<Vec<NoticeHead>, StoreError> {
        let rows = sqlx::query(
            "SELECT n.* FROM notices n WHERE n.id > $1 \
             AND NOT EXISTS (SELECT 1 FROM traces t WHERE t.notice_id = n.id) ORDER BY n.id LIMIT $2",
        )
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(notice_head).collect()
    }

    async fn insert_links(&mut self, links: &[Link]) -> Result<(), StoreError> {
        for link in links {
            sqlx::query(
                "INSERT INTO links (id, a, b, state, score, reasons, made_at, decided_by, decided_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (a, b) DO NOTHING",
            )
            .bind(link.id.0)
            .bind(link.a.0)
            .bind(link.b.0)
            .bind(state_code(link.state))
            .bind(link.score)
            .bind(json(&link.reasons)?)
            .bind(link.made_at.micros())
            .bind(link.decided.as_ref().map(|(who, _)| who))
            .bind(link.decided.as_ref().map(|(_, at)| at.micros()))
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        }
        Ok(())
    }

    async fn link(&mut self, id: LinkId) -> Result<Option<Link>, StoreError> {
        let row = sqlx::query("SELECT * FROM links WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(link).transpose()
    }

    async fn links_of(&mut self, mentions: &[MentionId]) -> Result<Vec<Link>, StoreError> {
        if mentions.is_empty() {
            return Ok(Vec::new());
        }
        // Two probes and a union: `a = x OR b = x` in one join was a scan of the links for each x.
        let sql = "SELECT l.* FROM json_each($1) k CROSS JOIN links l ON l.a = unhex(k.value) \
                   UNION SELECT l.* FROM json_each($1) k CROSS JOIN links l ON l.b = unhex(k.value) \
                   ORDER BY 1";
        let rows = self.found(sql, list(mentions.iter().map(|id| id.0.as_bytes())), None).await?;
        rows.iter().map(link).collect()
    }

    async fn decide_link(&mut self, link: &Link) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE links SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1")
            .bind(link.id.0)
            .bind(state_code(link.state))
            .bind(link.decided.as_ref().map(|(who, _)| who))
            .bind(link.decided.as_ref().map(|(_, at)| at.micros()))
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("links", done.rows_affected())
    }
}
