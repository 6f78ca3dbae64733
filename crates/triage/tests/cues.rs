//! What the cues of the default policy find, measured on texts written for it; and what they must
//! never depend on.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use ppn_triage::{DEFAULT_POLICY, Policy};
use serde::Deserialize;

static POLICY: LazyLock<Policy> = LazyLock::new(|| match Policy::from_toml(DEFAULT_POLICY) {
    Ok(policy) => policy,
    Err(errors) => panic!("{errors}"),
});

const YEAR: i32 = 2026;

/// The texts of one cue.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    #[serde(default)]
    fires: Vec<String>,
    #[serde(default)]
    past: Vec<String>,
    #[serde(default)]
    silent: Vec<String>,
}

type Set = BTreeMap<String, Texts>;

fn set(text: &str) -> Set {
    toml::from_str(text).unwrap()
}

fn held_out() -> Set {
    set(include_str!("cues/held_out.toml"))
}

fn written_against() -> Set {
    set(include_str!("cues/written_against.toml"))
}

/// Each cue found in a text, with whether every hit of it is past.
fn found(text: &str) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    for hit in POLICY.cues().find(text, YEAR) {
        let id = POLICY.cue_id(hit.cue).unwrap().trim_start_matches("cue_").to_owned();
        *found.entry(id).or_insert(true) &= hit.past;
    }
    found
}

/// What came of the texts of one cue.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    /// Texts in which it must be found, with the time right, and in how many it was.
    wanted: usize,
    given: usize,
    /// Texts in which it must not be found, and in how many it was.
    silent: usize,
    wrong: usize,
}

impl Score {
    fn precision(self) -> String {
        percent(self.given, self.given + self.wrong)
    }
    fn recall(self) -> String {
        percent(self.given, self.wanted)
    }
    fn add(&mut self, other: Self) {
        self.wanted += other.wanted;
        self.given += other.given;
        self.silent += other.silent;
        self.wrong += other.wrong;
    }
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{} %", (part * 200 + whole) / (whole * 2)) }
}

fn score(cue: &str, texts: &Texts) -> Score {
    let mut score = Score::default();
    let miss = |text: &str, what: &str| println!("{cue}: {what}: {text}");
    for (list, past) in [(&texts.fires, false), (&texts.past, true)] {
        for text in list {
            score.wanted += 1;
            if found(text).get(cue) == Some(&past) {
                score.given += 1;
            } else {
                miss(text, if found(text).contains_key(cue) { "wrong time" } else { "missed" });
            }
        }
    }
    for text in &texts.silent {
        score.silent += 1;
        if found(text).contains_key(cue) {
            score.wrong += 1;
            miss(text, "wrongly found");
        }
    }
    score
}

fn table() -> String {
    let (against, held) = (written_against(), held_out());
    assert_eq!(against.keys().collect::<Vec<_>>(), held.keys().collect::<Vec<_>>());
    let mut table = String::from(
        "| cue | written against: found | wrongly found | precision | recall | held out: found | wrongly found | precision | recall |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let (mut all_against, mut all_held) = (Score::default(), Score::default());
    let mut line = |name: &str, a: Score, h: Score| {
        write!(table, "| {name} ").unwrap();
        for s in [a, h] {
            let (precision, recall) = (s.precision(), s.recall());
            write!(table, "| {} of {} | {} of {} | {precision} | {recall} ", s.given, s.wanted, s.wrong, s.silent)
                .unwrap();
        }
        table.push_str("|\n");
    };
    for (cue, texts) in &against {
        println!("-- {cue}");
        let a = score(cue, texts);
        println!("-- held out");
        let h = score(cue, &held[cue]);
        all_against.add(a);
        all_held.add(h);
        line(&format!("`{cue}`"), a, h);
    }
    line("**all**", all_against, all_held);
    table
}

/// The table in docs/cues.md is what was measured: a cue that finds less, or finds more that is not
/// there, changes it. To write a new one: `UPDATE_DOCS=1 cargo test -p ppn-triage --test cues`.
#[test]
fn precision_and_recall_are_as_recorded() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cues.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (head, rest) = page.split_once("<!-- measured -->\n").unwrap();
    let (recorded, tail) = rest.split_once("<!-- end -->\n").unwrap();
    let measured = table();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{head}<!-- measured -->\n{measured}<!-- end -->\n{tail}")).unwrap();
    } else {
        assert_eq!(recorded, measured, "what the cues find has changed");
    }
}

#[test]
fn every_cue_has_texts_and_half_of_the_texts_or_more_are_silent_or_past() {
    let (against, held) = (written_against(), held_out());
    let mut place = 0;
    while let Some(id) = POLICY.cue_id(place) {
        let cue = id.trim_start_matches("cue_");
        assert!(against.contains_key(cue) && held.contains_key(cue), "{cue} has no texts");
        place += 1;
    }
    assert_eq!(place, against.len());
    let texts = || against.values().chain(held.values());
    let fires: usize = texts().map(|t| t.fires.len()).sum();
    let hard: usize = texts().map(|t| t.silent.len() + t.past.len()).sum();
    println!("{fires} fire, {hard} are silent or past");
    assert!(fires + hard >= 400 && hard >= fires, "{fires} and {hard}");
}
