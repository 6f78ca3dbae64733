//! What stands before every route: whose word about a caller's address is taken, how much strangers may ask
//! for, that browsers come back encrypted, and whom to tell of a weakness.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum_extra::extract::cookie::CookieJar;
use governor::{DefaultKeyedRateLimiter, Quota};
use ppn_domain::{Clock as _, Span, SystemClock};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::extract::bearer;
use crate::layers::{behind_proxy, wrap};
use crate::refusals::Asking;
use crate::{Cookies, Problem};

/// Requests a minute from one address that nobody vouches for, unless set otherwise. One page with its files
/// is five.
pub const STRANGERS_A_MINUTE: u32 = 600;
/// Where whoever found a weakness reads whom to tell.
pub const SECURITY_TEXT_PATH: &str = "/.well-known/security.txt";
/// For how long a browser asks for this host encrypted alone: two years.
const ENCRYPTED_FOR: &str = "max-age=63072000";
/// What stands in `security.txt` is good for so long from when it is read.
const SECURITY_TEXT_LASTS: Span = Span::days(180);
/// A session or token that opened something is no stranger for so long.
const KNOWN_FOR: Duration = Duration::from_mins(10);
/// After so many requests, callers that are long gone are forgotten.
const TIDIED_EVERY: u32 = 10_000;

/// How callers reach the service.
#[derive(Debug, Clone)]
pub struct Front {
    /// Through a proxy alone, which says who they are.
    pub behind_proxy: bool,
    /// Over connections that the service itself encrypts.
    pub encrypted: bool,
    /// Requests a minute from one address that nobody vouches for; 0 is no limit.
    pub strangers_a_minute: u32,
    /// Requests a minute of one session or token; 0 is no limit.
    pub callers_a_minute: u32,
    /// Whom to tell of a weakness: an address that begins with `https:` or `mailto:`.
    pub security_contact: Option<String>,
}

impl Default for Front {
    fn default() -> Self {
        Self {
            behind_proxy: false,
            encrypted: false,
            strangers_a_minute: STRANGERS_A_MINUTE,
            callers_a_minute: 0,
            security_contact: None,
        }
    }
}

impl Front {
    /// The cookies that browsers are given: a proxy encrypts as the service itself does, and without either
    /// nobody but this machine reaches it.
    pub const fn cookies(&self) -> Cookies {
        Cookies::new(self.encrypted || self.behind_proxy)
    }
}

/// Puts it before the whole app, with what every answer carries.
pub fn put_before(app: Router, front: &Front) -> Router {
    let contact = front.security_contact.clone();
    let mut app =
        app.route(SECURITY_TEXT_PATH, get(move || std::future::ready(security_text(contact.as_deref()))));
    let limits = Limits::new(front);
    if limits.strangers.is_some() || limits.callers.is_some() {
        app = app.layer(from_fn_with_state(Arc::new(limits), limit));
    }
    app = wrap(app);
    if front.behind_proxy {
        app = behind_proxy(app);
    }
    if front.encrypted {
        app = app.layer(SetResponseHeaderLayer::overriding(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(ENCRYPTED_FOR),
        ));
    }
    app
}

/// RFC 9116.
fn security_text(contact: Option<&str>) -> Response {
    let Some(contact) = contact else {
        return Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found")
            .detail("whoever runs this service has named nobody to tell")
            .into_response();
    };
    let expires = SystemClock.now() + SECURITY_TEXT_LASTS;
    let text = format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n");
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// From where a request comes: an address, or the network of one of IPv6, whose owner has them all.
type Place = IpAddr;
/// A digest of what a request would be let in by, whether or not it opens anything.
type Credentials = [u8; 32];

struct Limits {
    cookies: Cookies,
    strangers: Option<DefaultKeyedRateLimiter<Place>>,
    callers: Option<DefaultKeyedRateLimiter<Credentials>>,
    /// When each last opened something. Only what opened something comes in, so nobody fills it by guessing.
    known: Mutex<HashMap<Credentials, Instant>>,
    asked: AtomicU32,
}

impl Limits {
    fn new(front: &Front) -> Self {
        let quota = |a_minute| NonZeroU32::new(a_minute).map(Quota::per_minute);
        Self {
            cookies: front.cookies(),
            strangers: quota(front.strangers_a_minute).map(DefaultKeyedRateLimiter::keyed),
            callers: quota(front.callers_a_minute).map(DefaultKeyedRateLimiter::keyed),
            known: Mutex::default(),
            asked: AtomicU32::new(0),
        }
    }

    fn credentials(&self, headers: &HeaderMap) -> Option<Credentials> {
        let cookie = || self.cookies.session(&CookieJar::from_headers(headers));
        let secret = bearer(headers).map(SecretString::from).or_else(cookie)?;
        Some(Sha256::digest(secret.expose_secret()).into())
    }

    fn is_known(&self, credentials: &Credentials) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(credentials).is_some_and(|opened| opened.elapsed() < KNOWN_FOR)
    }

    fn opened(&self, credentials: Credentials) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(credentials, Instant::now());
    }

    fn stranger_may(&self, place: Place) -> bool {
        self.strangers.as_ref().is_none_or(|strangers| strangers.check_key(&place).is_ok())
    }

    fn caller_may(&self, credentials: &Credentials) -> bool {
        self.callers.as_ref().is_none_or(|callers| callers.check_key(credentials).is_ok())
    }

    /// Whoever asks from ever new addresses fills no memory for long.
    fn tidy(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed) % TIDIED_EVERY != TIDIED_EVERY - 1 {
            return;
        }
        if let Some(strangers) = &self.strangers {
            strangers.retain_recent();
        }
        if let Some(callers) = &self.callers {
            callers.retain_recent();
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, opened| opened.elapsed() < KNOWN_FOR);
    }
}

/// Limits callers by their credentials once these opened something, and everybody else by address: a
/// stranger at the address of a whole force shuts nobody out who is at work there, and whoever guesses tokens
/// is a stranger with each.
async fn limit(State(limits): State<Arc<Limits>>, mut request: Request, next: Next) -> Response {
    limits.tidy();
    let credentials = limits.credentials(request.headers());
    match credentials.filter(|credentials| limits.is_known(credentials)) {
        Some(credentials) if !limits.caller_may(&credentials) => return too_many("callers"),
        Some(_) => {}
        None => {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
            if !limits.stranger_may(place(peer)) {
                return too_many("strangers");
            }
        }
    }
    let asking = Asking::default();
    request.extensions_mut().insert(asking.clone());
    let response = next.run(request).await;
    if let Some(credentials) = credentials.filter(|_| asking.is_answered()) {
        limits.opened(credentials);
    }
    response
}

fn too_many(whose: &'static str) -> Response {
    metrics::counter!("ppn_requests_over_limit_total", "whose" => whose).increment(1);
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests")
        .detail("too many requests came from there: try again in a minute");
    ([(header::RETRY_AFTER, "60")], problem).into_response()
}

fn place(peer: Option<IpAddr>) -> Place {
    match peer {
        Some(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.into(),
            None => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        },
        Some(ip) => ip,
        None => Ipv4Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let of = |ip: &str| place(Some(ip.parse().unwrap())).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2:ffff::"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:10.0.0.7"), "10.0.0.7");
        assert_eq!(of("10.0.0.7"), "10.0.0.7");
    }

    #[test]
    fn a_share_is_of_one_place_alone() {
        let limits = Limits::new(&Front { strangers_a_minute: 2, ..Front::default() });
        let [here, there] = [[10, 0, 0, 7], [10, 0, 0, 8]].map(IpAddr::from);
        assert_eq!(
            [here, here, here, there].map(|place| limits.stranger_may(place)),
            [true, true, false, true]
        );
        let none = Limits::new(&Front { strangers_a_minute: 0, ..Front::default() });
        assert!(none.strangers.is_none() && none.callers.is_none());
    }
}
