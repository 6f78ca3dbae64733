//! People, links and traces.
//!
//! Lists come as one array, so that a statement stays prepared whatever the length of the list. Where
//! so many of each are wanted, a lateral join makes each element of the list one probe of an index.

use std::collections::BTreeMap;

use async_trait::async_trait;
use ppn_domain::{LinkId, MentionId, NoticeId, PersonId};
use ppn_store::{Digest, Link, LinkState, Mention, NewMention, NoticeHead, People, StoreError, TraceRow};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::PostgresUnitOfWork;
use crate::notices::notice_head;
use crate::rows::{Cells, at, json, text};

macro_rules! select_mentions {
    ($tail:literal) => {
        concat!(
            "SELECT m.id, m.notice_id, m.position, m.person_id, m.received, m.concerned, m.place, \
             m.makes_home, m.profile",
            $tail
        )
    };
}

fn mention(row: &PgRow) -> Result<Mention, StoreError> {
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

fn link(row: &PgRow) -> Result<Link, StoreError> {
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
        score: c.get("score")?,
        reasons: c.json("reasons")?,
        made_at: c.time("made_at")?,
        decided,
    })
}

fn digests(of: &[Digest]) -> Vec<&[u8]> {
    of.iter().map(|digest| &digest[..]).collect()
}

fn uuids<T>(of: &[T], id: impl Fn(&T) -> Uuid) -> Vec<Uuid> {
    of.iter().map(id).collect()
}

#[async_trait]
impl People for PostgresUnitOfWork {
    async fn insert_mentions(&mut self, mentions: &[NewMention]) -> Result<(), StoreError> {
        if mentions.is_empty() {
            return Ok(());
        }
        let all = || mentions.iter().map(|new| &new.mention);
        let statement = sqlx::query(
            "INSERT INTO mentions (id, notice_id, position, person_id, received, concerned, place, \
             makes_home, profile) \
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::timestamptz[], \
             $6::boolean[], $7::bytea[], $8::boolean[], $9::text[])",
        )
        .bind(all().map(|m| m.id.0).collect::<Vec<_>>())
        .bind(all().map(|m| m.notice_id.0).collect::<Vec<_>>())
        .bind(all().map(|m| i32::from(m.position)).collect::<Vec<_>>())
        .bind(all().map(|m| m.person_id.0).collect::<Vec<_>>())
        .bind(all().map(|m| at(m.received)).collect::<Vec<_>>())
        .bind(all().map(|m| m.concerned).collect::<Vec<_>>())
        .bind(all().map(|m| m.place.as_ref().map(|place| &place[..])).collect::<Vec<_>>())
        .bind(all().map(|m| m.makes_home).collect::<Vec<_>>())
        .bind(all().map(|m| text(&m.profile)).collect::<Vec<_>>());
        self.run(statement).await?;
        let keys = || mentions.iter().flat_map(|new| new.keys.iter().map(move |key| (key, new.mention.id)));
        let statement = sqlx::query(
            "INSERT INTO mention_keys (key, mention_id) SELECT * FROM unnest($1::bytea[], $2::uuid[])",
        )
        .bind(keys().map(|(key, _)| &key[..]).collect::<Vec<_>>())
        .bind(keys().map(|(_, id)| id.0).collect::<Vec<_>>());
        self.run(statement).await?;
        Ok(())
    }

    async fn remove_mentions(&mut self, notice_id: NoticeId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM mention_keys WHERE mention_id = ANY(ARRAY(SELECT id FROM mentions WHERE notice_id = $1))",
            "DELETE FROM mentions WHERE notice_id = $1",
        ] {
            self.run(sqlx::query(sql).bind(notice_id.0)).await?;
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
        let statement = sqlx::query(select_mentions!(
            ", k.n AS place_of_key FROM unnest($1::bytea[]) WITH ORDINALITY AS k (key, n) \
             CROSS JOIN LATERAL (SELECT mention_id FROM mention_keys WHERE key = k.key \
             ORDER BY mention_id LIMIT $2) found \
             JOIN mentions m ON m.id = found.mention_id ORDER BY k.n, m.id"
        ))
        .bind(digests(keys))
        .bind(i64::from(most));
        let rows = self.rows(statement).await?;
        rows.iter()
            .map(|row| {
                let place: i64 = Cells { row, table: "mention_keys" }.get("place_of_key")?;
                Ok((usize::try_from(place - 1).unwrap_or(usize::MAX), mention(row)?))
            })
            .collect()
    }

    async fn mentions(&mut self, ids: &[MentionId]) -> Result<Vec<Mention>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(select_mentions!(" FROM mentions m WHERE m.id = ANY($1) ORDER BY m.id"))
            .bind(uuids(ids, |id| id.0));
        self.rows(statement).await?.iter().map(mention).collect()
    }

    async fn mentions_of_people(
        &mut self,
        people: &[PersonId],
        most: u32,
    ) -> Result<Vec<Mention>, StoreError> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(select_mentions!(
            " FROM (SELECT DISTINCT person_id FROM unnest($1::uuid[]) AS k (person_id)) k \
             CROSS JOIN LATERAL (SELECT * FROM mentions x WHERE x.person_id = k.person_id AND x.concerned \
             ORDER BY x.received DESC, x.id LIMIT $2) m ORDER BY m.person_id, m.received DESC, m.id"
        ))
        .bind(uuids(people, |id| id.0))
        .bind(i64::from(most));
        self.rows(statement).await?.iter().map(mention).collect()
    }

    async fn mentions_at(&mut self, places: &[Digest], most: u32) -> Result<Vec<Mention>, StoreError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(select_mentions!(
            " FROM (SELECT DISTINCT place FROM unnest($1::bytea[]) AS k (place)) k \
             CROSS JOIN LATERAL (SELECT * FROM mentions x WHERE x.place = k.place LIMIT $2) m \
             ORDER BY m.place, m.id"
        ))
        .bind(digests(places))
        .bind(i64::from(most));
        self.rows(statement).await?.iter().map(mention).collect()
    }

    async fn mentions_of_notices(&mut self, notices: &[NoticeId]) -> Result<Vec<Mention>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(select_mentions!(
            " FROM mentions m WHERE m.notice_id = ANY($1) ORDER BY m.notice_id, m.position"
        ))
        .bind(uuids(notices, |id| id.0));
        self.rows(statement).await?.iter().map(mention).collect()
    }

    async fn move_mentions(&mut self, moves: &[(MentionId, PersonId)]) -> Result<(), StoreError> {
        if moves.is_empty() {
            return Ok(());
        }
        // In order of mention, and the last word on each: several who move the same ones wait for each
        // other in one direction.
        let moves: BTreeMap<MentionId, PersonId> = moves.iter().copied().collect();
        let statement = sqlx::query(
            "UPDATE mentions SET person_id = k.person_id \
             FROM unnest($1::uuid[], $2::uuid[]) AS k (id, person_id) WHERE mentions.id = k.id",
        )
        .bind(moves.keys().map(|id| id.0).collect::<Vec<_>>())
        .bind(moves.values().map(|id| id.0).collect::<Vec<_>>());
        let changed = self.run(statement).await?;
        if changed == moves.len() as u64 {
            return Ok(());
        }
        Err(StoreError::NotOnce { table: "mentions", changed: 0 })
    }

    async fn keep_traces(&mut self, traces: &[(NoticeId, String)]) -> Result<(), StoreError> {
        if traces.is_empty() {
            return Ok(());
        }
        // One statement writes a row once; of several traces of a notice the last one stays.
        let traces: BTreeMap<NoticeId, &str> =
            traces.iter().map(|(id, trace)| (*id, trace.as_str())).collect();
        let statement = sqlx::query(
            "INSERT INTO traces (notice_id, trace) SELECT * FROM unnest($1::uuid[], $2::text[]) \
             ON CONFLICT (notice_id) DO UPDATE SET trace = excluded.trace",
        )
        .bind(traces.keys().map(|id| id.0).collect::<Vec<_>>())
        .bind(traces.values().map(|trace| text(trace)).collect::<Vec<_>>());
        self.run(statement).await?;
        Ok(())
    }

    async fn traces(&mut self, notices: &[NoticeId]) -> Result<Vec<TraceRow>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(
            "SELECT n.id, n.reference, n.received, n.restricted, t.trace FROM traces t \
             JOIN notices n ON n.id = t.notice_id WHERE t.notice_id = ANY($1)",
        )
        .bind(uuids(notices, |id| id.0));
        self.rows(statement)
            .await?
            .iter()
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
        let statement = sqlx::query(
            "SELECT n.* FROM notices n WHERE n.id > $1 \
             AND NOT EXISTS (SELECT 1 FROM traces t WHERE t.notice_id = n.id) ORDER BY n.id LIMIT $2",
        )
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(notice_head).collect()
    }

    async fn insert_links(&mut self, links: &[Link]) -> Result<(), StoreError> {
        if links.is_empty() {
            return Ok(());
        }
        let reasons = links.iter().map(|link| json(&link.reasons)).collect::<Result<Vec<_>, _>>()?;
        let decided = || links.iter().map(|link| link.decided.as_ref());
        let statement = sqlx::query(
            "INSERT INTO links (id, a, b, state, score, reasons, made_at, decided_by, decided_at) \
             SELECT id, a, b, state, score, reasons::jsonb, made_at, decided_by, decided_at \
             FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], \
             $7::timestamptz[], $8::text[], $9::timestamptz[]) \
             AS rows (id, a, b, state, score, reasons, made_at, decided_by, decided_at) \
             ORDER BY a, b ON CONFLICT (a, b) DO NOTHING",
        )
        .bind(links.iter().map(|link| link.id.0).collect::<Vec<_>>())
        .bind(links.iter().map(|link| link.a.0).collect::<Vec<_>>())
        .bind(links.iter().map(|link| link.b.0).collect::<Vec<_>>())
        .bind(links.iter().map(|link| state_code(link.state)).collect::<Vec<_>>())
        .bind(links.iter().map(|link| link.score).collect::<Vec<_>>())
        .bind(reasons)
        .bind(links.iter().map(|link| at(link.made_at)).collect::<Vec<_>>())
        .bind(decided().map(|decided| decided.map(|(who, _)| text(who))).collect::<Vec<_>>())
        .bind(decided().map(|decided| decided.map(|(_, when)| at(*when))).collect::<Vec<_>>());
        self.run(statement).await?;
        Ok(())
    }

    async fn link(&mut self, id: LinkId) -> Result<Option<Link>, StoreError> {
        let row = self.row(sqlx::query("SELECT * FROM links WHERE id = $1").bind(id.0)).await?;
        row.as_ref().map(link).transpose()
    }

    async fn links_of(&mut self, mentions: &[MentionId]) -> Result<Vec<Link>, StoreError> {
        if mentions.is_empty() {
            return Ok(Vec::new());
        }
        // The second half leaves out what the first has: jsonb and a union would compare whole rows.
        let statement = sqlx::query(
            "SELECT l.* FROM links l WHERE l.a = ANY($1) UNION ALL \
             SELECT l.* FROM links l WHERE l.b = ANY($1) AND l.a <> ALL($1) ORDER BY 1",
        )
        .bind(uuids(mentions, |id| id.0));
        self.rows(statement).await?.iter().map(link).collect()
    }

    async fn decide_link(&mut self, link: &Link) -> Result<(), StoreError> {
        let statement =
            sqlx::query("UPDATE links SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1")
                .bind(link.id.0)
                .bind(state_code(link.state))
                .bind(link.decided.as_ref().map(|(who, _)| text(who)))
                .bind(link.decided.as_ref().map(|(_, when)| at(*when)));
        StoreError::once("links", self.run(statement).await?)
    }
}
