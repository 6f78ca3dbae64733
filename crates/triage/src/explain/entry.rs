//! The entries of a policy, as its text has them.

use std::collections::BTreeMap;

use ppn_domain::Band;
use serde::Serialize;
use toml::de::{DeTable, DeValue};

use crate::facts::registry;
use crate::policy::Policy;

/// A factor, floor, cluster, question or any other entry of a policy with an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its identifier.
    pub id: String,
    /// What it is: the name of its section, such as `factor`.
    pub section: String,
    /// The line of the policy at which its identifier stands, from 1.
    pub line: usize,
    /// Its name for people.
    pub label: Option<String>,
    /// The desks at which it counts, by code.
    pub desks: Vec<String>,
    /// The kinds of notice that it is about, by code; empty is every kind.
    pub kinds: Vec<String>,
    /// What it asks, in words: one line a test, set in by two spaces for each test around it.
    pub asks: Vec<String>,
    /// Points that it adds.
    pub points: Option<i32>,
    /// The lowest band that it allows.
    pub floor: Option<Band>,
    /// What it says as a reason, or asks as a question.
    pub text: Option<String>,
    /// Where its weight comes from.
    pub source: Option<String>,
    /// The facts that it rests on.
    pub rests_on: Vec<FactNote>,
    /// Everything else that its section states, as written.
    pub more: Vec<(String, String)>,
}

/// A fact as a reader needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactNote {
    /// The identifier that policy uses.
    pub id: String,
    /// What it means.
    pub meaning: String,
    /// `yes or no`, `count` or `days`.
    pub kind: &'static str,
    /// Where in the notice it is found.
    pub found_in: String,
}

pub(super) fn note(place: usize) -> FactNote {
    let fact = &registry().facts[place];
    FactNote {
        id: fact.id.clone(),
        meaning: fact.meaning.clone(),
        kind: fact.kind.word(),
        found_in: fact.source.clone(),
    }
}

/// Every entry of a policy with an identifier, in the order of the file.
pub fn entries(policy: &Policy) -> Vec<Entry> {
    let text = policy.text();
    let Ok(file) = DeTable::parse(text) else { return Vec::new() };
    let mut all = Vec::new();
    for (section, value) in file.get_ref() {
        let Some(list) = value.get_ref().as_array() else { continue };
        for entry in list.iter().filter_map(|entry| entry.get_ref().as_table()) {
            all.extend(read(text, section.get_ref(), entry));
        }
    }
    all.sort_by_key(|entry| entry.line);
    all
}

/// How many entries each section of a policy has.
pub(super) fn sections(policy: &Policy) -> BTreeMap<String, usize> {
    let Ok(file) = DeTable::parse(policy.text()) else { return BTreeMap::new() };
    let lists = file.get_ref().iter();
    lists
        .filter_map(|(name, value)| Some((name.get_ref().to_string(), value.get_ref().as_array()?.len())))
        .collect()
}

fn read(text: &str, section: &str, table: &DeTable<'_>) -> Option<Entry> {
    let member = |name: &str| table.get(name).map(toml::Spanned::get_ref);
    let said = |name: &str| member(name).and_then(DeValue::as_str).map(str::to_owned);
    let list = |name: &str| -> Vec<String> {
        let list = member(name).and_then(DeValue::as_array);
        list.into_iter()
            .flat_map(|list| list.iter())
            .filter_map(|one| one.get_ref().as_str())
            .map(str::to_owned)
            .collect()
    };
    let id = table.get("id")?;
    let mut tests = Tests::default();
    for (name, value) in table {
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("when", value) => tests.read(value, 0),
            ("fact", DeValue::String(fact)) => tests.named(fact, None, 0),
            ("all", DeValue::Array(_)) => tests.group("all", value.get_ref(), 0),
            _ => {}
        }
    }
    let told = ["id", "label", "desks", "kinds", "when", "fact", "all", "points", "band", "text", "source"];
    let more = table
        .iter()
        .filter(|(name, _)| !told.contains(&name.get_ref().as_ref()))
        .map(|(name, value)| {
            let written = text.get(value.span()).unwrap_or_default();
            (name.get_ref().to_string(), written.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect();
    Some(Entry {
        id: id.get_ref().as_str()?.to_owned(),
        section: section.to_owned(),
        line: text.get(..id.span().start)?.split('\n').count(),
        label: said("label"),
        desks: list("desks"),
        kinds: list("kinds"),
        asks: tests.lines,
        points: member("points").and_then(number),
        floor: said("band").and_then(|band| band.parse().ok()),
        text: said("text"),
        source: said("source"),
        rests_on: tests.facts.into_iter().map(note).collect(),
        more,
    })
}

fn number(value: &DeValue<'_>) -> Option<i32> {
    let number = value.as_integer()?;
    i32::from_str_radix(number.as_str(), number.radix()).ok()
}

/// Tests in words, with the facts that they ask for.
#[derive(Default)]
struct Tests {
    lines: Vec<String>,
    facts: Vec<usize>,
}

impl Tests {
    fn read(&mut self, test: &DeValue<'_>, depth: usize) {
        match test {
            DeValue::String(fact) => self.named(fact, None, depth),
            DeValue::Table(table) => {
                for (name, value) in table {
                    match (name.get_ref().as_ref(), value.get_ref()) {
                        (group @ ("all" | "any"), value) => self.group(group, value, depth),
                        ("fact", DeValue::String(fact)) => {
                            let limit = |name: &str| table.get(name).and_then(|n| number(n.get_ref()));
                            let words = limit("at_least")
                                .map(|n| format!("{n} or more"))
                                .or_else(|| limit("at_most").map(|n| format!("{n} or fewer")));
                            self.named(fact, words, depth);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn group(&mut self, name: &str, parts: &DeValue<'_>, depth: usize) {
        let Some(parts) = parts.as_array() else { return };
        self.line(depth, if name == "all" { "all of these:" } else { "any of these:" });
        for part in parts {
            self.read(part.get_ref(), depth + 1);
        }
    }

    fn named(&mut self, fact: &str, limit: Option<String>, depth: usize) {
        let Some(place) = registry().find(fact) else {
            self.line(depth, fact);
            return;
        };
        if !self.facts.contains(&place) {
            self.facts.push(place);
        }
        let meaning = &registry().facts[place].meaning;
        let line = match limit {
            Some(limit) => format!("{meaning}: {limit} ({fact})"),
            None => format!("{meaning} ({fact})"),
        };
        self.line(depth, &line);
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{:1$}{text}", "", depth * 2));
    }
}
