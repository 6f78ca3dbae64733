//! What the cues of the default policy find, measured on texts written for it; and what they must
//! never depend on.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use ppn_triage::{DEFAULT_POLICY, Policy};
use proptest::prelude::*;
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
            write!(
                table,
                "| {} of {} | {} of {} | {precision} | {recall} ",
                s.given, s.wanted, s.wrong, s.silent
            )
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

/// Each word of a pair may stand for the other.
const SWAPS: &[(&str, &str)] = &[
    ("he", "she"),
    ("him", "her"),
    ("his", "her"),
    ("himself", "herself"),
    ("husband", "wife"),
    ("husband", "partner"),
    ("boyfriend", "girlfriend"),
    ("mum", "dad"),
    ("mother", "father"),
    ("son", "daughter"),
    ("boy", "girl"),
    ("brother", "sister"),
    ("man", "woman"),
    ("male", "female"),
    ("uncle", "auntie"),
    ("nan", "grandad"),
    // Names, as in the narratives of the worked cases.
    ("Jade", "Oluwaseun"),
    ("Oscar", "Zofia"),
    ("Keira", "Mohammed"),
];

/// Words exchanged one for the other, whole words alone, in one pass.
fn swapped(text: &str, (a, b): (&str, &str)) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        let rest = &part[word.len()..];
        let other = if word.eq_ignore_ascii_case(a) {
            b
        } else if word.eq_ignore_ascii_case(b) {
            a
        } else {
            word
        };
        out.push_str(other);
        out.push_str(rest);
    }
    out
}

static ALL_TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut all: Vec<String> = [written_against(), held_out()]
        .into_iter()
        .flat_map(BTreeMap::into_values)
        .flat_map(|t| t.fires.into_iter().chain(t.past).chain(t.silent))
        .collect();
    let cases = include_str!("../../../tests/fixtures/cases/all.ndjson");
    for line in cases.lines() {
        let notice: ppn_domain::Notice = serde_json::from_str(line).unwrap();
        all.extend(notice.circumstances);
    }
    all
});

#[test]
fn sex_relations_and_names_change_no_cue() {
    for text in ALL_TEXTS.iter() {
        for pair in SWAPS {
            let other = swapped(text, *pair);
            assert_eq!(found(text), found(&other), "{pair:?}: {text}");
        }
    }
}

/// Names that are words as well, some of which cues use.
const WORD_NAMES: [&str; 19] = [
    "Mark", "Burns", "Rose", "Will", "Hunter", "Grace", "Chase", "Pat", "Bruce", "Harm", "Blade", "Cutter",
    "Gunn", "Faith", "Summer", "Marks", "Strong", "Cash", "Hope",
];

/// Where names stand in a narrative; what comes with them must not depend on which name it is.
const NAMED: &[&str] = &[
    "{} was in the bedroom with the baby.",
    "PC {} spoke to the child.",
    "DC {}, Sgt. {} and Dr {} saw the baby.",
    "Mrs {} has a baby who was asleep in the cot.",
    "She told {} to leave the child with her.",
    "{} said that the baby was with Miss {}.",
    "The children were with {} and the baby was asleep.",
    "{}'s baby was in the cot. Later {} came back to the baby.",
    "He was arguing with {} about the children, then {} left.",
    "{} Jones lives there with a baby aged four months.",
    "Tonight {} has strangled her in front of the children.",
    "She says {} put his hands round her neck and PC {} saw red marks to her throat.",
    "The baby of {} has a bruise to the cheek, seen by PC {}.",
];

#[test]
fn a_name_that_is_a_word_is_a_name() {
    for text in NAMED {
        let wanted = found(&text.replace("{}", "Jade"));
        for name in WORD_NAMES {
            let other = text.replace("{}", name);
            assert_eq!(found(&other), wanted, "{other}");
        }
    }
    for (text, name) in ALL_TEXTS.iter().zip(WORD_NAMES.iter().cycle()) {
        let alone = found(text);
        assert_eq!(found(&format!("PC {name} attended. {text}")), alone, "{name}: {text}");
        for other in ["Jade", "Oscar", "Keira", "Mohammed", "Zofia", "Oluwaseun"] {
            for name in WORD_NAMES.iter().filter(|_| text.contains(other)) {
                assert_eq!(found(&text.replace(other, name)), alone, "{other} {name}: {text}");
            }
        }
    }
}

#[test]
fn a_word_with_a_capital_where_no_name_stands_is_a_word() {
    for text in [
        "Mark on the baby's arm.",
        "Red Mark to baby.",
        "Burns to baby noted by HV.",
        "BABY HAS BURNS TO HAND.",
        "Baby has Burns to the hand.",
        "Marks were seen on the baby.",
    ] {
        assert!(found(text).contains_key("baby_injured"), "{text}");
    }
    assert!(found("He told her \"Will kill you\".").contains_key("threat_to_kill"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_every_span_lies_on_boundaries(
        noise in any::<String>(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
    ) {
        let text = format!("{noise} {} {}", at.get(&ALL_TEXTS), String::from_utf8_lossy(&bytes));
        for hit in POLICY.cues().find(&text, YEAR) {
            let words = text.get(hit.start as usize..hit.end as usize);
            prop_assert!(words.is_some_and(|words| !words.is_empty()), "{hit:?} of {text:?}");
        }
    }

    #[test]
    fn white_space_and_case_change_no_cue(at in any::<prop::sample::Index>(), gap in "[ \t]{1,3}\n?[ ]?") {
        let text = at.get(&ALL_TEXTS);
        let spaced = text.replace(' ', &gap);
        prop_assert_eq!(found(text), found(&spaced));
        prop_assert_eq!(found(text), found(&text.replace('\'', "\u{2019}")));
    }

    #[test]
    fn what_another_sentence_says_changes_no_cue(
        a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
    ) {
        let (a, b) = (a.get(&ALL_TEXTS), b.get(&ALL_TEXTS));
        let mut apart = found(a);
        for (cue, past) in found(b) {
            *apart.entry(cue).or_insert(true) &= past;
        }
        prop_assert_eq!(found(&format!("{a}\n\n{b}")), apart);
    }
}

fn assessed(notice: &str) -> Vec<ppn_triage::DeskAssessment> {
    let notice: ppn_domain::Notice = serde_json::from_str(notice).unwrap();
    let at = ppn_domain::Timestamp::parse_rfc3339("2026-05-20T12:00:00Z").unwrap();
    ppn_triage::assess(&POLICY, &notice, at, &ppn_triage::History::none(at))
}

#[test]
fn words_count_like_a_box_and_say_that_nobody_confirmed_them() {
    let items = assessed(
        r#"{"source":"s","reference":"r","kind":"domestic_abuse",
        "circumstances":"Row over money. He got hold of her throat.",
        "persons":[{"roles":["victim"]},{"roles":["suspect"]}],
        "indicators_ruled_out":["non_fatal_strangulation"],
        "risk_assessments":[{"tool":"dash_2009","answers":{"q18":"no"}}]}"#,
    );
    let assessment = &items[0].assessment;
    assert_eq!(assessment.rank.band, ppn_domain::Band::Red);
    let reason = assessment.reasons.iter().find(|r| r.rule == "strangulation").unwrap();
    assert!(reason.text.ends_with("(words in the narrative, not confirmed)."), "{}", reason.text);
    let words = &reason.evidence[0];
    assert_eq!((words.path.as_str(), words.says.as_str()), ("/circumstances", "got hold of her throat"));
    assert_eq!(words.span, Some((19, 41)));
}

#[test]
fn a_box_that_says_the_same_leaves_the_reason_unmarked_and_shows_the_words_as_well() {
    let items = assessed(
        r#"{"source":"s","reference":"r","kind":"domestic_abuse","circumstances":"He strangled her.",
        "persons":[{"roles":["victim"]}],"indicators":["non_fatal_strangulation"]}"#,
    );
    let reason = items[0].assessment.reasons.iter().find(|r| r.rule == "strangulation").unwrap();
    assert!(!reason.text.contains("not confirmed"), "{}", reason.text);
    let paths: Vec<&str> = reason.evidence.iter().map(|e| e.path.as_str()).collect();
    assert_eq!(paths, ["/indicators/0", "/circumstances"]);
}

#[test]
fn words_about_long_ago_state_the_milder_fact() {
    let items = assessed(
        r#"{"source":"s","reference":"r","kind":"domestic_abuse","circumstances":"In 2009 he stabbed her.",
        "persons":[{"roles":["victim"]},{"roles":["suspect"]}]}"#,
    );
    let rules: Vec<&str> = items[0].assessment.reasons.iter().map(|r| r.rule.as_str()).collect();
    assert!(rules.contains(&"object_or_weapon_ever") && !rules.contains(&"weapon_used_now"), "{rules:?}");
    assert_eq!(items[0].assessment.rank.band, ppn_domain::Band::Amber);
}

/// The worked cases whose level stands in the narrative alone.
#[test]
fn cases_that_only_words_tell_come_to_their_bands() {
    use ppn_domain::{Band, Desk};
    let cases = include_str!("../../../tests/fixtures/cases/all.ndjson");
    for (reference, desk, band) in [
        ("V02-1", Desk::Child, Band::Red),
        ("V06-2", Desk::Child, Band::Red),
        ("V12-1", Desk::DomesticAbuse, Band::Red),
        ("V12-1", Desk::Child, Band::Red),
        // What must not be raised by its words: a plan in place, and few facts.
        ("V07-1", Desk::Child, Band::Amber),
        ("V11-1", Desk::DomesticAbuse, Band::Green),
        ("V13-1", Desk::Child, Band::Blue),
    ] {
        let line =
            cases.lines().find(|line| line.contains(&format!("\"reference\":\"{reference}\""))).unwrap();
        let given = assessed(line).into_iter().find(|item| item.desk == desk).unwrap();
        assert_eq!(given.assessment.rank.band, band, "{reference} {desk}");
    }
}
