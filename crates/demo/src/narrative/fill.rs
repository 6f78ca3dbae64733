//! Filling the slots of sentences with the people of a notice.
//!
//! `{v}` is the victim, subject or parent, `{s}` the suspect, `{c}` the child in question; a second
//! letter asks for a pronoun (`s` subject, `o` object, `p` possessive, `r` reflexive), `a` for the
//! age. `[a|b]` is a choice.

use std::fmt::Write as _;

use chrono::NaiveDate;
use ppn_domain::notice::codes::Indicator;

use super::line::{Line, Topic, When};
use crate::dice::Dice;
use crate::households::Member;

/// The people and circumstances that sentences speak of.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) day: NaiveDate,
    pub(crate) victim: &'a Member,
    pub(crate) suspect: Option<&'a Member>,
    pub(crate) child: Option<&'a Member>,
    /// Every child of the household.
    pub(crate) kids: &'a [Member],
    /// What the suspect is to the victim, in words.
    pub(crate) relation: &'static str,
    pub(crate) together: bool,
    pub(crate) again: bool,
    /// How this officer refers to the first two in running text.
    pub(crate) victim_called: String,
    pub(crate) suspect_called: String,
    pub(crate) time: String,
    pub(crate) weekday: &'static str,
    pub(crate) address: String,
    pub(crate) street: String,
    pub(crate) town: &'static str,
    pub(crate) school: String,
    pub(crate) worker: String,
    pub(crate) collar: String,
}

impl Scene<'_> {
    /// Whether a sentence fits.
    pub(crate) fn fits(&self, when: When) -> bool {
        let child_age = self.child.map(|c| c.age(self.day));
        match when {
            When::Always => true,
            When::Baby => self.kids.iter().any(|k| k.age(self.day) < 1),
            When::Kids => !self.kids.is_empty(),
            When::NoKids => self.kids.is_empty(),
            When::Young => child_age.is_some_and(|a| a < 13),
            When::Speaks => child_age.is_some_and(|a| (4..18).contains(&a)),
            When::Teen => child_age.is_some_and(|a| a >= 13),
            When::CouldBePregnant => self.victim.due.is_some_and(|due| due > self.day),
            When::Together => self.together,
            When::Suspect => self.suspect.is_some(),
            When::Again => self.again,
            When::First => !self.again,
        }
    }

    /// Whether a sentence fits, and everybody it speaks of is there and can do what it says.
    pub(crate) fn allows(&self, line: &Line) -> bool {
        if !self.fits(line.when) {
            return false;
        }
        if (line.of_suspect && self.suspect.is_none()) || (line.of_child && self.child.is_none()) {
            return false;
        }
        let small = self.child.is_some_and(|c| c.age(self.day) < 4);
        !(small && BEYOND_A_SMALL_CHILD.iter().any(|act| line.text.contains(act)))
    }

    fn slot(&self, slot: &str, out: &mut String, dice: &mut Dice) {
        let full = |m: &Member| format!("{} {}", m.given, m.family.to_uppercase());
        match slot {
            "v" => out.push_str(&self.victim_called),
            "s" => out.push_str(&self.suspect_called),
            "V" => out.push_str(&full(self.victim)),
            "S" => out.push_str(&self.suspect.map_or_else(|| "an unknown male".to_owned(), full)),
            "C" => out.push_str(&self.child.map(full).unwrap_or_default()),
            "c" => out.push_str(self.child.map_or("the child", |c| c.given)),
            "va" => out.push_str(&self.victim.age_text(self.day)),
            "sa" => out.push_str(&self.suspect.map(|m| m.age_text(self.day)).unwrap_or_default()),
            "ca" => out.push_str(&self.child.map(|m| m.age_text(self.day)).unwrap_or_default()),
            "k" => self.list_kids(out),
            "were" => out.push_str(if self.kids.len() == 1 { "was" } else { "were" }),
            "are" => out.push_str(if self.kids.len() == 1 { "is" } else { "are" }),
            "have" => out.push_str(if self.kids.len() == 1 { "has" } else { "have" }),
            "r" => out.push_str(self.relation),
            "tm" => out.push_str(&self.time),
            "wk" => out.push_str(self.weekday),
            "ad" => out.push_str(&self.address),
            "st" => out.push_str(&self.street),
            "town" => out.push_str(self.town),
            "sch" => out.push_str(&self.school),
            "w" => out.push_str(&self.worker),
            "col" => out.push_str(&self.collar),
            // From four, so that "{n}th" reads right.
            "n" => _ = write!(out, "{}", dice.between(4, 9)),
            _ => {
                let mut letters = slot.chars();
                let (who, case) = (letters.next().unwrap_or('v'), letters.next().unwrap_or('s'));
                let member = match who {
                    's' | 'S' => self.suspect,
                    'c' | 'C' => self.child,
                    _ => Some(self.victim),
                };
                let word = pronoun(member.map(|m| m.female), case);
                out.push_str(word);
            }
        }
    }

    fn list_kids(&self, out: &mut String) {
        if self.kids.is_empty() {
            out.push_str("the children");
        }
        for (index, kid) in self.kids.iter().enumerate() {
            if index > 0 {
                out.push_str(if index + 1 == self.kids.len() { " and " } else { ", " });
            }
            _ = write!(out, "{} ({})", kid.given, kid.age_text(self.day));
        }
    }

    /// Writes one sentence behind what is there.
    pub(crate) fn write(&self, text: &str, out: &mut String, dice: &mut Dice) {
        if !out.is_empty() && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
        let start = out.len();
        self.expand(text, out, dice);
        begin_sentences(out, start);
    }

    fn expand(&self, text: &str, out: &mut String, dice: &mut Dice) {
        let mut rest = text;
        while let Some(at) = rest.find(['{', '[']) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let (open, close) = if from.starts_with('{') { ('{', '}') } else { ('[', ']') };
            let Some(end) = from.find(close) else {
                out.push_str(from);
                return;
            };
            let inside = from.get(1..end).unwrap_or("");
            if open == '{' {
                self.slot(inside, out, dice);
            } else {
                let options: Vec<&str> = inside.split('|').collect();
                let option = dice.word(&options);
                self.expand(option, out, dice);
            }
            rest = from.get(end + 1..).unwrap_or("");
        }
        out.push_str(rest);
    }
}

/// Capitals at the start and after each full stop: a pronoun or "the victim" may have come first.
fn begin_sentences(out: &mut String, start: usize) {
    let mut at = start;
    loop {
        if let Some(first) = out.get(at..).and_then(|s| s.chars().next())
            && first.is_lowercase()
        {
            out.replace_range(at..at + first.len_utf8(), &first.to_uppercase().to_string());
        }
        match out.get(at..).and_then(|s| s.find(". ")) {
            Some(stop) => at += stop + 2,
            None => return,
        }
    }
}

const fn pronoun(female: Option<bool>, case: char) -> &'static str {
    match (female, case) {
        (Some(true), 's') => "she",
        (Some(true), 'o' | 'p') => "her",
        (Some(true), _) => "herself",
        (Some(false), 's') => "he",
        (Some(false), 'o') => "him",
        (Some(false), 'p') => "his",
        (Some(false), _) => "himself",
        (None, 's') => "they",
        (None, 'o') => "them",
        (None, 'p') => "their",
        (None, _) => "themselves",
    }
}

/// What a child under four does not do: talk to officers, go out alone, go to school.
const BEYOND_A_SMALL_CHILD: &[&str] = &[
    "{c} said",
    "{c} says",
    "{c} told",
    "{c} has told",
    "{c} ({ca}) told",
    "{c} used",
    "{cs} said",
    "{c} explained",
    "{c} attends",
    "{c} has missed",
    "{sch}",
    "{c} was out",
    "{c} came down",
    "{c} was spoken",
    "{c} was not spoken",
    "chatty",
    "found walking",
    "the street",
    "{c}'s phone",
    "scooter",
    "lighter",
    "{c} was tearful",
    "School r",
    "{c} and a child",
    "{c} was asked",
    "{c} was offered",
    "{c} sent",
    "{c} was asked",
    "stood between",
    "in the car",
    "{c} was a bit",
    "not that bad",
    "scared of school",
    "asked about it",
];

/// A narrative in the making: no sentence twice, and the facts it states gathered.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) states: Vec<Indicator>,
    /// It speaks of the suspect.
    pub(crate) of_suspect: bool,
    used: Vec<&'static str>,
    settled: Vec<Topic>,
}

impl Draft {
    /// Adds up to so many sentences that fit, from one set.
    pub(crate) fn add(&mut self, scene: &Scene<'_>, from: &'static [Line], count: usize, dice: &mut Dice) {
        let mut left: Vec<&'static Line> =
            from.iter().filter(|l| scene.allows(l) && !self.used.contains(&l.text)).collect();
        let mut wanted = count;
        while wanted > 0 && !left.is_empty() {
            let line = left.swap_remove(dice.below(left.len()));
            if let Some(topic) = line.topic {
                if self.settled.contains(&topic) {
                    continue;
                }
                self.settled.push(topic);
            }
            wanted -= 1;
            self.of_suspect |= line.of_suspect;
            self.used.push(line.text);
            scene.write(line.text, &mut self.text, dice);
            self.states.extend(line.states.iter().flatten());
        }
    }

    /// Whether a sentence that starts so was written.
    pub(crate) fn says(&self, start: &str) -> bool {
        self.used.iter().any(|text| text.starts_with(start))
    }

    /// Adds a sentence that is always meant.
    pub(crate) fn say(&mut self, scene: &Scene<'_>, text: &str, dice: &mut Dice) {
        self.of_suspect |= text.contains("{s") || text.contains("{S");
        scene.write(text, &mut self.text, dice);
    }
}

/// Slips of a hurried hand, in about one word of two hundred; capitals, digits and quotes are left alone.
pub(crate) fn with_typos(text: &str, dice: &mut Dice) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let plain = word.len() > 3 && word.bytes().all(|b| b.is_ascii_lowercase());
        if plain && dice.per_mille(6) {
            let at = 1 + dice.below(word.len() - 2);
            let (before, after) = word.split_at(at);
            match dice.below(3) {
                0 => {
                    out.push_str(before);
                    out.push_str(after.get(1..).unwrap_or(""));
                }
                1 => {
                    out.push_str(before);
                    out.push_str(before.get(at - 1..).unwrap_or(""));
                    out.push_str(after);
                }
                _ => {
                    out.push_str(before.get(..at - 1).unwrap_or(""));
                    out.push_str(after.get(..1).unwrap_or(""));
                    out.push_str(before.get(at - 1..).unwrap_or(""));
                    out.push_str(after.get(1..).unwrap_or(""));
                }
            }
        } else {
            out.push_str(word);
        }
    }
    out
}
