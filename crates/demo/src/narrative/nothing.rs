//! Notices without safeguarding content, submitted because policy says so.

use ppn_domain::notice::codes::Concern as C;
use ppn_domain::notice::codes::NoticeKind::{Adult, Child, DomesticAbuse};

use super::line::{Line, say};
use super::{Need, Outsider, Spec, Theme};

static CHILD_CALLS: &[Line] = &[
    say(
        "{C} ({ca}) was detained by store security at a shop in {town} at {tm} for [theft of sweets|theft of make up|theft of a pair of earphones|putting a drink in {cp} bag].",
    ),
    say(
        "{c} ({ca}) was with a group riding [bikes|an electric scooter] through the precinct and gave details to the PCSO.",
    ),
    say("{C} ({ca}) is a witness to a [road traffic collision|theft of a moped|broken window] in {st}."),
    say(
        "{c} ({ca}) was issued with a community resolution for [criminal damage to a fence|throwing snowballs at a bus|littering].",
    ),
    say("Call regarding youths playing football in {st}. {C} ({ca}) spoken to."),
    say("{c} ({ca}) lost {cp} phone on the bus and it was handed in."),
];
static CHILD_MILD: &[Line] = &[
    say("{c} was polite and apologised. {v} was contacted and came to collect {co}."),
    say("No welfare concerns identified. PPN submitted because policy."),
    say("{c} is doing well at {sch} and has no previous."),
    say("Items were recovered in a saleable condition and the store do not want to prosecute."),
    say("{v} was supportive of police action and will be grounding {co}."),
    say("Home address was fine, no concerns. PPN as under 18."),
    say("Submitted for information only as a juvenile was involved."),
    say("{c} was well dressed, in good health and had money on {co}."),
];
static ADULT_CALLS: &[Line] = &[
    say("{V} ({va}) was a victim of theft of {vp} [bike|wheelie bin|garden ornament] from {ad}."),
    say("{V} ({va}) was spoken to as a witness to [a collision|damage to a car] in {st}."),
    say("Found property returned to {V} ({va}) at {ad}."),
    say("{V} ({va}) rang 101 to ask about [a lost passport|a parking matter|a firework display]."),
];
static ADULT_MILD: &[Line] = &[
    say("No vulnerabilities identified. PPN submitted as the log was tagged."),
    say("{v} is fit and well and lives independently."),
    say("{v} had no care needs and did not want any referral."),
    say("Matter filed, no further police action. Sent as per policy."),
    say("{v} is retired and keeps busy with an allotment."),
    say("Advice given and {v} was happy with that."),
    say("PPN required due to age of {v} only."),
];
static DOMESTIC_CALLS: &[Line] = &[
    say("{V} rang to ask for advice on [a shared car|who owns a telly|post still coming for {S}]."),
    say("Call from {v} whose {r} {s} was locked out. Not a domestic but tagged as one on the log."),
    say("Damage to a wing mirror in {st}, owned by {V}. {S} is {vp} {r} and was also in the house."),
    say(
        "Silent 999 call from {ad}, {v} explained the [phone was in a pocket|toddler|watch] had rung it by mistake.",
    ),
];
static DOMESTIC_MILD: &[Line] = &[
    say("{v} and {s} were seen apart and both said all was well, there had been no argument."),
    say("Not a police matter. PPN submitted as parties are related."),
    say("No offences, no risk, no concerns. DASH done as required."),
    say("Both were laughing about it and the kettle was on."),
    say("House seen and in order."),
    say("Log was opened as a domestic in error but cannot be re-coded without a PPN."),
];

/// Notices with nothing in them, one for each kind.
pub(crate) static SPECS: &[Spec] = &[
    Spec {
        theme: Theme::Nothing,
        kind: Child,
        need: Need::Child(11, 17),
        outsider: Outsider::None,
        concerns: &[C::Other],
        weights: [0, 0, 0],
        open: CHILD_CALLS,
        grave: &[],
        middling: &[],
        mild: CHILD_MILD,
        detail: &[],
    },
    Spec {
        theme: Theme::Nothing,
        kind: Adult,
        need: Need::Adult(25, 78),
        outsider: Outsider::None,
        concerns: &[C::Other],
        weights: [0, 0, 0],
        open: ADULT_CALLS,
        grave: &[],
        middling: &[],
        mild: ADULT_MILD,
        detail: &[],
    },
    Spec {
        theme: Theme::Nothing,
        kind: DomesticAbuse,
        need: Need::Couple,
        outsider: Outsider::None,
        concerns: &[],
        weights: [0, 0, 0],
        open: DOMESTIC_CALLS,
        grave: &[],
        middling: &[],
        mild: DOMESTIC_MILD,
        detail: &[],
    },
];
