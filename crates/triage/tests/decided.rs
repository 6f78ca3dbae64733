//! What people say of cues: what is dismissed states nothing, what is confirmed is no longer marked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use ppn_domain::{CueVerdict, Notice, Rank, Timestamp};
use ppn_triage::{
    CueDecisions, DEFAULT_POLICY, HeardCue, History, Policy, Trace, heard_cues, judge, read, read_and_trace,
};
use proptest::prelude::*;
use serde_json::json;

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_toml(DEFAULT_POLICY).unwrap());

const AT: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

fn told(words: &str) -> Notice {
    serde_json::from_value(json!({
        "source": "s", "reference": "r", "kind": "domestic_abuse", "circumstances": words,
        "persons": [{ "key": "v", "roles": ["victim"] }, { "key": "s", "roles": ["suspect"] }],
    }))
    .unwrap()
}

fn heard(notice: &Notice, decisions: &CueDecisions) -> Vec<HeardCue> {
    heard_cues(&POLICY, notice, AT, decisions)
}

/// The highest rank of the notice and the text of its reason for strangulation.
fn said(notice: &Notice, decisions: &CueDecisions) -> (Rank, Option<String>) {
    let items = judge(&POLICY, &read(&POLICY, notice, AT, decisions), &History::none(AT));
    let rank = items.iter().map(|item| item.assessment.rank).max().unwrap();
    let mut reasons = items.into_iter().flat_map(|item| item.assessment.reasons);
    (rank, reasons.find(|reason| reason.rule == "strangulation").map(|reason| reason.text))
}

#[test]
fn a_dismissed_cue_leaves_notice_and_trace_as_if_it_were_not_there() {
    let notice = told("He shouted. He put his hands round her neck. They parted.");
    let cue = heard(&notice, &CueDecisions::NONE).into_iter().find(|c| c.cue == "cue_strangulation").unwrap();
    assert_eq!(cue.words.path, "/circumstances");
    let dismissed = CueDecisions::from_iter([(cue.id, CueVerdict::Dismissed)]);
    let without = told("He shouted. They parted.");
    assert_eq!(said(&notice, &dismissed), said(&without, &CueDecisions::NONE));
    let (_, trace) = read_and_trace(&POLICY, &notice, AT, &dismissed);
    assert_eq!(trace, Trace::of(&POLICY, &without, AT, &CueDecisions::NONE));
    assert_eq!(trace, Trace::of(&POLICY, &notice, AT, &dismissed));
    // It is listed all the same, so that it can be taken back.
    assert!(heard(&notice, &dismissed).contains(&cue));
    let confirmed = CueDecisions::from_iter([(cue.id, CueVerdict::Confirmed)]);
    let (rank, text) = said(&notice, &confirmed);
    assert_eq!(rank, said(&notice, &CueDecisions::NONE).0);
    assert!(said(&notice, &CueDecisions::NONE).1.unwrap().contains("not confirmed"));
    assert!(!text.unwrap().contains("not confirmed"));
}

#[test]
fn a_cue_is_named_by_its_sentence() {
    let id = |words: &str| -> Vec<ppn_domain::profile::Digest> {
        let heard = heard(&told(words), &CueDecisions::NONE);
        heard.into_iter().filter(|cue| cue.cue == "cue_strangulation").map(|cue| cue.id).collect()
    };
    let one = id("He put his hands round her neck.");
    assert_eq!(one.len(), 1);
    assert_eq!(id("It was late.  He put his\nhands round her neck.\n\nShe rang us."), one);
    assert_ne!(id("Today he put his hands round her neck."), one);
    // The same sentence twice is two cues, of which the first keeps its name.
    let twice = id("He put his hands round her neck. He put his hands round her neck.");
    assert_eq!((twice.len(), twice[0]), (2, one[0]));
    assert_ne!(twice[1], one[0]);
    // The same words of another notice are another cue.
    let mut other = told("He put his hands round her neck.");
    other.reference = "another".to_owned();
    assert_ne!(
        heard(&other, &CueDecisions::NONE)[0].id,
        heard(&told("He put his hands round her neck."), &CueDecisions::NONE)[0].id
    );
}

/// Words said by one person are not those of another, wherever the two stand in the notice.
#[test]
fn what_a_person_said_is_named_by_the_person() {
    let speak = |first: &str, second: &str| -> Vec<HeardCue> {
        let person = |name: &str| {
            json!({ "roles": ["victim"], "given_names": name,
                "voice": { "words": "He put his hands round my neck." } })
        };
        let notice: Notice = serde_json::from_value(json!({
            "source": "s", "reference": "r", "kind": "domestic_abuse",
            "persons": [person(first), person(second)],
        }))
        .unwrap();
        let heard = heard_cues(&POLICY, &notice, AT, &CueDecisions::NONE);
        heard.into_iter().filter(|cue| cue.cue == "cue_strangulation").collect()
    };
    let (one, turned) = (speak("Ann", "Bea"), speak("Bea", "Ann"));
    assert_eq!((one.len(), turned.len()), (2, 2));
    assert_ne!(one[0].id, one[1].id);
    assert_eq!((one[0].id, one[1].id), (turned[1].id, turned[0].id));
    assert_ne!(one[0].words.path, turned[1].words.path);
}

#[test]
fn dismissing_the_first_dozen_leaves_the_thirteenth_to_be_heard() {
    let words: Vec<String> =
        (0..15).map(|n| format!("On day {n} he put his hands round her neck.")).collect();
    let notice = told(&words.join(" "));
    let mut decisions = CueDecisions::NONE;
    let (all, _) = said(&notice, &decisions);
    for round in 0..4 {
        let heard = heard(&notice, &decisions);
        let open: Vec<_> = heard
            .iter()
            .filter(|cue| cue.cue == "cue_strangulation" && decisions.of(cue.id).is_none())
            .map(|cue| cue.id)
            .collect();
        if open.is_empty() {
            assert!(round >= 2, "all at once");
            break;
        }
        assert_eq!(said(&notice, &decisions).0.band, all.band, "round {round}");
        for id in open {
            decisions.say(id, CueVerdict::Dismissed);
        }
    }
    assert_eq!(said(&notice, &decisions).1, None);
}

proptest! {
    /// No words make it panic, no two cues of a notice have one name, and with everything dismissed the
    /// words state nothing.
    #[test]
    fn cues_of_any_text_are_told_apart_and_dismissed(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("He put his hands round her neck. ".to_owned()),
                Just("he breached his order, strangled her and hit her".to_owned()),
                Just("? ".to_owned()),
                "\\PC{0,20}",
            ],
            0..12,
        )
    ) {
        let notice = told(&parts.concat());
        let mut decisions = CueDecisions::NONE;
        for _ in 0..20 {
            let heard = heard(&notice, &decisions);
            let mut ids: Vec<_> = heard.iter().map(|cue| cue.id).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), heard.len());
            let before = decisions.clone();
            for id in ids {
                decisions.say(id, CueVerdict::Dismissed);
            }
            if before == decisions {
                break;
            }
        }
        prop_assert_eq!(said(&notice, &decisions), said(&told(""), &CueDecisions::NONE));
    }
}
