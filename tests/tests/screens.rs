//! The staff pages in a real browser: the walk of each role, with and without a script, by keyboard alone,
//! and held to WCAG at three widths. With `PPN_SCREENS` set to a folder it keeps a picture of each page.

use std::path::PathBuf;

use fantoccini::Locator;
use ppn_domain::{Clock as _, Span, SystemClock, UserRole};
use ppn_service::{ServiceError, Submit};
use ppn_tests::{Server, somebody};
use serde_json::{Value, json};

use crate::browser::Browser;

/// The arrow key downwards.
const DOWN: &str = "\u{e015}";

/// As browsers of telephones, tablets and desks are wide.
const WIDTHS: [u32; 3] = [320, 768, 1440];

fn hours_ago(hours: i64) -> String {
    (SystemClock.now() - Span::hours(hours)).to_string()
}

/// A household with history, parts that swapped, a child, orders, answers and words that cues find.
fn household() -> Vec<(Value, bool)> {
    let persons = |swapped: bool| {
        let (ann, ben) = if swapped { ("suspect", "victim") } else { ("victim", "suspect") };
        json!([
            { "key": "ann", "person_id": "N-ANN", "roles": [ann], "given_names": "Ann", "family_name": "Example",
              "date_of_birth": "1994-03-02", "pregnant": true, "phone": "07700 900001",
              "address": { "lines": ["1 Sample Street", "Derby"], "postcode": "DE1 1AA", "kind": "home" },
              "relationships": [{ "to": "ben", "kind": "ex_partner", "ended_on": "2026-09-01" }] },
            { "key": "ben", "person_id": "N-BEN", "roles": [ben], "given_names": "Ben", "family_name": "Sample",
              "date_of_birth": "1990-11-20", "markers": ["violent", "weapons"],
              "address": { "lines": ["9 Refuge Road"], "postcode": "DE2 2BB", "protected": true },
              "orders": [{ "kind": "non_molestation_order", "role": "bound", "other_party": "ann",
                           "expires_on": "2030-01-01", "terms": "Not to go to 1 Sample Street" }],
              "known_events": [{ "kind": "crime_suspect", "on": "2026-06-01", "category": "Common assault",
                                 "reference": "CR/11/26" }] },
            { "key": "cat", "person_id": "N-CAT", "roles": ["child_in_household"], "given_names": "Cat",
              "family_name": "Example", "date_of_birth": "2021-05-05",
              "address": { "lines": ["1 Sample Street", "Derby"], "postcode": "DE1 1AA", "kind": "home" },
              "voice": { "seen": true, "spoken_to": false, "not_spoken_to_reason": "asleep" },
              "presence": { "heard": true }, "school": "Sample Primary School",
              "social_care": [{ "status": "child_in_need", "authority": "derbyshire", "worker": "W. Worker" }] }
        ])
    };
    let quarrel = |reference: &str, days: i64, swapped: bool| {
        json!({ "source": "niche", "reference": reference, "kind": "domestic_abuse", "officer_grade": "standard",
            "submitted_at": hours_ago(days * 24), "circumstances": "A quarrel about money. Nobody was hurt.",
            "persons": persons(swapped) })
    };
    let now = json!({
        "source": "niche", "reference": "PPN-26-100001", "kind": "domestic_abuse", "officer_grade": "medium",
        "submitted_at": hours_ago(5), "incident_reference": "INC-26-5",
        "concerns": ["intimate_partner_abuse", "coercive_control"],
        "circumstances": "Officers were called by a neighbour. Ben had come to the house although the order \
            keeps him away. Ann said that he put his hands round her neck and that she could not breathe. Cat \
            heard it from upstairs.\nBen had left before officers arrived. He has not been found.",
        "officer_opinion": "In my opinion she will not support a prosecution. I believe that he will come back.",
        "indicators": ["separation_or_attempt", "victim_very_frightened", "suspect_at_large"],
        "persons": persons(false),
        "risk_assessments": [{ "person": "ann", "tool": "dash_2009",
            "answers": { "q1": "yes", "q2": "yes", "q3": "no", "q4": "not_known", "q18": "yes" },
            "comments": { "q2": "He said that he would burn the house." } }],
        "actions": { "arrested": false, "body_worn_video": true, "school_notified": false }
    });
    vec![
        (quarrel("PPN-25-000900", 430, false), true),
        (quarrel("PPN-26-090001", 150, false), true),
        (quarrel("PPN-26-090300", 80, true), true),
        (quarrel("PPN-26-099900", 12, false), false),
        (now, false),
    ]
}

/// A household, and enough besides that lists are lists.
async fn filled() -> Server {
    let server = Server::start().await;
    let by = somebody("niche-feed", &[UserRole::Source]);
    let operator = ppn_service::operator("test", "import");
    for (notice, as_worked) in household() {
        submit(&server, if as_worked { &operator } else { &by }, &notice, as_worked).await;
    }
    let mut kept = household().swap_remove(3).0;
    kept["reference"] = json!("PPN-26-099901");
    kept["persons"] = json!([{ "person_id": "N-ZOE", "roles": ["victim"], "given_names": "Zoe" }]);
    kept["restricted"] = json!(["honour_based_abuse"]);
    submit(&server, &by, &kept, false).await;
    for notice in ppn_demo::backlog(7, SystemClock.now()).waiting.iter().take(40) {
        submit(&server, &by, &serde_json::to_value(notice).unwrap(), false).await;
    }
    server
}

async fn submit(server: &Server, by: &ppn_service::Principal, notice: &Value, as_worked: bool) {
    let read = ppn_ingestion::read_notice(notice.to_string().as_bytes(), SystemClock.now());
    let read = read.map_err(|refusal| panic!("{:?}", refusal.errors));
    let submit = Submit { by: by.clone(), read, as_worked, once: None };
    // The service's own work writes at the same time: whoever is told to come again does, as a source would.
    for _ in 0..10 {
        match server.service.submit(vec![submit.clone()]).await.pop().unwrap() {
            Err(ServiceError::Busy) => {}
            answer => {
                answer.unwrap();
                return;
            }
        }
    }
    panic!("the store stayed busy");
}

/// Keeps a picture of a page from an element on.
async fn keep(browser: &Browser, name: &str, from: &str) {
    let Some(folder) = std::env::var_os("PPN_SCREENS").map(PathBuf::from) else { return };
    for width in [WIDTHS[0], WIDTHS[2]] {
        browser.width(width).await;
        std::fs::write(folder.join(format!("{name}-{width}.jpg")), browser.picture(width, from).await)
            .unwrap();
    }
}

/// Shows a page at each width: nothing sticks out, axe finds nothing, the console says nothing.
async fn hold_to_wcag(browser: &Browser, name: &str, left: &mut Vec<String>) {
    let keep = std::env::var_os("PPN_SCREENS").map(PathBuf::from);
    for width in WIDTHS {
        browser.width(width).await;
        let (found, incomplete) = browser.axe().await;
        assert!(found.is_empty(), "{name} at {width}: {found:#?}");
        assert!(
            browser.overflow().await <= 0,
            "{name} at {width}: sticks out by {}",
            browser.overflow().await
        );
        left.extend(incomplete.into_iter().map(|rule| format!("{name} at {width}: {rule}")));
        // The narrowest and the widest tell enough.
        if let Some(folder) = keep.as_ref().filter(|_| width != WIDTHS[1]) {
            let file = folder.join(format!("{name}-{width}.jpg"));
            std::fs::write(file, browser.picture(width, "body").await).unwrap();
        }
    }
    browser.forced_colours(true).await;
    let (found, _) = browser.axe().await;
    assert!(found.is_empty(), "{name} in forced colours: {found:#?}");
    browser.forced_colours(false).await;
    assert_eq!(browser.console().await, Vec::<String>::new(), "{name}: the console");
}

#[tokio::test]
async fn every_page_holds_to_wcag_at_three_widths() {
    let server = filled().await;
    let mut left = Vec::new();
    let browser = Browser::open(&server, true).await;
    browser.go("/sign-in").await;
    hold_to_wcag(&browser, "sign-in", &mut left).await;
    browser.sign_in(&server, "rae", &[UserRole::Researcher]).await;
    for (path, name) in [
        ("/", "home"),
        ("/desks/child", "child-desk"),
        ("/desks/child?band=blue&overdue=yes", "nothing-matches"),
        ("/desks/strategy?empty=yes", "empty-desk"),
        ("/help", "help"),
        ("/help/order", "help-order"),
        ("/help/strangulation", "help-reason"),
        ("/change-password", "change-password"),
        ("/declarations", "declarations"),
        ("/search", "search"),
    ] {
        browser.go(path).await;
        hold_to_wcag(&browser, name, &mut left).await;
    }
    browser.go("/search").await;
    browser.write("#given", "Ann").await;
    browser.press("form[action='/search'] button").await;
    assert!(browser.console().await.iter().all(|line| line.contains("status of 422")));
    hold_to_wcag(&browser, "search-refused", &mut left).await;
    browser.go("/search").await;
    browser.write("#reference", "NONE-1").await;
    browser.press("form[action='/search'] button").await;
    hold_to_wcag(&browser, "nothing-found", &mut left).await;
    browser.go("/search").await;
    search_for_ann(&browser).await;
    hold_to_wcag(&browser, "found", &mut left).await;
    browser.press(".ppn-person a").await;
    hold_to_wcag(&browser, "person", &mut left).await;
    browser.go("/desks/share").await;
    browser.press(".ppn-next button").await;
    hold_to_wcag(&browser, "share-item", &mut left).await;
    browser.close().await;

    let browser = Browser::open(&server, true).await;
    browser.sign_in(&server, "dan", &[UserRole::Reviewer]).await;
    browser.go("/desks/domestic_abuse").await;
    hold_to_wcag(&browser, "domestic-abuse-desk", &mut left).await;
    browser.press(".ppn-row__title a").await;
    hold_to_wcag(&browser, "item-not-held", &mut left).await;
    browser.press(".ppn-hold button").await;
    hold_to_wcag(&browser, "item-held", &mut left).await;
    let item = browser.path().await;
    browser
        .client
        .execute("document.querySelectorAll('details').forEach(d => d.open = true)", Vec::new())
        .await
        .unwrap();
    hold_to_wcag(&browser, "item-everything-open", &mut left).await;
    keep(&browser, "item-words", "#notice").await;
    browser.press(".ppn-cues__say a").await;
    hold_to_wcag(&browser, "cue", &mut left).await;
    browser.press(".govuk-button--warning").await;
    assert!(browser.console().await.iter().all(|line| line.contains("status of 422")));
    hold_to_wcag(&browser, "cue-refused", &mut left).await;
    browser.go(&item).await;
    browser.press("a[href*='/events/']").await;
    hold_to_wcag(&browser, "event", &mut left).await;
    browser.go(&item).await;
    browser.press("form[action$='/grade'] button").await;
    // The browser itself notes that the answer is a refusal; the page says nothing.
    let said = browser.console().await;
    assert!(said.len() == 1 && said[0].contains("status of 422"), "{said:?}");
    hold_to_wcag(&browser, "item-refused", &mut left).await;
    browser.close().await;

    let browser = Browser::open(&server, true).await;
    browser.sign_in(&server, "sam", &[UserRole::Supervisor]).await;
    browser.go("/backlog").await;
    hold_to_wcag(&browser, "backlog", &mut left).await;
    grade_down(&server).await;
    browser.go("/desks/endorsement").await;
    browser.press(".ppn-next button").await;
    hold_to_wcag(&browser, "endorsement", &mut left).await;
    keep(&browser, "grades", "#grades").await;
    browser.go("/restricted").await;
    hold_to_wcag(&browser, "restricted", &mut left).await;
    browser.press("a[href^='/restricted/']").await;
    hold_to_wcag(&browser, "restricted-before", &mut left).await;
    browser.close().await;
    println!("axe left for a person to look at: {left:#?}");
}

#[tokio::test]
async fn every_page_of_auditors_and_administrators_holds_to_wcag_at_three_widths() {
    let server = filled().await;
    let browser = Browser::open(&server, true).await;
    browser.sign_in(&server, "rae", &[UserRole::Researcher]).await;
    browser.go("/search").await;
    search_for_ann(&browser).await;
    browser.press(".ppn-person a").await;
    browser.close().await;
    let mut left = Vec::new();
    let browser = Browser::open(&server, true).await;
    browser.sign_in(&server, "ada", &[UserRole::Auditor]).await;
    for (path, name) in [
        ("/", "auditor-home"),
        ("/audit", "log"),
        ("/audit?act=backup_made", "log-empty"),
        ("/audit/unusual", "unusual-access"),
    ] {
        browser.go(path).await;
        hold_to_wcag(&browser, name, &mut left).await;
    }
    browser.go("/audit?act=consulted_person").await;
    browser.press("td a[href^='/audit?person=']").await;
    browser.press("a[href^='/audit/persons/']").await;
    hold_to_wcag(&browser, "who-has-seen", &mut left).await;
    browser.go("/audit?notice=12").await;
    assert!(browser.console().await.iter().all(|line| line.contains("status of 422")));
    hold_to_wcag(&browser, "log-refused", &mut left).await;
    browser.close().await;

    let browser = Browser::open(&server, true).await;
    browser.sign_in(&server, "mia", &[UserRole::Administrator]).await;
    for (path, name) in [("/users", "users"), ("/users/rae", "user"), ("/users/mia", "user-own")] {
        browser.go(path).await;
        hold_to_wcag(&browser, name, &mut left).await;
    }
    browser.go("/tokens").await;
    browser.press("form[action='/tokens'] button").await;
    assert!(browser.console().await.iter().all(|line| line.contains("status of 422")));
    hold_to_wcag(&browser, "tokens-refused", &mut left).await;
    browser.write("#name", "feed").await;
    browser.find("#role-source").await.click().await.unwrap();
    browser.press("form[action='/tokens'] button").await;
    hold_to_wcag(&browser, "token-made", &mut left).await;
    browser.press("main a").await;
    hold_to_wcag(&browser, "tokens", &mut left).await;
    browser.close().await;
    println!("axe left for a person to look at: {left:#?}");
}

/// Searches for somebody of the household by name and year.
async fn search_for_ann(browser: &Browser) {
    browser.tab_to("#given").await;
    browser.keys("Ann").await;
    browser.tab_to("#family").await;
    browser.keys("Example").await;
    browser.tab_to("#year").await;
    browser.keys("1994").await;
    browser.enter_at("form[action='/search'] button").await;
    assert!(browser.path().await.starts_with("/search/"));
}

/// A researcher's day: sign in, get next, read, decide, get the next.
async fn walk(browser: &Browser, server: &Server, name: &str) {
    browser.sign_in(server, name, &[UserRole::Researcher]).await;
    browser.enter_at("nav a[href='/desks/child']").await;
    browser.enter_at("a.ppn-count[href*='band=amber']").await;
    assert!(browser.client.current_url().await.unwrap().query().is_some_and(|q| q.contains("band=amber")));
    browser.enter_at(".ppn-next button").await;
    let first = browser.path().await;
    assert!(first.starts_with("/items/"), "{first}");
    assert!(browser.text("#holding").await.contains("You hold this item"));
    // History stands before the reasons, and the reasons before the notice.
    let page = browser.client.source().await.unwrap();
    let at = |id: &str| page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    assert!(at("history") < at("why") && at("why") < at("people") && at("people") < at("notice"));

    browser.tab_to("input[name=outcome]").await;
    browser.keys(" ").await;
    browser.tab_to("#reason").await;
    browser.keys("Told the front door; they have it.").await;
    browser.enter_at("form[action$='/complete'] button").await;
    assert_eq!(browser.path().await, "/desks/child");
    browser.enter_at(".ppn-next button").await;
    assert_ne!(browser.path().await, first, "the next is another");
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_researcher_walks_the_day_by_keyboard_alone() {
    let server = filled().await;
    let browser = Browser::open(&server, true).await;
    walk(&browser, &server, "rae").await;
    browser.close().await;
}

#[tokio::test]
async fn a_researcher_walks_the_day_without_a_script() {
    let server = filled().await;
    let browser = Browser::open(&server, false).await;
    browser.go("/sign-in").await;
    let class = browser.find("body").await.attr("class").await.unwrap().unwrap_or_default();
    assert!(!class.contains("js-enabled"), "the script did not run");
    walk(&browser, &server, "rae").await;
    browser.close().await;
}

/// A reviewer says of words whether they are right, by keyboard: one is, one is not what is meant.
async fn check_words(browser: &Browser, server: &Server) {
    browser.sign_in(server, "dan", &[UserRole::Reviewer]).await;
    browser.go("/desks/domestic_abuse").await;
    browser.enter_at(".ppn-row__title a").await;
    browser.enter_at(".ppn-hold button").await;
    let item = browser.path().await;
    let open = async || browser.client.find_all(Locator::Css(".ppn-cues__say a")).await.unwrap().len();
    let count = open().await;
    assert!(count >= 2, "there are words to check: {count}");
    // A number in the text leads to the words below it.
    browser.enter_at_same_page(".ppn-ref").await;
    browser.enter_at(".ppn-cues__say button").await;
    assert_eq!(browser.path().await, item);
    assert!(browser.text(".ppn-cues").await.contains("Right, said dan"));
    browser.enter_at(".ppn-cues li:nth-child(2) .ppn-cues__say a").await;
    assert!(browser.path().await.starts_with(&format!("{item}/cues/")));
    assert!(browser.text("main").await.contains("If it is not what is meant"));
    browser.tab_to("#why").await;
    browser.keys("The officer wrote it of somebody else.").await;
    browser.enter_at(".govuk-button--warning").await;
    assert_eq!(browser.path().await, item);
    assert!(browser.text(".ppn-cues li:nth-child(2)").await.contains("Not what is meant, said dan"));
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_reviewer_checks_words_by_keyboard_alone() {
    let server = filled().await;
    let browser = Browser::open(&server, true).await;
    check_words(&browser, &server).await;
    browser.close().await;
}

#[tokio::test]
async fn a_reviewer_checks_words_without_a_script() {
    let server = filled().await;
    let browser = Browser::open(&server, false).await;
    check_words(&browser, &server).await;
    browser.close().await;
}

/// A researcher finds somebody, sees their parts over every notice, and opens one.
async fn find_somebody(script: bool) {
    let server = filled().await;
    let browser = Browser::open(&server, script).await;
    browser.sign_in(&server, "rae", &[UserRole::Researcher]).await;
    browser.enter_at("nav a[href='/search']").await;
    search_for_ann(&browser).await;
    assert!(browser.text("h1").await.contains("1 person"));
    browser.enter_at(".ppn-person h3 a").await;
    let page = browser.text("main").await;
    assert!(page.contains("Named as suspect in 1 notice") && page.contains("Named as victim in 4 notices"));
    browser.enter_at("main a[href^='/items/']").await;
    assert!(browser.path().await.starts_with("/items/"));
    assert_eq!(browser.console().await, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test]
async fn a_researcher_finds_somebody_by_keyboard_alone() {
    find_somebody(true).await;
}

#[tokio::test]
async fn a_researcher_finds_somebody_without_a_script() {
    find_somebody(false).await;
}

/// A reviewer lowers a grade by the service, so that somebody has it to agree with.
async fn grade_down(server: &Server) {
    let dan = somebody("dan", &[UserRole::Reviewer]);
    let held = server.service.home(&dan).await.unwrap().held;
    let item = &held[0].item;
    let wish = ppn_service::GradeWish {
        id: item.id,
        claim: item.state.claim().unwrap().id,
        revision: item.revision,
        read_at: None,
        grade: ppn_domain::notice::codes::Grade::Standard,
        rationale: "The history was read.".to_owned(),
        marac: None,
    };
    server.service.grade(&dan, &wish, None).await.unwrap();
}

/// A reviewer grades down with a script or without, and another agrees.
async fn grade_and_endorse(script: bool) {
    let server = filled().await;
    let browser = Browser::open(&server, script).await;
    browser.sign_in(&server, "dan", &[UserRole::Reviewer]).await;
    browser.go("/desks/domestic_abuse").await;
    let link = Locator::XPath("//a[contains(., 'PPN-26-100001')]");
    let item = browser.client.find(link).await.unwrap().attr("href").await.unwrap().unwrap();
    browser.enter_at(&format!("a[href='{item}']")).await;
    browser.enter_at(".ppn-hold button").await;
    assert!(browser.text("#grade-hint").await.contains("The officer\u{2019}s grade: Medium"));
    let given = browser.client.find_all(Locator::Css("input[name=grade]:checked")).await.unwrap();
    assert!(given.is_empty(), "no grade is filled in");
    assert!(browser.text("#grade-standard-next").await.contains("A second person must agree"));
    // A group of radios is one stop of the keyboard: the first is high, and standard is two below.
    browser.tab_to("input[name=grade]").await;
    browser.keys(" ").await;
    for _ in 0..2 {
        browser.keys(DOWN).await;
    }
    browser.tab_to("#rationale").await;
    browser.keys("One quarrel about money; the rest is history that stays on the record.").await;
    browser.tab_to("input[name=marac]").await;
    browser.keys(DOWN).await;
    browser.tab_to("#marac-reason").await;
    browser.keys("Heard last month.").await;
    browser.tab_to("#marac-plan").await;
    browser.keys("The plan of last month stands.").await;
    browser.enter_at("form[action$='/grade'] button").await;
    assert_eq!(browser.path().await, "/desks/domestic_abuse");
    browser.go(&item).await;
    assert!(browser.text("main").await.contains("What stands now: medium"));
    browser.close().await;

    let browser = Browser::open(&server, script).await;
    browser.sign_in(&server, "sam", &[UserRole::Supervisor]).await;
    browser.go("/desks/endorsement").await;
    browser.enter_at(".ppn-next button").await;
    let page = browser.text("main").await;
    for shown in [
        "Reviewer dan",
        "Standard",
        "One quarrel about money",
        "Not referred to MARAC",
        "The plan of last month stands.",
        "Nobody has agreed yet",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    browser.tab_to("input[name=agree]").await;
    browser.keys(" ").await;
    browser.tab_to("#reason").await;
    browser.keys("I read the history and agree.").await;
    browser.enter_at("form[action$='/endorse'] button").await;
    browser.go(&item).await;
    let page = browser.text("main").await;
    assert!(page.contains("What stands now: standard") && page.contains("sam agreed"), "{page}");
    assert_eq!(browser.console().await, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test]
async fn a_reviewer_grades_down_by_keyboard_alone_and_another_agrees() {
    grade_and_endorse(true).await;
}

#[tokio::test]
async fn a_reviewer_grades_down_without_a_script_and_another_agrees() {
    grade_and_endorse(false).await;
}

#[tokio::test]
async fn two_browsers_race_for_one_item() {
    let server = filled().await;
    let (one, two) = tokio::join!(Browser::open(&server, true), Browser::open(&server, true));
    one.sign_in(&server, "rae", &[UserRole::Researcher]).await;
    two.sign_in(&server, "ned", &[UserRole::Researcher]).await;
    one.go("/desks/child").await;
    let item = one.find(".ppn-row__title a").await.attr("href").await.unwrap().unwrap();
    tokio::join!(one.go(&item), two.go(&item));
    tokio::join!(one.press(".ppn-hold button"), two.press(".ppn-hold button"));
    let (a, b) = tokio::join!(one.client.source(), two.client.source());
    let (a, b) = (a.unwrap(), b.unwrap());
    let held = [&a, &b].map(|page| page.contains("You hold this item"));
    assert!(held[0] != held[1], "one holds it: {held:?}");
    let (loser, page, winner) = if held[0] { (&two, &b, "rae") } else { (&one, &a, "ned") };
    assert!(page.contains(&format!("{winner} holds this item")), "the other is told who does");
    loser.press("form[action='/desks/child/next'] button").await;
    assert!(loser.text("#holding").await.contains("You hold this item"));
    assert_ne!(loser.path().await, item, "and has the next");
    one.close().await;
    two.close().await;
}

/// When the script of the page first asked for something, in milliseconds from when the page was asked for.
async fn first_look(browser: &Browser) -> f64 {
    let script = "return performance.getEntriesByType('resource').filter(e => e.initiatorType === 'fetch')[0].startTime";
    browser.client.execute(script, Vec::new()).await.unwrap().as_f64().unwrap()
}

async fn top_of(browser: &Browser, css: &str) -> Value {
    let script = "return document.querySelector(arguments[0]).getBoundingClientRect().top";
    browser.client.execute(script, vec![css.into()]).await.unwrap()
}

async fn until_it_says(browser: &Browser, css: &str, text: &str) {
    let begun = std::time::Instant::now();
    while !browser.text(css).await.contains(text) {
        assert!(begun.elapsed() < std::time::Duration::from_mins(1), "{css} never says {text}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Before the page would have asked by itself, nothing moves by it, and nothing changes under whoever is in a
/// field.
#[tokio::test(flavor = "multi_thread")]
async fn lists_and_the_backlog_are_told_of_changes() {
    const ROUND_MS: f64 = 15_000.0;
    let server = filled().await;
    let browser = Browser::open(&server, true).await;
    browser.sign_in(&server, "sam", &[UserRole::Supervisor]).await;
    let rae = somebody("rae", &[UserRole::Researcher]);
    browser.go("/desks/child").await;
    let mut rows = Vec::new();
    for row in browser.client.find_all(fantoccini::Locator::Css(".ppn-row")).await.unwrap().iter().take(3) {
        rows.push(row.attr("id").await.unwrap().unwrap());
    }
    let item = |row: &str| row.strip_prefix("item-").unwrap().parse().unwrap();
    let state = |row: &str| format!("#{row} .ppn-row__state");
    let third = format!("#{}", rows[2]);
    let stood = top_of(&browser, &third).await;
    server.service.claim_named(&rae, item(&rows[0]), None).await.unwrap();
    until_it_says(&browser, &state(&rows[0]), "No longer in this list").await;
    let looked = first_look(&browser).await;
    assert!(looked < ROUND_MS, "it was told, and did not ask by itself: {looked}");

    browser.find("#band").await.click().await.unwrap();
    server.service.claim_named(&rae, item(&rows[1]), None).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(!browser.text(&state(&rows[1])).await.contains("No longer"), "somebody is in a field");
    browser.client.execute("document.activeElement.blur()", Vec::new()).await.unwrap();
    until_it_says(&browser, &state(&rows[1]), "No longer in this list").await;
    let moved = top_of(&browser, &third).await.as_f64().unwrap() - stood.as_f64().unwrap();
    let news = "return document.querySelector('[data-live-news]').getBoundingClientRect().height";
    let news = browser.client.execute(news, Vec::new()).await.unwrap().as_f64().unwrap();
    assert!(moved <= news + 20.0, "but for the line that announces it: {moved}");

    browser.go("/backlog").await;
    let before = browser.text("#child-all").await;
    server.service.claim_named(&rae, item(&rows[2]), None).await.unwrap();
    let begun = std::time::Instant::now();
    while browser.text("#child-all").await == before {
        assert!(begun.elapsed() < std::time::Duration::from_mins(1), "the numbers stand");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let looked = first_look(&browser).await;
    assert!(looked < ROUND_MS, "it was told, and did not ask by itself: {looked}");
    assert_eq!(browser.console().await, Vec::<String>::new());
    browser.close().await;
}
