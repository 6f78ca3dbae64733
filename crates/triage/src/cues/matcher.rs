//! Every phrase over the words of a text.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::Purpose;
use super::pattern::{Form, Pattern, Slot};
use super::words::{Kind, Text};

/// A phrase found: its purpose, and the first and the last of its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) purpose: Purpose,
    pub(super) first: usize,
    pub(super) last: usize,
}

#[derive(Debug, Clone)]
struct Phrase {
    purpose: Purpose,
    pattern: Pattern,
    /// What each place takes, by number; [`ANY`], [`NUMBER`] and [`PAST_YEAR`] are not looked up.
    takes: Vec<u32>,
    /// Sets of which every match holds a form.
    needs: Vec<u32>,
}

const ANY: u32 = u32::MAX;
const NUMBER: u32 = u32::MAX - 1;
const PAST_YEAR: u32 = u32::MAX - 2;

#[derive(Debug, Clone)]
pub(super) struct Matcher {
    phrases: Vec<Phrase>,
    /// Finds every word and stem that some phrase uses; nothing where no phrase uses any.
    forms: Option<AhoCorasick>,
    /// For each form, the sets of forms that hold it.
    sets_of: Vec<Vec<u32>>,
    /// For each set, the phrases that can begin with it.
    beginning: Vec<Vec<u32>>,
    /// Phrases that can begin with a number, or with a year long past.
    beginning_number: Vec<u32>,
    beginning_year: Vec<u32>,
}

/// For each word of a text the sets that hold it, one after another.
struct Held {
    from: Vec<u32>,
    sets: Vec<u32>,
}

impl Held {
    fn of(&self, word: usize) -> &[u32] {
        let range = self.from[word] as usize..self.from[word + 1] as usize;
        self.sets.get(range).unwrap_or_default()
    }
}

impl Matcher {
    pub(super) fn new(phrases: &[(Purpose, Pattern)]) -> Self {
        let mut sets: HashMap<Vec<Form>, u32> = HashMap::new();
        let mut forms: BTreeMap<Form, Vec<u32>> = BTreeMap::new();
        let mut compiled = Vec::with_capacity(phrases.len());
        for (purpose, pattern) in phrases {
            let takes: Vec<u32> = pattern
                .places
                .iter()
                .map(|place| match &place.slot {
                    Slot::Any => ANY,
                    Slot::Number => NUMBER,
                    Slot::PastYear => PAST_YEAR,
                    Slot::Forms(these) => {
                        let next = u32::try_from(sets.len()).unwrap_or(PAST_YEAR);
                        *sets.entry(these.clone()).or_insert_with(|| {
                            for form in these {
                                forms.entry(form.clone()).or_default().push(next);
                            }
                            next
                        })
                    }
                })
                .collect();
            let needs = (takes.iter().enumerate())
                .filter(|(i, takes)| pattern.needs >> i & 1 == 1 && **takes < PAST_YEAR)
                .map(|(_, takes)| *takes)
                .collect();
            compiled.push(Phrase { purpose: *purpose, pattern: pattern.clone(), takes, needs });
        }
        let mut beginning = vec![Vec::new(); sets.len()];
        let (mut beginning_number, mut beginning_year) = (Vec::new(), Vec::new());
        for (p, phrase) in compiled.iter().enumerate() {
            let p = u32::try_from(p).unwrap_or(u32::MAX);
            for (i, takes) in phrase.takes.iter().enumerate() {
                if phrase.pattern.first >> i & 1 == 0 {
                    continue;
                }
                let of = match *takes {
                    NUMBER => &mut beginning_number,
                    PAST_YEAR => &mut beginning_year,
                    set => match beginning.get_mut(set as usize) {
                        Some(of) => of,
                        None => continue,
                    },
                };
                if of.last() != Some(&p) {
                    of.push(p);
                }
            }
        }
        let needles: Vec<String> = forms
            .keys()
            .map(|form| if form.is_stem { format!(" {}", form.text) } else { format!(" {} ", form.text) })
            .collect();
        // A word list of this size always builds; nothing found is the honest answer if it did not.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(&needles)
            .ok();
        Self {
            phrases: compiled,
            forms: automaton,
            sets_of: forms.into_values().collect(),
            beginning,
            beginning_number,
            beginning_year,
        }
    }

    fn held(&self, text: &Text) -> Held {
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        if let Some(forms) = &self.forms {
            for found in forms.find_overlapping_iter(&text.folded) {
                let at = found.start() + 1;
                let word = text.words.partition_point(|word| (word.at as usize) < at);
                if text.words.get(word).is_some_and(|w| w.at as usize == at) {
                    let word = u32::try_from(word).unwrap_or(u32::MAX);
                    pairs.extend(self.sets_of[found.pattern().as_usize()].iter().map(|set| (word, *set)));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut from = Vec::with_capacity(text.words.len() + 1);
        let mut next = 0;
        for word in 0..=text.words.len() {
            while pairs.get(next).is_some_and(|(w, _)| (*w as usize) < word) {
                next += 1;
            }
            from.push(u32::try_from(next).unwrap_or(u32::MAX));
        }
        Held { from, sets: pairs.into_iter().map(|(_, set)| set).collect() }
    }

    /// Every phrase found, by its first word; of each phrase from each word the longest.
    pub(super) fn run(&self, text: &Text) -> Vec<Found> {
        let held = self.held(text);
        // Most phrases begin with a common word and lack a rare one: they are not tried at all.
        let mut stands = vec![false; self.beginning.len()];
        for set in &held.sets {
            stands[*set as usize] = true;
        }
        let possible: Vec<bool> =
            self.phrases.iter().map(|p| p.needs.iter().all(|set| stands[*set as usize])).collect();
        let mut found = Vec::new();
        let mut tried: Vec<u32> = Vec::new();
        for first in 0..text.words.len() {
            tried.clear();
            for set in held.of(first) {
                let phrases = self.beginning[*set as usize].iter();
                tried.extend(phrases.filter(|p| possible[**p as usize]));
            }
            match text.words[first].kind {
                Kind::Plain | Kind::Denial => {}
                Kind::Number => tried.extend(&self.beginning_number),
                Kind::PastYear => tried.extend(&self.beginning_year),
            }
            tried.sort_unstable();
            tried.dedup();
            for &phrase in &tried {
                let phrase = &self.phrases[phrase as usize];
                if let Some(last) = phrase.longest(text, &held, first) {
                    found.push(Found { purpose: phrase.purpose, first, last });
                }
            }
        }
        found
    }
}

impl Phrase {
    /// The last word of the longest match from a word on, inside its sentence.
    fn longest(&self, text: &Text, held: &Held, first: usize) -> Option<usize> {
        let pattern = &self.pattern;
        let sentence = text.words[first].sentence;
        if pattern.begins_clause && !text.words[first].after_break {
            return None;
        }
        let mut open = pattern.first;
        let mut longest = None;
        for i in first..text.words.len() {
            let word = &text.words[i];
            if word.sentence != sentence {
                break;
            }
            let sets = held.of(i);
            let mut taken = 0_u64;
            let mut left = open;
            while left != 0 {
                let at = left.trailing_zeros() as usize;
                left &= left - 1;
                let fits = match self.takes[at] {
                    ANY => word.kind != Kind::Denial,
                    NUMBER => word.kind == Kind::Number,
                    PAST_YEAR => word.kind == Kind::PastYear,
                    set => sets.binary_search(&set).is_ok(),
                };
                if fits && (!pattern.places[at].after_break || word.after_break) {
                    taken |= 1 << at;
                }
            }
            if taken == 0 {
                break;
            }
            if taken & pattern.last != 0 && (!pattern.ends_clause || text.ends_clause(i)) {
                longest = Some(i);
            }
            open = 0;
            while taken != 0 {
                open |= pattern.follow[taken.trailing_zeros() as usize];
                taken &= taken - 1;
            }
        }
        longest
    }
}
