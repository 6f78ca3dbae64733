//! Signing in at an OpenID provider: at the certified `oidc-provider`, started here, through its own pages; and
//! at one that lies.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::{Json, Redirect};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ppn_domain::{Act, AuditRow, Clock as _, Roles, SystemClock, UserRole};
use ppn_outbound::{Client, OpenId};
use ppn_service::{Given, Provider, Service, operator};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Server, client, root};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use url::Url;

const BACK: &str = "/sign-in/openid/back";
const SIGNED_OUT: &str = "/sign-in/openid/signed-out";
/// The cookie of a session, where nobody else can reach the service.
const SESSION: &str = "ppn_session";

/// Lets people sign in on a server at a provider.
fn sign_in_at(server: &Server, issuer: &str) {
    let client = Client {
        issuer: issuer.to_owned(),
        id: "ppn".to_owned(),
        secret: Some("a secret that both know".into()),
        back: format!("{}{BACK}", server.base),
        scopes: vec!["profile".to_owned()],
        name_claim: "preferred_username".to_owned(),
        groups_claim: "groups".to_owned(),
    };
    let roles = BTreeMap::from([
        ("raru".to_owned(), Roles::from_iter([UserRole::Researcher])),
        ("duty".to_owned(), Roles::from_iter([UserRole::Supervisor])),
    ]);
    server.service.sign_in_at(Provider { at: Arc::new(OpenId::new(client).unwrap()), roles });
}

/// A browser without a script: it keeps the cookies of each host and port apart, and follows redirections.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

/// Where a browser came to.
#[derive(Debug)]
struct Page {
    url: Url,
    status: u16,
    text: String,
}

impl Browser {
    fn cookie(&self, base: &str, name: &str) -> Option<&String> {
        self.cookies.get(&host(&base.parse().unwrap()))?.get(name)
    }

    async fn once(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> reqwest::Response {
        let jar = self.cookies.entry(host(url)).or_default();
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match form {
            None => client().get(url.clone()),
            Some(form) => client()
                .post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()),
        };
        let answer = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") || cookie.contains("01 Jan 1970") || value.is_empty() {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Follows redirections, but for one that leads to `stop`.
    async fn follow(&mut self, url: Url, form: Option<&[(&str, &str)]>, stop: &str) -> Page {
        let (mut url, mut form) = (url, form);
        for _ in 0..20 {
            let answer = self.once(&url, form.take()).await;
            let status = answer.status().as_u16();
            match answer.headers().get(LOCATION) {
                Some(to) => {
                    url = url.join(to.to_str().unwrap()).unwrap();
                    if !stop.is_empty() && url.as_str().contains(stop) {
                        return Page { url, status, text: String::new() };
                    }
                }
                None => return Page { url, status, text: answer.text().await.unwrap() },
            }
        }
        panic!("it leads round in circles: {url}");
    }

    async fn get(&mut self, url: &str) -> Page {
        self.follow(url.parse().unwrap(), None, "").await
    }

    /// Signs in through the pages of the real provider, and comes to where that leads.
    async fn sign_in(&mut self, server: &Server, id: &str) -> Page {
        let mut page = self.get(&format!("{}/sign-in/openid?then=/backlog", server.base)).await;
        while page.text.contains("name=\"prompt\"") {
            let action = between(&page.text, "action=\"", "\"");
            let to = page.url.join(&action).unwrap();
            let form: &[(&str, &str)] = if page.text.contains("value=\"login\"") {
                &[("prompt", "login"), ("login", id), ("password", "whatever it is")]
            } else {
                &[("prompt", "consent")]
            };
            page = self.follow(to, Some(form), "").await;
        }
        page
    }
}

fn host(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port_or_known_default().unwrap())
}

fn between(text: &str, before: &str, after: &str) -> String {
    let from = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    text[from..].split(after).next().unwrap().to_owned()
}

/// The certified provider, in a process of its own.
struct Real {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    issuer: String,
}

impl Real {
    fn start(server: &Server, people: &Value, conform: bool) -> Self {
        let folder = root().join("tests/openid");
        assert!(folder.join("node_modules").exists(), "run `make provider` first: the tests sign in at it");
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut real = Self { child, input, output, issuer: String::new() };
        let told = json!({
            "client": {
                "client_id": "ppn", "client_secret": "a secret that both know",
                "redirect_uris": [format!("{}{BACK}", server.base)],
                "backchannel_logout_uri": format!("{}{SIGNED_OUT}", server.base),
                "backchannel_logout_session_required": true
            },
            "people": people, "conform": conform
        });
        real.issuer = real.tell(&told.to_string());
        real
    }

    fn tell(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        let mut said = String::new();
        self.output.read_line(&mut said).unwrap();
        said.trim().to_owned()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn people() -> Value {
    json!({
        "4711": { "name": "ann.reed", "groups": ["raru", "football"] },
        "4712": { "name": "ben.cole", "groups": ["football"] },
        "4713": { "name": "sam.lowe", "groups": ["duty"] }
    })
}

async fn log(service: &Service) -> Vec<AuditRow> {
    let mut uow = service.store().read().await.unwrap();
    let rows = uow.read_log(&LogQuery { limit: 1_000, ..Default::default() }).await.unwrap();
    rows.into_iter().rev().map(|(_, row)| row).skip_while(|row| row.act == Act::PolicyInstalled).collect()
}

async fn acts(service: &Service) -> Vec<Act> {
    log(service).await.into_iter().map(|row| row.act).collect()
}

/// The whole code flow at the certified provider, with claims in the token or told apart.
async fn whoever_the_provider_vouches_for_comes_in_with_the_roles_of_their_groups(on: Backend) {
    for conform in [false, true] {
        let server = Server::on(on).await;
        let real = Real::start(&server, &people(), conform);
        sign_in_at(&server, &real.issuer);
        let mut browser = Browser::default();
        let page = browser.get(&format!("{}/sign-in?then=/backlog", server.base)).await;
        assert!(page.text.contains("href=\"/sign-in/openid?then=%2Fbacklog\""), "{}", page.text);
        let page = browser.sign_in(&server, "4711").await;
        assert_eq!((page.url.path(), page.status), ("/backlog", 200), "back to where they wanted to go");
        assert!(page.text.contains("ann.reed"));
        assert!(browser.cookie(&server.base, "ppn_attempt").is_none(), "the attempt is over");
        let rows = log(&server.service).await;
        let added: Vec<Act> = rows.iter().map(|row| row.act).take(3).collect();
        assert_eq!(added, [Act::UserAdded, Act::RolesChanged, Act::SignedIn]);
        assert!(rows[..3].iter().all(|row| row.who == "ann.reed" && row.origin == "127.0.0.1"));
        assert_eq!(rows[2].detail["at"], "provider");
        let users = server.service.users(&operator("test", "user")).await.unwrap();
        assert_eq!(users[0].roles, Roles::from_iter([UserRole::Researcher]));
        assert!(users[0].has_identity && !users[0].has_password);
    }
}

async fn whoever_has_no_role_is_told_so(on: Backend) {
    let server = Server::on(on).await;
    let mut real = Real::start(&server, &people(), false);
    sign_in_at(&server, &real.issuer);
    let page = Browser::default().sign_in(&server, "4712").await;
    assert_eq!((page.url.path(), page.status), (BACK, 422));
    assert!(page.text.contains("none of your groups has a role here"));
    let rows = log(&server.service).await;
    assert_eq!(rows.len(), 1, "nobody is added: {rows:?}");
    assert_eq!((rows[0].act, &rows[0].detail["what"]), (Act::SignInFailed, &json!("no_role")));

    // Who loses their groups loses what they had.
    let mut ann = Browser::default();
    ann.sign_in(&server, "4711").await;
    real.tell("groups 4711 football");
    let page = Browser::default().sign_in(&server, "4711").await;
    assert_eq!(page.status, 422);
    assert_eq!(ann.get(&format!("{}/backlog", server.base)).await.url.path(), "/sign-in");
    // And who gets others has those.
    real.tell("groups 4711 duty");
    assert_eq!(ann.sign_in(&server, "4711").await.status, 200);
    let users = server.service.users(&operator("test", "user")).await.unwrap();
    assert_eq!(users[0].roles, Roles::from_iter([UserRole::Supervisor]));
}

async fn a_disabled_person_does_not_come_in(on: Backend) {
    let server = Server::on(on).await;
    let real = Real::start(&server, &people(), false);
    sign_in_at(&server, &real.issuer);
    let mut ann = Browser::default();
    ann.sign_in(&server, "4711").await;
    server.service.disable_user(&operator("test", "user"), "ann.reed", "Left.").await.unwrap();
    assert_eq!(ann.get(&format!("{}/backlog", server.base)).await.url.path(), "/sign-in");
    let page = ann.sign_in(&server, "4711").await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Your account here is disabled"));
}

/// A name can pass to somebody else at a provider: it does not open what is another's here.
async fn a_name_that_is_taken_is_linked_by_an_administrator(on: Backend) {
    let server = Server::on(on).await;
    let real = Real::start(&server, &people(), false);
    sign_in_at(&server, &real.issuer);
    let by = operator("test", "user");
    let roles = Roles::from_iter([UserRole::Supervisor]);
    server.service.add_user(&by, "ann.reed", &roles, Given::ToStay).await.unwrap();
    let page = Browser::default().sign_in(&server, "4711").await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Ask an administrator to link it"));
    let failed = log(&server.service).await.pop().unwrap();
    assert_eq!((failed.who.as_str(), failed.recipient.as_deref()), ("unknown", Some("ann.reed")));

    server.service.link_identity(&by, "ann.reed", "4711").await.unwrap();
    let mut ann = Browser::default();
    assert_eq!(ann.sign_in(&server, "4711").await.status, 200);
    let users = server.service.users(&by).await.unwrap();
    assert_eq!(users[0].roles, Roles::from_iter([UserRole::Researcher]), "as the provider has it");
    Browser::default().sign_in(&server, "4713").await;
    let taken = server.service.link_identity(&by, "sam.lowe", "4711").await.unwrap_err();
    assert!(matches!(taken, ppn_service::ServiceError::Invalid(_)), "{taken:?}");
    // Linked to somebody else at the provider, their sessions are over.
    assert_eq!(server.service.link_identity(&by, "ann.reed", "9999").await.unwrap(), 1);
    assert_eq!(ann.get(&format!("{}/backlog", server.base)).await.url.path(), "/sign-in");
}

async fn who_signs_out_at_the_provider_is_signed_out_here(on: Backend) {
    let server = Server::on(on).await;
    let real = Real::start(&server, &people(), false);
    sign_in_at(&server, &real.issuer);
    let (mut office, mut home, mut other) = (Browser::default(), Browser::default(), Browser::default());
    office.sign_in(&server, "4711").await;
    home.sign_in(&server, "4711").await;
    other.sign_in(&server, "4713").await;
    let page = office.get(&format!("{}/session/end", real.issuer)).await;
    let to = page.url.join(&between(&page.text, "action=\"", "\"")).unwrap();
    let xsrf = between(&page.text, "name=\"xsrf\" value=\"", "\"");
    office.follow(to, Some(&[("xsrf", &xsrf), ("logout", "yes")]), "").await;
    let backlog = format!("{}/backlog", server.base);
    let mut came_to = String::new();
    for _ in 0..50 {
        office.get(&backlog).await.url.path().clone_into(&mut came_to);
        if came_to == "/sign-in" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(came_to, "/sign-in");
    assert_eq!(home.get(&backlog).await.status, 200, "another session of theirs at the provider goes on");
    assert_eq!(other.get(&backlog).await.url.path(), "/backlog");
    let ended = log(&server.service).await.into_iter().find(|row| row.act == Act::SessionEnded).unwrap();
    assert_eq!((ended.who.as_str(), ended.recipient.as_deref()), ("system", Some("ann.reed")));
    assert_eq!(ended.detail["why"], "provider");
}

async fn keys_that_the_provider_changes_are_followed(on: Backend) {
    let server = Server::on(on).await;
    let mut real = Real::start(&server, &people(), false);
    sign_in_at(&server, &real.issuer);
    assert_eq!(Browser::default().sign_in(&server, "4711").await.status, 200);
    real.tell("rotate");
    assert_eq!(Browser::default().sign_in(&server, "4711").await.status, 200, "asked for at once");
    real.tell("rotate");
    let page = Browser::default().sign_in(&server, "4711").await;
    assert_eq!(page.status, 422, "not again within half a minute: anybody can name a key");
    assert!(page.text.contains("could not be trusted"));
}

/// What of an answer is not as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    Nothing,
    Nonce,
    NoNonce,
    Issuer,
    Audience,
    TwoAudiences,
    AnotherParty,
    Signature,
    ForeignKey,
    Unsigned,
    SharedSecret,
    Expired,
    Old,
    FromTomorrow,
    NoToken,
    RefusedCode,
    WrongIssuerInAddress,
}

impl Lie {
    /// What the page says of it.
    const fn said(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Expired | Self::Old | Self::FromTomorrow => "differ by more than a minute",
            Self::RefusedCode => "took its answer back",
            _ => "could not be trusted",
        }
    }

    /// What the log says of it.
    const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Nonce | Self::NoNonce => "nonce",
            Self::Issuer | Self::WrongIssuerInAddress => "issuer",
            Self::Audience | Self::TwoAudiences | Self::AnotherParty => "audience",
            Self::Signature | Self::ForeignKey | Self::Unsigned | Self::SharedSecret => "signature",
            Self::Expired | Self::Old | Self::FromTomorrow => "time",
            Self::NoToken => "form",
            Self::RefusedCode => "code",
        }
    }
}

/// A provider that says what it is told to.
struct Liar {
    issuer: String,
    lie: Lie,
    /// Nonce and challenge of each code.
    asked: Vec<(String, String)>,
    key: EcdsaKeyPair,
    asked_for_keys: AtomicUsize,
}

type Told = Arc<Mutex<Liar>>;

fn key() -> EcdsaKeyPair {
    let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let made = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(key: &EcdsaKeyPair, head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(head), part(claims));
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn now() -> i64 {
    SystemClock.now().micros() / 1_000_000
}

impl Liar {
    async fn start() -> Told {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let told = Arc::new(Mutex::new(Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            lie: Lie::Nothing,
            asked: Vec::new(),
            key: key(),
            asked_for_keys: AtomicUsize::new(0),
        }));
        let app = axum::Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys))
            .route("/auth", get(authorise))
            .route("/token", post(token))
            .with_state(told.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        told
    }

    fn id_token(&self, nonce: &str) -> Value {
        let mut head = json!({ "alg": "ES256", "kid": "one", "typ": "JWT" });
        let mut claims = json!({
            "iss": self.issuer, "aud": "ppn", "sub": "4711", "nonce": nonce, "iat": now(),
            "exp": now() + 300, "preferred_username": "ann.reed", "groups": ["raru"]
        });
        match self.lie {
            Lie::Nonce => claims["nonce"] = json!("another"),
            Lie::NoNonce => drop(claims.as_object_mut().unwrap().remove("nonce")),
            Lie::Issuer => claims["iss"] = json!("https://id.another.example"),
            Lie::Audience => claims["aud"] = json!("another"),
            Lie::TwoAudiences => claims["aud"] = json!(["ppn", "another"]),
            Lie::AnotherParty => claims["azp"] = json!("another"),
            Lie::Expired => claims["exp"] = json!(now() - 61),
            Lie::Old => claims["iat"] = json!(now() - 700),
            Lie::FromTomorrow => claims["iat"] = json!(now() + 86_400),
            Lie::NoToken => return Value::Null,
            _ => {}
        }
        let token = signed(&self.key, &head, &claims);
        let (text, signature) = token.rsplit_once('.').unwrap();
        json!(match self.lie {
            Lie::Signature => {
                claims["groups"] = json!(["duty"]);
                let others = part(&claims);
                format!("{}.{others}.{signature}", text.split('.').next().unwrap())
            }
            Lie::ForeignKey => signed(&key(), &head, &claims),
            Lie::Unsigned => {
                head["alg"] = json!("none");
                format!("{}.{}.", part(&head), part(&claims))
            }
            Lie::SharedSecret => {
                head["alg"] = json!("HS256");
                let text = format!("{}.{}", part(&head), part(&claims));
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a secret that both know");
                let tag = ring::hmac::sign(&key, text.as_bytes());
                format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
            }
            _ => token.clone(),
        })
    }
}

async fn discovery(State(told): State<Told>) -> Json<Value> {
    let issuer = told.lock().unwrap().issuer.clone();
    Json(json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"]
    }))
}

async fn keys(State(told): State<Told>) -> Json<Value> {
    let told = told.lock().unwrap();
    told.asked_for_keys.fetch_add(1, Ordering::Relaxed);
    let point = told.key.public_key().as_ref();
    let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Json(json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "alg": "ES256",
        "x": coordinate(&point[1..33]), "y": coordinate(&point[33..])
    }] }))
}

async fn authorise(State(told): State<Told>, Query(asked): Query<BTreeMap<String, String>>) -> Redirect {
    let mut told = told.lock().unwrap();
    assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", "ppn"));
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
    told.asked.push((asked["nonce"].clone(), asked["code_challenge"].clone()));
    let code = format!("c0de{}", told.asked.len() - 1);
    let issuer =
        if told.lie == Lie::WrongIssuerInAddress { "https://id.another.example" } else { &told.issuer };
    let mut back: Url = asked["redirect_uri"].parse().unwrap();
    let said = [("code", code.as_str()), ("state", asked["state"].as_str()), ("iss", issuer)];
    back.query_pairs_mut().extend_pairs(said);
    Redirect::to(back.as_str())
}

async fn token(State(told): State<Told>, body: String) -> (axum::http::StatusCode, Json<Value>) {
    use sha2::{Digest as _, Sha256};
    let told = told.lock().unwrap();
    let asked: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(asked["grant_type"], "authorization_code");
    let (nonce, challenge) = &told.asked[asked["code"].trim_start_matches("c0de").parse::<usize>().unwrap()];
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(&asked["code_verifier"])), *challenge);
    if told.lie == Lie::RefusedCode {
        let refused = json!({ "error": "invalid_grant", "error_description": "<b>c0de</b>" });
        return (axum::http::StatusCode::BAD_REQUEST, Json(refused));
    }
    let mut answer = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 60 });
    let token = told.id_token(nonce);
    if token.is_string() {
        answer["id_token"] = token;
    }
    (axum::http::StatusCode::OK, Json(answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_provider_says_that_does_not_hold_signs_nobody_in() {
    let server = Server::start().await;
    let told = Liar::start().await;
    sign_in_at(&server, &told.lock().unwrap().issuer.clone());
    let begin = format!("{}/sign-in/openid?then=/backlog", server.base);
    let lies = [
        Lie::Nonce,
        Lie::NoNonce,
        Lie::Issuer,
        Lie::Audience,
        Lie::TwoAudiences,
        Lie::AnotherParty,
        Lie::Signature,
        Lie::ForeignKey,
        Lie::Unsigned,
        Lie::SharedSecret,
        Lie::Expired,
        Lie::Old,
        Lie::FromTomorrow,
        Lie::NoToken,
        Lie::RefusedCode,
        Lie::WrongIssuerInAddress,
    ];
    for lie in lies {
        told.lock().unwrap().lie = lie;
        let mut browser = Browser::default();
        let page = browser.get(&begin).await;
        assert_eq!((page.url.path(), page.status), (BACK, 422), "{lie:?}");
        assert!(page.text.contains(lie.said()), "{lie:?}: {}", page.text);
        assert!(!page.text.contains("c0de") && !page.text.contains("another"), "{lie:?} is repeated");
        assert!(browser.cookie(&server.base, SESSION).is_none(), "{lie:?}");
        let row = log(&server.service).await.pop().unwrap();
        assert_eq!((row.act, row.who.as_str()), (Act::SignInFailed, "unknown"));
        assert_eq!(row.detail, json!({ "at": "provider", "what": lie.code() }), "{lie:?}");
    }
    assert_eq!(acts(&server.service).await, vec![Act::SignInFailed; lies.len()], "nobody was added");
    // And the truth does.
    told.lock().unwrap().lie = Lie::Nothing;
    let mut browser = Browser::default();
    assert_eq!(browser.get(&begin).await.url.path(), "/backlog");
    assert!(browser.cookie(&server.base, SESSION).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_in_the_browser_that_asked_alone() {
    let server = Server::start().await;
    let told = Liar::start().await;
    sign_in_at(&server, &told.lock().unwrap().issuer.clone());
    let begin: Url = format!("{}/sign-in/openid", server.base).parse().unwrap();
    let mut asked = Browser::default();
    let answer = asked.follow(begin.clone(), None, BACK).await.url;
    let cookie = asked.cookie(&server.base, "ppn_attempt").unwrap().clone();
    assert!(!answer.as_str().contains(cookie.split('.').next().unwrap()), "the secret stays in the browser");

    let page = Browser::default().get(answer.as_str()).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("not begun in this browser"));
    // An attacker's answer in a browser that began a sign-in of its own.
    let mut victim = Browser::default();
    victim.follow(begin, None, BACK).await;
    assert_eq!(victim.get(answer.as_str()).await.status, 422);
    assert!(victim.cookie(&server.base, SESSION).is_none());

    assert_eq!(asked.get(answer.as_str()).await.status, 200);
    let page = asked.get(answer.as_str()).await;
    assert_eq!(page.status, 422, "once");
    assert_eq!(acts(&server.service).await[..3], [Act::UserAdded, Act::RolesChanged, Act::SignedIn]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_or_when_it_is_away_the_page_says_so() {
    let server = Server::start().await;
    let page = Browser::default().get(&format!("{}/sign-in/openid", server.base)).await;
    assert_eq!(page.status, 404);
    assert!(!page.text.contains("Sign in with your force"));
    sign_in_at(&server, "http://127.0.0.1:1");
    let page = Browser::default().get(&format!("{}/sign-in/openid?then=/help", server.base)).await;
    assert_eq!(page.status, 502);
    assert!(page.text.contains("did not answer as it should"));
    assert!(page.text.contains("href=\"/sign-in/openid?then=%2Fhelp\""), "to try again");
    // Whoever has a password of the service still comes in.
    assert!(page.text.contains("name=\"password\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_that_the_provider_did_not_send_ends_nothing() {
    let server = Server::start().await;
    let told = Liar::start().await;
    sign_in_at(&server, &told.lock().unwrap().issuer.clone());
    let mut ann = Browser::default();
    ann.get(&format!("{}/sign-in/openid", server.base)).await;
    let claims = json!({
        "iss": told.lock().unwrap().issuer, "aud": "ppn", "iat": now(), "exp": now() + 120, "jti": "1",
        "sub": "4711", "events": { "http://schemas.openid.net/event/backchannel-logout": {} }
    });
    let send = async |token: String| {
        let form = [("logout_token", token.as_str())];
        let url = format!("{}{SIGNED_OUT}", server.base).parse().unwrap();
        Browser::default().follow(url, Some(&form), "").await.status
    };
    let head = |kid: &str| json!({ "alg": "ES256", "kid": kid, "typ": "logout+jwt" });
    let asked = told.lock().unwrap().asked_for_keys.load(Ordering::Relaxed);
    for n in 0..20 {
        assert_eq!(send(signed(&key(), &head(&format!("key {n}")), &claims)).await, 400);
    }
    let asked = told.lock().unwrap().asked_for_keys.load(Ordering::Relaxed) - asked;
    assert_eq!(asked, 1, "whoever names keys does not make the provider be asked each time");
    assert_eq!(send(signed(&key(), &head("one"), &claims)).await, 400);
    let mut id_token = claims.clone();
    id_token["nonce"] = json!("n");
    let own = |claims: &Value| signed(&told.lock().unwrap().key, &head("one"), claims);
    assert_eq!(send(own(&id_token)).await, 400, "an ID token is none");
    let mut earlier = claims.clone();
    earlier["iat"] = json!(now() - 300);
    assert_eq!(send(own(&earlier)).await, 200);
    let backlog = format!("{}/backlog", server.base);
    assert_eq!(
        ann.get(&backlog).await.url.path(),
        "/backlog",
        "sent again, it ends nothing that began since"
    );
    assert_eq!(send(own(&claims)).await, 200);
    assert_eq!(ann.get(&backlog).await.url.path(), "/sign-in");
}

ppn_tests::on_each_backend! {
    whoever_the_provider_vouches_for_comes_in_with_the_roles_of_their_groups
    whoever_has_no_role_is_told_so
    a_disabled_person_does_not_come_in
    a_name_that_is_taken_is_linked_by_an_administrator
    who_signs_out_at_the_provider_is_signed_out_here
    keys_that_the_provider_changes_are_followed
}
