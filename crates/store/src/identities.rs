//! Whom an OpenID provider vouches for.

use async_trait::async_trait;
use ppn_domain::{Timestamp, UserId};

use crate::{StoreError, StoredSession, User};

/// Somebody as an OpenID provider names them: for good, unlike a name that may pass to somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectAt {
    /// The provider.
    pub issuer: String,
    /// The provider's own identifier of the person.
    pub subject: String,
}

/// Identities at providers.
#[async_trait]
pub trait Identities {
    /// The user whom a provider means.
    async fn user_at(&mut self, identity: &SubjectAt) -> Result<Option<User>, StoreError>;

    /// Whom a provider vouches for: everybody with an identity.
    async fn users_at_providers(&mut self) -> Result<Vec<UserId>, StoreError>;

    /// Says whom a provider means, in the place of what was said of that user before. False, and nothing
    /// is written, where the provider means somebody else by it.
    async fn write_identity(
        &mut self,
        user: UserId,
        identity: &SubjectAt,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The sessions that nobody ended and that began in a session of a provider, each with its user's name.
    async fn sessions_at(
        &mut self,
        issuer: &str,
        session: &str,
    ) -> Result<Vec<(StoredSession, String)>, StoreError>;
}
