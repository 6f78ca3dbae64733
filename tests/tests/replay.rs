//! What a replay reads of a store: who may, what of it, and the row of the log.

use ppn_domain::notice::codes::Grade;
use ppn_domain::{Act, Band, Clock as _, Desk, Permission, Span, Timestamp, UserRole};
use ppn_service::{Complete, Found, Replay, ServiceError};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Bench, NOON, child_notice, somebody, supervisor};
use ppn_triage::simulation::Level;
use serde_json::{Value, json};

fn at_home(reference: &str, lane: &str, hours: i64) -> Value {
    let mut notice = child_notice(reference, &[]);
    notice["submitted_at"] = (NOON - Span::hours(hours)).to_string().into();
    notice["officer_grade"] = "medium".into();
    notice["persons"][0]["address"] = json!({ "lines": [lane], "postcode": "DE1 1AA", "kind": "home" });
    notice
}

fn children(replay: &Replay) -> &[ppn_triage::simulation::Arrival] {
    replay.desks.get(&Desk::Child).map_or(&[], Vec::as_slice)
}

fn found(reference: &str, opened_at: Timestamp, band: Band) -> Found {
    Found {
        source: "niche".to_owned(),
        reference: reference.to_owned(),
        opened_at,
        band: Some(band),
        grade: None,
        outcome: None,
    }
}

async fn finish(bench: &Bench, id: ppn_domain::WorkItemId) {
    let item = bench.service.claim_named(&supervisor(), id, None).await.unwrap().view.item;
    let wish = Complete {
        by: supervisor(),
        id,
        claim: item.state.claim().unwrap().id,
        revision: 1,
        read_at: None,
        outcome: ppn_domain::Outcome::Shared,
        reason: "Decided.".to_owned(),
        duplicate_of: None,
        once: None,
    };
    bench.service.complete(vec![wish]).await.pop().unwrap().unwrap();
}

async fn unfinished_work_is_replayed_as_it_stands_and_logged_once_without_names(on: Backend) {
    let bench = Bench::on(on).await;
    for (reference, lane, hours) in
        [("A", "1 Mill Lane", 50), ("B", "2 Mill Lane", 9), ("C", "1 Mill Lane", 3)]
    {
        bench.submit(&supervisor(), &at_home(reference, lane, hours)).await;
    }
    let mut restricted = at_home("R", "1 Mill Lane", 1);
    restricted["restricted"] = json!(["staff_relative"]);
    bench.submit(&supervisor(), &restricted).await;
    let held = bench.submit(&supervisor(), &at_home("H", "3 Mill Lane", 4)).await.work_items[0].id;
    bench.service.claim_named(&supervisor(), held, None).await.unwrap();
    bench.clock.set(NOON + Span::hours(1));
    let found = [found("A", NOON, Band::Red), found("R", NOON, Band::Red)];
    bench.service.add_found(&supervisor(), &found).await.unwrap();

    let rita = somebody("rita", &[UserRole::Source]);
    let refused = bench.service.replay(&rita, Span::ZERO).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(Permission::ReadBacklog))), "{refused:?}");
    let replay = bench.service.replay(&supervisor(), Span::ZERO).await.unwrap();
    assert_eq!((replay.restricted, replay.opened_before), (1, 1));
    let [a, b, c, r] = children(&replay) else { panic!("{replay:?}") };
    assert_eq!([a, b, c, r].map(|of| of.received), [50, 9, 3, 1].map(|hours| NOON - Span::hours(hours)));
    assert_eq!([a, b, c, r].map(|of| of.level), [Some(Level::High), None, None, None]);
    assert_eq!([a, b, c].map(|of| of.officer_grade), [Some(Grade::Medium); 3]);
    assert!(a.family.is_some() && a.family == c.family && b.family.is_none());
    assert_eq!((r.officer_grade, r.family, r.share, r.no_research), (None, None, false, false));

    let mut uow = bench.service.store().read().await.unwrap();
    let rows = uow.read_log(&LogQuery { limit: 1, ..LogQuery::default() }).await.unwrap();
    let row = &rows[0].1;
    assert_eq!((row.act, row.who.as_str(), row.notice_id), (Act::ConsultedWorkList, "sam", None));
    assert_eq!(row.detail["replayed"], json!({ "child": 4 }));
    assert_eq!(row.detail["restricted"], 1);
}

async fn with_history_what_was_worked_since_arrives_with_what_was_found(on: Backend) {
    let bench = Bench::on(on).await;
    let mut ids = Vec::new();
    for (reference, hours) in [("old", 100), ("kept", 90), ("new", 1), ("open", 2)] {
        let notice = at_home(reference, "", hours);
        ids.push(bench.submit(&supervisor(), &notice).await.work_items[0].id);
    }
    // One worked before the replay begins, two since; one waits.
    finish(&bench, ids[0]).await;
    bench.clock.set(NOON + Span::days(2));
    finish(&bench, ids[1]).await;
    finish(&bench, ids[2]).await;
    let opened = bench.clock.now();
    bench.service.add_found(&supervisor(), &[found("kept", opened, Band::Green)]).await.unwrap();
    let now = bench.service.replay(&supervisor(), Span::ZERO).await.unwrap();
    bench.clock.set(NOON + Span::days(3));
    let later = bench.service.replay(&supervisor(), Span::days(2)).await.unwrap();
    assert_eq!(later.switch_on, NOON + Span::days(1));
    let received = |of: &Replay| children(of).iter().map(|of| of.received).collect::<Vec<_>>();
    assert_eq!(received(&later), [90, 1, 2].map(|hours| NOON - Span::hours(hours)));
    assert_eq!(children(&later)[0].level, Some(Level::Standard));
    assert_eq!(children(&later)[1].level, None);
    // Picked up at the very moment of reading counts as waiting until then.
    assert_eq!(received(&now).len(), 3);
    let today = bench.service.replay(&supervisor(), Span::ZERO).await.unwrap();
    assert_eq!(received(&today), [NOON - Span::hours(2)]);
}

ppn_tests::on_each_backend! {
    unfinished_work_is_replayed_as_it_stands_and_logged_once_without_names
    with_history_what_was_worked_since_arrives_with_what_was_found
}
