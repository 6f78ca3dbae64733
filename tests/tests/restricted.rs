//! Restricted notices, people kept off, and what those alone see who work a notice.

use ppn_domain::notice::codes::RestrictionReason as R;
use ppn_domain::{
    Act, Band, Desk, NoticeId, Permission, Restriction, Span, State, StateName, UserId, UserRole, WorkItemId,
};
use ppn_service::{
    ClaimNext, Declared, GLASS_LASTS, ListRequest, NoticeFor, Principal, Receipt, ServiceError, operator,
};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Bench, NOON, Server, child_notice, named, somebody, supervisor};
use serde_json::{Value, json};

fn restricted(reference: &str, reasons: &[&str]) -> Value {
    let mut notice = child_notice(reference, &[]);
    notice["restricted"] = json!(reasons);
    notice
}

fn rae() -> Principal {
    somebody("rae", &[UserRole::Researcher])
}

fn listed_for(list: &[R], name: &str) -> Principal {
    Principal { lists: list.iter().copied().collect(), ..somebody(name, &[UserRole::Researcher]) }
}

async fn user(bench: &Bench, n: u128, name: &str, role: UserRole) {
    let mut uow = bench.service.store().write().await.unwrap();
    uow.user_named(name, UserId::new(NOON, n << 64), NOON).await.unwrap();
    let mut user = uow.user(name).await.unwrap().unwrap();
    user.roles = [role].into_iter().collect();
    uow.write_user(&user).await.unwrap();
    uow.save().await.unwrap();
}

async fn claim(bench: &Bench, by: &Principal) -> Option<WorkItemId> {
    let wish = ClaimNext { by: by.clone(), desk: Desk::Child, bundle: false, once: None };
    let claimed = bench.service.claim_next(vec![wish]).await.pop().unwrap().unwrap();
    claimed.map(|claimed| claimed.view.item.id)
}

async fn listed(bench: &Bench, by: &Principal) -> usize {
    let request = ListRequest {
        desk: Some(Desk::Child),
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue: false,
        after: None,
        limit: 200,
    };
    bench.service.list(by, &request).await.unwrap().lines.len()
}

async fn rows(bench: &Bench, act: Act) -> Vec<ppn_domain::AuditRow> {
    let mut uow = bench.service.store().read().await.unwrap();
    let query = LogQuery { limit: 1_000, ..LogQuery::default() };
    let rows = uow.read_log(&query).await.unwrap().into_iter().map(|(_, row)| row);
    rows.filter(|row| row.act == act).collect()
}

fn is_not_found<T>(answer: &Result<T, ServiceError>) -> bool {
    matches!(answer, Err(ServiceError::NotFound(_)))
}

async fn a_restricted_item_opens_for_those_whom_the_list_of_every_reason_names(on: Backend) {
    let bench = Bench::on(on).await;
    let receipt = bench.submit(&rae(), &restricted("A", &["staff_relative", "honour_based_abuse"])).await;
    let id = receipt.work_items[0].id;
    assert!(receipt.work_items[0].rank.is_none(), "whoever submits it learns nothing of its place");
    for (who, opens) in [
        (rae(), false),
        (supervisor(), false),
        (operator("test", "x"), false),
        (listed_for(&[R::StaffRelative], "ann"), false),
        (listed_for(&[R::StaffRelative, R::HonourBasedAbuse], "ben"), true),
    ] {
        assert_eq!(bench.service.item(&who, id).await.is_ok(), opens, "{}", who.name);
        assert_eq!(bench.service.notice(&who, receipt.id).await.is_ok(), opens, "{}", who.name);
        assert_eq!(listed(&bench, &who).await, usize::from(opens), "{}", who.name);
        if !opens {
            assert!(is_not_found(&bench.service.claim_named(&who, id, None).await));
            assert_eq!(claim(&bench, &who).await, None, "{}", who.name);
        }
    }
    // An administrator who stands on a list opens nothing: the role does not.
    let admin = Principal { lists: Restriction::ALL, ..somebody("max", &[UserRole::Administrator]) };
    assert!(bench.service.notice(&admin, receipt.id).await.is_err());
    assert_eq!(claim(&bench, &listed_for(&[R::StaffRelative, R::HonourBasedAbuse], "ben")).await, Some(id));
    let counts = bench.service.backlog_now().await.unwrap();
    let child = counts.desks.iter().find(|of| of.desk == Desk::Child).unwrap();
    assert_eq!(child.counts.iter().map(|of| of.items).sum::<u64>(), 1, "it counts in the totals of its desk");
}

async fn staff_restrict_and_the_list_alone_lifts(on: Backend) {
    let bench = Bench::on(on).await;
    let receipt = bench.submit(&rae(), &child_notice("A", &[])).await;
    let item = receipt.work_items[0].id;
    let service = &bench.service;
    service.claim_named(&rae(), item, None).await.unwrap();
    let blank = service.restrict(&rae(), receipt.id, R::StaffRelative, " ", None).await;
    assert!(matches!(blank, Err(ServiceError::Invalid(_))));
    service.restrict(&rae(), receipt.id, R::StaffRelative, "Her brother works here.", None).await.unwrap();
    assert!(is_not_found(&service.item(&rae(), item).await), "who restricted it is not named");
    let mary = listed_for(&[R::StaffRelative], "mary");
    assert_eq!(service.item(&mary, item).await.unwrap().item.state, State::Waiting, "the claim ended");
    let again = service.restrict(&mary, receipt.id, R::StaffRelative, "x", None).await;
    assert!(matches!(again, Err(ServiceError::Invalid(_))));

    assert!(is_not_found(
        &service.lift_restriction(&supervisor(), receipt.id, R::StaffRelative, "x", None).await
    ));
    // Somebody for whom the glass was broken sees it, and still may not lift.
    service.break_glass(&supervisor(), item, "Nobody answers.", None).await.unwrap();
    let lifted = service.lift_restriction(&supervisor(), receipt.id, R::StaffRelative, "x", None).await;
    assert!(matches!(lifted, Err(ServiceError::NotOnTheList)));
    service.lift_restriction(&mary, receipt.id, R::StaffRelative, "He left.", None).await.unwrap();
    assert!(service.item(&rae(), item).await.is_ok());
    let lifted = rows(&bench, Act::RestrictionLifted).await;
    assert_eq!((lifted.len(), lifted[0].who.as_str(), lifted[0].notice_id), (1, "mary", Some(receipt.id)));
    assert_eq!(lifted[0].why.as_ref().unwrap().text, "He left.");
}

async fn the_glass_is_broken_with_a_reason_for_a_time_and_the_list_is_told(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    user(&bench, 1, "mary", UserRole::Researcher).await;
    service.put_on_list(&operator("test", "x"), R::StaffRelative, "mary", false).await.unwrap();
    let receipt = bench.submit(&rae(), &restricted("A", &["staff_relative"])).await;
    let item = receipt.work_items[0].id;
    let sam = supervisor();

    let seen = service.restricted(&sam).await.unwrap();
    assert_eq!(seen.items.len(), 1);
    let line = &seen.items[0];
    assert_eq!((line.id, line.desk, line.ask.as_slice()), (item, Desk::Child, &["mary".to_owned()][..]));
    assert!(!line.unattended && seen.opened.is_empty());
    assert!(service.restricted(&rae()).await.is_err());

    assert!(service.break_glass(&rae(), item, "x", None).await.is_err());
    assert!(matches!(service.break_glass(&sam, item, "", None).await, Err(ServiceError::Invalid(_))));
    service.break_glass(&sam, item, "Nobody on the list answers.", None).await.unwrap();
    assert!(service.item(&sam, item).await.is_ok());
    assert_eq!(listed(&bench, &sam).await, 1);
    assert!(
        is_not_found(&service.item(&somebody("sue", &[UserRole::Supervisor]), item).await),
        "for them alone"
    );
    assert!(service.restricted(&sam).await.unwrap().items.is_empty());

    let told = rows(&bench, Act::GlassBroken).await;
    assert_eq!((told.len(), told[0].recipient.as_deref()), (1, Some("mary")));
    assert_eq!(told[0].why.as_ref().unwrap().text, "Nobody on the list answers.");
    let opened = service.restricted(&listed_for(&[R::StaffRelative], "mary")).await.unwrap().opened;
    assert_eq!((opened.len(), opened[0].by.as_str(), opened[0].notice_id), (1, "sam", receipt.id));

    bench.clock.set(NOON + GLASS_LASTS);
    assert!(is_not_found(&service.item(&sam, item).await), "it closes again");
}

async fn a_list_is_never_left_empty_and_one_of_it_is_on_call(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let by = operator("test", "restricted");
    user(&bench, 1, "mary", UserRole::Researcher).await;
    user(&bench, 2, "ann", UserRole::Reviewer).await;
    user(&bench, 3, "max", UserRole::Administrator).await;
    let add = |name, on_call| service.put_on_list(&by, R::Other, name, on_call);
    assert!(is_not_found(&add("nobody", false).await));
    assert!(matches!(add("max", false).await, Err(ServiceError::Invalid(_))), "a role that opens nothing");
    add("mary", false).await.unwrap();
    assert!(service.restriction_lists(&by).await.unwrap()[0].on_call, "the first of a list");
    let off = |name| service.take_off_list(&by, R::Other, name);
    assert!(matches!(off("mary").await, Err(ServiceError::Invalid(_))), "the last of a list stays");
    add("ann", true).await.unwrap();
    off("mary").await.unwrap();
    assert!(is_not_found(&off("mary").await));
    assert!(matches!(off("ann").await, Err(ServiceError::Invalid(_))));
    let own = Principal { name: "ann".to_owned(), ..by.clone() };
    assert!(matches!(
        service.put_on_list(&own, R::StaffRelative, "ann", false).await,
        Err(ServiceError::OwnAccount)
    ));
    assert_eq!(rows(&bench, Act::RestrictionListChanged).await.len(), 3);
    let refused = service.put_on_list(&supervisor(), R::Other, "mary", false).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(Permission::ManageLists))));
}

async fn an_item_that_presses_while_nobody_is_named_alarms(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    bench.submit(&rae(), &restricted("A", &["other"])).await;
    let item = service.restricted(&supervisor()).await.unwrap().items[0].clone();
    assert!(item.unattended && item.ask.is_empty() && item.band < Band::Red);
    assert_eq!(service.restricted_unattended().await.unwrap(), 0, "not yet past half its limit");
    bench.clock.set(item.due - Span::minutes(1));
    assert_eq!(service.restricted_unattended().await.unwrap(), 1);
    user(&bench, 1, "mary", UserRole::Researcher).await;
    service.put_on_list(&operator("test", "x"), R::Other, "mary", false).await.unwrap();
    assert_eq!(service.restricted_unattended().await.unwrap(), 0);
    service.disable_user(&operator("test", "x"), "mary", "Left.").await.unwrap();
    assert_eq!(service.restricted_unattended().await.unwrap(), 1, "a disabled person opens nothing");
}

async fn a_restricted_record_counts_as_history_and_says_whom_to_ask(on: Backend) {
    let bench = Bench::on(on).await;
    user(&bench, 1, "mary", UserRole::Reviewer).await;
    bench.service.put_on_list(&operator("test", "x"), R::StaffRelative, "mary", false).await.unwrap();
    let pair = |reference: &str, days: i64, restricted: &[&str]| {
        json!({
            "source": "niche", "reference": reference, "kind": "domestic_abuse", "restricted": restricted,
            "submitted_at": (NOON - Span::days(days)).to_string(), "circumstances": "They argued.",
            "persons": [
                { "key": "v", "roles": ["victim"], "person_id": "V", "estimated_age": 30 },
                { "key": "s", "roles": ["suspect"], "person_id": "S", "estimated_age": 31 }
            ]
        })
    };
    bench.submit(&supervisor(), &pair("SECRET-1", 10, &["staff_relative"])).await;
    let receipt = bench.submit(&supervisor(), &pair("B", 1, &[])).await;
    let view = bench.service.item(&supervisor(), receipt.work_items[0].id).await.unwrap();
    let shown = serde_json::to_string(&view).unwrap();
    assert!(shown.contains("a restricted record: ask mary"), "{shown}");
    assert!(!shown.contains("SECRET-1"), "{shown}");
}

#[tokio::test]
async fn a_change_of_a_list_holds_at_once_for_tokens_in_use() {
    let server = Server::start().await;
    let rae = server.token("rae", UserRole::Researcher).await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let (_, receipt) = server.post("/api/v1/notices", &sam, &restricted("A", &["other"])).await;
    let path = format!("/api/v1/notices/{}", receipt["id"].as_str().unwrap());
    assert_eq!(server.get(&path, &rae).await.0, 404);
    let by = operator("test", "x");
    for name in ["sam", "rae"] {
        server.service.put_on_list(&by, R::Other, name, false).await.unwrap();
    }
    assert_eq!(server.get(&path, &rae).await.0, 200);
    server.service.take_off_list(&by, R::Other, "rae").await.unwrap();
    assert_eq!(server.get(&path, &rae).await.0, 404);
}

async fn whoever_knows_the_people_passes_their_item_on(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let first = bench.submit(&rae(), &child_notice("A", &["missing_now"])).await;
    let second = bench.submit(&rae(), &child_notice("B", &[])).await;
    let id = first.work_items[0].id;
    assert_eq!(claim(&bench, &rae()).await, Some(id));
    service.know_these_people(&rae(), id, None).await.unwrap();
    assert!(is_not_found(&service.item(&rae(), id).await));
    assert!(is_not_found(&service.notice(&rae(), first.id).await));
    assert_eq!(listed(&bench, &rae()).await, 1);
    assert_eq!(claim(&bench, &rae()).await, Some(second.work_items[0].id), "the next one is theirs");
    let ben = somebody("ben", &[UserRole::Researcher]);
    let assigned = service.assign(&supervisor(), id, "rae", "She is free.", None).await;
    assert!(matches!(assigned, Err(ServiceError::Invalid(_))));
    assert_eq!(claim(&bench, &ben).await, Some(id), "and it goes to the next person");
    let row = &rows(&bench, Act::KnowsThesePeople).await[0];
    assert_eq!((row.who.as_str(), row.work_item_id), ("rae", Some(id)));
}

fn about(reference: &str, given: &str, line: &str) -> Value {
    let mut notice = child_notice(reference, &[]);
    notice["persons"] = json!([{
        "key": "child", "roles": ["subject"], "given_names": given, "family_name": "Ashdown",
        "date_of_birth": if given == "Rose" { "2015-03-14" } else { "1979-11-02" }, "address": { "lines": [line], "postcode": "DE1 1AA" }
    }]);
    notice
}

fn declared(given: &str, line: &str) -> Declared {
    Declared {
        given_names: Some(given.to_owned()),
        family_name: Some("Ashdown".to_owned()),
        date_of_birth: "2015-03-14".parse().ok(),
        phone: None,
        address_lines: if line.is_empty() { Vec::new() } else { vec![line.to_owned()] },
        postcode: (!line.is_empty()).then(|| "DE1 1AA".to_owned()),
    }
}

/// What names somebody declared, or is of their home, whenever it comes.
async fn nobody_works_a_notice_about_themselves_or_theirs(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let by_name = bench.submit(&supervisor(), &about("A", "Rose", "9 Elm Road")).await;
    let neighbour = bench.submit(&supervisor(), &about("B", "Clive", "9 Elm Road")).await;
    let claimed = service.claim_named(&rae(), by_name.work_items[0].id, None).await.unwrap();
    assert_eq!(claimed.view.item.state.claim().unwrap().holder, "rae");
    service.declare_people(&rae(), &[declared("Rose", "1 Mill Lane")]).await.unwrap();
    let gone = |receipt: &Receipt| {
        let (service, id) = (bench.service.clone(), receipt.work_items[0].id);
        async move { is_not_found(&service.item(&rae(), id).await) }
    };
    assert!(gone(&by_name).await, "kept before the declaration");
    let item = service.item(&supervisor(), by_name.work_items[0].id).await.unwrap().item;
    assert_eq!(item.state, State::Waiting, "what she held goes back");
    assert!(!gone(&neighbour).await, "somebody else of that name at another place");

    let later = bench.submit(&supervisor(), &about("C", "Rose", "3 Oak Way")).await;
    let home = bench.submit(&supervisor(), &about("D", "Clive", "1 Mill Lane")).await;
    assert!(gone(&later).await && gone(&home).await, "what comes later");
    let ben = somebody("ben", &[UserRole::Researcher]);
    for receipt in [&by_name, &later, &home] {
        assert!(service.item(&ben, receipt.work_items[0].id).await.is_ok(), "nobody else is kept off");
    }
    // A revision that begins to name her takes the item from her.
    let plain = bench.submit(&supervisor(), &about("E", "Clive", "8 Ash Hill")).await;
    service.claim_named(&rae(), plain.work_items[0].id, None).await.unwrap();
    let mut revised = about("E", "Rose", "8 Ash Hill");
    revised["amended_at"] = json!(NOON.to_string());
    bench.submit(&supervisor(), &revised).await;
    assert!(gone(&plain).await);
    service.declare_people(&rae(), &[]).await.unwrap();
    assert!(gone(&later).await, "taking a declaration back opens nothing");

    let row = &rows(&bench, Act::PeopleDeclared).await[0];
    assert!(!serde_json::to_string(row).unwrap().contains("Ashdown"));
    let many = vec![declared("Rose", ""); ppn_service::MOST_DECLARED + 1];
    assert!(matches!(service.declare_people(&rae(), &many).await, Err(ServiceError::Invalid(_))));
}

/// Words planted in a notice about somebody who fled, none of which may reach anybody but who works it.
const PLANTED: [&str; 7] =
    ["rowanfold", "de99 9zz", "07700 900123", "hazelmere", "quistgard", "nonbinaryword", "marshwiggle"];

fn planted(reference: &str) -> Value {
    json!({
        "source": "niche", "reference": reference, "kind": "domestic_abuse",
        "submitted_at": (NOON - Span::days(2)).to_string(),
        "circumstances": "He put his hands round her neck at 12 Rowanfold House. She rang from 07700 900123. \
            Joan Marshwiggle told us.",
        "location": { "lines": ["12 Rowanfold House"], "postcode": "DE99 9ZZ", "kind": "refuge" },
        "persons": [
            { "key": "v", "roles": ["victim"], "person_id": "V", "given_names": "Ada", "family_name": "Reed",
              "former_names": ["Adam Quistgard"], "gender_identity": "nonbinaryword",
              "date_of_birth": "1988-07-19", "phone": "07700 900123", "school": "Hazelmere College",
              "address": { "lines": ["12 Rowanfold House"], "postcode": "DE99 9ZZ", "protected": true,
                "kind": "refuge" } },
            { "key": "s", "roles": ["suspect"], "person_id": "S", "estimated_age": 40 },
            { "key": "r", "roles": ["informant"], "given_names": "Joan", "family_name": "Marshwiggle",
              "identity_withheld": true }
        ]
    })
}

fn other_of_the_pair(reference: &str) -> Value {
    json!({
        "source": "niche", "reference": reference, "kind": "domestic_abuse",
        "submitted_at": (NOON - Span::days(1)).to_string(), "circumstances": "They argued in the street.",
        "persons": [
            { "key": "v", "roles": ["victim"], "person_id": "V", "given_names": "Ada", "family_name": "Reed",
              "date_of_birth": "1988-07-19" },
            { "key": "s", "roles": ["suspect"], "person_id": "S", "estimated_age": 40 }
        ]
    })
}

fn planted_in(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    PLANTED.into_iter().filter(|word| text.contains(word)).collect()
}

#[tokio::test]
async fn a_refuge_address_reaches_nobody_but_who_works_its_notice() {
    let server = Server::start().await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let ann = server.token("ann", UserRole::Reviewer).await;
    let ben = server.token("ben", UserRole::Reviewer).await;
    let feed = server.token("feed", UserRole::Source).await;
    let (status, receipt) = server.post("/api/v1/notices", &feed, &planted("A")).await;
    assert_eq!(status, 201);
    let (_, other) = server.post("/api/v1/notices", &feed, &other_of_the_pair("B")).await;
    let da = |receipt: &Value| {
        let items = receipt["work_items"].as_array().unwrap();
        items.iter().find(|item| item["desk"] == "domestic_abuse").unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (own, others) = (da(&receipt), da(&other));
    let notice = |receipt: &Value| format!("/api/v1/notices/{}", receipt["id"].as_str().unwrap());
    let item = |id: &str| format!("/api/v1/work-items/{id}");

    // Who works it sees all of it.
    let (status, _) = server.send("POST", &format!("{}/claim", item(&own)), &ann, None).await;
    assert_eq!(status, 201);
    let (_, whole) = server.get(&notice(&receipt), &ann).await;
    assert_eq!(planted_in(&whole["notice"].to_string()).len(), PLANTED.len(), "{whole}");

    // Ben works the other notice of the same two people.
    let mut seen: Vec<(String, String)> = Vec::new();
    let (status, claimed) = server.send("POST", &format!("{}/claim", item(&others)), &ben, None).await;
    assert_eq!(status, 201);
    seen.push(("claim".to_owned(), claimed.to_string()));
    let (_, shown) = server.get(&notice(&receipt), &ben).await;
    let people: Vec<String> =
        shown["people"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    assert_eq!(people.len(), 3);
    let mut paths = vec![
        notice(&receipt),
        notice(&other),
        item(&own),
        item(&others),
        "/api/v1/backlog".to_owned(),
        "/api/v1/unreadable".to_owned(),
        "/api/v1/restricted".to_owned(),
    ];
    for state in ["waiting", "claimed", "held", "pending", "done"] {
        paths.push(format!("/api/v1/work-items?state={state}"));
    }
    paths.extend(people.iter().map(|id| format!("/api/v1/persons/{id}")));
    for token in [&ben, &sam] {
        for path in &paths {
            seen.push((path.clone(), server.get(path, token).await.1.to_string()));
        }
    }
    for act in ["reassess", "assign"] {
        let body = json!({ "to": "ben", "reason": "Take it." });
        let body = (act == "assign").then_some(&body);
        let (_, shown) = server.send("POST", &format!("{}/{act}", item(&others)), &sam, body).await;
        seen.push((act.to_owned(), shown.to_string()));
    }
    // What is refused repeats nothing.
    let mut bad = planted("C");
    bad["persons"][0]["address"]["kind"] = json!("12 Rowanfold House");
    bad["persons"][0]["school"] = json!(7);
    let (status, refused) = server.post("/api/v1/notices", &feed, &bad).await;
    assert_eq!(status, 422);
    seen.push(("refusal".to_owned(), refused.to_string()));
    seen.push(("receipt".to_owned(), receipt.to_string()));
    // Nor does the log.
    let mut uow = server.service.store().read().await.unwrap();
    for (_, row) in uow.read_log(&LogQuery { limit: 1_000, ..LogQuery::default() }).await.unwrap() {
        seen.push((row.act.code().to_owned(), serde_json::to_string(&row).unwrap()));
    }
    for (place, text) in &seen {
        assert_eq!(planted_in(text), [""; 0], "{place}: {text}");
    }
    println!("{} places looked at for {} planted words", seen.len(), PLANTED.len());
}

async fn a_claim_that_ended_shows_no_more_than_before(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let ann = somebody("ann", &[UserRole::Reviewer]);
    let receipt = bench.submit(&supervisor(), &planted("A")).await;
    let id = receipt.work_items.iter().find(|item| item.desk == Desk::DomesticAbuse).unwrap().id;
    let content = |by: Principal, id: NoticeId| async move {
        let NoticeFor::Staff(view) = service.notice(&by, id).await.unwrap() else { panic!() };
        serde_json::to_string(&view.notice).unwrap()
    };
    assert!(planted_in(&content(ann.clone(), receipt.id).await).is_empty());
    let claimed = service.claim_named(&ann, id, None).await.unwrap();
    assert_eq!(planted_in(&content(ann.clone(), receipt.id).await).len(), PLANTED.len());
    assert!(planted_in(&content(named("mary", &[UserRole::Supervisor]), receipt.id).await).is_empty());
    bench.clock.set(claimed.view.item.state.claim().unwrap().expires_at);
    assert!(planted_in(&content(ann, receipt.id).await).is_empty(), "the lease ended");
}

ppn_tests::on_each_backend! {
    a_restricted_item_opens_for_those_whom_the_list_of_every_reason_names
    staff_restrict_and_the_list_alone_lifts
    the_glass_is_broken_with_a_reason_for_a_time_and_the_list_is_told
    a_list_is_never_left_empty_and_one_of_it_is_on_call
    an_item_that_presses_while_nobody_is_named_alarms
    a_restricted_record_counts_as_history_and_says_whom_to_ask
    whoever_knows_the_people_passes_their_item_on
    nobody_works_a_notice_about_themselves_or_theirs
    a_claim_that_ended_shows_no_more_than_before
}
