//! What the page of an item asks and what follows: words, events, who may see it, and whom one knows.

use ppn_domain::UserRole;
use ppn_domain::notice::codes::RestrictionReason;
use ppn_tests::Server;
use serde_json::json;

use crate::pages::{Visitor, hidden, named, source, submit};

/// The address of the first link or form that holds a mark.
fn address(page: &str, mark: &str) -> String {
    let from = page.find(mark).unwrap_or_else(|| panic!("no {mark}"));
    let from = page[..from].rfind('"').unwrap() + 1;
    page[from..].split(['"', '#']).next().unwrap().to_owned()
}

async fn taken(visitor: &Visitor) -> (String, String) {
    let (status, item, _) = visitor.post("/desks/child/next", &[]).await;
    assert_eq!(status, 303);
    let (status, page) = visitor.get(&item).await;
    assert_eq!(status, 200);
    (item, page)
}

#[tokio::test]
async fn words_are_confirmed_and_dismissed_and_taken_back() {
    let server = Server::start().await;
    submit(&server, &source(&server).await, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (item, page) = taken(&rae).await;
    assert!(page.contains("Words that triage read") && page.contains("Nobody has checked it"));
    assert!(page.contains("<q>Hands round her neck</q>") && page.contains("Words for strangulation"));
    let claim = hidden(&page, "claim");
    let cue = address(&page, "/cues/");

    let (status, to, _) = rae.post(&cue, &[("claim", &claim), ("say", "confirm")]).await;
    assert_eq!((status, to.split('#').next()), (303, Some(item.as_str())));
    let (_, page) = rae.get(&item).await;
    assert!(page.contains("Right, said rae") && !page.contains("Nobody has checked it"));
    let (status, ..) = rae.post(&cue, &[("claim", &claim), ("say", "undo")]).await;
    assert_eq!(status, 303);

    let (status, before) = rae.get(&cue).await;
    assert_eq!(status, 200);
    assert!(before.contains("Dismissing these words does this"), "what it would change is shown first");
    assert!(before.contains("becomes") && before.contains("At once."));
    let shown = hidden(&before, "shown");
    let dismissal = |why: &'static str| {
        let (claim, shown) = (claim.clone(), shown.clone());
        [("claim", claim), ("say", "dismiss".to_owned()), ("shown", shown), ("why", why.to_owned())]
    };
    let send = async |form: [(&str, String); 4]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(field, text)| (*field, text.as_str())).collect();
        rae.post(&cue, &form).await
    };
    let (status, _, unreasoned) = send(dismissal(" ")).await;
    assert_eq!(status, 422);
    assert!(unreasoned.contains("href=\"#why\"") && unreasoned.contains("Write a reason"));
    let (status, ..) = send(dismissal("He spoke of a scarf")).await;
    assert_eq!(status, 303);
    let (_, page) = rae.get(&item).await;
    assert!(page.contains("Not what is meant, said rae"));
    let (_, after) = rae.get(&cue).await;
    assert!(after.contains("Take back what was said") && !after.contains("name=\"shown\""));
}

#[tokio::test]
async fn regression_a_dismissal_other_than_was_shown_is_not_done_and_keeps_what_was_typed() {
    let server = Server::start().await;
    submit(&server, &source(&server).await, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (item, page) = taken(&rae).await;
    let (claim, cue) = (hidden(&page, "claim"), address(&page, "/cues/"));
    for stale in ["", "nonsense"] {
        let form = [
            ("claim", claim.as_str()),
            ("say", "dismiss"),
            ("shown", stale),
            ("why", "Her blue scarf & coat"),
        ];
        let (status, _, again) = rae.post(&cue, &form).await;
        assert_eq!(status, 409, "{stale}");
        assert!(again.contains("is not what you were shown"));
        assert!(again.contains("Her blue scarf &#38; coat"), "what was typed is there again");
        assert!(!hidden(&again, "shown").is_empty(), "and what it would do now");
    }
    let (_, page) = rae.get(&item).await;
    assert!(page.contains("Nobody has checked it"), "nothing was done");
}

#[tokio::test]
async fn whoever_does_not_hold_the_item_sees_the_words_and_is_not_asked() {
    let server = Server::start().await;
    submit(&server, &source(&server).await, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (item, page) = taken(&rae).await;
    let cue = address(&page, "/cues/");
    let ned = Visitor::of(&server, "ned", UserRole::Researcher).await;
    let (_, theirs) = ned.get(&item).await;
    assert!(theirs.contains("Words that triage read") && !theirs.contains("/cues/"));
    let (status, seen) = ned.get(&cue).await;
    assert_eq!(status, 200);
    assert!(!seen.contains("<button class=\"govuk-button\""));
    let claim = hidden(&page, "claim");
    for claim in ["", claim.as_str()] {
        let (status, _, refused) = ned.post(&cue, &[("claim", claim), ("say", "confirm")]).await;
        assert_eq!(status, 409);
        assert!(refused.contains("rae holds this item") || refused.contains("no longer hold"), "{refused}");
    }
    let (_, page) = rae.get(&item).await;
    assert!(page.contains("Nobody has checked it"));
}

#[tokio::test]
async fn two_notices_are_said_to_be_one_event_and_parted_again() {
    let server = Server::start().await;
    let feed = source(&server).await;
    submit(&server, &feed, &named("A")).await;
    submit(&server, &feed, &named("B")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (item, page) = taken(&rae).await;
    assert!(page.contains("Perhaps the same event as this notice") && page.contains("Not decided"));
    let event = address(&page, "/events/");
    let (status, beside) = rae.get(&event).await;
    assert_eq!(status, 200);
    assert!(beside.contains("Child notice A") && beside.contains("Child notice B"));
    assert!(!beside.contains("Undo what was said"));
    let own = hidden(&beside, "own");
    let (status, _, again) = rae.post(&event, &[("own", &own), ("say", "one"), ("reason", "")]).await;
    assert_eq!(status, 422);
    assert!(again.contains("href=\"#reason\""));
    for (word, standing) in [("one", "the same event, said rae"), ("two", "another event, said rae")] {
        let form = [("own", own.as_str()), ("say", word), ("reason", "One call, two officers")];
        let (status, to, _) = rae.post(&event, &form).await;
        assert_eq!((status, to), (303, format!("{item}#history")));
        assert!(rae.get(&item).await.1.contains(standing), "{word}");
    }
    let form = [("own", own.as_str()), ("say", "undo"), ("reason", "Not sure")];
    assert_eq!(rae.post(&event, &form).await.0, 303);
    assert!(rae.get(&item).await.1.contains("Not decided"));
}

#[tokio::test]
async fn whoever_knows_the_people_passes_the_item_on_and_sees_it_no_more() {
    let server = Server::start().await;
    submit(&server, &source(&server).await, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (item, page) = taken(&rae).await;
    assert!(page.contains("I know these people") && page.contains("Nobody is told why"));
    let (status, to, _) = rae.post(&format!("{item}/know-these-people"), &[("desk", "child")]).await;
    assert_eq!((status, to.as_str()), (303, "/desks/child"));
    assert_eq!(rae.get(&item).await.0, 404);
    let ned = Visitor::of(&server, "ned", UserRole::Researcher).await;
    assert_eq!(taken(&ned).await.0, item, "it goes to somebody else");
}

#[tokio::test]
async fn a_notice_is_restricted_opened_with_a_reason_and_lifted_by_its_list() {
    const REASON: RestrictionReason = RestrictionReason::HonourBasedAbuse;
    let server = Server::start().await;
    submit(&server, &source(&server).await, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let lena = Visitor::of(&server, "lena", UserRole::Researcher).await;
    let mut uow = server.service.store().write().await.unwrap();
    uow.put_on_list(REASON, "lena", true).await.unwrap();
    uow.save().await.unwrap();

    let (item, page) = taken(&rae).await;
    let notice = hidden(&page, "notice");
    let restrict = format!("{item}/restrict");
    let (status, _, refused) =
        rae.post(&restrict, &[("notice", &notice), ("restrict-why", "Her uncle asked")]).await;
    assert_eq!(status, 422);
    assert!(refused.contains("Choose a reason") && refused.contains("Her uncle asked"));
    let form = [
        ("notice", notice.as_str()),
        ("restrict-reason", REASON.code()),
        ("restrict-why", "Her uncle works here"),
    ];
    let (status, to, _) = rae.post(&restrict, &form).await;
    assert_eq!((status, to.as_str()), (303, "/"), "it left her");
    assert_eq!(rae.get(&item).await.0, 404);
    assert_eq!(rae.get("/restricted").await.0, 403);

    let sam = Visitor::of(&server, "sam", UserRole::Supervisor).await;
    assert_eq!(sam.get(&item).await.0, 404);
    let (_, list) = sam.get("/restricted").await;
    assert!(list.contains("Ask <strong>lena</strong>") && !list.contains("Quillon"));
    let glass = address(&list, "/restricted/");
    let (status, before) = sam.get(&glass).await;
    assert_eq!(status, 200);
    assert!(before.contains("lena will be told that you did") && before.contains("12 hours"));
    let (status, _, refused) = sam.post(&glass, &[("reason", " ")]).await;
    assert_eq!(status, 422);
    assert!(refused.contains("There is a problem"));
    let (status, to, _) = sam.post(&glass, &[("reason", "A threat to her tonight")]).await;
    assert_eq!((status, to.as_str()), (303, item.as_str()));
    let (_, page) = sam.get(&item).await;
    assert!(page.contains("Restricted: Honour-based abuse") && !page.contains("/lift-restriction"));

    let (_, told) = lena.get("/restricted").await;
    assert!(told.contains("Notice A") && told.contains("opened by sam"));
    let lifting = format!("{item}/lift-restriction");
    let form =
        [("notice", notice.as_str()), ("lift-reason", REASON.code()), ("lift-why", "The uncle has left")];
    assert_eq!(sam.post(&lifting, &form).await.0, 403, "who opened it may not lift it");
    let (status, to, _) = lena.post(&lifting, &form).await;
    assert_eq!((status, to), (303, item.clone()));
    assert_eq!(rae.get(&item).await.0, 200);
}

#[tokio::test]
async fn what_names_somebody_whom_one_knows_is_hidden_from_then_on() {
    let server = Server::start().await;
    let mut notice = named("A");
    notice["persons"][0]["date_of_birth"] = json!("2016-04-03");
    notice["persons"][0]["address"] = json!({ "lines": ["7 Larkspur Mews", "Derby"], "postcode": "DE1 1AA" });
    submit(&server, &source(&server).await, &notice).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (item, _) = taken(&rae).await;
    let (_, home) = rae.get("/").await;
    assert!(home.contains("href=\"/declarations\""));
    let person = [
        ("people", "2"),
        ("given-2", "Quillon"),
        ("family-2", "Zebedee"),
        ("day-2", "3"),
        ("month-2", "4"),
        ("line-2", "7 Larkspur Mews"),
        ("town-2", "Derby"),
        ("postcode-2", "DE1 1AA"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&person[..], more].concat();
    let (status, _, more) = rae.post("/declarations", &with(&[("do", "add")])).await;
    assert_eq!(status, 200);
    assert!(more.contains("Person 3") && more.contains("value=\"7 Larkspur Mews\""), "what was typed stays");
    let (status, _, half) = rae.post("/declarations", &with(&[("do", "keep")])).await;
    assert_eq!(status, 422);
    assert!(half.contains("href=\"#day-2\""));
    assert_eq!(rae.get(&item).await.0, 200);
    let (status, to, _) = rae.post("/declarations", &with(&[("do", "keep"), ("year-2", "2016")])).await;
    assert_eq!((status, to.as_str()), (303, "/declarations?done=yes"));
    let (_, kept) = rae.get(&to).await;
    assert!(kept.contains("is hidden from you from now on") && !kept.contains("Zebedee"));
    assert_eq!(rae.get(&item).await.0, 404);
    let ada = Visitor::of(&server, "ada", UserRole::Auditor).await;
    assert_eq!(ada.get("/declarations").await.0, 403);
}
