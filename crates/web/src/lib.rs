//! The staff pages: plain forms first, live updates on top.
//!
//! A handler reads the request, calls one use case of `ppn-service`, and fills a template. It decides
//! nothing: authorisation, transactions and the log are the service's. Everything works without a
//! script; the script keeps counts and lists fresh. No page is kept by a browser.

mod assets;
mod audit;
mod backlog;
mod changes;
mod declarations;
mod desk;
mod help;
mod home;
mod item;
mod layout;
mod links;
mod openid;
mod person;
mod refusal;
mod restricted;
mod search;
mod second_factor;
mod sign_in;
mod times;
mod tokens;
mod users;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use ppn_http::session::{CHANGE_PASSWORD_PATH, Cookies, SECOND_FACTOR_PATH, SIGN_IN_PATH};
use ppn_service::{Lanes, Service};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// What a page may load and do: its own files, and nothing inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'; object-src 'none'";

/// What handlers share.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    lanes: Lanes,
    cookies: Cookies,
}

impl FromRef<Pages> for Cookies {
    fn from_ref(pages: &Pages) -> Self {
        pages.cookies
    }
}

impl FromRef<Pages> for Lanes {
    fn from_ref(pages: &Pages) -> Self {
        pages.lanes.clone()
    }
}

impl FromRef<Pages> for Arc<Service> {
    fn from_ref(pages: &Pages) -> Self {
        pages.lanes.service().clone()
    }
}

/// The pages over a service. Merge it with the other routes, and put [`ppn_http::front`] before them.
pub fn pages(lanes: Lanes, cookies: Cookies) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route(SIGN_IN_PATH, get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-in/openid", get(openid::begin))
        .route("/sign-in/openid/back", get(openid::back))
        .route("/sign-in/openid/signed-out", post(openid::signed_out))
        .route("/sign-out", post(sign_in::sign_out))
        .route(CHANGE_PASSWORD_PATH, get(sign_in::password).post(sign_in::change_password))
        .route(SECOND_FACTOR_PATH, get(second_factor::show).post(second_factor::begin))
        .route("/second-factor/confirm", post(second_factor::confirm))
        .route("/desks/{desk}", get(desk::show))
        .route("/desks/{desk}/next", post(desk::next))
        .route("/items/{id}", get(item::show))
        .route("/items/{id}/version", get(item::version))
        .route("/items/{id}/claim", post(item::acts::claim))
        .route("/items/{id}/bundle", post(item::acts::take_bundle))
        .route("/items/{id}/renew", post(item::acts::renew))
        .route("/items/{id}/complete", post(item::acts::complete))
        .route("/items/{id}/grade", post(item::acts::grade))
        .route("/items/{id}/release", post(item::acts::release))
        .route("/items/{id}/hold", post(item::acts::hold))
        .route("/items/{id}/assign", post(item::acts::assign))
        .route("/items/{id}/accept-lowering", post(item::acts::accept_lowering))
        .route("/items/{id}/endorse", post(item::acts::endorse))
        .route("/items/{id}/know-these-people", post(item::acts::know_these_people))
        .route("/items/{id}/restrict", post(item::acts::restrict))
        .route("/items/{id}/lift-restriction", post(item::acts::lift_restriction))
        .route("/items/{id}/cues/{cue}", get(item::cues::show).post(item::cues::decide))
        .route("/items/{id}/events/{other}", get(item::events::show).post(item::events::say))
        .route("/items/{id}/links/{link}", get(links::show).post(links::decide))
        .route(search::SEARCH_PATH, get(search::show).post(search::search))
        .route("/search/{id}", get(search::found))
        .route("/persons/{id}", get(person::show))
        .route(audit::AUDIT_PATH, get(audit::show))
        .route("/audit/export", get(audit::export::export))
        .route("/audit/persons/{id}", get(audit::seen::show))
        .route(audit::unusual::UNUSUAL_PATH, get(audit::unusual::show))
        .route(users::USERS_PATH, get(users::show).post(users::add))
        .route("/users/{name}", get(users::show_one).post(users::act))
        .route(tokens::TOKENS_PATH, get(tokens::show).post(tokens::create))
        .route("/tokens/{id}/revoke", post(tokens::revoke))
        .route("/restricted", get(restricted::show))
        .route("/restricted/{id}", get(restricted::before).post(restricted::break_glass))
        .route("/declarations", get(declarations::show).post(declarations::declare))
        .route("/backlog", get(backlog::show))
        .route("/changes", get(changes::show))
        .route("/help", get(help::show))
        .route("/help/{topic}", get(help::topic))
        .route("/assets/{version}/{name}", get(assets::serve))
        .layer(axum::middleware::from_fn_with_state(lanes.service().clone(), ppn_http::refusals::log))
        .with_state(Pages { lanes, cookies })
        .layer(CsrfLayer::new())
        .layer(SetResponseHeaderLayer::overriding(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ))
}
