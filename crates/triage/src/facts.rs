//! Facts: the closed, typed vocabulary that policy speaks in.
//!
//! One registry. An entry says what the fact means, of what type it is, whom it is about, where in
//! the notice it is found, and how; from it come the validation of a policy, the documents
//! ([`describe`]) and a test for each fact. Adding a fact takes one entry in one of the themes.
//!
//! A fact is three-valued: yes, no, or not known. Absent is not known. What officers left out is
//! never read as no, and where both are written yes wins.
//!
//! Ethnicity, sex, gender, names, religion, area, postcode and school are no facts and cannot
//! become any by policy.

mod care;
mod children;
mod context;
mod indicators;
mod linked;
mod markers;
mod notice;
mod offending;
mod safety;

pub(crate) use care::{is_on_plan, is_open as is_open_status};
pub(crate) use children::child_concerned;
pub(crate) use context::binds;
pub(crate) use linked::children_there;
pub(crate) use offending::{is_offender as is_sex_offender, is_protective};

use std::collections::HashMap;
use std::sync::LazyLock;

use ppn_domain::notice::codes::{Answer, Concern, Indicator, Tool};
use ppn_domain::{Evidence, Notice, Timestamp};
use serde::{Deserialize, Serialize};

use crate::history::History;

pub(crate) use context::{Context, Group};

/// The type of a fact, and with it the tests that a policy may put to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Yes, no or not known. Tested by naming it.
    YesNo,
    /// A number of things. Tested by `at_least`.
    Count,
    /// Days since, or days of age. Tested by `at_most`.
    Days,
}

impl FactKind {
    /// The word for it in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::YesNo => "yes or no",
            Self::Count => "count",
            Self::Days => "days",
        }
    }
}

/// Whom a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The incident or household as a whole.
    Notice,
    /// One person of the notice; it holds where it holds of any of them.
    Person,
}

/// One fact as documents show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactDoc {
    /// The identifier that policy uses.
    pub id: String,
    /// What it means.
    pub meaning: String,
    /// Its type.
    pub kind: FactKind,
    /// Whom it is about.
    pub about: About,
    /// Where in the notice it is found.
    pub source: String,
    /// A notice, as JSON, of which it holds; a list for a fact from history, which holds of the last.
    pub example: String,
}

/// What a notice says of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Value {
    #[default]
    #[serde(rename = "u")]
    Unknown,
    #[serde(rename = "n")]
    No,
    #[serde(rename = "y")]
    Yes,
    #[serde(untagged)]
    Number(u32),
}

/// Takes what an extractor finds: the value always, the evidence only where it is wanted, since
/// most facts of most notices are asked for their value alone.
pub(crate) struct Found {
    value: Value,
    evidence: Option<Vec<Evidence>>,
}

impl Found {
    pub(crate) fn yes(&mut self, at: impl FnOnce() -> (String, String)) {
        self.value = Value::Yes;
        self.note(at);
    }
    /// Words of a narrative.
    fn words(&mut self, words: &Evidence) {
        self.value = Value::Yes;
        if let Some(evidence) = &mut self.evidence {
            evidence.push(words.clone());
        }
    }
    /// A no stands only where nothing says yes.
    pub(crate) fn no(&mut self) {
        if self.value == Value::Unknown {
            self.value = Value::No;
        }
    }
    /// One answer that may be yes, no or not given.
    pub(crate) fn answer(&mut self, said: Option<bool>, at: impl FnOnce() -> String) {
        match said {
            Some(true) => self.yes(|| (at(), "true".to_owned())),
            Some(false) => self.no(),
            None => {}
        }
    }
    /// One more of what is counted.
    pub(crate) fn one_more(&mut self, at: impl FnOnce() -> (String, String)) {
        self.value = match self.value {
            Value::Number(n) => Value::Number(n.saturating_add(1)),
            _ => Value::Number(1),
        };
        self.note(at);
    }
    /// A number of days, of which the fewest counts.
    pub(crate) fn fewest(&mut self, days: u32, at: impl FnOnce() -> (String, String)) {
        let fewer = match self.value {
            Value::Number(n) => days < n,
            _ => true,
        };
        if fewer {
            self.value = Value::Number(days);
            if let Some(evidence) = &mut self.evidence {
                evidence.clear();
            }
            self.note(at);
        }
    }
    fn note(&mut self, at: impl FnOnce() -> (String, String)) {
        if let Some(evidence) = &mut self.evidence {
            let (path, says) = at();
            evidence.push(Evidence { path, says, span: None, reference: None });
        }
    }
}

type Extract = Box<dyn Fn(&Context<'_>, &mut Found) + Send + Sync>;
type FromHistory = Box<dyn Fn(&History<'_>, &mut Found) + Send + Sync>;

/// Where a fact is read.
enum Reading {
    Notice(Vec<Extract>),
    History(FromHistory),
}

/// One entry of the registry.
pub(crate) struct Fact {
    pub(crate) id: String,
    pub(crate) meaning: String,
    pub(crate) kind: FactKind,
    about: About,
    pub(crate) source: String,
    /// The greatest number that it can reach, so that a policy cannot ask for more.
    pub(crate) most: Option<u32>,
    pub(crate) example: String,
    reading: Reading,
}

impl Fact {
    /// What the notice itself says; a fact from history is not known here.
    pub(crate) fn value(&self, context: &Context<'_>) -> Value {
        self.read(context, None).value
    }

    pub(crate) fn evidence(&self, context: &Context<'_>) -> Vec<Evidence> {
        self.read(context, Some(Vec::new())).evidence.unwrap_or_default()
    }

    fn read(&self, context: &Context<'_>, evidence: Option<Vec<Evidence>>) -> Found {
        let mut found = Found { value: Value::Unknown, evidence };
        if let Reading::Notice(extracts) = &self.reading {
            for extract in extracts {
                extract(context, &mut found);
            }
        }
        found
    }

    pub(crate) const fn is_from_history(&self) -> bool {
        matches!(self.reading, Reading::History(_))
    }

    /// What history says; a fact of the notice itself is not known here.
    pub(crate) fn linked_value(&self, history: &History<'_>) -> Value {
        self.read_history(history, None).value
    }

    pub(crate) fn linked_evidence(&self, history: &History<'_>) -> Vec<Evidence> {
        self.read_history(history, Some(Vec::new())).evidence.unwrap_or_default()
    }

    fn read_history(&self, history: &History<'_>, evidence: Option<Vec<Evidence>>) -> Found {
        let mut found = Found { value: Value::Unknown, evidence };
        if let Reading::History(read) = &self.reading {
            read(history, &mut found);
        }
        found
    }

    fn also(mut self, source: &str, extract: Extract) -> Self {
        if let Reading::Notice(extracts) = &mut self.reading {
            self.source.push_str("; ");
            self.source.push_str(source);
            extracts.push(extract);
        }
        self
    }

    /// Also stated by yes to a question of the 2009 DASH.
    fn dash(self, question: &'static str) -> Self {
        self.also(&format!("`/risk_assessments/*/answers/{question}` (dash_2009)"), dash(question))
    }

    /// Also stated by a concern.
    fn concern(self, concern: Concern) -> Self {
        self.also(&format!("`/concerns`: `{concern}`"), ticked(concern))
    }

    /// Also stated by an indicator.
    fn indicator(self, indicator: Indicator) -> Self {
        self.also(&format!("`indicators`: `{indicator}`"), indicated(indicator))
    }

    fn at_most(mut self, most: u32) -> Self {
        self.most = Some(most);
        self
    }
}

/// An entry with its own extractor.
fn fact(
    id: &str,
    kind: FactKind,
    about: About,
    meaning: &str,
    source: &str,
    example: &str,
    extract: impl Fn(&Context<'_>, &mut Found) + Send + Sync + 'static,
) -> Fact {
    Fact {
        id: id.to_owned(),
        meaning: meaning.to_owned(),
        kind,
        about,
        source: source.to_owned(),
        most: None,
        example: example_notice(example),
        reading: Reading::Notice(vec![Box::new(extract)]),
    }
}

/// An entry read from the events linked with a notice; the example is a list of notices.
fn from_history(
    id: &str,
    kind: FactKind,
    about: About,
    meaning: &str,
    example: &str,
    read: impl Fn(&History<'_>, &mut Found) + Send + Sync + 'static,
) -> Fact {
    Fact {
        id: id.to_owned(),
        meaning: meaning.to_owned(),
        kind,
        about,
        source: "other notices of the same people or home".to_owned(),
        most: None,
        example: example.to_owned(),
        reading: Reading::History(Box::new(read)),
    }
}

/// A whole notice around the members that matter.
fn example_notice(members: &str) -> String {
    let kind = if members.starts_with("\"kind\"") { "" } else { r#""kind":"child","# };
    let at =
        if members.contains("\"submitted_at\"") { "" } else { r#""submitted_at":"2026-05-20T12:00:00Z","# };
    format!(r#"{{"source":"example","reference":"1",{kind}{at}{members}}}"#)
}

fn indicated(indicator: Indicator) -> Extract {
    Box::new(move |context, found| context.indicator(indicator, found))
}

fn ticked(concern: Concern) -> Extract {
    Box::new(move |context, found| {
        if context.has_concern(concern) {
            found.yes(|| context.concern_at(concern));
        }
    })
}

fn dash(question: &'static str) -> Extract {
    Box::new(move |context, found| {
        for (i, asked) in context.notice.risk_assessments.iter().enumerate() {
            if asked.tool == Tool::Dash2009
                && let Some(&answer) = asked.answers.get(question)
            {
                if means_yes(answer) {
                    found.yes(|| {
                        (format!("/risk_assessments/{i}/answers/{question}"), answer.code().to_owned())
                    });
                } else if matches!(answer, Answer::No | Answer::Never) {
                    found.no();
                }
            }
        }
    })
}

/// Whether an answer on either scale says that it happens.
const fn means_yes(answer: Answer) -> bool {
    matches!(answer, Answer::Yes | Answer::Once | Answer::Sometimes | Answer::Often | Answer::Always)
}

pub(crate) struct Registry {
    pub(crate) facts: Vec<Fact>,
    by_id: HashMap<String, usize>,
}

impl Registry {
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The identifier most like a misspelt one.
    pub(crate) fn nearest(&self, id: &str) -> &str {
        self.facts
            .iter()
            .map(|fact| (strsim::damerau_levenshtein(&fact.id, id), fact.id.as_str()))
            .min()
            .map_or("", |(_, nearest)| nearest)
    }
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let facts: Vec<Fact> = [
        indicators::facts(),
        notice::facts(),
        children::facts(),
        care::facts(),
        offending::facts(),
        safety::facts(),
        markers::facts(),
        linked::facts(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let by_id = facts.iter().enumerate().map(|(i, fact)| (fact.id.clone(), i)).collect();
    Registry { facts, by_id }
});

pub(crate) fn registry() -> &'static Registry {
    &REGISTRY
}

/// Every fact, as documents list them.
pub fn describe() -> Vec<FactDoc> {
    registry()
        .facts
        .iter()
        .map(|fact| FactDoc {
            id: fact.id.clone(),
            meaning: fact.meaning.clone(),
            kind: fact.kind,
            about: fact.about,
            source: fact.source.clone(),
            example: fact.example.clone(),
        })
        .collect()
}

/// The identifiers of the yes-or-no facts that hold of a notice received at a moment with this
/// history, in the order of [`describe`].
pub fn holding(notice: &Notice, received: Timestamp, history: &History<'_>) -> Vec<&'static str> {
    let context = Context::new(notice, received);
    let registry = registry();
    let value = |f: &Fact| if f.is_from_history() { f.linked_value(history) } else { f.value(&context) };
    registry.facts.iter().filter(|f| value(f) == Value::Yes).map(|f| f.id.as_str()).collect()
}

/// What a count or a number of days comes to in a notice; `None` where it is not known, the fact is
/// none or it is yes or no.
pub fn number(id: &str, notice: &Notice, received: Timestamp, history: &History<'_>) -> Option<u32> {
    let registry = registry();
    let fact = &registry.facts[registry.find(id)?];
    let value = if fact.is_from_history() {
        fact.linked_value(history)
    } else {
        fact.value(&Context::new(notice, received))
    };
    match value {
        Value::Number(n) => Some(n),
        Value::Unknown | Value::No | Value::Yes => None,
    }
}
