//! Explanation: what a rule or a fact of a policy is, and why an item stands where it stands.
//!
//! Everything is read from the policy's own text and from the reasons of ranked items, so that a
//! new kind of rule or of fact is explained without a change here.

mod entry;
mod item;

pub use entry::{Entry, FactNote, entries};
pub use item::{BandsBegin, IS_NOT, ItemExplained, Step, ToNext, bands_begin, explain_item};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::assess::{LITTLE_KNOWN, OPEN_TO_SOCIAL_CARE};
use crate::facts::registry;
use crate::policy::Policy;

/// At most this many near names are offered for one that is not known.
const MOST_NEAR: usize = 3;

/// What a name stands for in a policy: a rule, a fact, a reason without a rule, or more than one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The factor, floor, cluster, question or other entry.
    pub entry: Option<Entry>,
    /// The fact.
    pub fact: Option<FactInPolicy>,
    /// The reason that is given without a rule.
    pub given: Option<Given>,
}

/// A reason that the program gives by itself, without a rule of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given {
    /// By which reasons name it.
    pub id: &'static str,
    /// When it is given, and what it does.
    pub when: String,
    /// What it says.
    pub text: String,
}

/// A fact, and who asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactInPolicy {
    /// The fact itself.
    #[serde(flatten)]
    pub note: FactNote,
    /// A notice, as JSON, of which it holds.
    pub example: String,
    /// The entries that ask for it, in the order of the file.
    pub asked_by: Vec<Asker>,
}

/// An entry of a policy that asks for a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asker {
    /// Its identifier.
    pub id: String,
    /// What it is: `factor`, `floor`, `cluster`, `question`.
    pub section: String,
}

/// What a policy holds, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// The version that it states.
    pub version: String,
    /// SHA-256 of its text, in hexadecimal.
    pub hash: String,
    /// Entries of each section, by name.
    pub sections: BTreeMap<String, usize>,
    /// Facts that each notice is asked for.
    pub facts: usize,
}

/// Explains a name: the identifier of an entry of the policy or of a fact. `None` where it is neither.
pub fn explain(policy: &Policy, id: &str) -> Option<Named> {
    let all = entries(policy);
    let fact = registry().find(id).map(|place| {
        let asks = |entry: &&Entry| entry.rests_on.iter().any(|fact| fact.id == id);
        let asked_by = all
            .iter()
            .filter(asks)
            .map(|entry| Asker { id: entry.id.clone(), section: entry.section.clone() })
            .collect();
        FactInPolicy { note: entry::note(place), example: registry().facts[place].example.clone(), asked_by }
    });
    let entry = all.into_iter().find(|entry| entry.id == id);
    let given = given(policy).into_iter().find(|given| given.id == id);
    (entry.is_some() || fact.is_some() || given.is_some()).then_some(Named { entry, fact, given })
}

/// The reasons that the program gives by itself.
pub fn given(policy: &Policy) -> [Given; 2] {
    let little = &policy.little_known;
    [
        Given {
            id: LITTLE_KNOWN,
            when: format!(
                "given at a desk where {} or fewer rules of the policy hold, the officer's grade not counted. \
                 It adds no points and lowers nothing. How few, and its words, stand in the section \
                 little_known of the policy",
                little.at_most
            ),
            text: little.text.clone(),
        },
        Given {
            id: OPEN_TO_SOCIAL_CARE,
            when: "given at the share desk for each person said to be open to social care: it opens the \
                   share item and adds no points. It also says where the status was not checked within \
                   seven days before receipt"
                .to_owned(),
            text: "Open to social care (STATUS): WHO. Send at once.".to_owned(),
        },
    ]
}

/// The names most like one that is not known, the nearest first; none where nothing is near.
pub fn near(policy: &Policy, id: &str) -> Vec<String> {
    let known = entries(policy).into_iter().map(|entry| entry.id);
    let facts = registry().facts.iter().map(|fact| fact.id.clone());
    let given = given(policy).into_iter().map(|given| given.id.to_owned());
    let mut all: Vec<(usize, String)> = known
        .chain(facts)
        .chain(given)
        .filter_map(|known| {
            let distance = strsim::damerau_levenshtein(&known, id);
            // A third of the letters may be wrong, and a part of a name is near it.
            let near = distance <= id.len().div_ceil(3) || (id.len() > 3 && known.contains(id));
            near.then_some((distance, known))
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(MOST_NEAR);
    all.into_iter().map(|(_, known)| known).collect()
}

/// What a policy holds.
pub fn contents(policy: &Policy) -> Contents {
    Contents {
        version: policy.reference().version.clone(),
        hash: policy.reference().hash.clone(),
        sections: entry::sections(policy),
        facts: policy.used.len(),
    }
}
