//! What the page of an item says, in words.

use std::collections::BTreeMap;

use askama::Template;
use ppn_domain::notice::codes::{Answer, KnownEventKind, Role};
use ppn_domain::notice::{Address, Person, RiskAssessment};
use ppn_domain::work::longest_hold;
use ppn_domain::{
    Act, BAND_IS_NOT_A_GRADE, Desk, Notice, Outcome, Permission, Reason, Span, State, StateName, Timestamp,
    WorkItem,
};
use ppn_service::{ChangedSince, Holding, ItemPage, NearItem, PastEvent, Principal, Tie, ToldBy};
use ppn_store::WorkNote;

use super::narrative::{Run, runs};
use crate::layout::{Shell, desk_address};
use crate::times::{Clock, length};
use crate::words;

/// Events older than this stand folded away.
const TIMELINE_OPEN: Span = Span::days(365);

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

#[derive(Debug)]
pub struct ReasonRow {
    rule: String,
    text: String,
    points: String,
    floor: Option<&'static str>,
    floor_code: &'static str,
    evidence: Vec<String>,
    from_words: bool,
}

#[derive(Debug)]
pub struct EventRow {
    when: String,
    ago: String,
    is_own: bool,
    swapped: bool,
    older: bool,
    told: Vec<ToldRow>,
    ties: String,
}

#[derive(Debug, Default)]
pub struct ToldRow {
    title: String,
    href: Option<String>,
    band: Option<(&'static str, &'static str)>,
    facts: Vec<String>,
    people: Vec<String>,
}

#[derive(Debug)]
pub struct PersonRow {
    anchor: String,
    name: String,
    roles: String,
    age: String,
    is_child: bool,
    facts: Vec<(String, String)>,
    marks: Vec<String>,
    links: Vec<LinkRow>,
    notices: String,
    protected: bool,
}

#[derive(Debug)]
pub struct LinkRow {
    href: String,
    state: String,
    decided: String,
    open: bool,
}

#[derive(Debug)]
pub struct ChildRow {
    name: String,
    age: String,
    anchor: String,
    facts: Vec<String>,
}

#[derive(Debug)]
pub struct TextRow {
    title: &'static str,
    is_opinion: bool,
    runs: Vec<Run>,
}

#[derive(Debug)]
pub struct AnswersRow {
    who: String,
    tool: String,
    refused: bool,
    yes: usize,
    groups: Vec<(String, Vec<String>)>,
}

#[derive(Debug)]
pub struct NearRow {
    href: String,
    title: String,
    band: &'static str,
    label: &'static str,
    state: String,
}

#[derive(Debug)]
pub struct NoteRow {
    head: String,
    lines: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct OutcomeChoice {
    code: &'static str,
    name: &'static str,
    hint: &'static str,
    checked: bool,
    second: bool,
}

#[derive(Debug)]
pub struct ChangeRow {
    place: String,
    before: String,
    after: String,
}

/// What may be done, for whoever looks.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a form of the page")]
pub struct May {
    claim: bool,
    act: bool,
    endorse: bool,
    hold: bool,
    lower: bool,
    assign: bool,
    bundle: bool,
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
    restricted: bool,
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
    reasons: Vec<ReasonRow>,
    lower: Option<(String, String, Vec<ReasonRow>)>,
    lower_to: (String, i32),
    policy: String,
    questions: Vec<(String, &'static str, &'static str)>,
    suggests: Vec<String>,
    people: Vec<PersonRow>,
    texts: Vec<TextRow>,
    answers: Vec<AnswersRow>,
    facts: Vec<(String, String)>,
    findings: Vec<String>,
    bundle: Vec<NearRow>,
    held_near: Vec<NearRow>,
    others: Vec<NearRow>,
    looked: Vec<(String, String)>,
    outcomes: Vec<OutcomeChoice>,
    duplicates: Vec<(String, String)>,
    holds: Vec<(i64, String)>,
    behind: Option<(String, String, Vec<NoteRow>)>,
    next: String,
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
    let unclear = seen.parts_are_unclear();
    let can_be_claimed = seen.can_be_claimed();
    let works = by.roles.work_at(item.desk) && by.may(Permission::WorkItem);
    let holds = matches!(seen.holding, Holding::Own(_));
    let endorsement = item.desk == Desk::Endorsement;
    let may = May {
        claim: works && can_be_claimed,
        act: holds && works && !endorsement,
        endorse: holds && endorsement && by.may(Permission::Endorse),
        hold: holds && works && (item.rank.band != ppn_domain::Band::Red || by.may(Permission::AssignWork)),
        lower: works
            && by.may(Permission::AcceptLowering)
            && item.could_be.is_some()
            && (holds || matches!(item.state.name(), StateName::Waiting | StateName::Held)),
        assign: works
            && by.may(Permission::AssignWork)
            && !matches!(item.state, State::Done { .. } | State::Pending { .. }),
        bundle: works && !seen.bundle.is_empty(),
    };
    let standing = seen.view.standing.as_ref().or(seen.view.latest.as_ref());
    let assessment = standing.map(|stored| &stored.assessment);
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
    let timeline: Vec<EventRow> = seen.timeline.iter().map(|event| event_row(notice, event, now)).collect();
    let older = timeline.iter().filter(|event| event.older).count();
    let chosen = typed.get("outcome").map(String::as_str);
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
        restricted: item.restricted.is_restricted(),
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
        unclear,
        domestic: item.kind == ppn_domain::notice::codes::NoticeKind::DomesticAbuse,
        children: children(notice, item.received),
        older,
        older_words: words::count(older as u64, "event", "events"),
        possible_words: words::count(seen.possible as u64, "other event may be", "other events may be"),
        timeline,
        possible: seen.possible,
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
        people: seen
            .people
            .iter()
            .filter_map(|party| {
                let person = notice.persons.get(party.position)?;
                let links = party.links.iter().map(|link| LinkRow {
                    href: format!("/items/{}/links/{}", item.id, link.id),
                    state: link.state.clone(),
                    decided: link
                        .decided
                        .as_ref()
                        .map(|(who, at)| format!("by {who}, {}", at.london_text()))
                        .unwrap_or_default(),
                    open: link.decided.is_none(),
                });
                Some(person_row(
                    notice,
                    person,
                    party.position,
                    links.collect(),
                    party.notices,
                    item.received,
                ))
            })
            .collect(),
        texts: texts(notice, reasons),
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
        outcomes: Outcome::CHOICES
            .iter()
            .map(|&outcome| {
                let (name, hint) = words::outcome_choice(outcome);
                let second =
                    item.desk == Desk::DomesticAbuse || item.desk == Desk::Child && !outcome.is_shared();
                OutcomeChoice {
                    code: outcome.code(),
                    name,
                    hint,
                    checked: chosen == Some(outcome.code()),
                    second,
                }
            })
            .collect(),
        duplicates: duplicates(&seen.timeline),
        holds: holds_offered(item),
        behind: seen.behind.as_ref().map(|behind| {
            let notes = behind.notes.iter().map(note_row).collect();
            (behind.item.id.to_string(), words::state(&behind.item.state, now), notes)
        }),
        next: desk_address(item.desk),
        may,
        typed,
    }
}

fn changes(notice: &Notice, since: &ChangedSince) -> (bool, Vec<String>, Vec<ChangeRow>) {
    let nothing = || "nothing".to_owned();
    let changed = since.changes.iter().map(|change| ChangeRow {
        place: words::capital(&words::place(notice, &change.path)),
        before: change.before.as_deref().map_or_else(nothing, words::plain),
        after: change.after.as_deref().map_or_else(nothing, words::plain),
    });
    let linked = since
        .linked
        .iter()
        .map(|linked| linked.clone().unwrap_or_else(|| "a restricted record: ask a supervisor".to_owned()));
    (since.revised, linked.collect(), changed.collect())
}

fn reason_row(notice: &Notice, reason: &Reason) -> ReasonRow {
    let evidence = reason.evidence.iter().map(|evidence| {
        let says = words::plain(&evidence.says);
        match &evidence.reference {
            Some(reference) => format!("notice {reference}: {says}"),
            None if evidence.span.is_some() => {
                format!("{}: \u{201c}{}\u{201d}", words::place(notice, &evidence.path), evidence.says)
            }
            None => format!("{}: {says}", words::place(notice, &evidence.path)),
        }
    });
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
        evidence: evidence.collect(),
    }
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

fn event_row(notice: &Notice, event: &PastEvent, now: Timestamp) -> EventRow {
    // Whoever it is said to be about says more than that it is about somebody.
    let said: Vec<&str> =
        event.ties.iter().filter(|t| **t != Tie::Anyone || event.ties.len() == 1).map(|t| tie(*t)).collect();
    EventRow {
        when: event.at.london_text(),
        ago: if event.at > now { String::new() } else { format!("{} ago", length(now - event.at)) },
        is_own: event.is_own,
        swapped: event.swapped,
        older: !event.is_own && now - event.at > TIMELINE_OPEN,
        told: event.told.iter().map(|told| told_row(notice, told)).collect(),
        ties: said.join(", "),
    }
}

fn told_row(notice: &Notice, told: &ToldBy) -> ToldRow {
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
                people: near
                    .parties
                    .iter()
                    .map(|(position, roles)| format!("{}: {} there", who(*position), words::roles(roles)))
                    .collect(),
            }
        }
    }
}

fn is_child(person: &Person, received: Timestamp) -> bool {
    person.unborn == Some(true)
        || person.age_on(received.london_date()).is_some_and(|age| age < 18)
        || person.roles.iter().any(|role| matches!(role, Role::ChildPresent | Role::ChildInHousehold))
}

fn anchor(position: usize) -> String {
    format!("person-{}", position + 1)
}

fn children(notice: &Notice, received: Timestamp) -> Vec<ChildRow> {
    let all = notice.persons.iter().enumerate().filter(|(_, person)| is_child(person, received));
    all.map(|(position, person)| {
        let mut facts = vec![words::capital(&words::roles(&person.roles))];
        if let Some(presence) = &person.presence {
            let said = [
                (presence.injured, "injured"),
                (presence.saw, "saw it"),
                (presence.heard, "heard it"),
                (presence.present, "was there"),
                (presence.asleep, "was asleep"),
            ];
            facts.extend(said.iter().filter(|(yes, _)| *yes == Some(true)).map(|(_, w)| words::capital(w)));
        }
        let voice = person.voice.as_ref();
        facts.push(
            match (voice.and_then(|v| v.seen), voice.and_then(|v| v.spoken_to)) {
                (Some(true), Some(true)) => "Seen and spoken to by police",
                (Some(true), Some(false)) => "Seen, not spoken to",
                (Some(true), None) => "Seen; not known whether spoken to",
                (Some(false), _) => "Not seen by police",
                (None, _) => "Not known whether police saw the child",
            }
            .to_owned(),
        );
        facts.extend(
            person
                .social_care
                .iter()
                .map(|care| format!("Social care: {}", words::plain(care.status.code()))),
        );
        ChildRow {
            name: words::name(person),
            age: words::age(person, received),
            anchor: anchor(position),
            facts,
        }
    })
    .collect()
}

fn address(address: &Address) -> String {
    let parts: Vec<&str> = address.lines.iter().chain(&address.postcode).map(String::as_str).collect();
    match (parts.is_empty(), address.protected) {
        (true, Some(true)) => "Protected: whoever holds the item sees it".to_owned(),
        (true, _) => address.kind.map_or_else(|| "not given".to_owned(), |kind| words::plain(kind.code())),
        (false, Some(true)) => format!("{} (PROTECTED: do not pass on)", parts.join(", ")),
        (false, _) => parts.join(", "),
    }
}

fn person_row(
    notice: &Notice,
    person: &Person,
    position: usize,
    links: Vec<LinkRow>,
    notices: usize,
    received: Timestamp,
) -> PersonRow {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |name: &str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    };
    fact("Born", person.date_of_birth.map(|born| born.format("%-d %b %Y").to_string()));
    fact("Relationship", person.relationship.clone());
    let related = person.relationships.iter().map(|relation| {
        let to = notice.person(&relation.to).map_or_else(|| "somebody".to_owned(), words::name);
        let lives = if relation.lives_with == Some(true) { ", living together" } else { "" };
        format!("{} of {to}{lives}", words::plain(relation.kind.code()))
    });
    fact("Is", Some(related.collect::<Vec<_>>().join("; ")));
    fact("Address", person.address.as_ref().map(address));
    fact("Phone", person.phone.clone());
    fact("Safe contact", person.safe_contact.clone());
    fact("School", person.school.clone());
    fact("Surgery", person.gp.clone());
    fact("Occupation", person.occupation.clone());
    fact("Organisation", person.organisation.clone());
    fact("Language", person.first_language.clone());
    fact("Interpreter", person.interpreter_needed.map(yes_or_no));
    fact("Pregnant", person.pregnant.map(yes_or_no));
    fact("Also known as", Some(person.aliases.join(", ")));
    fact("Former names", Some(person.former_names.join(", ")));
    fact("Gender identity", person.gender_identity.clone());
    fact("Disabilities", Some(person.disabilities.join(", ")));
    fact("Capacity", person.capacity.map(|c| words::plain(c.code())));
    fact("Consent to sharing", person.consent.map(|c| words::plain(c.code())));
    fact("Wishes", person.wishes.clone());
    fact("Wishes may be forced", person.fluctuating_or_coerced.map(yes_or_no));
    fact("Asked not to be named", person.identity_withheld.map(yes_or_no));
    let care = person.social_care.iter().map(|care| {
        let checked = care
            .checked_at
            .map_or_else(|| "not said when checked".to_owned(), |at| format!("checked {}", at.london_text()));
        let worker = care.worker.as_ref().map(|worker| format!(", worker {worker}")).unwrap_or_default();
        format!("{} ({checked}{worker})", words::plain(care.status.code()))
    });
    fact("Social care", Some(care.collect::<Vec<_>>().join("; ")));
    if let Some(voice) = &person.voice {
        let seen = [
            (voice.seen, "seen"),
            (voice.spoken_to, "spoken to"),
            (voice.spoken_to_alone, "spoken to alone"),
        ];
        let seen = seen.iter().filter_map(|(said, what)| {
            said.map(|yes| if yes { (*what).to_owned() } else { format!("not {what}") })
        });
        fact("Police contact", Some(seen.collect::<Vec<_>>().join(", ")));
        fact("Not spoken to because", voice.not_spoken_to_reason.map(|r| words::plain(r.code())));
        fact("Said", voice.words.as_ref().map(|said| format!("\u{201c}{said}\u{201d}")));
        fact("How they were", voice.demeanour.clone());
    }
    if let Some(presence) = &person.presence {
        let said = [
            (presence.present, "was there"),
            (presence.saw, "saw it"),
            (presence.heard, "heard it"),
            (presence.injured, "was injured"),
            (presence.asleep, "was asleep"),
        ];
        let said = said.iter().filter(|(yes, _)| *yes == Some(true)).map(|(_, what)| *what);
        fact("During it", Some(said.collect::<Vec<_>>().join(", ")));
    }
    fact("Noted", Some(codes(person.indicators.iter().map(|i| i.code()))));
    let today = received.london_date();
    let mut marks: Vec<String> =
        person.markers.iter().map(|marker| words::capital(&words::plain(marker.code()))).collect();
    for order in &person.orders {
        let over = order.expires_on.is_some_and(|last| last < today);
        let until = order
            .expires_on
            .map(|last| format!(", {} {}", if over { "ended" } else { "until" }, last.format("%-d %b %Y")));
        let role = order.role.map(|role| format!(" ({})", words::plain(role.code()))).unwrap_or_default();
        let other = order.other_party.as_deref().and_then(|key| notice.person(key));
        let other = other.map(|person| format!(", other party {}", words::name(person))).unwrap_or_default();
        let terms = order.terms.as_ref().map(|terms| format!(": {terms}")).unwrap_or_default();
        let kind = words::capital(&words::plain(order.kind.code()));
        marks.push(format!("{kind}{role}{}{other}{terms}", until.unwrap_or_default()));
    }
    PersonRow {
        anchor: anchor(position),
        name: words::name(person),
        roles: words::capital(&words::roles(&person.roles)),
        age: words::age(person, received),
        is_child: is_child(person, received),
        protected: person.address.as_ref().is_some_and(|address| address.protected == Some(true)),
        facts,
        marks,
        links,
        notices: if notices < 2 {
            "Named in this notice alone".to_owned()
        } else {
            format!("Named in {notices} notices, this one counted")
        },
    }
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn codes(codes: impl Iterator<Item = &'static str>) -> String {
    codes.map(words::plain).collect::<Vec<_>>().join("; ")
}

fn texts(notice: &Notice, reasons: &[Reason]) -> Vec<TextRow> {
    let all = [
        ("Facts as seen and reported", false, "/circumstances", &notice.circumstances),
        ("The officer's opinion", true, "/officer_opinion", &notice.officer_opinion),
        ("Why the officer gave that grade", true, "/officer_rationale", &notice.officer_rationale),
    ];
    let written = all.into_iter().filter_map(|(title, opinion, path, text)| {
        let text = text.as_deref().filter(|text| !text.trim().is_empty())?;
        Some(TextRow { title, is_opinion: opinion, runs: runs(text, path, reasons) })
    });
    written.collect()
}

fn answers(notice: &Notice, of: &RiskAssessment) -> AnswersRow {
    let person = of.person.as_deref().and_then(|key| notice.person(key));
    let mut groups: Vec<(Answer, Vec<String>)> = Vec::new();
    for &answer in Answer::ALL {
        let of_it = of.answers.iter().filter(|(_, said)| **said == answer);
        let asked: Vec<String> = of_it
            .map(|(question, _)| match of.comments.get(question) {
                Some(comment) => format!("{} (\u{201c}{comment}\u{201d})", words::plain(question)),
                None => words::plain(question),
            })
            .collect();
        if !asked.is_empty() {
            groups.push((answer, asked));
        }
    }
    AnswersRow {
        who: person.map_or_else(|| "not said who".to_owned(), words::name),
        tool: words::capital(&words::plain(of.tool.code())),
        refused: of.refused == Some(true),
        yes: of.answers.values().filter(|answer| **answer == Answer::Yes).count(),
        groups: groups
            .into_iter()
            .map(|(answer, asked)| (words::capital(&words::plain(answer.code())), asked))
            .collect(),
    }
}

fn facts(notice: &Notice) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |name: &str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    };
    fact("Source", Some(format!("{}, reference {}", notice.source, notice.reference)));
    fact("Happened", notice.occurred_at.map(Timestamp::london_text));
    fact("Submitted", notice.submitted_at.map(Timestamp::london_text));
    fact("Amended", notice.amended_at.map(Timestamp::london_text));
    fact("Withdrawn at the source", notice.withdrawn_reason.clone());
    fact("Long ago", notice.non_recent.map(yes_or_no));
    fact("Officer's grade", notice.officer_grade.map(|grade| words::grade(grade).to_owned()));
    let officer = notice.officer.as_ref().map(|officer| {
        let unit = officer.unit.as_ref().map(|unit| format!(", {unit}")).unwrap_or_default();
        format!("{}{unit}", officer.collar_number)
    });
    fact("Officer", officer);
    fact("Team", notice.source_team.clone());
    fact("Place", notice.location.as_ref().map(address));
    fact("Social care area", notice.local_authority.as_deref().map(words::plain));
    fact("Concerns", Some(codes(notice.concerns.iter().map(|c| c.code()))));
    fact("Ticked", Some(codes(notice.indicators.iter().map(|i| i.code()))));
    fact("Checked and not so", Some(codes(notice.indicators_ruled_out.iter().map(|i| i.code()))));
    fact("Incident", notice.incident_reference.clone());
    fact("Crimes", Some(notice.crime_references.join(", ")));
    fact("Missing report", notice.missing_reference.clone());
    fact("Custody record", notice.custody_reference.clone());
    fact("Linked by the source", Some(notice.linked_references.join(", ")));
    for missing in &notice.missing {
        let who = missing.person.as_deref().and_then(|key| notice.person(key));
        let who = who.map_or_else(|| "Somebody".to_owned(), words::name);
        let said = [
            missing.risk.map(|risk| format!("level {}", words::plain(risk.code()))),
            missing.reported_at.map(|at| format!("reported {}", at.london_text())),
            missing.returned_at.map(|at| format!("returned {}", at.london_text())),
            missing.return_interview.map(|i| format!("return interview {}", words::plain(i.code()))),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        fact("Missing episode", Some(format!("{who}: {}", said.join(", "))));
    }
    if let Some(actions) = &notice.actions {
        fact("Arrested", actions.arrested.map(yes_or_no));
        fact("Body-worn video", actions.body_worn_video.map(yes_or_no));
        fact("Scene photographed", actions.scene_photographed.map(yes_or_no));
        fact("Crime recorded", actions.crime_recorded.map(yes_or_no));
        fact("School told", actions.school_notified.map(yes_or_no));
        fact("Child left with", actions.child_left_with.clone());
        fact("That carer was checked", actions.checks_on_carer.map(yes_or_no));
        fact("Supervisor reviewed it", actions.supervisor_reviewed.map(yes_or_no));
        for protection in &actions.police_protection {
            let child = protection.person.as_deref().and_then(|key| notice.person(key));
            let child = child.map_or_else(|| "A child".to_owned(), words::name);
            let end = protection
                .ended_at
                .map_or_else(|| ", not ended".to_owned(), |at| format!(", ended {}", at.london_text()));
            fact(
                "Police protection",
                Some(format!("{child}: from {}{end}", protection.started_at.london_text())),
            );
        }
        for told in &actions.social_care_told {
            let who = told.person.as_ref().map(|who| format!(", {who}")).unwrap_or_default();
            let reference = told.reference.as_ref().map(|r| format!(", reference {r}")).unwrap_or_default();
            fact("Social care told", Some(format!("{}{who}{reference}", told.at.london_text())));
        }
    }
    facts
}

fn near_row(near: &NearItem, now: Timestamp) -> NearRow {
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

fn note_row(note: &WorkNote) -> NoteRow {
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
        other => words::capital(&words::plain(other)),
    };
    NoteRow {
        head: format!("{} {act}, {}", note.by, note.at.london_text()),
        lines: note.text.iter().map(|(field, text)| (name(field), text.clone())).collect(),
    }
}

fn duplicates(timeline: &[PastEvent]) -> Vec<(String, String)> {
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

/// Lengths of a hold that the band allows.
fn holds_offered(item: &WorkItem) -> Vec<(i64, String)> {
    let longest = longest_hold(item.rank);
    [1, 2, 4, 8, 24, 48, 72, 168]
        .into_iter()
        .filter(|hours| Span::hours(*hours) <= longest)
        .map(|hours| (hours, length(Span::hours(hours))))
        .collect()
}
