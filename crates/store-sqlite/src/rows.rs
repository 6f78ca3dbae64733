//! Rows to types and back. A stored value that cannot be names its table, column and row.

use std::str::FromStr;

use ppn_domain::{
    AssessmentId, Band, Claim, ClaimId, Clocks, DueClock, NoticeId, Rank, Restriction, State, StateName,
    Timestamp, WorkItem, WorkItemId,
};
use ppn_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, Transaction};
use uuid::Uuid;

/// `SQLITE_IOERR`: the disk failed.
const DISK: u32 = 10;
/// `SQLITE_FULL`: it has no room.
const FULL: u32 = 13;

/// What SQLite calls a failure; the upper bits of its code say more.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let sqlx::Error::Database(e) = error else { return None };
    e.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}

/// Any failure of the engine, told apart only where the caller can act on it.
pub fn engine(error: sqlx::Error) -> StoreError {
    const BUSY: [&str; 3] = ["5", "261", "517"];
    match &error {
        sqlx::Error::PoolTimedOut => StoreError::Busy,
        sqlx::Error::Database(e) if e.code().is_some_and(|c| BUSY.contains(&&*c)) => StoreError::Busy,
        // What failed so before its COMMIT is not there: it may be asked for again, when there is room.
        _ if matches!(primary_code(&error), Some(DISK | FULL)) => {
            tracing::error!(%error, "the disk of the store is full, or fails");
            StoreError::Busy
        }
        _ => StoreError::Engine(Box::new(error)),
    }
}

/// What COMMIT failed with. Where the disk failed, what was written may be there when the file is opened
/// again; where it was full, the rest of it was not written, and nothing is.
pub fn unsaved(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(_) if primary_code(&error) != Some(DISK) => engine(error),
        _ => StoreError::Unknown(Box::new(error)),
    }
}

/// One row of one table, for messages that say where a value stands.
pub struct Cells<'r> {
    pub row: &'r SqliteRow,
    pub table: &'static str,
}

impl Cells<'_> {
    pub fn get<'a, T>(&'a self, column: &'static str) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'a, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
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
        self.get(column).map(Timestamp::from_micros)
    }

    pub fn optional_time(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp::from_micros))
    }

    pub fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        T::try_from(self.get(column)?).map_err(|_| self.bad(column))
    }

    /// The reasons of a restriction, in the column that has them in every table.
    pub fn restriction(&self) -> Result<Restriction, StoreError> {
        Restriction::from_bits(self.get("restricted")?).ok_or_else(|| self.bad("restricted"))
    }

    pub fn band(&self, column: &'static str) -> Result<Band, StoreError> {
        Band::at_position(self.get(column)?).ok_or_else(|| self.bad(column))
    }

    pub fn optional_band(&self, column: &'static str) -> Result<Option<Band>, StoreError> {
        self.get::<Option<i64>>(column)?
            .map(|p| Band::at_position(p).ok_or_else(|| self.bad(column)))
            .transpose()
    }

    pub fn hash(&self, column: &'static str) -> Result<[u8; 32], StoreError> {
        self.get::<&[u8]>(column)?.try_into().map_err(|_| self.bad(column))
    }

    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.get(column)?).map_err(|_| self.bad(column))
    }
}

/// Rows written by one statement at most; a slice fits in one.
pub const ROWS: usize = 100;

/// Whether a statement of so many rows comes often enough to be kept prepared.
pub const fn is_usual(rows: usize) -> bool {
    rows == 1 || rows == ROWS
}

/// Runs an insert of so many rows.
pub async fn run(
    mut sql: QueryBuilder<Sqlite>,
    rows: usize,
    tx: &mut Transaction<'static, Sqlite>,
) -> Result<(), StoreError> {
    let done = sql.build().persistent(is_usual(rows)).execute(&mut **tx).await.map_err(engine)?;
    debug_assert_eq!(done.rows_affected(), rows as u64);
    Ok(())
}

/// Any value that stands in a column as JSON; our own types always can.
pub fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Engine(Box::new(e)))
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

pub fn work_item(row: &SqliteRow) -> Result<WorkItem, StoreError> {
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
        Some(band) => Some(Rank { band, score: c.number("could_be_score")? }),
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
        rank: Rank { band: c.band("band")?, score: c.number("score")? },
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
    pub claimed_at: Option<i64>,
    pub lease_until: Option<i64>,
    pub held_until: Option<i64>,
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
                claimed_at: Some(claim.since.micros()),
                lease_until: Some(claim.expires_at.micros()),
                ..Self::default()
            },
            State::Held { until } => Self { held_until: Some(until.micros()), ..Self::default() },
            State::Pending { by, outcome } => {
                Self { pending_by: Some(by), outcome: Some(outcome.code()), ..Self::default() }
            }
            State::Done { outcome } => Self { outcome: Some(outcome.code()), ..Self::default() },
        }
    }
}
