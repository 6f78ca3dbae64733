//! Cues: phrases of the policy that suggest a fact in what an officer wrote.
//!
//! A text is read once into folded words ([`words`]): case, accents, apostrophes, pronouns and the
//! sex of relations are gone, so that swapping he and she or husband, wife and partner changes no
//! cue. Every phrase ([`pattern`]) runs over those words ([`matcher`]); then [`context`] drops what
//! is denied or only asked about, and marks what is said to be past.
//!
//! Linear in the text: one Aho-Corasick pass finds the words that any phrase uses, and a phrase is
//! followed from a word for no more words than it has. No text makes it panic.

mod context;
mod matcher;
mod names;
mod pattern;
mod words;

use std::collections::BTreeMap;

use thiserror::Error;

use context::Surroundings;
use matcher::{Found, Matcher};
use words::Text;

/// At most this many hits of one cue in one text: the first ones.
pub const MOST_HITS: usize = 12;

/// One cue as a policy writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CueRule {
    /// The phrases, of which any is enough.
    pub phrases: Vec<String>,
    /// Where not empty, one of these must stand in the same sentence.
    pub near: Vec<String>,
    /// None of these may stand inside the words found or close to them.
    pub not_near: Vec<String>,
}

/// What surrounds words and changes what they mean: lists of phrases, the same for every cue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CueContext {
    /// Named lists of words and phrases, written `@name` inside a phrase.
    pub lists: BTreeMap<String, Vec<String>>,
    /// Before the words, in the same clause: it is denied, absent or did not happen.
    pub negates: Vec<String>,
    /// Directly after the words: the same.
    pub negates_after: Vec<String>,
    /// Looks like a negation and is none.
    pub not_a_negation: Vec<String>,
    /// Begins something new, which an earlier negation does not reach.
    pub begins_clause: Vec<String>,
    /// Before the words: they are asked about, advised on or imagined.
    pub hypothetical: Vec<String>,
    /// Later in the sentence: what was asked about is so.
    pub affirms: Vec<String>,
    /// In the sentence: long ago.
    pub past: Vec<String>,
    /// In the sentence: now as well.
    pub present: Vec<String>,
}

/// Words in a text that suggest a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CueHit {
    /// Place of the cue among the rules compiled.
    pub cue: usize,
    /// Byte offset of the first letter in the text as given; on a character boundary.
    pub start: u32,
    /// Byte offset after the last letter; on a character boundary.
    pub end: u32,
    /// Byte offsets of the sentence that holds the words, from its first letter to after its last, a
    /// question mark at its end included.
    pub sentence: (u32, u32),
    /// Said to be long past.
    pub past: bool,
}

/// Where in the rules a phrase stands that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CuePlace {
    /// A phrase of a cue: the cue, the list of the cue it stands in, and its place there.
    Cue(usize, &'static str, usize),
    /// A phrase of the surroundings: the list, and its place there.
    Context(&'static str, usize),
    /// A named list, and the place of the entry in it.
    List(String, usize),
}

/// A phrase that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("phrase `{phrase}`: {reason}")]
pub struct CueError {
    /// Where it stands.
    pub place: CuePlace,
    /// The phrase.
    pub phrase: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Every cue of a policy, compiled.
#[derive(Debug, Clone)]
pub struct Cues {
    matcher: Matcher,
    /// Whether the cue asks for something near it.
    needs_near: Vec<bool>,
}

/// What a phrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Words(usize),
    Near(usize),
    NotNear(usize),
    Negates,
    NegatesAfter,
    NotANegation,
    BeginsClause,
    Hypothetical,
    Affirms,
    Past,
    Present,
}

impl Cues {
    /// Compiles cues and what surrounds them.
    ///
    /// # Errors
    /// With every phrase that cannot be read, and why.
    pub fn compile(rules: &[CueRule], context: &CueContext) -> Result<Self, Vec<CueError>> {
        let mut errors = Vec::new();
        let lists = pattern::lists(&context.lists, &mut errors);
        let mut phrases = Vec::new();
        let mut read = |list: &[String], purpose: Purpose, place: &dyn Fn(usize) -> CuePlace| {
            for (i, phrase) in list.iter().enumerate() {
                match pattern::phrase(phrase, &lists) {
                    Ok(pattern) => phrases.push((purpose, pattern)),
                    Err(reason) => {
                        errors.push(CueError { place: place(i), phrase: phrase.clone(), reason });
                    }
                }
            }
        };
        for (cue, rule) in rules.iter().enumerate() {
            for (list, name, purpose) in [
                (&rule.phrases, "phrases", Purpose::Words(cue)),
                (&rule.near, "near", Purpose::Near(cue)),
                (&rule.not_near, "not_near", Purpose::NotNear(cue)),
            ] {
                read(list, purpose, &|i| CuePlace::Cue(cue, name, i));
            }
        }
        for (list, name, purpose) in [
            (&context.negates, "negates", Purpose::Negates),
            (&context.negates_after, "negates_after", Purpose::NegatesAfter),
            (&context.not_a_negation, "not_a_negation", Purpose::NotANegation),
            (&context.begins_clause, "begins_clause", Purpose::BeginsClause),
            (&context.hypothetical, "hypothetical", Purpose::Hypothetical),
            (&context.affirms, "affirms", Purpose::Affirms),
            (&context.past, "past", Purpose::Past),
            (&context.present, "present", Purpose::Present),
        ] {
            read(list, purpose, &|i| CuePlace::Context(name, i));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let needs_near = rules.iter().map(|rule| !rule.near.is_empty()).collect();
        Ok(Self { matcher: Matcher::new(&phrases), needs_near })
    }

    /// The hits in a text, by cue and then by place; of hits of one cue that overlap, the first.
    ///
    /// `year` is the calendar year of receipt: a year named in the text is long past when it is two
    /// or more before it.
    pub fn find(&self, text: &str, year: i32) -> Vec<CueHit> {
        self.find_at_most(text, year, MOST_HITS)
    }

    /// The same with at most so many hits of one cue.
    pub fn find_at_most(&self, text: &str, year: i32, most: usize) -> Vec<CueHit> {
        let given = text;
        let text = Text::read(text, year);
        let found = self.matcher.run(&text);
        if !found.iter().any(|f| matches!(f.purpose, Purpose::Words(_))) {
            return Vec::new();
        }
        let around = Surroundings::of(&text, &found);
        let mut hits: Vec<(usize, &Found, bool)> = found
            .iter()
            .filter_map(|f| match f.purpose {
                Purpose::Words(cue) => around.judge(f, cue, self.needs_near[cue]).map(|past| (cue, f, past)),
                _ => None,
            })
            .collect();
        // Of two that begin at one word the longer; a present one before a past one.
        hits.sort_by_key(|(cue, f, past)| (*cue, *past, f.first, std::cmp::Reverse(f.last)));
        let mut kept: Vec<(usize, &Found, bool)> = Vec::new();
        for hit in hits {
            let of_cue = kept.iter().rev().take_while(|(cue, ..)| *cue == hit.0);
            let mut count = 0;
            let mut overlaps = false;
            for (_, other, _) in of_cue {
                count += 1;
                overlaps |= other.first <= hit.1.last && hit.1.first <= other.last;
            }
            if !overlaps && count < most {
                kept.push(hit);
            }
        }
        kept.sort_by_key(|(cue, f, _)| (*cue, f.first));
        kept.into_iter()
            .map(|(cue, f, past)| CueHit {
                cue,
                start: text.words[f.first].start,
                end: text.words[f.last].end,
                sentence: around.sentence_of(f.first, given),
                past,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
