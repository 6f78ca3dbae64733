//! The storage contract: what a store keeps, in units of work.
//!
//! A [`UnitOfWork`] is a transaction. A use case reads and writes through it, appends its rows of
//! the log to it, and saves; dropped without [`UnitOfWork::save`], nothing of it happened. Look-ups
//! return an option: whether absence is an error is the caller's decision. Every change of a row
//! checks that it changed one. `ppn-store-conformance` is the one definition of what a store does.

pub mod access;
pub mod accounts;
pub mod backlog;
pub mod condition;
pub mod decisions;
pub mod error;
pub mod feed;
pub mod idempotency;
pub mod identities;
pub mod log;
pub mod notices;
pub mod order;
pub mod people;
pub mod policies;
pub mod retention;
pub mod reviews;
pub mod seals;
pub mod searches;
pub mod second_factors;
pub mod sessions;
pub mod unreadable;
pub mod work;

use async_trait::async_trait;

pub use access::{Access, KeptOff, Listed, Opened, Viewer};
pub use accounts::{Accounts, KeptToken, NewToken, Password, TokenOwner, User};
pub use backlog::{A_WEEK, Backlog, DeskCount, HOURS_KEPT, PartedHour, hour_of};
pub use condition::{Condition, Connections, DurableSetting, Fault, LATEST_ACTS, Look};
pub use decisions::{CueDecision, Decisions, EventDecision};
pub use error::StoreError;
pub use feed::{Changes, Feed, FeedKind, FeedPlace, FeedReach, FeedRow, NoFeedPlace};
pub use idempotency::{Answered, IdempotentAnswers};
pub use identities::{Identities, SubjectAt};
pub use log::{About, Log, LogQuery};
pub use notices::{FoundOutcome, NewNotice, NewRevision, NoticeHead, Notices, RevisionHead};
pub use order::{Choice, DeskTurn, Order, Place, Stretch, WaitingHeads};
pub use people::{Digest, Link, LinkState, Mention, NewMention, People, TraceRow};
pub use policies::{AcceptedLowering, Policies, PolicyText};
pub use ppn_sealing::{SealedLeaf, SignedHead};
pub use retention::{Erased, Erasure, Retained, Retention};
pub use reviews::Reviews;
pub use seals::{SealedTo, Seals};
pub use searches::{KeptSearch, Searches};
pub use second_factors::{SecondFactor, SecondFactors};
pub use sessions::{AtProvider, Failures, NewSession, Sessions, StoredSession};
pub use unreadable::{Unreadable, UnreadableState, Unreadables};
pub use work::{ClaimEnd, ListQuery, NewWorkItem, StoredAssessment, Work, WorkKey, WorkNote};

/// How the name of a migration begins that programs of the version before can live with. Whatever has
/// another name makes them refuse the store.
pub const EXPANDS: &str = "expand_";

/// Whether the store's tables fit this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// As this program needs them.
    Current,
    /// Older, or empty: `ppn migrate` brings them up.
    Older {
        /// The version found; 0 for an empty store.
        found: i64,
        /// The version that this program needs.
        needed: i64,
    },
    /// Newer, by migrations that only add what this program does not notice ([`EXPANDS`]): it can serve.
    Expanded {
        /// The version found.
        found: i64,
        /// The version that this program needs.
        needed: i64,
    },
    /// Newer than this program, which cannot serve it.
    Newer {
        /// The version found.
        found: i64,
        /// The version that this program needs.
        needed: i64,
    },
}

impl Schema {
    /// Of the latest version found and the version that a program needs; `missing` is how many of the
    /// program's own migrations the store lacks, and `beyond` how many of those after the needed one are
    /// not named [`EXPANDS`].
    pub fn of(found: i64, needed: i64, missing: usize, beyond: i64) -> Self {
        match found.cmp(&needed) {
            // One that came in between, with a number of its own.
            _ if missing > 0 => Self::Older { found, needed },
            std::cmp::Ordering::Equal => Self::Current,
            std::cmp::Ordering::Less => Self::Older { found, needed },
            std::cmp::Ordering::Greater if beyond == 0 => Self::Expanded { found, needed },
            std::cmp::Ordering::Greater => Self::Newer { found, needed },
        }
    }
}

/// What keeps rows of the log from being changed or taken out, beside the seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogGuard {
    /// The role that serves has no right to: it may read and add.
    Privilege,
    /// A trigger, which whoever owns the tables can take away.
    Trigger,
}

/// A place that keeps everything.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Begins a unit of work that may write. On a store with a single writer it waits its turn; on
    /// others several write at once, and each statement sees what was saved before it began.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no turn came in time; otherwise when the store cannot be reached.
    async fn write(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Begins a unit of work that only reads, at one moment of the store.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn read(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Whether the tables fit this program.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn schema(&self) -> Result<Schema, StoreError>;

    /// Creates or upgrades the tables.
    ///
    /// # Errors
    /// When a migration fails; what was applied before stays.
    async fn migrate(&self) -> Result<(), StoreError>;

    /// Writes a consistent copy to a new file while the store is in use.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or the store has its own tools for that.
    async fn backup(&self, to: &std::path::Path) -> Result<(), StoreError>;

    /// Sees to it that nothing of what was deleted stays in files of the store beside the copies that were
    /// made of it; says whether that is done. A long reader may stand in its way, and some engines keep what
    /// was deleted until they write over it.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn forget_deleted(&self) -> Result<bool, StoreError>;

    /// What guards the log against whoever serves.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn log_guard(&self) -> Result<LogGuard, StoreError>;

    /// Looks at the store's own state: what it promises to keep, what of its tables is missing, what is
    /// damaged, its clock. The tables must fit this program ([`Self::schema`]). It changes nothing.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn condition(&self, look: Look) -> Result<Condition, StoreError>;

    /// Listens for changes that any process saves, this one too.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn changes(&self) -> Result<Box<dyn Changes>, StoreError>;

    /// Ends every connection after the work under way.
    async fn close(&self);
}

/// A transaction.
#[async_trait]
pub trait UnitOfWork:
    Notices
    + People
    + Decisions
    + Reviews
    + Retention
    + Searches
    + Work
    + Order
    + Log
    + Seals
    + Unreadables
    + Accounts
    + Access
    + Sessions
    + Identities
    + SecondFactors
    + IdempotentAnswers
    + Policies
    + Backlog
    + Feed
    + Send
{
    /// Waits until no other unit of work holds any of these keys, and holds them until this one ends.
    /// What those units of work saved is seen from here on, so what depends on a key is read after it
    /// is locked. Keys are digests of anything: a matching key, a source and its reference.
    ///
    /// One call with all the keys, before anything else is read or written: two units of work that
    /// lock in several steps can stand in each other's way. More than a few hundred keys may lock out
    /// every other caller of this act. In a unit of work that reads it does nothing.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the keys did not come free in time; [`StoreError::Again`] when two
    /// units of work waited for each other.
    async fn lock(&mut self, keys: &[Digest]) -> Result<(), StoreError>;

    /// Whether nobody else can save anything before this unit of work ends that it would see. Where
    /// others can, what was read before a lock was had is read again after it.
    fn sees_one_moment(&self) -> bool;

    /// Makes everything durable. Not to be called after an act of this unit of work answered with
    /// [`StoreError::Busy`], [`StoreError::Again`] or [`StoreError::Engine`]: a store may then refuse.
    ///
    /// # Errors
    /// When it cannot be made durable; then nothing of it happened. Where the store was told and its
    /// answer was lost, [`StoreError::Unknown`]: nobody knows whether it happened.
    async fn save(self: Box<Self>) -> Result<(), StoreError>;
}
