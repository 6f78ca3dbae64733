//! The log: what section 62 of the Data Protection Act 2018 asks to be recorded.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codes::codes;
use crate::{AuditId, NoticeId, Timestamp, TypedTextId, WorkItemId};

codes! {
    /// What was done. The first word groups acts as section 62 does.
    pub enum Act {
        CollectedNotice = "collected_notice",
        CollectedRevision = "collected_revision",
        CollectedRepeat = "collected_repeat",
        CollectedUnreadable = "collected_unreadable",
        CollectedOutcome = "collected_outcome",
        ConsultedNotice = "consulted_notice",
        ConsultedWorkItem = "consulted_work_item",
        ConsultedWorkList = "consulted_work_list",
        ConsultedUnreadable = "consulted_unreadable",
        ConsultedPerson = "consulted_person",
        /// A search: by what, and what it found; never what was asked for.
        Searched = "searched",
        /// The whole store for figures: how many notices, never which.
        ConsultedForFigures = "consulted_for_figures",
        Claimed = "claimed",
        Renewed = "renewed",
        Released = "released",
        Expired = "expired",
        ClaimWithdrawn = "claim_withdrawn",
        Held = "held",
        HoldEnded = "hold_ended",
        Assigned = "assigned",
        TakenOver = "taken_over",
        Completed = "completed",
        /// A reviewer gave a grade beside the officer's.
        Graded = "graded",
        Endorsed = "endorsed",
        EndorsementRefused = "endorsement_refused",
        Reassessed = "reassessed",
        PeopleJoined = "people_joined",
        PeopleParted = "people_parted",
        LinkConfirmed = "link_confirmed",
        LinkRefused = "link_refused",
        LinkUndone = "link_undone",
        CueConfirmed = "cue_confirmed",
        CueDismissed = "cue_dismissed",
        CueUndone = "cue_undone",
        EventsJoined = "events_joined",
        EventsParted = "events_parted",
        EventUndone = "event_undone",
        LoweringAccepted = "lowering_accepted",
        /// A notice was restricted, for a reason that its source did not give.
        Restricted = "restricted",
        RestrictionLifted = "restriction_lifted",
        /// Somebody whom no list names opened a restricted notice for themselves.
        GlassBroken = "glass_broken",
        /// Who stands on the list of a restriction reason, or is on call for it, was changed.
        RestrictionListChanged = "restriction_list_changed",
        ConsultedRestricted = "consulted_restricted",
        /// Somebody passed an item on, since they know the people.
        KnowsThesePeople = "knows_these_people",
        /// Somebody said who they and theirs are, to be kept off what names them.
        PeopleDeclared = "people_declared",
        UnreadableMended = "unreadable_mended",
        UnreadableDismissed = "unreadable_dismissed",
        TokenCreated = "token_created",
        TokenRevoked = "token_revoked",
        SignedIn = "signed_in",
        /// A wrong name or password.
        SignInFailed = "sign_in_failed",
        /// So many wrong passwords that the next one must wait.
        SignInDelayed = "sign_in_delayed",
        SignedOut = "signed_out",
        SessionEnded = "session_ended",
        UserAdded = "user_added",
        UserDisabled = "user_disabled",
        UserEnabled = "user_enabled",
        RolesChanged = "roles_changed",
        PasswordGiven = "password_given",
        PasswordChanged = "password_changed",
        SecondFactorAdded = "second_factor_added",
        SecondFactorRemoved = "second_factor_removed",
        /// Whom a provider means by an identifier of its own was said.
        IdentityLinked = "identity_linked",
        RecoveryCodeUsed = "recovery_code_used",
        PolicyInstalled = "policy_installed",
        PolicyProposed = "policy_proposed",
        PolicyApproved = "policy_approved",
        PolicyApplied = "policy_applied",
        BackupMade = "backup_made",
        /// Which notices are due for review.
        ConsultedForReview = "consulted_for_review",
        KeptOnReview = "kept_on_review",
        LegalHoldSet = "legal_hold_set",
        LegalHoldLifted = "legal_hold_lifted",
        /// What a notice said, and what was made of it, is gone; that it was there is not.
        ErasedNotice = "erased_notice",
        AccessRefused = "access_refused",
        SealingKeyMade = "sealing_key_made",
        ConsultedLog = "consulted_log",
        LogExported = "log_exported",
        LogVerified = "log_verified",
        LogProven = "log_proven",
    }
}

/// Text that somebody typed. It can be erased without touching the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedText {
    /// Its identifier.
    pub id: TypedTextId,
    /// SHA-256 of salt and text.
    pub hash: [u8; 32],
    /// Sixteen random bytes; erased with the text, so that the hash cannot be searched.
    pub salt: [u8; 16],
    /// The text.
    pub text: String,
}

/// A row of the log, written in the transaction of the act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its identifier.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who: a user's name, `operator:NAME` for the command line, `system` for the service itself.
    pub who: String,
    /// What was done.
    pub act: Act,
    /// On which notice.
    pub notice_id: Option<NoticeId>,
    /// On which work item.
    pub work_item_id: Option<WorkItemId>,
    /// About which person, once people are linked over notices.
    pub person_id: Option<uuid::Uuid>,
    /// From where: the caller's address, or the command.
    pub origin: String,
    /// Why, as typed: kept apart from the log, which holds its salted hash alone.
    pub why: Option<TypedText>,
    /// To whom, for a disclosure or an assignment.
    pub recipient: Option<String>,
    /// Identifiers shown, and codes; never content of a notice.
    pub detail: Value,
}

/// A row of the log as the store holds it, byte for byte, whatever became of it: what is sealed, and
/// what is looked at when the seals are checked. Nothing in it is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredRow {
    /// Where it stands in the log.
    pub place: i64,
    /// The identifier.
    pub id: Vec<u8>,
    /// When, in microseconds since 1970 UTC; `None` where what stands there is no moment.
    pub at: Option<i64>,
    /// Who.
    pub who: Vec<u8>,
    /// The code of the act.
    pub act: Vec<u8>,
    /// On which notice.
    pub notice_id: Option<Vec<u8>>,
    /// On which work item.
    pub work_item_id: Option<Vec<u8>>,
    /// About which person.
    pub person_id: Option<Vec<u8>>,
    /// From where.
    pub origin: Vec<u8>,
    /// Which typed text says why.
    pub why_id: Option<Vec<u8>>,
    /// The salted hash of that text.
    pub why_hash: Option<Vec<u8>>,
    /// To whom.
    pub recipient: Option<Vec<u8>>,
    /// Identifiers and codes, as the store writes them out.
    pub detail: Vec<u8>,
    /// Salt and text that stand apart, unless they were erased. They are no part of what is sealed.
    pub typed: Option<(Vec<u8>, Vec<u8>)>,
}
