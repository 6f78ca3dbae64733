//! An endless stream of notices of the size that real ones have, for imports and benchmarks.

use std::io;

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Notice, Span, Timestamp};

use crate::clockwork::{midnight, moment_in};
use crate::generator::Generator;
use crate::households::Phones;
use crate::report::Padding;
use crate::roles::informant;

/// A force of a million people sends about so many in a year.
const A_YEAR: i64 = 45_000;

/// Endless notices of about 4 KB of JSON each.
///
/// Households recur. References count up from `SYN-0000001`. The times of submission rise from a
/// year before `as_of`, 45,000 to the year; a longer stream goes through that year again with new
/// people. The same seed and moment give the same notices.
pub fn stream(seed: u64, as_of: Timestamp) -> impl Iterator<Item = Notice> {
    let start = as_of - Span::days(365);
    Stream {
        world: Generator::new(seed, 2, Phones::Sparse),
        start,
        end: as_of,
        day: midnight(start),
        today: Vec::new(),
        number: 0,
    }
}

struct Stream {
    world: Generator,
    start: Timestamp,
    end: Timestamp,
    /// The day after the one being told.
    day: Timestamp,
    /// What is left of the day, latest first.
    today: Vec<Timestamp>,
    number: u64,
}

impl Stream {
    fn next_moment(&mut self) -> Timestamp {
        loop {
            if let Some(at) = self.today.pop() {
                return at;
            }
            if self.day > self.end {
                self.day = midnight(self.start);
                self.world.forget();
            }
            let (day, start, end) = (self.day, self.start, self.end);
            let count = A_YEAR / 365 + self.world.dice().bell() / 10;
            self.today = (0..count)
                .map(|_| moment_in(day, self.world.dice()))
                .filter(|at| *at >= start && *at <= end)
                .collect();
            self.today.sort_unstable_by(|a, b| b.cmp(a));
            self.day = day + Span::days(1);
        }
    }
}

impl Iterator for Stream {
    type Item = Notice;

    fn next(&mut self) -> Option<Notice> {
        let at = self.next_moment();
        self.number += 1;
        // The report's shape.
        let kind = match self.world.dice().between(1, 1062) {
            1..=342 => NoticeKind::Child,
            343..=619 => NoticeKind::Adult,
            _ => NoticeKind::DomesticAbuse,
        };
        let (mut notice, padding) = self.world.notice(kind, at, format!("SYN-{:07}", self.number));
        let wanted = 4120 + self.world.dice().bell() * 5;
        lengthen(&mut notice, &padding, usize::try_from(wanted).unwrap_or(0), &mut self.world);
        Some(notice)
    }
}

/// Adds a rationale, an opinion and somebody who told the police until the notice is as long as wanted.
fn lengthen(notice: &mut Notice, padding: &Padding, wanted: usize, world: &mut Generator) {
    let mut missing = wanted.saturating_sub(json_len(notice));
    let dice = world.dice();
    if missing > 500 && dice.percent(45) && notice.persons.iter().all(|p| p.key.as_deref() != Some("i")) {
        notice.persons.push(informant(dice));
        missing = missing.saturating_sub(150);
    }
    let (mut rationale, mut opinion) = (padding.rationale.iter(), padding.opinion.iter());
    let reason = notice.officer_rationale.get_or_insert_default();
    let view = notice.officer_opinion.get_or_insert_default();
    loop {
        let (text, sentence) = match (rationale.next(), opinion.next()) {
            _ if missing == 0 => break,
            (Some(sentence), later) => {
                append(reason, sentence, &mut missing);
                match later {
                    Some(sentence) => (&mut *view, sentence),
                    None => continue,
                }
            }
            (None, Some(sentence)) => (&mut *view, sentence),
            (None, None) => break,
        };
        append(text, sentence, &mut missing);
    }
    // Absent and blank are different things to intake; neither is meant here.
    notice.officer_rationale = notice.officer_rationale.take().filter(|t| !t.is_empty());
    notice.officer_opinion = notice.officer_opinion.take().filter(|t| !t.is_empty());
}

fn append(text: &mut String, sentence: &str, missing: &mut usize) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(sentence);
    *missing = missing.saturating_sub(sentence.len() + 1);
}

/// The length of the notice as JSON, without keeping it.
fn json_len(notice: &Notice) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting can't fail, and a notice without length would only be padded.
    if serde_json::to_writer(&mut count, notice).is_err() { 0 } else { count.0 }
}
