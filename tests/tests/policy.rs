//! The policy of a store: proposed, approved by somebody else, applied in batches that a stop may part.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use ppn_domain::{Act, Band, Desk, Permission, Span, StateName, UserRole};
use ppn_service::{Applied, ListRequest, Service, ServiceError, Submit};
use ppn_store::{ListQuery, LogQuery, Store as _, WorkKey};
use ppn_tests::{Backend, Bench, NOON, child_notice, ppn, somebody, supervisor};
use ppn_triage::{DEFAULT_POLICY, Policy};

fn owner(name: &str) -> ppn_service::Principal {
    somebody(name, &[UserRole::PolicyOwner])
}

/// The default policy with other points for two rules: one up, one down.
fn other() -> String {
    let text = DEFAULT_POLICY.replacen("version = \"1\"", "version = \"2\"", 1);
    let points = |text: &str, rule: &str, points: i32| {
        let at = text.find(&format!("id = \"{rule}\"")).unwrap();
        let line = at + text[at..].find("points = ").unwrap();
        let end = line + text[line..].find('\n').unwrap();
        format!("{}points = {points}{}", &text[..line], &text[end..])
    };
    points(&points(&text, "child_alone", 60), "home_unfit", 1)
}

async fn fill(bench: &Bench, count: usize) {
    let slice = (0..count)
        .map(|n| {
            let indicator = if n % 2 == 0 { "child_left_alone" } else { "poor_home_conditions" };
            let mut notice = child_notice(&format!("N{n}"), &[indicator]);
            notice["submitted_at"] = (NOON - Span::minutes(i64::try_from(n).unwrap())).to_string().into();
            let read = ppn_ingestion::read_notice(notice.to_string().as_bytes(), NOON);
            let read = read.map_err(|refusal| ppn_service::Refused { refusal, content: Vec::new() });
            Submit { by: supervisor(), read, as_worked: false, once: None }
        })
        .collect::<Vec<_>>();
    for some in slice.chunks(100) {
        bench.service.submit(some.to_vec()).await;
    }
}

/// Reference, band, score and policy version of everything that waits at the child desk.
async fn standing(service: &Service) -> Vec<(String, Band, i32, String)> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let request = ListRequest {
            desk: Some(Desk::Child),
            state: StateName::Waiting,
            band: None,
            holder: None,
            overdue: false,
            after,
            limit: 200,
        };
        let page = service.list(&supervisor(), &request).await.unwrap();
        all.extend(page.lines.into_iter().map(|line| {
            let version = line.latest.unwrap().assessment.policy.version;
            (line.item.reference, line.item.rank.band, line.item.rank.score, version)
        }));
        after = page.next;
        if after.is_none() {
            all.sort();
            return all;
        }
    }
}

async fn approved(service: &Service) -> String {
    let reference = service.propose_policy(&owner("ann"), &other()).await.unwrap();
    let effect = service.effect_of(&owner("ben"), &Policy::from_toml(&other()).unwrap()).await.unwrap();
    service.approve_policy(&owner("ben"), &reference.hash, &effect.lowerings).await.unwrap();
    reference.hash
}

async fn a_policy_needs_two_people_and_a_valid_text(on: Backend) {
    let bench = Bench::on(on).await;
    let (ann, ben) = (owner("ann"), owner("ben"));
    let wrong = other().replacen("when = \"child_left_alone\"", "when = \"child_left_alonee\"", 1);
    match bench.service.propose_policy(&ann, &wrong).await {
        Err(ServiceError::Invalid(errors)) => assert!(errors[0].fix.contains("line "), "{errors:?}"),
        other => panic!("{other:?}"),
    }
    let researcher = somebody("rita", &[UserRole::Researcher]);
    let refused = bench.service.propose_policy(&researcher, &other()).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(Permission::ChangePolicy))));
    let reference = bench.service.propose_policy(&ann, &other()).await.unwrap();
    assert!(matches!(bench.service.propose_policy(&ben, &other()).await, Err(ServiceError::Invalid(_))));
    let early = bench.service.activate_policy(&ben, &reference.hash).await;
    assert!(matches!(early, Err(ServiceError::Invalid(_))));
    let own = bench.service.approve_policy(&ann, &reference.hash, &[]).await;
    assert!(matches!(own, Err(ServiceError::OwnDecision)));
    bench.service.approve_policy(&ben, &reference.hash[..12], &[]).await.unwrap();
    assert!(matches!(
        bench.service.approve_policy(&ben, &reference.hash, &[]).await,
        Err(ServiceError::Invalid(_))
    ));
    assert_eq!(bench.service.policy().reference().version, "1");
    bench.service.activate_policy(&ann, "2").await.unwrap();
    assert_eq!(bench.service.policy().reference(), &reference);
    let list = bench.service.policies(&ann).await.unwrap();
    assert_eq!(
        list.iter().filter(|p| p.active).map(|p| p.kept.reference.clone()).collect::<Vec<_>>(),
        [reference]
    );
    assert!(matches!(bench.service.activate_policy(&ann, "none").await, Err(ServiceError::NotFound(_))));
}

/// Applied batch by batch from the top; stopped and begun anew by another node it ends the same.
async fn a_policy_is_applied_highest_bands_first_and_goes_on_after_a_stop(on: Backend) {
    let bench = Bench::on(on).await;
    fill(&bench, 180).await;
    let before = standing(&bench.service).await;
    let hash = approved(&bench.service).await;
    let would: Vec<(String, Band, i32)> = bench
        .service
        .ranked_under(&owner("ben"), &Policy::from_toml(&other()).unwrap())
        .await
        .unwrap()
        .into_iter()
        .filter(|item| item.desk == Desk::Child)
        .map(|item| (item.reference, item.band, item.score))
        .collect();
    bench.service.activate_policy(&owner("ben"), &hash).await.unwrap();
    // Nothing moved yet: each item stands under its old place until its turn.
    assert_eq!(standing(&bench.service).await, before);
    let mut so_far = Applied::default();
    assert!(bench.service.apply_next(&mut so_far).await.unwrap());
    let halfway = standing(&bench.service).await;
    let done: Vec<_> = halfway.iter().filter(|item| item.3 == "2").collect();
    assert_eq!(done.len(), so_far.assessed);
    let highest = before.iter().map(|item| (item.1, item.2)).max().unwrap();
    let was = |reference: &str| before.iter().find(|item| item.0 == *reference).unwrap();
    assert!(done.iter().all(|item| (was(&item.0).1, was(&item.0).2) == highest));

    let again = bench.node(9).await;
    let mut rest = Applied::default();
    while again.apply_next(&mut rest).await.unwrap() {}
    assert_eq!(so_far.assessed + rest.assessed, 180);
    let mut after: Vec<(String, Band, i32)> = standing(&again)
        .await
        .into_iter()
        .map(|(r, b, s, v)| {
            assert_eq!(v, "2");
            (r, b, s)
        })
        .collect();
    let mut would = would;
    after.sort();
    would.sort();
    assert_eq!(after, would, "approving accepted the lowerings, and nothing else moved");
    assert!(so_far.raised + rest.raised > 0 && so_far.lowered + rest.lowered > 0);

    // The lowerings stand on the record under who approved.
    let mut uow = again.store().read().await.unwrap();
    let query = LogQuery { limit: 5_000, ..LogQuery::default() };
    let rows = uow.read_log(&query).await.unwrap();
    let lowered: Vec<_> = rows.iter().filter(|(_, row)| row.act == Act::LoweringAccepted).collect();
    assert_eq!(lowered.len(), so_far.lowered + rest.lowered);
    assert!(lowered.iter().all(|(_, row)| row.who == "ben"));
    let mut nothing = Applied::default();
    while again.apply_next(&mut nothing).await.unwrap() {}
    assert_eq!(nothing.assessed, 0);
}

async fn another_node_takes_the_new_policy_over(on: Backend) {
    let bench = Bench::on(on).await;
    let other = bench.node(9).await;
    let hash = approved(&bench.service).await;
    assert!(!other.refresh_policy().await.unwrap());
    bench.service.activate_policy(&owner("ben"), &hash).await.unwrap();
    assert!(other.refresh_policy().await.unwrap());
    assert_eq!(other.policy().reference().hash, hash);
}

/// A node that still applies a policy which another has replaced goes on under the new one.
async fn a_policy_that_was_replaced_is_not_applied_any_further(on: Backend) {
    let bench = Bench::on(on).await;
    fill(&bench, 120).await;
    let hash = approved(&bench.service).await;
    let slow = bench.node(9).await;
    slow.activate_policy(&owner("ben"), &hash).await.unwrap();
    let mut so_far = Applied::default();
    assert!(slow.apply_next(&mut so_far).await.unwrap());
    let third = other().replacen("version = \"2\"", "version = \"3\"", 1);
    let third = bench.service.propose_policy(&owner("ann"), &third).await.unwrap();
    bench.service.approve_policy(&owner("cat"), &third.hash, &[]).await.unwrap();
    bench.service.activate_policy(&owner("cat"), &third.hash).await.unwrap();
    while slow.apply_next(&mut so_far).await.unwrap() {}
    assert_eq!(slow.policy().reference(), &third);
    assert!(standing(&slow).await.iter().all(|item| item.3 == "3"));
    let mut uow = slow.store().read().await.unwrap();
    let rows = uow.read_log(&LogQuery { limit: 5_000, ..LogQuery::default() }).await.unwrap();
    assert!(rows.iter().all(|(_, row)| row.act != Act::LoweringAccepted || row.who != "system"));
}

/// What arrived after the comparison was read is not lowered by it: nobody was shown.
async fn an_approval_lowers_what_was_shown_and_nothing_else(on: Backend) {
    let bench = Bench::on(on).await;
    fill(&bench, 10).await;
    let hash = approved(&bench.service).await;
    let mut late = child_notice("LATE", &["poor_home_conditions"]);
    late["submitted_at"] = NOON.to_string().into();
    bench.submit(&supervisor(), &late).await;
    bench.service.activate_policy(&owner("ben"), &hash).await.unwrap();
    let mut so_far = Applied::default();
    while bench.service.apply_next(&mut so_far).await.unwrap() {}
    assert_eq!(so_far.lowered, 5);
    let request = ListRequest {
        desk: Some(Desk::Child),
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue: false,
        after: None,
        limit: 200,
    };
    let page = bench.service.list(&supervisor(), &request).await.unwrap();
    let offered: Vec<_> =
        page.lines.iter().filter(|l| l.item.could_be.is_some()).map(|l| l.item.reference.as_str()).collect();
    assert_eq!(offered, ["LATE"], "it stands where it stood, and a person may accept");
}

/// Whatever is assessed after another policy came into force is assessed under that one, also by a
/// service that has not looked since.
async fn nothing_is_taken_in_under_a_policy_that_was_replaced(on: Backend) {
    let bench = Bench::on(on).await;
    let other_node = bench.node(9).await;
    let hash = approved(&bench.service).await;
    bench.service.activate_policy(&owner("ben"), &hash).await.unwrap();
    let read =
        ppn_ingestion::read_notice(child_notice("NEW", &["child_left_alone"]).to_string().as_bytes(), NOON);
    let read = read.map_err(|refusal| ppn_service::Refused { refusal, content: Vec::new() });
    other_node.submit(vec![Submit { by: supervisor(), read, as_worked: false, once: None }]).await;
    assert_eq!(standing(&bench.service).await[0].3, "2");
}

/// A policy that leads notices to a further desk opens the items there, and its comparison says so.
async fn a_policy_opens_items_at_desks_to_which_only_it_leads(on: Backend) {
    let bench = Bench::on(on).await;
    let notice = serde_json::json!({
        "source": "niche", "reference": "DA", "kind": "domestic_abuse",
        "submitted_at": (NOON - Span::hours(1)).to_string(),
        "circumstances": "The blue lantern protocol applies.",
        "persons": [{ "key": "v", "roles": ["victim"] }, { "key": "s", "roles": ["suspect"] }],
    });
    bench.submit(&supervisor(), &notice).await;
    assert_eq!(standing(&bench.service).await, []);
    let text = DEFAULT_POLICY.replacen("version = \"1\"", "version = \"2\"", 1)
        + "\n[[cue]]\nid = \"lantern\"\nlabel = \"Lantern\"\nfact = \"child_witnessed_violence\"\n\
           phrases = [\"blue lantern\"]\nsource = \"test\"\n";
    let policy = Policy::from_toml(&text).unwrap();
    let effect = bench.service.effect_of(&owner("ben"), &policy).await.unwrap();
    let told = ppn_triage::compare(&effect.before, &effect.after);
    assert_eq!(told.opened.iter().map(|of| of.desk).collect::<Vec<_>>(), [Desk::Child]);
    let reference = bench.service.propose_policy(&owner("ann"), &text).await.unwrap();
    bench.service.approve_policy(&owner("ben"), &reference.hash, &effect.lowerings).await.unwrap();
    bench.service.activate_policy(&owner("ben"), &reference.hash).await.unwrap();
    assert_eq!(bench.service.backlog(&supervisor()).await.unwrap().policy.remaining, 1);
    let mut so_far = Applied::default();
    while bench.service.apply_next(&mut so_far).await.unwrap() {}
    assert_eq!(so_far.opened, 1);
    assert_eq!(standing(&bench.service).await.len(), 1);
    assert_eq!(bench.service.backlog(&supervisor()).await.unwrap().policy.remaining, 0);
}

/// What was ended at a desk is not opened there again, and the comparison does not say so.
async fn an_ended_item_is_not_said_to_be_opened(on: Backend) {
    let bench = Bench::on(on).await;
    let notice = serde_json::json!({
        "source": "niche", "reference": "DA", "kind": "domestic_abuse",
        "submitted_at": (NOON - Span::hours(1)).to_string(), "indicators": ["child_injured"],
        "persons": [{ "key": "v", "roles": ["victim"] }, { "key": "s", "roles": ["suspect"] }],
    });
    let receipt = bench.submit(&supervisor(), &notice).await;
    let id = receipt.work_items.iter().find(|item| item.desk == Desk::Child).unwrap().id;
    let claimed = bench.service.claim_named(&supervisor(), id, None).await.unwrap().view.item;
    let wish = ppn_service::Complete {
        by: supervisor(),
        id,
        claim: claimed.state.claim().unwrap().id,
        revision: 1,
        read_at: None,
        outcome: ppn_domain::Outcome::Shared,
        reason: "Sent.".to_owned(),
        duplicate_of: None,
        once: None,
    };
    bench.service.complete(vec![wish]).await.pop().unwrap().unwrap();
    let effect = bench.service.effect_of(&owner("ben"), &Policy::from_toml(&other()).unwrap()).await.unwrap();
    assert_eq!(ppn_triage::compare(&effect.before, &effect.after).opened, []);
}

fn run(folder: &Path, user: &str, arguments: &[&str]) -> Output {
    command(folder, user, arguments).output().unwrap()
}

fn command(folder: &Path, user: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(ppn());
    let url = format!("sqlite://{}", folder.join("ppn.db").display());
    command.args(arguments).env("PPN_DATABASE_URL", url).env("USER", user).current_dir(folder);
    command.stdin(Stdio::null());
    command
}

/// How many waiting items have their latest assessment under the version 2, and how many not.
async fn under_version_2(folder: &Path) -> (usize, usize) {
    let store = ppn_store_sqlite::SqliteStore::open(folder.join("ppn.db")).await.unwrap();
    let mut uow = store.read().await.unwrap();
    let (mut new, mut old, mut after) = (0, 0, None);
    loop {
        let query = ListQuery {
            desk: None,
            state: StateName::Waiting,
            band: None,
            holder: None,
            overdue_at: None,
            after,
            limit: 200,
            viewer: ppn_store::Viewer::system(),
            desks: Desk::ALL.to_vec(),
        };
        let items = uow.list_items(&query).await.unwrap();
        let Some(last) = items.last() else { return (new, old) };
        after = Some(WorkKey::of(last));
        for latest in uow.latest_assessments(&items).await.unwrap() {
            *(if latest.unwrap().assessment.policy.version == "2" { &mut new } else { &mut old }) += 1;
        }
    }
}

/// From file to force on the command line, with the applying program killed on the way.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_goes_from_file_to_force_though_the_program_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(run(folder, "ann", &["migrate"]).status.success());
    let mut lines = String::new();
    for notice in ppn_demo::stream(3, NOON).take(600) {
        lines.push_str(&serde_json::to_string(&notice).unwrap());
        lines.push('\n');
    }
    std::fs::write(folder.join("notices.ndjson"), lines).unwrap();
    assert!(run(folder, "ann", &["import", "notices.ndjson"]).status.success());
    std::fs::write(folder.join("tried.toml"), other()).unwrap();

    let diff =
        run(folder, "ann", &["policy", "diff", "live", "tried.toml", "--on", "live", "--limit", "1000"]);
    assert!(diff.status.success(), "{}", said(&diff));
    assert!(String::from_utf8_lossy(&diff.stdout).contains("child_alone"));
    let proposed = run(folder, "ann", &["policy", "propose", "tried.toml"]);
    let hash = String::from_utf8_lossy(&proposed.stdout).trim().to_owned();
    assert_eq!(hash.len(), 64, "{}", said(&proposed));
    assert_eq!(run(folder, "ann", &["policy", "approve", &hash, "--yes"]).status.code(), Some(2));
    assert_eq!(run(folder, "ben", &["policy", "apply", &hash]).status.code(), Some(2));
    // Nobody is there to answer.
    assert_eq!(run(folder, "ben", &["policy", "approve", &hash]).status.code(), Some(2));
    let approved = run(folder, "ben", &["policy", "approve", &hash[..12], "--yes"]);
    assert!(approved.status.success(), "{}", said(&approved));

    // Killed as soon as part of the work stands under the new version.
    let mut apply = command(folder, "ben", &["policy", "apply", &hash])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let store = ppn_store_sqlite::SqliteStore::open(folder.join("ppn.db")).await.unwrap();
    let newest = LogQuery { limit: 1, ..LogQuery::default() };
    loop {
        let rows = store.read().await.unwrap().read_log(&newest).await.unwrap();
        if matches!(rows[0].1.act, Act::Reassessed | Act::LoweringAccepted) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    apply.kill().unwrap();
    apply.wait().unwrap();
    let (new, old) = under_version_2(folder).await;
    assert!(new > 0 && old > 0, "killed on the way: {new} under the new policy and {old} under the old");

    // A running service finishes what was left.
    let mut serve = command(folder, "ben", &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let finished = async {
        while under_version_2(folder).await.1 > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let finished = tokio::time::timeout(Duration::from_mins(1), finished).await;
    serve.kill().unwrap();
    serve.wait().unwrap();
    assert!(finished.is_ok(), "{:?} are left", under_version_2(folder).await);
    let done = run(folder, "ben", &["policy", "apply", &hash]);
    assert!(done.status.success() && said(&done).contains("is in force"), "{}", said(&done));
    let again = run(folder, "ben", &["policy", "apply", &hash]);
    assert!(said(&again).contains(" 0 assessed again"), "{}", said(&again));
    let list = run(folder, "ann", &["policy", "list"]);
    assert!(String::from_utf8_lossy(&list.stdout).contains("in force"));
    let same = run(folder, "ann", &["policy", "diff", "live", "tried.toml", "--on", "live"]);
    assert!(String::from_utf8_lossy(&same.stdout).contains("Nothing changes"));
}

ppn_tests::on_each_backend! {
    a_policy_needs_two_people_and_a_valid_text
    a_policy_is_applied_highest_bands_first_and_goes_on_after_a_stop
    another_node_takes_the_new_policy_over
    a_policy_that_was_replaced_is_not_applied_any_further
    an_approval_lowers_what_was_shown_and_nothing_else
    nothing_is_taken_in_under_a_policy_that_was_replaced
    a_policy_opens_items_at_desks_to_which_only_it_leads
    an_ended_item_is_not_said_to_be_opened
}
