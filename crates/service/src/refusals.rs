//! The record of what was refused.

use std::sync::PoisonError;

use ppn_domain::{Act as ActCode, Restriction, Roles, Span, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::act::Entry;
use crate::{Principal, Service, ServiceError};

/// Of callers whom nobody knows, one refusal in this time is logged for each address, with the number
/// of those before it: who knocks without end fills no log.
pub const STRANGERS_LOGGED_EVERY: Span = Span::minutes(1);
const ADDRESSES_REMEMBERED: usize = 10_000;

/// Something that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was asked for: a route, never an address with content.
    pub route: String,
    /// About which notice, item, person or link.
    pub on: Option<Uuid>,
    /// Why, as the answer says it.
    pub kind: String,
}

impl Service {
    /// Logs a refusal.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn log_refusal(
        &self,
        by: Option<&Principal>,
        origin: &str,
        refusal: &Refusal,
    ) -> Result<(), ServiceError> {
        let mut earlier = 0;
        if by.is_none() {
            match self.stranger(origin, self.clock.now()) {
                Some(unlogged) => earlier = unlogged,
                None => return Ok(()),
            }
        }
        let nobody = Principal {
            name: "nobody".to_owned(),
            roles: Roles::default(),
            source: None,
            lists: Restriction::NONE,
            origin: origin.to_owned(),
        };
        let mut detail = json!({ "route": refusal.route, "on": refusal.on, "refused": refusal.kind });
        if earlier > 0 {
            detail["earlier"] = json!(earlier);
        }
        let entry = Entry { detail: Some(detail), ..Entry::default() };
        self.log_alone(by.unwrap_or(&nobody), ActCode::AccessRefused, entry).await
    }

    /// Whether a refusal of a stranger at this address is to be logged now, and how many were not.
    fn stranger(&self, origin: &str, now: Timestamp) -> Option<u64> {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((logged, unlogged)) = strangers.get_mut(origin)
            && now - *logged < STRANGERS_LOGGED_EVERY
        {
            *unlogged += 1;
            return None;
        }
        if strangers.len() >= ADDRESSES_REMEMBERED {
            strangers.retain(|_, (logged, _)| now - *logged < STRANGERS_LOGGED_EVERY);
            if strangers.len() >= ADDRESSES_REMEMBERED {
                strangers.clear();
            }
        }
        Some(strangers.insert(origin.to_owned(), (now, 0)).map_or(0, |(_, unlogged)| unlogged))
    }
}
