//! Signing in at the force's OpenID provider, and its sign-out.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use ppn_http::session::{Cookies, Origin, local_path};
use ppn_service::{ProviderFault, Returned, Service, ServiceError};
use serde::Deserialize;

use crate::refusal::Refusal;
use crate::sign_in::{Then, again};

/// `GET /sign-in/openid`: away to the provider. A form of the page could not lead there, since the page
/// sends forms to this service alone.
pub async fn begin(
    State(service): State<Arc<Service>>,
    State(cookies): State<Cookies>,
    jar: CookieJar,
    Query(then): Query<Then>,
) -> Result<Response, Refusal> {
    match service.begin_at_provider(then.path()).await {
        Ok((attempt, address)) => {
            Ok((cookies.set_attempt(jar, &attempt), Redirect::to(&address)).into_response())
        }
        Err(error) => refused(&service, error, then.path()),
    }
}

/// What a provider puts into the address.
#[derive(Default, Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
}

/// `GET /sign-in/openid/back`: back from the provider.
pub async fn back(
    State(service): State<Arc<Service>>,
    State(cookies): State<Cookies>,
    Origin(origin): Origin,
    jar: CookieJar,
    Query(answer): Query<Answer>,
) -> Result<Response, Refusal> {
    let browser = cookies.browser(&jar);
    let (jar, attempt) = cookies.take_attempt(jar);
    let returned = Returned {
        attempt,
        state: answer.state,
        code: answer.code.map(Into::into),
        issuer: answer.iss,
        origin,
        browser,
    };
    match service.finish_at_provider(returned).await {
        Ok((signed_in, then)) => {
            let then = local_path(&then).unwrap_or("/");
            Ok((cookies.set(jar, &signed_in), Redirect::to(then)).into_response())
        }
        Err(error) => Ok((jar, refused(&service, error, "/")?).into_response()),
    }
}

/// The token by which a provider says that a session ended.
#[derive(Deserialize)]
pub struct SignOut {
    logout_token: String,
}

/// `POST /sign-in/openid/signed-out`: from the provider itself, by no browser.
pub async fn signed_out(
    State(service): State<Arc<Service>>,
    Origin(origin): Origin,
    Form(form): Form<SignOut>,
) -> Result<StatusCode, Refusal> {
    match service.signed_out_at_provider(&form.logout_token.into(), &origin).await {
        Ok(_) => Ok(StatusCode::OK),
        // As OpenID Connect Back-Channel Logout 1.0 has it, section 2.8.
        Err(ServiceError::Provider(fault)) if fault != ProviderFault::Unreachable => {
            Ok(StatusCode::BAD_REQUEST)
        }
        Err(error) => Err(error.into()),
    }
}

/// The sign-in page again, saying why nobody came in.
fn refused(service: &Service, error: ServiceError, then: &str) -> Result<Response, Refusal> {
    let ServiceError::Provider(fault) = error else { return Err(error.into()) };
    let status = match fault {
        ProviderFault::Unreachable => StatusCode::BAD_GATEWAY,
        ProviderFault::None => StatusCode::NOT_FOUND,
        // As for a wrong password: it is in the log already, as a sign-in that failed.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(again(status, service, &error, then))
}
