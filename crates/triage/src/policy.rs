//! Policy: what triage is told to do, read from TOML and checked whole.

mod cues;
mod file;
mod schema;
mod validate;

use std::collections::HashMap;

use ppn_domain::notice::codes::{Answer, Indicator, NoticeKind, Tool};
use ppn_domain::{Band, Desk, Limits, PolicyRef, Span, Suggestion};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::cues::Cues;
use crate::facts::Value;
use crate::linking::Linking;
use crate::order::OrderRule;

pub use schema::schema;

/// The policy that an empty store starts with.
pub const DEFAULT_POLICY: &str = include_str!("../../../config/policy.toml");

/// One thing wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("line {line}: {reason}")]
pub struct PolicyError {
    /// The line, from 1; 0 where no line can be named.
    pub line: usize,
    /// What is wrong, and with an unknown word the nearest known one.
    pub reason: String,
}

/// Everything wrong with a policy, by line. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct PolicyErrors(pub Vec<PolicyError>);

/// A policy that passed every check, ready to assess with.
#[derive(Debug, Clone)]
pub struct Policy {
    reference: PolicyRef,
    text: String,
    /// Places in the registry of the facts that some rule uses: a notice is asked for these alone.
    pub(crate) used: Vec<usize>,
    /// The slots among them that are read from history.
    pub(crate) from_history: Vec<usize>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) questions: Vec<AskableQuestion>,
    pub(crate) suggests: Vec<SuggestRule>,
    pub(crate) thresholds: [Thresholds; 3],
    pub(crate) little_known: LittleKnown,
    pub(crate) tools: HashMap<(Tool, String), Mapping>,
    /// The slot of the count of events known in a year, which keeps an item from blue.
    pub(crate) events: usize,
    cues: Cues,
    /// What each compiled cue states, at its place.
    pub(crate) cue_facts: Vec<Cue>,
    limits: LimitTable,
    order: OrderRule,
    linking: Linking,
}

/// A rule that adds points, sets a lowest band, or does both.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) desks: DeskSet,
    pub(crate) when: Test,
    pub(crate) points: Option<i32>,
    pub(crate) floor: Option<Band>,
    /// Says how little is behind an assessment that has nothing else: the officer's grade.
    pub(crate) is_grade: bool,
}

/// An unknown that somebody can find out.
#[derive(Debug, Clone)]
pub(crate) struct AskableQuestion {
    pub(crate) text: String,
    pub(crate) desks: DeskSet,
    pub(crate) kinds: Vec<NoticeKind>,
    pub(crate) fact: usize,
    pub(crate) when: Option<Test>,
}

/// When something is suggested.
#[derive(Debug, Clone)]
pub(crate) struct SuggestRule {
    pub(crate) what: Suggestion,
    /// The criterion, where the rule is one that a person must see met: its name and its words.
    pub(crate) criterion: Option<(String, String)>,
    pub(crate) desks: DeskSet,
    pub(crate) when: Option<Test>,
    pub(crate) band: Option<Band>,
}

/// The score from which a band begins at a desk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thresholds {
    pub(crate) red: i32,
    pub(crate) amber: i32,
    pub(crate) green: i32,
}

impl Thresholds {
    pub(crate) const fn band(self, score: i32) -> Band {
        if score >= self.red {
            Band::Red
        } else if score >= self.amber {
            Band::Amber
        } else if score >= self.green {
            Band::Green
        } else {
            Band::Blue
        }
    }
}

/// When and how an assessment says that it rests on little.
#[derive(Debug, Clone)]
pub(crate) struct LittleKnown {
    pub(crate) at_most: usize,
    pub(crate) text: String,
}

/// The fact that an item of a risk tool states, from an answer upwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mapping {
    pub(crate) slot: usize,
    pub(crate) from: Answer,
}

/// What a cue states.
#[derive(Debug, Clone)]
pub(crate) struct Cue {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) fact: Stated,
    /// Where the words speak of a time long past.
    pub(crate) past_fact: Option<Stated>,
}

/// A fact that words state, and the indicator of that name, from which other facts follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stated {
    pub(crate) slot: usize,
    pub(crate) indicator: Option<Indicator>,
}

/// A set of the desks that are assessed for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeskSet(u8);

impl DeskSet {
    pub(crate) fn of(desks: &[Desk]) -> Self {
        Self(desks.iter().filter_map(|desk| assessed(*desk)).fold(0, |bits, i| bits | 1 << i))
    }
    pub(crate) fn has(self, desk: Desk) -> bool {
        assessed(desk).is_some_and(|i| self.0 >> i & 1 == 1)
    }
    pub(crate) const fn holds_all_of(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The place of a desk among those assessed for themselves.
pub(crate) fn assessed(desk: Desk) -> Option<usize> {
    Desk::ASSESSED.iter().position(|d| *d == desk)
}

/// What a rule asks of the facts. Nothing here can ask for a no, so that knowing less, or more that
/// is harmful, never lowers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Is(usize),
    AtLeast(usize, u32),
    AtMost(usize, u32),
    All(Vec<Test>),
    Any(Vec<Test>),
}

impl Test {
    pub(crate) fn holds(&self, values: &[Value]) -> bool {
        match self {
            Self::Is(slot) => values[*slot] == Value::Yes,
            Self::AtLeast(slot, n) => matches!(values[*slot], Value::Number(x) if x >= *n),
            Self::AtMost(slot, n) => matches!(values[*slot], Value::Number(x) if x <= *n),
            Self::All(tests) => tests.iter().all(|test| test.holds(values)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(values)),
        }
    }

    /// The slots of the parts that hold, in the order of the rule.
    pub(crate) fn holding(&self, values: &[Value], slots: &mut Vec<usize>) {
        match self {
            Self::Is(slot) | Self::AtLeast(slot, _) | Self::AtMost(slot, _) => {
                if self.holds(values) && !slots.contains(slot) {
                    slots.push(*slot);
                }
            }
            Self::All(tests) | Self::Any(tests) => {
                for test in tests.iter().filter(|test| test.holds(values)) {
                    test.holding(values, slots);
                }
            }
        }
    }

    /// Every slot that it asks for.
    pub(crate) fn slots(&self, slots: &mut Vec<usize>) {
        match self {
            Self::Is(slot) | Self::AtLeast(slot, _) | Self::AtMost(slot, _) => slots.push(*slot),
            Self::All(tests) | Self::Any(tests) => tests.iter().for_each(|test| test.slots(slots)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct LimitTable {
    /// Hours to pick up, by desk and then by band position.
    pub(crate) hours: [[u32; 4]; 6],
    pub(crate) share_hours: u32,
    pub(crate) decided_times: u32,
    pub(crate) told_times: u32,
}

/// The desks whose limits depend on the band: every one but `share`.
pub(crate) const BANDED: [Desk; 6] =
    [Desk::Child, Desk::Adult, Desk::DomesticAbuse, Desk::Endorsement, Desk::Strategy, Desk::Record];

impl Policy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// With every line that is wrong and why: TOML that cannot be read, an unknown member, fact,
    /// desk or band, a repeated identifier, bands out of order, points below one, a rule that can
    /// never matter, a phrase that cannot be read.
    pub fn from_toml(text: &str) -> Result<Self, PolicyErrors> {
        validate::policy(text)
    }

    fn reference_to(version: &str, text: &str) -> PolicyRef {
        let mut hash = String::with_capacity(64);
        for byte in Sha256::digest(text.as_bytes()) {
            for nibble in [byte >> 4, byte & 15] {
                hash.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
        PolicyRef { version: version.to_owned(), hash }
    }

    /// Version and hash of the text.
    pub const fn reference(&self) -> &PolicyRef {
        &self.reference
    }

    /// The text as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The three limits of a band at a desk, in elapsed hours from receipt. At the share desk the
    /// band makes no difference: it is decided and told within the time to pick it up.
    pub fn limits(&self, desk: Desk, band: Band) -> Limits {
        let Some(i) = BANDED.iter().position(|d| *d == desk) else {
            let hour = Span::hours(i64::from(self.limits.share_hours));
            return Limits { picked_up: hour, decided: hour, told: hour };
        };
        let picked_up = Span::hours(i64::from(self.limits.hours[i][usize::from(band.position())]));
        Limits {
            picked_up,
            decided: picked_up.times(i64::from(self.limits.decided_times)),
            told: picked_up.times(i64::from(self.limits.told_times)),
        }
    }

    /// What tells possible links.
    pub const fn linking(&self) -> Linking {
        self.linking
    }

    /// The cues, compiled.
    pub const fn cues(&self) -> &Cues {
        &self.cues
    }

    /// The identifier of the cue at a place of [`Policy::cues`].
    pub fn cue_id(&self, place: usize) -> Option<&str> {
        self.cue_facts.get(place).map(|cue| cue.id.as_str())
    }

    /// What the words of a cue are words for, as people read it.
    pub fn cue_label(&self, id: &str) -> Option<&str> {
        self.cue_facts.iter().find(|cue| cue.id == id).map(|cue| cue.label.as_str())
    }

    /// How desks order their work.
    pub const fn order(&self) -> OrderRule {
        self.order
    }
}
