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
}

/// Users and tokens.
#[async_trait]
pub trait Accounts {
    /// The user with this name, created with `id` if absent.
    async fn user_named(&mut self, name: &str, id: UserId, now: Timestamp) -> Result<UserId, StoreError>;

    /// Keeps a token.
    async fn insert_token(&mut self, token: &NewToken) -> Result<(), StoreError>;

    /// What the live tokens of the user with this name allow together; `None` for an unknown name.
    async fn roles_of(&mut self, name: &str, now: Timestamp) -> Result<Option<Roles>, StoreError>;

    /// Whose token has this hash, whether it has ended or not; `None` for a revoked one.
    async fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, StoreError>;
}
