//! The program as people run it: exit codes, what goes where, and the store that it leaves behind.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// How a run ended.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// A folder of its own for each test, where the program is started.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with_store() -> Self {
        let place = Self::new();
        assert_eq!(place.run(&["migrate"]).code, 0);
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        std::fs::metadata(self.path().join(name)).unwrap().permissions().mode() & 0o777
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut to = child.stdin.take().unwrap();
        // A program that refuses its arguments reads nothing.
        let _ = to.write_all(stdin.as_bytes());
        drop(to);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ppn"));
        command.args(args).current_dir(self.path()).env("USER", "tester");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PPN_")) {
            command.env_remove(name);
        }
        command
    }
}

fn notice(reference: &str) -> String {
    format!(
        "{{\"source\":\"niche\",\"reference\":\"{reference}\",\"kind\":\"child\",\"submitted_at\":\"2026-11-14T23:05:00Z\",\"circumstances\":\"A child alone in the house.\"}}\n"
    )
}

/// A thousand notices, the five-hundredth of them cut short.
fn thousand() -> String {
    (1..=1000)
        .map(|i| {
            if i == 500 {
                "{\"source\":\"niche\",\"reference\":\"N-500\"\n".to_owned()
            } else {
                notice(&format!("N-{i}"))
            }
        })
        .collect()
}

#[test]
fn wrong_usage_and_wrong_configuration_end_with_two() {
    let place = Place::new();
    for args in [
        &["rank"][..],
        &["no-such-command"],
        &["rank", "no-such-file.ndjson"],
        &["rank", "--desk", "kitchen", "-"],
        &["token", "create", "--name", "a", "--role", "king"],
        &["serve"],
        &["backlog"],
        &["--database-url", "postgres://localhost/ppn", "migrate"],
        &["--config", "no-such.toml", "migrate"],
        &["import"],
        &["unreadable", "show", "not-an-id"],
    ] {
        let ran = place.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(!ran.err.is_empty(), "{args:?}");
    }
    assert!(place.run(&["serve"]).err.contains("ppn migrate"));
    place.write("bad.toml", "[server]\nlisten_on = \"x\"\n");
    let ran = place.run(&["--config", "bad.toml", "migrate"]);
    assert!(ran.code == 2 && ran.err.contains("server.listen"), "{}", ran.err);
    assert!(!place.path().join("data").exists(), "nothing was made by any of them");
}

#[test]
fn rank_takes_standard_input_and_ranks_the_good_beside_the_bad() {
    let place = Place::new();
    let input = format!("{}{{\"source\":\"niche\"}}\n{}", notice("A"), notice("B"));
    let ran = place.run_with(&["rank", "-", "--format", "ndjson", "--desk", "child"], &input);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("standard input: line 2: "), "{}", ran.err);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for name in [
        "reference",
        "source",
        "kind",
        "desk",
        "position",
        "date_order_position",
        "band",
        "score",
        "provisional",
        "reasons",
        "suggests",
        "due",
        "bundle",
        "earlier_notices",
    ] {
        assert!(lines[0].get(name).is_some(), "{name}");
    }
    assert_eq!((&lines[0]["position"], &lines[1]["position"]), (&1.into(), &2.into()));

    let ran = place.run_with(&["rank", "-"], &notice("A"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("It is not a risk grade.") && ran.err.is_empty(), "{}{}", ran.out, ran.err);
    let ran = place.run_with(&["rank", "-", "--limit", "1", "--format", "csv"], &input);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 2), "{}", ran.out);
    let ran = place.run_with(&["rank", "-"], "PPN Ref,PPN Type\nR1,DA\n");
    assert!(ran.code == 2 && ran.err.contains("--mapping"), "{}", ran.err);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    place.write("in.ndjson", &thousand().replace("{\"source\":\"niche\",\"reference\":\"N-500\"\n", ""));
    let script = format!("{} rank in.ndjson --format ndjson | head -n 1", env!("CARGO_BIN_EXE_ppn"));
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", &script])
        .current_dir(place.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_import_keeps_the_good_sets_the_bad_aside_and_may_run_again() {
    let place = Place::with_store();
    assert_eq!((place.mode("data"), place.mode("data/ppn.db")), (0o700, 0o600));
    place.write("in.ndjson", &thousand());
    let ran = place.run(&["import", "in.ndjson"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    assert!(ran.err.contains("999 new, 0 revisions, 0 repeats, 1 refused"), "{}", ran.err);
    assert!(ran.err.contains("in.ndjson: line 500: "), "{}", ran.err);
    assert_eq!(place.read("in.rejects.ndjson"), "{\"source\":\"niche\",\"reference\":\"N-500\"\n");
    let reasons: serde_json::Value =
        serde_json::from_str(&place.read("in.rejects.ndjson.reasons.ndjson")).unwrap();
    assert_eq!((&reasons["line"], &reasons["rejects_line"]), (&500.into(), &1.into()));
    assert_eq!(place.mode("in.rejects.ndjson"), 0o600);
    assert_eq!(place.mode("in.rejects.ndjson.reasons.ndjson"), 0o600);

    let ran = place.run(&["import", "in.ndjson"]);
    assert!(ran.code == 1 && ran.err.contains("0 new, 0 revisions, 999 repeats, 1 refused"), "{}", ran.err);
    assert!(!place.path().join("in.rejects-2.ndjson").exists());

    let ran = place.run(&["backlog", "--format", "json"]);
    let backlog: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(backlog["unreadable"]["open"], 1);
    let child = backlog["desks"].as_array().unwrap().iter().find(|d| d["desk"] == "child").unwrap();
    let items: u64 = child["counts"].as_array().unwrap().iter().map(|c| c["items"].as_u64().unwrap()).sum();
    assert_eq!(items, 999);

    // The rejects, mended and imported, close what was open.
    place.write("in.rejects.ndjson", &notice("N-500"));
    let ran = place.run(&["import", "in.rejects.ndjson"]);
    assert!(ran.code == 0 && ran.err.contains("1 new"), "{}", ran.err);
    let ran = place.run(&["backlog"]);
    assert!(
        ran.code == 0 && ran.out.contains("Child") && ran.out.contains("not a risk grade"),
        "{}",
        ran.out
    );
}

#[test]
fn history_and_outcomes_are_taken_in_around_what_waits() {
    let place = Place::with_store();
    place.write("old.ndjson", &notice("OLD-1"));
    place.write("new.ndjson", &notice("NEW-1"));
    place.write(
        "found.csv",
        "source,reference,opened_at,found_band,outcome\nniche,OLD-1,2026-11-15T09:00:00Z,red,shared\nniche,OLD-1,2026-11-15T09:00:00Z,purple,\nniche,NONE,2026-11-15T09:00:00Z,red,\n",
    );
    let ran = place.run(&["import", "--history", "old.ndjson", "new.ndjson", "--outcomes", "found.csv"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.err.contains("2 new") && ran.err.contains("outcomes: 1 new, 0 held already, 2 refused"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("found.csv: line 3: found_band: "), "{}", ran.err);
    assert!(ran.err.contains("found.csv: line 4: no such notice"), "{}", ran.err);
    let backlog: serde_json::Value =
        serde_json::from_str(&place.run(&["backlog", "--format", "json"]).out).unwrap();
    let items: u64 = backlog["desks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|d| d["counts"].as_array().unwrap())
        .map(|c| c["items"].as_u64().unwrap())
        .sum();
    assert_eq!(items, 1, "what was worked already waits nowhere");
}

#[test]
fn a_token_is_alone_on_standard_output() {
    let place = Place::with_store();
    let ran = place.run(&[
        "token",
        "create",
        "--name",
        "records",
        "--role",
        "source",
        "--role",
        "supervisor",
        "--source",
        "niche",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("ppn_") && ran.out.lines().count() == 1, "{}", ran.out);
    let ran = place.run(&["token", "create", "--name", "a", "--role", "source", "--expires", "0"]);
    assert!(ran.code == 2 && ran.err.contains("/expires"), "{}", ran.err);
}

#[test]
fn a_first_password_is_alone_on_standard_output_and_an_account_ends() {
    let place = Place::with_store();
    let added = place.run(&["user", "add", "ann.reed", "--role", "researcher"]);
    assert_eq!((added.code, added.out.trim().len(), added.out.lines().count()), (0, 23, 1), "{}", added.err);
    assert!(!added.err.contains(added.out.trim()) && added.err.contains("7 days"), "{}", added.err);
    let twice = place.run(&["user", "add", "ann.reed", "--role", "researcher"]);
    assert!(twice.code == 2 && twice.err.contains("reset"), "{}", twice.err);
    let token = place.run(&["token", "create", "--name", "ann.reed", "--role", "researcher"]);
    assert_eq!(token.code, 0);
    let reset = place.run(&["user", "reset", "ann.reed"]);
    assert!(reset.code == 0 && reset.out != added.out, "{}", reset.err);
    let roles = place.run(&["user", "roles", "ann.reed", "--role", "reviewer"]);
    assert_eq!((roles.code, roles.out.as_str()), (0, ""));
    assert_eq!(roles.err, "1 token revoked that allowed what the new roles do not.\n");
    assert_eq!(place.run(&["user", "disable", "ann.reed"]).code, 2, "a reason is asked for");
    assert_eq!(place.run(&["user", "disable", "ann.reed", "--reason", "Left"]).code, 0);
    let again = place.run(&["user", "disable", "ann.reed", "--reason", "Left"]);
    assert!(again.code == 2 && again.err.contains("already"), "{}", again.err);
    let nobody = place.run(&["user", "disable", "ben", "--reason", "Left"]);
    assert!(nobody.code == 2 && nobody.err.contains("ppn user list"), "{}", nobody.err);
    let listed = place.run(&["user", "list"]);
    assert!(listed.out.contains("ann.reed") && listed.out.contains("disabled since"), "{}", listed.out);
    let listed: serde_json::Value =
        serde_json::from_str(&place.run(&["user", "list", "--format", "json"]).out).unwrap();
    assert_eq!(listed[0]["roles"], serde_json::json!(["reviewer"]));
    assert_eq!(place.run(&["user", "enable", "ann.reed", "--reason", "Back"]).code, 0);
}

#[test]
fn tokens_are_listed_without_their_secret_and_revoked() {
    let place = Place::with_store();
    let token = place.run(&["token", "create", "--name", "records", "--role", "source"]);
    let listed = place.run(&["token", "list", "--format", "json"]);
    assert!(!listed.out.contains(token.out.trim()));
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["state"]), (&"records".into(), &"good".into()));
    assert!(place.run(&["token", "list"]).out.contains("records"));
    assert_eq!(place.run(&["token", "revoke", id]).code, 0);
    let again = place.run(&["token", "revoke", id]);
    assert!(again.code == 2 && again.err.contains("ppn token list --all"), "{}", again.err);
    assert!(place.run(&["token", "list"]).out.contains("ppn token create"));
    assert!(place.run(&["token", "list", "--all"]).out.contains("revoked"));
}

#[test]
fn a_backup_is_a_store_and_writes_over_nothing() {
    let place = Place::with_store();
    place.run_with(&["import", "-"], &notice("A"));
    let ran = place.run(&["backup", "copy.db"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(place.mode("copy.db"), 0o600);
    assert_eq!(place.run(&["backup", "copy.db"]).code, 2);
    let ran = place.run(&["--database-url", "sqlite://copy.db", "backlog"]);
    assert!(ran.code == 0 && ran.out.contains("Child"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_could_not_be_read_is_shown_mended_or_dismissed() {
    let place = Place::with_store();
    let ran =
        place.run_with(&["import", "-"], "{\"source\":\"niche\",\"reference\":\"X-1\"}\nnothing at all\n");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(place.path().join("import.rejects.ndjson").exists());
    let list = |all: bool| -> Vec<serde_json::Value> {
        let args: &[&str] = if all {
            &["unreadable", "list", "--all", "--format", "json"]
        } else {
            &["unreadable", "list", "--format", "json"]
        };
        serde_json::from_str(&place.run(args).out).unwrap()
    };
    // Two that arrived together stand in either order.
    let mut open = list(false);
    open.sort_by_key(|u| u["reference"].is_null());
    assert_eq!((open.len(), &open[0]["reference"]), (2, &"X-1".into()));
    let id = |n: usize| open[n]["id"].as_str().unwrap().to_owned();

    let ran = place.run(&["unreadable", "show", &id(0)]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "{\"source\":\"niche\",\"reference\":\"X-1\"}"));
    assert!(ran.err.contains("/kind: required"), "{}", ran.err);

    let ran = place.run_with(&["unreadable", "mend", &id(0), "-"], "{\"source\":\"niche\"}");
    assert!(ran.code == 1 && ran.err.contains("standard input: "), "{}", ran.err);
    place.write("mended.json", &notice("X-1"));
    let ran = place.run(&["unreadable", "mend", &id(0), "mended.json"]);
    let receipt: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &receipt["revision"]), (0, &1.into()), "{}", ran.err);
    assert_eq!(place.run(&["unreadable", "mend", &id(0), "mended.json"]).code, 2);

    assert_eq!(place.run(&["unreadable", "dismiss", &id(1), "--reason", " "]).code, 2);
    let ran = place.run(&["unreadable", "dismiss", &id(1), "--reason", "a test message"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(list(false).is_empty());
    let mut states: Vec<String> =
        list(true).iter().map(|u| u["state"].as_str().unwrap().to_owned()).collect();
    states.sort();
    assert_eq!(states, ["dismissed", "mended"]);
    assert!(place.run(&["unreadable", "list"]).out.contains("every submission could be read"));
    let gone = place.run(&["unreadable", "show", "01900000-0000-7000-8000-000000000000"]);
    assert!(gone.code == 2 && gone.err.contains("no such submission"), "{}", gone.err);
}

#[test]
fn serve_stops_when_told_and_says_where_it_listens() {
    use std::io::{BufRead as _, BufReader, Read as _};
    let place = Place::with_store();
    let mut child =
        place.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended before it listened");
        if let Some((_, rest)) = line.split_once("http://") {
            break rest.split(['.', ' ']).take(4).collect::<Vec<_>>().join(".");
        }
    };
    let mut open = std::net::TcpStream::connect(&address).unwrap();
    open.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut begin = [0; 12];
    open.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    // A head that never ends must not hold the service up either.
    let mut slow = std::net::TcpStream::connect(&address).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();

    let told = std::time::Instant::now();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    assert!(told.elapsed() < std::time::Duration::from_secs(8), "{:?}", told.elapsed());
}
