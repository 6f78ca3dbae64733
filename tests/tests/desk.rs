//! Work at a desk, over HTTP.

use ppn_domain::{Span, UserRole};
use ppn_tests::{Backend, Bench, NOON, Server, child_notice, somebody, supervisor};
use serde_json::{Value, json};

async fn with_one_item() -> (Server, String, String) {
    let server = Server::start().await;
    let researcher = server.token("rae", UserRole::Researcher).await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let (status, _) =
        server.post("/api/v1/notices", &source, &child_notice("A", &["poor_home_conditions"])).await;
    assert_eq!(status, 201);
    (server, researcher, source)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn pull(server: &Server, token: &str) -> Value {
    let (status, claimed) = server.send("POST", "/api/v1/desks/child/claims", token, None).await;
    assert_eq!(status, 201);
    claimed
}

#[tokio::test]
async fn pull_renew_release_and_the_next_holder_sees_what_is_left() {
    let (server, rae, _) = with_one_item().await;
    let claimed = pull(&server, &rae).await;
    let item = &claimed["work_item"];
    let id = text(&item["id"]);
    assert_eq!(item["state"], "claimed");
    assert_eq!(claimed["claim"]["holder"], "rae");
    assert_eq!(item["claim_id"], claimed["claim"]["id"]);
    assert!(!item["reasons"].as_array().unwrap().is_empty());
    assert!(item["clocks"]["picked_up"]["met_at"].is_string());
    let (status, _) = server.send("POST", "/api/v1/desks/child/claims", &rae, None).await;
    assert_eq!(status, 204, "the desk is empty");

    let body = json!({ "claim_id": claimed["claim"]["id"] });
    let (status, _) = server.post(&format!("/api/v1/work-items/{id}/renew"), &rae, &body).await;
    assert_eq!(status, 200);
    let body = json!({ "claim_id": claimed["claim"]["id"], "left": "Call the school." });
    let (status, released) = server.post(&format!("/api/v1/work-items/{id}/release"), &rae, &body).await;
    assert_eq!((status, &released["work_item"]["state"]), (200, &json!("waiting")));
    let next = server.token("ned", UserRole::Researcher).await;
    let again = pull(&server, &next).await;
    assert_eq!(again["work_item"]["notes"][0]["text"]["left"], "Call the school.");
    assert_eq!(again["work_item"]["clocks"]["picked_up"], item["clocks"]["picked_up"], "no clock restarts");
}

#[tokio::test]
async fn a_held_item_names_its_holder_and_an_ended_claim_the_present_one() {
    let (server, rae, _) = with_one_item().await;
    let claimed = pull(&server, &rae).await;
    let id = text(&claimed["work_item"]["id"]).to_owned();
    let ned = server.token("ned", UserRole::Researcher).await;
    let (status, held) = server.send("POST", &format!("/api/v1/work-items/{id}/claim"), &ned, None).await;
    assert_eq!((status, &held["held_by"]), (409, &json!("rae")));
    assert!(held["since"].is_string());
    let sam = server.token("sam", UserRole::Supervisor).await;
    let body = json!({ "to": "ned", "reason": "Rae went home." });
    let (status, assigned) = server.post(&format!("/api/v1/work-items/{id}/assign"), &sam, &body).await;
    assert_eq!((status, &assigned["work_item"]["holder"]), (200, &json!("ned")));
    assert!(assigned["work_item"].get("claim_id").is_none(), "a claim is shown to its holder alone");
    let body =
        json!({ "claim_id": claimed["claim"]["id"], "revision": 1, "outcome": "shared", "reason": "x" });
    let (status, late) = server.post(&format!("/api/v1/work-items/{id}/complete"), &rae, &body).await;
    assert_eq!((status, &late["held_by"]), (409, &json!("ned")));
}

#[tokio::test]
async fn a_child_item_closed_unshared_pends_until_somebody_else_agrees() {
    let (server, rae, _) = with_one_item().await;
    let claimed = pull(&server, &rae).await;
    let id = text(&claimed["work_item"]["id"]);
    let complete = format!("/api/v1/work-items/{id}/complete");
    let mut body = json!({ "claim_id": claimed["claim"]["id"], "revision": 2,
        "outcome": "no_further_action", "reason": "The home was seen and is fine." });
    let (status, stale) = server.post(&complete, &rae, &body).await;
    assert_eq!((status, &stale["current_revision"]), (409, &json!(1)));
    body["revision"] = json!(1);
    body["reason"] = json!("  ");
    let (status, blank) = server.post(&complete, &rae, &body).await;
    assert_eq!((status, &blank["errors"][0]["path"]), (422, &json!("/reason")));
    body["reason"] = json!("The home was seen and is fine.");
    let (status, pending) = server.post(&complete, &rae, &body).await;
    assert_eq!((status, &pending["work_item"]["state"]), (200, &json!("pending")));

    let (status, _) = server.send("POST", "/api/v1/desks/endorsement/claims", &rae, None).await;
    assert_eq!(status, 403, "a researcher endorses nothing");
    let sam = server.token("sam", UserRole::Supervisor).await;
    let (status, endorsement) = server.send("POST", "/api/v1/desks/endorsement/claims", &sam, None).await;
    assert_eq!(status, 201);
    assert_eq!(endorsement["work_item"]["band"], pending["work_item"]["band"]);
    let path = format!("/api/v1/endorsements/{}/reject", text(&endorsement["work_item"]["id"]));
    let body = json!({ "claim_id": endorsement["claim"]["id"], "revision": 1, "reason": "Ask the school." });
    let (status, _) = server.post(&path, &sam, &body).await;
    assert_eq!(status, 200);
    let again = pull(&server, &rae).await;
    assert_eq!(again["work_item"]["id"], claimed["work_item"]["id"]);
    assert_eq!(again["work_item"]["notes"][0]["text"]["reason"], "Ask the school.");

    let body = json!({ "claim_id": again["claim"]["id"], "revision": 1,
        "outcome": "no_further_action", "reason": "The school has no concern." });
    server.post(&complete, &rae, &body).await;
    let (_, endorsement) = server.send("POST", "/api/v1/desks/endorsement/claims", &sam, None).await;
    let path = format!("/api/v1/endorsements/{}/approve", text(&endorsement["work_item"]["id"]));
    let body = json!({ "claim_id": endorsement["claim"]["id"], "revision": 1, "reason": "Agreed." });
    assert_eq!(server.post(&path, &sam, &body).await.0, 200);
    let (_, done) = server.get(&format!("/api/v1/work-items/{id}"), &rae).await;
    assert_eq!(done["work_item"]["state"], "done");
    assert!(done["work_item"]["clocks"]["decided"]["met_at"].is_string());
}

#[tokio::test]
async fn nobody_endorses_their_own() {
    let (server, _, _) = with_one_item().await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let claimed = pull(&server, &sam).await;
    let body = json!({ "claim_id": claimed["claim"]["id"], "revision": 1,
        "outcome": "no_further_action", "reason": "Fine." });
    let path = format!("/api/v1/work-items/{}/complete", text(&claimed["work_item"]["id"]));
    assert_eq!(server.post(&path, &sam, &body).await.0, 200);
    let (_, endorsement) = server.send("POST", "/api/v1/desks/endorsement/claims", &sam, None).await;
    let path = format!("/api/v1/endorsements/{}/approve", text(&endorsement["work_item"]["id"]));
    let body = json!({ "claim_id": endorsement["claim"]["id"], "revision": 1, "reason": "Agreed." });
    assert_eq!(server.post(&path, &sam, &body).await.0, 403);
}

#[tokio::test]
async fn a_key_acts_once_and_a_lost_answer_is_found_again() {
    let (server, rae, source) = with_one_item().await;
    let with_key = |path: &str, token: &str, key: &str, body: Value| {
        server.request("POST", path, Some(token)).header("Idempotency-Key", key).json(&body)
    };
    let claim = || with_key("/api/v1/desks/child/claims", &rae, "k1", json!({}));
    let first = ppn_tests::answer(claim()).await;
    assert_eq!(first.0, 201);
    assert_eq!(ppn_tests::answer(claim()).await, first);
    let other = with_key("/api/v1/desks/child/claims", &rae, "k1", json!({ "bundle": true }));
    assert_eq!(ppn_tests::answer(other).await.0, 422, "the same key with another body");

    let notice = child_notice("B", &[]);
    let submit = || with_key("/api/v1/notices", &source, "k2", notice.clone());
    let first = ppn_tests::answer(submit()).await;
    assert_eq!(first.0, 201);
    assert_eq!(ppn_tests::answer(submit()).await, first, "201 again, not a repeat");
    let complete = format!(
        "/api/v1/work-items/{}/complete",
        text(&ppn_tests::answer(claim()).await.1["work_item"]["id"])
    );
    let body = json!({ "claim_id": ppn_tests::answer(claim()).await.1["claim"]["id"], "revision": 1,
        "outcome": "shared", "reason": "Sent." });
    let first = ppn_tests::answer(with_key(&complete, &rae, "k3", body.clone())).await;
    assert_eq!(first.0, 200);
    assert_eq!(ppn_tests::answer(with_key(&complete, &rae, "k3", body.clone())).await, first);
    assert_eq!(
        ppn_tests::answer(with_key(&complete, &rae, "k4", body)).await.0,
        409,
        "without the key it is done"
    );
}

async fn a_red_is_put_on_hold_by_a_supervisor_and_four_hours_at_most(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &["injury_to_infant"]);
    notice["persons"][0]["estimated_age"] = json!(0);
    let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
    let rae = somebody("rae", &[UserRole::Researcher]);
    let claim = bench.service.claim_named(&rae, id, None).await.unwrap().view.item.state.claim().unwrap().id;
    let hold = |hours| NOON + Span::hours(hours);
    assert!(bench.service.hold(&rae, id, claim, hold(1), "Hospital.", None).await.is_err());
    bench.service.release(&rae, id, claim, &ppn_service::HandOver::default(), None).await.unwrap();
    let sam = supervisor();
    let claim = bench.service.claim_named(&sam, id, None).await.unwrap().view.item.state.claim().unwrap().id;
    assert!(bench.service.hold(&sam, id, claim, hold(5), "Hospital.", None).await.is_err());
    assert!(bench.service.hold(&sam, id, claim, hold(4), "Hospital.", None).await.is_ok());
    bench.clock.advance(Span::hours(4));
    assert_eq!(bench.service.return_ended().await.unwrap(), 1);
    assert!(bench.service.claim_named(&rae, id, None).await.is_ok());
}

async fn a_hold_ends_at_once_when_the_band_rises(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &[]);
    let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
    let sam = supervisor();
    let claim = bench.service.claim_named(&sam, id, None).await.unwrap().view.item.state.claim().unwrap().id;
    bench.service.hold(&sam, id, claim, NOON + Span::hours(20), "School shut.", None).await.unwrap();
    notice["amended_at"] = json!(NOON.to_string());
    notice["indicators"] = json!(["injury_to_infant"]);
    notice["persons"][0]["estimated_age"] = json!(0);
    bench.submit(&sam, &notice).await;
    let item = bench.service.item(&sam, id).await.unwrap().item;
    assert_eq!(item.state, ppn_domain::State::Waiting);
}

#[tokio::test]
async fn lists_show_reasons_and_no_quoted_words_and_pages_join() {
    let server = Server::start().await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let rae = server.token("rae", UserRole::Researcher).await;
    for n in 0..7 {
        server.post("/api/v1/notices", &source, &child_notice(&format!("R{n}"), &["child_distressed"])).await;
    }
    let mut path = "/api/v1/work-items?desk=child&limit=3".to_owned();
    let mut seen = Vec::new();
    loop {
        let (status, page) = server.get(&path, &rae).await;
        assert_eq!(status, 200);
        assert_eq!(page["note"], "This sets the order. It is not a risk grade.");
        for item in page["work_items"].as_array().unwrap() {
            assert!(!item["reasons"].as_array().unwrap().is_empty());
            assert!(item["reasons"].as_array().unwrap().iter().all(|r| r["evidence"] == json!([])));
            seen.push(text(&item["reference"]).to_owned());
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/work-items?desk=child&limit=3&cursor={cursor}");
    }
    assert_eq!(seen, ["R0", "R1", "R2", "R3", "R4", "R5", "R6"]);
    for wrong in ["cursor=AAAA", "desk=nowhere", "limit=0", "limit=201", "colour=red"] {
        assert_eq!(server.get(&format!("/api/v1/work-items?{wrong}"), &rae).await.0, 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_restricted_item_is_assigned_only_to_somebody_who_may_open_it() {
    let server = Server::start().await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    server.token("rae", UserRole::Researcher).await;
    server.token("sue", UserRole::Supervisor).await;
    let by = ppn_service::operator("test", "restricted add");
    for name in ["sam", "sue"] {
        let reason = ppn_domain::notice::codes::RestrictionReason::StaffRelative;
        server.service.put_on_list(&by, reason, name, false).await.unwrap();
    }
    let mut notice = child_notice("A", &[]);
    notice["restricted"] = json!(["staff_relative"]);
    let (_, receipt) = server.post("/api/v1/notices", &sam, &notice).await;
    let path = format!("/api/v1/work-items/{}/assign", text(&receipt["work_items"][0]["id"]));
    let to = |name: &str| json!({ "to": name, "reason": "Urgent." });
    let (status, refused) = server.post(&path, &sam, &to("rae")).await;
    assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!("/to")));
    assert_eq!(server.post(&path, &sam, &to("nobody")).await.0, 422);
    assert_eq!(server.post(&path, &sam, &to("sue")).await.0, 200);
}

#[tokio::test]
async fn an_answer_kept_for_staff_is_not_replayed_to_a_source_of_the_same_name() {
    let server = Server::start().await;
    let staff = server.token("sam", UserRole::Supervisor).await;
    let source = server.token("sam", UserRole::Source).await;
    let submit = |token: &str| {
        let notice = child_notice("A", &["injury_to_infant"]);
        server.request("POST", "/api/v1/notices", Some(token)).header("Idempotency-Key", "k").json(&notice)
    };
    let (_, shown) = ppn_tests::answer(submit(&staff)).await;
    assert!(shown["work_items"][0]["band"].is_string());
    let (_, hidden) = ppn_tests::answer(submit(&source)).await;
    assert!(hidden["work_items"][0].get("band").is_none(), "{hidden}");
}

#[tokio::test]
async fn an_endorsement_is_approved_or_rejected_and_never_completed() {
    let (server, rae, _) = with_one_item().await;
    let claimed = pull(&server, &rae).await;
    let path = format!("/api/v1/work-items/{}/complete", text(&claimed["work_item"]["id"]));
    let mut body = json!({ "claim_id": claimed["claim"]["id"], "revision": 1,
        "outcome": "no_further_action", "reason": "Fine." });
    assert_eq!(server.post(&path, &rae, &body).await.0, 200);
    let sam = server.token("sam", UserRole::Supervisor).await;
    let (_, endorsement) = server.send("POST", "/api/v1/desks/endorsement/claims", &sam, None).await;
    body["claim_id"] = endorsement["claim"]["id"].clone();
    let path = format!("/api/v1/work-items/{}/complete", text(&endorsement["work_item"]["id"]));
    let (status, refused) = server.post(&path, &sam, &body).await;
    assert_eq!(status, 409, "{refused}");
}

async fn the_partner_told_clock_stops_only_where_a_partner_is_told(on: Backend) {
    let bench = Bench::on(on).await;
    for (reference, outcome) in
        [("A", ppn_domain::Outcome::Shared), ("B", ppn_domain::Outcome::NotSafeguarding)]
    {
        let mut notice = child_notice(reference, &[]);
        notice["kind"] = json!("adult");
        notice["persons"][0]["estimated_age"] = json!(44);
        let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
        let item = bench.service.claim_named(&supervisor(), id, None).await.unwrap().view.item;
        let wish = ppn_service::Complete {
            by: supervisor(),
            id,
            claim: item.state.claim().unwrap().id,
            revision: 1,
            read_at: None,
            outcome,
            reason: "Decided.".to_owned(),
            duplicate_of: None,
            once: None,
        };
        let done = bench.service.complete(vec![wish]).await.pop().unwrap().unwrap().item;
        assert!(done.clocks.decided.met_at.is_some());
        assert_eq!(done.clocks.told.met_at.is_some(), outcome.is_shared());
    }
}

ppn_tests::on_each_backend! {
    a_red_is_put_on_hold_by_a_supervisor_and_four_hours_at_most
    a_hold_ends_at_once_when_the_band_rises
    the_partner_told_clock_stops_only_where_a_partner_is_told
}
