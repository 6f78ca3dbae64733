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

    /// Keeps a policy and makes it the active one.
    async fn install_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError>;
}
