//! The policy: data, with a history.

use async_trait::async_trait;
use ppn_domain::{PolicyRef, Timestamp};

use crate::StoreError;

/// A policy as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyText {
    /// Version and hash.
    pub reference: PolicyRef,
    /// The text.
    pub text: String,
    /// Who proposed it.
    pub proposer: String,
    /// Who approved it; `None` for the one that an empty store starts with.
    pub approver: Option<String>,
    /// When it became active.
    pub installed_at: Timestamp,
}

/// The policies.
#[async_trait]
pub trait Policies {
    /// The active policy.
    async fn active_policy(&mut self) -> Result<Option<PolicyText>, StoreError>;

    /// Every policy kept, the latest first, and whether it is the active one.
    async fn policies(&mut self) -> Result<Vec<(PolicyText, bool)>, StoreError>;

    /// Keeps a policy that is not active.
    async fn keep_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError>;

    /// Keeps who approved a policy.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] when there is none of that hash without an approver.
    async fn approve_policy(&mut self, hash: &str, approver: &str) -> Result<(), StoreError>;

    /// Makes a kept policy the active one.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] when there is none of that hash.
    async fn activate_policy(&mut self, hash: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Keeps a policy and makes it the active one.
    async fn install_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError>;
}
