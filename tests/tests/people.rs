//! People over notices: linked as they arrive, counted on both sides, decided by persons, and the
//! same in the store as in `rank`.

use std::collections::BTreeMap;
use std::sync::Arc;

use ppn_domain::{
    Act, Band, Desk, Notice, NoticeId, PersonId, Rank, Reason, Span, State, StateName, UserRole, WorkItem,
};
use ppn_service::{
    ClaimNext, EventWord, LinkVerdict, ListRequest, NoticeFor, Receipt, ServiceError, Submit, Submitted,
};
use ppn_store::{LogQuery, NewNotice, NewRevision, NoticeHead, RevisionHead};
use ppn_tests::{Backend, Bench, NOON, somebody, supervisor};
use ppn_triage::{DEFAULT_POLICY, Policy, Ranking};
use serde_json::{Value, json};

/// A domestic abuse notice of two people on a day before noon.
fn quarrel(reference: &str, days: i64, victim: &Value, suspect: &Value) -> Value {
    json!({
        "source": "niche", "reference": reference, "kind": "domestic_abuse", "officer_grade": "standard",
        "submitted_at": (NOON - Span::days(days)).to_string(),
        "persons": [victim, suspect],
    })
}

fn victim(id: &str) -> Value {
    json!({ "person_id": id, "roles": ["victim"] })
}

fn suspect(id: &str) -> Value {
    json!({ "person_id": id, "roles": ["suspect"] })
}

async fn items(bench: &Bench, desk: Desk) -> Vec<(WorkItem, Vec<Reason>)> {
    let request = ListRequest {
        desk: Some(desk),
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue: false,
        after: None,
        limit: 200,
    };
    let page = bench.service.list(&supervisor(), &request).await.unwrap();
    page.lines
        .into_iter()
        .map(|line| (line.item, line.latest.map(|l| l.assessment.reasons).unwrap_or_default()))
        .collect()
}

/// The people of a notice over every notice.
async fn people_of(bench: &Bench, id: NoticeId) -> Vec<PersonId> {
    match bench.service.notice(&supervisor(), id).await.unwrap() {
        NoticeFor::Staff(view) => view.people,
        NoticeFor::Source(_) => panic!("a supervisor is staff"),
    }
}

async fn band(bench: &Bench, reference: &str) -> Band {
    let all = items(bench, Desk::DomesticAbuse).await;
    all.iter().find(|(item, _)| item.reference == reference).unwrap().0.rank.band
}

fn fired(reasons: &[Reason], rule: &str) -> bool {
    reasons.iter().any(|reason| reason.rule == rule)
}

async fn a_linked_notice_moves_the_waiting_ones_of_the_household_in_its_own_commit(on: Backend) {
    let bench = Bench::on(on).await;
    let child = json!({ "person_id": "C", "roles": ["child_in_household"], "estimated_age": 6 });
    for (i, days) in [116, 77, 45, 20, 1].into_iter().enumerate() {
        let mut notice = quarrel(&format!("Q{i}"), days, &victim("V"), &suspect("S"));
        notice["persons"].as_array_mut().unwrap().push(child.clone());
        bench.submit(&supervisor(), &notice).await;
        let expected = [Band::Green, Band::Green, Band::Amber, Band::Amber, Band::Red][i];
        for earlier in 0..=i {
            assert_eq!(band(&bench, &format!("Q{earlier}")).await, expected, "Q{earlier} after Q{i}");
        }
    }
}

async fn a_holder_keeps_the_claim_when_a_linked_notice_raises_the_item_and_a_done_item_stays(on: Backend) {
    let bench = Bench::on(on).await;
    let by = supervisor();
    let first = bench.submit(&by, &quarrel("A", 30, &victim("V"), &suspect("S"))).await;
    let held = bench.service.claim_named(&by, first.work_items[0].id, None).await.unwrap();
    for (reference, days) in [("B", 20), ("C", 10)] {
        bench.submit(&by, &quarrel(reference, days, &victim("V"), &suspect("S"))).await;
    }
    let item = bench.service.item(&by, held.view.item.id).await.unwrap().item;
    assert_eq!(
        (item.rank.band, item.state.claim().map(|c| c.id)),
        (Band::Amber, held.view.item.state.claim().map(|c| c.id))
    );
}

/// Two submitters send linked notices at the same moment: each counts the other.
async fn two_at_the_same_moment_count_each_other(on: Backend) {
    let rounds = if ppn_tests::soak() { 500 } else { 50 };
    let bench = Arc::new(Bench::on(on).await);
    for round in 0..rounds {
        let send = |side: &'static str, days: i64| {
            let bench = bench.clone();
            let notice = quarrel(
                &format!("{side}{round}"),
                days,
                &victim(&format!("V{round}")),
                &suspect(&format!("S{round}")),
            );
            tokio::spawn(async move { bench.submit(&supervisor(), &notice).await })
        };
        let (a, b) = (send("a", 1), send("b", 1));
        for receipt in [a.await.unwrap(), b.await.unwrap()] {
            let view = bench.service.item(&supervisor(), receipt.work_items[0].id).await.unwrap();
            let reasons = view.latest.unwrap().assessment.reasons;
            assert!(fired(&reasons, "pair_before"), "round {round}: {reasons:?}");
        }
    }
}

async fn many_submitted_in_one_slice_count_each_other(on: Backend) {
    let bench = Bench::on(on).await;
    let slice = (0..5_i64)
        .map(|i| {
            let notice = quarrel(&format!("Q{i}"), 5 - i, &victim("V"), &suspect("S"));
            let read = ppn_ingestion::read_notice(notice.to_string().as_bytes(), NOON);
            let read = read.map_err(|refusal| ppn_service::Refused { refusal, content: Vec::new() });
            Submit { by: supervisor(), read, as_worked: false, once: None }
        })
        .collect();
    let answers = bench.service.submit(slice).await;
    let last: Receipt = match answers.into_iter().last().unwrap().unwrap() {
        Submitted::Accepted(receipt) => receipt,
        Submitted::Refused { .. } => panic!("refused"),
    };
    assert!(fired(last.work_items[0].reasons.as_ref().unwrap(), "three_domestic_events"));
    assert!(items(&bench, Desk::DomesticAbuse).await.iter().all(|(item, _)| item.rank.band >= Band::Amber));
}

/// Alike enough to be asked about, and no more.
fn alike(given: &str) -> Value {
    json!({
        "roles": ["victim"], "given_names": given, "family_name": "Harrowgate", "date_of_birth": "1988-07-19",
        "address": { "lines": [format!("{} Mill Lane", given.len())], "postcode": "DE1 1AA" },
    })
}

async fn a_possible_link_is_confirmed_and_undone_and_each_time_both_sides_are_assessed(on: Backend) {
    let bench = Bench::on(on).await;
    let by = supervisor();
    let one = bench.submit(&by, &quarrel("A", 10, &alike("Katherine"), &suspect("S1"))).await;
    let other = bench.submit(&by, &quarrel("B", 5, &alike("Kathryn"), &suspect("S2"))).await;
    let reasons = |receipt: &Receipt| {
        let id = receipt.work_items[0].id;
        let service = bench.service.clone();
        async move { service.item(&supervisor(), id).await.unwrap().latest.unwrap().assessment.reasons }
    };
    assert!(fired(&reasons(&other).await, "possibly_before"));
    assert!(!fired(&reasons(&other).await, "at_risk_before"));

    let notice = people_of(&bench, other.id).await;
    let person = bench.service.person(&by, notice[0]).await.unwrap();
    assert_eq!(person.mentions.len(), 1);
    let link = person.links[0].clone();
    let unreasoned = bench.service.decide_link(&by, link.id, LinkVerdict::Confirm, " ", None).await;
    assert!(matches!(unreasoned, Err(ServiceError::Invalid(_))));
    let view =
        bench.service.decide_link(&by, link.id, LinkVerdict::Confirm, "same passport", None).await.unwrap();
    assert_eq!(view.sides[0].person_id, view.sides[1].person_id);
    assert!(
        fired(&reasons(&other).await, "at_risk_before") && !fired(&reasons(&other).await, "possibly_before")
    );
    assert_eq!(bench.service.person(&by, view.sides[0].person_id).await.unwrap().mentions.len(), 2);

    // Refused, what rested on it is offered as a lowering; nothing falls by itself.
    let before = bench.service.item(&by, other.work_items[0].id).await.unwrap().item.rank;
    bench.service.decide_link(&by, link.id, LinkVerdict::Refuse, "born in other towns", None).await.unwrap();
    let item = bench.service.item(&by, other.work_items[0].id).await.unwrap();
    assert_eq!(item.item.rank, before);
    assert!(item.item.could_be.is_some_and(|rank: Rank| rank < before));
    let now = reasons(&other).await;
    assert!(!fired(&now, "at_risk_before") && !fired(&now, "possibly_before"));

    bench.service.decide_link(&by, link.id, LinkVerdict::Undo, "entered by mistake", None).await.unwrap();
    assert!(fired(&reasons(&other).await, "possibly_before"));
    let researcher = somebody("rita", &[UserRole::Auditor]);
    let refused = bench.service.decide_link(&researcher, link.id, LinkVerdict::Confirm, "x", None).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
    drop(one);
}

async fn people_taken_for_one_by_the_program_are_parted_by_a_person(on: Backend) {
    let bench = Bench::on(on).await;
    let by = supervisor();
    let one = bench.submit(&by, &quarrel("A", 10, &victim("V"), &suspect("S1"))).await;
    let other = bench.submit(&by, &quarrel("B", 5, &victim("V"), &suspect("S2"))).await;
    let person = people_of(&bench, other.id).await[0];
    let view = bench.service.person(&by, person).await.unwrap();
    let pair = (view.mentions[0].mention_id, view.mentions[1].mention_id);
    bench.service.say_of_mentions(&by, pair, false, "the number was typed wrong", None).await.unwrap();
    assert_ne!(people_of(&bench, one.id).await[0], people_of(&bench, other.id).await[0]);
    let item = bench.service.item(&by, other.work_items[0].id).await.unwrap();
    assert!(!fired(&item.latest.unwrap().assessment.reasons, "at_risk_before"));
}

async fn a_revision_that_names_somebody_else_leaves_the_history_of_the_first(on: Backend) {
    let bench = Bench::on(on).await;
    let by = supervisor();
    bench.submit(&by, &quarrel("A", 10, &victim("V"), &suspect("S"))).await;
    let second = bench.submit(&by, &quarrel("B", 5, &victim("V"), &suspect("S"))).await;
    let mut other = quarrel("A", 10, &victim("W"), &suspect("T"));
    other["amended_at"] = json!((NOON - Span::days(4)).to_string());
    bench.submit(&by, &other).await;
    let item = bench.service.item(&by, second.work_items[0].id).await.unwrap();
    assert!(!fired(&item.latest.unwrap().assessment.reasons, "pair_before"));
    assert!(item.item.could_be.is_some());
}

/// What `rank` and the store say of an item.
type Said = BTreeMap<(String, Desk), (Rank, Vec<Reason>)>;

fn ranked(notices: &[Notice]) -> (Said, BTreeMap<Desk, Vec<String>>) {
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    let mut ranking = Ranking::new(&policy, ppn_ingestion::profiles);
    for notice in notices {
        ranking.add(notice);
    }
    let mut said = Said::new();
    let mut order: BTreeMap<Desk, Vec<String>> = BTreeMap::new();
    for item in ranking.finish() {
        order.entry(item.desk).or_default().push(item.reference.clone());
        let rank = Rank { band: item.band, score: item.score };
        said.insert((item.reference, item.desk), (rank, item.reasons));
    }
    (said, order)
}

/// A store with these notices, taken in by slices of a hundred.
async fn filled(on: Backend, notices: &[Notice]) -> Bench {
    let bench = Bench::on(on).await;
    for slice in notices.chunks(100) {
        let slice = slice
            .iter()
            .map(|notice| {
                let text = serde_json::to_vec(notice).unwrap();
                let read = ppn_ingestion::read_notice(&text, NOON)
                    .map_err(|refusal| ppn_service::Refused { refusal, content: Vec::new() });
                Submit { by: supervisor(), read, as_worked: false, once: None }
            })
            .collect();
        for answer in bench.service.submit(slice).await {
            assert!(matches!(answer, Ok(Submitted::Accepted(_))));
        }
    }
    bench
}

async fn stored(on: Backend, notices: &[Notice]) -> (Said, BTreeMap<Desk, Vec<String>>, Vec<String>) {
    let bench = filled(on, notices).await;
    let (mut said, mut order, mut higher) = (Said::new(), BTreeMap::new(), Vec::new());
    for desk in [Desk::Child, Desk::Adult, Desk::DomesticAbuse, Desk::Share] {
        let mut after = None;
        loop {
            let request = ListRequest {
                desk: Some(desk),
                state: StateName::Waiting,
                band: None,
                holder: None,
                overdue: false,
                after,
                limit: 200,
            };
            let page = bench.service.list(&supervisor(), &request).await.unwrap();
            for line in page.lines {
                assert!(matches!(line.item.state, State::Waiting));
                let latest = line.latest.unwrap().assessment;
                if line.item.rank != latest.rank {
                    higher.push(line.item.reference.clone());
                }
                order.entry(desk).or_insert_with(Vec::new).push(line.item.reference.clone());
                said.insert((line.item.reference, desk), (latest.rank, latest.reasons));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    (said, order, higher)
}

fn population(count: usize) -> Vec<Notice> {
    ppn_demo::population(11, count, NOON).map(|truthful| truthful.notice).collect()
}

/// Fed in the same order, both stores hold the same to the byte: each item with its identifier, place,
/// clocks, reasons and evidence, each person, and each row of the log.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_and_postgres_agree_to_the_byte() {
    let notices = population(if ppn_tests::soak() { 5_000 } else { 250 });
    let mut said = Vec::new();
    for on in [Backend::Sqlite, Backend::Postgres] {
        let bench = filled(on, &notices).await;
        let mut uow = bench.service.store().read().await.unwrap();
        let mut lines = Vec::new();
        let mut after = 0;
        loop {
            let items = uow.items_since(NOON, after, 200).await.unwrap();
            let Some(last) = items.last() else { break };
            after = last.sequence;
            for item in items {
                let assessments = uow.assessments(item.id).await.unwrap();
                let people = uow.mentions_of_notices(&[item.notice_id]).await.unwrap();
                let body = uow.body(item.notice_id, item.revision).await.unwrap();
                let assessments = serde_json::to_string(&assessments).unwrap();
                lines.push(format!("{item:?} {assessments} {people:?} {body:?}"));
            }
        }
        let mut query = LogQuery { limit: 1_000, ..LogQuery::default() };
        loop {
            let rows = uow.read_log(&query).await.unwrap();
            let Some((place, _)) = rows.last() else { break };
            query.before = Some(*place);
            // The first policy was installed before the copy was made.
            let rows = rows.iter().filter(|(_, row)| row.act != Act::PolicyInstalled);
            lines.extend(rows.map(|(place, row)| format!("{place} {row:?}")));
        }
        said.push(lines);
    }
    let postgres = said.pop().unwrap();
    let sqlite = said.pop().unwrap();
    assert!(sqlite.len() > notices.len());
    println!("{} items and rows of the log on each", sqlite.len());
    let differs = sqlite.iter().zip(&postgres).find(|(a, b)| a != b);
    assert!(differs.is_none(), "{differs:#?}");
    assert_eq!(sqlite.len(), postgres.len());
}

/// The same notices through `rank`, and into the store in two orders of arrival: the same items with
/// the same latest band, score and reasons. The order is the same but for ties in receipt and for
/// items that rank by an earlier, higher assessment.
async fn the_store_says_what_rank_says_in_any_order_of_arrival(on: Backend) {
    let count = match on {
        _ if ppn_tests::soak() => 5_000,
        Backend::Sqlite => 1_000,
        Backend::Postgres => 250,
    };
    let mut notices = population(count);
    // One revision each: an older one that arrives later is filed, and which came first is no matter
    // of content.
    let mut seen = std::collections::BTreeSet::new();
    notices.reverse();
    notices.retain(|notice| seen.insert((notice.source.clone(), notice.reference.clone())));
    notices.reverse();
    let (expected, order) = ranked(&notices);
    let forward = stored(on, &notices).await;
    let mut turned = notices.clone();
    turned.reverse();
    let middle = turned.len() / 3;
    turned.rotate_left(middle);
    let backward = stored(on, &turned).await;
    for (said, listed, higher) in [forward, backward] {
        assert_eq!(said.len(), expected.len());
        let mut wrong = Vec::new();
        for (key, given) in &said {
            if expected.get(key) != Some(given) {
                wrong.push((key, given, expected.get(key)));
            }
        }
        assert!(wrong.is_empty(), "{} differ, first {:#?}", wrong.len(), wrong.first());
        println!("{} items, {} rank by an earlier, higher assessment: {higher:?}", said.len(), higher.len());
        for (desk, references) in &order {
            let received: BTreeMap<&String, _> =
                notices.iter().map(|notice| (&notice.reference, notice.submitted_at)).collect();
            let settled = |list: &[String]| -> Vec<_> {
                let stays = list.iter().filter(|reference| !higher.contains(reference));
                stays.map(|r| (said[&(r.clone(), *desk)].0, received[r])).collect()
            };
            assert_eq!(settled(references), settled(&listed[desk]), "{desk}");
        }
    }
}

/// Notices as a version before people kept them: a head and a body, and nothing beside.
pub(crate) async fn kept_before_people(bench: &Bench, notices: &[Value]) {
    let mut uow = bench.service.store().write().await.unwrap();
    for (n, notice) in (1_u128..).zip(notices) {
        let read = ppn_ingestion::read_notice(notice.to_string().as_bytes(), NOON).unwrap();
        let id = NoticeId::new(NOON, n << 64);
        let received = read.notice.received(NOON);
        let head = NoticeHead {
            id,
            source: read.notice.source.clone(),
            reference: read.notice.reference.clone(),
            kind: read.notice.kind,
            revision: 1,
            revisions: 1,
            version_at: received,
            received,
            arrived: NOON,
            restricted: ppn_domain::Restriction::NONE,
            submitted_by: "sam".to_owned(),
        };
        let first = NewRevision {
            notice_id: id,
            head: RevisionHead {
                revision: 1,
                content_hash: read.content_hash.0,
                version_at: received,
                arrived: NOON,
                submitted_by: "sam".to_owned(),
                findings: Vec::new(),
            },
            body: read.body,
        };
        uow.insert_notices(&[NewNotice { head, first }]).await.unwrap();
    }
    uow.save().await.unwrap();
}

async fn notices_of_an_earlier_version_are_linked_by_migration(on: Backend) {
    let bench = Bench::on(on).await;
    let by = supervisor();
    let earlier: Vec<Value> = [30, 20, 10]
        .iter()
        .map(|days| quarrel(&format!("E{days}"), *days, &victim("V"), &suspect("S")))
        .collect();
    kept_before_people(&bench, &earlier).await;
    let new = bench.submit(&by, &quarrel("A", 1, &victim("V"), &suspect("S"))).await;
    assert_eq!(band(&bench, "A").await, Band::Green);
    let mut after = None;
    assert_eq!(
        bench
            .service
            .link_earlier_notices(&ppn_service::operator("test", "migrate"), &mut after)
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        bench
            .service
            .link_earlier_notices(&ppn_service::operator("test", "migrate"), &mut after)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        bench
            .service
            .link_earlier_notices(&ppn_service::operator("test", "migrate"), &mut None)
            .await
            .unwrap(),
        0
    );
    let item = bench.service.item(&by, new.work_items[0].id).await.unwrap();
    assert!(fired(&item.latest.unwrap().assessment.reasons, "three_domestic_events"));
    assert_eq!(item.item.rank.band, Band::Amber);
}

async fn a_claim_offers_the_household_and_takes_it_when_asked(on: Backend) {
    let bench = Bench::on(on).await;
    let by = supervisor();
    let at_home = |id: &str| {
        json!({ "person_id": id, "roles": ["victim"],
        "address": { "lines": ["4 Mill Lane"], "postcode": "DE1 1AA", "kind": "home" } })
    };
    for (n, id) in ["V1", "V2", "V3"].into_iter().enumerate() {
        let days = i64::try_from(n).unwrap() + 1;
        bench.submit(&by, &quarrel(&format!("A{n}"), days, &at_home(id), &suspect(&format!("S{n}")))).await;
    }
    bench.submit(&by, &quarrel("B", 9, &victim("W"), &suspect("T"))).await;
    let claim = |bundle: bool| {
        let wish = ClaimNext { by: supervisor(), desk: Desk::DomesticAbuse, bundle, once: None };
        let service = bench.service.clone();
        async move { service.claim_next(vec![wish]).await.remove(0).unwrap().unwrap() }
    };
    let offered = claim(false).await;
    assert_eq!(offered.bundle.len(), 2);
    for id in &offered.bundle {
        assert!(matches!(bench.service.item(&by, *id).await.unwrap().item.state, State::Waiting));
    }
    let taken = claim(true).await;
    assert_eq!(taken.bundle.len(), 1);
    let along = bench.service.item(&by, taken.bundle[0]).await.unwrap().item;
    assert_eq!(along.state.claim().unwrap().holder, "sam");
    assert!(along.clocks.picked_up.met_at.is_some());
    assert_ne!(along.state.claim().unwrap().id, taken.view.item.state.claim().unwrap().id);
    // Only the one of another household is left.
    assert_eq!(claim(true).await.view.item.reference, "B");
}

/// Past two hundred items of one household the rest are put off, in amber, and assessed after.
async fn a_very_large_household_is_assessed_in_two_goes(on: Backend) {
    let bench = Bench::on(on).await;
    let by = supervisor();
    let minutes = |n: i64| (NOON - Span::minutes(n)).to_string();
    let slice: Vec<Submit> = (0..230_i64)
        .map(|n| {
            let mut notice = quarrel(&format!("Q{n}"), 0, &victim("V"), &suspect("S"));
            notice["submitted_at"] = json!(minutes(300 - n));
            // One event told again and again adds nothing to any band.
            notice["incident_reference"] = json!("0042-26");
            let read = ppn_ingestion::read_notice(notice.to_string().as_bytes(), NOON);
            let read = read.map_err(|refusal| ppn_service::Refused { refusal, content: Vec::new() });
            Submit { by: by.clone(), read, as_worked: false, once: None }
        })
        .collect();
    for some in slice.chunks(100) {
        bench.service.submit(some.to_vec()).await;
    }
    let mut last = quarrel("R", 0, &victim("V"), &suspect("S"));
    last["submitted_at"] = json!(minutes(0));
    bench.submit(&by, &last).await;
    let counts = bench.service.backlog(&by).await.unwrap().desks;
    let unassessed = |counts: &[ppn_service::DeskBacklog]| {
        counts.iter().flat_map(|d| &d.counts).map(|c| c.unassessed).sum::<u64>()
    };
    let put_off = unassessed(&counts);
    assert!(put_off > 0, "the rest is put off");
    while bench.service.assess_pending().await.unwrap() > 0 {}
    assert_eq!(unassessed(&bench.service.backlog(&by).await.unwrap().desks), 0);
    let all = items(&bench, Desk::DomesticAbuse).await;
    assert!(all.iter().all(|(item, _)| item.rank.band >= Band::Green));
}

/// A victim at an address.
fn living(id: &str, line: &str) -> Value {
    json!({ "person_id": id, "roles": ["victim"],
        "address": { "lines": [line], "postcode": "DE1 1AA", "kind": "home" } })
}

async fn a_home_left_behind_ties_and_bundles_nobody_with_its_next_tenants(backend: Backend) {
    let all: Vec<Value> = [
        ("A1", 60, "X", "4 Mill Lane"),
        ("A2", 50, "X", "9 Hill Road"),
        ("B1", 40, "Y", "4 Mill Lane"),
        ("C1", 35, "Z", "4 Mill Lane"),
        ("B2", 30, "Y", "4 Mill Lane"),
    ]
    .into_iter()
    .map(|(reference, days, who, line)| {
        quarrel(reference, days, &living(who, line), &suspect(&format!("S{who}")))
    })
    .collect();
    let notices: Vec<Notice> = all.iter().map(|n| serde_json::from_value(n.clone()).unwrap()).collect();
    let (expected, _) = ranked(&notices);
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 4, 0, 3, 2]] {
        let arriving: Vec<Notice> = order.iter().map(|at| notices[*at].clone()).collect();
        assert_eq!(stored(backend, &arriving).await.0, expected, "{order:?}");
    }
    let bench = Bench::on(backend).await;
    let by = supervisor();
    for notice in &all {
        bench.submit(&by, notice).await;
    }
    let list = items(&bench, Desk::DomesticAbuse).await;
    let named = |reference: &str| list.iter().find(|(item, _)| item.reference == reference).unwrap();
    let mut uow = bench.service.store().read().await.unwrap();
    let mut bundle = async |reference: &str| -> Vec<String> {
        let ids = uow.bundle(&named(reference).0, "ann", 20).await.unwrap();
        let of = |id| list.iter().find(|(item, _)| item.id == id).unwrap().0.reference.clone();
        let mut bundled: Vec<String> = ids.into_iter().map(of).collect();
        bundled.sort_unstable();
        bundled
    };
    assert_eq!(bundle("A1").await, ["A2"]);
    assert_eq!(bundle("B1").await, ["B2", "C1"]);
    let evidence = |reference: &str| -> Vec<String> {
        named(reference).1.iter().flat_map(|r| &r.evidence).filter_map(|e| e.reference.clone()).collect()
    };
    assert!(!evidence("B2").iter().any(|other| other.starts_with('A')), "{:?}", evidence("B2"));
    assert!(evidence("B2").contains(&"C1".to_owned()) && evidence("A2").contains(&"A1".to_owned()));
}

/// Regression: a revision that named somebody else in the same place inherited what was said of the
/// person who had stood there.
async fn what_was_said_of_a_person_is_not_said_of_whoever_takes_their_place_in_a_revision(backend: Backend) {
    let by = supervisor();
    let linked = async |bench: &Bench| {
        let one = bench.submit(&by, &quarrel("A", 10, &alike("Katherine"), &suspect("S1"))).await;
        let other = bench.submit(&by, &quarrel("B", 5, &alike("Kathryn"), &suspect("S2"))).await;
        let link = bench.service.person(&by, people_of(bench, other.id).await[0]).await.unwrap().links[0].id;
        bench.service.decide_link(&by, link, LinkVerdict::Confirm, "same passport", None).await.unwrap();
        (one.id, other.id)
    };
    let revise = async |bench: &Bench, persons: [Value; 2]| {
        let mut notice = quarrel("A", 10, &persons[0], &persons[1]);
        notice["amended_at"] = json!((NOON - Span::days(4)).to_string());
        bench.submit(&by, &notice).await;
    };
    let bench = Bench::on(backend).await;
    let (one, other) = linked(&bench).await;
    assert_eq!(people_of(&bench, one).await[0], people_of(&bench, other).await[0]);
    let stranger = json!({ "roles": ["victim"], "given_names": "Tobias", "family_name": "Fenwick",
        "date_of_birth": "1971-03-02" });
    revise(&bench, [stranger, suspect("S1")]).await;
    assert_ne!(people_of(&bench, one).await[0], people_of(&bench, other).await[0]);

    // Somebody who moved to another place in the notice, and to another address, keeps what was said.
    let bench = Bench::on(backend).await;
    let (one, other) = linked(&bench).await;
    let mut moved = alike("Katherine");
    moved["address"]["lines"] = json!(["77 Long Row"]);
    revise(&bench, [suspect("S1"), moved]).await;
    assert_eq!(people_of(&bench, one).await[1], people_of(&bench, other).await[0]);
}

/// Regression: a refusal covered the two mentions it was said of, and the next notice of the same person
/// asked again.
async fn a_refusal_speaks_of_two_people_until_there_is_something_new_to_go_by(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = supervisor();
    let mut first = alike("Katherine");
    first["phone"] = json!("07700 900123");
    bench.submit(&by, &quarrel("A", 10, &first, &suspect("S1"))).await;
    let other = bench.submit(&by, &quarrel("B", 5, &alike("Kathryn"), &suspect("S2"))).await;
    let link = bench.service.person(&by, people_of(&bench, other.id).await[0]).await.unwrap().links[0].id;
    bench.service.decide_link(&by, link, LinkVerdict::Refuse, "two towns", None).await.unwrap();
    let possibly = async |receipt: &Receipt| {
        let view = bench.service.item(&by, receipt.work_items[0].id).await.unwrap();
        fired(&view.latest.unwrap().assessment.reasons, "possibly_before")
    };
    let again = bench.submit(&by, &quarrel("C", 4, &alike("Kathryn"), &suspect("S3"))).await;
    assert_eq!(people_of(&bench, again.id).await[0], people_of(&bench, other.id).await[0]);
    assert!(!possibly(&again).await);
    let person = bench.service.person(&by, people_of(&bench, again.id).await[0]).await.unwrap();
    assert!(!person.links.is_empty() && person.links.iter().all(|link| link.decided.is_some()));

    bench.service.decide_link(&by, link, LinkVerdict::Undo, "said too soon", None).await.unwrap();
    assert!(possibly(&again).await);
    bench.service.decide_link(&by, link, LinkVerdict::Refuse, "two towns", None).await.unwrap();
    assert!(!possibly(&again).await);

    // The phone of the first is something new.
    let mut same_phone = alike("Kathryn");
    same_phone["phone"] = json!("07700 900123");
    let new = bench.submit(&by, &quarrel("D", 3, &same_phone, &suspect("S4"))).await;
    assert_eq!(people_of(&bench, new.id).await[0], people_of(&bench, other.id).await[0]);
    assert!(possibly(&new).await);
}

async fn a_person_says_whether_two_notices_tell_one_event(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = supervisor();
    let first = bench.submit(&by, &quarrel("A", 10, &victim("V"), &suspect("S"))).await;
    let mut told_again = quarrel("B", 10, &victim("V"), &suspect("S"));
    told_again["submitted_at"] = json!((NOON - Span::days(10) + Span::hours(2)).to_string());
    let again = bench.submit(&by, &told_again).await;
    let last = bench.submit(&by, &quarrel("C", 5, &victim("V"), &suspect("S"))).await;
    let elsewhere = bench.submit(&by, &quarrel("D", 10, &victim("W"), &suspect("T"))).await;
    let three = async |receipt: &Receipt| {
        let view = bench.service.item(&by, receipt.work_items[0].id).await.unwrap();
        (fired(&view.latest.unwrap().assessment.reasons, "three_domestic_events"), view.item)
    };
    assert!(three(&last).await.0);
    let mut before = Vec::new();
    for receipt in [&first, &again, &last] {
        before.push(three(receipt).await.1.rank);
    }
    let events = bench.service.events_of(&by, first.id).await.unwrap();
    assert_eq!(
        events.iter().map(|e| (e.notice_id, e.said.is_none())).collect::<Vec<_>>(),
        [(again.id, true)]
    );

    let say = |a, b, word| bench.service.say_of_event(&by, (a, b), word, "two officers, one call", None);
    let events = say(first.id, again.id, EventWord::One).await.unwrap();
    assert_eq!(events[0].said.as_ref().map(|said| (said.0, said.1.as_str())), Some((true, "sam")));
    for (receipt, before) in [&first, &again, &last].into_iter().zip(before) {
        let (counts_three, item) = three(receipt).await;
        assert!(!counts_three);
        // Nothing falls by itself.
        assert_eq!(item.rank, before);
        assert!(item.could_be.is_some_and(|could_be| could_be < before));
    }
    assert!(matches!(say(again.id, first.id, EventWord::One).await, Err(ServiceError::Invalid(_))));
    assert!(matches!(say(first.id, elsewhere.id, EventWord::One).await, Err(ServiceError::Invalid(_))));
    say(again.id, first.id, EventWord::Undo).await.unwrap();
    assert!(three(&last).await.0 && three(&last).await.1.could_be.is_none());

    // A person's word stands above a reference that two notices share.
    let mut shares = quarrel("E", 10, &victim("V"), &suspect("S"));
    shares["incident_reference"] = json!("0042-26");
    let mut also = quarrel("C", 5, &victim("V"), &suspect("S"));
    also["incident_reference"] = json!("0042-26");
    also["amended_at"] = json!((NOON - Span::days(4)).to_string());
    let fifth = bench.submit(&by, &shares).await;
    bench.submit(&by, &also).await;
    let count = async || {
        let view = bench.service.item(&by, last.work_items[0].id).await.unwrap();
        let reasons = view.latest.unwrap().assessment.reasons;
        reasons.into_iter().find(|r| r.rule == "pair_before").map(|r| r.evidence.len())
    };
    let as_one = count().await;
    say(last.id, fifth.id, EventWord::Two).await.unwrap();
    assert!(count().await > as_one, "{as_one:?}");
    let researcher = somebody("rita", &[UserRole::Auditor]);
    let refused =
        bench.service.say_of_event(&researcher, (first.id, again.id), EventWord::One, "x", None).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
}

ppn_tests::on_each_backend! {
    a_linked_notice_moves_the_waiting_ones_of_the_household_in_its_own_commit
    a_holder_keeps_the_claim_when_a_linked_notice_raises_the_item_and_a_done_item_stays
    two_at_the_same_moment_count_each_other
    many_submitted_in_one_slice_count_each_other
    a_possible_link_is_confirmed_and_undone_and_each_time_both_sides_are_assessed
    people_taken_for_one_by_the_program_are_parted_by_a_person
    a_revision_that_names_somebody_else_leaves_the_history_of_the_first
    the_store_says_what_rank_says_in_any_order_of_arrival
    notices_of_an_earlier_version_are_linked_by_migration
    a_claim_offers_the_household_and_takes_it_when_asked
    a_very_large_household_is_assessed_in_two_goes
    a_home_left_behind_ties_and_bundles_nobody_with_its_next_tenants
    what_was_said_of_a_person_is_not_said_of_whoever_takes_their_place_in_a_revision
    a_refusal_speaks_of_two_people_until_there_is_something_new_to_go_by
    a_person_says_whether_two_notices_tell_one_event
}
