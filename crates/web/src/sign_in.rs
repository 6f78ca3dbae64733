//! Signing in and out, and changing one's password.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use ppn_http::session::{Cookies, Origin, SIGN_IN_PATH, SignedInAs, local_path};
use ppn_service::{Service, ServiceError, SignIn};
use serde::Deserialize;

use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};

/// Where to go back to.
#[derive(Debug, Default, Deserialize)]
pub struct Then {
    then: Option<String>,
}

impl Then {
    /// The path: of this service, whatever was asked for.
    pub fn path(&self) -> &str {
        self.then.as_deref().and_then(local_path).unwrap_or("/")
    }
}

#[derive(Debug, Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    shell: Shell,
    then: String,
    name: String,
    ask_code: bool,
    /// Whether people may also sign in at a provider.
    provider: bool,
    error: Option<String>,
}

/// `GET /sign-in`.
pub async fn show(State(service): State<Arc<Service>>, Query(then): Query<Then>) -> Response {
    page(
        StatusCode::OK,
        &SignInPage {
            shell: Shell::open("Sign in"),
            then: then.path().to_owned(),
            name: String::new(),
            ask_code: false,
            provider: service.has_provider(),
            error: None,
        },
    )
}

/// The page again, where nobody came in by the provider.
pub fn again(status: StatusCode, service: &Service, error: &ServiceError, then: &str) -> Response {
    page(
        status,
        &SignInPage {
            shell: Shell::open("Error: Sign in"),
            then: then.to_owned(),
            name: String::new(),
            ask_code: false,
            provider: service.has_provider(),
            error: Some(said(error)),
        },
    )
}

/// Name and password as typed.
#[derive(Deserialize)]
pub struct SignInForm {
    name: String,
    password: String,
    /// The code of the second factor, where it was asked for.
    #[serde(default)]
    code: String,
    then: Option<String>,
}

/// `POST /sign-in`.
pub async fn sign_in(
    State(service): State<Arc<Service>>,
    State(cookies): State<Cookies>,
    Origin(origin): Origin,
    jar: CookieJar,
    Form(form): Form<SignInForm>,
) -> Result<Response, Refusal> {
    let then = form.then.as_deref().and_then(local_path).unwrap_or("/").to_owned();
    let name = form.name.clone();
    let browser = cookies.browser(&jar);
    let code = Some(form.code).filter(|code| !code.trim().is_empty()).map(Into::into);
    let request = SignIn { name: form.name, password: form.password.into(), code, origin, browser };
    match service.sign_in(request).await {
        Ok(signed_in) => Ok((cookies.set(jar, &signed_in), Redirect::to(&then)).into_response()),
        Err(
            error @ (ServiceError::WrongCredentials
            | ServiceError::CodeNeeded
            | ServiceError::WrongCode
            | ServiceError::TooSoon { .. }),
        ) => {
            let ask_code = matches!(error, ServiceError::CodeNeeded | ServiceError::WrongCode);
            let shell = Shell::open("Error: Sign in");
            let (provider, error) = (service.has_provider(), Some(said(&error)));
            let again = SignInPage { shell, then, name, ask_code, provider, error };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sign-out`.
pub async fn sign_out(
    State(service): State<Arc<Service>>,
    State(cookies): State<Cookies>,
    jar: CookieJar,
    session: Option<SignedInAs>,
) -> Result<Response, Refusal> {
    if let Some(SignedInAs(session)) = session {
        service.sign_out(&session).await?;
    }
    Ok((cookies.clear(jar), Redirect::to(SIGN_IN_PATH)).into_response())
}

#[derive(Debug, Template)]
#[template(path = "change-password.html")]
struct ChangePasswordPage {
    shell: Shell,
    must: bool,
    error: Option<String>,
}

/// `GET /change-password`.
pub async fn password(session: Option<SignedInAs>) -> Response {
    let Some(SignedInAs(session)) = session else { return Redirect::to(SIGN_IN_PATH).into_response() };
    let shell = Shell::of(&session.principal, "Change your password", "");
    page(StatusCode::OK, &ChangePasswordPage { shell, must: session.must_change_password, error: None })
}

/// Both passwords as typed.
#[derive(Deserialize)]
pub struct PasswordForm {
    present: String,
    new: String,
}

/// `POST /change-password`.
pub async fn change_password(
    State(service): State<Arc<Service>>,
    State(cookies): State<Cookies>,
    jar: CookieJar,
    session: Option<SignedInAs>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Refusal> {
    let Some(SignedInAs(session)) = session else { return Ok(Redirect::to(SIGN_IN_PATH).into_response()) };
    match service.change_password(&session, &form.present.into(), &form.new.into()).await {
        Ok(signed_in) => Ok((cookies.set(jar, &signed_in), Redirect::to("/")).into_response()),
        Err(
            error
            @ (ServiceError::WrongCredentials | ServiceError::TooSoon { .. } | ServiceError::Invalid(_)),
        ) => {
            let again = ChangePasswordPage {
                shell: Shell::of(&session.principal, "Error: Change your password", ""),
                must: session.must_change_password,
                error: Some(match error {
                    ServiceError::WrongCredentials => "The present password is wrong.".to_owned(),
                    other => said(&other),
                }),
            };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => Err(error.into()),
    }
}
