//! Adding a second factor to one's own account.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_http::session::{SECOND_FACTOR_PATH, SIGN_IN_PATH, SignedInAs};
use ppn_service::{Service, ServiceError, Session};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};

/// The secret and the codes stand in it: it has no debug text.
#[derive(Template)]
#[template(path = "second-factor.html")]
struct SecondFactorPage {
    shell: Shell,
    must: bool,
    has: bool,
    secret: Option<String>,
    url: String,
    codes: Vec<String>,
    error: Option<String>,
}

impl SecondFactorPage {
    fn of(session: &Session, title: &str) -> Self {
        Self {
            shell: Shell::of(&session.principal, title, ""),
            must: session.must_add_second_factor,
            has: false,
            secret: None,
            url: String::new(),
            codes: Vec::new(),
            error: None,
        }
    }
}

/// `GET /second-factor`.
pub async fn show(
    State(service): State<Arc<Service>>,
    session: Option<SignedInAs>,
) -> Result<Response, Refusal> {
    let Some(SignedInAs(session)) = session else { return Ok(Redirect::to(SIGN_IN_PATH).into_response()) };
    let has = service.has_second_factor(&session).await?;
    let shown = SecondFactorPage { has, ..SecondFactorPage::of(&session, "Your second factor") };
    Ok(page(StatusCode::OK, &shown))
}

/// `POST /second-factor`: the secret, shown once.
pub async fn begin(
    State(service): State<Arc<Service>>,
    session: Option<SignedInAs>,
) -> Result<Response, Refusal> {
    let Some(SignedInAs(session)) = session else { return Ok(Redirect::to(SIGN_IN_PATH).into_response()) };
    match service.begin_second_factor(&session).await {
        Ok(begun) => {
            let shown = SecondFactorPage {
                secret: Some(begun.secret.expose_secret().to_owned()),
                url: begun.url.expose_secret().to_owned(),
                ..SecondFactorPage::of(&session, "Add your authenticator")
            };
            Ok(page(StatusCode::OK, &shown))
        }
        Err(ServiceError::Invalid(_)) => Ok(Redirect::to(SECOND_FACTOR_PATH).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// The code as typed.
#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

/// `POST /second-factor/confirm`: the codes for when it is lost, shown once.
pub async fn confirm(
    State(service): State<Arc<Service>>,
    session: Option<SignedInAs>,
    Form(form): Form<CodeForm>,
) -> Result<Response, Refusal> {
    let Some(SignedInAs(session)) = session else { return Ok(Redirect::to(SIGN_IN_PATH).into_response()) };
    match service.confirm_second_factor(&session, &form.code.into()).await {
        Ok(codes) => {
            let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
            let shown = SecondFactorPage { codes, ..SecondFactorPage::of(&session, "Keep these codes") };
            Ok(page(StatusCode::OK, &shown))
        }
        Err(error @ (ServiceError::WrongCode | ServiceError::Invalid(_))) => {
            // The secret is not shown again: they begin anew where they did not keep it.
            let shown = SecondFactorPage {
                error: Some(format!("{} Begin again.", said(&error))),
                ..SecondFactorPage::of(&session, "Error: Your second factor")
            };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
        Err(error) => Err(error.into()),
    }
}
