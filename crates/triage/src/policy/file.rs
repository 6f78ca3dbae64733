//! The shape of the policy file. Unknown members are refused, so that a misspelt one is never lost.

use std::collections::BTreeMap;
use std::fmt;

use ppn_domain::notice::codes::{Answer, NoticeKind, Tool};
use ppn_domain::{Band, Desk, Suggestion};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) version: Spanned<String>,
    pub(super) order: Order,
    pub(super) linking: Option<Linking>,
    pub(super) limits: Limits,
    pub(super) thresholds: Spanned<BTreeMap<Desk, Spanned<Thresholds>>>,
    pub(super) little_known: LittleKnown,
    #[serde(default, rename = "factor")]
    pub(super) factors: Vec<Factor>,
    #[serde(default, rename = "floor")]
    pub(super) floors: Vec<Floor>,
    #[serde(default, rename = "cluster")]
    pub(super) clusters: Vec<Cluster>,
    #[serde(default, rename = "question")]
    pub(super) questions: Vec<Question>,
    #[serde(default, rename = "suggest")]
    pub(super) suggests: Vec<Suggest>,
    #[serde(default)]
    pub(super) tools: BTreeMap<Tool, BTreeMap<String, Spanned<ToolItem>>>,
    #[serde(default)]
    pub(super) cue_context: CueContext,
    #[serde(default, rename = "cue")]
    pub(super) cues: Vec<Cue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) reserve_every: Spanned<u32>,
    /// 0 turns the audit draw off.
    pub(super) audit_every: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Linking {
    /// Bits.
    pub(super) possible_at: Spanned<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) decided_times: Spanned<u32>,
    pub(super) told_times: Spanned<u32>,
    pub(super) share_hours: Spanned<u32>,
    pub(super) hours: Spanned<BTreeMap<Desk, Spanned<Hours>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours {
    pub(super) red: u32,
    pub(super) amber: u32,
    pub(super) green: u32,
    pub(super) blue: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thresholds {
    pub(super) red: i32,
    pub(super) amber: i32,
    pub(super) green: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LittleKnown {
    pub(super) at_most: usize,
    pub(super) text: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Factor {
    pub(super) id: Spanned<String>,
    pub(super) label: Spanned<String>,
    pub(super) desks: Spanned<Vec<Desk>>,
    pub(super) when: Spanned<When>,
    pub(super) points: Spanned<i32>,
    pub(super) text: Spanned<String>,
    pub(super) source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Floor {
    pub(super) id: Spanned<String>,
    pub(super) label: Spanned<String>,
    pub(super) desks: Spanned<Vec<Desk>>,
    pub(super) when: Spanned<When>,
    pub(super) band: Spanned<Band>,
    pub(super) points: Option<Spanned<i32>>,
    pub(super) text: Spanned<String>,
    pub(super) source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cluster {
    pub(super) id: Spanned<String>,
    pub(super) label: Spanned<String>,
    pub(super) desks: Spanned<Vec<Desk>>,
    pub(super) all: Spanned<Vec<Spanned<When>>>,
    pub(super) band: Option<Spanned<Band>>,
    pub(super) points: Option<Spanned<i32>>,
    pub(super) text: Spanned<String>,
    pub(super) source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) id: Spanned<String>,
    pub(super) desks: Spanned<Vec<Desk>>,
    /// Left out: every kind of notice.
    #[serde(default)]
    pub(super) kinds: Vec<NoticeKind>,
    pub(super) fact: Spanned<String>,
    pub(super) when: Option<Spanned<When>>,
    pub(super) text: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suggest {
    pub(super) what: Spanned<Suggestion>,
    /// With `text`: the criterion is named beside the suggestion, with its evidence.
    pub(super) id: Option<Spanned<String>>,
    pub(super) text: Option<Spanned<String>>,
    pub(super) desks: Spanned<Vec<Desk>>,
    pub(super) when: Option<Spanned<When>>,
    /// This band or a higher one.
    pub(super) band: Option<Band>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolItem {
    pub(super) fact: Spanned<String>,
    /// The answer from which it is a yes: `yes`, `once`, `sometimes`, `often` or `always`.
    pub(super) from: Answer,
}

/// What surrounds the words of every cue.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CueContext {
    /// Named lists, written `@name` in a phrase.
    #[serde(default)]
    pub(super) lists: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) negates: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) negates_after: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) not_a_negation: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) begins_clause: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) hypothetical: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) affirms: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) past: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) present: Vec<Spanned<String>>,
}

/// Phrases that suggest a fact.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cue {
    pub(super) id: Spanned<String>,
    pub(super) label: Spanned<String>,
    pub(super) fact: Spanned<String>,
    /// The fact that words about a time long past suggest; left out: none.
    pub(super) past_fact: Option<Spanned<String>>,
    pub(super) phrases: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) near: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) not_near: Vec<Spanned<String>>,
    pub(super) source: Spanned<String>,
}

/// The name of a fact, or a table that tests facts.
pub(super) enum When {
    Fact(String),
    Table(Box<WhenTable>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenTable {
    pub(super) all: Option<Vec<Spanned<When>>>,
    pub(super) any: Option<Vec<Spanned<When>>>,
    pub(super) fact: Option<Spanned<String>>,
    pub(super) at_least: Option<Spanned<u32>>,
    pub(super) at_most: Option<Spanned<u32>>,
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // By hand: an untagged enum would answer every mistake with "no variant matched".
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = When;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a fact, or a table with `all`, `any`, or `fact` and a number")
            }
            fn visit_str<E>(self, fact: &str) -> Result<When, E> {
                Ok(When::Fact(fact.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<When, A::Error> {
                WhenTable::deserialize(MapAccessDeserializer::new(map)).map(|t| When::Table(Box::new(t)))
            }
        }
        d.deserialize_any(Either)
    }
}
