//! The record of who was refused: at every door, before the answer leaves.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use ppn_service::{Principal, Refusal, Service};
use uuid::Uuid;

/// Who asks, once that is known: put into the request here, and filled in by whoever finds it out.
#[derive(Debug, Clone, Default)]
pub struct Asking(Arc<OnceLock<Principal>>);

impl Asking {
    /// Says who asks. The first word counts.
    pub fn is(&self, who: &Principal) {
        let _ = self.0.set(who.clone());
    }

    /// Whether somebody found out who asks.
    pub(crate) fn is_answered(&self) -> bool {
        self.0.get().is_some()
    }
}

/// Why a request was refused, as the answer says it.
#[derive(Debug, Clone)]
pub(crate) struct Kind(pub String);

/// Logs what was refused: no or bad credentials, a role that may not, and what is not there for the
/// caller. By route and identifier, so that no content comes into it.
pub async fn log(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let asking = request.extensions_mut().get_or_insert_default::<Asking>().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let on = request.uri().path().split('/').find_map(|part| Uuid::try_parse(part).ok());
    let origin = crate::extract::peer(request.extensions());
    let response = next.run(request).await;
    let status = response.status();
    let Some(route) = route else { return response };
    // What is restricted is not there for others, so asking for what is not there is a refusal as well.
    let by = asking.0.get();
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        || (status == StatusCode::NOT_FOUND && on.is_some() && by.is_some());
    if refused {
        // A page says it in words.
        let kind = response.extensions().get::<Kind>().map_or_else(
            || status.canonical_reason().unwrap_or_default().to_lowercase().replace(' ', "-"),
            |kind| kind.0.clone(),
        );
        let refusal = Refusal { route: format!("{method} {route}"), on, kind };
        if let Err(error) = service.log_refusal(by, &origin, &refusal).await {
            // A refusal shows nothing, so it may leave all the same.
            tracing::error!(%error, "a refusal could not be logged");
        }
    }
    response
}
