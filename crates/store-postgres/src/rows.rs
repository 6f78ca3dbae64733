//! Rows to types and back. A stored value that cannot be names its table, column and row.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use ppn_domain::{
    AssessmentId, Band, Claim, ClaimId, Clocks, DueClock, NoticeId, Rank, Restriction, State, StateName,
    Timestamp, WorkItem, WorkItemId,
};
use ppn_store::StoreError;
use sqlx::postgres::{PgDatabaseError, PgRow, PgSeverity};
use sqlx::types::Json;
use sqlx::{Postgres, Row as _};
use uuid::Uuid;

/// Any failure of the engine, told apart only where the caller can act on it.
pub fn engine(error: sqlx::Error) -> StoreError {
    let busy = match &error {
        // What was lost was not saved: a transaction ends with its connection.
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(e) => match e.code().as_deref() {
            // Serialisation failure, deadlock.
            Some("40001" | "40P01") => return StoreError::Again,
            // No lock in time, a statement or an idle transaction timed out, a standby that only reads.
            Some("55P03" | "57014" | "25P03" | "25006") => true,
            // Connections, resources (disk full among them), an operator who stops the server.
            Some(code) => ["08", "53", "57"].iter().any(|class| code.starts_with(class)),
            None => false,
        },
        _ => false,
    };
    if busy {
        tracing::warn!(%error, "the database is busy or cannot be reached");
        return StoreError::Busy;
    }
    StoreError::Engine(Box::new(error))
}

/// What COMMIT failed with. An error that the server names ended the transaction without saving it;
/// whatever else comes between its being told and its answer leaves open what it did. So does the end
/// of a session (FATAL): one that waited for a standby has saved already.
pub fn unsaved(error: sqlx::Error) -> StoreError {
    let refused = match &error {
        sqlx::Error::Database(e) => {
            e.try_downcast_ref::<PgDatabaseError>().is_some_and(|e| e.severity() == PgSeverity::Error)
        }
        _ => false,
    };
    if refused {
        return engine(error);
    }
    tracing::error!(%error, "the answer to COMMIT was lost: whether it was saved is not known");
    StoreError::Unknown(Box::new(error))
}

/// Whether the connection is of no use any more, or leads to a server that only reads.
pub fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(e) => {
            e.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        _ => false,
    }
}

/// One row of one table, for messages that say where a value stands.
pub struct Cells<'r> {
    pub row: &'r PgRow,
    pub table: &'static str,
}

impl Cells<'_> {
    pub fn get<'a, T>(&'a self, column: &'static str) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'a, Postgres> + sqlx::Type<Postgres>,
    {
        self.row.try_get(column).map_err(engine)
    }

    pub fn bad(&self, column: &'static str) -> StoreError {
        let row = self.row.try_get::<Uuid, _>("id").map_or_else(|_| "?".to_owned(), |id| id.to_string());
        StoreError::inconsistent(self.table, column, row)
    }

    pub fn code<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.get::<&str>(column)?.parse().map_err(|_| self.bad(column))
    }

    pub fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.get::<DateTime<Utc>>(column).map(moment)
    }

    pub fn optional_time(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<DateTime<Utc>>>(column)?.map(moment))
    }

    /// A column of 32 bits.
    pub fn number<T: TryFrom<i32>>(&self, column: &'static str) -> Result<T, StoreError> {
        T::try_from(self.get(column)?).map_err(|_| self.bad(column))
    }

    /// A count.
    pub fn count(&self, column: &'static str) -> Result<u64, StoreError> {
        u64::try_from(self.get::<i64>(column)?).map_err(|_| self.bad(column))
    }

    /// The reasons of a restriction, in the column that has them in every table.
    pub fn restriction(&self) -> Result<Restriction, StoreError> {
        Restriction::from_bits(self.get("restricted")?).ok_or_else(|| self.bad("restricted"))
    }

    pub fn band(&self, column: &'static str) -> Result<Band, StoreError> {
        Band::at_position(self.get::<i16>(column)?.into()).ok_or_else(|| self.bad(column))
    }

    pub fn optional_band(&self, column: &'static str) -> Result<Option<Band>, StoreError> {
        self.get::<Option<i16>>(column)?
            .map(|p| Band::at_position(p.into()).ok_or_else(|| self.bad(column)))
            .transpose()
    }

    pub fn hash<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError> {
        self.get::<&[u8]>(column)?.try_into().map_err(|_| self.bad(column))
    }

    pub fn json<T: serde::de::DeserializeOwned + 'static>(
        &self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.row.try_get::<Json<T>, _>(column).map(|json| json.0).map_err(|error| match error {
            sqlx::Error::ColumnDecode { .. } => self.bad(column),
            other => engine(other),
        })
    }
}

pub fn moment(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from_micros(at.timestamp_micros())
}

/// A moment as the engine takes it.
pub fn at(moment: Timestamp) -> DateTime<Utc> {
    moment.utc()
}

/// A band as the engine takes it.
pub fn position(band: Band) -> i16 {
    band.position().into()
}

/// A small count as the engine takes it: PostgreSQL has no unsigned numbers.
pub fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Text as the engine takes it: PostgreSQL keeps every character but one.
pub fn text(of: &str) -> Cow<'_, str> {
    if of.contains('\0') { Cow::Owned(of.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(of) }
}

/// Any value that stands in a column as JSON; our own types always can.
pub fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(value).map_err(|e| StoreError::Engine(Box::new(e)))?;
    Ok(if text.contains("\\u0000") { without_nul(&text) } else { text })
}

/// The same JSON with the one escape replaced that jsonb refuses.
fn without_nul(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        clean.push_str(&rest[..at]);
        if rest[at..].starts_with("\\u0000") {
            clean.push_str("\\ufffd");
            rest = &rest[at + 6..];
        } else {
            // An escape is two characters at least, the second of them ASCII: a backslash escaped
            // begins no other escape.
            clean.push_str(&rest[at..at + 2]);
            rest = &rest[at + 2..];
        }
    }
    clean.push_str(rest);
    clean
}

/// A statement over work items with what the notice adds to each.
macro_rules! select_items {
    ($tail:literal) => {
        concat!(
            "SELECT w.sequence, w.id, w.notice_id, w.desk, w.state, w.band, w.score, w.could_be_band, \
             w.could_be_score, w.assessment_id, w.received, w.due, w.picked_up_at, w.decide_due, \
             w.decided_at, w.tell_due, w.told_at, w.restricted, w.holder, w.claim_id, w.claimed_at, \
             w.lease_until, w.held_until, w.pending_by, w.outcome, w.version, n.source, n.reference, \
             n.kind, n.revision FROM work_items w JOIN notices n ON n.id = w.notice_id ",
            $tail
        )
    };
}
pub(crate) use select_items;

pub fn work_item(row: &PgRow) -> Result<WorkItem, StoreError> {
    let c = Cells { row, table: "work_items" };
    let missing = |column| c.bad(column);
    let state = match c.code::<StateName>("state")? {
        StateName::Waiting => State::Waiting,
        StateName::Claimed => State::Claimed {
            claim: Claim {
                id: ClaimId(c.get("claim_id")?),
                holder: c.get("holder")?,
                since: c.time("claimed_at")?,
                expires_at: c.time("lease_until")?,
            },
        },
        StateName::Held => {
            State::Held { until: c.optional_time("held_until")?.ok_or_else(|| missing("held_until"))? }
        }
        StateName::Pending => State::Pending { by: c.get("pending_by")?, outcome: c.code("outcome")? },
        StateName::Done => State::Done { outcome: c.code("outcome")? },
    };
    let could_be = match c.optional_band("could_be_band")? {
        Some(band) => Some(Rank { band, score: c.get("could_be_score")? }),
        None => None,
    };
    let clock = |due, met_at| -> Result<DueClock, StoreError> {
        Ok(DueClock { due: c.time(due)?, met_at: c.optional_time(met_at)? })
    };
    Ok(WorkItem {
        id: WorkItemId(c.get("id")?),
        notice_id: NoticeId(c.get("notice_id")?),
        source: c.get("source")?,
        reference: c.get("reference")?,
        revision: c.number("revision")?,
        kind: c.code("kind")?,
        desk: c.code("desk")?,
        state,
        rank: Rank { band: c.band("band")?, score: c.get("score")? },
        assessment_id: c.get::<Option<Uuid>>("assessment_id")?.map(AssessmentId),
        could_be,
        received: c.time("received")?,
        clocks: Clocks {
            picked_up: clock("due", "picked_up_at")?,
            decided: clock("decide_due", "decided_at")?,
            told: clock("tell_due", "told_at")?,
        },
        sequence: c.get("sequence")?,
        restricted: c.restriction()?,
        version: c.get("version")?,
    })
}

/// The columns in which a state stands.
#[derive(Default)]
pub struct StateColumns<'a> {
    pub holder: Option<&'a str>,
    pub claim_id: Option<Uuid>,
    pub claimed_at: Option<DateTime<Utc>>,
    pub lease_until: Option<DateTime<Utc>>,
    pub held_until: Option<DateTime<Utc>>,
    pub pending_by: Option<&'a str>,
    pub outcome: Option<&'static str>,
}

impl<'a> StateColumns<'a> {
    pub fn of(state: &'a State) -> Self {
        match state {
            State::Waiting => Self::default(),
            State::Claimed { claim } => Self {
                holder: Some(&claim.holder),
                claim_id: Some(claim.id.0),
                claimed_at: Some(at(claim.since)),
                lease_until: Some(at(claim.expires_at)),
                ..Self::default()
            },
            State::Held { until } => Self { held_until: Some(at(*until)), ..Self::default() },
            State::Pending { by, outcome } => {
                Self { pending_by: Some(by), outcome: Some(outcome.code()), ..Self::default() }
            }
            State::Done { outcome } => Self { outcome: Some(outcome.code()), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_character_that_the_engine_refuses_is_replaced() {
        assert_eq!(text("a\0b"), "a\u{fffd}b");
        for value in ["a\0b", "\\u0000", "\\\0", "\\\\\0\0é\n", "plain"] {
            let back: String = serde_json::from_str(&json(&value).unwrap()).unwrap();
            assert_eq!(back, value.replace('\0', "\u{fffd}"));
        }
    }
}
