//! What surrounds words found: denial, asking, time, and what must or must not stand near.

use super::Purpose;
use super::matcher::Found;
use super::words::{Kind, Text};

/// A denial, or an asking, reaches this many words on.
const REACH: usize = 8;
/// Something that must not be near is looked for this many words to either side.
const CLOSE: usize = 5;
/// A time named in the first words of a sentence speaks of the whole of it.
const OPENING: usize = 7;

/// The surroundings found in a text, each list by its first word.
pub(super) struct Surroundings<'t> {
    text: &'t Text,
    negates: Vec<Found>,
    negates_after: Vec<Found>,
    begins_clause: Vec<usize>,
    hypothetical: Vec<Found>,
    affirms: Vec<Found>,
    past: Vec<Found>,
    present: Vec<Found>,
    near: Vec<(usize, Found)>,
    not_near: Vec<(usize, Found)>,
    /// Where each sentence begins, by its number.
    sentences: Vec<usize>,
}

impl<'t> Surroundings<'t> {
    pub(super) fn of(text: &'t Text, found: &[Found]) -> Self {
        let mut sentences = Vec::new();
        for (i, word) in text.words.iter().enumerate() {
            while sentences.len() <= word.sentence as usize {
                sentences.push(i);
            }
        }
        let mut all = Self {
            text,
            negates: Vec::new(),
            negates_after: Vec::new(),
            begins_clause: Vec::new(),
            hypothetical: Vec::new(),
            affirms: Vec::new(),
            past: Vec::new(),
            present: Vec::new(),
            near: Vec::new(),
            not_near: Vec::new(),
            sentences,
        };
        let mut innocent: Vec<Found> = Vec::new();
        for f in found {
            match f.purpose {
                Purpose::Words(_) => {}
                Purpose::Near(cue) => all.near.push((cue, *f)),
                Purpose::NotNear(cue) => all.not_near.push((cue, *f)),
                Purpose::Negates => all.negates.push(*f),
                Purpose::NegatesAfter => all.negates_after.push(*f),
                Purpose::NotANegation => innocent.push(*f),
                Purpose::BeginsClause => all.begins_clause.push(f.first),
                Purpose::Hypothetical => all.hypothetical.push(*f),
                Purpose::Affirms => all.affirms.push(*f),
                Purpose::Past => all.past.push(*f),
                Purpose::Present => all.present.push(*f),
            }
        }
        all.negates.retain(|n| {
            let from = innocent.partition_point(|i| i.first + REACH < n.first);
            !innocent.iter().skip(from).take_while(|i| i.first <= n.first).any(|i| n.last <= i.last)
        });
        all
    }

    /// `None` where the words don't count; else whether they are past.
    pub(super) fn judge(&self, hit: &Found, cue: usize, needs_near: bool) -> Option<bool> {
        let (start, end) = self.sentence(hit.first);
        let away = needs_near && !of_cue(&self.near, cue, start, end).any(|_| true)
            || of_cue(&self.not_near, cue, hit.first.saturating_sub(2 * CLOSE), hit.last + CLOSE + 1)
                .any(|f| f.first >= start && f.last < end && f.last + CLOSE >= hit.first);
        if away || self.is_denied(hit, start) || self.is_only_asked(hit, start, end) {
            return None;
        }
        Some(self.is_past(hit, start, end))
    }

    /// Byte offsets of the sentence of a word in the text as given, a question mark at its end included.
    pub(super) fn sentence_of(&self, word: usize, given: &str) -> (u32, u32) {
        let (first, next) = self.sentence(word);
        let words = &self.text.words;
        let start = words.get(first).map_or(0, |w| w.start);
        let end = next.checked_sub(1).and_then(|last| words.get(last)).map_or(start, |w| w.end);
        let rest = given.get(end as usize..).unwrap_or_default();
        let asked = rest.trim_start().strip_prefix('?').map_or(0, |after| rest.len() - after.len());
        (start, end.saturating_add(u32::try_from(asked).unwrap_or(0)))
    }

    /// First word of the sentence of a word, and the first of the next.
    fn sentence(&self, word: usize) -> (usize, usize) {
        let n = self.text.words[word].sentence as usize;
        let start = self.sentences.get(n).copied().unwrap_or(word);
        (start, self.sentences.get(n + 1).copied().unwrap_or(self.text.words.len()))
    }

    /// Whether a clause begins after one word and not after another.
    fn parted(&self, after: usize, until: usize) -> bool {
        let next = self.begins_clause.partition_point(|first| *first <= after);
        self.begins_clause.get(next).is_some_and(|first| *first <= until)
    }

    fn reaches(&self, all: &[Found], hit: &Found, start: usize) -> bool {
        let earliest = start.max(hit.first.saturating_sub(2 * REACH));
        within(all, earliest, hit.first)
            .any(|f| f.last < hit.first && f.last + REACH >= hit.first && !self.parted(f.last, hit.first))
    }

    fn is_denied(&self, hit: &Found, start: usize) -> bool {
        // Words that say themselves what is not there ("no food") stand in a row of such words.
        let says_no = self.text.words[hit.first].kind == Kind::Denial;
        !says_no && self.reaches(&self.negates, hit, start)
            || within(&self.negates_after, hit.last + 1, hit.last + 2)
                .any(|f| self.text.words[f.first].sentence == self.text.words[hit.last].sentence)
    }

    fn is_only_asked(&self, hit: &Found, start: usize, end: usize) -> bool {
        self.reaches(&self.hypothetical, hit, start)
            && within(&self.affirms, hit.last + 1, end).next().is_none()
    }

    fn is_past(&self, hit: &Found, start: usize, end: usize) -> bool {
        let speaks_of = |f: &Found| {
            if f.last < hit.first {
                f.first < start + OPENING && !self.parted(start + OPENING, hit.first)
                    || !self.parted(f.last, hit.first)
            } else {
                f.first <= hit.last || !self.parted(hit.last, f.first)
            }
        };
        within(&self.past, start, end).any(speaks_of) && within(&self.present, start, end).next().is_none()
    }
}

/// Those whose first word lies in a range; the list is in order of first words.
fn within(all: &[Found], from: usize, to: usize) -> impl Iterator<Item = &Found> {
    let skip = all.partition_point(|f| f.first < from);
    all.iter().skip(skip).take_while(move |f| f.first < to)
}

fn of_cue(all: &[(usize, Found)], cue: usize, from: usize, to: usize) -> impl Iterator<Item = &Found> {
    let skip = all.partition_point(|(_, f)| f.first < from);
    all.iter()
        .skip(skip)
        .take_while(move |(_, f)| f.first < to)
        .filter(move |(c, _)| *c == cue)
        .map(|(_, f)| f)
}
