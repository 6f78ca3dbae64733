//! Tokens: what machines and scripts come in with.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::{Timestamp, TokenId};
use ppn_http::session::SignedInAs;
use ppn_service::{DEFAULT_TOKEN_DAYS, LONGEST_TOKEN_DAYS, Principal, Service, ServiceError, TokenRequest};

use crate::item::Typed;
use crate::layout::{Shell, ShownOnce, page};
use crate::refusal::{Refusal, said};
use crate::users::{RoleChoice, role_choices, roles_of};
use crate::words;

/// The address of the list.
pub const TOKENS_PATH: &str = "/tokens";

#[derive(Debug)]
struct Row {
    id: TokenId,
    user: String,
    roles: String,
    source: String,
    ends: String,
    used: String,
    live: bool,
}

#[derive(Debug, Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    shell: Shell,
    rows: Vec<Row>,
    typed: Typed,
    roles: Vec<RoleChoice>,
    usual: u32,
    longest: u32,
    fault: Option<(String, &'static str)>,
}

impl TokensPage {
    fn was(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }
}

async fn list(
    service: &Service,
    by: &Principal,
    typed: Typed,
    fault: Option<(String, &'static str)>,
) -> Result<Response, Refusal> {
    let now = service.now();
    let rows = service.tokens(by).await?.into_iter().map(|token| {
        let roles: Vec<String> = token.roles.0.iter().map(|role| words::user_role(*role)).collect();
        let (ends, live) = match token.revoked_at {
            Some(at) => (format!("Revoked {}", at.london_text()), false),
            None if token.expires_at <= now => (format!("Ended {}", token.expires_at.london_text()), false),
            None => (format!("Until {}", token.expires_at.london_text()), true),
        };
        Row {
            id: token.id,
            user: token.user,
            roles: roles.join(", "),
            source: token.source.unwrap_or_else(|| "Any".to_owned()),
            ends,
            used: token.used_at.map_or_else(|| "never".to_owned(), Timestamp::london_text),
            live,
        }
    });
    let rows = rows.collect();
    let title = if fault.is_some() { "Error: Tokens" } else { "Tokens" };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let chosen = roles_of(&typed);
    let shown = TokensPage {
        shell: Shell::of(by, title, TOKENS_PATH),
        rows,
        typed,
        roles: role_choices(|role| chosen.0.contains(&role)),
        usual: DEFAULT_TOKEN_DAYS,
        longest: LONGEST_TOKEN_DAYS,
        fault,
    };
    Ok(page(status, &shown))
}

/// `GET /tokens`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
) -> Result<Response, Refusal> {
    list(&service, &session.principal, Typed::default(), None).await
}

/// `POST /tokens`: makes one, and shows it once.
pub async fn create(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let text = |field: &str| typed.get(field).map(|text| text.trim()).filter(|text| !text.is_empty());
    let request = TokenRequest {
        name: text("name").unwrap_or_default().to_owned(),
        roles: roles_of(&typed),
        source: text("source").map(str::to_owned),
        // What is no number of days is none that may stand: the service says so.
        days: text("days").map_or(DEFAULT_TOKEN_DAYS, |days| days.parse().unwrap_or(0)),
    };
    match service.create_token(&by, &request).await {
        Ok(secret) => {
            let shown = ShownOnce {
                shell: Shell::of(&by, "A token", TOKENS_PATH),
                title: "A token",
                label: format!("For {}", request.name),
                secret,
                words: "Keep it where secrets are kept.".to_owned(),
                back: TOKENS_PATH.to_owned(),
            };
            Ok(page(StatusCode::OK, &shown))
        }
        Err(error) => {
            let path = match &error {
                ServiceError::Invalid(errors) => errors.first().map_or("", |error| error.path.as_str()),
                _ => return Err(error.into()),
            };
            let field = match path {
                "/role" => "#roles",
                "/source" => "#source",
                "/expires" => "#days",
                _ => "#name",
            };
            let words = said(&error);
            list(&service, &by, typed, Some((words, field))).await
        }
    }
}

/// `POST /tokens/{id}/revoke`.
pub async fn revoke(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: TokenId = id.parse().map_err(|_| Refusal::not_found())?;
    service.revoke_token(&session.principal, id).await?;
    Ok(Redirect::to(TOKENS_PATH).into_response())
}
