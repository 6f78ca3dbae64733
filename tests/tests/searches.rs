//! Search, by the API and on the pages: who is found, by what nobody is, and that nothing asked for is kept.

use ppn_domain::{Act, UserRole};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Server};
use serde_json::{Value, json};

use crate::pages::Visitor;

fn notice(source: &str, reference: &str, persons: &Value) -> Value {
    json!({ "source": source, "reference": reference, "kind": "domestic_abuse", "officer_grade": "medium",
        "submitted_at": "2026-05-20T11:00:00Z", "circumstances": "A quarrel.", "persons": persons })
}

fn ada() -> Value {
    json!({ "key": "v", "roles": ["victim"], "person_id": "N-ADA", "given_names": "Ada", "family_name": "Quill",
        "date_of_birth": "1988-03-12", "phone": "07700 900123",
        "address": { "lines": ["4 Larch Lane", "Derby"], "postcode": "DE1 3AB", "kind": "home" } })
}

fn tom(roles: &[&str]) -> Value {
    json!({ "key": "s", "roles": roles, "person_id": "N-TOM", "given_names": "Tom", "family_name": "Varley",
        "date_of_birth": "1986-11-02" })
}

struct Desk {
    server: Server,
    feed: String,
    rita: String,
}

impl Desk {
    async fn new(on: Backend) -> Self {
        let server = Server::on(on).await;
        let feed = server.token("niche-feed", UserRole::Source).await;
        let rita = server.token("rita", UserRole::Reviewer).await;
        Self { server, feed, rita }
    }

    async fn keep(&self, notice: &Value) {
        let (status, answer) = self.server.post("/api/v1/notices", &self.feed, notice).await;
        assert_eq!(status, 201, "{answer}");
    }

    async fn search(&self, wish: &Value) -> Value {
        let (status, found) = self.server.post("/api/v1/searches", &self.rita, wish).await;
        assert_eq!(status, 200, "{found}");
        found
    }

    /// References of the notices in which somebody is found.
    async fn found(&self, wish: Value) -> Vec<String> {
        let found = self.search(&wish).await;
        let people = found["people"].as_array().unwrap().iter();
        people.map(|of| of["notice"]["reference"].as_str().unwrap().to_owned()).collect()
    }
}

/// Letter for letter, at every source.
async fn notices_are_found_by_their_reference(on: Backend) {
    let desk = Desk::new(on).await;
    desk.keep(&notice("niche", "PPN-1", &json!([ada()]))).await;
    desk.keep(&notice("compact", "PPN-1", &json!([tom(&["suspect"])]))).await;
    desk.keep(&notice("niche", "PPN-2", &json!([ada()]))).await;
    let found = desk.search(&json!({ "reference": " PPN-1 " })).await;
    let mut sources: Vec<&str> =
        found["notices"].as_array().unwrap().iter().map(|of| of["source"].as_str().unwrap()).collect();
    sources.sort_unstable();
    assert_eq!(sources, ["compact", "niche"]);
    assert_eq!(found["notices"][0]["work_item"]["desk"], "domestic_abuse");
    assert_eq!(desk.search(&json!({ "reference": "ppn-1" })).await["notices"], json!([]));
    // With a person it narrows them.
    let both =
        json!({ "reference": "PPN-2", "given_names": "Ada", "family_name": "Quill", "year_of_birth": 1988 });
    assert_eq!(desk.found(both).await, ["PPN-2"]);
}

/// By name and birth or postcode, by phone, by address; whatever else is given narrows.
async fn people_are_found_by_what_a_notice_says_of_them(on: Backend) {
    let desk = Desk::new(on).await;
    desk.keep(&notice("niche", "PPN-1", &json!([ada(), tom(&["suspect"])]))).await;
    let name = |more: Value| {
        let mut wish = json!({ "given_names": "Ada", "family_name": "Quill" });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wish
    };
    for wish in [
        name(json!({ "date_of_birth": "1988-03-12" })),
        name(json!({ "year_of_birth": 1987 })),
        name(json!({ "year_of_birth": 1988.0 })),
        name(json!({ "postcode": "de13ab" })),
        json!({ "given_names": "quill", "family_name": "ADA", "year_of_birth": 1988 }),
        json!({ "phone": "+44 7700 900123" }),
        json!({ "address_line": "4 larch lane", "postcode": "DE1 3AB" }),
        name(json!({ "phone": "07700900123" })),
        name(json!({ "address_line": "4 Larch Lane", "postcode": "DE1 3AB" })),
    ] {
        assert_eq!(desk.found(wish.clone()).await, ["PPN-1"], "{wish}");
    }
    for wish in [
        name(json!({ "date_of_birth": "1988-03-13" })),
        name(json!({ "year_of_birth": 1985 })),
        name(json!({ "postcode": "DE9 9ZZ" })),
        json!({ "given_names": "Tom", "family_name": "Varley", "phone": "07700900123" }),
        json!({ "address_line": "5 Larch Lane", "postcode": "DE1 3AB" }),
    ] {
        assert_eq!(desk.found(wish.clone()).await, [""; 0], "{wish}");
    }
    let person = desk.search(&json!({ "phone": "07700 900123" })).await["people"][0].clone();
    assert_eq!((&person["name"], &person["address"]), (&json!("Ada Quill"), &json!("4 Larch Lane, DE1 3AB")));
    assert_eq!((&person["roles"], &person["date_of_birth"]), (&json!(["victim"]), &json!("1988-03-12")));
}

/// What is hidden from the caller finds nobody for them, and does for whoever works the notice.
async fn nobody_is_found_by_what_the_caller_may_not_see(on: Backend) {
    let desk = Desk::new(on).await;
    let mut hidden = ada();
    hidden["former_names"] = json!(["Adam Quist"]);
    hidden["address"]["protected"] = json!(true);
    let reporter = json!({ "key": "r", "roles": ["witness"], "identity_withheld": true, "given_names": "Joan",
        "family_name": "Marsh", "date_of_birth": "1970-02-03", "phone": "07700 900777" });
    desk.keep(&notice("niche", "PPN-1", &json!([hidden, reporter]))).await;
    let by_what_is_hidden = [
        json!({ "given_names": "Adam", "family_name": "Quist", "date_of_birth": "1988-03-12" }),
        json!({ "address_line": "4 Larch Lane", "postcode": "DE1 3AB" }),
        json!({ "given_names": "Ada", "family_name": "Quill", "postcode": "DE1 3AB" }),
        json!({ "phone": "07700 900123" }),
        json!({ "phone": "07700 900777" }),
        json!({ "given_names": "Joan", "family_name": "Marsh", "date_of_birth": "1970-02-03" }),
    ];
    for wish in &by_what_is_hidden {
        assert_eq!(desk.found(wish.clone()).await, [""; 0], "{wish}");
    }
    let by_name = json!({ "given_names": "Ada", "family_name": "Quill", "date_of_birth": "1988-03-12" });
    let found = desk.search(&by_name).await;
    assert_eq!(found["people"][0]["name"], "Ada Quill");
    assert_eq!(found["people"][0].get("address"), None, "and their address is not shown");

    let (status, _) = desk.server.send("POST", "/api/v1/desks/domestic_abuse/claims", &desk.rita, None).await;
    assert_eq!(status, 201);
    for wish in &by_what_is_hidden {
        assert_eq!(desk.found(wish.clone()).await, ["PPN-1"], "{wish}");
    }
}

/// A person over every notice: an old name stands beside the new one for nobody, who asked not to be named has
/// no part there, and a link to a notice that the caller may not open is not told of.
async fn a_person_over_every_notice_gives_nobody_away(on: Backend) {
    let desk = Desk::new(on).await;
    let mut before = ada();
    before["given_names"] = json!("Adam");
    before["family_name"] = json!("Quist");
    let mut after = ada();
    after["former_names"] = json!(["Adam Quist"]);
    let mut withheld = ada();
    withheld["roles"] = json!(["witness"]);
    withheld["identity_withheld"] = json!(true);
    desk.keep(&notice("niche", "PPN-1", &json!([before]))).await;
    desk.keep(&notice("niche", "PPN-2", &json!([after]))).await;
    desk.keep(&notice("niche", "PPN-3", &json!([withheld]))).await;
    let mut closed = ada();
    for left_out in ["person_id", "phone"] {
        closed.as_object_mut().unwrap().remove(left_out);
    }
    closed["address"] = json!({ "lines": ["9 Elm Row"], "postcode": "DE1 3AB", "kind": "home" });
    let mut closed = notice("niche", "PPN-4", &json!([closed]));
    closed["restricted"] = json!(["staff_relative"]);
    desk.keep(&closed).await;

    let by_name = json!({ "given_names": "Ada", "family_name": "Quill", "date_of_birth": "1988-03-12" });
    let id = desk.search(&by_name).await["people"][0]["person_id"].as_str().unwrap().to_owned();
    let mut uow = desk.server.service.store().read().await.unwrap();
    let mentions = uow.mentions_of_people(&[id.parse().unwrap()], 10).await.unwrap();
    let ids: Vec<_> = mentions.iter().map(|mention| mention.id).collect();
    assert_eq!(
        (mentions.len(), uow.links_of(&ids).await.unwrap().len()),
        (3, 2),
        "two may be whom PPN-4 names"
    );
    drop(uow);
    let (status, person) = desk.server.get(&format!("/api/v1/persons/{id}"), &desk.rita).await;
    assert_eq!(status, 200);
    let told = person.to_string();
    for word in ["Quist", "PPN-3", "PPN-4"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
    assert!(told.contains("Ada Quill") && told.contains("PPN-1"), "{told}");
    assert_eq!(person["links"].as_array().map(Vec::len), Some(0), "{told}");
}

/// Restricted notices are found by whom their lists name.
async fn what_is_restricted_is_found_by_its_list_alone(on: Backend) {
    let desk = Desk::new(on).await;
    let mut kept = notice("niche", "PPN-1", &json!([ada()]));
    kept["restricted"] = json!(["honour_based_abuse"]);
    desk.keep(&kept).await;
    let by_name = json!({ "given_names": "Ada", "family_name": "Quill", "year_of_birth": 1988 });
    assert_eq!(desk.found(by_name.clone()).await, [""; 0]);
    assert_eq!(desk.search(&json!({ "reference": "PPN-1" })).await["notices"], json!([]));
    let lena = desk.server.token("lena", UserRole::Reviewer).await;
    let mut uow = desk.server.service.store().write().await.unwrap();
    let reason = ppn_domain::notice::codes::RestrictionReason::HonourBasedAbuse;
    uow.put_on_list(reason, "lena", false).await.unwrap();
    uow.save().await.unwrap();
    let (_, found) = desk.server.post("/api/v1/searches", &lena, &by_name).await;
    assert_eq!(found["people"][0]["notice"]["reference"], "PPN-1");
}

/// Too little to search by is refused with the field to mend.
async fn too_little_to_search_by_is_refused(on: Backend) {
    let desk = Desk::new(on).await;
    for (wish, path) in [
        (json!({}), "/reference"),
        (json!({ "reference": "  " }), "/reference"),
        (json!({ "given_names": "Ada", "family_name": "Quill" }), "/date_of_birth"),
        (json!({ "family_name": "Quill", "year_of_birth": 1988 }), "/family_name"),
        (json!({ "year_of_birth": 1988 }), "/given_names"),
        (
            json!({ "given_names": "Ada", "family_name": "Quill", "year_of_birth": 2_147_483_647 }),
            "/year_of_birth",
        ),
        (json!({ "address_line": "4 Larch Lane" }), "/postcode"),
        (json!({ "phone": "12" }), "/phone"),
        (json!({ "reference": "x".repeat(201) }), "/reference"),
    ] {
        let (status, problem) = desk.server.post("/api/v1/searches", &desk.rita, &wish).await;
        assert_eq!((status, &problem["errors"][0]["path"]), (422, &json!(path)), "{wish}: {problem}");
    }
}

/// More than is shown is said to be there.
async fn more_than_is_shown_is_said(on: Backend) {
    let desk = Desk::new(on).await;
    for n in 0..=ppn_service::MOST_FOUND {
        let mut person = ada();
        person["person_id"] = json!(format!("N-{n}"));
        desk.keep(&notice("niche", &format!("PPN-{n}"), &json!([person]))).await;
    }
    let found = desk.search(&json!({ "phone": "07700 900123" })).await;
    assert_eq!(found["people"].as_array().unwrap().len(), ppn_service::MOST_FOUND);
    assert_eq!(found["more"], true);
}

/// The form leads to an address of identifiers that is the session's own, and nothing asked for is kept.
async fn a_search_on_the_pages_is_of_its_session_and_keeps_nothing_asked_for(on: Backend) {
    let desk = Desk::new(on).await;
    desk.keep(&notice("niche", "PPN-1", &json!([ada(), tom(&["suspect"])]))).await;
    desk.keep(&notice("niche", "PPN-2", &json!([ada(), tom(&["suspect"])]))).await;
    desk.keep(&notice("niche", "PPN-3", &json!([tom(&["victim"])]))).await;
    let rae = Visitor::of(&desk.server, "rae", UserRole::Researcher).await;
    let (_, empty) = rae.get("/search").await;
    assert!(empty.contains("What you type is kept nowhere"));
    let tom = [("given", "Tom"), ("family", "Varley"), ("day", "2"), ("month", "11"), ("year", "1986")];
    let (status, to, _) = rae.post("/search", &tom).await;
    assert_eq!(status, 303);
    let id: Result<ppn_domain::SearchId, _> = to.strip_prefix("/search/").unwrap().parse();
    assert!(id.is_ok(), "{to}");
    let (status, found) = rae.get(&to).await;
    assert_eq!(status, 200);
    assert!(found.contains("1 person") && found.contains("Searched by name, birth"));
    assert!(found.contains("PPN-1") && found.contains("PPN-3") && !found.contains("There may be more"));

    let person = found.split("href=\"/persons/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (status, page) = rae.get(&format!("/persons/{person}")).await;
    assert_eq!(status, 200);
    assert!(page.contains("Named as suspect in 2 notices") && page.contains("Named as victim in 1 notice<"));
    assert!(!page.to_lowercase().contains("perpetrator"));
    let item = page.split("href=\"/items/").nth(1).unwrap().split('"').next().unwrap();
    assert!(rae.get(&format!("/items/{item}")).await.1.contains(&format!("/persons/{person}")));

    let ned = Visitor::of(&desk.server, "ned", UserRole::Researcher).await;
    assert_eq!(ned.get(&to).await.0, 404, "nobody else's session opens it");
    let (_, to, _) = rae.post("/search", &[("reference", "NONE-7")]).await;
    assert!(rae.get(&to).await.1.contains("Nothing was found"));
    let (status, _, again) = rae.post("/search", &[("given", "Zebedee & co"), ("year", "1986")]).await;
    assert_eq!(status, 422);
    assert!(again.contains("Zebedee &#38; co") && again.contains("href=\"#family\""), "it is there again");

    let mut uow = desk.server.service.store().read().await.unwrap();
    let query = LogQuery { act: Some(Act::Searched), limit: 100, ..LogQuery::default() };
    let rows = uow.read_log(&query).await.unwrap();
    // Twice for one that was found and looked at, twice for one that found nothing.
    assert_eq!(rows.len(), 4);
    let (by, people) = (&rows[3].1.detail["by"], &rows[3].1.detail["people"]);
    assert_eq!((by, people), (&json!(["name", "birth"]), &json!([person])));
    for (_, row) in &rows {
        let row = format!("{row:?}").to_lowercase();
        for asked in ["tom", "varley", "1986", "none-7", "zebedee"] {
            assert!(!row.contains(asked), "{asked}: {row}");
        }
    }
    for role in [UserRole::Auditor, UserRole::Administrator] {
        let other = Visitor::of(&desk.server, &format!("a-{role}"), role).await;
        for path in ["/search".to_owned(), to.clone(), format!("/persons/{person}")] {
            assert_eq!(other.get(&path).await.0, 403, "{role} {path}");
        }
    }
}

ppn_tests::on_each_backend! {
    notices_are_found_by_their_reference
    people_are_found_by_what_a_notice_says_of_them
    nobody_is_found_by_what_the_caller_may_not_see
    a_person_over_every_notice_gives_nobody_away
    what_is_restricted_is_found_by_its_list_alone
    too_little_to_search_by_is_refused
    more_than_is_shown_is_said
    a_search_on_the_pages_is_of_its_session_and_keeps_nothing_asked_for
}
