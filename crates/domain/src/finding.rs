//! Findings: deficiencies found at intake, for the officer's feedback.

use serde::{Deserialize, Serialize};

use crate::codes::codes;

codes! {
    /// What kind of deficiency. A finding never refuses a notice.
    pub enum FindingCode {
        EthnicityMissing = "ethnicity_missing",
        DateOfBirthMissing = "date_of_birth_missing",
        SubmittedAtMissing = "submitted_at_missing",
        SubmittedBeforeOccurred = "submitted_before_occurred",
        TimeInFuture = "time_in_future",
        BornAfterSubmission = "born_after_submission",
        RiskAssessmentMissing = "risk_assessment_missing",
        RiskAssessmentRefused = "risk_assessment_refused",
        UnmappedAnswer = "unmapped_answer",
        ChildrenNotDescribed = "children_not_described",
        ChildNotSeen = "child_not_seen",
        ChildSeenNotRecorded = "child_seen_not_recorded",
        ChildNotSpokenTo = "child_not_spoken_to",
        GradeAtOdds = "grade_at_odds",
        DuplicatePersonKey = "duplicate_person_key",
        UnknownPersonKey = "unknown_person_key",
        CircumstancesBlank = "circumstances_blank",
        SupervisorDidNotReview = "supervisor_did_not_review",
        PresentAndRuledOut = "present_and_ruled_out",
        UnmappedValue = "unmapped_value",
        AmbiguousLocalTime = "ambiguous_local_time",
        NonexistentLocalTime = "nonexistent_local_time",
        UnreadableCharacter = "unreadable_character",
    }
}

/// A deficiency found at intake: what, where, and what the officer can do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub code: FindingCode,
    /// JSON pointer to the place; empty for the notice as a whole.
    pub path: String,
    /// In words, with what to do; never the value that stands there.
    pub text: String,
}
