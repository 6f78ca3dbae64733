//! What a policy may say, and what is refused with its line.

use ppn_domain::{Band, Desk, Notice, Rank, Span, Timestamp};
use ppn_triage::{DEFAULT_POLICY, History, OrderRule, Policy, assess};

const HEAD: &str = r#"version = "t"
[order]
reserve_every = 4
audit_every = 50
[limits]
decided_times = 3
told_times = 4
share_hours = 1
[limits.hours]
child = { red = 4, amber = 24, green = 72, blue = 168 }
adult = { red = 4, amber = 24, green = 72, blue = 168 }
domestic_abuse = { red = 4, amber = 24, green = 72, blue = 168 }
endorsement = { red = 4, amber = 24, green = 72, blue = 168 }
strategy = { red = 4, amber = 24, green = 72, blue = 168 }
record = { red = 4, amber = 24, green = 72, blue = 168 }
[thresholds]
child = { red = 100, amber = 40, green = 10 }
adult = { red = 100, amber = 40, green = 10 }
domestic_abuse = { red = 100, amber = 40, green = 10 }
[little_known]
at_most = 2
text = "Little is known."
"#;

fn with(rules: &str) -> String {
    format!("{HEAD}{rules}")
}

fn factor(id: &str, when: &str, points: &str) -> String {
    format!(
        "[[factor]]\nid = \"{id}\"\nlabel = \"L\"\ndesks = [\"child\"]\nwhen = {when}\npoints = {points}\ntext = \"T\"\nsource = \"S\"\n"
    )
}

fn refused(text: &str) -> Vec<(usize, String)> {
    match Policy::from_toml(text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(errors) => errors.0.into_iter().map(|e| (e.line, e.reason)).collect(),
    }
}

/// The one error, its line counted from the first line after the head.
fn one(rules: &str) -> (usize, String) {
    let mut errors = refused(&with(rules));
    assert_eq!(errors.len(), 1, "{errors:?}");
    let (line, reason) = errors.remove(0);
    (line - HEAD.lines().count(), reason)
}

#[test]
fn the_default_policy_passes_and_names_itself() {
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    assert_eq!(policy.text(), DEFAULT_POLICY);
    assert_eq!(policy.reference().hash.len(), 64);
    assert_eq!(policy.order(), OrderRule { by_risk: true, reserve_every: 4, audit_every: Some(50) });
}

#[test]
fn an_unknown_fact_is_refused_with_its_line_and_the_nearest_name() {
    let (line, reason) = one(&factor("a", "\"child_hrut\"", "5"));
    assert_eq!((line, reason.as_str()), (5, "unknown fact `child_hrut`: nearest is `child_hurt`"));
    let (line, reason) = one(&factor("a", "{ all = [\"child_hurt\",\n \"weapon_use\"] }", "5"));
    assert_eq!((line, reason.as_str()), (6, "unknown fact `weapon_use`: nearest is `weapon_used`"));
}

#[test]
fn an_id_stands_once() {
    let twice = factor("a", "\"child_hurt\"", "5") + &factor("a", "\"child_saw\"", "5");
    let (line, reason) = one(&twice);
    assert_eq!(line, 10);
    assert!(reason.starts_with("duplicate id `a`: first on line"), "{reason}");
    assert!(one(&factor("little_known", "\"child_saw\"", "5")).1.contains("gives itself"));
    assert!(one(&factor("Not An Id", "\"child_saw\"", "5")).1.contains("no identifier"));
}

#[test]
fn points_are_above_nought() {
    for points in ["0", "-5", "1001"] {
        let (line, reason) = one(&factor("a", "\"child_hurt\"", points));
        assert_eq!(line, 6);
        assert!(reason.contains("between 1 and 1000"), "{reason}");
    }
}

#[test]
fn bands_and_limits_stand_in_order() {
    let text = HEAD.replace("adult = { red = 100, amber = 40", "adult = { red = 40, amber = 100");
    assert_eq!(refused(&text), [(18, "bands out of order at `adult`: 0 < green < amber < red".to_owned())]);
    let text = HEAD.replace("strategy = { red = 4", "strategy = { red = 48");
    assert!(refused(&text)[0].1.starts_with("limits out of order at `strategy`"));
    let text = HEAD.replace("record = { red = 4, amber = 24, green = 72, blue = 168 }\n", "");
    assert_eq!(refused(&text), [(9, "no limits for desk `record`".to_owned())]);
}

#[test]
fn a_number_is_tested_in_the_direction_that_can_only_raise() {
    let count = |test: &str| factor("a", &format!("{{ fact = \"children_described\", {test} }}"), "5");
    assert!(Policy::from_toml(&with(&count("at_least = 2"))).is_ok());
    assert!(one(&count("at_most = 2")).1.contains("takes `at_least` alone"));
    assert!(one(&count("at_least = 0")).1.contains("always holds"));
    assert!(one(&count("at_least = 51")).1.contains("unreachable"));
    assert!(
        one(&factor("a", "{ fact = \"youngest_child_days\", at_least = 2 }", "5"))
            .1
            .contains("`at_most` alone")
    );
    assert!(one(&factor("a", "\"children_described\"", "5")).1.contains("is a number"));
    assert!(one(&factor("a", "{ fact = \"child_hurt\", at_least = 2 }", "5")).1.contains("takes no number"));
}

#[test]
fn rules_that_can_never_matter_are_refused() {
    let floor = |id: &str, when: &str, band: &str| {
        format!(
            "[[floor]]\nid = \"{id}\"\nlabel = \"L\"\ndesks = [\"child\"]\nwhen = {when}\nband = \"{band}\"\ntext = \"T\"\nsource = \"S\"\n"
        )
    };
    assert!(one(&floor("a", "\"child_hurt\"", "blue")).1.contains("unreachable"));
    assert!(one(&floor("a", "{ any = [] }", "red")).1.contains("unreachable"));
    let covered = floor("a", "\"child_hurt\"", "red")
        + &floor("b", "{ all = [\"child_hurt\", \"child_saw\"] }", "amber");
    assert!(one(&covered).1.contains("`b` never matters, since `a`"));
    assert!(one(&factor("a", "\"child_hurt\"", "5").replace("[\"child\"]", "[]")).1.contains("no desk"));
    assert!(
        one(&factor("a", "\"child_hurt\"", "5").replace("\"child\"]", "\"share\"]"))
            .1
            .contains("not assessed")
    );
    let question = "[[question]]\nid = \"q\"\ndesks = [\"child\"]\nfact = \"child_saw\"\ntext = \"Seen?\"\n";
    assert!(one(question).1.contains("raises nothing"));
}

#[test]
fn texts_name_people_by_role_alone() {
    let named = factor("a", "\"child_hurt\"", "5").replace("\"T\"", "\"{family_name}\"");
    assert_eq!(one(&named).0, 7);
    let number = factor("a", "\"child_hurt\"", "5").replace("\"T\"", "\"{n} times\"");
    assert!(one(&number).1.contains("needs a test with a number"));
}

#[test]
fn unknown_members_bands_and_broken_toml_are_refused_with_their_line() {
    let (line, reason) = one(&(factor("a", "\"child_hurt\"", "5") + "unless = \"child_saw\"\n"));
    assert_eq!(line, 9);
    assert!(reason.contains("unless"), "{reason}");
    assert_eq!(one("[[factor\n").0, 1);
}

#[test]
fn every_error_is_told_at_once() {
    let both = factor("a", "\"child_hrut\"", "0");
    assert_eq!(refused(&with(&both)).len(), 2);
}

#[test]
fn limits_follow_desk_and_band_and_a_share_ends_in_its_hour() {
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    for desk in Desk::ALL {
        for (band, hours) in [(Band::Red, 4), (Band::Amber, 24), (Band::Green, 72), (Band::Blue, 168)] {
            let limits = policy.limits(*desk, band);
            let given = (limits.picked_up, limits.decided, limits.told);
            let expected = if *desk == Desk::Share {
                (Span::hours(1), Span::hours(1), Span::hours(1))
            } else {
                (Span::hours(hours), Span::hours(3 * hours), Span::hours(4 * hours))
            };
            assert_eq!(given, expected);
        }
    }
}

#[test]
fn a_force_maps_the_items_of_its_own_tool() {
    let rules = "[[floor]]\nid = \"a\"\nlabel = \"L\"\ndesks = [\"domestic_abuse\"]\nwhen = \"controlling_behaviour\"\nband = \"amber\"\ntext = \"T\"\nsource = \"S\"\n[tools.dara]\ncontrol_1 = { fact = \"controlling_behaviour\", from = \"sometimes\" }\n";
    let policy = Policy::from_toml(&with(rules)).unwrap();
    for (answer, band) in [
        ("once", Band::Blue),
        ("sometimes", Band::Amber),
        ("always", Band::Amber),
        ("yes", Band::Amber),
        ("never", Band::Blue),
    ] {
        let notice: Notice = serde_json::from_value(serde_json::json!({
            "source": "s", "reference": "r", "kind": "domestic_abuse",
            "risk_assessments": [{ "tool": "dara", "answers": { "control_1": answer } }]
        }))
        .unwrap();
        let items =
            assess(&policy, &notice, Timestamp::from_micros(0), &History::none(Timestamp::from_micros(0)));
        assert_eq!(items[0].assessment.rank, Rank { band, score: 0 }, "{answer}");
    }
    assert!(one("[tools.dara]\nx = { fact = \"contrl\", from = \"once\" }\n").1.contains("unknown fact"));
}

fn cue(fact: &str, phrases: &str) -> String {
    format!(
        "[[cue]]\nid = \"c\"\nlabel = \"L\"\nfact = \"{fact}\"\nphrases = [\n{phrases}\n]\nsource = \"S\"\n"
    )
}

#[test]
fn a_cue_names_a_fact_that_matters_and_phrases_that_can_be_read() {
    let floor = "[[floor]]\nid = \"a\"\nlabel = \"L\"\ndesks = [\"child\"]\nwhen = \"left_with_unchecked_person\"\nband = \"red\"\ntext = \"T\"\nsource = \"S\"\n";
    assert!(
        Policy::from_toml(&with(&(floor.to_owned() + &cue("left_with_unchecked_person", "\"x\"")))).is_ok()
    );
    // Facts follow from an indicator though no rule names it.
    assert!(Policy::from_toml(&with(&cue("weapon_used", "\"stab*\""))).is_ok());
    let (line, reason) = one(&cue("left_with_unchecked_person", "\"x\""));
    assert_eq!(line, 4);
    assert!(reason.starts_with("unreachable: no rule uses"), "{reason}");
    assert!(one(&cue("weapn_used", "\"x\"")).1.contains("unknown fact"));
    assert!(one(&cue("children_described", "\"x\"")).1.contains("is a number"));
    assert!(one(&cue("weapon_used", "")).1.contains("no phrase is given"));
    let (line, reason) = one(&cue("weapon_used", "\"stab*\",\n\"(knife|blade\""));
    assert_eq!((line, reason.as_str()), (7, "phrase `(knife|blade`: `)` is missing"));
    let (line, reason) =
        one(&format!("[cue_context]\nnegates = [\"no\",\n\"x*\"]\n{}", cue("weapon_used", "\"x\"")));
    assert_eq!(line, 3);
    assert!(reason.contains("needs 3 letters"), "{reason}");
}
