//! `ppn policy` and `ppn fairness` as people run them: exit codes, what goes where, what is written.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::path::Path;
use std::process::Command;

use ppn_triage::DEFAULT_POLICY;
use tempfile::TempDir;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_ppn")).args(args).current_dir(folder).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with 400 quiet notices, every fourth of which says that a child was left alone.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let notices: Vec<String> = (0..400)
        .map(|i| {
            let alone = if i % 4 == 0 { ",\"indicators\":[\"child_left_alone\"]" } else { "" };
            let sex = if i % 2 == 0 { "female" } else { "male" };
            format!(
                "{{\"source\":\"niche\",\"reference\":\"N-{i}\",\"kind\":\"child\",\"submitted_at\":\"2026-05-20T12:00:00Z\",\"circumstances\":\"x\",\"persons\":[{{\"roles\":[\"subject\"],\"estimated_age\":12,\"sex\":\"{sex}\"}}]{alone}}}\n"
            )
        })
        .collect();
    std::fs::write(folder.path().join("in.ndjson"), notices.concat()).unwrap();
    folder
}

/// Outcomes of so many of them; of those left alone every second is red, of the others one in ten.
fn outcomes(folder: &TempDir, count: usize) {
    let rows: Vec<String> = (0..count)
        .map(|i| {
            let high = if i % 4 == 0 { i % 8 == 0 } else { i % 10 == 1 };
            let band = if high { "red" } else { "green" };
            format!("niche,N-{i},2026-05-21T12:00:00Z,{band},shared\n")
        })
        .collect();
    let text = format!("source,reference,opened_at,found_band,outcome\n{}", rows.concat());
    std::fs::write(folder.path().join("found.csv"), text).unwrap();
}

#[test]
fn a_policy_is_checked_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.toml"), DEFAULT_POLICY).unwrap();
    let ran = run(folder.path(), &["policy", "check", "good.toml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("SHA-256") && ran.out.contains("factor"), "{}", ran.out);

    let bad = DEFAULT_POLICY.replacen("when = \"firearm_access\"", "when = \"firearm_acess\"", 1);
    let line = bad.lines().position(|line| line.contains("firearm_acess")).unwrap() + 1;
    std::fs::write(folder.path().join("bad.toml"), bad).unwrap();
    let ran = run(folder.path(), &["policy", "check", "bad.toml"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let told = format!("bad.toml: line {line}: unknown fact `firearm_acess`: nearest is `firearm_access`");
    assert!(ran.err.contains(&told), "{}", ran.err);
    assert_eq!(run(folder.path(), &["policy", "check", "none.toml"]).code, 2);
}

#[test]
fn a_name_is_a_rule_a_fact_or_a_notice_or_is_told_what_is_near() {
    let folder = folder();
    let explain = |args: &[&str]| run(folder.path(), &[&["policy", "explain"], args].concat());
    let ran = explain(&["strangulation"]);
    assert!(ran.code == 0 && ran.out.starts_with("floor strangulation"), "{}{}", ran.out, ran.err);
    let ran = explain(&["child_left_alone", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["fact"]["id"], "child_left_alone");
    let ran = explain(&["strangulatoin"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean strangulation"), "{}", ran.err);
    let ran = explain(&["N-4", "--on", "in.ndjson", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let total = told[0]["steps"].as_array().unwrap().last().unwrap()["total"].clone();
    assert_eq!(told[0]["points"], total);
    assert_eq!(explain(&["N-4444", "--on", "in.ndjson"]).code, 2);
}

#[test]
fn a_difference_names_its_lowerings() {
    let folder = folder();
    let to = DEFAULT_POLICY.replacen(
        "when = \"child_left_alone\"\nband = \"amber\"",
        "when = \"child_left_alone\"\nband = \"green\"",
        1,
    );
    assert_ne!(to, DEFAULT_POLICY);
    std::fs::write(folder.path().join("new.toml"), to).unwrap();
    let args = ["policy", "diff", "default", "new.toml", "--on", "in.ndjson"];
    let ran = run(folder.path(), &[&args[..], &["--format", "json"]].concat());
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &told["lowerings"]), (0, &100.into()), "{}", ran.err);
    assert_eq!(told["changes"][0]["turn"], "lower_band");
    assert_eq!(told["desks"]["child"]["items"], 400);
    let ran = run(folder.path(), &[&args[..], &["--limit", "2"]].concat());
    assert!(
        ran.out.contains("accepts these lowerings: 100") && ran.out.contains("and 98 more"),
        "{}",
        ran.out
    );
}

#[test]
fn a_fit_proposes_and_applies_nothing_and_says_when_it_knows_too_little() {
    let folder = folder();
    outcomes(&folder, 299);
    let args = ["policy", "fit", "--on", "in.ndjson", "--outcomes", "found.csv", "--write", "proposed.toml"];
    let ran = run(folder.path(), &args);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("too few to fit: 299 found outcomes, of them"), "{}", ran.err);
    assert!(!folder.path().join("proposed.toml").exists());

    outcomes(&folder, 400);
    let ran = run(folder.path(), &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("child_alone") && ran.err.contains("Nothing is applied"), "{}", ran.err);
    assert_eq!(run(folder.path(), &["policy", "check", "proposed.toml"]).code, 0);
    let proposed = std::fs::read_to_string(folder.path().join("proposed.toml")).unwrap();
    assert_eq!(proposed.lines().count(), DEFAULT_POLICY.lines().count());
    // No file is written over.
    assert_eq!(run(folder.path(), &args).code, 2);
}

#[test]
fn the_fairness_report_counts_people_and_names_an_outcome_without_a_notice() {
    let folder = folder();
    outcomes(&folder, 400);
    let ran = run(folder.path(), &["fairness", "--on", "in.ndjson", "--outcomes", "found.csv"]);
    assert!(
        ran.code == 0 && ran.out.contains("400 people") && ran.out.contains("Female"),
        "{}{}",
        ran.out,
        ran.err
    );
    let ran = run(folder.path(), &["fairness", "--on", "in.ndjson", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["people"], 400);
    outcomes(&folder, 401);
    let ran = run(folder.path(), &["fairness", "--on", "in.ndjson", "--outcomes", "found.csv"]);
    assert!(ran.code == 1 && ran.err.contains("found.csv: line 402: no such notice"), "{}", ran.err);
}
