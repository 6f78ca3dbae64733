//! What every backlog and stream keeps, whatever the seed.

use std::collections::{BTreeMap, BTreeSet};

use ppn_demo::{Backlog, backlog, backlog_of, stream};
use ppn_domain::notice::codes::{Concern, Grade, Marker, NoticeKind};
use ppn_domain::{Notice, Span, Timestamp};
use sha2::{Digest, Sha256};

const SCHEMA: &str = include_str!("../../../contract/notice.schema.json");

fn as_of() -> Timestamp {
    Timestamp::parse_rfc3339("2022-05-20T08:00:00Z").expect("a time")
}

fn hash<'a>(notices: impl IntoIterator<Item = &'a Notice>) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for notice in notices {
        hasher.update(serde_json::to_vec(notice).expect("a notice is JSON"));
    }
    hasher.finalize().to_vec()
}

fn all(backlog: &Backlog) -> impl Iterator<Item = &Notice> {
    backlog.history.iter().chain(&backlog.waiting)
}

fn count(notices: &[Notice], kind: NoticeKind) -> usize {
    notices.iter().filter(|n| n.kind == kind).count()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(hash(all(&backlog(7, as_of()))), hash(all(&backlog(7, as_of()))));
    assert_ne!(hash(all(&backlog(7, as_of()))), hash(all(&backlog(8, as_of()))));
    let some = |seed| stream(seed, as_of()).take(300).collect::<Vec<_>>();
    assert_eq!(hash(&some(7)), hash(&some(7)));
    assert_ne!(hash(&some(7)), hash(&some(8)));
}

#[test]
fn every_notice_meets_the_contract() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let backlogs: Vec<Backlog> = (1..4).map(|seed| backlog(seed, as_of())).collect();
    let streamed: Vec<Notice> = stream(3, as_of()).take(2000).collect();
    for notice in backlogs.iter().flat_map(all).chain(&streamed) {
        let json = serde_json::to_value(notice).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&json).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", notice.reference);
    }
}

#[test]
fn it_has_the_shape_of_the_report() {
    let b = backlog(1, as_of());
    assert_eq!(count(&b.waiting, NoticeKind::Child), 342);
    assert_eq!(count(&b.waiting, NoticeKind::Adult), 277);
    assert_eq!(count(&b.waiting, NoticeKind::DomesticAbuse), 443);
    assert!((900..=1500).contains(&b.history.len()), "{}", b.history.len());
    let oldest = b.waiting.iter().filter_map(|n| n.submitted_at).min().unwrap();
    assert!((Span::days(6)..=Span::days(17)).contains(&(as_of() - oldest)));
    assert!(b.history.iter().all(|n| n.submitted_at.unwrap() < oldest));
    assert!(b.history.iter().all(|n| n.submitted_at.unwrap() > oldest - Span::days(91)));
    assert!(all(&b).all(|n| n.submitted_at.unwrap() <= as_of()));
    assert!(all(&b).all(|n| n.occurred_at.is_none_or(|at| at <= n.submitted_at.unwrap())));
    let references: BTreeSet<_> = all(&b).map(|n| (&n.source, &n.reference)).collect();
    assert_eq!(references.len(), b.waiting.len() + b.history.len());
}

#[test]
fn a_backlog_of_any_size_is_made() {
    for (child, adult, domestic) in [(0, 0, 0), (1, 0, 0), (0, 3, 0), (2, 2, 2), (900, 800, 1128)] {
        let b = backlog_of(5, as_of(), child, adult, domestic);
        assert_eq!(count(&b.waiting, NoticeKind::Child), child);
        assert_eq!(count(&b.waiting, NoticeKind::Adult), adult);
        assert_eq!(count(&b.waiting, NoticeKind::DomesticAbuse), domestic);
    }
}

#[test]
fn grades_gaps_and_restrictions_come_at_the_rates_of_the_report() {
    let notices: Vec<Notice> = (1..6).flat_map(|seed| backlog(seed, as_of()).waiting).collect();
    let percent = |n: usize, of: usize| n * 100 / of.max(1);
    let people: Vec<_> = notices.iter().flat_map(|n| &n.persons).collect();
    let no_ethnicity = percent(people.iter().filter(|p| p.ethnicity.is_none()).count(), people.len());
    assert!((30..=42).contains(&no_ethnicity), "{no_ethnicity}");
    let open = notices.iter().filter(|n| n.persons.iter().any(|p| !p.social_care.is_empty())).count();
    assert!((10..=16).contains(&percent(open, notices.len())), "{}", percent(open, notices.len()));
    let restricted = notices.iter().filter(|n| n.is_restricted()).count();
    assert!((5..=25).contains(&(restricted * 1000 / notices.len())), "{restricted}");
    let domestic: Vec<_> = notices.iter().filter(|n| n.kind == NoticeKind::DomesticAbuse).collect();
    let high =
        percent(domestic.iter().filter(|n| n.officer_grade == Some(Grade::High)).count(), domestic.len());
    assert!((7..=15).contains(&high), "{high}");
}

#[test]
fn every_concern_of_the_field_is_there() {
    let b = backlog(1, as_of());
    let seen: BTreeSet<_> = all(&b).flat_map(|n| n.concerns.clone()).collect();
    let absent: Vec<_> = Concern::ALL
        .iter()
        .filter(|c| !seen.contains(c))
        .filter(|c| !matches!(c, Concern::Bullying | Concern::Homelessness | Concern::CarerStress))
        .collect();
    assert!(absent.len() <= 2, "{absent:?}");
    let marked = |m| b.waiting.iter().flat_map(|n| &n.persons).any(|p| p.markers.contains(&m));
    assert!(marked(Marker::RegisteredSexOffender) && marked(Marker::TriggerPlan) && marked(Marker::CceRisk));
    assert!(b.waiting.iter().any(|n| n.actions.as_ref().is_some_and(|a| !a.police_protection.is_empty())));
}

#[test]
fn some_households_come_back_under_the_same_number() {
    let b = backlog(1, as_of());
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for notice in all(&b) {
        let ids: BTreeSet<_> = notice.persons.iter().filter_map(|p| p.person_id.as_deref()).collect();
        for id in ids {
            *times.entry(id).or_default() += 1;
        }
    }
    assert!(times.values().filter(|n| **n > 1).count() > 150);
    assert!(times.values().any(|n| *n >= 4));
}

#[test]
fn no_two_strangers_share_a_telephone() {
    let b = backlog(1, as_of());
    let mut born: BTreeMap<&str, BTreeSet<_>> = BTreeMap::new();
    for person in all(&b).flat_map(|n| &n.persons).filter(|p| p.date_of_birth_estimated.is_none()) {
        if let (Some(phone), Some(date)) = (&person.phone, person.date_of_birth) {
            born.entry(phone).or_default().insert(date);
        }
    }
    assert!(born.len() > 1000);
    assert!(born.values().all(|dates| dates.len() == 1));
}

#[test]
fn narratives_are_long_enough_varied_and_filled() {
    let b = backlog(1, as_of());
    let texts: Vec<&str> = b.waiting.iter().filter_map(|n| n.circumstances.as_deref()).collect();
    let words: Vec<usize> = texts.iter().map(|t| t.split_whitespace().count()).collect();
    let mean = words.iter().sum::<usize>() / words.len();
    assert!((60..=180).contains(&mean), "{mean}");
    assert!(words.iter().filter(|w| (45..=260).contains(*w)).count() * 100 / words.len() >= 88);
    assert!(texts.iter().all(|t| !t.contains(['{', '}', '[', ']', '|'])));
    let distinct: BTreeSet<_> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len());
    let sentences: BTreeSet<_> = texts.iter().flat_map(|t| t.split(". ")).collect();
    assert!(sentences.len() > 1500, "{}", sentences.len());
}

#[test]
fn the_stream_rises_and_is_of_the_size_wanted() {
    let notices: Vec<Notice> = stream(9, as_of()).take(3000).collect();
    let times: Vec<_> = notices.iter().filter_map(|n| n.submitted_at).collect();
    assert!(times.is_sorted());
    assert!(times.iter().all(|t| *t <= as_of() && *t >= as_of() - Span::days(365)));
    let bytes: usize = notices.iter().map(|n| serde_json::to_vec(n).unwrap().len()).sum();
    let mean = bytes / notices.len();
    assert!((3500..=4500).contains(&mean), "{mean}");
    let references: BTreeSet<_> = notices.iter().map(|n| &n.reference).collect();
    assert_eq!(references.len(), notices.len());
    assert!(references.contains(&"SYN-0000001".to_owned()));
}

#[test]
fn nobody_can_be_reached_by_what_is_invented() {
    for notice in all(&backlog(2, as_of())) {
        for person in &notice.persons {
            if let Some(phone) = &person.phone {
                assert!(phone.starts_with("07700 900") || phone.starts_with("01632 960"), "{phone}");
            }
            let postcode =
                person.address.as_ref().and_then(|a| a.postcode.as_deref()).unwrap_or("9CI").to_uppercase();
            let inward: String = postcode.chars().skip(postcode.len() - 2).collect();
            assert!(inward.contains(['C', 'I', 'K', 'M', 'O', 'V']), "{postcode}");
        }
    }
}
