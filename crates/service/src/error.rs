//! What a use case refuses, and why.

use std::sync::Arc;

use ppn_domain::{Desk, NotAllowed, Permission, StateName, Timestamp};
use ppn_ingestion::FieldError;
use ppn_store::StoreError;
use thiserror::Error;

use crate::{CuePreview, ProviderFault};

/// Why a use case did not do what it was asked. Nothing of it happened, except perhaps where it is
/// [`ServiceError::Unknown`].
#[derive(Debug, Clone, Error)]
pub enum ServiceError {
    /// No valid credentials.
    #[error("sign in first")]
    Unauthenticated,
    /// The name or the password is wrong, or whoever it is may not sign in: it is not said which.
    #[error("the name or the password is wrong")]
    WrongCredentials,
    /// The password is right, and a code of their second factor is missing.
    #[error("give the code of your authenticator too")]
    CodeNeeded,
    /// The code is wrong, or was used before.
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// Too many wrong passwords came from there for that account; this one was not looked at.
    #[error("too many wrong passwords: try again later")]
    TooSoon {
        /// When it may be tried again.
        until: Timestamp,
    },
    /// Nobody came in by the provider.
    #[error("signing in at the provider failed")]
    Provider(#[source] ProviderFault),
    /// Nobody changes what they are themselves, nor disables themselves.
    #[error("somebody else must change your account")]
    OwnAccount,
    /// None of the caller's roles allows it.
    #[error("your role may not do that: it needs {0}")]
    Forbidden(Permission),
    /// None of the caller's roles works at the desk.
    #[error("your role does not work at the {0} desk")]
    NotYourDesk(Desk),
    /// Only somebody on the standing list of a restriction lifts it.
    #[error("only somebody on the standing list of that restriction may lift it")]
    NotOnTheList,
    /// The caller's token submits for another source.
    #[error("this token may not submit for that source")]
    NotYourSource,
    /// Nobody decides as the second person on what they decided first.
    #[error("the second person must be somebody else")]
    OwnDecision,
    /// There is none, or the caller may not know of it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Fields of the request that cannot stand.
    #[error("some fields need mending")]
    Invalid(Vec<FieldError>),
    /// Somebody else holds the item.
    #[error("held by {holder}")]
    HeldBy {
        /// The present holder.
        holder: String,
        /// Since when.
        since: Timestamp,
    },
    /// The claim named has ended and nobody else holds the item.
    #[error("that claim has ended")]
    ClaimEnded,
    /// The item is in a state in which that cannot be done.
    #[error("a {from} item cannot be {act}")]
    WrongState {
        /// The state that it is in.
        from: StateName,
        /// What was asked, as a past participle.
        act: &'static str,
    },
    /// The notice changed since it was read.
    #[error("the notice was revised: read revision {current} first")]
    Revised {
        /// The current revision.
        current: u32,
    },
    /// A notice of the same people arrived since the item was read.
    #[error("a linked notice arrived since you read this: read it again first")]
    LinkedSince,
    /// The same idempotency key came with another request.
    #[error("that idempotency key was used for another request")]
    KeyReused,
    /// Nothing lower is on offer.
    #[error("no lower band or place is on offer for this item")]
    NothingToLower,
    /// Dismissing the cue would do other than what the caller says that they were shown.
    #[error("it would now do something else than you were shown")]
    PreviewChanged(Box<CuePreview>),
    /// Somebody else's change came first.
    #[error("somebody else changed it at the same moment")]
    Raced,
    /// Two changes stood in each other's way and this one gave way: nothing of it was done.
    #[error("another change came between: try again")]
    Again,
    /// The log is no longer what was sealed, so that nothing can be proven from it.
    #[error("nothing can be proven: {0}")]
    NoProof(#[source] ppn_sealing::ProofFault),
    /// Try again in a moment.
    #[error("the service is busy")]
    Busy,
    /// The store was told to save and its answer was lost: the one refusal of which something may have
    /// happened. The same request under its idempotency key finds out, and does it where it was not done.
    #[error("it may have been done: the store's answer was lost")]
    Unknown,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] Arc<StoreError>),
}

impl ServiceError {
    /// Whether the unit of work as a whole cannot be believed, so that a whole slice fails.
    pub(crate) const fn is_of_the_store(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Unknown | Self::Busy | Self::Again | Self::Raced)
    }

    /// Whether a unit of work that is begun anew may find its way free: another writer came first, and
    /// nothing of this one was kept.
    pub(crate) const fn is_over_when_begun_anew(&self) -> bool {
        matches!(self, Self::Again | Self::Raced)
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::Again => Self::Again,
            StoreError::NotOnce { .. } => Self::Raced,
            StoreError::Unknown(_) => Self::Unknown,
            other => Self::Store(Arc::new(other)),
        }
    }
}

impl From<NotAllowed> for ServiceError {
    fn from(error: NotAllowed) -> Self {
        match error {
            NotAllowed::FromState { from, act } => Self::WrongState { from, act },
            NotAllowed::ClaimEnded { held_by: Some((holder, since)) } => Self::HeldBy { holder, since },
            NotAllowed::ClaimEnded { held_by: None } => Self::ClaimEnded,
            NotAllowed::HoldTooLong { longest } => invalid(
                "/until",
                "too_long",
                format!(
                    "choose a time at most {} hours from now: longer is not allowed in this band",
                    longest.as_seconds() / 3600
                ),
            ),
            NotAllowed::SamePerson => Self::OwnDecision,
        }
    }
}

/// One field that cannot stand.
pub fn invalid(path: &str, rule: &str, fix: impl Into<String>) -> ServiceError {
    ServiceError::Invalid(vec![FieldError {
        path: path.to_owned(),
        rule: rule.to_owned(),
        fix: fix.into(),
        line: None,
    }])
}

/// Checks that a text which somebody must type is there and not too long.
pub fn typed<'a>(path: &str, text: &'a str) -> Result<&'a str, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid(path, "required", "write a reason: it is kept with the record"));
    }
    if text.chars().count() > crate::MAX_TYPED_CHARS {
        return Err(invalid(
            path,
            "too_long",
            format!("shorten it to {} characters", crate::MAX_TYPED_CHARS),
        ));
    }
    Ok(text)
}
