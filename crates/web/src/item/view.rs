//! What the page of an item says, in words.

use std::collections::BTreeMap;

use askama::Template;
use ppn_domain::BAND_IS_NOT_A_GRADE;
use ppn_domain::notice::codes::NoticeKind;
use ppn_service::{Holding, ItemPage, NearItem, Principal};

use super::around::{NearRow, NoteRow, near_row, note_row};
use super::cues::{CueRow, cue_rows};
use super::deciding::{Choice, May, OutcomeChoice, holds_offered, liftable, outcomes, restrictions};
use super::grading::{GradeChoice, GradeRow, GroundRow, grade_choices, grade_rows, grounds, standing};
use super::notice::{AnswersRow, ChangeRow, TextRow, answers, changes, facts, texts};
use super::people::{ChildRow, PersonRow, children, person_rows};
use super::reasons::{ReasonRow, reason_row};
use super::timeline::{EventRow, SameRow, duplicates, event_row, same_rows};
use crate::layout::{Shell, desk_address};
use crate::times::{Clock, length};
use crate::words;

/// What somebody typed into a form of the page, by field: it is there again when the act was refused.
pub type Typed = BTreeMap<String, String>;

/// Why an act was refused.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// In a sentence.
    pub words: String,
    /// The field to mend, where it is one.
    pub field: String,
    /// Somebody else holds the item: the next one is offered.
    pub lost: bool,
}

#[derive(Debug, Template)]
#[template(path = "item.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that is there or not")]
pub struct ItemView {
    shell: Shell,
    id: String,
    title: String,
    desk_name: &'static str,
    band: &'static str,
    label: &'static str,
    points: i32,
    not_a_grade: &'static str,
    unassessed: bool,
    restricted: Vec<&'static str>,
    state: String,
    clocks: Vec<Clock>,
    received: String,
    age: String,
    until: String,
    claim_id: String,
    revision: u32,
    version: String,
    revisions: usize,
    read_at: i64,
    may: May,
    typed: Typed,
    trouble: Option<Trouble>,
    changed: Vec<ChangeRow>,
    revised: bool,
    linked: Vec<String>,
    notes: Vec<NoteRow>,
    unclear: bool,
    domestic: bool,
    children: Vec<ChildRow>,
    timeline: Vec<EventRow>,
    older: usize,
    older_words: String,
    possible: usize,
    possible_words: String,
    same: Vec<SameRow>,
    reasons: Vec<ReasonRow>,
    lower: Option<(String, String, Vec<ReasonRow>)>,
    lower_to: (String, i32),
    policy: String,
    questions: Vec<(String, &'static str, &'static str)>,
    suggests: Vec<String>,
    people: Vec<PersonRow>,
    texts: Vec<TextRow>,
    cues: Vec<CueRow>,
    answers: Vec<AnswersRow>,
    facts: Vec<(String, String)>,
    findings: Vec<String>,
    bundle: Vec<NearRow>,
    held_near: Vec<NearRow>,
    others: Vec<NearRow>,
    looked: Vec<(String, String)>,
    grades: Vec<GradeRow>,
    grade_standing: String,
    grounds: Vec<GroundRow>,
    grade_choices: Vec<GradeChoice>,
    outcomes: Vec<OutcomeChoice>,
    duplicates: Vec<(String, String)>,
    holds: Vec<(i64, String)>,
    behind: Option<(String, String, Vec<NoteRow>)>,
    next: String,
    restrictions: Vec<Choice>,
    liftable: Vec<Choice>,
    desk: &'static str,
    notice_id: String,
}

impl ItemView {
    fn was(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }
}

/// Fills the page of an item.
#[expect(clippy::too_many_lines, reason = "one line a part of the page")]
pub fn view(
    by: &Principal,
    seen: &ItemPage,
    version: String,
    typed: Typed,
    trouble: Option<Trouble>,
) -> ItemView {
    let now = seen.as_of;
    let item = &seen.view.item;
    let notice = &seen.notice;
    let may = May::of(by, seen);
    let cues = cue_rows(notice, item.id, &seen.cues);
    let ranks_by = seen.view.standing.as_ref().or(seen.view.latest.as_ref());
    let assessment = ranks_by.map(|stored| &stored.assessment);
    let reasons = assessment.map(|a| a.reasons.as_slice()).unwrap_or_default();
    let lower = item.could_be.zip(seen.view.latest.as_ref()).map(|(rank, latest)| {
        let rows = latest.assessment.reasons.iter().map(|reason| reason_row(notice, reason)).collect();
        (rank.band.label().to_owned(), rank.score.to_string(), rows)
    });
    let (until, claim_id) = match &seen.holding {
        Holding::Own(claim) => (claim.expires_at.london_text(), claim.id.to_string()),
        Holding::Nobody | Holding::Other { .. } => (String::new(), String::new()),
    };
    let (revised, linked, changed) = changes(notice, &seen.changed);
    let asks = may.link.then_some(item.id);
    let timeline: Vec<EventRow> =
        seen.timeline.iter().map(|event| event_row(notice, event, asks, (item.received, now))).collect();
    let older = timeline.iter().filter(|event| event.older).count();
    let title = format!("{} notice {}", words::kind(item.kind), item.reference);
    let shell_title = if trouble.is_some() { format!("Error: {title}") } else { title.clone() };
    ItemView {
        shell: Shell::of(by, shell_title, &desk_address(item.desk)),
        id: item.id.to_string(),
        title,
        desk_name: words::desk(item.desk),
        band: item.rank.band.code(),
        label: item.rank.band.label(),
        points: item.rank.score,
        not_a_grade: BAND_IS_NOT_A_GRADE,
        unassessed: seen.view.latest.is_none(),
        restricted: item.restricted.reasons().map(words::restriction).collect(),
        state: words::state(&item.state, now),
        clocks: vec![
            Clock::at("Pick up", item.clocks.picked_up, now),
            Clock::at("Decide", item.clocks.decided, now),
            Clock::at("Tell partner", item.clocks.told, now),
        ],
        received: item.received.london_text(),
        age: length(now - item.received),
        until,
        claim_id,
        revision: item.revision,
        version,
        revisions: seen.revisions.len(),
        read_at: now.micros(),
        trouble,
        changed,
        revised,
        linked,
        notes: seen.view.notes.iter().map(note_row).collect(),
        unclear: seen.parts_are_unclear(),
        domestic: item.kind == NoticeKind::DomesticAbuse,
        children: children(notice, item.received),
        older,
        older_words: words::count(older as u64, "event", "events"),
        possible_words: words::count(seen.possible as u64, "other event may be", "other events may be"),
        timeline,
        possible: seen.possible,
        same: asks.map(|id| same_rows(id, &seen.same_event)).unwrap_or_default(),
        reasons: reasons.iter().map(|reason| reason_row(notice, reason)).collect(),
        lower,
        lower_to: item.could_be.map_or_else(Default::default, |rank| (rank.band.to_string(), rank.score)),
        policy: assessment.map_or_else(String::new, |a| a.policy.version.clone()),
        questions: assessment
            .into_iter()
            .flat_map(|a| &a.questions)
            .map(|q| (q.question.clone(), q.could_be.code(), q.could_be.label()))
            .collect(),
        suggests: assessment
            .into_iter()
            .flat_map(|a| &a.suggests)
            .map(|s| words::capital(&words::plain(s.code())))
            .collect(),
        people: person_rows(seen),
        texts: texts(notice, &seen.cues),
        cues,
        answers: notice.risk_assessments.iter().map(|of| answers(notice, of)).collect(),
        facts: facts(notice),
        findings: seen
            .revisions
            .iter()
            .find(|revision| revision.revision == item.revision)
            .map(|revision| revision.findings.iter().map(|f| f.text.clone()).collect())
            .unwrap_or_default(),
        bundle: seen.bundle.iter().map(|near| near_row(near, now)).collect(),
        held_near: seen.held_near.iter().map(|near| near_row(near, now)).collect(),
        others: seen
            .others
            .iter()
            .map(|other| near_row(&NearItem { item: other.clone(), held_by: None }, now))
            .collect(),
        looked: seen
            .looked
            .iter()
            .map(|l| {
                let times = if l.times == 1 {
                    String::new()
                } else {
                    format!(", {} times since {}", l.times, l.first.london_text())
                };
                (l.who.clone(), format!("last {}{times}", l.last.london_text()))
            })
            .collect(),
        grades: grade_rows(seen),
        grade_standing: standing(seen),
        grounds: grounds(notice, seen),
        grade_choices: grade_choices(seen, &typed),
        outcomes: outcomes(item.desk, typed.get("outcome").map(String::as_str)),
        duplicates: duplicates(&seen.timeline),
        holds: holds_offered(item),
        behind: seen.behind.as_ref().map(|behind| {
            let notes = behind.notes.iter().map(note_row).collect();
            (behind.item.id.to_string(), words::state(&behind.item.state, now), notes)
        }),
        next: desk_address(item.desk),
        restrictions: restrictions(item.restricted, typed.get("restrict-reason").map(String::as_str)),
        liftable: liftable(by, item.restricted),
        desk: item.desk.code(),
        notice_id: item.notice_id.to_string(),
        may,
        typed,
    }
}
