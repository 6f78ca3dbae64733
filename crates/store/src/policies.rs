//! The policy: data, with a history.

use async_trait::async_trait;
use ppn_domain::{PolicyRef, Rank, Timestamp, WorkItemId};

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

/// A lowering that whoever approved a policy was shown and accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptedLowering {
    /// The item.
    pub item: WorkItemId,
    /// Where it stood when it was shown.
    pub from: Rank,
    /// Where the policy would put it.
    pub to: Rank,
}

/// The policies.
#[async_trait]
pub trait Policies {
    /// The active policy.
    async fn active_policy(&mut self) -> Result<Option<PolicyText>, StoreError>;

    /// Version and hash of the active policy. In a unit of work that writes, no other policy becomes
    /// active before it ends.
    async fn active_policy_ref(&mut self) -> Result<Option<PolicyRef>, StoreError>;

    /// Every policy kept, the latest first, and whether it is the active one.
    async fn policies(&mut self) -> Result<Vec<(PolicyText, bool)>, StoreError>;

    /// Keeps a policy that is not active.
    async fn keep_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError>;

    /// Keeps who approved a policy, and which lowerings they accepted with it.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] when there is none of that hash without an approver.
    async fn approve_policy(
        &mut self,
        hash: &str,
        approver: &str,
        accepted: &[AcceptedLowering],
    ) -> Result<(), StoreError>;

    /// The lowerings of these items that were accepted with a policy, in no order.
    async fn accepted_lowerings(
        &mut self,
        hash: &str,
        items: &[WorkItemId],
    ) -> Result<Vec<AcceptedLowering>, StoreError>;

    /// How many unfinished items that triage ranks have their latest assessment under another policy.
    async fn items_under_another(&mut self, hash: &str) -> Result<u64, StoreError>;

    /// Makes a kept policy the active one.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] when there is none of that hash.
    async fn activate_policy(&mut self, hash: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Keeps a policy and makes it the active one.
    async fn install_policy(&mut self, policy: &PolicyText) -> Result<(), StoreError>;
}
