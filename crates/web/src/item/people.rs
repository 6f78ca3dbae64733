//! The people of a notice: the children first, then each with what is known of them.

use ppn_domain::notice::codes::Role;
use ppn_domain::notice::{Address, Person};
use ppn_domain::{Notice, Timestamp};
use ppn_service::ItemPage;

use crate::words;
use crate::words::{codes, yes_or_no};

#[derive(Debug)]
pub(super) struct PersonRow {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) roles: String,
    pub(super) age: String,
    pub(super) is_child: bool,
    pub(super) facts: Vec<(String, String)>,
    pub(super) marks: Vec<String>,
    pub(super) links: Vec<LinkRow>,
    pub(super) notices: String,
    pub(super) href: String,
    pub(super) protected: bool,
}

#[derive(Debug)]
pub(super) struct LinkRow {
    pub(super) href: String,
    pub(super) state: String,
    pub(super) decided: String,
    pub(super) open: bool,
}

#[derive(Debug)]
pub(super) struct ChildRow {
    pub(super) name: String,
    pub(super) age: String,
    pub(super) anchor: String,
    pub(super) facts: Vec<String>,
}

fn is_child(person: &Person, received: Timestamp) -> bool {
    person.unborn == Some(true)
        || person.age_on(received.london_date()).is_some_and(|age| age < 18)
        || person.roles.iter().any(|role| matches!(role, Role::ChildPresent | Role::ChildInHousehold))
}

fn anchor(position: usize) -> String {
    format!("person-{}", position + 1)
}

pub(super) fn children(notice: &Notice, received: Timestamp) -> Vec<ChildRow> {
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

pub(super) fn address(address: &Address) -> String {
    let parts: Vec<&str> = address.lines.iter().chain(&address.postcode).map(String::as_str).collect();
    match (parts.is_empty(), address.protected) {
        (true, Some(true)) => "Protected: whoever holds the item sees it".to_owned(),
        (true, _) => address.kind.map_or_else(|| "not given".to_owned(), |kind| words::plain(kind.code())),
        (false, Some(true)) => format!("{} (PROTECTED: do not pass on)", parts.join(", ")),
        (false, _) => parts.join(", "),
    }
}

/// Each person of the notice, with what joins them to others.
pub(super) fn person_rows(seen: &ItemPage) -> Vec<PersonRow> {
    let (item, notice) = (&seen.view.item, &seen.notice);
    let rows = seen.people.iter().filter_map(|party| {
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
        let href = format!("/persons/{}", party.person);
        let counted = (party.notices, href);
        Some(person_row(notice, person, party.position, links.collect(), counted, item.received))
    });
    rows.collect()
}

fn person_row(
    notice: &Notice,
    person: &Person,
    position: usize,
    links: Vec<LinkRow>,
    (notices, href): (usize, String),
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
        href,
        notices: if notices < 2 {
            "Named in this notice alone".to_owned()
        } else {
            format!("Named in {notices} notices, this one counted")
        },
    }
}
