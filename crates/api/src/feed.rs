//! `GET /events`: what changes, as it changes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ppn_http::feed::{Receiver, events as answer};
use ppn_http::{Caller, Problem};
use ppn_service::{Service, ServiceError};

/// What changes, as server-sent events: identifiers and what happened, and nothing of a notice.
///
/// `open` comes first. `work_item` says that an item of a desk at which the caller works was `opened`,
/// `changed` or is `done`: data `{change, work_item_id, notice_id, desk}`. Items that the caller may not open
/// are left out. Each event has an id. A client that was cut off sends the last one as `Last-Event-ID` and
/// goes on from there; `resync` says that this cannot be done: read what you show again. Something is said
/// every 15 seconds, be it a comment alone.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "watch_events",
    tag = "Work",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was read.")),
    responses(
        (status = 200, description = "The stream. It ends when the caller may no longer list work.", body = String, content_type = "text/event-stream",
            example = "event: work_item\nid: 8213-77\ndata: {\"change\":\"changed\",\"work_item_id\":\"019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21\",\"notice_id\":\"019df1d0-1c3f-7aa0-8d24-93c5e1f0b7a6\",\"desk\":\"child\"}\n\n"),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not list work.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many streams are open.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn events(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token: Arc<str> = ppn_http::extract::bearer(&headers).unwrap_or_default().into();
    let (again, origin): (_, Arc<str>) = (service.clone(), by.origin.as_str().into());
    let receiver: Receiver = Box::new(move || {
        let (service, token, origin) = (again.clone(), token.clone(), origin.clone());
        Box::pin(async move {
            match service.authenticate(&token, &origin).await {
                Ok(by) => Ok(Some(by)),
                Err(ServiceError::Unauthenticated) => Ok(None),
                Err(other) => Err(other),
            }
        })
    });
    answer(&service, &by, receiver, &headers).await
}
