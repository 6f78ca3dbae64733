//! What keeps an installation going: the doctor, the settings, work from a terminal, and the files of deploy/.

use std::collections::BTreeSet;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use ppn_domain::UserRole;
use ppn_tests::{Backend, Place, Server, ppn, root};
use serde_json::{Value, json};

fn run(url: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(ppn())
        .args(arguments)
        .current_dir(folder)
        .env("PPN_DATABASE_URL", url)
        .env_remove("PPN_TOKEN")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

ppn_tests::on_each_backend! {
    the_doctor_finds_what_was_taken_away
    a_researcher_works_without_a_browser
    what_the_service_refuses_is_said_in_one_line
}

/// What the doctor says beside what is fine: subject, level and what it found.
fn not_fine(output: &Output) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let of = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["level"] != "fine")
        .inspect(|check| assert!(check["advice"].is_string(), "{check}"))
        .map(|check| (of(check, "subject"), of(check, "level"), of(check, "says")))
        .collect()
}

async fn the_doctor_finds_what_was_taken_away(on: Backend) {
    let place = Place::empty(on);
    let folder = tempfile::tempdir().unwrap();
    let doctor = |more: &[&str]| {
        let arguments: Vec<&str> = ["doctor", "--format", "json"].iter().chain(more).copied().collect();
        run(&place.url(), folder.path(), &arguments)
    };
    let wrong = |found: &[(String, String, String)]| -> BTreeSet<String> {
        found.iter().filter(|(_, level, _)| level == "wrong").map(|(subject, ..)| subject.clone()).collect()
    };
    // The shared cluster of the tests waits for no disk, which the doctor must say.
    let always: BTreeSet<String> = match on {
        Backend::Sqlite => BTreeSet::new(),
        Backend::Postgres => ["durability".to_owned()].into(),
    };
    let with =
        |subject: &str| -> BTreeSet<String> { always.iter().cloned().chain([subject.to_owned()]).collect() };

    // Nothing there yet.
    let empty = doctor(&[]);
    assert_eq!(empty.status.code(), Some(1));
    assert_eq!(wrong(&not_fine(&empty)), ["store".to_owned()].into());

    assert!(run(&place.url(), folder.path(), &["migrate"]).status.success());
    for more in [&[][..], &["--thorough"]] {
        let fine = doctor(more);
        let found = not_fine(&fine);
        assert_eq!(wrong(&found), always, "{found:?}");
        assert_eq!(fine.status.code(), Some(i32::from(!always.is_empty())));
        if on == Backend::Postgres {
            assert!(found.iter().any(|(subject, _, says)| subject == "durability" && says == "fsync is off"));
            assert!(found.iter().any(|(subject, level, _)| subject == "log" && level == "look"), "{found:?}");
        }
    }

    let take_away = match on {
        Backend::Sqlite => "DROP TRIGGER log_no_update; DROP INDEX work_items_key_a",
        Backend::Postgres => "DROP TRIGGER log_no_update ON log; DROP INDEX work_items_key_a",
    };
    sql(&place, take_away).await;
    let found = not_fine(&doctor(&[]));
    assert_eq!(wrong(&found), with("tables"));
    for name in ["log_no_update", "work_items_key_a"] {
        assert!(found.iter().any(|(_, _, says)| says.starts_with(name)), "{found:?}");
    }
    let table = printed(&run(&place.url(), folder.path(), &["doctor"]));
    assert!(table.contains("WRONG") && table.contains("work_items_key_a is not there"), "{table}");
}

pub async fn sql(place: &Place, statements: &'static str) {
    use sqlx::{Connection as _, SqliteConnection};
    match place {
        Place::Folder(folder) => {
            let file = folder.path().join("ppn.db");
            let mut raw = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
            sqlx::raw_sql(statements).execute(&mut raw).await.unwrap();
        }
        Place::Database(database) => {
            database.sql(statements).unwrap();
        }
    }
}

/// A clock that went back, and files that others read, on the machine itself.
#[tokio::test]
async fn the_doctor_looks_at_clocks_and_files() {
    let place = Place::empty(Backend::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let doctor = || run(&place.url(), folder.path(), &["doctor", "--format", "json"]);
    assert!(run(&place.url(), folder.path(), &["migrate"]).status.success());
    let Place::Folder(store) = &place else { unreachable!() };
    std::fs::set_permissions(store.path().join("ppn.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    // An act of tomorrow: whoever wrote it has a clock that is ahead.
    sql(
        &place,
        "INSERT INTO log (id, at, who, act, origin, detail) VALUES (randomblob(16), \
         (CAST(unixepoch() AS INTEGER) + 86400) * 1000000, 'ann', 'claimed', 'here', '{}')",
    )
    .await;
    let found = not_fine(&doctor());
    let subjects: BTreeSet<&str> = found.iter().map(|(subject, ..)| subject.as_str()).collect();
    assert_eq!(subjects, ["clocks", "files"].into());
    assert_eq!(doctor().status.code(), Some(1));
}

#[test]
fn settings_say_where_they_come_from_and_keep_their_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(
        &file,
        "[claim]\nlease_minutes = 60\n[database]\ndirect_url = \"postgres://u:hush@h/ppn\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = |arguments: &[&str]| run("postgres://u:hush@127.0.0.1:1/ppn", folder.path(), arguments);
    let shown = output(&["config", "--config", "mine.toml", "--format", "json"]);
    let settings: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let of = |key: &str| {
        settings["settings"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap().clone()
    };
    assert_eq!(
        of("claim.lease_minutes"),
        json!({
            "key": "claim.lease_minutes", "variable": "PPN_LEASE_MINUTES", "value": "60", "from": "file",
            "file": "mine.toml", "line": 2,
        })
    );
    assert_eq!(of("database.url")["value"], "postgres://u:***@127.0.0.1:1/ppn");
    assert_eq!(of("database.url")["from"], "environment");
    for arguments in [&["config", "--config", "mine.toml"][..], &["doctor", "--config", "mine.toml"]] {
        let all = output(arguments);
        assert!(!printed(&all).contains("hush") && !said(&all).contains("hush"), "{all:?}");
    }
    // The doctor says that others read the password, and that nobody answers there.
    let found = not_fine(&output(&["doctor", "--config", "mine.toml", "--format", "json"]));
    assert!(found.iter().any(|(subject, level, _)| subject == "settings" && level == "wrong"), "{found:?}");
    assert!(found.iter().any(|(subject, level, _)| subject == "store" && level == "wrong"), "{found:?}");
}

#[test]
fn a_shell_completes_commands() {
    let folder = tempfile::tempdir().unwrap();
    let script = run("sqlite://none.db", folder.path(), &["completions", "bash"]);
    assert!(script.status.success());
    let file = folder.path().join("ppn.bash");
    std::fs::write(&file, &script.stdout).unwrap();
    let completed = Command::new("bash")
        .args(["-c", "source \"$1\"; COMP_WORDS=(ppn work re); COMP_CWORD=2; _ppn ppn re work; echo \"${COMPREPLY[@]}\"", "-"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(printed(&completed).trim(), "release", "{completed:?}");
    for shell in ["zsh", "fish"] {
        let script = printed(&run("sqlite://none.db", folder.path(), &["completions", shell]));
        assert!(script.contains("doctor") && script.contains("completions"), "{shell}");
    }
}

/// Somebody at a terminal, with a token in a file.
struct Terminal {
    folder: tempfile::TempDir,
    server: String,
}

impl Terminal {
    fn new(server: &str, token: &str) -> Self {
        use std::io::Write as _;
        let folder = tempfile::tempdir().unwrap();
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.path().join("token"))
            .unwrap();
        file.write_all(token.as_bytes()).unwrap();
        Self { folder, server: server.to_owned() }
    }

    /// Runs `ppn work`, with something typed to it, beside the server of this process.
    async fn work(&self, arguments: &[&str], typed: &str) -> Output {
        let mut command = Command::new(ppn());
        command
            .args(["work"])
            .args(arguments)
            .args(["--token-file", "token"])
            .current_dir(self.folder.path())
            .env("PPN_SERVER", &self.server)
            .env_remove("PPN_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let typed = typed.to_owned();
        tokio::task::spawn_blocking(move || {
            use std::io::Write as _;
            let mut child = command.spawn().unwrap();
            child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap()
    }
}

async fn with_notices(on: Backend, references: &[&str]) -> Server {
    let server = Server::on(on).await;
    let source = server.token("niche", UserRole::Source).await;
    for reference in references {
        let notice = json!({
            "source": "niche", "reference": reference, "kind": "child",
            "circumstances": "Officers attended.\nThe kitchen had no food in it.",
            "persons": [{ "key": "child", "roles": ["subject"], "estimated_age": 9 }],
        });
        let (status, answer) = server.post("/api/v1/notices", &source, &notice).await;
        assert_eq!(status, 201, "{answer}");
    }
    server
}

async fn a_researcher_works_without_a_browser(on: Backend) {
    let server = with_notices(on, &["W-1", "W-2"]).await;
    let ann = Terminal::new(&server.base, &server.token("ann", UserRole::Researcher).await);

    let listed = ann.work(&["list", "--desk", "child"], "").await;
    assert!(listed.status.success(), "{listed:?}");
    assert!(printed(&listed).contains("W-1") && printed(&listed).contains("W-2"), "{listed:?}");
    assert!(!printed(&listed).contains("kitchen"), "a list shows no content");

    let taken = ann.work(&["next", "child", "--format", "json"], "").await;
    assert!(taken.status.success(), "{taken:?}");
    let taken: Value = serde_json::from_slice(&taken.stdout).unwrap();
    let item = taken["work_item"]["id"].as_str().unwrap().to_owned();
    assert_eq!(taken["claim"]["holder"], "ann");
    assert_eq!(taken["notice"]["notice"]["reference"], taken["work_item"]["reference"]);

    let shown = printed(&ann.work(&["show", &item], "").await);
    for expected in ["Held by ann", "The kitchen had no food in it.", "revision 1", "It is not a risk grade"]
    {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }

    let hand_over = json!({ "done": "Six months read.", "left": "Call the school." }).to_string();
    let given_back = ann.work(&["release", &item], &hand_over).await;
    assert!(given_back.status.success() && said(&given_back).contains("is waiting"), "{given_back:?}");
    let again = ann.work(&["next", "child"], "").await;
    assert!(printed(&again).contains("Call the school."), "the next holder sees it first: {again:?}");

    let reason = "Sent to the front door.";
    std::fs::write(ann.folder.path().join("why.txt"), reason).unwrap();
    let complete = ["complete", &item, "--revision", "1", "--outcome", "shared", "--reason-from", "why.txt"];
    let done = ann.work(&complete, "").await;
    assert!(done.status.success() && said(&done).contains("is done"), "{done:?}");
    let (_, stands) = server
        .get(&format!("/api/v1/work-items/{item}"), &server.token("sam", UserRole::Supervisor).await)
        .await;
    assert_eq!(stands["work_item"]["outcome"], "shared");
    assert!(stands["work_item"]["notes"].to_string().contains(reason));

    // The second one, then nothing is left.
    assert!(ann.work(&["next", "child"], "").await.status.success());
    let none = ann.work(&["next", "child"], "").await;
    assert!(none.status.success() && said(&none).contains("Nothing waits"), "{none:?}");
    assert_eq!(printed(&none), "");
}

async fn what_the_service_refuses_is_said_in_one_line(on: Backend) {
    let server = with_notices(on, &["W-1"]).await;
    let ann = Terminal::new(&server.base, &server.token("ann", UserRole::Researcher).await);
    let ben = Terminal::new(&server.base, &server.token("ben", UserRole::Researcher).await);
    let taken: Value =
        serde_json::from_slice(&ann.work(&["next", "child", "--format", "json"], "").await.stdout).unwrap();
    let item = taken["work_item"]["id"].as_str().unwrap().to_owned();

    let complete = ["complete", &item, "--revision", "1", "--outcome", "shared"];
    let held = ben.work(&complete, "Mine.").await;
    assert_eq!((held.status.code(), printed(&held)), (Some(1), String::new()));
    assert!(said(&held).starts_with("ppn: you do not hold this item: ann does, since "), "{held:?}");

    let stale = ann.work(&["complete", &item, "--revision", "2", "--outcome", "shared"], "Why.").await;
    assert_eq!(stale.status.code(), Some(1));
    assert!(said(&stale).contains("the current revision is 1"), "{stale:?}");

    let blank = ann.work(&complete, " \n").await;
    assert_eq!(blank.status.code(), Some(2));
    let extra = ann.work(&["release", &item], r#"{"done":"x","why":"secret words"}"#).await;
    assert!(extra.status.code() == Some(2) && !said(&extra).contains("secret words"), "{extra:?}");
    // What is typed about people has no place on a command line.
    let argument =
        ann.work(&["complete", &item, "--revision", "1", "--outcome", "shared", "--reason", "x"], "").await;
    assert_eq!(argument.status.code(), Some(2));

    let foreign = ann.work(&["next", "domestic_abuse"], "").await;
    assert_eq!(foreign.status.code(), Some(2), "{foreign:?}");
    let nobody = Terminal::new(&server.base, "ppn_nobody").work(&["list"], "").await;
    assert!(nobody.status.code() == Some(2) && said(&nobody).contains("token"), "{nobody:?}");
    let nowhere = Terminal::new("http://127.0.0.1:1", "ppn_x").work(&["list"], "").await;
    assert!(nowhere.status.code() == Some(2) && said(&nowhere).contains("cannot be reached"), "{nowhere:?}");
    let away = Terminal::new("http://ppn.example", "ppn_x").work(&["list"], "").await;
    assert!(away.status.code() == Some(2) && said(&away).contains("give https"), "{away:?}");
    std::fs::set_permissions(ann.folder.path().join("token"), std::fs::Permissions::from_mode(0o640))
        .unwrap();
    let shared = ann.work(&["list"], "").await;
    assert!(shared.status.code() == Some(2) && said(&shared).contains("chmod 600"), "{shared:?}");
}

/// `ppn serve` on a store of its own.
struct Serving {
    child: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Serving {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("ppn.db").display());
        assert!(run(&url, folder.path(), &["migrate"]).status.success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(ppn())
            .args(["serve", "--listen", &address])
            .env("PPN_DATABASE_URL", &url)
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, address, folder }
    }

    /// The metrics, once they hold so much.
    async fn metrics(&self, until: &str) -> String {
        let begun = Instant::now();
        loop {
            let answer = reqwest::get(format!("http://{}/metrics", self.address)).await;
            if let Ok(answer) = answer {
                let text = answer.text().await.unwrap();
                if text.contains(until) {
                    return text;
                }
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no {until} in the metrics");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Words of a text that are names of metrics of ours, without what a histogram adds to its name.
fn metric_names(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("ppn_"))
        .map(|word| {
            ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .unwrap_or(word)
                .to_owned()
        })
        .collect()
}

fn deployed(name: &str) -> String {
    std::fs::read_to_string(root().join("deploy").join(name)).unwrap()
}

/// Every expression of the dashboard.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&deployed("grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap())
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn every_metric_is_exported_from_the_start_documented_and_spelt_right_wherever_it_is_used() {
    let serving = Serving::start();
    // The rounds set the gauges, the sealing its own, and a request those of requests.
    serving.metrics("ppn_log_sealed").await;
    serving.metrics("ppn_restricted_unattended").await;
    let text = serving.metrics("ppn_http_requests_total").await;
    let said = |line: &&str| !line.starts_with('#');
    let exported = metric_names(&text.lines().filter(said).collect::<Vec<_>>().join("\n"));
    assert!(exported.len() >= 14, "{exported:?}");
    for name in &exported {
        assert!(text.contains(&format!("# HELP {name} ")), "{name} is not described");
    }
    assert!(text.contains("ppn_glass_broken_total 0"), "a counter stands at 0 before it rises");

    let used = expressions();
    assert!(used.len() > 10);
    let dashboard = metric_names(&used.join("\n"));
    let alerts: String =
        deployed("alerts.yml").lines().filter(|line| line.trim_start().starts_with("expr:")).collect();
    let alerts = metric_names(&alerts);
    let manual = std::fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let (_, table) = manual.split_once("## Metrics").unwrap();
    let documented = metric_names(table.split_once("\n## ").unwrap().0);
    assert!(dashboard.len() > 10 && alerts.len() > 8, "{dashboard:?} {alerts:?}");
    assert_eq!(&dashboard - &exported, BTreeSet::new(), "on the dashboard and not exported");
    assert_eq!(&alerts - &exported, BTreeSet::new(), "in an alert and not exported");
    assert_eq!(documented, exported);

    // A route in an expression is one of the document.
    let document: Value = {
        let url = format!("http://{}/openapi.json", serving.address);
        serde_json::from_str(&reqwest::get(url).await.unwrap().text().await.unwrap()).unwrap()
    };
    let mut routes = 0;
    for expression in used.iter().chain([&deployed("alerts.yml")]) {
        for part in expression.split("route=\"").skip(1) {
            let route = part.split('"').next().unwrap();
            assert!(document["paths"].get(route).is_some(), "{route}");
            routes += 1;
        }
    }
    assert!(routes >= 5);
    assert!(serving.folder.path().exists());
}

/// A program that comes with the system, where it is there.
fn program(name: &str) -> Option<Command> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).any(|folder| folder.join(name).exists());
    if !found {
        println!("not checked: {name} is not installed");
    }
    found.then(|| Command::new(name))
}

#[test]
fn the_unit_is_hardened() {
    let Some(mut analyze) = program("systemd-analyze") else { return };
    let unit = root().join("deploy/ppn.service");
    let output = analyze.args(["security", "--offline=true", "--no-pager"]).arg(unit).output().unwrap();
    let text = printed(&output);
    let score = text
        .lines()
        .find_map(|line| line.split_once("Overall exposure level for ppn.service: "))
        .and_then(|(_, score)| score.split_whitespace().next()?.parse::<f64>().ok())
        .unwrap_or_else(|| panic!("{output:?}"));
    println!("systemd-analyze security: {score} (0 is safest, 10 is least)");
    assert!(score <= 1.5, "{score}");
}

#[test]
fn the_alerts_fire_when_they_should() {
    let Some(mut check) = program("promtool") else { return };
    let rules = root().join("deploy");
    let checked = check.args(["check", "rules", "alerts.yml"]).current_dir(&rules).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let tested = Command::new("promtool")
        .args(["test", "rules", "alerts.test.yml"])
        .current_dir(&rules)
        .output()
        .unwrap();
    assert!(tested.status.success(), "{tested:?}");
    // Each expression of the dashboard parses, as a rule of its own.
    let records: Vec<Value> = expressions()
        .iter()
        .enumerate()
        .map(|(at, expr)| json!({ "record": format!("panel:{at}"), "expr": expr }))
        .collect();
    // JSON is YAML.
    let panels = json!({ "groups": [{ "name": "panels", "rules": records }] }).to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("panels.yml"), panels).unwrap();
    let panels = Command::new("promtool")
        .args(["check", "rules", "panels.yml"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(panels.status.success(), "{panels:?}");
}

/// What it copies and which compiler it takes are those of this tree.
#[test]
fn the_container_is_built_of_what_is_here() {
    let file = deployed("Containerfile");
    let toolchain = std::fs::read_to_string(root().join("rust-toolchain.toml")).unwrap();
    let version = file.split_once("FROM rust:").and_then(|(_, rest)| rest.split_once('-')).unwrap().0;
    assert!(toolchain.contains(&format!("channel = \"{version}")), "{version}");
    for copied in ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"] {
        assert!(file.contains(copied) && root().join(copied).exists(), "{copied}");
    }
    let settings = std::fs::read_to_string(root().join("config/ppn.toml")).unwrap();
    let variables: Vec<&str> = file
        .lines()
        .filter_map(|line| line.strip_prefix("ENV "))
        .flat_map(|line| line.split_whitespace())
        .filter_map(|pair| pair.split_once('=').map(|(name, _)| name))
        .chain(["PPN_DATABASE_URL"])
        .collect();
    assert!(variables.len() > 3);
    for variable in variables {
        assert!(settings.contains(variable), "{variable} is no setting");
    }
}
