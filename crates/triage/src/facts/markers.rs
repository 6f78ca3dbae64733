//! One fact for each warning marker and group of people, and for each kind of known event.

use ppn_domain::notice::codes::{KnownEventKind, Marker};

use super::{About, Fact, FactKind, Group, fact};

/// The windows of a month, a quarter and twelve months, in days.
const WINDOWS: [u32; 3] = [30, 90, 365];

pub(super) fn facts() -> Vec<Fact> {
    let mut facts = Vec::new();
    for group in Group::ALL {
        for &marker in Marker::ALL {
            facts.push(marked(group, marker));
        }
        for &kind in KnownEventKind::ALL {
            for days in WINDOWS {
                facts.push(events(group, kind, days));
            }
            facts.push(days_since(group, kind));
        }
    }
    facts.push(
        fact(
            "known_events_365d",
            FactKind::Count,
            About::Notice,
            "Events that the source knows of anyone, in the 365 days before receipt",
            "`/persons/*/known_events`",
            r#""persons":[{"roles":["subject"],"known_events":[{"kind":"missing","on":"2026-05-01"}]}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    for (i, event) in who.person.known_events.iter().enumerate() {
                        let ago = (context.today - event.on).num_days();
                        if (0..=365).contains(&ago) {
                            found.one_more(|| {
                                (format!("/persons/{p}/known_events/{i}"), event.kind.code().to_owned())
                            });
                        }
                    }
                }
            },
        )
        .at_most(10_000),
    );
    facts
}

fn marked(group: Group, marker: Marker) -> Fact {
    fact(
        &format!("{}_marker_{marker}", group.word()),
        FactKind::YesNo,
        About::Person,
        &format!("{} has the marker {}", of(group), marker.code().replace('_', " ")),
        &format!("`/persons/*/markers`: `{marker}`"),
        &format!(r#""persons":[{{{},"markers":["{marker}"]}}]"#, example_of(group)),
        move |context, found| {
            for (p, who) in context.group(group) {
                if let Some(i) = who.person.markers.iter().position(|x| *x == marker) {
                    found.yes(|| (format!("/persons/{p}/markers/{i}"), marker.code().to_owned()));
                }
            }
        },
    )
}

fn events(group: Group, kind: KnownEventKind, days: u32) -> Fact {
    fact(
        &format!("{}_{kind}_{days}d", group.word()),
        FactKind::Count,
        About::Person,
        &format!(
            "Events of the kind {} known of {}, in the {days} days before receipt",
            kind.code().replace('_', " "),
            of(group).to_lowercase()
        ),
        &format!("`/persons/*/known_events`: `{kind}`"),
        &format!(
            r#""persons":[{{{},"known_events":[{{"kind":"{kind}","on":"2026-05-01"}}]}}]"#,
            example_of(group)
        ),
        move |context, found| {
            for (p, who) in context.group(group) {
                for (i, event) in who.person.known_events.iter().enumerate() {
                    let ago = (context.today - event.on).num_days();
                    if event.kind == kind && (0..=i64::from(days)).contains(&ago) {
                        found.one_more(|| (format!("/persons/{p}/known_events/{i}"), kind.code().to_owned()));
                    }
                }
            }
        },
    )
    .at_most(10_000)
}

fn days_since(group: Group, kind: KnownEventKind) -> Fact {
    fact(
        &format!("{}_{kind}_days", group.word()),
        FactKind::Days,
        About::Person,
        &format!(
            "Days from the last event of the kind {} known of {} to receipt",
            kind.code().replace('_', " "),
            of(group).to_lowercase()
        ),
        &format!("`/persons/*/known_events`: `{kind}`"),
        &format!(
            r#""persons":[{{{},"known_events":[{{"kind":"{kind}","on":"2026-05-01"}}]}}]"#,
            example_of(group)
        ),
        move |context, found| {
            for (p, who) in context.group(group) {
                for (i, event) in who.person.known_events.iter().enumerate() {
                    if event.kind == kind
                        && let Ok(ago) = u32::try_from((context.today - event.on).num_days())
                    {
                        found.fewest(ago, || {
                            (format!("/persons/{p}/known_events/{i}"), kind.code().to_owned())
                        });
                    }
                }
            }
        },
    )
}

const fn of(group: Group) -> &'static str {
    match group {
        Group::Anyone => "Anyone",
        Group::Suspect => "A suspect",
        Group::AtRisk => "Somebody at risk",
        Group::Child => "A child",
    }
}

const fn example_of(group: Group) -> &'static str {
    match group {
        Group::Anyone => r#""roles":["witness"]"#,
        Group::Suspect => r#""roles":["suspect"]"#,
        Group::AtRisk => r#""roles":["victim"]"#,
        Group::Child => r#""roles":["child_present"]"#,
    }
}
