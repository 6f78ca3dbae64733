//! The people who sign in: what they are, where they are signed in, and what becomes of them.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::{Permission, Roles, SessionId, Timestamp, UserRole};
use ppn_http::session::SignedInAs;
use ppn_service::{Ended, GIVEN_PASSWORD_LASTS, Given, Principal, Service, ServiceError, UserView};
use secrecy::ExposeSecret as _;

use crate::item::Typed;
use crate::layout::{Shell, ShownOnce, in_address, page};
use crate::refusal::{Refusal, said};
use crate::words;

/// The address of the list.
pub const USERS_PATH: &str = "/users";

/// A role as a choice.
#[derive(Debug)]
pub struct RoleChoice {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: String,
    /// It is chosen.
    pub chosen: bool,
}

/// Every role, those chosen that are given.
pub fn role_choices(chosen: impl Fn(UserRole) -> bool) -> Vec<RoleChoice> {
    let all = UserRole::ALL.iter();
    all.map(|&role| RoleChoice { code: role.code(), name: words::user_role(role), chosen: chosen(role) })
        .collect()
}

/// The roles that a form has chosen.
pub fn roles_of(typed: &Typed) -> Roles {
    let chosen = |role: &&UserRole| typed.contains_key(&format!("role-{}", role.code()));
    UserRole::ALL.iter().filter(chosen).copied().collect()
}

#[derive(Debug)]
struct Row {
    name: String,
    href: String,
    roles: String,
    with: String,
    signed_in: String,
}

impl Row {
    fn of(user: &UserView) -> Self {
        let roles: Vec<String> = user.roles.0.iter().map(|role| words::user_role(*role)).collect();
        Self {
            name: user.name.clone(),
            href: address(&user.name),
            roles: if roles.is_empty() { "Those of the tokens".to_owned() } else { roles.join(", ") },
            with: signs_in_with(user),
            signed_in: user.signed_in_at.map_or_else(|| "never".to_owned(), Timestamp::london_text),
        }
    }
}

fn signs_in_with(user: &UserView) -> String {
    if let Some(since) = user.disabled_at {
        return format!("Disabled since {}", since.london_text());
    }
    let password = match (user.has_password, user.password_until) {
        (false, _) => None,
        (true, Some(until)) => Some(format!("a first password, until {}", until.london_text())),
        (true, None) => Some("a password".to_owned()),
    };
    match (user.has_identity, password) {
        (true, Some(password)) => format!("The provider, or {password}"),
        (true, None) => "The provider".to_owned(),
        (false, Some(password)) => words::capital(&password),
        (false, None) => "Tokens alone".to_owned(),
    }
}

fn address(name: &str) -> String {
    format!("{USERS_PATH}/{}", in_address(name))
}

#[derive(Debug, Template)]
#[template(path = "users.html")]
struct UsersPage {
    shell: Shell,
    rows: Vec<Row>,
    name: String,
    roles: Vec<RoleChoice>,
    fault: Option<(String, &'static str)>,
}

async fn list(
    service: &Service,
    by: &Principal,
    typed: &Typed,
    fault: Option<(String, &'static str)>,
) -> Result<Response, Refusal> {
    let users = service.users(by).await?;
    let title = if fault.is_some() { "Error: Users" } else { "Users" };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let chosen = roles_of(typed);
    let shown = UsersPage {
        shell: Shell::of(by, title, USERS_PATH),
        rows: users.iter().map(Row::of).collect(),
        name: typed.get("name").cloned().unwrap_or_default(),
        roles: role_choices(|role| chosen.0.contains(&role)),
        fault,
    };
    Ok(page(status, &shown))
}

/// `GET /users`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
) -> Result<Response, Refusal> {
    list(&service, &session.principal, &Typed::default(), None).await
}

/// `POST /users`: adds somebody, and shows their first password once.
pub async fn add(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let name = typed.get("name").map_or("", |name| name.trim());
    match service.add_user(&by, name, &roles_of(&typed), Given::ToBeChanged).await {
        Ok(password) => Ok(first_password(&by, name, password.expose_secret())),
        Err(error) => {
            let field = match &error {
                ServiceError::Invalid(errors) if errors.iter().any(|e| e.path == "/role") => "#roles",
                ServiceError::Invalid(_) => "#name",
                _ => return Err(error.into()),
            };
            list(&service, &by, &typed, Some((said(&error), field))).await
        }
    }
}

fn first_password(by: &Principal, name: &str, password: &str) -> Response {
    let days = words::count(GIVEN_PASSWORD_LASTS.as_seconds().unsigned_abs() / 86_400, "day", "days");
    let shown = ShownOnce {
        shell: Shell::of(by, "A first password", USERS_PATH),
        title: "A first password",
        label: format!("For {name}"),
        secret: password.to_owned(),
        words: format!("It opens nothing but its own change, and that for {days}."),
        back: address(name),
    };
    page(StatusCode::OK, &shown)
}

#[derive(Debug)]
struct SessionRow {
    id: SessionId,
    origin: String,
    provider: bool,
    begun: String,
    seen: String,
}

#[derive(Debug, Template)]
#[template(path = "user.html")]
struct UserPage {
    shell: Shell,
    href: String,
    row: Row,
    own: bool,
    disabled: bool,
    has_password: bool,
    roles: Vec<RoleChoice>,
    sessions: Vec<SessionRow>,
    failures: String,
    typed: Typed,
    fault: Option<(String, String)>,
    done: Option<String>,
}

impl UserPage {
    fn was(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }
}

/// What became of an act on the page of somebody.
enum Came {
    Nothing,
    Done(String),
    Refused(String, String),
}

async fn one(
    service: &Service,
    by: &Principal,
    name: &str,
    typed: Typed,
    came: Came,
) -> Result<Response, Refusal> {
    let users = service.users(by).await?;
    let user = users.iter().find(|user| user.name == name).ok_or_else(Refusal::not_found)?;
    let sessions = service.sessions_of(by, name).await?;
    let (done, fault) = match came {
        Came::Nothing => (None, None),
        Came::Done(words) => (Some(words), None),
        Came::Refused(words, field) => (None, Some((words, field))),
    };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let title = if fault.is_some() { "Error: A user" } else { "A user" };
    let shown = UserPage {
        shell: Shell::of(by, title, ""),
        href: address(name),
        row: Row::of(user),
        own: by.name == name,
        disabled: user.disabled_at.is_some(),
        has_password: user.has_password,
        roles: role_choices(|role| user.roles.0.contains(&role)),
        failures: words::count(u64::from(user.failures), "wrong password", "wrong passwords"),
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow {
                id: session.id,
                origin: session.origin,
                provider: session.provider.is_some(),
                begun: session.created_at.london_text(),
                seen: session.seen_at.london_text(),
            })
            .collect(),
        typed,
        fault,
        done,
    };
    Ok(page(status, &shown))
}

/// `GET /users/{name}`.
pub async fn show_one(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::ManageUsers)?;
    one(&service, &by, &name, Typed::default(), Came::Nothing).await
}

/// `POST /users/{name}`: one act on their account.
pub async fn act(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(name): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::ManageUsers)?;
    let wish = typed.get("do").map_or("", String::as_str).to_owned();
    if wish == "reset" {
        let (password, _) = service.reset_password(&by, &name, Given::ToBeChanged).await?;
        return Ok(first_password(&by, &name, password.expose_secret()));
    }
    match act_on(&service, &by, &name, &wish, &typed).await {
        Ok(words) => one(&service, &by, &name, Typed::default(), Came::Done(words)).await,
        Err(error @ ServiceError::Invalid(_)) => {
            let field = if wish == "roles" { "roles".to_owned() } else { format!("{wish}-reason") };
            one(&service, &by, &name, typed, Came::Refused(said(&error), format!("#{field}"))).await
        }
        Err(ServiceError::NotFound("act")) => Ok(Redirect::to(&address(&name)).into_response()),
        Err(error) => Err(error.into()),
    }
}

async fn act_on(
    service: &Service,
    by: &Principal,
    name: &str,
    wish: &str,
    typed: &Typed,
) -> Result<String, ServiceError> {
    let reason = typed.get(&format!("{wish}-reason")).map_or("", String::as_str);
    Ok(match wish {
        "roles" => ended("Roles changed", service.set_roles(by, name, &roles_of(typed)).await?),
        "disable" => ended("Disabled", service.disable_user(by, name, reason).await?),
        "enable" => {
            service.enable_user(by, name, reason).await?;
            "Enabled".to_owned()
        }
        "remove-second-factor" => {
            let sessions = service.remove_second_factor(by, name, reason).await?;
            ended("Second factor removed", Ended { sessions, tokens: 0 })
        }
        "end-sessions" => {
            let only = typed.get("session").map(|id| id.parse()).transpose();
            let only = only.map_err(|_| ServiceError::NotFound("session"))?;
            let sessions = service.end_sessions(by, name, only).await?;
            ended("Done", Ended { sessions, tokens: 0 })
        }
        _ => return Err(ServiceError::NotFound("act")),
    })
}

fn ended(what: &str, ended: Ended) -> String {
    let mut parts = vec![what.to_owned()];
    if ended.sessions > 0 {
        parts.push(words::count(ended.sessions as u64, "session ended", "sessions ended"));
    }
    if ended.tokens > 0 {
        parts.push(words::count(ended.tokens as u64, "token revoked", "tokens revoked"));
    }
    parts.join(". ")
}
