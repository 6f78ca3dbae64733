//! The history of an item: what happened to the same people, the latest first.

use ppn_domain::notice::codes::KnownEventKind;
use ppn_domain::{Desk, Notice, NoticeId, Span, State, Timestamp, WorkItemId};
use ppn_service::{EventView, PastEvent, Tie, ToldBy};

use crate::times::length;
use crate::words;

/// Events older than this stand folded away.
const TIMELINE_OPEN: Span = Span::days(365);
/// Whether it is the same event is asked of notices received at most so long before or after.
const SAME_ASKED: Span = Span::days(30);

#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) when: String,
    pub(super) ago: String,
    pub(super) is_own: bool,
    pub(super) swapped: bool,
    pub(super) older: bool,
    pub(super) told: Vec<ToldRow>,
    pub(super) ties: String,
}

#[derive(Debug, Default)]
pub(super) struct ToldRow {
    pub(super) title: String,
    pub(super) href: Option<String>,
    pub(super) band: Option<(&'static str, &'static str)>,
    pub(super) facts: Vec<String>,
    pub(super) people: Vec<String>,
    /// Where it is asked whether it is the event of the notice itself.
    pub(super) same: Option<String>,
}

/// A notice that may tell the event of this one, or of which somebody said whether it does.
#[derive(Debug)]
pub(super) struct SameRow {
    pub(super) href: String,
    pub(super) words: String,
    pub(super) open: bool,
}

/// Whether other notices tell the same event.
pub(super) fn same_rows(item: WorkItemId, events: &[EventView]) -> Vec<SameRow> {
    let rows = events.iter().map(|event| {
        let said = match &event.said {
            None => "the same people, within six hours".to_owned(),
            Some((one, who, at)) => {
                let what = if *one { "the same event" } else { "another event" };
                format!("{what}, said {who}, {}", at.london_text())
            }
        };
        SameRow {
            href: same_address(item, event.notice_id),
            words: format!("Notice {}, {}: {said}", event.reference, event.received.london_text()),
            open: event.said.is_none(),
        }
    });
    rows.collect()
}

fn same_address(item: WorkItemId, other: NoticeId) -> String {
    format!("/items/{item}/events/{other}")
}

fn tie(tie: Tie) -> &'static str {
    match tie {
        Tie::Anyone => "somebody of this notice",
        Tie::Pair => "the same two people",
        Tie::AtRisk => "the person at risk",
        Tie::Suspect => "the suspect",
        Tie::Child => "a child of this notice",
        Tie::Household => "the same home",
        Tie::Possible => "perhaps somebody of this notice",
    }
}

/// An event. `asks` names the item for whoever may say which notices tell one event.
pub(super) fn event_row(
    notice: &Notice,
    event: &PastEvent,
    asks: Option<WorkItemId>,
    (received, now): (Timestamp, Timestamp),
) -> EventRow {
    let near = event.is_own || (event.at - received).as_micros().abs() <= SAME_ASKED.as_micros();
    // Whoever it is said to be about says more than that it is about somebody.
    let said: Vec<&str> =
        event.ties.iter().filter(|t| **t != Tie::Anyone || event.ties.len() == 1).map(|t| tie(*t)).collect();
    EventRow {
        when: event.at.london_text(),
        ago: if event.at > now { String::new() } else { format!("{} ago", length(now - event.at)) },
        is_own: event.is_own,
        swapped: event.swapped,
        older: !event.is_own && now - event.at > TIMELINE_OPEN,
        told: event.told.iter().map(|told| told_row(notice, told, asks.filter(|_| near))).collect(),
        ties: said.join(", "),
    }
}

fn told_row(notice: &Notice, told: &ToldBy, asks: Option<WorkItemId>) -> ToldRow {
    let who =
        |position: usize| notice.persons.get(position).map_or_else(|| "Somebody".to_owned(), words::name);
    match told {
        ToldBy::This => ToldRow { title: "This notice".to_owned(), ..ToldRow::default() },
        ToldBy::Restricted { ask } => ToldRow {
            title: "A restricted record".to_owned(),
            facts: vec![format!("Ask {ask}.")],
            ..ToldRow::default()
        },
        ToldBy::Known { position, event } => {
            let title = match event.kind {
                KnownEventKind::CrimeVictim => "Victim of a crime",
                KnownEventKind::CrimeSuspect => "Suspect of a crime",
                KnownEventKind::Arrest => "Arrested",
                KnownEventKind::Conviction => "Convicted",
                KnownEventKind::DomesticIncident => "Domestic incident",
                KnownEventKind::Missing => "Missing",
                KnownEventKind::Custody => "In custody",
                KnownEventKind::PrisonRelease => "Released from prison",
            };
            let facts = [&event.category, &event.reference].into_iter().flatten().cloned().collect();
            ToldRow { title: format!("{title}: {}", who(*position)), facts, ..ToldRow::default() }
        }
        ToldBy::Notice(near) => {
            let highest =
                near.items.iter().filter(|item| item.desk != Desk::Endorsement).max_by_key(|i| i.rank);
            let mut facts = Vec::new();
            if let Some(grade) = near.grade {
                facts.push(format!("Officer's grade: {}", words::grade(grade)));
            }
            for item in near.items.iter().filter(|item| item.desk != Desk::Endorsement) {
                let words = match &item.state {
                    State::Done { outcome } => words::outcome(*outcome),
                    other => words::state(other, near.received).to_lowercase(),
                };
                facts.push(format!("{}: {words}", words::desk(item.desk)));
            }
            for found in &near.found {
                let mut words = Vec::new();
                words.extend(found.found_grade.map(|grade| format!("found {}", words::grade(grade))));
                words.extend(found.found_band.map(|band| format!("found {band}")));
                words.extend(found.outcome.clone());
                if !words.is_empty() {
                    facts.push(format!("When opened: {}", words.join(", ")));
                }
            }
            ToldRow {
                title: format!("{} notice {}", words::kind(near.kind), near.reference),
                href: highest.map(|item| format!("/items/{}", item.id)),
                band: highest.map(|item| (item.rank.band.code(), item.rank.band.label())),
                facts,
                same: asks.map(|item| same_address(item, near.id)),
                people: near
                    .parties
                    .iter()
                    .map(|(position, roles)| format!("{}: {} there", who(*position), words::roles(roles)))
                    .collect(),
            }
        }
    }
}

pub(super) fn duplicates(timeline: &[PastEvent]) -> Vec<(String, String)> {
    let told = timeline.iter().flat_map(|event| &event.told);
    told.filter_map(|told| match told {
        ToldBy::Notice(near) => Some((
            near.id.to_string(),
            format!("{} {}, {}", words::kind(near.kind), near.reference, near.received.london_text()),
        )),
        _ => None,
    })
    .collect()
}
