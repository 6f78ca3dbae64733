//! Looking back over a store: the same figures as from files, labels from how people ended items, and
//! nothing of what the caller may not open.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use ppn_domain::{Act, Desk, NoticeId, Outcome, Permission, Span, State, UserRole};
use ppn_ingestion::read_notice;
use ppn_service::{ClaimNext, Complete, Found, LinkVerdict, NoticeFor, PastNotice, ServiceError, Submit};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Bench, NOON, child_notice, ppn, somebody, supervisor};
use ppn_triage::{DEFAULT_POLICY, Policy, rank};
use serde_json::{Value, json};

fn owner() -> ppn_service::Principal {
    somebody("olga", &[UserRole::PolicyOwner])
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    run_on(&format!("sqlite://{}", folder.join("ppn.db").display()), folder, arguments)
}

fn run_on(url: &str, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(ppn());
    command.args(arguments).env("PPN_DATABASE_URL", url).env("USER", "ann").current_dir(folder);
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a command prints as JSON.
fn told(folder: &Path, arguments: &[&str]) -> Value {
    read(&run(folder, arguments), arguments)
}

fn read(ran: &Output, arguments: &[&str]) -> Value {
    assert!(ran.status.success(), "{arguments:?}: {}", text(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

async fn submit(bench: &Bench, notices: &[Value]) {
    for some in notices.chunks(100) {
        let slice = some.iter().map(|notice| {
            let read = read_notice(notice.to_string().as_bytes(), NOON);
            let read = read.map_err(|refusal| ppn_service::Refused { refusal, content: Vec::new() });
            Submit { by: supervisor(), read, as_worked: false, once: None }
        });
        for answer in bench.service.submit(slice.collect()).await {
            answer.unwrap();
        }
    }
}

/// Ends the next items at a desk as `outcome` says of each reference.
async fn work(bench: &Bench, desk: Desk, count: usize, outcome: impl Fn(&str) -> Outcome) {
    let by = somebody("rita", &[UserRole::Researcher, UserRole::Reviewer]);
    for _ in 0..count.div_ceil(100) {
        let wish = ClaimNext { by: by.clone(), desk, bundle: false, once: None };
        let claimed = bench.service.claim_next(vec![wish; count.min(100)]).await;
        let wishes = claimed.into_iter().filter_map(Result::unwrap).map(|claimed| {
            let item = claimed.view.item;
            Complete {
                by: by.clone(),
                id: item.id,
                claim: item.state.claim().unwrap().id,
                revision: item.revision,
                read_at: None,
                outcome: outcome(&item.reference),
                reason: "Decided.".to_owned(),
                duplicate_of: None,
                once: None,
            }
        });
        for answer in bench.service.complete(wishes.collect()).await {
            answer.unwrap();
        }
    }
}

async fn look(bench: &Bench, by: &ppn_service::Principal) -> (ppn_service::LookedBack, Vec<PastNotice>) {
    let mut seen = Vec::new();
    let policy = bench.service.policy();
    let looked = bench.service.look_back(by, &policy, |past| seen.push(past.clone())).await.unwrap();
    (looked, seen)
}

async fn the_store_is_ranked_as_its_notices_are_in_a_file(on: Backend) {
    let bench = Bench::on(on).await;
    let notices: Vec<_> = ppn_demo::stream(5, NOON - Span::days(20)).take(230).collect();
    let values: Vec<Value> = notices.iter().map(ppn_tests::as_json).collect();
    submit(&bench, &values).await;
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    let in_file: Vec<_> = rank(&policy, ppn_ingestion::profiles, notices, &[])
        .into_iter()
        .filter(|item| item.desk.is_assessed())
        .map(|item| (item.desk, item.position, item.reference, item.band, item.score, item.reasons))
        .collect();
    let (looked, seen) = look(&bench, &supervisor_and_owner()).await;
    let in_store: Vec<_> = looked
        .items
        .into_iter()
        .map(|item| (item.desk, item.position, item.reference, item.band, item.score, item.reasons))
        .collect();
    assert!(in_store.len() > 230, "some stand at two desks");
    assert_eq!((seen.len(), looked.notices, looked.left_out), (230, 230, 0));
    let sorted = |mut items: Vec<_>| {
        items.sort_by_key(|item: &(Desk, usize, String, _, _, _)| (item.0, item.1));
        items
    };
    assert_eq!(sorted(in_store), sorted(in_file));
}

fn supervisor_and_owner() -> ppn_service::Principal {
    ppn_tests::named("sam", &[UserRole::Supervisor, UserRole::PolicyOwner])
}

async fn what_was_worked_found_and_decided_is_seen_and_restricted_notices_are_not(on: Backend) {
    let bench = Bench::on(on).await;
    let person = json!({ "roles": ["subject"], "given_names": "Rose", "family_name": "Ashdown",
        "date_of_birth": "2015-03-14" });
    let mut notices = vec![
        child_notice("A", &["child_left_alone"]),
        child_notice("B", &["child_left_alone"]),
        child_notice("C", &[]),
        child_notice("D", &[]),
    ];
    notices[0]["persons"] = json!([{ "roles": ["informant"] }, person]);
    notices[1]["persons"] = json!([person]);
    notices[3]["restricted"] = json!(["staff_relative"]);
    submit(&bench, &notices).await;

    // The two children may be one; somebody says that they are not.
    let keys = [("niche".to_owned(), "A".to_owned())];
    let id: NoticeId = {
        let mut uow = bench.service.store().read().await.unwrap();
        uow.notices_by_reference(&keys).await.unwrap()[0].clone().unwrap().id
    };
    let NoticeFor::Staff(view) = bench.service.notice(&supervisor(), id).await.unwrap() else { panic!() };
    let link = bench.service.person(&supervisor(), view.people[1]).await.unwrap().links[0].clone();
    bench.service.decide_link(&supervisor(), link.id, LinkVerdict::Refuse, "two towns", None).await.unwrap();

    bench.clock.set(NOON + Span::hours(2));
    work(&bench, Desk::Child, 1, |_| Outcome::Section47).await;
    let found = |reference: &str, hours| Found {
        source: "niche".to_owned(),
        reference: reference.to_owned(),
        opened_at: NOON + Span::hours(hours),
        band: Some(ppn_domain::Band::Amber),
        grade: None,
        outcome: Some("visited".to_owned()),
    };
    for answer in
        bench.service.add_found(&supervisor(), &[found("C", 5), found("C", 1), found("D", 1)]).await.unwrap()
    {
        assert!(answer.unwrap());
    }

    // Whoever owns the policy opens no restricted notice.
    let (looked, seen) = look(&bench, &owner()).await;
    assert_eq!((looked.notices, looked.left_out), (3, 1));
    assert!(looked.items.iter().all(|item| item.reference != "D"));
    let of = |reference: &str| seen.iter().find(|past| past.notice.reference == reference);
    assert!(of("D").is_none());
    let done: Vec<_> = seen
        .iter()
        .flat_map(|past| &past.worked)
        .filter(|item| item.state == State::Done { outcome: Outcome::Section47 })
        .collect();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].clocks.picked_up.met_at, Some(NOON + Span::hours(2)));
    assert_eq!(seen.iter().filter(|past| past.shared).count(), 1);
    let opened: Vec<_> = of("C").unwrap().found.iter().map(|found| found.opened_at).collect();
    assert_eq!(opened, [NOON + Span::hours(1), NOON + Span::hours(5)]);
    assert!(of("A").unwrap().found.is_empty());
    for (reference, position) in [("A", 1), ("B", 0)] {
        let links = &of(reference).unwrap().links;
        assert_eq!((links.len(), links[0].position), (1, position), "{reference}");
        assert_eq!((links[0].confirmed, links[0].refused), (0, 1));
    }

    // One row, with counts and nothing of any notice.
    let mut uow = bench.service.store().read().await.unwrap();
    let rows = uow.read_log(&LogQuery { limit: 1_000, ..LogQuery::default() }).await.unwrap();
    let rows: Vec<_> = rows.iter().filter(|(_, row)| row.act == Act::ConsultedForFigures).collect();
    assert_eq!(rows.len(), 1);
    let row = &rows[0].1;
    assert_eq!((row.who.as_str(), row.notice_id), ("olga", None));
    assert_eq!((&row.detail["notices"], &row.detail["left_out"]), (&json!(3), &json!(1)));
    drop(uow);
    let (whole, _) = look(&bench, &supervisor_and_owner()).await;
    assert_eq!((whole.notices, whole.left_out), (4, 0));

    let policy = bench.service.policy();
    let refused = bench.service.look_back(&supervisor(), &policy, |_| panic!("shown")).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(Permission::ChangePolicy))));
    let refused = bench.service.items_under(&owner(), &policy, "A").await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(Permission::ReadNotice))));
    let researcher = somebody("rita", &[UserRole::Researcher]);
    let hidden = bench.service.items_under(&researcher, &policy, "D").await;
    assert!(matches!(hidden, Err(ServiceError::NotFound(_))));
    assert_eq!(bench.service.items_under(&supervisor_and_owner(), &policy, "D").await.unwrap().len(), 1);
}

/// Quiet notices, every fourth of which says that a child was left alone.
fn quiet() -> Vec<Value> {
    let notices = (0..360).map(|i| {
        let alone: &[&str] = if i % 4 == 0 { &["child_left_alone"] } else { &[] };
        let mut notice = child_notice(&format!("N-{i}"), alone);
        notice["persons"][0]["sex"] = json!(if i % 2 == 0 { "female" } else { "male" });
        notice
    });
    notices.collect()
}

/// Of those left alone every second is high, of the others one in ten.
fn is_high(i: usize) -> bool {
    if i.is_multiple_of(4) { i.is_multiple_of(8) } else { i % 10 == 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_outcomes_give_the_same_figures_as_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lines: Vec<String> = quiet().iter().map(|notice| format!("{notice}\n")).collect();
    std::fs::write(folder.join("in.ndjson"), lines.concat()).unwrap();
    let rows: Vec<String> = (0..360)
        .map(|i| {
            let band = if is_high(i) { "red" } else { "amber" };
            let opened = NOON + Span::minutes(i64::try_from(i).unwrap());
            let outcome = if i % 3 == 0 { "shared" } else { "no_further_action" };
            format!("niche,N-{i},{opened},{band},{outcome}\n")
        })
        .collect();
    let text_of = format!("source,reference,opened_at,found_band,outcome\n{}", rows.concat());
    std::fs::write(folder.join("found.csv"), text_of).unwrap();
    assert!(run(folder, &["migrate"]).status.success());
    let imported = run(folder, &["import", "--history", "in.ndjson", "--outcomes", "found.csv"]);
    assert!(imported.status.success(), "{}", text(&imported.stderr));

    let json = ["--format", "json"];
    for command in [&["policy", "fit"][..], &["fairness"]] {
        let files = [command, &["--on", "in.ndjson", "--outcomes", "found.csv"], &json].concat();
        let from_files = told(folder, &files);
        for on in [&["--on", "live"][..], &[]] {
            let from_store = told(folder, &[command, on, &json].concat());
            assert!(from_store == from_files, "{command:?} {on:?}");
        }
        let wrong = run(folder, &[command, &["--on", "live", "--history", "in.ndjson"]].concat());
        assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong.stderr));
        let wrong = run(folder, &[command, &["--outcomes", "found.csv"]].concat());
        assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong.stderr));
    }
    assert_eq!(run(folder, &["policy", "fit", "--on", "in.ndjson"]).status.code(), Some(2));

    // The words live and default stand wherever a policy is named.
    std::fs::write(folder.join("same.toml"), DEFAULT_POLICY).unwrap();
    for policy in ["live", "default", "same.toml"] {
        let ran = run(folder, &["policy", "check", policy]);
        assert!(ran.status.success() && text(&ran.stdout).contains("can be used"), "{}", text(&ran.stderr));
        for command in [
            &["rank", "in.ndjson", "--limit", "1"][..],
            &["fairness", "--on", "in.ndjson"],
            &["fairness", "--on", "live"],
            &["policy", "fit", "--on", "live"],
            &["policy", "explain", "little_known"],
            &["policy", "explain", "N-4", "--on", "live"],
        ] {
            let ran = run(folder, &[command, &["--policy", policy]].concat());
            assert!(ran.status.success(), "{command:?} {policy}: {}", text(&ran.stderr));
        }
    }

    let explained = told(folder, &[&["policy", "explain", "N-4", "--on", "live"], &json[..]].concat());
    let mut of_file = told(folder, &[&["policy", "explain", "N-4", "--on", "in.ndjson"], &json[..]].concat());
    // An item of the store is explained without a place in a list.
    of_file[0]["position"] = Value::Null;
    assert_eq!(explained, of_file);
    let page = text(&run(folder, &["policy", "explain", "N-4", "--on", "live"]).stdout);
    assert!(page.starts_with("niche N-4, desk") && !page.contains("place"), "{page}");
    let none = run(folder, &["policy", "explain", "N-4000", "--on", "live"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("no notice of the store"), "{}", text(&none.stderr));
}

async fn how_people_ended_items_is_what_a_fit_learns_from(on: Backend) {
    let bench = Bench::on(on).await;
    submit(&bench, &quiet()).await;
    bench.clock.set(NOON + Span::hours(3));
    let number = |reference: &str| reference.trim_start_matches("N-").parse::<usize>().unwrap();
    let outcome = |reference: &str| match number(reference) {
        i if is_high(i) => Outcome::StrategyDiscussion,
        i if i >= 350 => Outcome::Shared,
        _ => Outcome::EarlyHelp,
    };
    work(&bench, Desk::Child, 400, outcome).await;
    let folder = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| read(&run_on(&bench.place.url(), folder.path(), arguments), arguments);

    let fit = told(&["policy", "fit", "--format", "json"]);
    let highs = (0..360).filter(|i| is_high(*i)).count();
    // Shared says nothing of how grave it was.
    let silent = (350..360).filter(|i| !is_high(*i)).count();
    assert_eq!((&fit["outcomes"], &fit["highs"]), (&json!(360 - silent), &json!(highs)));
    let fairness = told(&["fairness", "--format", "json"]);
    let sex = &fairness["tables"][1];
    assert_eq!((&sex["attribute"], &sex["groups"][0]["group"]), (&json!("sex"), &json!("Female")));
    let female = &sex["groups"][0]["figures"];
    assert_eq!(female["people"], 180);
    assert_eq!(female["shared"]["count"], 180);
    // Received an hour before noon and claimed three hours after.
    assert_eq!(female["waited_hours"]["value"], 4.0);
    assert_eq!(female["found_high"]["of"], 180 - (350..360).filter(|i| i % 2 == 0 && !is_high(*i)).count());

    // What was imported about a notice stands before how its item ended.
    let said = Found {
        source: "niche".to_owned(),
        reference: "N-0".to_owned(),
        opened_at: NOON,
        band: Some(ppn_domain::Band::Green),
        grade: None,
        outcome: None,
    };
    bench.service.add_found(&supervisor(), &[said]).await.unwrap().remove(0).unwrap();
    assert_eq!(told(&["policy", "fit", "--format", "json"])["highs"], highs - 1);
}

ppn_tests::on_each_backend! {
    the_store_is_ranked_as_its_notices_are_in_a_file
    what_was_worked_found_and_decided_is_seen_and_restricted_notices_are_not
    how_people_ended_items_is_what_a_fit_learns_from
}
