//! The JSON API: one file an endpoint, each with its text for the OpenAPI document.
//!
//! Handlers read the request, call one use case of `ppn-service`, and shape the answer. They decide
//! nothing: authorisation, transactions and the log are the service's.

mod audit;
mod backlog;
mod codes;
mod declarations;
mod desks;
mod endorsements;
mod events;
mod examples;
mod feed;
mod fields;
mod health;
mod metrics;
mod notices;
mod openapi;
mod people;
mod restricted;
mod searches;
mod unreadable;
mod views;
mod work_items;

use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use ppn_http::Problem;
use ppn_service::{Lanes, Service};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

pub use openapi::document;

/// What the explorer may load and do: its own files, and pictures that its stylesheet holds.
const EXPLORER_POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'; object-src 'none'";

/// What the app is given beside the service.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Renders the metrics; `/metrics` answers 404 without.
    pub metrics: Option<PrometheusHandle>,
}

/// What handlers share.
#[derive(Debug, Clone)]
pub(crate) struct AppState {
    lanes: Lanes,
    options: Options,
}

impl FromRef<AppState> for Lanes {
    fn from_ref(state: &AppState) -> Self {
        state.lanes.clone()
    }
}

impl FromRef<AppState> for Arc<Service> {
    fn from_ref(state: &AppState) -> Self {
        state.lanes.service().clone()
    }
}

impl FromRef<AppState> for Options {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}

fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::head())
        .routes(routes!(notices::submit::submit))
        .routes(routes!(notices::check::check))
        .routes(routes!(notices::show::show))
        .routes(routes!(notices::restrict::restrict))
        .routes(routes!(notices::restrict::lift))
        .routes(routes!(restricted::restricted))
        .routes(routes!(declarations::declare))
        .routes(routes!(desks::claim_next))
        .routes(routes!(work_items::list::list))
        .routes(routes!(work_items::show::show))
        .routes(routes!(work_items::claim::claim))
        .routes(routes!(work_items::renew::renew))
        .routes(routes!(work_items::release::release))
        .routes(routes!(work_items::hold::hold))
        .routes(routes!(work_items::assign::assign))
        .routes(routes!(work_items::complete::complete))
        .routes(routes!(work_items::grade::grade))
        .routes(routes!(work_items::know_these_people::know_these_people))
        .routes(routes!(work_items::break_glass::break_glass))
        .routes(routes!(work_items::reassess::reassess))
        .routes(routes!(work_items::accept_lowering::accept_lowering))
        .routes(routes!(work_items::cues::list::list))
        .routes(routes!(work_items::cues::preview::preview))
        .routes(routes!(work_items::cues::dismiss::dismiss))
        .routes(routes!(work_items::cues::decide::confirm))
        .routes(routes!(work_items::cues::decide::undo))
        .routes(routes!(endorsements::approve))
        .routes(routes!(endorsements::reject))
        .routes(routes!(events::list::list))
        .routes(routes!(events::say::say))
        .routes(routes!(people::person::person))
        .routes(routes!(people::link::link))
        .routes(routes!(people::say::say))
        .routes(routes!(people::decide::confirm))
        .routes(routes!(people::decide::refuse))
        .routes(routes!(people::decide::undo))
        .routes(routes!(searches::search))
        .routes(routes!(backlog::backlog))
        .routes(routes!(feed::events))
        .routes(routes!(audit::list::list))
        .routes(routes!(audit::export::export))
        .routes(routes!(audit::seen::seen))
        .routes(routes!(audit::unusual::unusual))
        .routes(routes!(unreadable::list::list))
        .routes(routes!(unreadable::show::show))
        .routes(routes!(unreadable::mend::mend))
        .routes(routes!(unreadable::dismiss::dismiss))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::metrics))
}

/// The API over a service, its document and explorer, health and metrics. Whoever serves it puts
/// [`ppn_http::front`] before it.
pub fn app(lanes: Lanes, options: Options) -> Router {
    let document = document();
    let (api, _) = routes().split_for_parts();
    let served = document.clone();
    let explorer: Router<AppState> =
        SwaggerUi::new("/api/explorer").external_url_unchecked("/api/explorer/openapi.json", document).into();
    api.route("/openapi.json", get(move || std::future::ready(Json(served.clone()))))
        .merge(explorer.layer(SetResponseHeaderLayer::overriding(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(EXPLORER_POLICY),
        )))
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found")
                .detail("there is nothing at this address: the routes are listed at /openapi.json")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Not a method of this address")
                .detail("the header `Allow` names those that are")
        })
        .layer(axum::middleware::from_fn_with_state(lanes.service().clone(), ppn_http::refusals::log))
        .with_state(AppState { lanes, options })
}
