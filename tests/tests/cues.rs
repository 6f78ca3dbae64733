//! What people say of cues: seen first, in force at once, kept with the sentence, taken back.

use ppn_domain::profile::Digest;
use ppn_domain::{Act, Band, ClaimId, CueVerdict, Desk, Rank, Span, State, UserRole, WorkItemId};
use ppn_service::{CuePreview, CueView, CueWord, ItemView, NoticeFor, Principal, Receipt, ServiceError};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Bench, NOON, Server, somebody, supervisor};
use serde_json::{Value, json};

const STRANGLED: &str = "He put his hands round her neck.";

const BREACHED: &str = "He breached his non-molestation order.";

fn told(reference: &str, days: i64, words: &str) -> Value {
    json!({
        "source": "niche", "reference": reference, "kind": "domestic_abuse", "officer_grade": "standard",
        "submitted_at": (NOON - Span::days(days)).to_string(), "circumstances": words,
        "persons": [{ "person_id": "V", "roles": ["victim"] }, { "person_id": "S", "roles": ["suspect"] }],
    })
}

fn reviewer() -> Principal {
    somebody("rae", &[UserRole::Reviewer])
}

/// The item at the domestic abuse desk, claimed by somebody.
async fn claimed(bench: &Bench, by: &Principal, receipt: &Receipt) -> (WorkItemId, ClaimId) {
    let id = receipt.work_items.iter().find(|item| item.desk == Desk::DomesticAbuse).unwrap().id;
    let claimed = bench.service.claim_named(by, id, None).await.unwrap();
    (id, claimed.view.item.state.claim().unwrap().id)
}

async fn cue(bench: &Bench, id: WorkItemId, name: &str) -> CueView {
    let cues = bench.service.cues(&supervisor(), id).await.unwrap();
    cues.into_iter().find(|cue| cue.cue == name).unwrap()
}

async fn item(bench: &Bench, id: WorkItemId) -> ItemView {
    bench.service.item(&supervisor(), id).await.unwrap()
}

fn fired<'v>(view: &'v ItemView, rule: &str) -> Option<&'v ppn_domain::Reason> {
    view.latest.as_ref().unwrap().assessment.reasons.iter().find(|reason| reason.rule == rule)
}

async fn dismiss(bench: &Bench, by: &Principal, held: (WorkItemId, ClaimId), cue: Digest) -> CuePreview {
    let preview = bench.service.preview_dismissal(by, held.0, cue).await.unwrap();
    let word = CueWord::Dismiss { reason: "she meant her scarf", shown: &preview.falls() };
    bench.service.decide_cue(by, held, cue, word, None).await.unwrap();
    preview
}

async fn a_dismissed_cue_lowers_at_once_what_was_shown_and_undoing_raises_it_again(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = reviewer();
    let receipt = bench.submit(&by, &told("A", 1, STRANGLED)).await;
    let held = claimed(&bench, &by, &receipt).await;
    let before = item(&bench, held.0).await;
    assert_eq!(before.item.rank.band, Band::Red);
    assert!(fired(&before, "strangulation").unwrap().text.contains("not confirmed"));
    let cue = cue(&bench, held.0, "cue_strangulation").await;
    assert_eq!((cue.decided, cue.words.path.as_str()), (None, "/circumstances"));

    let preview = bench.service.preview_dismissal(&by, held.0, cue.id).await.unwrap();
    let shown = &preview.items[0];
    assert_eq!((shown.id, shown.from, shown.at_once), (held.0, before.item.rank, true));
    assert!(shown.to.band < Band::Red && shown.gone.iter().any(|gone| gone.rule == "strangulation"));
    assert!(shown.left.iter().all(|left| left.rule != "strangulation"));
    // Looking changes nothing.
    let same = item(&bench, held.0).await;
    assert_eq!((same.item.rank, same.item.could_be), (before.item.rank, None));
    assert!(bench.service.cues(&by, held.0).await.unwrap().iter().all(|cue| cue.decided.is_none()));

    let to = shown.to;
    dismiss(&bench, &by, held, cue.id).await;
    let after = item(&bench, held.0).await;
    assert_eq!((after.item.rank, after.item.could_be), (to, None));
    assert!(fired(&after, "strangulation").is_none());
    assert!(after.item.clocks.picked_up.due > before.item.clocks.picked_up.due);
    let cues = bench.service.cues(&by, held.0).await.unwrap();
    let said = cues.iter().find(|other| other.id == cue.id).unwrap().decided.clone().unwrap();
    assert_eq!((said.0, said.1.as_str()), (CueVerdict::Dismissed, "rae"));

    bench.service.decide_cue(&by, held, cue.id, CueWord::Undo, None).await.unwrap();
    let again = item(&bench, held.0).await;
    assert_eq!(again.item.rank, before.item.rank);
    assert!(fired(&again, "strangulation").unwrap().text.contains("not confirmed"));

    dismiss(&bench, &by, held, cue.id).await;
    let owner = somebody("olga", &[UserRole::PolicyOwner]);
    let mut seen = Vec::new();
    bench.service.look_back(&owner, &bench.service.policy(), |past| seen.push(past.cues)).await.unwrap();
    assert_eq!(seen, [(0, 1)]);

    let mut uow = bench.service.store().read().await.unwrap();
    let rows = uow.read_log(&LogQuery { limit: 1_000, ..LogQuery::default() }).await.unwrap();
    let of = |act: Act| rows.iter().filter(|(_, row)| row.act == act).collect::<Vec<_>>();
    let dismissed = of(Act::CueDismissed);
    assert_eq!((dismissed.len(), of(Act::CueUndone).len(), of(Act::LoweringAccepted).len()), (2, 1, 2));
    let row = &dismissed[0].1;
    assert_eq!((row.who.as_str(), row.work_item_id), ("rae", Some(held.0)));
    assert!(row.why.is_some() && !row.detail.to_string().contains("neck"));
}

async fn a_confirmed_cue_is_no_longer_marked_and_moves_nothing(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = reviewer();
    let receipt = bench.submit(&by, &told("A", 1, STRANGLED)).await;
    let held = claimed(&bench, &by, &receipt).await;
    let before = item(&bench, held.0).await.item.rank;
    let cue = cue(&bench, held.0, "cue_strangulation").await;
    bench.service.decide_cue(&by, held, cue.id, CueWord::Confirm, None).await.unwrap();
    let after = item(&bench, held.0).await;
    assert_eq!(after.item.rank, before);
    assert!(!fired(&after, "strangulation").unwrap().text.contains("not confirmed"));
    let twice = bench.service.decide_cue(&by, held, cue.id, CueWord::Confirm, None).await;
    assert!(matches!(twice, Err(ServiceError::Invalid(_))), "{twice:?}");
}

async fn what_would_do_other_than_was_shown_is_not_done(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = reviewer();
    let receipt = bench.submit(&by, &told("A", 30, STRANGLED)).await;
    let held = claimed(&bench, &by, &receipt).await;
    let cue = cue(&bench, held.0, "cue_strangulation").await;
    let preview = bench.service.preview_dismissal(&by, held.0, cue.id).await.unwrap();
    let say = |shown: Vec<(WorkItemId, Rank)>| {
        let (service, by) = (bench.service.clone(), by.clone());
        async move {
            let word = CueWord::Dismiss { reason: "her scarf", shown: &shown };
            service.decide_cue(&by, held, cue.id, word, None).await
        }
    };
    // Nothing was shown; then a linked notice arrives between the preview and the act.
    assert!(matches!(say(Vec::new()).await, Err(ServiceError::PreviewChanged(_))));
    for (reference, days) in [("B", 20), ("C", 10)] {
        bench.submit(&by, &told(reference, days, "She says he shouted.")).await;
    }
    let Err(ServiceError::PreviewChanged(now)) = say(preview.falls()).await else { panic!("not the same") };
    assert_ne!(now.falls(), preview.falls());
    assert!(!format!("{now:?}").contains("neck"));
    assert_eq!(item(&bench, held.0).await.item.rank.band, Band::Red);
    assert!(say(now.falls()).await.is_ok());
    let nothing = CueWord::Dismiss { reason: " ", shown: &[] };
    let unreasoned = bench.service.decide_cue(&by, held, cue.id, nothing, None).await;
    assert!(matches!(unreasoned, Err(ServiceError::Invalid(_))));
}

async fn a_dismissed_cue_leaves_the_history_of_others_too(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = reviewer();
    let first = bench.submit(&by, &told("A", 40, BREACHED)).await;
    let second = bench.submit(&by, &told("B", 10, "She says he shouted.")).await;
    let held = claimed(&bench, &by, &first).await;
    let other = second.work_items[0].id;
    let rests = |view: &ItemView| -> Vec<String> {
        let reasons = &view.latest.as_ref().unwrap().assessment.reasons;
        reasons.iter().map(|reason| reason.rule.clone()).collect()
    };
    let before = item(&bench, other).await;
    let cues = bench.service.cues(&by, held.0).await.unwrap();
    assert!(!cues.is_empty());
    for cue in cues {
        dismiss(&bench, &by, held, cue.id).await;
    }
    let after = item(&bench, other).await;
    assert!(rests(&after).len() < rests(&before).len(), "{:?} {:?}", rests(&before), rests(&after));
    assert!(after.item.rank < before.item.rank, "{:?}", after.item.rank);
    assert_eq!(after.item.could_be, None);
    // A notice that comes after finds nothing of it either.
    let third = bench.submit(&by, &told("C", 5, "She says he shouted.")).await;
    let fresh = rests(&item(&bench, third.work_items[0].id).await);
    assert!(
        rests(&before).iter().filter(|rule| !rests(&after).contains(rule)).all(|rule| !fresh.contains(rule))
    );
}

async fn an_item_that_somebody_else_holds_is_offered_the_lowering(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = reviewer();
    let first = bench.submit(&by, &told("A", 40, BREACHED)).await;
    let second = bench.submit(&by, &told("B", 10, "She says he shouted.")).await;
    let held = claimed(&bench, &by, &first).await;
    let (other, _) = claimed(&bench, &supervisor(), &second).await;
    let before = item(&bench, other).await.item.rank;
    for cue in bench.service.cues(&by, held.0).await.unwrap() {
        let preview = dismiss(&bench, &by, held, cue.id).await;
        let shown = preview.items.iter().filter(|shown| shown.id == other && shown.to < shown.from);
        assert!(shown.into_iter().all(|shown| !shown.at_once));
    }
    let after = item(&bench, other).await.item;
    assert_eq!(after.rank, before);
    assert!(after.could_be.is_some_and(|could_be| could_be < before));
    assert!(matches!(after.state, State::Claimed { .. }));
}

async fn a_decision_stays_with_its_sentence_through_revisions(backend: Backend) {
    let bench = Bench::on(backend).await;
    let by = reviewer();
    let receipt = bench.submit(&by, &told("A", 10, STRANGLED)).await;
    let held = claimed(&bench, &by, &receipt).await;
    let cue_id = cue(&bench, held.0, "cue_strangulation").await.id;
    dismiss(&bench, &by, held, cue_id).await;
    let revise = |hours: i64, words: &str| {
        let mut notice = told("A", 10, words);
        notice["amended_at"] = json!((NOON - Span::days(9) + Span::hours(hours)).to_string());
        notice
    };
    let added = format!("The neighbours rang first. {STRANGLED} Nobody else was there.");
    bench.submit(&by, &revise(1, &added)).await;
    let view = item(&bench, held.0).await;
    assert!(fired(&view, "strangulation").is_none());
    assert_eq!(cue(&bench, held.0, "cue_strangulation").await.id, cue_id);
    // The same words in another sentence are another cue.
    let other = "She said again that he put his hands round her neck.";
    bench.submit(&by, &revise(2, other)).await;
    let view = item(&bench, held.0).await;
    assert!(fired(&view, "strangulation").is_some());
    assert_eq!(view.item.rank.band, Band::Red);
    assert!(cue(&bench, held.0, "cue_strangulation").await.decided.is_none());
    let gone = bench.service.decide_cue(&by, held, cue_id, CueWord::Undo, None).await;
    assert!(matches!(gone, Err(ServiceError::NotFound("cue"))), "{gone:?}");
}

async fn only_who_works_the_item_decides_its_cues(backend: Backend) {
    let bench = Bench::on(backend).await;
    let receipt = bench.submit(&supervisor(), &told("A", 10, STRANGLED)).await;
    let (id, claim) = claimed(&bench, &reviewer(), &receipt).await;
    let cue = cue(&bench, id, "cue_strangulation").await.id;
    let service = &bench.service;
    let researcher = somebody("rita", &[UserRole::Researcher]);
    let auditor = somebody("ada", &[UserRole::Auditor]);
    let other = somebody("ron", &[UserRole::Reviewer]);
    let refused = service.decide_cue(&researcher, (id, claim), cue, CueWord::Confirm, None).await;
    assert!(matches!(refused, Err(ServiceError::NotYourDesk(_))), "{refused:?}");
    let refused = service.preview_dismissal(&researcher, id, cue).await;
    assert!(matches!(refused, Err(ServiceError::NotYourDesk(_))), "{refused:?}");
    let refused = service.decide_cue(&auditor, (id, claim), cue, CueWord::Confirm, None).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    let refused = service.decide_cue(&other, (id, claim), cue, CueWord::Confirm, None).await;
    assert!(matches!(refused, Err(ServiceError::HeldBy { .. })), "{refused:?}");
    let wrong = service.decide_cue(&reviewer(), (id, claim), Digest([1; 16]), CueWord::Confirm, None).await;
    assert!(matches!(wrong, Err(ServiceError::NotFound("cue"))), "{wrong:?}");
    let NoticeFor::Staff(_) = service.notice(&supervisor(), receipt.id).await.unwrap() else { panic!() };
}

async fn regression_cues_give_away_no_protected_address(backend: Backend) {
    let bench = Bench::on(backend).await;
    let mut notice = told("A", 1, "He came to 12 Rowan House and put his hands round her neck.");
    notice["persons"][0]["address"] = json!({ "lines": ["12 Rowan House"], "kind": "refuge" });
    let receipt = bench.submit(&reviewer(), &notice).await;
    let (id, _) = claimed(&bench, &reviewer(), &receipt).await;
    let words = async |by: &Principal| {
        let cues = bench.service.cues(by, id).await.unwrap();
        let heard = cues.into_iter().find(|cue| cue.cue == "cue_strangulation").unwrap();
        let page = bench.service.cue_page(by, id, heard.id).await.unwrap();
        let item = bench.service.item_page(by, id, None).await.unwrap();
        let there = item.cues.into_iter().find(|cue| cue.id == heard.id).unwrap();
        assert_eq!((&page.cue.words, &there.words), (&heard.words, &heard.words));
        (heard.words.says, heard.words.span, page.text, page.preview.is_some())
    };
    let (says, span, text, asked) = words(&reviewer()).await;
    assert!(says.contains("hands") && span.is_some() && text.unwrap().contains("Rowan") && asked);
    // Their place in the text would tell how long the address is.
    let (says, span, text, asked) = words(&supervisor()).await;
    assert!(says.contains("hands") && span.is_none() && text.is_none() && !asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_dismissal_needs_the_band_that_was_shown() {
    let server = Server::start().await;
    let token = server.token("rae", UserRole::Reviewer).await;
    let (status, _) = server.post("/api/v1/notices", &token, &told("A", 1, STRANGLED)).await;
    assert_eq!(status, 201);
    let (_, claim) = server.post("/api/v1/desks/domestic_abuse/claims", &token, &json!({})).await;
    let id = claim["work_item"]["id"].as_str().unwrap().to_owned();
    let (status, cues) = server.get(&format!("/api/v1/work-items/{id}/cues"), &token).await;
    assert_eq!(status, 200);
    let cue = cues["cues"].as_array().unwrap().iter().find(|c| c["cue"] == "cue_strangulation").unwrap();
    let path = |act: &str| format!("/api/v1/work-items/{id}/cues/{act}");
    let which = json!({ "cue_id": cue["id"] });
    let (status, preview) = server.post(&path("preview"), &token, &which).await;
    assert_eq!((status, &preview["items"][0]["from"]["band"]), (200, &json!("red")));
    let mut body = json!({
        "claim_id": claim["claim"]["id"], "cue_id": cue["id"], "shown": [], "reason": "her scarf",
    });
    let (status, problem) = server.post(&path("dismiss"), &token, &body).await;
    assert_eq!((status, &problem["type"]), (409, &json!("urn:ppn-triage:problem:preview-changed")));
    assert_eq!(problem["preview"], preview);
    body["shown"] = preview["falls"].clone();
    let (status, answer) = server.post(&path("dismiss"), &token, &body).await;
    assert_eq!((status, &answer["work_item"]["band"]), (200, &preview["falls"][0]["to"]["band"]));
    let named = json!({ "claim_id": claim["claim"]["id"], "cue_id": cue["id"] });
    let (status, answer) = server.post(&path("confirm"), &token, &named).await;
    assert_eq!((status, &answer["work_item"]["band"]), (200, &json!("red")));
    let (status, _) = server.post(&path("undo"), &token, &named).await;
    assert_eq!(status, 200);
    let (status, _) = server.post(&path("preview"), &token, &json!({ "cue_id": "x" })).await;
    assert_eq!(status, 422);
}

ppn_tests::on_each_backend! {
    a_dismissed_cue_lowers_at_once_what_was_shown_and_undoing_raises_it_again
    a_confirmed_cue_is_no_longer_marked_and_moves_nothing
    what_would_do_other_than_was_shown_is_not_done
    a_dismissed_cue_leaves_the_history_of_others_too
    an_item_that_somebody_else_holds_is_offered_the_lowering
    a_decision_stays_with_its_sentence_through_revisions
    only_who_works_the_item_decides_its_cues
    regression_cues_give_away_no_protected_address
}
