//! Accounts, signing in, sessions and their end, and the cookies of pages.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use ppn_domain::{Act, AuditRow, Clock as _, Permission, Roles, Span, SystemClock, UserRole};
use ppn_http::{Cookies, Origin, Problem, SignedInAs};
use ppn_service::{
    BROWSER_KEPT, DEFAULT_IDLE, DEFAULT_LONGEST, FREE_TRIES, GIVEN_PASSWORD_LASTS, Given, LONGEST_DELAY,
    Principal, Service, ServiceError, Settings, SignIn, SignedIn, TokenRequest, operator,
};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Bench, Place, somebody, supervisor};
use secrecy::{ExposeSecret as _, SecretString};

const GOOD: &str = "coffee lantern gravel";
const BETTER: &str = "marble thunder bicycle";

fn admin() -> Principal {
    somebody("adam", &[UserRole::Administrator])
}

fn roles(role: UserRole) -> Roles {
    Roles::from_iter([role])
}

fn at(name: &str, password: &str, origin: &str, browser: Option<&SecretString>) -> SignIn {
    SignIn {
        code: None,
        name: name.to_owned(),
        password: password.into(),
        origin: origin.to_owned(),
        browser: browser.cloned(),
    }
}

async fn sign_in(service: &Service, name: &str, password: &str) -> Result<SignedIn, ServiceError> {
    service.sign_in(at(name, password, "10.0.0.7", None)).await
}

/// Somebody who chose their own password, and their session.
async fn settled(service: &Service, name: &str, role: UserRole) -> SignedIn {
    let first = service.add_user(&admin(), name, &roles(role), Given::ToBeChanged).await.unwrap();
    let came = sign_in(service, name, first.expose_secret()).await.unwrap();
    service.change_password(&came.session, &first, &GOOD.into()).await.unwrap()
}

async fn is_on(service: &Service, signed_in: &SignedIn) -> bool {
    service.session(signed_in.secret.expose_secret(), "10.0.0.7").await.unwrap().is_some()
}

/// The log, oldest first, from the first act on an account on.
async fn log(service: &Service) -> Vec<AuditRow> {
    let mut uow = service.store().read().await.unwrap();
    let rows = uow.read_log(&LogQuery { limit: 10_000, ..Default::default() }).await.unwrap();
    rows.into_iter().rev().map(|(_, row)| row).skip_while(|r| r.act == Act::PolicyInstalled).collect()
}

fn acts(rows: &[AuditRow]) -> Vec<Act> {
    rows.iter().map(|r| r.act).collect()
}

async fn a_first_password_opens_nothing_but_its_own_change(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let first =
        service.add_user(&admin(), "ann", &roles(UserRole::Supervisor), Given::ToBeChanged).await.unwrap();
    let came = sign_in(service, " ann ", first.expose_secret()).await.unwrap();
    assert!(came.session.must_change_password);
    let session = service.session(came.secret.expose_secret(), "10.0.0.7").await.unwrap().unwrap();
    assert!(Permission::ALL.iter().all(|&p| !session.principal.may(p)), "no role until it is changed");
    let refused = service.backlog(&session.principal).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Forbidden(_)));

    let weak = service.change_password(&session, &first, &"password1234".into()).await.unwrap_err();
    assert!(matches!(weak, ServiceError::Invalid(_)));
    let same = service.change_password(&session, &first, &first).await.unwrap_err();
    assert!(matches!(same, ServiceError::Invalid(_)));
    let wrong = service.change_password(&session, &GOOD.into(), &BETTER.into()).await.unwrap_err();
    assert!(matches!(wrong, ServiceError::WrongCredentials));
    let changed = service.change_password(&session, &first, &GOOD.into()).await.unwrap();
    assert!(!changed.session.must_change_password);
    assert!(changed.session.principal.may(Permission::Endorse));
    assert!(!is_on(service, &came).await, "a session from before the change is over");
    assert!(is_on(service, &changed).await);
    assert!(matches!(
        sign_in(service, "ann", first.expose_secret()).await,
        Err(ServiceError::WrongCredentials)
    ));
    assert!(sign_in(service, "ann", GOOD).await.is_ok());
}

async fn a_first_password_is_over_after_seven_days(on: Backend) {
    let bench = Bench::on(on).await;
    let first = bench
        .service
        .add_user(&admin(), "ann", &roles(UserRole::Reviewer), Given::ToBeChanged)
        .await
        .unwrap();
    bench.clock.advance(GIVEN_PASSWORD_LASTS);
    let refused = sign_in(&bench.service, "ann", first.expose_secret()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::WrongCredentials));
}

async fn whatever_is_wrong_the_answer_is_the_same(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    settled(service, "ann", UserRole::Reviewer).await;
    settled(service, "gone", UserRole::Reviewer).await;
    service.disable_user(&admin(), "gone", "Left.").await.unwrap();
    let request =
        TokenRequest { name: "machine".to_owned(), roles: roles(UserRole::Source), source: None, days: 1 };
    service.create_token(&admin(), &request).await.unwrap();
    let long = "x".repeat(100_000);
    for (name, password) in [
        ("ann", BETTER),
        ("ANN", GOOD),
        ("gone", GOOD),
        ("machine", ""),
        ("nobody", GOOD),
        ("", ""),
        ("ann", &long),
    ] {
        let refused = sign_in(service, name, password).await.unwrap_err();
        assert!(matches!(refused, ServiceError::WrongCredentials), "{name}");
    }
}

async fn strangers_who_guess_lock_nobody_out(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let ann = settled(service, "ann", UserRole::Reviewer).await;
    // From the address of the strangers: ever longer, and the right password is not looked at either.
    let mut waited = Vec::new();
    for n in 1..=20 {
        let tried = service.sign_in(at("ann", &format!("wrong {n}"), "203.0.113.9", None)).await.unwrap_err();
        assert!(matches!(tried, ServiceError::WrongCredentials), "try {n}");
        if n < FREE_TRIES {
            continue;
        }
        let ServiceError::TooSoon { until } =
            service.sign_in(at("ann", GOOD, "203.0.113.9", None)).await.unwrap_err()
        else {
            panic!("try {n} begins no delay");
        };
        waited.push((until - bench.clock.now()).as_seconds());
        bench.clock.advance(until - bench.clock.now());
    }
    assert_eq!(waited[..4], [1, 2, 4, 8]);
    assert_eq!(*waited.last().unwrap(), LONGEST_DELAY.as_seconds());
    // Ann herself: from her own browser at once, even from the strangers' address, and from any other.
    let again = service.sign_in(at("ann", GOOD, "203.0.113.9", Some(&ann.browser))).await.unwrap();
    assert_eq!(again.failures, 20, "she is told of the wrong passwords");
    assert!(service.sign_in(at("ann", GOOD, "10.0.0.7", None)).await.is_ok());
    // And others from the strangers' address.
    settled(service, "ben", UserRole::Reviewer).await;
    assert!(service.sign_in(at("ben", GOOD, "203.0.113.9", None)).await.is_ok());
}

async fn many_guesses_at_once_are_all_counted(on: Backend) {
    let bench = Bench::on(on).await;
    settled(&bench.service, "ann", UserRole::Reviewer).await;
    let tries = (0..30).map(|n| {
        let service = bench.service.clone();
        tokio::spawn(async move { sign_in(&service, "ann", &format!("wrong {n}")).await.unwrap_err() })
    });
    let mut looked_at = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            ServiceError::WrongCredentials => looked_at += 1,
            ServiceError::TooSoon { .. } => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(looked_at, FREE_TRIES);
}

async fn a_session_ends_by_idleness_and_by_its_longest_time(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let idle = settled(service, "ann", UserRole::Reviewer).await;
    let busy = sign_in(service, "ann", GOOD).await.unwrap();
    let step = Span::minutes(20);
    for _ in 0..(DEFAULT_LONGEST.as_seconds() / step.as_seconds() - 1) {
        bench.clock.advance(step);
        assert!(is_on(service, &busy).await);
    }
    assert!(DEFAULT_IDLE > step);
    assert!(!is_on(service, &idle).await, "nobody used it");
    assert_eq!(service.end_stale_sessions().await.unwrap(), 1);
    bench.clock.advance(step);
    assert!(!is_on(service, &busy).await, "however much it is used");
    assert_eq!(service.sessions_of(&somebody("ann", &[]), "ann").await.unwrap(), []);
    assert_eq!(service.end_stale_sessions().await.unwrap(), 1);
    assert_eq!(service.end_stale_sessions().await.unwrap(), 0);
    let rows = log(service).await;
    let ended = rows.iter().rev().take(2).map(|r| (r.who.as_str(), r.act, r.detail["why"].as_str().unwrap()));
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [("system", Act::SessionEnded, "longest"), ("system", Act::SessionEnded, "idle")]
    );
}

async fn the_browser_is_forgotten_long_after_its_last_session(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let ann = settled(service, "ann", UserRole::Reviewer).await;
    let wrong = |browser| at("ann", "wrong", "203.0.113.9", browser);
    bench.clock.advance(Span::days(1));
    service.end_stale_sessions().await.unwrap();
    for _ in 0..FREE_TRIES {
        service.sign_in(wrong(None)).await.unwrap_err();
    }
    assert!(service.sign_in(at("ann", GOOD, "203.0.113.9", Some(&ann.browser))).await.is_ok());
    bench.clock.advance(BROWSER_KEPT + Span::days(1));
    service.end_stale_sessions().await.unwrap();
    bench.clock.advance(BROWSER_KEPT + Span::days(1));
    // A session that ends brings the round in which the old ones are forgotten.
    sign_in(service, "ann", GOOD).await.unwrap();
    bench.clock.advance(Span::days(1));
    service.end_stale_sessions().await.unwrap();
    for _ in 0..FREE_TRIES {
        service.sign_in(wrong(None)).await.unwrap_err();
    }
    let refused = service.sign_in(at("ann", GOOD, "203.0.113.9", Some(&ann.browser))).await.unwrap_err();
    assert!(matches!(refused, ServiceError::TooSoon { .. }));
}

async fn every_change_of_an_account_ends_its_sessions_on_every_node(on: Backend) {
    let bench = Bench::on(on).await;
    let one = &bench.service;
    // A second node: another service on the same store.
    let other = bench.node(8).await;
    for change in ["roles", "disable", "reset", "ended"] {
        let first = settled(one, change, UserRole::Reviewer).await;
        let second = sign_in(&other, change, GOOD).await.unwrap();
        let token =
            TokenRequest { name: change.to_owned(), roles: roles(UserRole::Reviewer), source: None, days: 1 };
        let token = one.create_token(&admin(), &token).await.unwrap();
        for service in [one, &other] {
            assert!(is_on(service, &first).await && is_on(service, &second).await, "{change}");
            service.authenticate(&token, "test").await.unwrap();
        }
        let ended = match change {
            "roles" => one.set_roles(&admin(), change, &roles(UserRole::Researcher)).await.unwrap().sessions,
            "disable" => one.disable_user(&admin(), change, "Left.").await.unwrap().sessions,
            "reset" => one.reset_password(&admin(), change, Given::ToBeChanged).await.unwrap().1.sessions,
            _ => one.end_sessions(&admin(), change, None).await.unwrap(),
        };
        assert_eq!(ended, 2, "{change}");
        for service in [one, &other] {
            assert!(!is_on(service, &first).await && !is_on(service, &second).await, "{change}");
        }
        bench.clock.advance(ppn_service::TOKEN_BELIEVED);
        let token_opens = other.authenticate(&token, "test").await.is_ok();
        assert_eq!(token_opens, matches!(change, "reset" | "ended"), "{change}");
        assert_eq!(one.authenticate(&token, "test").await.is_ok(), token_opens, "{change}");
    }
    // Who was disabled comes back with what they had, but for the sessions.
    assert!(sign_in(one, "disable", GOOD).await.is_err());
    one.enable_user(&admin(), "disable", "Back.").await.unwrap();
    assert!(sign_in(one, "disable", GOOD).await.is_ok());
}

async fn one_sees_and_ends_ones_own_sessions_and_no_others(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let ann = settled(service, "ann", UserRole::Reviewer).await;
    let elsewhere = sign_in(service, "ann", GOOD).await.unwrap();
    let ben = settled(service, "ben", UserRole::Supervisor).await;
    let of_ann = service.sessions_of(&ann.session.principal, "ann").await.unwrap();
    assert_eq!(of_ann.len(), 2);
    assert!(of_ann.iter().all(|s| s.origin == "10.0.0.7"));
    for (by, whose) in [(&ben, "ann"), (&ann, "ben")] {
        let by = &by.session.principal;
        assert!(matches!(service.sessions_of(by, whose).await, Err(ServiceError::Forbidden(_))));
        assert!(matches!(service.end_sessions(by, whose, None).await, Err(ServiceError::Forbidden(_))));
    }
    let by = &ann.session.principal;
    let not_hers = service.end_sessions(by, "ann", Some(ben.session.id)).await.unwrap_err();
    assert!(matches!(not_hers, ServiceError::NotFound(_)));
    assert_eq!(service.end_sessions(by, "ann", Some(elsewhere.session.id)).await.unwrap(), 1);
    assert!(is_on(service, &ann).await && !is_on(service, &elsewhere).await && is_on(service, &ben).await);
    service.sign_out(&ann.session).await.unwrap();
    assert!(!is_on(service, &ann).await);
}

async fn accounts_are_changed_by_who_manages_users_and_never_ones_own(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    settled(service, "ann", UserRole::Reviewer).await;
    for role in UserRole::ALL.iter().filter(|r| !r.permissions().contains(&Permission::ManageUsers)) {
        let by = somebody("x", &[*role]);
        assert!(service.add_user(&by, "new", &roles(UserRole::Reviewer), Given::ToBeChanged).await.is_err());
        assert!(service.users(&by).await.is_err());
        assert!(service.tokens(&by).await.is_err());
        for refused in [
            service.set_roles(&by, "ann", &roles(UserRole::Supervisor)).await.unwrap_err(),
            service.disable_user(&by, "ann", "x").await.unwrap_err(),
            service.enable_user(&by, "ann", "x").await.unwrap_err(),
            service.reset_password(&by, "ann", Given::ToBeChanged).await.unwrap_err(),
        ] {
            assert!(matches!(refused, ServiceError::Forbidden(_)), "{role}");
        }
    }
    service
        .add_user(&supervisor_who_administers(), "adam", &roles(UserRole::Administrator), Given::ToStay)
        .await
        .unwrap();
    for own in [
        service.set_roles(&admin(), "adam", &roles(UserRole::Supervisor)).await.unwrap_err(),
        service.disable_user(&admin(), "adam", "x").await.unwrap_err(),
        service.reset_password(&admin(), "adam", Given::ToBeChanged).await.unwrap_err(),
    ] {
        assert!(matches!(own, ServiceError::OwnAccount));
    }
    for name in ["", "operator:x", "system", "unknown", "a\nb", &"x".repeat(65)] {
        let refused = service.add_user(&admin(), name, &roles(UserRole::Reviewer), Given::ToStay).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{name:?}");
    }
    let twice = service.add_user(&admin(), "ann", &roles(UserRole::Reviewer), Given::ToStay).await;
    assert!(matches!(twice, Err(ServiceError::Invalid(_))));
    assert!(matches!(service.disable_user(&admin(), "ben", "x").await, Err(ServiceError::NotFound(_))));
    assert!(matches!(service.disable_user(&admin(), "ann", " ").await, Err(ServiceError::Invalid(_))));
}

fn supervisor_who_administers() -> Principal {
    Principal { roles: Roles::from_iter([UserRole::Supervisor, UserRole::Administrator]), ..supervisor() }
}

async fn every_sign_in_and_change_is_in_the_log_without_a_secret(on: Backend) {
    use Act as A;

    let bench = Bench::on(on).await;
    let service = &bench.service;
    let first =
        service.add_user(&admin(), "ann", &roles(UserRole::Reviewer), Given::ToBeChanged).await.unwrap();
    let came = sign_in(service, "ann", first.expose_secret()).await.unwrap();
    let ann = service.change_password(&came.session, &first, &GOOD.into()).await.unwrap();
    for _ in 0..FREE_TRIES {
        sign_in(service, "ann", "a wrong password").await.unwrap_err();
    }
    sign_in(service, "ann", GOOD).await.unwrap_err();
    sign_in(service, "my password by mistake", "x").await.unwrap_err();
    service.sign_out(&ann.session).await.unwrap();
    service.set_roles(&admin(), "ann", &roles(UserRole::Researcher)).await.unwrap();
    service.disable_user(&admin(), "ann", "Left.").await.unwrap();
    service.enable_user(&admin(), "ann", "Back.").await.unwrap();
    let (second, _) = service.reset_password(&admin(), "ann", Given::ToBeChanged).await.unwrap();
    let rows = log(service).await;
    let wrong = std::iter::repeat_n(A::SignInFailed, FREE_TRIES as usize);
    let expected: Vec<Act> = [A::UserAdded, A::PasswordGiven, A::SignedIn]
        .into_iter()
        .chain([A::PasswordChanged, A::SessionEnded, A::SignedIn])
        .chain(wrong)
        .chain([A::SignInDelayed, A::SignInFailed, A::SignedOut, A::RolesChanged])
        .chain([A::UserDisabled, A::UserEnabled, A::PasswordGiven])
        .collect();
    assert_eq!(acts(&rows), expected);
    let failed: Vec<_> = rows.iter().filter(|r| r.act == A::SignInFailed).collect();
    assert!(failed.iter().all(|r| r.who == "unknown" && r.origin == "10.0.0.7"));
    assert_eq!(failed[0].recipient.as_deref(), Some("ann"));
    assert_eq!(failed.last().unwrap().recipient, None, "what was typed as a name is kept nowhere");
    let whole = format!("{rows:?}");
    let secrets = [&first, &second, &came.secret, &came.browser, &ann.secret, &ann.browser];
    for secret in secrets.iter().map(|s| s.expose_secret()).chain([GOOD, "a wrong password", "by mistake"]) {
        assert!(!whole.contains(secret), "a secret is in the log");
    }
    assert!(!format!("{came:?} {:?}", at("ann", GOOD, "x", None)).contains(GOOD));
}

async fn regression_a_password_that_was_reset_meanwhile_opens_nothing(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    settled(service, "ann", UserRole::Reviewer).await;
    let by = admin();
    for _ in 0..8 {
        let (came, reset) =
            tokio::join!(sign_in(service, "ann", GOOD), service.reset_password(&by, "ann", Given::ToStay));
        let (fresh, _) = reset.unwrap();
        if let Ok(came) = came {
            assert!(!is_on(service, &came).await, "a session with the old password outlived the reset");
        }
        let came = sign_in(service, "ann", fresh.expose_secret()).await.unwrap();
        service.change_password(&came.session, &fresh, &GOOD.into()).await.unwrap();
    }
}

async fn a_token_that_is_revoked_opens_nothing_and_its_use_is_known(on: Backend) {
    let bench = Bench::on(on).await;
    let service = &bench.service;
    let request =
        TokenRequest { name: "records".to_owned(), roles: roles(UserRole::Source), source: None, days: 30 };
    let (old, new) = (
        service.create_token(&admin(), &request).await.unwrap(),
        service.create_token(&admin(), &request).await.unwrap(),
    );
    service.authenticate(&old, "test").await.unwrap();
    let used: Vec<_> = service.tokens(&admin()).await.unwrap();
    let id = used.iter().find(|t| t.used_at == Some(bench.clock.now())).unwrap().id;
    assert_eq!(used.iter().filter(|t| t.used_at.is_some()).count(), 1);
    service.revoke_token(&admin(), id).await.unwrap();
    assert!(service.authenticate(&old, "test").await.is_err());
    assert!(service.authenticate(&new, "test").await.is_ok());
    assert!(matches!(service.revoke_token(&admin(), id).await, Err(ServiceError::NotFound(_))));
    assert_eq!(log(service).await.last().unwrap().act, Act::TokenRevoked);
}

/// Pages as the staff pages are made: a form that signs in, one that signs out, and what each shows.
#[derive(Clone)]
struct Pages(Arc<Service>, Cookies);

impl FromRef<Pages> for Arc<Service> {
    fn from_ref(pages: &Pages) -> Self {
        pages.0.clone()
    }
}

impl FromRef<Pages> for Cookies {
    fn from_ref(pages: &Pages) -> Self {
        pages.1
    }
}

async fn come_in(
    State(Pages(service, cookies)): State<Pages>,
    Origin(origin): Origin,
    jar: CookieJar,
    password: String,
) -> Result<CookieJar, Problem> {
    let request = SignIn {
        code: None,
        name: "ann".to_owned(),
        password: password.into(),
        origin,
        browser: cookies.browser(&jar),
    };
    let signed_in = service.sign_in(request).await?;
    Ok(cookies.set(jar, &signed_in))
}

async fn leave(
    State(Pages(service, cookies)): State<Pages>,
    SignedInAs(session): SignedInAs,
    jar: CookieJar,
) -> Result<CookieJar, Problem> {
    service.sign_out(&session).await?;
    Ok(cookies.clear(jar))
}

async fn pages(service: Arc<Service>, encrypted: bool) -> String {
    let app = Router::new()
        .route("/me", get(|SignedInAs(session): SignedInAs| async move { session.principal.name }))
        .route(
            "/perhaps",
            get(|session: Option<SignedInAs>| async move {
                session.map_or("nobody", |s| if s.0.must_change_password { "must change" } else { "in" })
            }),
        )
        .route("/in", post(come_in))
        .route("/out", post(leave))
        .with_state(Pages(service, Cookies::new(encrypted)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
    });
    base
}

/// The cookies that an answer sets, whole.
fn set_cookies(response: &reqwest::Response) -> Vec<String> {
    response.headers().get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned()).collect()
}

/// What a browser sends of them.
fn sent(cookies: &[String]) -> String {
    cookies.iter().map(|c| c.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn pages_know_who_signed_in_by_the_cookie() {
    let place = Place::migrated(Backend::Sqlite, &SystemClock).await;
    let store = place.store().await;
    let service = Service::start(store, Arc::new(SystemClock), [9; 32], Settings::default()).await.unwrap();
    let by = operator("test", "user add");
    let first = service.add_user(&by, "ann", &roles(UserRole::Reviewer), Given::ToBeChanged).await.unwrap();
    let base = pages(service.clone(), true).await;
    let client = ppn_tests::client();
    let open =
        |path: &str, cookie: String| client.get(format!("{base}{path}")).header("cookie", cookie).send();

    let refused = open("/me?a=1", String::new()).await.unwrap();
    assert_eq!(refused.status().as_u16(), 303);
    assert_eq!(refused.headers()["location"], "/sign-in?then=%2Fme%3Fa%3D1");
    assert_eq!(open("/perhaps", String::new()).await.unwrap().text().await.unwrap(), "nobody");
    let wrong = client.post(format!("{base}/in")).body("wrong").send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), set_cookies(&wrong).len()), (401, 0));

    let came = client.post(format!("{base}/in")).body(first.expose_secret().to_owned()).send().await.unwrap();
    let cookies = set_cookies(&came);
    assert_eq!(cookies.len(), 2);
    for cookie in &cookies {
        assert!(cookie.starts_with("__Host-ppn_"), "{cookie}");
        for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(cookie.contains("Max-Age=7776000"), cookie.starts_with("__Host-ppn_browser="), "{cookie}");
    }
    let must_change = open("/me", sent(&cookies)).await.unwrap();
    assert_eq!(must_change.headers()["location"], "/change-password");
    assert_eq!(open("/perhaps", sent(&cookies)).await.unwrap().text().await.unwrap(), "must change");

    let secret = cookies.iter().find_map(|c| c.strip_prefix("__Host-ppn_session=")).unwrap();
    let session = service.session(secret.split(';').next().unwrap(), "test").await.unwrap().unwrap();
    service.change_password(&session, &first, &GOOD.into()).await.unwrap();
    assert_eq!(open("/me", sent(&cookies)).await.unwrap().status().as_u16(), 303, "that session is over");

    let came = client.post(format!("{base}/in")).body(GOOD).send().await.unwrap();
    let cookies = set_cookies(&came);
    assert_eq!(open("/me", sent(&cookies)).await.unwrap().text().await.unwrap(), "ann");
    // A cookie of the other name, or of another session, is none.
    assert_eq!(open("/me", sent(&cookies).replace("__Host-", "")).await.unwrap().status().as_u16(), 303);
    assert_eq!(open("/me", "__Host-ppn_session=x".to_owned()).await.unwrap().status().as_u16(), 303);

    let out = client.post(format!("{base}/out")).header("cookie", sent(&cookies)).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::OK);
    let cleared = set_cookies(&out);
    assert!(cleared.len() == 1 && cleared[0].starts_with("__Host-ppn_session=;"), "{cleared:?}");
    assert!(cleared[0].contains("Max-Age=0") && cleared[0].contains("; Secure"), "{cleared:?}");
    assert_eq!(open("/me", sent(&cookies)).await.unwrap().status().as_u16(), 303);
    let posted = client.post(format!("{base}/out")).send().await.unwrap();
    assert_eq!(posted.headers()["location"], "/sign-in", "nothing that changes something is come back to");
}

#[tokio::test]
async fn a_session_is_no_token_and_a_token_is_no_session() {
    let server = ppn_tests::Server::start().await;
    let by = operator("test", "user add");
    let password =
        server.service.add_user(&by, "ann", &roles(UserRole::Supervisor), Given::ToStay).await.unwrap();
    let came = sign_in(&server.service, "ann", password.expose_secret()).await.unwrap();
    let cookie = format!("__Host-ppn_session={0}; ppn_session={0}", came.secret.expose_secret());
    let api = server.request("GET", "/api/v1/backlog", None).header("cookie", cookie).send().await.unwrap();
    assert_eq!(api.status().as_u16(), 401);
    assert_eq!(server.get("/api/v1/backlog", came.secret.expose_secret()).await.0, 401);
    let token = server.token("ben", UserRole::Supervisor).await;
    assert!(server.service.session(&token, "test").await.unwrap().is_none());
}

/// A bench where supervisors need a second factor.
async fn guarded(on: Backend) -> Bench {
    Bench::with(on, Settings { second_factor: roles(UserRole::Supervisor), ..Settings::default() }).await
}

/// What an authenticator shows, so many seconds from now.
fn code(bench: &Bench, enrolment: &ppn_service::Enrolment, seconds: i64) -> SecretString {
    let secret = totp_rs::Secret::try_from_base32(enrolment.secret.expose_secret()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let at = bench.service.now() + Span::seconds(seconds);
    totp.generate(u64::try_from(at.micros() / 1_000_000).unwrap()).to_string().into()
}

async fn sign_in_with(bench: &Bench, code: Option<SecretString>) -> Result<SignedIn, ServiceError> {
    bench.service.sign_in(SignIn { code, ..at("ann", GOOD, "10.0.0.7", None) }).await
}

async fn whoever_needs_a_second_factor_adds_it_before_anything_else(on: Backend) {
    let bench = guarded(on).await;
    let service = &bench.service;
    let ann = settled(service, "ann", UserRole::Supervisor).await;
    let session = service.session(ann.secret.expose_secret(), "here").await.unwrap().unwrap();
    assert!(session.must_add_second_factor && session.principal.roles.0.is_empty());
    assert!(service.backlog(&session.principal).await.is_err());
    assert!(matches!(
        service.confirm_second_factor(&session, &"123456".into()).await,
        Err(ServiceError::Invalid(_))
    ));
    let enrolment = service.begin_second_factor(&session).await.unwrap();
    assert!(enrolment.url.expose_secret().starts_with("otpauth://totp/PPN%20Triage:ann?secret="));
    assert!(!format!("{enrolment:?}").contains(enrolment.secret.expose_secret()));
    assert!(sign_in(service, "ann", GOOD).await.is_ok(), "it guards nothing before its first code");
    let wrong = service.confirm_second_factor(&session, &code(&bench, &enrolment, 3_600)).await;
    assert!(matches!(wrong, Err(ServiceError::WrongCode)));
    let codes = service.confirm_second_factor(&session, &code(&bench, &enrolment, 0)).await.unwrap();
    assert_eq!(codes.len(), ppn_service::RECOVERY_CODES);
    assert!(matches!(service.begin_second_factor(&session).await, Err(ServiceError::Invalid(_))));
    let session = service.session(ann.secret.expose_secret(), "here").await.unwrap().unwrap();
    assert!(!session.must_add_second_factor && service.backlog(&session.principal).await.is_ok());
    assert_eq!(service.sessions_of(&session.principal, "ann").await.unwrap().len(), 1, "others ended");
    let rae = settled(service, "rae", UserRole::Researcher).await;
    assert!(!rae.session.must_add_second_factor, "a role that needs none");
}

async fn a_password_with_a_second_factor_opens_with_a_code_that_was_never_used(on: Backend) {
    let bench = guarded(on).await;
    let service = &bench.service;
    let ann = settled(service, "ann", UserRole::Supervisor).await;
    let enrolment = service.begin_second_factor(&ann.session).await.unwrap();
    let first = code(&bench, &enrolment, 0);
    let recovery = service.confirm_second_factor(&ann.session, &first).await.unwrap();
    assert!(matches!(sign_in_with(&bench, None).await, Err(ServiceError::CodeNeeded)));
    let again = sign_in_with(&bench, Some(first)).await;
    assert!(matches!(again, Err(ServiceError::WrongCode)), "the code that added it is used up");
    let next = code(&bench, &enrolment, 30);
    let came = sign_in_with(&bench, Some(next.clone())).await.unwrap();
    assert_eq!((came.session.principal.roles.0.len(), came.failures), (1, 1));
    assert!(matches!(sign_in_with(&bench, Some(next)).await, Err(ServiceError::WrongCode)));
    // A wrong password is a wrong password, whatever the code.
    let wrong =
        SignIn { code: Some(code(&bench, &enrolment, 60)), ..at("ann", "not it at all", "10.0.0.7", None) };
    assert!(matches!(service.sign_in(wrong).await, Err(ServiceError::WrongCredentials)));

    assert!(sign_in_with(&bench, Some(recovery[3].expose_secret().to_uppercase().into())).await.is_ok());
    assert!(matches!(sign_in_with(&bench, Some(recovery[3].clone())).await, Err(ServiceError::WrongCode)));

    let admin = admin();
    assert_eq!(service.remove_second_factor(&admin, "ann", "Lost it.").await.unwrap(), 3);
    assert!(sign_in(service, "ann", GOOD).await.unwrap().session.must_add_second_factor);
    let none = service.remove_second_factor(&admin, "ann", "Lost it.").await;
    assert!(matches!(none, Err(ServiceError::Invalid(_))));
}

async fn guessing_codes_is_slowed_down_like_guessing_passwords(on: Backend) {
    let bench = guarded(on).await;
    let ann = settled(&bench.service, "ann", UserRole::Supervisor).await;
    let enrolment = bench.service.begin_second_factor(&ann.session).await.unwrap();
    bench.service.confirm_second_factor(&ann.session, &code(&bench, &enrolment, 0)).await.unwrap();
    for n in 0..FREE_TRIES {
        let tried = sign_in_with(&bench, Some(format!("{n:06}").into())).await.unwrap_err();
        assert!(matches!(tried, ServiceError::WrongCode), "{n}: {tried}");
    }
    let right = code(&bench, &enrolment, 30);
    assert!(matches!(sign_in_with(&bench, Some(right)).await, Err(ServiceError::TooSoon { .. })));
}

ppn_tests::on_each_backend! {
    a_first_password_opens_nothing_but_its_own_change
    a_first_password_is_over_after_seven_days
    whatever_is_wrong_the_answer_is_the_same
    strangers_who_guess_lock_nobody_out
    many_guesses_at_once_are_all_counted
    a_session_ends_by_idleness_and_by_its_longest_time
    the_browser_is_forgotten_long_after_its_last_session
    every_change_of_an_account_ends_its_sessions_on_every_node
    one_sees_and_ends_ones_own_sessions_and_no_others
    accounts_are_changed_by_who_manages_users_and_never_ones_own
    every_sign_in_and_change_is_in_the_log_without_a_secret
    regression_a_password_that_was_reset_meanwhile_opens_nothing
    a_token_that_is_revoked_opens_nothing_and_its_use_is_known
    whoever_needs_a_second_factor_adds_it_before_anything_else
    a_password_with_a_second_factor_opens_with_a_code_that_was_never_used
    guessing_codes_is_slowed_down_like_guessing_passwords
}
