//! Who signed in with a browser: the session cookie, and what handlers of pages take in.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use ppn_service::{ATTEMPT_LASTS, BROWSER_KEPT, Service, ServiceError, Session, SignedIn};
use secrecy::{ExposeSecret as _, SecretString};

use crate::Problem;
use crate::extract::peer;
use crate::refusals::Asking;

/// Where people sign in; the page is that of the staff pages.
pub const SIGN_IN_PATH: &str = "/sign-in";
/// Where they change their password.
pub const CHANGE_PASSWORD_PATH: &str = "/change-password";
/// Where they add the second factor that their roles need.
pub const SECOND_FACTOR_PATH: &str = "/second-factor";
/// The longest path that is come back to after signing in, in bytes.
const LONGEST_THEN: usize = 512;

/// The cookies of a browser: one ends with the session, one knows the browser again, so that wrong passwords
/// from elsewhere do not slow it down, and one remembers that it was sent to a provider to sign in.
///
/// Over encrypted connections they are `__Host-ppn_session` and `__Host-ppn_browser`, which a browser
/// takes over such a connection alone and sends to this host alone (and `__Host-ppn_attempt`). A service that others cannot reach
/// may be spoken to in the clear, where not every browser keeps `Secure` cookies: there they are
/// `ppn_session` and `ppn_browser`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookies {
    encrypted: bool,
}

impl Cookies {
    /// Whether browsers reach the service over encrypted connections.
    pub const fn new(encrypted: bool) -> Self {
        Self { encrypted }
    }

    const fn session_name(self) -> &'static str {
        if self.encrypted { "__Host-ppn_session" } else { "ppn_session" }
    }

    const fn browser_name(self) -> &'static str {
        if self.encrypted { "__Host-ppn_browser" } else { "ppn_browser" }
    }

    const fn attempt_name(self) -> &'static str {
        if self.encrypted { "__Host-ppn_attempt" } else { "ppn_attempt" }
    }

    /// Remembers that the browser was sent to the provider, until it is back.
    pub fn set_attempt(self, jar: CookieJar, attempt: &SecretString) -> CookieJar {
        let mut cookie = self.cookie(self.attempt_name(), attempt.expose_secret());
        let lasts = std::time::Duration::from_secs(ATTEMPT_LASTS.as_seconds().unsigned_abs());
        cookie.set_max_age(lasts.try_into().ok());
        jar.add(cookie)
    }

    /// What the browser remembers of having been sent to the provider, and forgets now.
    pub fn take_attempt(self, jar: CookieJar) -> (CookieJar, Option<SecretString>) {
        let attempt = jar.get(self.attempt_name()).map(|cookie| cookie.value().into());
        let mut cookie = self.cookie(self.attempt_name(), "");
        cookie.make_removal();
        (jar.add(cookie), attempt)
    }

    /// Sets both cookies for somebody who signed in or changed their password.
    pub fn set(self, jar: CookieJar, signed_in: &SignedIn) -> CookieJar {
        let session = self.cookie(self.session_name(), signed_in.secret.expose_secret());
        let mut browser = self.cookie(self.browser_name(), signed_in.browser.expose_secret());
        let kept = std::time::Duration::from_secs(BROWSER_KEPT.as_seconds().unsigned_abs());
        browser.set_max_age(kept.try_into().ok());
        jar.add(session).add(browser)
    }

    /// The secret of the session, whether or not it opens one.
    pub fn session(self, jar: &CookieJar) -> Option<SecretString> {
        jar.get(self.session_name()).map(|cookie| cookie.value().into())
    }

    /// Takes the session's cookie away. The browser stays known.
    pub fn clear(self, jar: CookieJar) -> CookieJar {
        let mut cookie = self.cookie(self.session_name(), "");
        cookie.make_removal();
        jar.add(cookie)
    }

    /// What the browser says it is, for [`ppn_service::SignIn`].
    pub fn browser(self, jar: &CookieJar) -> Option<SecretString> {
        jar.get(self.browser_name()).map(|cookie| cookie.value().into())
    }

    fn cookie(self, name: &'static str, value: &str) -> Cookie<'static> {
        Cookie::build((name, value.to_owned()))
            .path("/")
            .http_only(true)
            .secure(self.encrypted)
            .same_site(SameSite::Lax)
            .build()
    }
}

/// The session of whoever asks. Without one, or before a password that was given out is changed, a page
/// leads to where that is done.
///
/// `Option<SignedInAs>` also takes in a session in which nothing but the password may be changed or a second
/// factor added, and is `None` without a session.
#[derive(Debug, Clone)]
pub struct SignedInAs(pub Session);

/// Why a page does not open.
#[derive(Debug)]
pub enum NotSignedIn {
    /// They sign in first, and come back to this path.
    SignIn {
        /// The path and query that were asked for, where they only read.
        then: Option<String>,
    },
    /// They change the password that was given out first.
    ChangePassword,
    /// They add a second factor first.
    AddSecondFactor,
    /// The session could not be looked up.
    Failed(Problem),
}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { then: None } => Redirect::to(SIGN_IN_PATH).into_response(),
            Self::SignIn { then: Some(then) } => {
                let then: String = form_urlencoded::byte_serialize(then.as_bytes()).collect();
                Redirect::to(&format!("{SIGN_IN_PATH}?then={then}")).into_response()
            }
            Self::ChangePassword => Redirect::to(CHANGE_PASSWORD_PATH).into_response(),
            Self::AddSecondFactor => Redirect::to(SECOND_FACTOR_PATH).into_response(),
            Self::Failed(problem) => problem.into_response(),
        }
    }
}

impl<S> FromRequestParts<S> for SignedInAs
where
    Arc<Service>: FromRef<S>,
    Cookies: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotSignedIn> {
        match session(parts, state).await {
            Ok(Some(session)) if session.must_change_password => Err(NotSignedIn::ChangePassword),
            Ok(Some(session)) if session.must_add_second_factor => Err(NotSignedIn::AddSecondFactor),
            Ok(Some(session)) => Ok(Self(session)),
            Ok(None) => {
                let asked = parts.uri.path_and_query().map(axum::http::uri::PathAndQuery::as_str);
                let then = asked.filter(|_| parts.method == Method::GET).and_then(local_path);
                Err(NotSignedIn::SignIn { then: then.map(str::to_owned) })
            }
            Err(error) => Err(NotSignedIn::Failed(error.into())),
        }
    }
}

impl<S> OptionalFromRequestParts<S> for SignedInAs
where
    Arc<Service>: FromRef<S>,
    Cookies: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        Ok(session(parts, state).await?.map(Self))
    }
}

async fn session<S>(parts: &Parts, state: &S) -> Result<Option<Session>, ServiceError>
where
    Arc<Service>: FromRef<S>,
    Cookies: FromRef<S>,
    S: Sync,
{
    match Cookies::from_ref(state).session(&CookieJar::from_headers(&parts.headers)) {
        Some(secret) => {
            let service = Arc::<Service>::from_ref(state);
            let session = service.session(secret.expose_secret(), &peer(&parts.extensions)).await?;
            if let (Some(session), Some(asking)) = (&session, parts.extensions.get::<Asking>()) {
                asking.is(&session.principal);
            }
            Ok(session)
        }
        None => Ok(None),
    }
}

/// From where a request comes, as the log names it.
#[derive(Debug, Clone)]
pub struct Origin(pub String);

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(peer(&parts.extensions)))
    }
}

/// A path of this service to come back to: no other host can be named by it.
pub fn local_path(then: &str) -> Option<&str> {
    let plain = then.len() <= LONGEST_THEN && then.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (plain && then.starts_with('/') && !then.starts_with("//")).then_some(then)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_service_is_come_back_to() {
        for path in ["/", "/desks/child?band=red"] {
            assert_eq!(local_path(path), Some(path));
        }
        for other in ["", "desks", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"] {
            assert_eq!(local_path(other), None, "{other}");
        }
    }

    #[test]
    fn cookies_are_for_this_host_alone_and_out_of_reach_of_scripts() {
        let cookie = Cookies::new(true).cookie("__Host-ppn_session", "x").to_string();
        assert_eq!(cookie, "__Host-ppn_session=x; HttpOnly; SameSite=Lax; Secure; Path=/");
        let cookie = Cookies::new(false).cookie("ppn_session", "x").to_string();
        assert_eq!(cookie, "ppn_session=x; HttpOnly; SameSite=Lax; Path=/");
    }
}
