//! Whether notices tell one event.

pub mod list;
pub mod say;

use ppn_service::EventView as Event;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::Time;

/// A notice that tells, or may tell, the event of another.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// The notice.
    pub notice_id: Uuid,
    /// Its reference at its source.
    pub reference: String,
    /// Its receipt.
    pub received: Time,
    /// What was said: whether they tell one event. Without, nobody said: the same people within six hours,
    /// and no reference that tells; they count as two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one: Option<bool>,
    /// Who said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Time>,
}

/// The notices that tell, or may tell, the event of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsAnswer {
    /// In order of receipt.
    pub events: Vec<EventView>,
}

impl From<Vec<Event>> for EventsAnswer {
    fn from(events: Vec<Event>) -> Self {
        let view = |event: Event| {
            let (one, decided_by, decided_at) = match event.said {
                Some((one, who, at)) => (Some(one), Some(who), Some(at.into())),
                None => (None, None, None),
            };
            EventView {
                notice_id: event.notice_id.0,
                reference: event.reference,
                received: event.received.into(),
                one,
                decided_by,
                decided_at,
            }
        };
        Self { events: events.into_iter().map(view).collect() }
    }
}
