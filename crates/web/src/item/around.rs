//! What stands around an item: others of the household, and what was left by whoever had it before.

use ppn_domain::{Act, Timestamp};
use ppn_service::NearItem;
use ppn_store::WorkNote;

use crate::words;

#[derive(Debug)]
pub(super) struct NearRow {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) band: &'static str,
    pub(super) label: &'static str,
    pub(super) state: String,
}

#[derive(Debug)]
pub(super) struct NoteRow {
    pub(super) head: String,
    pub(super) lines: Vec<(String, String)>,
}

pub(super) fn near_row(near: &NearItem, now: Timestamp) -> NearRow {
    let item = &near.item;
    NearRow {
        href: format!("/items/{}", item.id),
        title: format!(
            "{} {} at the {}",
            words::kind(item.kind),
            item.reference,
            words::desk(item.desk).to_lowercase()
        ),
        band: item.rank.band.code(),
        label: item.rank.band.label(),
        state: words::state(&item.state, now),
    }
}

pub(super) fn note_row(note: &WorkNote) -> NoteRow {
    let act = match note.act {
        Act::Released => "gave it back",
        Act::Held => "put it on hold",
        Act::Completed => "completed it",
        Act::Graded => "graded it",
        Act::Assigned | Act::TakenOver => "assigned it",
        Act::EndorsementRefused => "did not agree",
        Act::Endorsed => "agreed",
        other => other.code(),
    };
    let name = |field: &str| match field {
        "done" => "Done".to_owned(),
        "left" => "Left to do".to_owned(),
        "waiting" => "Who is waiting".to_owned(),
        "reason" => "Why".to_owned(),
        "rationale" => "Why this grade".to_owned(),
        "marac_reason" => "Why it is not referred to MARAC".to_owned(),
        "marac_plan" => "What is done instead".to_owned(),
        other => words::capital(&words::plain(other)),
    };
    NoteRow {
        head: format!("{} {act}, {}", note.by, note.at.london_text()),
        lines: note.text.iter().map(|(field, text)| (name(field), text.clone())).collect(),
    }
}
