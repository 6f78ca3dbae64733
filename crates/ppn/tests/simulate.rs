//! `ppn simulate --on` as people run it: files with what was found, and the store's own work.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
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

/// Forty child notices over twenty days, twice a day, every tenth with a child left alone; two are of one home.
/// The even ones have outcomes, opened two days later.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut notices, mut found) = (String::new(), String::from("source,reference,opened_at,found_band\n"));
    for i in 0..40 {
        let (day, hour) = (1 + i / 2, 9 + 6 * (i % 2));
        let alone = if i % 10 == 0 { ",\"indicators\":[\"child_left_alone\"]" } else { "" };
        notices += &format!(
            "{{\"source\":\"niche\",\"reference\":\"N-{i}\",\"kind\":\"child\",\"submitted_at\":\"2026-05-{day:02}T{hour:02}:00:00Z\",\"officer_grade\":\"standard\",\"circumstances\":\"x\",\"persons\":[{{\"roles\":[\"subject\"],\"estimated_age\":12}}]{alone}}}\n"
        );
        if i % 2 == 0 {
            let band = if i % 10 == 0 { "red" } else { "blue" };
            found += &format!("niche,N-{i},2026-05-{:02}T{hour:02}:00:00Z,{band}\n", day + 2);
        }
    }
    std::fs::write(folder.path().join("in.ndjson"), notices).unwrap();
    std::fs::write(folder.path().join("found.csv"), found).unwrap();
    folder
}

fn replayed(folder: &TempDir, more: &[&str]) -> (Value, Ran) {
    let args = [&["simulate", "--seeds", "2", "--format", "json"], more].concat();
    let ran = run(folder.path(), &args);
    let json = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}{}", ran.out, ran.err));
    (json, ran)
}

/// The mean hours of a group under a rule at the first desk.
fn mean(of: &Value, rule: &str, group: (&str, Option<&str>)) -> f64 {
    let rules = of["desks"][0]["report"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|of| of["rule"] == rule).unwrap();
    let groups = rule["groups"].as_array().unwrap();
    let is = |of: &&Value| of["group"] == group.0 && of.get("of").and_then(Value::as_str) == group.1;
    groups.iter().find(is).unwrap()["waits"]["mean"]["mean"].as_f64().unwrap()
}

#[test]
fn files_are_replayed_by_desk_with_what_was_found() {
    let folder = folder();
    let (whole, ran) = replayed(&folder, &["--on", "in.ndjson", "--outcomes", "found.csv"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(whole["desks"].as_array().unwrap().len(), 1);
    assert_eq!((&whole["desks"][0]["desk"], &whole["desks"][0]["items"]), (&"child".into(), &40.into()));
    assert_eq!(whole["switch_on"], "2026-05-20T15:00:00Z");
    let setting = &whole["desks"][0]["report"]["setting"];
    assert_eq!((&setting["counted"], &setting["notices"]), (&40.0.into(), &40.0.into()));
    assert_eq!(setting["of_known_level"], 20.0);
    assert!((setting["rho"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    let high = ("high_risk", None);
    assert!(mean(&whole, "live", high) < mean(&whole, "date_order", high));
    assert!(mean(&whole, "hindsight", high) <= mean(&whole, "date_order", high));
    assert!(mean(&whole, "live", ("band", Some("green"))) > 0.0);
    assert!(mean(&whole, "live", ("officer_grade", Some("standard"))) > 0.0);

    // Back to the evening of the tenth: what had been opened by then is left out, the rest comes when it came.
    let (back, ran) =
        replayed(&folder, &["--on", "in.ndjson", "--outcomes", "found.csv", "--history-days", "10"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(back["switch_on"], "2026-05-10T15:00:00Z");
    assert_eq!(back["opened_before"], 8);
    assert_eq!(back["desks"][0]["report"]["setting"]["counted"], 32.0);
    assert_eq!(back["desks"][0]["report"]["setting"]["notices_per_day"], 2.1);

    let (short, _) = replayed(&folder, &["--on", "in.ndjson", "--history-days", "10", "--days", "4"]);
    assert_eq!(short["after_the_end"], 13);
    let (busy, _) = replayed(&folder, &["--on", "in.ndjson", "--notices-per-day", "8"]);
    let setting = &busy["desks"][0]["report"]["setting"];
    assert_eq!(setting["counted"], 40.0);
    assert!(setting["notices"].as_f64().unwrap() > 150.0, "made-up notices arrive too");
}

#[test]
fn a_page_and_a_chart_say_what_they_rest_on() {
    let folder = folder();
    let args = ["simulate", "--on", "in.ndjson", "--seeds", "2", "--staff", "1", "--chart", "waits.svg"];
    let ran = run(folder.path(), &args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("rest on 0 of 40 notices") && ran.out.contains("by band"), "{}", ran.out);
    let svg = std::fs::read_to_string(folder.path().join("waits.svg")).unwrap();
    assert!(svg.contains("Child: By rank (live): ") && svg.contains("for red"), "{svg}");
}

#[test]
fn what_does_not_go_together_is_refused_and_a_stray_outcome_is_named() {
    let folder = folder();
    for (args, says) in [
        (&["--outcomes", "found.csv"][..], "--on"),
        (&["--history-days", "3"], "--on"),
        (&["--history", "in.ndjson"], "--on"),
        (&["--on", "in.ndjson", "--bands", "1,2,3"], "--bands"),
        (&["--on", "in.ndjson", "--kinds", "1,2,3"], "--kinds"),
        (&["--on", "live", "--outcomes", "found.csv"], "--on live"),
        (&["--on", "live", "--policy", "p.toml"], "--on live"),
        (&["--on", "none.ndjson"], "none.ndjson"),
        (&["--shifts", "0,0,0,0"], "people"),
        (&["--kinds", "0,0,0"], "notices found"),
    ] {
        let ran = run(folder.path(), &[&["simulate"], args].concat());
        assert_eq!(ran.code, 2, "{args:?} {}", ran.err);
        assert!(ran.err.contains(says) && ran.out.is_empty(), "{args:?} {}", ran.err);
    }
    std::fs::write(
        folder.path().join("found.csv"),
        "source,reference,opened_at,found_band\nniche,X,2026-05-03T09:00:00Z,red\n",
    )
    .unwrap();
    let (_, ran) = replayed(&folder, &["--on", "in.ndjson", "--outcomes", "found.csv"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("line 2: no such notice"), "{}", ran.err);
}

#[test]
fn the_store_is_replayed_with_its_unfinished_work_and_its_history() {
    let folder = folder();
    for args in [&["migrate"][..], &["import", "in.ndjson"], &["import", "--outcomes", "found.csv"]] {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, 0, "{args:?} {}", ran.err);
    }
    let (live, ran) = replayed(&folder, &["--on", "live"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let setting = &live["desks"][0]["report"]["setting"];
    assert_eq!((&setting["counted"], &setting["of_known_level"]), (&40.0.into(), &20.0.into()));
    // The same notices, policy and people: the order that runs is that of the files.
    let (files, _) = replayed(&folder, &["--on", "in.ndjson", "--outcomes", "found.csv"]);
    let rules = |of: &Value| of["desks"][0]["report"]["rules"].clone();
    let high = ("high_risk", None);
    let near = (mean(&live, "live", high) / mean(&files, "live", high) - 1.0).abs();
    assert!(near < 0.35, "{:?} {:?}", rules(&live)[3], rules(&files)[3]);
}
