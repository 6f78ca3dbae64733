//! Why an item stands where it stands, a row a reason.

use ppn_domain::{Evidence, Notice, Reason};

use crate::words;

#[derive(Debug)]
pub(super) struct ReasonRow {
    pub(super) rule: String,
    pub(super) text: String,
    pub(super) points: String,
    pub(super) floor: Option<&'static str>,
    pub(super) floor_code: &'static str,
    pub(super) evidence: Vec<String>,
    pub(super) from_words: bool,
}

/// What something rests on, in a line.
pub(super) fn evidence_line(notice: &Notice, evidence: &Evidence) -> String {
    let says = words::plain(&evidence.says);
    match &evidence.reference {
        Some(reference) => format!("notice {reference}: {says}"),
        None if evidence.span.is_some() => {
            format!("{}: \u{201c}{}\u{201d}", words::place(notice, &evidence.path), evidence.says)
        }
        None => format!("{}: {says}", words::place(notice, &evidence.path)),
    }
}

pub(super) fn reason_row(notice: &Notice, reason: &Reason) -> ReasonRow {
    ReasonRow {
        rule: reason.rule.clone(),
        text: reason.text.clone(),
        points: match reason.points {
            None => String::new(),
            Some(1) => "1 point".to_owned(),
            Some(points) => format!("{points} points"),
        },
        floor: reason.floor.map(|band| match band {
            ppn_domain::Band::Red => "At least red",
            ppn_domain::Band::Amber => "At least amber",
            ppn_domain::Band::Green => "At least green",
            ppn_domain::Band::Blue => "At least blue",
        }),
        floor_code: reason.floor.map_or("", ppn_domain::Band::code),
        from_words: reason.evidence.iter().any(|evidence| evidence.span.is_some()),
        evidence: reason.evidence.iter().map(|evidence| evidence_line(notice, evidence)).collect(),
    }
}
