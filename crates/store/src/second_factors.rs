//! Second factors of people who sign in with a password.

use async_trait::async_trait;
use ppn_domain::{Timestamp, UserId};

use crate::StoreError;

/// What somebody's authenticator shares with the service.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret of both.
    pub secret: [u8; 20],
    /// When a first code was right; until then it guards nothing.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last code that was taken, of 30 seconds since 1970.
    pub last_step: u64,
}

/// The secret is left out.
impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor").field("confirmed_at", &self.confirmed_at).finish_non_exhaustive()
    }
}

/// Second factors and the codes for when one is lost.
#[async_trait]
pub trait SecondFactors {
    /// Somebody's second factor. In a unit of work that writes, whoever asks for the same one waits until
    /// this one ends, so that no code is taken twice.
    async fn second_factor(&mut self, user: UserId) -> Result<Option<SecondFactor>, StoreError>;

    /// Writes somebody's second factor, in the place of the one before.
    async fn write_second_factor(&mut self, user: UserId, factor: &SecondFactor) -> Result<(), StoreError>;

    /// Removes somebody's second factor with its codes. Whether there was one.
    async fn remove_second_factor(&mut self, user: UserId) -> Result<bool, StoreError>;

    /// Keeps the hashes of codes for when the authenticator is lost, in the place of those before.
    async fn keep_recovery_codes(&mut self, user: UserId, hashes: &[[u8; 32]]) -> Result<(), StoreError>;

    /// Uses such a code up. Whether it was there and unused.
    async fn use_recovery_code(
        &mut self,
        user: UserId,
        hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// How many such codes are left.
    async fn recovery_codes_left(&mut self, user: UserId) -> Result<u32, StoreError>;
}
