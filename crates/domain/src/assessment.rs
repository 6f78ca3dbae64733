//! The result of triage, and why.

use serde::{Deserialize, Serialize};

use crate::codes::codes;
use crate::{Band, Rank};

/// Where a reason comes from: the words, the answer or the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// JSON pointer into the notice, for example `/persons/1/orders/0`.
    pub path: String,
    /// The code, answer or words that stand there.
    pub says: String,
    /// Byte offsets of the words inside the text at `path`, where they are part of a longer text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(u32, u32)>,
    /// The reference of another notice, where the fact comes from that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// One rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's identifier in the policy.
    pub rule: String,
    /// Points it added; `None` for a rule that only sets a floor.
    pub points: Option<i32>,
    /// The lowest band it allows; `None` for a rule that only adds points.
    pub floor: Option<Band>,
    /// The reason in words.
    pub text: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// An unknown that somebody can find out, and that could raise the band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question, as something that somebody can answer.
    pub question: String,
    /// The band if the answer is the worrying one.
    pub could_be: Band,
}

codes! {
    /// What the assessment suggests that a person should do; nothing is done by itself.
    pub enum Suggestion {
        Share = "share",
        MaracCheck = "marac_check",
        StrategyDiscussion = "strategy_discussion",
        SchoolNotification = "school_notification",
        NoResearch = "no_research",
        SecondPersonToClose = "second_person_to_close",
    }
}

/// Why something is suggested: one criterion that is met, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// What is suggested for it.
    pub suggests: Suggestion,
    /// The criterion's identifier in the policy.
    pub criterion: String,
    /// The criterion in words.
    pub text: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

codes! {
    /// What a person said of a cue: of words in a narrative that suggest a fact.
    pub enum CueVerdict {
        /// It is so: the fact rests on somebody's word and no longer on the cue alone.
        Confirmed = "confirmed",
        /// It is not so: the words state nothing.
        Dismissed = "dismissed",
    }
}

/// Which policy an assessment was made under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PolicyRef {
    /// The version that the policy states.
    pub version: String,
    /// SHA-256 of its text, in hexadecimal.
    pub hash: String,
}

/// The result of triage of one notice for one desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Band and score.
    #[serde(flatten)]
    pub rank: Rank,
    /// Every rule that fired, floors first, then by points.
    pub reasons: Vec<Reason>,
    /// At most three open questions; not empty means provisional.
    pub questions: Vec<Question>,
    /// What a person might do.
    pub suggests: Vec<Suggestion>,
    /// The criteria that are met of what is suggested, each with its evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<Ground>,
    /// The policy.
    pub policy: PolicyRef,
}
