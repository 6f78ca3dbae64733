//! Sessions of people who signed in, and what slows guessing down.

use async_trait::async_trait;
use ppn_domain::{SessionId, Timestamp, UserId};

use crate::{StoreError, User};

/// Where a session began that no password of ours did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtProvider {
    /// The provider.
    pub issuer: String,
    /// Its own session, where it names one.
    pub session: Option<String>,
}

/// A session to keep; neither secret itself is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its identifier.
    pub id: SessionId,
    /// SHA-256 of the secret that the browser holds.
    pub hash: [u8; 32],
    /// SHA-256 of the secret by which the browser is known again.
    pub browser: [u8; 32],
    /// Whose.
    pub user_id: UserId,
    /// From where it was begun.
    pub origin: String,
    /// At which provider, where no password began it.
    pub provider: Option<AtProvider>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ends, however much it is used.
    pub ends_at: Timestamp,
}

/// A session that nobody ended. Whether its time is over is for the caller to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Its identifier.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// From where it was begun.
    pub origin: String,
    /// At which provider, where no password began it.
    pub provider: Option<AtProvider>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub ends_at: Timestamp,
}

/// Wrong passwords for one account from one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub failures: u32,
    /// When it may be tried again.
    pub until: Timestamp,
    /// When it was last tried.
    pub last_at: Timestamp,
}

/// Sessions and failures.
#[async_trait]
pub trait Sessions {
    /// Keeps a session, seen when it was begun.
    async fn insert_session(&mut self, session: &NewSession) -> Result<(), StoreError>;

    /// The session with this hash, and its user as they are now; `None` for an unknown or ended one.
    async fn session(&mut self, hash: &[u8; 32]) -> Result<Option<(StoredSession, User)>, StoreError>;

    /// Writes that a session was used. One that was ended meanwhile stays as it is.
    async fn session_seen(&mut self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;

    /// The sessions of a user that nobody ended, newest first.
    async fn sessions_of(&mut self, user: UserId) -> Result<Vec<StoredSession>, StoreError>;

    /// Sessions that nobody ended and that were last seen at or before one moment, or end at or before
    /// another; at most `limit`, the longest unseen first.
    async fn stale_sessions(
        &mut self,
        seen: Timestamp,
        ends: Timestamp,
        limit: u32,
    ) -> Result<Vec<(StoredSession, String)>, StoreError>;

    /// Ends a session; says whether this ended it.
    async fn end_session(&mut self, id: SessionId, at: Timestamp) -> Result<bool, StoreError>;

    /// Whether this browser ever signed in as the user, as far back as sessions are kept.
    async fn knows_browser(&mut self, user: UserId, browser: &[u8; 32]) -> Result<bool, StoreError>;

    /// Wrong passwords in a bucket.
    async fn failures(&mut self, bucket: &[u8; 32]) -> Result<Option<Failures>, StoreError>;

    /// Writes the failures of a bucket in the place of those before.
    async fn keep_failures(&mut self, bucket: &[u8; 32], failures: &Failures) -> Result<(), StoreError>;

    /// Forgets the failures of a bucket.
    async fn clear_failures(&mut self, bucket: &[u8; 32]) -> Result<(), StoreError>;

    /// Forgets sessions that ended, and failures that were last tried, before these moments.
    async fn forget_sign_ins(&mut self, ended: Timestamp, tried: Timestamp) -> Result<u64, StoreError>;
}
