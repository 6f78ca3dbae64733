//! Several nodes on one store, writing at the same moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use ppn_domain::{
    Act, Band, ClaimId, Desk, NoticeId, Outcome, Span, State, StateName, UserRole, WorkItem, WorkItemId,
};
use ppn_service::{
    Applied, ClaimNext, Complete, HandOver, Idempotency, LinkVerdict, ListRequest, NoticeFor, Principal,
    Receipt, Refused, Service, ServiceError, Submit, Submitted,
};
use ppn_store::{LogQuery, StoreError};
use ppn_store_postgres::{PostgresOptions, PostgresStore};
use ppn_tests::{Backend, Bench, NOON, Place, child_notice, somebody, supervisor};
use ppn_triage::{DEFAULT_POLICY, Policy};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Rounds of a race that no lock decides beforehand.
fn rounds() -> usize {
    if ppn_tests::soak() { 200 } else { 12 }
}

fn rae() -> Principal {
    somebody("rae", &[UserRole::Researcher])
}

fn wish(desk: Desk) -> ClaimNext {
    ClaimNext { by: supervisor(), desk, bundle: false, once: None }
}

fn read(notice: &Value, by: &Principal) -> Submit {
    let read = ppn_ingestion::read_notice(notice.to_string().as_bytes(), NOON);
    let read = read.map_err(|refusal| Refused { refusal, content: Vec::new() });
    Submit { by: by.clone(), read, as_worked: false, once: None }
}

async fn submit(service: &Service, notice: &Value) -> Receipt {
    match service.submit(vec![read(notice, &supervisor())]).await.remove(0).unwrap() {
        Submitted::Accepted(receipt) => receipt,
        Submitted::Refused { errors, .. } => panic!("{errors:?}"),
    }
}

fn quarrel(reference: &str, days: i64, persons: &[Value]) -> Value {
    json!({
        "source": "niche", "reference": reference, "kind": "domestic_abuse", "officer_grade": "standard",
        "submitted_at": (NOON - Span::days(days)).to_string(), "persons": persons,
    })
}

fn victim(id: &str) -> Value {
    json!({ "person_id": id, "roles": ["victim"] })
}

fn suspect(id: &str) -> Value {
    json!({ "person_id": id, "roles": ["suspect"] })
}

/// Assessed again, nothing comes out otherwise: the item has counted everything that there is.
async fn has_counted_everything(service: &Service, id: WorkItemId) {
    let before = service.item(&supervisor(), id).await.unwrap();
    let after = service.reassess(&supervisor(), id, None).await.unwrap();
    let (before, after) = (before.latest.unwrap().assessment, after.latest.unwrap().assessment);
    assert_eq!(before, after, "{id}");
}

async fn people_of(service: &Service, id: NoticeId) -> Vec<ppn_domain::PersonId> {
    match service.notice(&supervisor(), id).await.unwrap() {
        NoticeFor::Staff(view) => view.people,
        NoticeFor::Source(_) => panic!("a supervisor is staff"),
    }
}

/// A claim that waited for its desk is made after the waiting, not before: what came to its limit
/// meanwhile is overdue for it, and its lease counts from then.
async fn regression_a_claim_that_waited_is_dated_after_the_waiting() {
    let bench = Bench::on(Backend::Postgres).await;
    submit(&bench.service, &child_notice("A", &[])).await;
    let mut desk = bench.service.store().write().await.unwrap();
    desk.desk_turn(Desk::Child).await.unwrap();
    let node = bench.node(2).await;
    let claiming = tokio::spawn(async move { node.claim_next(vec![wish(Desk::Child)]).await.remove(0) });
    bench.place.database().unwrap().until_some_wait(1).unwrap();
    bench.clock.advance(Span::minutes(10));
    drop(desk);
    let item = claiming.await.unwrap().unwrap().unwrap().view.item;
    assert_eq!(item.state.claim().unwrap().since, NOON + Span::minutes(10));
}

/// An act that waited for its item while the lease ran out comes too late.
async fn regression_an_act_that_waited_past_its_lease_is_refused() {
    let bench = Bench::on(Backend::Postgres).await;
    let id = submit(&bench.service, &child_notice("A", &[])).await.work_items[0].id;
    let claimed = bench.service.claim_named(&rae(), id, None).await.unwrap().view.item;
    let claim = claimed.state.claim().unwrap().clone();
    let mut other = bench.service.store().write().await.unwrap();
    other.lock_items(&[id]).await.unwrap();
    let node = bench.node(2).await;
    let renewing = tokio::spawn(async move { node.renew(&rae(), id, claim.id, None).await });
    bench.place.database().unwrap().until_some_wait(1).unwrap();
    bench.clock.set(claim.expires_at);
    drop(other);
    assert!(matches!(renewing.await.unwrap(), Err(ServiceError::ClaimEnded)));
}

/// And so does a completion, which shares its unit of work.
async fn regression_a_completion_that_waited_past_its_lease_is_refused() {
    let bench = Bench::on(Backend::Postgres).await;
    let id = submit(&bench.service, &child_notice("A", &[])).await.work_items[0].id;
    let claimed = bench.service.claim_named(&rae(), id, None).await.unwrap().view.item;
    let claim = claimed.state.claim().unwrap().clone();
    let mut other = bench.service.store().write().await.unwrap();
    other.lock_items(&[id]).await.unwrap();
    let node = bench.node(2).await;
    let wish = completion(rae(), id, claim.id);
    let completing = tokio::spawn(async move { node.complete(vec![wish]).await.remove(0) });
    bench.place.database().unwrap().until_some_wait(1).unwrap();
    bench.clock.set(claim.expires_at);
    drop(other);
    assert!(matches!(completing.await.unwrap(), Err(ServiceError::ClaimEnded)));
}

fn completion(by: Principal, id: WorkItemId, claim: ClaimId) -> Complete {
    Complete {
        by,
        id,
        claim,
        revision: 1,
        outcome: Outcome::Shared,
        reason: "Sent.".to_owned(),
        duplicate_of: None,
        read_at: None,
        once: None,
    }
}

/// Somebody takes an item of the bundle at the moment in which it is taken along: the claim stands
/// without it.
async fn a_bundle_leaves_out_what_somebody_took_meanwhile() {
    let bench = Bench::on(Backend::Postgres).await;
    let at_home = |id: &str| {
        json!({ "person_id": id, "roles": ["victim"],
        "address": { "lines": ["4 Mill Lane"], "postcode": "DE1 1AA", "kind": "home" } })
    };
    let mut ids = Vec::new();
    for (n, id) in ["V1", "V2"].into_iter().enumerate() {
        let days = 5 - i64::try_from(n).unwrap();
        let notice = quarrel(id, days, &[at_home(id), suspect(&format!("S{n}"))]);
        ids.push(submit(&bench.service, &notice).await.work_items[0].id);
    }
    let mut other = bench.service.store().write().await.unwrap();
    other.lock_items(&[ids[1]]).await.unwrap();
    let node = bench.node(2).await;
    let claiming = tokio::spawn(async move {
        let wish = ClaimNext { bundle: true, ..wish(Desk::DomesticAbuse) };
        node.claim_next(vec![wish]).await.remove(0)
    });
    bench.place.database().unwrap().until_some_wait(1).unwrap();
    let mut item = other.item(ids[1]).await.unwrap().unwrap();
    item.state = State::Held { until: NOON + Span::hours(1) };
    other.save_item(&item).await.unwrap();
    other.save().await.unwrap();
    let claimed = claiming.await.unwrap().unwrap().unwrap();
    assert_eq!((claimed.view.item.id, claimed.bundle), (ids[0], Vec::new()));
}

/// One notice names two people. Two nodes take in one notice more about each of them at the same
/// moment: the first notice counts both.
async fn regression_two_notices_that_meet_in_a_third_count_each_other_there() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    for round in 0..rounds() {
        let (v, s) = (format!("V{round}"), format!("S{round}"));
        let first =
            submit(&bench.service, &quarrel(&format!("F{round}"), 40, &[victim(&v), suspect(&s)])).await;
        let more = [
            quarrel(&format!("A{round}"), 50, &[victim(&v), suspect(&format!("T{round}"))]),
            quarrel(&format!("B{round}"), 50, &[victim(&format!("W{round}")), suspect(&s)]),
        ];
        at_once(&nodes, more).await;
        has_counted_everything(&bench.service, first.work_items[0].id).await;
    }
}

async fn at_once(nodes: &[Arc<Service>; 2], notices: [Value; 2]) -> [Receipt; 2] {
    let [a, b] = notices;
    let (one, two) = (nodes[0].clone(), nodes[1].clone());
    let one = tokio::spawn(async move { submit(&one, &a).await });
    let two = tokio::spawn(async move { submit(&two, &b).await });
    [one.await.unwrap(), two.await.unwrap()]
}

/// A notice that shows two people to be one arrives at the moment in which another names one of them:
/// all three are one person after it.
async fn regression_whoever_arrives_while_two_are_joined_is_joined_too() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    for round in 0..rounds() {
        let known = |system: &str| json!({ "system": system, "id": format!("{system}{round}") });
        let person = |systems: &[&str]| {
            let identifiers: Vec<Value> = systems.iter().map(|system| known(system)).collect();
            json!({ "identifiers": identifiers, "roles": ["victim"] })
        };
        let mut of = Vec::new();
        for (name, systems) in [("P", &["pnd"][..]), ("Q", &["nhs", "crime"])] {
            let notice = quarrel(&format!("{name}{round}"), 40, &[person(systems)]);
            of.push(submit(&bench.service, &notice).await.id);
        }
        let more = [
            quarrel(&format!("A{round}"), 30, &[person(&["pnd", "nhs"])]),
            quarrel(&format!("B{round}"), 20, &[person(&["crime"])]),
        ];
        of.extend(at_once(&nodes, more).await.map(|receipt| receipt.id));
        let mut people = BTreeSet::new();
        for id in of {
            people.extend(people_of(&bench.service, id).await);
        }
        assert_eq!(people.len(), 1, "round {round}");
    }
}

/// Two strangers of one home are named by two notices at the same moment: they are one household.
async fn regression_two_of_one_home_at_the_same_moment_count_each_other() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    for round in 0..rounds() {
        let at_home = |id: String, name: &str| {
            json!({ "person_id": id, "roles": ["victim"], "given_names": name, "family_name": name,
                "address": { "lines": [format!("{round} Mill Lane")], "postcode": "DE1 1AA", "kind": "home" } })
        };
        let more = [
            quarrel(&format!("A{round}"), 2, &[at_home(format!("V{round}"), "Alma")]),
            quarrel(&format!("B{round}"), 2, &[at_home(format!("W{round}"), "Bertha")]),
        ];
        for receipt in at_once(&nodes, more).await {
            has_counted_everything(&bench.service, receipt.work_items[0].id).await;
        }
    }
}

/// Two say of one link that it is right, and that it is wrong: what stands is what was said last, and
/// the people are joined or parted as it says.
async fn two_verdicts_on_one_link_follow_each_other() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    let by = supervisor();
    for round in 0..rounds() {
        let alike = |given: &str| {
            json!({ "given_names": given, "family_name": format!("Kowalski{round}"), "roles": ["victim"],
                "date_of_birth": "1986-05-17" })
        };
        submit(&bench.service, &quarrel(&format!("A{round}"), 10, &[alike("Kathryn")])).await;
        let other = submit(&bench.service, &quarrel(&format!("B{round}"), 5, &[alike("Katherine")])).await;
        let person = people_of(&bench.service, other.id).await[0];
        let person = bench.service.person(&by, person).await.unwrap();
        let link = person.links[0].id;
        let decide = |node: usize, verdict| {
            let node = nodes[node].clone();
            tokio::spawn(async move { node.decide_link(&supervisor(), link, verdict, "seen", None).await })
        };
        let (yes, no) = (decide(0, LinkVerdict::Confirm), decide(1, LinkVerdict::Refuse));
        yes.await.unwrap().unwrap();
        no.await.unwrap().unwrap();
        let view = bench.service.link(&by, link).await.unwrap();
        let rows = log(&bench.service, &[Act::LinkConfirmed, Act::LinkRefused]).await;
        let last = if rows[0].0 == Act::LinkConfirmed { "confirmed" } else { "refused" };
        assert_eq!(view.state, last, "round {round}");
        assert_eq!(view.sides[0].person_id == view.sides[1].person_id, last == "confirmed", "round {round}");
        has_counted_everything(&bench.service, other.work_items[0].id).await;
    }
}

/// Rows of the log with these acts, the newest first.
async fn log(service: &Service, acts: &[Act]) -> Vec<(Act, Option<WorkItemId>)> {
    let query = LogQuery { limit: 2_000, ..LogQuery::default() };
    let rows = service.store().read().await.unwrap().read_log(&query).await.unwrap();
    rows.into_iter()
        .filter(|(_, row)| acts.contains(&row.act))
        .map(|(_, row)| (row.act, row.work_item_id))
        .collect()
}

/// Two say of two mentions what they are, and neither's word is dropped: the second is told.
async fn regression_two_say_of_the_same_mentions_and_one_is_told() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    for round in 0..rounds() {
        let v = format!("V{round}");
        submit(&bench.service, &quarrel(&format!("A{round}"), 10, &[victim(&v)])).await;
        let other = submit(&bench.service, &quarrel(&format!("B{round}"), 5, &[victim(&v)])).await;
        let person = people_of(&bench.service, other.id).await[0];
        let view = bench.service.person(&supervisor(), person).await.unwrap();
        let pair = (view.mentions[0].mention_id, view.mentions[1].mention_id);
        let say = |node: usize, same| {
            let node = nodes[node].clone();
            tokio::spawn(async move { node.say_of_mentions(&supervisor(), pair, same, "seen", None).await })
        };
        let said = [say(0, true), say(1, false)];
        let mut done = Vec::new();
        for said in said {
            match said.await.unwrap() {
                Ok(view) => done.push(view),
                Err(ServiceError::Invalid(errors)) => assert_eq!(errors[0].rule, "linked"),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(done.len(), 1, "round {round}");
        assert_eq!(bench.service.link(&supervisor(), done[0].id).await.unwrap().state, done[0].state);
    }
}

/// The same text proposed on two nodes at once is proposed once, and the other is told so.
async fn regression_the_same_policy_is_proposed_once() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    for round in 0..rounds() {
        let text = DEFAULT_POLICY.replacen("version = \"1\"", &format!("version = \"at once {round}\""), 1);
        let propose = |node: usize| {
            let (node, text) = (nodes[node].clone(), text.clone());
            let by = somebody("ann", &[UserRole::PolicyOwner]);
            tokio::spawn(async move { node.propose_policy(&by, &text).await })
        };
        let both = [propose(0), propose(1)];
        let mut kept = 0;
        for proposed in both {
            match proposed.await.unwrap() {
                Ok(_) => kept += 1,
                Err(ServiceError::Invalid(errors)) => assert_eq!(errors[0].rule, "unchanged"),
                Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
            }
        }
        assert_eq!(kept, 1, "round {round}");
    }
}

fn nobodys_policy() -> ppn_store::PolicyText {
    ppn_store::PolicyText {
        reference: Policy::from_toml(DEFAULT_POLICY).unwrap().reference().clone(),
        text: DEFAULT_POLICY.to_owned(),
        proposer: "nobody".to_owned(),
        approver: None,
        installed_at: NOON,
    }
}

/// An empty store is given its first policy once, however many nodes come to it at once.
async fn regression_an_empty_store_gets_one_first_policy() {
    let place = Place::empty(Backend::Postgres);
    place.store().await.migrate().await.unwrap();
    // Nobody can look for a policy until all of them want to.
    let mut first = place.store().await.write().await.unwrap();
    first.install_policy(&nobodys_policy()).await.unwrap();
    let mut all = Vec::new();
    for _ in 0..4 {
        let store = place.store().await;
        all.push(tokio::spawn(async move {
            let clock = ppn_domain::SetClock::at(NOON);
            Service::migrate(&*store, &clock, "operator:test", DEFAULT_POLICY).await
        }));
    }
    // They wait for the one that is being installed, which then is not.
    place.database().unwrap().until_some_wait(4).unwrap();
    drop(first);
    for one in all {
        one.await.unwrap().unwrap();
    }
    let store = place.store().await;
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.policies().await.unwrap().len(), 1);
    let rows = uow.read_log(&LogQuery { limit: 10, ..LogQuery::default() }).await.unwrap();
    assert_eq!(rows.iter().filter(|(_, row)| row.act == Act::PolicyInstalled).count(), 1);
}

/// Notices of an earlier version are linked once, whichever node comes to them.
async fn regression_earlier_notices_are_linked_once_by_all_nodes_together() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    let earlier: Vec<Value> = (0..150)
        .map(|n| quarrel(&format!("E{n}"), 20, &[victim(&format!("V{}", n % 40)), suspect(&format!("S{n}"))]))
        .collect();
    crate::people::kept_before_people(&bench, &earlier).await;
    let all = nodes.clone().map(|node| {
        tokio::spawn(async move {
            let (by, mut after, mut linked) = (ppn_service::operator("test", "migrate"), None, 0);
            loop {
                match node.link_earlier_notices(&by, &mut after).await.unwrap() {
                    0 => return linked,
                    some => linked += some,
                }
            }
        })
    });
    let mut linked = 0;
    for one in all {
        linked += one.await.unwrap();
    }
    assert_eq!(linked, 150);
    let mentions = bench.place.database().unwrap().sql("SELECT count(*) FROM mentions").unwrap();
    assert_eq!(mentions.trim(), "300");
    let people =
        bench.place.database().unwrap().sql("SELECT count(DISTINCT person_id) FROM mentions").unwrap();
    assert_eq!(people.trim(), "190");
}

/// Leases and holds that ended are returned by all nodes together, each item once.
async fn regression_what_ended_is_returned_once_by_all_nodes_together() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    let slice: Vec<Submit> =
        (0..60).map(|n| read(&child_notice(&format!("N{n}"), &[]), &supervisor())).collect();
    for answer in bench.service.submit(slice).await {
        answer.unwrap();
    }
    let claimed = bench.service.claim_next(vec![wish(Desk::Child); 60]).await;
    for (n, claimed) in claimed.into_iter().enumerate() {
        let item = claimed.unwrap().unwrap().view.item;
        if n % 3 == 0 {
            let claim = item.state.claim().unwrap().id;
            let until = NOON + Span::hours(2);
            bench.service.hold(&supervisor(), item.id, claim, until, "School shut.", None).await.unwrap();
        }
    }
    bench.clock.advance(Span::hours(5));
    let mut all = Vec::new();
    for node in nodes.iter().chain(&nodes) {
        let node = node.clone();
        all.push(tokio::spawn(async move { node.return_ended().await }));
    }
    let mut returned = 0;
    for one in all {
        returned += one.await.unwrap().unwrap();
    }
    assert_eq!(returned, 60);
    let rows = log(&bench.service, &[Act::Expired, Act::HoldEnded]).await;
    assert_eq!(rows.len(), 60);
    assert_eq!(rows.iter().map(|(_, id)| id).collect::<BTreeSet<_>>().len(), 60);
}

/// What was put off is assessed by all nodes together, each item once.
async fn regression_what_was_put_off_is_assessed_once_by_all_nodes_together() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    let slice: Vec<Submit> =
        (0..40).map(|n| read(&child_notice(&format!("N{n}"), &[]), &supervisor())).collect();
    bench.service.submit(slice).await;
    let mut uow = bench.service.store().write().await.unwrap();
    for mut item in waiting(&bench.service).await {
        item.assessment_id = None;
        uow.save_item(&item).await.unwrap();
    }
    uow.save().await.unwrap();
    let all = nodes.clone().map(|node| {
        tokio::spawn(async move {
            let mut assessed = 0;
            loop {
                match node.assess_pending().await.unwrap() {
                    0 => return assessed,
                    some => assessed += some,
                }
            }
        })
    });
    let mut assessed = 0;
    for one in all {
        assessed += one.await.unwrap();
    }
    assert_eq!(assessed, 40);
    assert_eq!(log(&bench.service, &[Act::Reassessed]).await.len(), 40);
    assert!(waiting(&bench.service).await.iter().all(|item| item.assessment_id.is_some()));
}

async fn waiting(service: &Service) -> Vec<WorkItem> {
    let request = ListRequest {
        desk: Some(Desk::Child),
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue: false,
        after: None,
        limit: 200,
    };
    let page = service.list(&supervisor(), &request).await.unwrap();
    page.lines.into_iter().map(|line| line.item).collect()
}

/// A policy is applied by all nodes together, while others claim and release what it reaches.
async fn regression_a_policy_is_applied_by_all_nodes_while_others_work() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await];
    let slice: Vec<Submit> = (0..90)
        .map(|n| read(&child_notice(&format!("N{n}"), &["child_left_alone"]), &supervisor()))
        .collect();
    bench.service.submit(slice).await;
    let text = DEFAULT_POLICY.replacen("version = \"1\"", "version = \"2\"", 1);
    let (ann, ben) = (somebody("ann", &[UserRole::PolicyOwner]), somebody("ben", &[UserRole::PolicyOwner]));
    let hash = bench.service.propose_policy(&ann, &text).await.unwrap().hash;
    bench.service.approve_policy(&ben, &hash, &[]).await.unwrap();
    bench.service.activate_policy(&ben, &hash).await.unwrap();
    let worker = bench.service.clone();
    let working = tokio::spawn(async move {
        for _ in 0..40 {
            let claimed = worker.claim_next(vec![wish(Desk::Child)]).await.remove(0).unwrap().unwrap();
            let item = claimed.view.item;
            let claim = item.state.claim().unwrap().id;
            worker.release(&supervisor(), item.id, claim, &HandOver::default(), None).await.unwrap();
        }
    });
    let all = nodes.clone().map(|node| {
        tokio::spawn(async move {
            node.refresh_policy().await.unwrap();
            let mut so_far = Applied::default();
            while node.apply_next(&mut so_far).await.unwrap() {}
            so_far.assessed
        })
    });
    let mut assessed = 0;
    for one in all {
        assessed += one.await.unwrap();
    }
    working.await.unwrap();
    assert_eq!(assessed, 90, "each item by one node");
    assert_eq!(log(&bench.service, &[Act::Reassessed]).await.len(), 90);
}

/// A proxy before a database that loses the answer to a COMMIT, once it is told to.
struct Proxy {
    port: u16,
    loses: Arc<std::sync::atomic::AtomicBool>,
}

impl Proxy {
    async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let loses = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let told = loses.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(Self::pass(client, server, told.clone()));
            }
        });
        Self { port: here, loses }
    }

    async fn pass(client: TcpStream, server: TcpStream, loses: Arc<std::sync::atomic::AtomicBool>) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let back = tokio::spawn(async move {
            let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
        });
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            let some = &bytes[..count];
            if some.windows(7).any(|word| word == b"COMMIT\0")
                && loses.swap(false, std::sync::atomic::Ordering::SeqCst)
            {
                // The server has the word and nobody hears what it says. The line is open until it is done.
                back.abort();
                let _ = back.await;
                to_server.write_all(some).await.unwrap();
                let _ = to_server.shutdown().await;
                return;
            }
            if to_server.write_all(some).await.is_err() {
                return;
            }
        }
    }
}

/// A completion whose COMMIT was told and not answered is done, and nobody is told that it is not: the
/// same request under its key finds the answer.
async fn regression_a_lost_answer_to_commit_is_not_called_nothing_done() {
    let bench = Bench::on(Backend::Postgres).await;
    let database = bench.place.database().unwrap();
    let proxy = Proxy::before(ppn_tests::cluster().port()).await;
    let url = format!("postgres://ppn@127.0.0.1:{}/{}", proxy.port, &**database);
    let store = PostgresStore::open(PostgresOptions::parse(&url).unwrap()).await.unwrap();
    let node =
        Service::start(Arc::new(store), bench.clock.clone(), [4; 32], ppn_service::Settings::default())
            .await
            .unwrap();
    let id = submit(&bench.service, &child_notice("A", &[])).await.work_items[0].id;
    let claim =
        bench.service.claim_named(&rae(), id, None).await.unwrap().view.item.state.claim().unwrap().id;
    let once = Idempotency { key: "k".to_owned(), request_hash: [1; 32] };
    let wish = Complete { once: Some(once), ..completion(rae(), id, claim) };
    proxy.loses.store(true, std::sync::atomic::Ordering::SeqCst);
    let lost = node.complete(vec![wish.clone()]).await.remove(0);
    assert!(matches!(lost, Err(ServiceError::Unknown)), "{lost:?}");
    let response = axum::response::IntoResponse::into_response(ppn_http::Problem::from(lost.unwrap_err()));
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let found = node.complete(vec![wish]).await.remove(0).unwrap();
    assert!(matches!(found.item.state, State::Done { outcome: Outcome::Shared }));
    assert_eq!(log(&bench.service, &[Act::Completed]).await.len(), 1);
}

/// A notice whose household is waiting arrives again and again while three nodes claim and complete:
/// nobody is refused, and nothing is held twice.
async fn arrivals_claims_and_completions_do_not_refuse_each_other() {
    let bench = Bench::on(Backend::Postgres).await;
    let nodes = [bench.node(2).await, bench.node(3).await, bench.service.clone()];
    let families = 4;
    let family = |n: usize| [victim(&format!("V{n}")), suspect(&format!("S{n}"))];
    for n in 0..24 {
        let notice = quarrel(&format!("F{n}"), 90 - i64::try_from(n).unwrap(), &family(n % families));
        submit(&bench.service, &notice).await;
    }
    let mut tasks = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        let sending = node.clone();
        tasks.push(tokio::spawn(async move {
            for n in 0..8 {
                let people = [victim(&format!("V{}", n % families)), suspect(&format!("S{}", n % families))];
                submit(&sending, &quarrel(&format!("M{place}-{n}"), 1, &people)).await;
            }
            Vec::new()
        }));
        let working = node.clone();
        tasks.push(tokio::spawn(async move {
            let mut had = Vec::new();
            loop {
                let claimed = working.claim_next(vec![wish(Desk::DomesticAbuse); 2]).await;
                let mut wishes = Vec::new();
                for claimed in claimed {
                    if let Some(claimed) = claimed.unwrap() {
                        let item = claimed.view.item;
                        had.push((item.id, item.rank.band));
                        wishes.push(completion(supervisor(), item.id, item.state.claim().unwrap().id));
                    }
                }
                if wishes.is_empty() {
                    return had;
                }
                for done in working.complete(wishes).await {
                    done.unwrap();
                }
            }
        }));
    }
    let mut had: Vec<(WorkItemId, Band)> = Vec::new();
    for task in tasks {
        had.extend(task.await.unwrap());
    }
    let distinct: BTreeSet<WorkItemId> = had.iter().map(|(id, _)| *id).collect();
    assert_eq!(distinct.len(), had.len(), "none is given twice");
}

#[test]
fn an_unknown_outcome_names_the_way_to_find_out() {
    let error = ServiceError::from(StoreError::Unknown("gone".into()));
    let problem = serde_json::to_value(ppn_http::Problem::from(error)).unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
}

/// Makes a test of each; they need several writers, and so PostgreSQL.
macro_rules! tests {
    ($($case:ident)+) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                super::$case().await;
            })+
        }
    };
}

tests! {
    regression_a_claim_that_waited_is_dated_after_the_waiting
    regression_an_act_that_waited_past_its_lease_is_refused
    regression_a_completion_that_waited_past_its_lease_is_refused
    a_bundle_leaves_out_what_somebody_took_meanwhile
    regression_two_notices_that_meet_in_a_third_count_each_other_there
    regression_whoever_arrives_while_two_are_joined_is_joined_too
    regression_two_of_one_home_at_the_same_moment_count_each_other
    two_verdicts_on_one_link_follow_each_other
    regression_two_say_of_the_same_mentions_and_one_is_told
    regression_the_same_policy_is_proposed_once
    regression_an_empty_store_gets_one_first_policy
    regression_earlier_notices_are_linked_once_by_all_nodes_together
    regression_what_ended_is_returned_once_by_all_nodes_together
    regression_what_was_put_off_is_assessed_once_by_all_nodes_together
    regression_a_policy_is_applied_by_all_nodes_while_others_work
    regression_a_lost_answer_to_commit_is_not_called_nothing_done
    arrivals_claims_and_completions_do_not_refuse_each_other
}
