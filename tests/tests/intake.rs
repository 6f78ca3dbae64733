//! Notices in: new ones, repeats, revisions, and what could not be read.

use ppn_domain::{Band, Desk, Span, StateName, UserRole};
use ppn_service::{ClaimNext, Complete, ListRequest, Submitted};
use ppn_tests::{Backend, Bench, NOON, Server, child_notice, named, somebody, supervisor};
use serde_json::json;

async fn claim(bench: &Bench, desk: Desk) -> ppn_service::Claimed {
    let wish = ClaimNext { by: supervisor(), desk, bundle: false, once: None };
    bench.service.claim_next(vec![wish]).await.pop().unwrap().unwrap().unwrap()
}

async fn finish(bench: &Bench, claimed: &ppn_service::Claimed) {
    let item = &claimed.view.item;
    let wish = Complete {
        by: supervisor(),
        id: item.id,
        claim: item.state.claim().unwrap().id,
        revision: item.revision,
        read_at: None,
        outcome: ppn_domain::Outcome::Shared,
        reason: "Sent to the front door.".to_owned(),
        duplicate_of: None,
        once: None,
    };
    bench.service.complete(vec![wish]).await.pop().unwrap().unwrap();
}

async fn the_same_content_in_another_key_order_is_a_repeat(on: Backend) {
    let bench = Bench::on(on).await;
    let first =
        r#"{"source":"niche","reference":"A","kind":"child","submitted_at":"2026-05-04T06:10:00+01:00"}"#;
    let again = r#"{ "submitted_at": "2026-05-04T05:10:00Z", "kind": "child", "reference": "A", "source": "niche", "persons": [] }"#;
    let Submitted::Accepted(one) = bench.submit_text(&supervisor(), first.as_bytes()).await else { panic!() };
    let Submitted::Accepted(two) = bench.submit_text(&supervisor(), again.as_bytes()).await else { panic!() };
    assert!(one.created && !one.repeat);
    assert!(two.repeat && !two.created);
    assert_eq!((two.id, two.revision), (one.id, 1));
    assert_eq!(two.work_items.len(), one.work_items.len());
}

async fn a_revision_raises_at_once_and_keeps_its_receipt(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &["poor_home_conditions"]);
    let before = bench.submit(&supervisor(), &notice).await;
    let id = before.work_items[0].id;
    let item = bench.service.item(&supervisor(), id).await.unwrap().item;
    bench.clock.advance(Span::hours(1));
    notice["amended_at"] = json!(NOON.to_string());
    notice["indicators"] = json!(["poor_home_conditions", "injury_to_infant"]);
    notice["persons"][0]["estimated_age"] = json!(0);
    let after = bench.submit(&supervisor(), &notice).await;
    assert_eq!((after.revision, after.repeat, after.created), (2, false, false));
    let raised = bench.service.item(&supervisor(), id).await.unwrap().item;
    assert!(raised.rank > item.rank);
    assert_eq!(raised.rank.band, Band::Red);
    assert_eq!(raised.received, item.received);
    assert_eq!(raised.revision, 2);
    assert!(raised.clocks.picked_up.due < item.clocks.picked_up.due);
}

async fn a_lower_result_waits_until_a_person_accepts_it_with_a_reason(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &["injury_to_infant"]);
    notice["persons"][0]["estimated_age"] = json!(0);
    let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
    notice["amended_at"] = json!(NOON.to_string());
    notice["indicators"] = json!([]);
    bench.submit(&supervisor(), &notice).await;
    let item = bench.service.item(&supervisor(), id).await.unwrap().item;
    assert_eq!(item.rank.band, Band::Red, "lowered by nobody");
    let offered = item.could_be.unwrap();
    assert!(offered < item.rank);
    let blank = bench.service.accept_lowering(&supervisor(), id, None, offered, " ", None).await;
    assert!(matches!(blank, Err(ppn_service::ServiceError::Invalid(_))));
    let view = bench.service.accept_lowering(&supervisor(), id, None, offered, "Another child.", None).await;
    let item = view.unwrap().item;
    assert_eq!((item.rank, item.could_be), (offered, None));
    assert!(item.clocks.picked_up.due > NOON, "the limit is that of the lower band");
    // A further assessment ranks against what is left, not against what a person lowered.
    let again = bench.service.reassess(&supervisor(), id, None).await.unwrap().item;
    assert_eq!((again.rank, again.could_be), (offered, None));
}

async fn older_content_is_filed_and_moves_nothing(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &["poor_home_conditions"]);
    notice["amended_at"] = json!(NOON.to_string());
    let receipt = bench.submit(&supervisor(), &notice).await;
    let before = bench.service.item(&supervisor(), receipt.work_items[0].id).await.unwrap().item;
    notice["amended_at"] = json!((NOON - Span::minutes(30)).to_string());
    notice["indicators"] = json!(["injury_to_infant"]);
    let filed = bench.submit(&supervisor(), &notice).await;
    assert_eq!((filed.revision, filed.current_revision), (2, 1));
    let after = bench.service.item(&supervisor(), receipt.work_items[0].id).await.unwrap().item;
    assert_eq!(after, before);
}

async fn a_revision_of_a_done_item_opens_another_received_when_it_was_written(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &["poor_home_conditions"]);
    bench.submit(&supervisor(), &notice).await;
    let claimed = claim(&bench, Desk::Child).await;
    finish(&bench, &claimed).await;
    bench.clock.advance(Span::hours(5));
    let written = NOON + Span::hours(4);
    notice["amended_at"] = json!(written.to_string());
    notice["indicators"] = json!(["poor_home_conditions", "child_distressed"]);
    let receipt = bench.submit(&supervisor(), &notice).await;
    let reopened = claim(&bench, Desk::Child).await.view.item;
    assert_eq!(receipt.work_items[0].id, reopened.id);
    assert_ne!(reopened.id, claimed.view.item.id);
    assert_eq!(reopened.received, written);
    let done = bench.service.item(&supervisor(), claimed.view.item.id).await.unwrap().item;
    assert_eq!(done.state.name(), StateName::Done);
}

async fn the_same_reference_twice_in_one_slice_is_a_notice_and_its_revision(on: Backend) {
    let bench = Bench::on(on).await;
    let submit = |indicator: &str| {
        let text = child_notice("A", &[indicator]).to_string();
        ppn_service::Submit {
            by: supervisor(),
            read: Ok(ppn_ingestion::read_notice(text.as_bytes(), NOON).unwrap()),
            as_worked: false,
            once: None,
        }
    };
    let slice = vec![submit("missing_now"), submit("child_distressed"), submit("missing_now")];
    let answers = bench.service.submit(slice).await;
    let receipts: Vec<_> = answers
        .into_iter()
        .map(|a| match a.unwrap() {
            Submitted::Accepted(r) => (r.revision, r.repeat, r.created),
            Submitted::Refused { .. } => panic!(),
        })
        .collect();
    assert_eq!(receipts, [(1, false, true), (2, false, false), (1, true, false)]);
    let slice = vec![submit("child_left_alone"), submit("carer_intoxicated"), submit("missing_now")];
    let revisions: Vec<_> = bench
        .service
        .submit(slice)
        .await
        .into_iter()
        .map(|a| match a.unwrap() {
            Submitted::Accepted(r) => r.revision,
            Submitted::Refused { .. } => panic!(),
        })
        .collect();
    assert_eq!(revisions, [3, 4, 1], "two revisions of a notice held before, and a repeat");
}

async fn a_restriction_is_not_lifted_by_a_revision_that_leaves_it_out(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &["missing_now"]);
    notice["restricted"] = json!(["staff_relative"]);
    let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
    notice.as_object_mut().unwrap().remove("restricted");
    notice["amended_at"] = json!(NOON.to_string());
    bench.submit(&supervisor(), &notice).await;
    let mary = named("mary", &[UserRole::Supervisor]);
    assert!(bench.service.item(&mary, id).await.unwrap().item.restricted.is_restricted());
    let researcher = somebody("rae", &[UserRole::Researcher]);
    assert!(bench.service.item(&researcher, id).await.is_err());
    let list = ListRequest {
        desk: Some(Desk::Child),
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue: false,
        after: None,
        limit: 10,
    };
    assert!(bench.service.list(&researcher, &list).await.unwrap().lines.is_empty());
    assert_eq!(bench.service.list(&mary, &list).await.unwrap().lines.len(), 1);
    let counted = bench.service.backlog(&researcher).await.unwrap();
    let child = counted.desks.iter().find(|d| d.desk == Desk::Child).unwrap();
    assert_eq!(child.counts.iter().map(|c| c.items).sum::<u64>(), 1, "it counts in the totals");
}

async fn a_notice_moved_in_as_history_is_no_work(on: Backend) {
    let bench = Bench::on(on).await;
    let text = child_notice("A", &["missing_now"]).to_string();
    let submit = ppn_service::Submit {
        by: supervisor(),
        read: Ok(ppn_ingestion::read_notice(text.as_bytes(), NOON).unwrap()),
        as_worked: true,
        once: None,
    };
    bench.service.submit(vec![submit]).await.pop().unwrap().unwrap();
    let wish = ClaimNext { by: supervisor(), desk: Desk::Child, bundle: false, once: None };
    assert!(bench.service.claim_next(vec![wish]).await.pop().unwrap().unwrap().is_none());
}

#[tokio::test]
async fn a_source_sees_findings_and_never_band_or_reasons() {
    let server = Server::start().await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let other = server.token("other-feed", UserRole::Source).await;
    let (status, receipt) =
        server.post("/api/v1/notices", &source, &child_notice("A", &["injury_to_infant"])).await;
    assert_eq!(status, 201);
    assert!(!receipt["findings"].as_array().unwrap().is_empty());
    let text = receipt["work_items"].to_string();
    for hidden in ["band", "score", "reasons"] {
        assert!(!text.contains(hidden), "{text}");
    }
    let path = format!("/api/v1/notices/{}", receipt["id"].as_str().unwrap());
    let (status, own) = server.get(&path, &source).await;
    assert_eq!(status, 200);
    for hidden in ["\"band\"", "\"score\"", "\"reasons\"", "\"notice\"", "circumstances"] {
        assert!(!own.to_string().contains(hidden), "{own}");
    }
    assert_eq!(server.get(&path, &other).await.0, 404, "another source's receipt");
}

#[tokio::test]
async fn a_check_stores_nothing() {
    let server = Server::start().await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let notice = child_notice("A", &["injury_to_infant"]);
    let (status, check) = server.post("/api/v1/notices/check", &source, &notice).await;
    assert_eq!(status, 200);
    let (status, receipt) = server.post("/api/v1/notices", &source, &notice).await;
    assert_eq!(status, 201, "not a repeat: the check kept nothing");
    assert_eq!(check["findings"], receipt["findings"]);
}

async fn an_amendment_dated_in_the_future_does_not_shut_out_later_ones(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &[]);
    notice["amended_at"] = json!((NOON + Span::days(9000)).to_string());
    let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
    bench.clock.advance(Span::hours(1));
    notice["amended_at"] = json!((NOON + Span::minutes(30)).to_string());
    notice["indicators"] = json!(["injury_to_infant"]);
    notice["persons"][0]["estimated_age"] = json!(0);
    let receipt = bench.submit(&supervisor(), &notice).await;
    assert_eq!((receipt.revision, receipt.current_revision), (2, 2));
    assert_eq!(bench.service.item(&supervisor(), id).await.unwrap().item.rank.band, Band::Red);
}

async fn a_restriction_reaches_items_that_are_done(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &[]);
    bench.submit(&supervisor(), &notice).await;
    let claimed = claim(&bench, Desk::Child).await;
    finish(&bench, &claimed).await;
    notice["amended_at"] = json!(NOON.to_string());
    notice["restricted"] = json!(["staff_relative"]);
    bench.submit(&supervisor(), &notice).await;
    let researcher = somebody("rae", &[UserRole::Researcher]);
    assert!(bench.service.item(&researcher, claimed.view.item.id).await.is_err());
}

async fn an_endorsement_rises_with_the_item_that_waits_for_it(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &[]);
    let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
    let claimed = claim(&bench, Desk::Child).await;
    let item = &claimed.view.item;
    let wish = Complete {
        by: supervisor(),
        id,
        claim: item.state.claim().unwrap().id,
        revision: 1,
        read_at: None,
        outcome: ppn_domain::Outcome::NoFurtherAction,
        reason: "Fine.".to_owned(),
        duplicate_of: None,
        once: None,
    };
    bench.service.complete(vec![wish]).await.pop().unwrap().unwrap();
    notice["amended_at"] = json!(NOON.to_string());
    notice["indicators"] = json!(["injury_to_infant"]);
    notice["persons"][0]["estimated_age"] = json!(0);
    bench.submit(&supervisor(), &notice).await;
    let endorsement = claim(&bench, Desk::Endorsement).await.view.item;
    assert_eq!(endorsement.rank.band, Band::Red);
    assert_eq!(endorsement.clocks.picked_up.due, endorsement.received + Span::hours(4));
}

async fn an_item_that_is_done_is_not_lowered(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = child_notice("A", &["injury_to_infant"]);
    notice["persons"][0]["estimated_age"] = json!(0);
    let id = bench.submit(&supervisor(), &notice).await.work_items[0].id;
    notice["amended_at"] = json!(NOON.to_string());
    notice["indicators"] = json!([]);
    bench.submit(&supervisor(), &notice).await;
    let claimed = claim(&bench, Desk::Child).await;
    let offered = claimed.view.item.could_be.unwrap();
    let by = supervisor();
    let unnamed = bench.service.accept_lowering(&by, id, None, offered, "Another child.", None).await;
    assert!(matches!(unnamed, Err(ppn_service::ServiceError::Invalid(_))), "the holder names the claim");
    finish(&bench, &claimed).await;
    let done = bench.service.accept_lowering(&by, id, None, offered, "Another child.", None).await;
    assert!(matches!(done, Err(ppn_service::ServiceError::WrongState { .. })));
}

fn baby(reference: &str, indicators: &[&str]) -> serde_json::Value {
    let mut notice = child_notice(reference, indicators);
    notice["persons"][0]["estimated_age"] = json!(0);
    notice
}

async fn pending_with_endorsement(bench: &Bench, by: &ppn_service::Principal) -> ppn_domain::WorkItem {
    let wish = ClaimNext { by: by.clone(), desk: Desk::Child, bundle: false, once: None };
    let claimed = bench.service.claim_next(vec![wish]).await.pop().unwrap().unwrap().unwrap();
    let item = claimed.view.item;
    let wish = Complete {
        by: by.clone(),
        id: item.id,
        claim: item.state.claim().unwrap().id,
        revision: item.revision,
        read_at: None,
        outcome: ppn_domain::Outcome::NoFurtherAction,
        reason: "Fine.".to_owned(),
        duplicate_of: None,
        once: None,
    };
    bench.service.complete(vec![wish]).await.pop().unwrap().unwrap().item
}

async fn a_revision_that_raises_a_pending_item_and_restricts_it_is_kept(on: Backend) {
    let bench = Bench::on(on).await;
    bench.submit(&supervisor(), &child_notice("A", &[])).await;
    pending_with_endorsement(&bench, &supervisor()).await;
    let mut notice = baby("A", &["injury_to_infant"]);
    notice["amended_at"] = json!(NOON.to_string());
    notice["restricted"] = json!(["staff_relative"]);
    let receipt = bench.submit(&supervisor(), &notice).await;
    assert_eq!(receipt.current_revision, 2);
    let mary = named("mary", &[UserRole::Supervisor]);
    let wish = ClaimNext { by: mary, desk: Desk::Endorsement, bundle: false, once: None };
    let endorsement = bench.service.claim_next(vec![wish]).await.pop().unwrap().unwrap().unwrap().view.item;
    assert_eq!((endorsement.rank.band, endorsement.restricted.is_restricted()), (Band::Red, true));
}

async fn the_hold_of_an_endorsement_ends_when_its_item_rises(on: Backend) {
    let bench = Bench::on(on).await;
    bench.submit(&supervisor(), &child_notice("A", &[])).await;
    pending_with_endorsement(&bench, &supervisor()).await;
    let held = claim(&bench, Desk::Endorsement).await.view.item;
    let claim_id = held.state.claim().unwrap().id;
    let until = NOON + Span::hours(20);
    bench.service.hold(&supervisor(), held.id, claim_id, until, "Away.", None).await.unwrap();
    let mut notice = baby("A", &["injury_to_infant"]);
    notice["amended_at"] = json!(NOON.to_string());
    bench.submit(&supervisor(), &notice).await;
    let item = bench.service.item(&supervisor(), held.id).await.unwrap().item;
    assert_eq!((item.state.name(), item.rank.band), (StateName::Waiting, Band::Red));
}

async fn a_claim_on_an_item_that_its_holder_may_no_longer_open_ends(on: Backend) {
    let bench = Bench::on(on).await;
    let rae = somebody("rae", &[UserRole::Researcher]);
    let id = bench.submit(&supervisor(), &child_notice("A", &[])).await.work_items[0].id;
    bench.service.claim_named(&rae, id, None).await.unwrap();
    let mut notice = child_notice("A", &[]);
    notice["amended_at"] = json!(NOON.to_string());
    notice["restricted"] = json!(["staff_relative"]);
    bench.submit(&supervisor(), &notice).await;
    let mary = named("mary", &[UserRole::Supervisor]);
    assert_eq!(bench.service.item(&mary, id).await.unwrap().item.state, ppn_domain::State::Waiting);
}

async fn a_receipt_tells_nothing_of_a_restricted_notice_to_those_who_may_not_open_it(on: Backend) {
    let bench = Bench::on(on).await;
    let mut notice = baby("A", &["injury_to_infant"]);
    notice["restricted"] = json!(["staff_relative"]);
    bench.submit(&supervisor(), &notice).await;
    let rae = somebody("rae", &[UserRole::Researcher]);
    let mut guess = child_notice("A", &[]);
    guess["amended_at"] = json!("2001-01-01T00:00:00Z");
    let filed = bench.submit(&rae, &guess).await;
    assert!(filed.work_items.iter().all(|i| i.rank.is_none() && i.reasons.is_none()));
    let shown = bench.submit(&named("mary", &[UserRole::Supervisor]), &guess).await;
    assert!(shown.work_items.iter().all(|i| i.rank.is_some()));
}

async fn an_item_that_could_be_lowered_shows_why_it_still_stands_where_it_stands(on: Backend) {
    let bench = Bench::on(on).await;
    let id = bench.submit(&supervisor(), &baby("A", &["injury_to_infant"])).await.work_items[0].id;
    let mut notice = baby("A", &[]);
    notice["amended_at"] = json!(NOON.to_string());
    bench.submit(&supervisor(), &notice).await;
    let view = bench.service.item(&supervisor(), id).await.unwrap();
    assert_eq!(view.item.rank.band, Band::Red);
    let standing = view.standing.unwrap().assessment;
    assert_eq!(standing.rank, view.item.rank);
    assert!(standing.reasons.iter().any(|r| r.floor == Some(Band::Red)));
    assert_eq!(view.latest.unwrap().assessment.rank, view.item.could_be.unwrap());
}

ppn_tests::on_each_backend! {
    the_same_content_in_another_key_order_is_a_repeat
    a_revision_raises_at_once_and_keeps_its_receipt
    a_lower_result_waits_until_a_person_accepts_it_with_a_reason
    older_content_is_filed_and_moves_nothing
    a_revision_of_a_done_item_opens_another_received_when_it_was_written
    the_same_reference_twice_in_one_slice_is_a_notice_and_its_revision
    a_restriction_is_not_lifted_by_a_revision_that_leaves_it_out
    a_notice_moved_in_as_history_is_no_work
    an_amendment_dated_in_the_future_does_not_shut_out_later_ones
    a_restriction_reaches_items_that_are_done
    an_endorsement_rises_with_the_item_that_waits_for_it
    an_item_that_is_done_is_not_lowered
    a_revision_that_raises_a_pending_item_and_restricts_it_is_kept
    the_hold_of_an_endorsement_ends_when_its_item_rises
    a_claim_on_an_item_that_its_holder_may_no_longer_open_ends
    a_receipt_tells_nothing_of_a_restricted_notice_to_those_who_may_not_open_it
    an_item_that_could_be_lowered_shows_why_it_still_stands_where_it_stands
}
