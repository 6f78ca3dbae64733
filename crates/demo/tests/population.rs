//! What every population keeps, whatever the seed. Nothing here knows a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ppn_demo::{Level, Truthful, population};
use ppn_domain::notice::codes::{Grade, Indicator, NoticeKind, Tool};
use ppn_domain::{Span, Timestamp};

const SCHEMA: &str = include_str!("../../../contract/notice.schema.json");

fn as_of() -> Timestamp {
    Timestamp::parse_rfc3339("2022-05-20T08:00:00Z").expect("a time")
}

/// So many that a few lively families don't decide the shares.
const SIZE: usize = 16_000;

static DRAWN: LazyLock<Vec<Truthful>> = LazyLock::new(|| population(2, SIZE, as_of()).collect());

/// First submissions: no amendment, no second report of an event.
fn events(all: &[Truthful]) -> Vec<&Truthful> {
    let mut seen = BTreeSet::new();
    all.iter().filter(|t| seen.insert(t.event)).collect()
}

fn submitted(t: &Truthful) -> Timestamp {
    t.notice.submitted_at.expect("every notice says when")
}

fn per_mille(part: usize, of: usize) -> usize {
    part * 1000 / of.max(1)
}

fn near(what: &str, found: usize, wanted: usize, off: usize) {
    assert!(found.abs_diff(wanted) <= off, "{what}: {found}, and should be {wanted} give or take {off}");
}

/// How often a draw from the first is greater than one from the second, in a thousand; ties count half.
fn auc(of: &[usize], rest: &[usize]) -> usize {
    let wins: usize =
        of.iter().flat_map(|a| rest.iter().map(move |b| 1 + usize::from(a > b) - usize::from(a < b))).sum();
    wins * 500 / (of.len() * rest.len())
}

#[test]
fn the_same_seed_gives_the_same_notices_in_order_of_submission() {
    let json = |seed| -> Vec<String> {
        population(seed, 300, as_of()).map(|t| serde_json::to_string(&t.notice).unwrap()).collect()
    };
    assert_eq!(json(5), json(5));
    assert_ne!(json(5), json(6));
    let all = &*DRAWN;
    assert_eq!(all.len(), SIZE);
    let arrived = |t: &Truthful| t.notice.amended_at.unwrap_or_else(|| submitted(t));
    assert!(all.is_sorted_by_key(arrived));
    assert!(all.last().is_some_and(|t| arrived(t) <= as_of() && arrived(t) > as_of() - Span::days(90)));
}

#[test]
fn every_notice_meets_the_contract() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for truthful in population(11, 2500, as_of()) {
        let json = serde_json::to_value(&truthful.notice).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&json).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", truthful.notice.reference);
        let text = truthful.notice.circumstances.unwrap_or_default();
        assert!(!text.contains(['{', '}', '[', ']', '|']), "{text}");
    }
}

#[test]
fn levels_come_at_the_shares_of_their_kinds() {
    let all = &*DRAWN;
    let events = events(all);
    let share = |kind, wanted: fn(Level) -> bool| {
        let of: Vec<_> = events.iter().filter(|t| t.notice.kind == kind).collect();
        per_mille(of.iter().filter(|t| wanted(t.level)).count(), of.len())
    };
    let high = |l: Level| l >= Level::High;
    near("child, high", share(NoticeKind::Child, high), 90, 20);
    near("adult, high", share(NoticeKind::Adult, high), 60, 18);
    near("domestic abuse, high", share(NoticeKind::DomesticAbuse, high), 105, 20);
    for kind in [NoticeKind::Child, NoticeKind::Adult, NoticeKind::DomesticAbuse] {
        near("medium", share(kind, |l| l == Level::Medium), 310, 35);
        near("none", share(kind, |l| l == Level::None), 190, 35);
    }
    for (kind, waiting) in
        [(NoticeKind::Child, 342), (NoticeKind::Adult, 277), (NoticeKind::DomesticAbuse, 443)]
    {
        let of = events.iter().filter(|t| t.notice.kind == kind).count();
        near("mix", per_mille(of, events.len()), waiting * 1000 / 1062, 30);
    }
}

#[test]
fn officers_grade_little_better_than_chance() {
    let all = &*DRAWN;
    let grades = |high: bool| -> Vec<usize> {
        events(all)
            .iter()
            .filter(|t| (t.level >= Level::High) == high)
            .filter_map(|t| t.notice.officer_grade)
            .map(|g| Grade::ALL.iter().position(|of| *of == g).unwrap_or(0))
            .collect()
    };
    let found = auc(&grades(true), &grades(false));
    assert!((550..680).contains(&found), "{found}");
}

#[test]
fn families_come_again_as_often_as_they_do() {
    let all = &*DRAWN;
    let events = events(all);
    let mut by_family: BTreeMap<u32, Vec<&Truthful>> = BTreeMap::new();
    for t in all {
        by_family.entry(t.family).or_default().push(t);
    }
    // In a linked family: another notice of it within two weeks, by this officer or another.
    let apart = |a: &Truthful, b: &Truthful| submitted(a).max(submitted(b)) - submitted(a).min(submitted(b));
    let first: Vec<&Truthful> = all.iter().filter(|t| t.notice.amended_at.is_none()).collect();
    let linked = first
        .iter()
        .filter(|t| {
            by_family[&t.family]
                .iter()
                .any(|o| o.notice.reference != t.notice.reference && apart(o, t) <= Span::days(14))
        })
        .count();
    near("in a linked family", per_mille(linked, first.len()), 230, 40);

    // Domestic abuse records of a year for each victim.
    let year = as_of() - Span::days(450);
    let in_year: Vec<_> = events
        .iter()
        .filter(|t| t.notice.kind == NoticeKind::DomesticAbuse)
        .filter(|t| (year..year + Span::days(365)).contains(&submitted(t)))
        .collect();
    let victims: BTreeSet<u32> = in_year.iter().map(|t| t.family).collect();
    near("records of a victim", in_year.len() * 100 / victims.len(), 163, 14);

    // Children come again within a year.
    let early: Vec<_> = events
        .iter()
        .filter(|t| t.notice.kind == NoticeKind::Child && submitted(t) < as_of() - Span::days(400))
        .collect();
    let again = early
        .iter()
        .filter(|t| {
            by_family[&t.family].iter().any(|o| {
                o.event != t.event
                    && submitted(o) > submitted(t)
                    && submitted(o) - submitted(t) <= Span::days(365)
            })
        })
        .count();
    near("referred again in a year", per_mille(again, early.len()), 220, 50);
}

#[test]
fn what_is_grave_comes_again_sooner_and_notices_leave_things_out() {
    let all = &*DRAWN;
    let events = events(all);
    let mean = |high: bool| {
        let of: Vec<_> = events.iter().filter(|t| (t.level >= Level::High) == high).collect();
        of.iter().map(|t| t.events_in_year).sum::<u32>() * 100 / u32::try_from(of.len()).unwrap()
    };
    assert!(mean(true) > mean(false) + 40, "{} {}", mean(true), mean(false));

    let strangled: Vec<_> =
        events.iter().filter(|t| t.facts.contains(&Indicator::NonFatalStrangulation)).collect();
    let ticked = strangled
        .iter()
        .filter(|t| {
            let own = &t.notice.indicators;
            let of_people = t.notice.persons.iter().flat_map(|p| &p.indicators);
            own.iter().chain(of_people).any(|i| *i == Indicator::NonFatalStrangulation)
        })
        .count();
    near("strangulation that is ticked", per_mille(ticked, strangled.len()), 610, 120);
}

#[test]
fn every_trait_that_makes_linking_and_history_hard_is_there() {
    let all = &*DRAWN;
    let any = |what: &str, wanted: &dyn Fn(&Truthful) -> bool| {
        assert!(all.iter().any(wanted), "no notice with {what}");
    };
    any("an amendment", &|t| t.notice.amended_at.is_some());
    any("frequencies", &|t| {
        t.notice.risk_assessments.iter().any(|r| r.tool == Tool::Dara && r.answers.len() > 5)
    });
    any("questions refused", &|t| t.notice.risk_assessments.iter().any(|r| r.refused == Some(true)));
    any("missing episodes", &|t| t.notice.missing.len() > 2);
    any("an order", &|t| t.notice.persons.iter().any(|p| !p.orders.is_empty()));
    any("known events", &|t| t.notice.persons.iter().any(|p| p.known_events.len() > 1));
    any("a person without a number", &|t| t.notice.persons.iter().any(|p| p.person_id.is_none()));
    any("another victim", &|t| t.facts.contains(&Indicator::SerialPerpetrator));
    let mut by_incident: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for t in all {
        if let Some(incident) = &t.notice.incident_reference {
            by_incident.entry(incident).or_default().insert(&t.notice.reference);
        }
    }
    let twice = by_incident.values().filter(|of| of.len() > 1).count();
    assert!(per_mille(twice, by_incident.len()) > 15, "{twice}");
}
