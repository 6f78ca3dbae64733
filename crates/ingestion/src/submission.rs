//! One notice: from bytes to a typed notice with its findings, or to a refusal.

use ppn_domain::{Finding, FindingCode, Notice, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::document::{self, Document};
use crate::explain;
use crate::findings;
use crate::refusal::{FieldError, Refusal, Rule};

/// The largest notice that is read, in bytes as sent.
pub const MAX_NOTICE_BYTES: usize = 4 * 1024 * 1024;

/// SHA-256 of a notice's canonical form: equal for two submissions that say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A notice that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The notice.
    pub notice: Notice,
    /// What it lacks or contradicts, in a fixed order.
    pub findings: Vec<Finding>,
    /// The canonical form: the typed notice as JSON, times in UTC, nothing empty.
    pub body: String,
    /// The hash of `body`.
    pub content_hash: ContentHash,
}

/// Reads one notice; `now` is the time of arrival, against which its times are held.
///
/// # Errors
/// Returns a [`Refusal`] with every reason when the bytes are not one JSON document in UTF-8, when a
/// member stands twice, or when the document does not meet the contract.
pub fn read_notice(bytes: &[u8], now: Timestamp) -> Result<Submission, Refusal> {
    if bytes.len() > MAX_NOTICE_BYTES {
        return Err(Refusal::one(too_large()));
    }
    let mut document = document::parse(bytes);
    let Some(value) = document.value.take() else { return Err(refusal(document)) };
    if !document.errors.is_empty() || !explain::is_valid(&value) {
        let (errors, more) = explain::differences(&value, document.errors.len());
        document.errors.extend(errors);
        document.more_errors += more;
        return Err(refusal(document));
    }
    let Ok(notice) = serde_json::from_value::<Notice>(value) else {
        document.errors.push(beyond_the_types(bytes));
        return Err(refusal(document));
    };
    match submission(notice, &document.unreadable, now) {
        Ok(submission) => Ok(submission),
        Err(error) => {
            document.errors.push(error);
            Err(refusal(document))
        }
    }
}

fn submission(notice: Notice, unreadable: &[String], now: Timestamp) -> Result<Submission, FieldError> {
    let body = serde_json::to_string(&notice).map_err(|_| {
        FieldError::new("", Rule::Contract, "The notice cannot be written back: report this.")
    })?;
    let content_hash = ContentHash(Sha256::digest(body.as_bytes()).into());
    let mut found: Vec<Finding> = unreadable.iter().map(|path| unreadable_character(path)).collect();
    found.extend(findings::of(&notice, now));
    Ok(Submission { notice, findings: found, body, content_hash })
}

/// `PostgreSQL` cannot hold U+0000 in text, so it is replaced before anything is stored.
fn unreadable_character(path: &str) -> Finding {
    Finding {
        code: FindingCode::UnreadableCharacter,
        path: path.to_owned(),
        text: "A character here could not be read and was replaced: check the text at the source.".to_owned(),
    }
}

pub(crate) fn too_large() -> FieldError {
    let fix = format!(
        "The notice is larger than {} MiB: send it without attachments, one notice at a time. It is not copied to a rejects file.",
        MAX_NOTICE_BYTES / (1024 * 1024)
    );
    FieldError::new("", Rule::TooLarge, fix)
}

fn refusal(document: Document) -> Refusal {
    let Document { source, reference, mut errors, more_errors, .. } = document;
    if more_errors > 0 {
        let fix = format!("There are {more_errors} more errors: put right those above and send it again.");
        errors.push(FieldError::new("", Rule::MoreErrors, fix));
    }
    Refusal { source, reference, errors }
}

/// The schema took it and the types did not: the smallest part without which they would.
fn beyond_the_types(bytes: &[u8]) -> FieldError {
    let path = document::parse(bytes).value.and_then(|value| culprit(&value)).unwrap_or_default();
    FieldError::new(
        path,
        Rule::Format,
        "This cannot be held, although it is well formed: check dates and numbers.",
    )
}

fn culprit(document: &Value) -> Option<String> {
    let mut path = String::new();
    loop {
        let steps: Vec<String> = match document.pointer(&path)? {
            Value::Object(members) => {
                members.keys().map(|k| k.replace('~', "~0").replace('/', "~1")).collect()
            }
            Value::Array(elements) => (0..elements.len()).map(|i| i.to_string()).collect(),
            _ => break,
        };
        let Some(step) = steps.into_iter().find(|step| reads_without(document, &path, step)) else { break };
        path = format!("{path}/{step}");
    }
    (!path.is_empty()).then_some(path)
}

fn reads_without(document: &Value, path: &str, step: &str) -> bool {
    let mut rest = document.clone();
    match rest.pointer_mut(path) {
        Some(Value::Object(members)) => {
            members.remove(&step.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(elements)) => {
            if let Ok(index) = step.parse::<usize>()
                && index < elements.len()
            {
                elements.remove(index);
            }
        }
        _ => return false,
    }
    serde_json::from_value::<Notice>(rest).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-06-15T12:00:00Z").unwrap()
    }

    fn least() -> Value {
        json!({"source": "niche", "reference": "A1", "kind": "child"})
    }

    fn with(member: &str, value: Value) -> Vec<u8> {
        let mut document = least();
        document[member] = value;
        document.to_string().into_bytes()
    }

    fn rules(bytes: &[u8]) -> Vec<(String, String)> {
        read_notice(bytes, now()).unwrap_err().errors.into_iter().map(|e| (e.path, e.rule)).collect()
    }

    #[test]
    fn the_least_notice_is_accepted() {
        let submission = read_notice(least().to_string().as_bytes(), now()).unwrap();
        assert_eq!(submission.body, r#"{"source":"niche","reference":"A1","kind":"child"}"#);
        assert_eq!(submission.content_hash.to_string().len(), 64);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let text = format!("\u{feff}{}", least());
        assert!(read_notice(text.as_bytes(), now()).is_ok());
    }

    #[test]
    fn key_order_white_space_offsets_and_empty_lists_do_not_matter() {
        let a = br#"{"source":"niche","reference":"A1","kind":"child","submitted_at":"2026-06-01T12:00:00+01:00","persons":[]}"#;
        let b = b"{ \"kind\":\"child\",\n \"submitted_at\":\"2026-06-01t11:00:00.0000009z\", \"reference\":\"A1\",\"source\":\"niche\"}";
        let (a, b) = (read_notice(a, now()).unwrap(), read_notice(b, now()).unwrap());
        assert_eq!((a.content_hash, a.body), (b.content_hash, b.body));
    }

    #[test]
    fn odd_times_that_the_schema_takes_are_accepted() {
        for time in [
            "1990-12-31T23:59:60Z",
            "2026-01-01t00:00:00z",
            "2026-01-01T00:00:00-00:00",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999999999-23:59",
            "2016-12-31T15:59:60-08:00",
        ] {
            let read = read_notice(&with("occurred_at", json!(time)), now());
            assert!(read.is_ok(), "{time} {read:?}");
        }
    }

    #[test]
    fn null_characters_become_a_finding() {
        let read = read_notice(&with("circumstances", json!("a\0b")), now()).unwrap();
        assert_eq!(read.notice.circumstances.as_deref(), Some("a\u{fffd}b"));
        assert_eq!(read.findings[0].code, FindingCode::UnreadableCharacter);
        assert_eq!(read.findings[0].path, "/circumstances");
    }

    #[test]
    fn a_refusal_says_whose_it_was() {
        let refusal = read_notice(&with("persns", json!([])), now()).unwrap_err();
        assert_eq!((refusal.source.as_deref(), refusal.reference.as_deref()), (Some("niche"), Some("A1")));
    }

    #[test]
    fn too_much_is_refused() {
        let pair = |path: &str, rule: &str| vec![(path.to_owned(), rule.to_owned())];
        let persons = json!(vec![json!({"roles": ["witness"]}); 51]);
        assert_eq!(rules(&with("persons", persons)), pair("/persons", "too_many"));
        assert_eq!(rules(&vec![b' '; MAX_NOTICE_BYTES + 1]), pair("", "too_large"));
        assert_eq!(
            rules(&with("circumstances", json!("x".repeat(100_001)))),
            pair("/circumstances", "too_long")
        );
        let length_is_counted_in_characters = json!("\u{1f642}".repeat(100_000));
        assert!(read_notice(&with("circumstances", length_is_counted_in_characters), now()).is_ok());
    }

    #[test]
    fn a_repeated_member_is_told_beside_the_other_errors() {
        let text = br#"{"source":"niche","reference":"A1","kind":"child","indicators":["weapon_used"],"indicators":[],"x":1}"#;
        let expected = [("/indicators", "repeated_member"), ("/x", "unknown_member")];
        assert_eq!(rules(text), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    /// -0 is an integer of at least 0 to the schema, and was none to the type.
    #[test]
    fn regression_minus_zero_years_are_no_years() {
        let text = br#"{"source":"s","reference":"r","kind":"child","persons":[{"roles":["subject"],"estimated_age":-0}]}"#;
        assert_eq!(read_notice(text, now()).unwrap().notice.persons[0].estimated_age, Some(0));
    }

    #[test]
    fn what_the_types_cannot_hold_is_named() {
        let mut document = least();
        document["persons"] =
            json!([{"roles": ["subject"]}, {"roles": ["subject"], "date_of_birth": "2026-13-45"}]);
        assert_eq!(culprit(&document).as_deref(), Some("/persons/1/date_of_birth"));
    }

    #[test]
    fn the_reasons_of_a_bad_document() {
        let text = json!({
            "source": "Niche!", "kind": "chld", "persns": [], "occurred_at": "14/11/2026", "non_recent": "no",
            "officer": {"unit": "a"}, "indicators": ["weapon_usd", "weapon_used", "weapon_used"],
            "officer_grade": null, "concerns": "neglect", "location": {"uprn": "12x", "lines": ["a", 1]},
            "persons": [{"roles": [], "ethnicity": "White", "estimated_age": 130, "date_of_birth": "2026-02-30",
                "key": "Person One", "surname": "Secret"}],
            "risk_assessments": [{"tool": "dash_2009", "answers": {"q28": "yes", "Q1": "yes", "q2": "maybe"}}],
            "source_team": "t".repeat(65), "crime_references": vec!["c"; 21],
        });
        let refusal = read_notice(text.to_string().as_bytes(), now()).unwrap_err();
        let told: Vec<String> =
            refusal.errors.iter().map(|e| format!("{} [{}] {}", e.path, e.rule, e.fix)).collect();
        for secret in ["Secret", "Person One", "White", "14/11", "maybe", "weapon_usd"] {
            assert!(told.iter().all(|line| !line.contains(secret)), "{secret}");
        }
        insta::assert_snapshot!(told.join("\n"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_notice(&bytes, now());
        }

        #[test]
        fn no_json_panics(text in r#"(\{|\}|\[|\]|"|:|,|\\|"source"|"persons"|null|-0|1e9|[a-z ]){0,60}"#) {
            let _ = read_notice(text.as_bytes(), now());
        }

        #[test]
        fn no_change_of_one_byte_panics(at in 0_usize..200, to in any::<u8>()) {
            let mut bytes = with("persons", json!([{"roles": ["subject"], "estimated_age": 7,
                "date_of_birth": "2019-01-01", "voice": {"seen": true}}]));
            let at = at % bytes.len();
            bytes[at] = to;
            let _ = read_notice(&bytes, now());
        }

        #[test]
        fn the_canonical_form_is_its_own(
            circumstances in any::<String>(),
            micros in Timestamp::MIN.micros()..=Timestamp::MAX.micros(),
            names in proptest::collection::vec("\\PC{0,20}", 0..4),
        ) {
            let persons: Vec<Value> =
                names.iter().map(|name| json!({"roles": ["subject"], "family_name": name, "aliases": []})).collect();
            let mut document = least();
            document["circumstances"] = json!(circumstances);
            document["occurred_at"] = json!(Timestamp::from_micros(micros).to_string());
            document["persons"] = json!(persons);
            let once = read_notice(document.to_string().as_bytes(), now()).unwrap();
            let twice = read_notice(once.body.as_bytes(), now()).unwrap();
            prop_assert_eq!(&once.body, &twice.body);
            prop_assert_eq!(once.content_hash, twice.content_hash);
            prop_assert_eq!(once.notice, twice.notice);
        }
    }
}
