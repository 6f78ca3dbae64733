//! The documents and the schema that come out of the registry of facts.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use std::fmt::Write as _;

use ppn_triage::facts::describe;
use ppn_triage::policy::schema;
use ppn_triage::{About, DEFAULT_POLICY};
use serde_json::Value;

fn page() -> String {
    let mut page = String::from(
        "# Facts\n\nEverything that a policy may ask for. A yes-or-no fact is named; a count is asked for with `at_least`, days with `at_most`. *Person* holds where it holds of anybody in the notice. This page is written by the tests of `crates/triage` out of the registry, and `ppn policy facts` prints the same.\n\n| fact | kind | about | meaning | found in |\n|---|---|---|---|---|\n",
    );
    for fact in describe() {
        let about = match fact.about {
            About::Notice => "notice",
            About::Person => "person",
        };
        let cell = |text: &str| text.replace('|', "\\|");
        writeln!(
            page,
            "| `{}` | {} | {about} | {} | {} |",
            fact.id,
            fact.kind.word(),
            cell(&fact.meaning),
            cell(&fact.source)
        )
        .unwrap();
    }
    page
}

/// To write it anew: `UPDATE_DOCS=1 cargo test -p ppn-triage --test facts`.
#[test]
fn the_page_of_facts_is_as_the_registry() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/facts.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    } else {
        assert_eq!(std::fs::read_to_string(path).unwrap(), page(), "docs/facts.md is not as the registry");
    }
}

fn default_policy() -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(DEFAULT_POLICY).unwrap()).unwrap()
}

#[test]
fn the_default_policy_is_as_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(&default_policy()).map(|e| e.instance_path().to_string()).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_schema_refuses_what_no_policy_may_hold() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let with = |path: &str, value: Value| {
        let mut policy = default_policy();
        let (at, member) = path.rsplit_once('/').unwrap();
        policy.pointer_mut(at).unwrap()[member] = value;
        validator.is_valid(&policy)
    };
    assert!(with("/floor/0/when", "weapon_used".into()));
    assert!(!with("/floor/0/when", "weapn_used".into()), "a misspelt fact");
    assert!(!with("/floor/0/when", "domestic_events_in_any_365d".into()), "a count without a number");
    assert!(!with("/floor/0/band", "purple".into()));
    assert!(!with("/floor/0/pionts", 3.into()), "a misspelt member");
    assert!(!with("/factor/0/band", "red".into()), "a factor sets no band");
    assert!(!with("/cluster/0/all", serde_json::json!(["weapon_used"])), "one part is no cluster");
    assert!(!with("/factor/0/points", (-1).into()), "points never lower");
}
