//! The language of phrases, for people who write policies.
//!
//! | written | stands for |
//! |---|---|
//! | `hands` | the word, whatever its case, sex or accent |
//! | `strang*` | any word that begins so; three letters or more |
//! | `(round\|around\|by the)` | any one of them |
//! | `[her]` | may be there |
//! | `{2}` | up to two other words, none of which denies: a gap passes over no "not" |
//! | `@neck` | any entry of a named list |
//! | `#` | a number, in figures or words |
//! | `#year` | a year two or more before that of receipt |
//! | `,` | the next word begins a clause |
//! | `.` | at the end: the clause ends here |

use std::collections::BTreeMap;

use super::words::Text;
use super::{CueError, CuePlace};

/// At most this many words stand in one phrase, each alternative counted.
const MOST_PLACES: usize = 64;
/// At most this many words are passed over by one gap.
const MOST_GAP: usize = 15;
/// A word form has at least this many letters before its star.
const LEAST_STEM: usize = 3;
/// Brackets are nested at most this deep.
const MOST_DEPTH: usize = 8;

/// A word, or the beginning of words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Form {
    pub(super) text: String,
    pub(super) is_stem: bool,
}

/// What stands at one place of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// One of these forms, sorted.
    Forms(Vec<Form>),
    Any,
    Number,
    PastYear,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slot: Slot,
    pub(super) after_break: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    Place(Place),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Maybe(Box<Node>),
}

/// A phrase as an automaton over its places: which can be first, which follow which, which can be last.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) places: Vec<Place>,
    pub(super) first: u64,
    pub(super) follow: Vec<u64>,
    pub(super) last: u64,
    /// The places that no match goes without.
    pub(super) needs: u64,
    /// A clause must begin where the phrase begins.
    pub(super) begins_clause: bool,
    /// The clause must end where the phrase ends.
    pub(super) ends_clause: bool,
}

pub(super) type Lists = BTreeMap<String, Node>;

/// Reads the named lists; an entry is a phrase without lists.
pub(super) fn lists(named: &BTreeMap<String, Vec<String>>, errors: &mut Vec<CueError>) -> Lists {
    let none = Lists::new();
    let mut lists = Lists::new();
    for (name, entries) in named {
        let mut nodes = Vec::new();
        for (i, entry) in entries.iter().enumerate() {
            match parse(entry, &none) {
                Ok(parsed) => nodes.push(parsed.node),
                Err(reason) => errors.push(CueError {
                    place: CuePlace::List(name.clone(), i),
                    phrase: entry.clone(),
                    reason,
                }),
            }
        }
        lists.insert(name.clone(), either(nodes));
    }
    lists
}

/// Reads one phrase.
pub(super) fn phrase(text: &str, lists: &Lists) -> Result<Pattern, String> {
    let Parsed { node, begins_clause, ends_clause } = parse(text, lists)?;
    let mut pattern = Pattern {
        places: Vec::new(),
        first: 0,
        follow: Vec::new(),
        last: 0,
        needs: 0,
        begins_clause,
        ends_clause,
    };
    let whole = pattern.add(&node)?;
    if whole.may_be_empty {
        return Err("every part of it may be left out".to_owned());
    }
    pattern.first = whole.first;
    pattern.last = whole.last;
    pattern.needs = whole.needs;
    // A gap at an end, as before something that may be left out, is no part of the words found.
    for (i, place) in pattern.places.iter().enumerate() {
        if place.slot == Slot::Any {
            pattern.first &= !(1 << i);
            pattern.last &= !(1 << i);
        }
    }
    if pattern.first == 0 || pattern.last == 0 {
        return Err("it needs a word at both ends".to_owned());
    }
    Ok(pattern)
}

struct Ends {
    may_be_empty: bool,
    first: u64,
    last: u64,
    needs: u64,
}

impl Pattern {
    fn add(&mut self, node: &Node) -> Result<Ends, String> {
        match node {
            Node::Place(place) => {
                let i = self.places.len();
                if i == MOST_PLACES {
                    return Err(format!("more than {MOST_PLACES} words; write two phrases"));
                }
                self.places.push(place.clone());
                self.follow.push(0);
                Ok(Ends { may_be_empty: false, first: 1 << i, last: 1 << i, needs: 1 << i })
            }
            Node::Maybe(inner) => Ok(Ends { may_be_empty: true, needs: 0, ..self.add(inner)? }),
            Node::Either(nodes) => {
                let mut all = Ends { may_be_empty: false, first: 0, last: 0, needs: 0 };
                for node in nodes {
                    let one = self.add(node)?;
                    all.may_be_empty |= one.may_be_empty;
                    all.first |= one.first;
                    all.last |= one.last;
                }
                Ok(all)
            }
            Node::Sequence(nodes) => {
                let mut all = Ends { may_be_empty: true, first: 0, last: 0, needs: 0 };
                for node in nodes {
                    let one = self.add(node)?;
                    for i in 0..self.places.len() {
                        if all.last >> i & 1 == 1 {
                            self.follow[i] |= one.first;
                        }
                    }
                    if all.may_be_empty {
                        all.first |= one.first;
                    }
                    all.last = if one.may_be_empty { all.last | one.last } else { one.last };
                    all.may_be_empty &= one.may_be_empty;
                    all.needs |= one.needs;
                }
                Ok(all)
            }
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
    lists: &'t Lists,
    after_break: bool,
    depth: usize,
}

struct Parsed {
    node: Node,
    begins_clause: bool,
    ends_clause: bool,
}

fn parse(text: &str, lists: &Lists) -> Result<Parsed, String> {
    let body = text.trim();
    // At the beginning it is for whichever word comes first, though that one may be left out.
    let (body, begins_clause) = body.strip_prefix(',').map_or((body, false), |body| (body, true));
    let (body, ends_clause) = body.strip_suffix('.').map_or((body, false), |body| (body, true));
    let mut parser = Parser { rest: body, lists, after_break: false, depth: 0 };
    let node = parser.alternatives(None)?;
    Ok(Parsed { node, begins_clause, ends_clause })
}

impl<'t> Parser<'t> {
    /// Alternatives up to a closing bracket, or to the end.
    fn alternatives(&mut self, close: Option<char>) -> Result<Node, String> {
        if self.depth > MOST_DEPTH {
            return Err(format!("brackets nested more than {MOST_DEPTH} deep"));
        }
        let mut branches = Vec::new();
        let mut sequence = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            let Some(c) = self.rest.chars().next() else {
                if let Some(close) = close {
                    return Err(format!("`{close}` is missing"));
                }
                branches.push(finished(sequence)?);
                return Ok(either(branches));
            };
            match c {
                '(' | '[' => {
                    self.skip(c);
                    self.depth += 1;
                    let inner = self.alternatives(Some(if c == '(' { ')' } else { ']' }))?;
                    self.depth -= 1;
                    sequence.push(if c == '(' { inner } else { Node::Maybe(Box::new(inner)) });
                }
                ')' | ']' if close == Some(c) => {
                    self.skip(c);
                    branches.push(finished(sequence)?);
                    return Ok(either(branches));
                }
                ')' | ']' => return Err(format!("`{c}` closes nothing")),
                '|' if close.is_none() => return Err("alternatives stand in brackets: (a|b)".to_owned()),
                '|' => {
                    self.skip(c);
                    branches.push(finished(std::mem::take(&mut sequence))?);
                }
                '{' => self.gap(&mut sequence)?,
                ',' => {
                    self.skip(c);
                    self.after_break = true;
                }
                '@' => {
                    self.skip(c);
                    let name = self.take(|c| c.is_ascii_lowercase() || c == '_');
                    let Some(list) = self.lists.get(name) else {
                        return Err(format!("no list `{name}` among the cue words"));
                    };
                    sequence.push(list.clone());
                }
                '#' => {
                    self.skip(c);
                    let slot = match self.take(|c| c.is_ascii_alphabetic()) {
                        "" => Slot::Number,
                        "year" => Slot::PastYear,
                        other => return Err(format!("`#{other}` is neither `#` nor `#year`")),
                    };
                    sequence.push(self.place(slot));
                }
                _ => self.word(&mut sequence)?,
            }
        }
    }

    fn gap(&mut self, sequence: &mut Vec<Node>) -> Result<(), String> {
        let inside = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((n, rest)) = inside else { return Err("`}` is missing".to_owned()) };
        let n: usize = match n.trim().parse() {
            Ok(n) if (1..=MOST_GAP).contains(&n) => n,
            _ => return Err(format!("a gap is {{1}} to {{{MOST_GAP}}}")),
        };
        self.rest = rest;
        for _ in 0..n {
            let any = self.place(Slot::Any);
            sequence.push(Node::Maybe(Box::new(any)));
        }
        Ok(())
    }

    fn word(&mut self, sequence: &mut Vec<Node>) -> Result<(), String> {
        let word = self.take(|c| c.is_alphanumeric() || matches!(c, '\'' | '\u{2019}' | '-'));
        if word.is_empty() {
            let c = self.rest.chars().next().unwrap_or_default();
            return Err(format!("`{c}` has no meaning here"));
        }
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            let stem = word.to_lowercase();
            if stem.chars().count() < LEAST_STEM || !stem.chars().all(char::is_alphanumeric) {
                return Err(format!("`{word}*` needs {LEAST_STEM} letters or more before the star"));
            }
            sequence.push(self.place(Slot::Forms(vec![Form { text: stem, is_stem: true }])));
            return Ok(());
        }
        let folded = Text::read(word, 0);
        for i in 0..folded.words.len() {
            let form = Form { text: folded.word(i).to_owned(), is_stem: false };
            sequence.push(self.place(Slot::Forms(vec![form])));
        }
        Ok(())
    }

    fn place(&mut self, slot: Slot) -> Node {
        Node::Place(Place { slot, after_break: std::mem::take(&mut self.after_break) })
    }

    fn skip(&mut self, c: char) {
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

fn finished(mut sequence: Vec<Node>) -> Result<Node, String> {
    match sequence.len() {
        0 => Err("nothing stands here".to_owned()),
        1 => Ok(sequence.remove(0)),
        _ => Ok(Node::Sequence(sequence)),
    }
}

/// Single words of one alternative are one place: a list of a hundred words costs no more than one.
fn either(nodes: Vec<Node>) -> Node {
    let mut forms: Vec<Form> = Vec::new();
    let mut others = Vec::new();
    for node in nodes {
        match node {
            Node::Place(Place { slot: Slot::Forms(more), after_break: false }) => forms.extend(more),
            Node::Either(inner) => {
                for node in inner {
                    match node {
                        Node::Place(Place { slot: Slot::Forms(more), after_break: false }) => {
                            forms.extend(more);
                        }
                        other => others.push(other),
                    }
                }
            }
            other => others.push(other),
        }
    }
    if !forms.is_empty() {
        forms.sort();
        forms.dedup();
        others.push(Node::Place(Place { slot: Slot::Forms(forms), after_break: false }));
    }
    if others.len() == 1 { others.remove(0) } else { Node::Either(others) }
}
