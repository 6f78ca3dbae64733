//! What changed, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _};
use ppn_service::{FeedWatch, Principal, Service, ServiceError, Told};
use serde_json::json;
use tokio::time::timeout;

use crate::Problem;

/// A stream says something at least this often: a place and nothing more, where nothing changed.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a client waits before it connects anew.
const AGAIN: Duration = Duration::from_secs(3);
const LAST_EVENT_ID: &str = "last-event-id";

/// Looks up who the receiver is by now; `None` when their session ended.
pub type Receiver =
    Box<dyn Fn() -> BoxFuture<'static, Result<Option<Principal>, ServiceError>> + Send + Sync>;

/// Answers with what changes from now on, or from the place of `Last-Event-ID`: each time through the eyes
/// of whoever the receiver is by then. The stream ends when they may no longer see it.
///
/// # Errors
/// 403 when they may not list work; 503 when there are too many streams.
pub async fn events(
    service: &Arc<Service>,
    by: &Principal,
    receiver: Receiver,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    // One that is no text is none of ours, and is answered as such.
    let from = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or_default());
    let watch = service.watch_feed(by, from).await?;
    let begun = from.is_none().then(|| Event::default().event("open").data("{}"));
    let begun = begun.map(|event| at(event, &watch).retry(AGAIN));
    let told = stream::unfold((watch, receiver), |(mut watch, receiver)| async move {
        let events = next(&mut watch, &receiver).await?;
        Some((stream::iter(events), (watch, receiver)))
    });
    let all = stream::iter(begun).chain(told.flatten()).map(Ok::<_, Infallible>);
    Ok(Sse::new(all).into_response())
}

/// With the place from which a client that was cut off goes on.
fn at(event: Event, watch: &FeedWatch) -> Event {
    match watch.place() {
        Some(place) => event.id(place.to_string()),
        None => event,
    }
}

/// What comes next; nothing when the stream ends.
async fn next(watch: &mut FeedWatch, receiver: &Receiver) -> Option<Vec<Event>> {
    let more = match timeout(HEARTBEAT, watch.more()).await {
        Ok(true) => true,
        Ok(false) => return None,
        Err(_) => false,
    };
    // Whoever was signed out, or lost the role, is not told any more, and takes no stream from others.
    let by = match receiver().await {
        Ok(by) => by?,
        Err(error) => return ended(&error),
    };
    if !more {
        return Some(vec![at(Event::default().comment("nothing changed"), watch)]);
    }
    match watch.tell(&by).await {
        Ok(Told::ReadAgain(_)) => Some(vec![at(Event::default().event("resync").data("{}"), watch)]),
        Ok(Told::Changed(rows, _)) => {
            let events = rows.iter().map(|row| {
                let data = json!({
                    "change": row.kind.code(), "work_item_id": row.work_item_id,
                    "notice_id": row.notice_id, "desk": row.desk,
                });
                Event::default().event("work_item").id(row.place.to_string()).data(data.to_string())
            });
            Some(events.collect())
        }
        Err(error) => ended(&error),
    }
}

fn ended(error: &ServiceError) -> Option<Vec<Event>> {
    tracing::debug!(%error, "a stream of changes ended");
    None
}
