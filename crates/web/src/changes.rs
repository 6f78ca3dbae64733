//! What changes, told to an open page as it changes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use ppn_http::feed::{Receiver, events};
use ppn_http::session::{Cookies, Origin, SignedInAs};
use ppn_service::Service;
use secrecy::ExposeSecret as _;

/// `GET /changes`: the events of the API, for a session. The stream uses the session no more than a page
/// that is left open does: it ends as if nothing had been asked.
pub async fn show(
    State(service): State<Arc<Service>>,
    State(cookies): State<Cookies>,
    Origin(origin): Origin,
    session: Option<SignedInAs>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Response {
    // A script asks: it is told, and not led to a page.
    let (Some(SignedInAs(session)), Some(secret)) = (session, cookies.session(&jar)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let again = service.clone();
    let receiver: Receiver = Box::new(move || {
        let (service, secret, origin) = (again.clone(), secret.clone(), origin.clone());
        Box::pin(async move {
            let session = service.session_unused(secret.expose_secret(), &origin).await?;
            Ok(session.map(|session| session.principal))
        })
    });
    match events(&service, &session.principal, receiver, &headers).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}
