//! What people said of the cues of a notice, and of whether two notices tell one event.

use async_trait::async_trait;
use ppn_domain::{CueVerdict, NoticeId, Timestamp};

use crate::{Digest, StoreError};

/// What a person said of a cue of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CueDecision {
    /// The notice.
    pub notice_id: NoticeId,
    /// The cue with the sentence that holds its words: nothing of them can be read from it.
    pub cue: Digest,
    /// The cue of the policy.
    pub of: String,
    /// What was said.
    pub verdict: CueVerdict,
    /// Who said it, and when.
    pub decided: (String, Timestamp),
}

/// What a person said of two notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDecision {
    /// The lower of the two.
    pub a: NoticeId,
    /// The other.
    pub b: NoticeId,
    /// Whether they tell one event.
    pub one: bool,
    /// Who said it, and when.
    pub decided: (String, Timestamp),
}

/// Decisions that stand above what the program reads.
#[async_trait]
pub trait Decisions {
    /// Keeps what was said of a cue, in the place of what was said of it before.
    async fn say_of_cue(&mut self, decision: &CueDecision) -> Result<(), StoreError>;

    /// Takes back what was said of a cue.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] where nothing was said.
    async fn unsay_of_cue(&mut self, notice_id: NoticeId, cue: Digest) -> Result<(), StoreError>;

    /// What was said of the cues of notices, those of sentences that a revision took away among them; by
    /// notice and then by cue.
    async fn cue_decisions(&mut self, notices: &[NoticeId]) -> Result<Vec<CueDecision>, StoreError>;

    /// Keeps what was said of two notices, in the place of what was said of them before.
    async fn say_of_event(&mut self, decision: &EventDecision) -> Result<(), StoreError>;

    /// Takes back what was said of two notices, the lower one first.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] where nothing was said.
    async fn unsay_of_event(&mut self, a: NoticeId, b: NoticeId) -> Result<(), StoreError>;

    /// What was said of notices and any others, in order of the two.
    async fn event_decisions(&mut self, notices: &[NoticeId]) -> Result<Vec<EventDecision>, StoreError>;
}
