//! A text as folded words.
//!
//! Folding makes cues neutral: pronouns and relations lose their sex, contractions are written out,
//! `is`, `was` and `were` are one word, and so on. Phrases are folded the same way, so an author
//! writes "her neck" and means anybody's. A name that is a word as well ([`names`]) becomes one that
//! no phrase uses.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::names;

/// At most this many bytes of one word are read; the rest of it is passed over.
const MOST_WORD: usize = 40;
/// A sentence ends after this many words though nothing ends it, so that what surrounds words is
/// looked for in a bounded space.
const MOST_SENTENCE: u32 = 120;

/// One folded word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// Byte offsets in the text as given.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Place of the word in the folded text.
    pub(super) at: u32,
    pub(super) sentence: u32,
    /// A comma, colon, bracket or dash stands before it, or a sentence begins.
    pub(super) after_break: bool,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Number,
    /// A year that is long past.
    PastYear,
    /// Says that something is not so.
    Denial,
}

/// A text read.
#[derive(Debug)]
pub(super) struct Text {
    /// The folded words, each between single spaces.
    pub(super) folded: String,
    pub(super) words: Vec<Word>,
}

impl Text {
    pub(super) fn read(text: &str, year: i32) -> Self {
        // Offsets are 32 bits wide: what lies behind four gigabytes is not read.
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        let mut reader = Reader {
            folded: String::with_capacity(text.len() + 16),
            words: Vec::with_capacity(text.len() / 5),
            word: String::with_capacity(MOST_WORD),
            given: text,
            start: 0,
            sentence: 0,
            length: 0,
            breaks: true,
            year,
        };
        reader.folded.push(' ');
        let mut chars = text.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c.is_alphanumeric() || is_combining_mark(c) {
                reader.letter(at, c);
            } else if is_apostrophe(c) && !reader.word.is_empty() && next.is_some_and(char::is_alphanumeric) {
                reader.word.push('\'');
            } else {
                reader.finish(at);
                let ends = match c {
                    '!' | ';' | '\u{2022}' => true,
                    '.' => {
                        next.is_none_or(|n| !n.is_alphanumeric() || n.is_uppercase() && before.is_lowercase())
                    }
                    '\n' => next.is_some_and(|n| n == '\n' || n == '-' || n == '*'),
                    _ => false,
                };
                if ends && !(c == '.' && reader.is_abbreviation()) {
                    reader.end_sentence();
                }
                let dash = matches!(c, '-' | '\u{2013}' | '\u{2014}')
                    && (before.is_whitespace() || next.is_some_and(char::is_whitespace));
                if dash || matches!(c, ',' | ':' | '(' | ')' | '?') {
                    reader.breaks = true;
                }
            }
            before = c;
        }
        reader.finish(text.len());
        Self { folded: reader.folded, words: reader.words }
    }

    pub(super) fn word(&self, i: usize) -> &str {
        let from = self.words[i].at as usize;
        let to = self.words.get(i + 1).map_or(self.folded.len(), |next| next.at as usize);
        self.folded.get(from..to).unwrap_or_default().trim_end()
    }

    /// Whether nothing of the same clause follows the word.
    pub(super) fn ends_clause(&self, i: usize) -> bool {
        self.words.get(i + 1).is_none_or(|next| next.after_break || next.sentence != self.words[i].sentence)
    }
}

struct Reader<'t> {
    given: &'t str,
    folded: String,
    words: Vec<Word>,
    word: String,
    start: usize,
    sentence: u32,
    /// Words in the sentence so far.
    length: u32,
    breaks: bool,
    year: i32,
}

impl Reader<'_> {
    fn letter(&mut self, at: usize, c: char) {
        if self.word.is_empty() {
            self.start = at;
        }
        if self.word.len() >= MOST_WORD {
            return;
        }
        if c.is_ascii() {
            self.word.push(c.to_ascii_lowercase());
        } else {
            decompose_compatible(c, |part| {
                if part.is_alphanumeric() {
                    self.word.extend(part.to_lowercase());
                }
            });
        }
        // A mark alone begins no word.
    }

    fn end_sentence(&mut self) {
        self.sentence += 1;
        self.length = 0;
        self.breaks = true;
    }

    fn is_abbreviation(&self) -> bool {
        let last = self.words.len().checked_sub(1);
        let Some(word) = last.and_then(|i| self.folded.get(self.words[i].at as usize..)) else {
            return false;
        };
        matches!(
            word.trim_end(),
            "mr" | "mrs"
                | "ms"
                | "dr"
                | "st"
                | "approx"
                | "eg"
                | "ie"
                | "e"
                | "i"
                | "pc"
                | "dc"
                | "ps"
                | "sgt"
                | "insp"
        )
    }

    fn finish(&mut self, end: usize) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let (stem, rest) = match word.split_once('\'') {
            Some((stem, "s")) => (stem, ""),
            Some((stem, "ll")) => (stem, "will"),
            Some((stem, "d")) => (stem, "would"),
            Some((stem, "ve")) => (stem, "have"),
            Some((stem, "re" | "m")) => (stem, "be"),
            _ => (word.as_str(), ""),
        };
        let stem: String = stem.chars().filter(|c| *c != '\'').collect();
        if self.is_name(&stem, word.ends_with("'s"), end) {
            self.push(names::NAME, end);
            if !rest.is_empty() {
                self.push(rest, end);
            }
            return;
        }
        match fold(&stem) {
            Folded::One(folded) => self.push(folded, end),
            Folded::Not(first) => {
                self.push(first, end);
                self.push("not", end);
            }
        }
        if !rest.is_empty() {
            self.push(rest, end);
        }
    }

    /// Whether the word that ends here is somebody's name, by what stands before and behind it.
    fn is_name(&self, stem: &str, owns: bool, end: usize) -> bool {
        let before = match self.words.last() {
            Some(last) if !self.breaks => self.folded.get(last.at as usize..).unwrap_or_default().trim_end(),
            _ => "",
        };
        let written = self.given.get(self.start..end).unwrap_or_default();
        names::is_name(names::Place {
            word: stem,
            written,
            owns,
            before,
            behind: self.given.get(end..).unwrap_or_default(),
        })
    }

    fn push(&mut self, folded: &str, end: usize) {
        let kind = match folded.parse::<i32>() {
            Ok(n) if (1900..=self.year - 2).contains(&n) => Kind::PastYear,
            Ok(n) if n < 1000 => Kind::Number,
            Err(_) if DENIALS.contains(&folded) => Kind::Denial,
            Err(_) if NUMBERS.contains(&folded) => Kind::Number,
            Ok(_) | Err(_) => Kind::Plain,
        };
        if self.length == MOST_SENTENCE {
            self.end_sentence();
        }
        self.length += 1;
        self.words.push(Word {
            start: narrow(self.start),
            end: narrow(end),
            at: narrow(self.folded.len()),
            sentence: self.sentence,
            after_break: self.breaks,
            kind,
        });
        self.breaks = false;
        self.folded.push_str(folded);
        self.folded.push(' ');
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{02bc}' | '`' | '\u{b4}')
}

const NUMBERS: [&str; 22] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "twenty", "thirty", "forty", "fifty", "several", "few",
];

const DENIALS: [&str; 9] = ["no", "not", "never", "nor", "neither", "without", "nil", "denies", "denied"];

enum Folded<'w> {
    One(&'w str),
    /// A contraction of a verb and `not`.
    Not(&'w str),
}

/// The class of a word, or itself.
fn fold(word: &str) -> Folded<'_> {
    let one = match word {
        "he" | "she" => "they",
        "him" | "her" | "his" | "hers" | "their" | "theirs" => "them",
        "himself" | "herself" | "themselves" => "themself",
        "has" | "had" | "having" => "have",
        "is" | "are" | "was" | "were" | "am" | "been" | "being" => "be",
        "does" | "did" | "doing" | "done" => "do",
        "husband" | "wife" | "spouse" | "boyfriend" | "girlfriend" | "fiance" | "fiancee" | "bf" | "gf"
        | "hubby" | "missus" | "bloke" => "partner",
        "husbands" | "wives" | "boyfriends" | "girlfriends" => "partners",
        "mum" | "mother" | "dad" | "father" | "mummy" | "daddy" | "mam" | "mom" | "stepmum" | "stepdad"
        | "stepmother" | "stepfather" | "stepparent" => "parent",
        "mums" | "mothers" | "dads" | "fathers" => "parents",
        "son" | "daughter" | "boy" | "girl" | "kid" | "stepson" | "stepdaughter" => "child",
        "sons" | "daughters" | "boys" | "girls" | "kids" => "children",
        "lad" | "lass" => "youth",
        "lads" | "lasses" => "youths",
        "brother" | "sister" => "sibling",
        "brothers" | "sisters" => "siblings",
        "man" | "woman" | "male" | "female" | "lady" | "gentleman" | "guy" => "person",
        "men" | "women" | "males" | "females" | "ladies" | "guys" => "people",
        "nan" | "nana" | "gran" | "grandma" | "grandad" | "grandmother" | "grandfather" | "granddad" => {
            "grandparent"
        }
        "grandson" | "granddaughter" => "grandchild",
        "uncle" | "auntie" => "aunt",
        "nephew" => "niece",
        "ips" => "ip",
        // Slips of the keyboard that stand for a word of a hard fact.
        "thoat" | "throte" | "troat" => "throat",
        "nife" | "knive" => "knife",
        "suicidle" | "sucidal" | "suicidial" => "suicidal",
        "preganant" | "pregnent" | "preg" => "pregnant",
        _ => "",
    };
    if !one.is_empty() {
        return Folded::One(one);
    }
    match word {
        "cannot" | "cant" => Folded::Not("can"),
        "couldnt" | "couldent" => Folded::Not("could"),
        "didnt" | "doesnt" | "dont" => Folded::Not("do"),
        "isnt" | "wasnt" | "arent" | "werent" | "aint" => Folded::Not("be"),
        "hasnt" | "havent" | "hadnt" => Folded::Not("have"),
        "wont" => Folded::Not("will"),
        "wouldnt" => Folded::Not("would"),
        "shouldnt" => Folded::Not("should"),
        _ => Folded::One(word),
    }
}
