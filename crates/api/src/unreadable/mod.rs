//! What could not be read, until a named person mends it or says why not.

pub mod dismiss;
pub mod list;
pub mod mend;
pub mod show;

use ppn_store::{Unreadable, UnreadableState};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::Time;

/// A refused submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadableView {
    /// Its identifier.
    pub id: Uuid,
    /// When it arrived.
    pub arrived: Time,
    /// By when a person should have dealt with it.
    pub due: Time,
    /// Who sent it.
    pub submitted_by: String,
    /// The source that it names, where that could be read.
    pub source: Option<String>,
    /// The reference that it names, where that could be read.
    pub reference: Option<String>,
    /// Why it was refused: path, rule and fix each.
    #[schema(value_type = Vec<Object>)]
    pub errors: Value,
    /// `open`, `mended` or `dismissed`.
    pub state: &'static str,
    /// Who dealt with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Time>,
    /// The notice that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_id: Option<Uuid>,
    /// Why it is no notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The content as sent, where it is text; left out of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The content as sent, in base64; left out of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_base64: Option<String>,
}

impl From<Unreadable> for UnreadableView {
    fn from(u: Unreadable) -> Self {
        let (state, closed_by, closed_at, notice_id, reason) = match u.state {
            UnreadableState::Open => ("open", None, None, None, None),
            UnreadableState::Mended { by, at, notice_id } => {
                ("mended", Some(by), Some(at.into()), Some(notice_id.0), None)
            }
            UnreadableState::Dismissed { by, at, reason } => {
                ("dismissed", Some(by), Some(at.into()), None, Some(reason))
            }
        };
        Self {
            id: u.id.0,
            arrived: u.arrived.into(),
            due: u.due.into(),
            submitted_by: u.submitted_by,
            source: u.source,
            reference: u.reference,
            errors: u.errors,
            state,
            closed_by,
            closed_at,
            notice_id,
            reason,
            content: None,
            content_base64: None,
        }
    }
}
