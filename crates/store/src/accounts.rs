//! Users and their tokens.

use async_trait::async_trait;
use ppn_domain::{Roles, Timestamp, TokenId, UserId};

use crate::StoreError;

/// A token to keep; the secret itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its identifier.
    pub id: TokenId,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// For whom.
    pub user_id: UserId,
    /// What it allows.
    pub roles: Roles,
    /// The one source system it may submit for; `None` is any.
    pub source: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOwner {
    /// The token.
    pub id: TokenId,
    /// The person or machine it acts as.
    pub user: String,
    /// What it allows.
    pub roles: Roles,
    /// The one source system it may submit for.
    pub source: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

/// A token as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptToken {
    /// Its identifier.
    pub id: TokenId,
    /// The person or machine it acts as.
    pub user: String,
    /// What it allows.
    pub roles: Roles,
    /// The one source system it may submit for.
    pub source: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

/// What somebody signs in with, as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    /// A PHC string, which names the function and its parameters.
    pub hash: String,
    /// Somebody else gave it out: it must be changed, and is good until then.
    pub until: Option<Timestamp>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Somebody who signs in, or whom tokens act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their identifier.
    pub id: UserId,
    /// Their name, which is theirs alone.
    pub name: String,
    /// What they are when they sign in; a token has roles of its own.
    pub roles: Roles,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when nothing of theirs opens anything.
    pub disabled_at: Option<Timestamp>,
    /// Their password, where they have one here.
    pub password: Option<Password>,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// Wrong passwords since.
    pub failures: u32,
}

/// Users and tokens.
#[async_trait]
pub trait Accounts {
    /// The user with this name.
    async fn user(&mut self, name: &str) -> Result<Option<User>, StoreError>;

    /// Every user, by name.
    async fn users(&mut self) -> Result<Vec<User>, StoreError>;

    /// Writes everything of a user but name and time of making.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] for one who is not there.
    async fn write_user(&mut self, user: &User) -> Result<(), StoreError>;

    /// Every token, by user and then newest first.
    async fn tokens(&mut self) -> Result<Vec<KeptToken>, StoreError>;

    /// Revokes a token; says whether this did it, which it does not for an unknown or revoked one.
    async fn revoke_token(&mut self, id: TokenId, at: Timestamp) -> Result<bool, StoreError>;

    /// Writes when a token was used.
    async fn token_used(&mut self, id: TokenId, at: Timestamp) -> Result<(), StoreError>;

    /// The user with this name, created with `id` if absent.
    async fn user_named(&mut self, name: &str, id: UserId, now: Timestamp) -> Result<UserId, StoreError>;

    /// Keeps a token.
    async fn insert_token(&mut self, token: &NewToken) -> Result<(), StoreError>;

    /// What the roles and the live tokens of the user with this name allow together: nothing for a
    /// disabled one, `None` for an unknown name.
    async fn roles_of(&mut self, name: &str, now: Timestamp) -> Result<Option<Roles>, StoreError>;

    /// Whose token has this hash, whether it has ended or not; `None` for a revoked one and
    /// for one of a disabled user.
    async fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, StoreError>;
}
