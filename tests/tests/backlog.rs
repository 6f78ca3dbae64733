//! The backlog in numbers: the same as counting it, for each viewer what they may see.

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Desk, Restriction, Span, StateName, UserRole};
use ppn_service::{BacklogView, ClaimNext, DeskBacklog, ListRequest, Principal, WorstWait};
use ppn_tests::{Backend, Bench, NOON, Server, child_notice, somebody, supervisor};
use serde_json::{Value, json};

fn received(reference: &str, days: i64, restricted: &[&str]) -> Value {
    let mut notice = child_notice(reference, &[]);
    notice["submitted_at"] = json!((NOON - Span::days(days)).to_string());
    notice["restricted"] = json!(restricted);
    notice
}

fn named_on_the_list() -> Principal {
    let lists = Restriction::NONE.with(RestrictionReason::StaffRelative);
    Principal { lists, ..somebody("mary", &[UserRole::Researcher]) }
}

fn child_desk(view: BacklogView) -> DeskBacklog {
    view.desks.into_iter().find(|of| of.desk == Desk::Child).unwrap()
}

fn figures(of: &DeskBacklog) -> (u64, u64, u64) {
    let sum = |figure: fn(&ppn_store::DeskCount) -> u64| of.counts.iter().map(figure).sum();
    (sum(|c| c.items), sum(|c| c.overdue), sum(|c| c.week_old))
}

/// What moves with the clock said to everybody how long a restricted notice had waited.
async fn regression_overdue_and_oldest_leave_out_what_a_viewer_may_not_see(on: Backend) {
    let bench = Bench::on(on).await;
    bench.submit(&supervisor(), &received("A", 30, &["staff_relative"])).await;
    bench.submit(&supervisor(), &received("B", 0, &[])).await;
    let seen = child_desk(bench.service.backlog(&supervisor()).await.unwrap());
    assert_eq!(figures(&seen), (2, 0, 0), "the restricted one counts in the total alone");
    assert_eq!(seen.worst_wait, WorstWait::WithinLimits);
    assert_eq!(seen.counts.iter().filter_map(|c| c.oldest).min(), Some(NOON));
    let named = child_desk(bench.service.backlog(&named_on_the_list()).await.unwrap());
    assert_eq!(figures(&named), (2, 1, 1));
    assert_eq!(named.counts.iter().filter_map(|c| c.oldest).min(), Some(NOON - Span::days(30)));
    assert_eq!(named.worst_wait, WorstWait::NothingOpened);
    // The gauges are of everything.
    assert_eq!(figures(&child_desk(bench.service.backlog_now().await.unwrap())), (2, 1, 1));

    // The same on the list beside which the counts stand, and in the text by which it is told apart.
    let request = ListRequest {
        desk: None,
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue: false,
        after: None,
        limit: 25,
    };
    let list = bench.service.work_list(&supervisor(), Desk::Child, &request).await.unwrap();
    assert_eq!(
        list.counts.iter().map(|c| (c.items, c.overdue)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1)),
        (2, 0)
    );
    let list = bench.service.work_list(&named_on_the_list(), Desk::Child, &request).await.unwrap();
    assert_eq!(list.counts.iter().map(|c| c.overdue).sum::<u64>(), 1);
}

/// Gathered or not, before and after each act.
async fn the_backlog_follows_each_act(on: Backend) {
    let bench = Bench::on(on).await;
    let node = bench.node(7).await;
    for n in 0..3 {
        bench.submit(&supervisor(), &received(&format!("A{n}"), n, &[])).await;
    }
    let counted = async |state: StateName| {
        let of = child_desk(node.backlog(&supervisor()).await.unwrap());
        of.counts.iter().filter(|c| c.state == state).map(|c| c.items).sum::<u64>()
    };
    assert_eq!((counted(StateName::Waiting).await, counted(StateName::Claimed).await), (3, 0));
    let wish = ClaimNext { by: supervisor(), desk: Desk::Child, bundle: false, once: None };
    let claimed = bench.service.claim_next(vec![wish]).await.remove(0).unwrap().unwrap().view.item;
    assert_eq!((counted(StateName::Waiting).await, counted(StateName::Claimed).await), (2, 1));
    node.gather_counts().await.unwrap();
    assert_eq!((counted(StateName::Waiting).await, counted(StateName::Claimed).await), (2, 1));
    bench.clock.set(claimed.state.claim().unwrap().expires_at);
    assert_eq!(node.return_ended().await.unwrap(), 1);
    assert_eq!((counted(StateName::Waiting).await, counted(StateName::Claimed).await), (3, 0));
    assert_eq!(node.check_counts().await.unwrap(), 0);
}

/// Whom nothing of a desk's work is open to learns how much there is, and not since when.
async fn a_viewer_with_nothing_to_see_gets_totals_over_http(on: Backend) {
    let server = Server::on(on).await;
    let submits = server.token("wes", UserRole::Source).await;
    let (status, _) = server.post("/api/v1/notices", &submits, &received("A", 30, &["staff_relative"])).await;
    assert_eq!(status, 201);
    let token = server.token("sue", UserRole::Supervisor).await;
    let (status, body) = server.get("/api/v1/backlog", &token).await;
    assert_eq!(status, 200);
    let desks = body["desks"].as_array().unwrap();
    let desk = desks.iter().find(|desk| desk["desk"] == "child").unwrap();
    let count = &desk["counts"][0];
    assert_eq!((&count["items"], &count["overdue"], &count["week_old"]), (&json!(1), &json!(0), &json!(0)));
    assert_eq!(count["oldest_received"], Value::Null);
}

ppn_tests::on_each_backend! {
    regression_overdue_and_oldest_leave_out_what_a_viewer_may_not_see
    the_backlog_follows_each_act
    a_viewer_with_nothing_to_see_gets_totals_over_http
}
