//! An assessment in few bytes, for lists of a hundred thousand notices.
//!
//! What the policy says already (a rule's name, points, floor and, mostly, its text) is left out and
//! put back when a line is made; the rest is kept as JSON, which has no spare capacity and no
//! pointers.

use ppn_domain::{Desk, Evidence, Question, Rank, Reason, Span, Suggestion};
use serde::{Deserialize, Serialize};

use crate::assess::DeskAssessment;
use crate::policy::Policy;

/// One assessment at one desk.
pub(super) struct Packed {
    pub(super) desk: Desk,
    pub(super) rank: Rank,
    pub(super) picked_up: Span,
    body: Box<[u8]>,
}

/// What a line shows besides its rank.
#[derive(Default)]
pub(super) struct Body {
    pub(super) reasons: Vec<Reason>,
    pub(super) questions: Vec<Question>,
    pub(super) suggests: Vec<Suggestion>,
}

/// Path, what stands there, span and reference of another notice.
type ShortEvidence = (String, String, Option<(u32, u32)>, Option<String>);

#[derive(Serialize, Deserialize)]
enum Short {
    /// A rule of the policy by its place, its text where that was filled in, and its evidence.
    #[serde(rename = "r")]
    Rule(usize, Option<String>, Vec<ShortEvidence>),
    /// A reason that triage gave itself.
    #[serde(rename = "o")]
    Own(Reason),
}

impl Packed {
    pub(super) fn new(policy: &Policy, item: DeskAssessment) -> Self {
        let assessment = item.assessment;
        let reasons: Vec<Short> =
            assessment.reasons.into_iter().map(|reason| short(policy, reason)).collect();
        let body = (reasons, assessment.questions, assessment.suggests);
        Self {
            desk: item.desk,
            rank: assessment.rank,
            picked_up: item.limits.picked_up,
            // Strings, numbers and closed vocabularies have no form that cannot be written.
            body: serde_json::to_vec(&body).unwrap_or_default().into_boxed_slice(),
        }
    }

    pub(super) fn unpack(&self, policy: &Policy) -> Body {
        type Parts = (Vec<Short>, Vec<Question>, Vec<Suggestion>);
        let Ok((reasons, questions, suggests)) = serde_json::from_slice::<Parts>(&self.body) else {
            return Body::default();
        };
        let reasons = reasons.into_iter().filter_map(|reason| long(policy, reason)).collect();
        Body { reasons, questions, suggests }
    }
}

fn short(policy: &Policy, reason: Reason) -> Short {
    let Some(place) = policy.rule_place(&reason.rule) else { return Short::Own(reason) };
    let text = (reason.text != policy.rules[place].text).then_some(reason.text);
    let evidence = reason.evidence.into_iter().map(|e| (e.path, e.says, e.span, e.reference)).collect();
    Short::Rule(place, text, evidence)
}

fn long(policy: &Policy, short: Short) -> Option<Reason> {
    match short {
        Short::Own(reason) => Some(reason),
        Short::Rule(place, text, evidence) => {
            let rule = policy.rules.get(place)?;
            Some(Reason {
                rule: rule.id.clone(),
                points: rule.points,
                floor: rule.floor,
                text: text.unwrap_or_else(|| rule.text.clone()),
                evidence: evidence
                    .into_iter()
                    .map(|(path, says, span, reference)| Evidence { path, says, span, reference })
                    .collect(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DEFAULT_POLICY, assess};
    use ppn_domain::{Notice, Timestamp};

    #[test]
    fn what_was_packed_comes_out_as_it_was() {
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let notice: Notice = serde_json::from_value(serde_json::json!({
            "source": "s", "reference": "r", "kind": "child",
            "indicators": ["non_fatal_strangulation"],
            "persons": [{ "roles": ["subject"], "social_care": [{ "status": "child_in_need" }] }],
        }))
        .unwrap();
        for item in assess(&policy, &notice, Timestamp::from_micros(0)) {
            let before = item.assessment.clone();
            let body = Packed::new(&policy, item).unpack(&policy);
            assert_eq!((body.reasons, body.questions), (before.reasons, before.questions));
            assert_eq!(body.suggests, before.suggests);
        }
    }
}
