//! `POST /notices/{id}/events`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::NoticeId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::{EventWord, Service};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::EventsAnswer;
use crate::examples;

/// What is said of two notices.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventSaid {
    /// They tell one event.
    One,
    /// They tell two.
    Two,
    /// What was said before no longer stands.
    Undo,
}

/// What is said of this notice and another, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventSaying {
    /// The other notice, with somebody certainly in both.
    pub other: Uuid,
    /// What is so.
    pub say: EventSaid,
    /// The reason, kept with the record.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Say whether two notices tell one event.
///
/// History counts one event once, whoever reported it. A person's word stands above the references of the
/// two. Both sides are assessed again; a lower result is offered, and takes effect when a person accepts it.
#[utoipa::path(
    post,
    path = "/api/v1/notices/{id}/events",
    operation_id = "say_of_event",
    tag = "People",
    params(
        ("id" = Uuid, Path, description = "The notice."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = EventSaying, example = json!({ "other": examples::MENTION_ID, "say": "one", "reason": "Two officers at one incident." })),
    responses(
        (status = 200, description = "The notices of the event as they now stand.", body = EventsAnswer, example = json!(examples::events())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn say(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<NoticeId>,
    request: ppn_http::Json<EventSaying>,
) -> Result<Json<EventsAnswer>, Problem> {
    let EventSaying { other, say, reason } = request.body;
    let word = match say {
        EventSaid::One => EventWord::One,
        EventSaid::Two => EventWord::Two,
        EventSaid::Undo => EventWord::Undo,
    };
    let pair = (id, NoticeId(other));
    Ok(Json(service.say_of_event(&by, pair, word, &reason, request.once.as_ref()).await?.into()))
}
