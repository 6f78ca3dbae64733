//! `POST /links`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::MentionId;
use ppn_http::{Caller, Problem};
use ppn_service::Service;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::examples;
use crate::people::link::LinkAnswer;

/// What is said of two mentions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Saying {
    /// One mention.
    pub a: Uuid,
    /// The other, of another notice.
    pub b: Uuid,
    /// Whether they are one person.
    pub same: bool,
    /// The reason, kept with the record.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: String,
}

/// Say of two mentions whether they are one person.
///
/// For two that the program took for one person, or saw no likeness in. Where it offers a link, decide that.
#[utoipa::path(
    post,
    path = "/api/v1/links",
    operation_id = "say_of_mentions",
    tag = "People",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Saying, example = json!({ "a": examples::MENTION_ID, "b": examples::OTHER_MENTION_ID, "same": false, "reason": "Father and son." })),
    responses(
        (status = 200, description = "The link.", body = LinkAnswer, example = json!(examples::link())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn say(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    request: ppn_http::Json<Saying>,
) -> Result<Json<LinkAnswer>, Problem> {
    let Saying { a, b, same, reason } = request.body;
    let pair = (MentionId(a), MentionId(b));
    Ok(Json(service.say_of_mentions(&by, pair, same, &reason, request.once.as_ref()).await?.into()))
}
