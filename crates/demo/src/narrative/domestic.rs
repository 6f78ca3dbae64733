//! Domestic abuse: intimate and former partners, family, adolescents, stalking, control, honour.

use ppn_domain::notice::codes::Concern as C;
use ppn_domain::notice::codes::Indicator as I;
use ppn_domain::notice::codes::NoticeKind::DomesticAbuse;

use super::line::{Line, Topic, When, fact, facts, say};
use super::{Need, Outsider, Spec, Theme};

static CALLS: &[Line] = &[
    say(
        "At {tm} hrs a 999 call was received from {v} stating that {vp} {r} was kicking off and would not leave.",
    ),
    say(
        "Call from a neighbour at {ad} reporting [shouting and banging|a woman screaming and things being thrown|a loud argument].",
    ),
    say("Police attended {ad} at {tm} following a report of a domestic between {V} and {S}."),
    say("{V} [contacted police online|attended the front counter|rang 101] on {wk} to report {vp} {r} {S}."),
    say(
        "Abandoned 999 call from {ad}, shouting heard by the operator, line cleared. On call back {v} stated all was ok but sounded upset.",
    ),
    say(
        "Third party report from {vp} [sister|mother|work colleague|friend] that {v} had rung her in tears following an argument with {s}.",
    ),
    say(
        "Officers attended {ad} after {v} made contact to say {s} had [turned up at the address|come home drunk|started an argument over money].",
    ),
    say(
        "Report passed from [EMAS|the ambulance service|the hospital] that {v} had presented with injuries and named {S} as responsible.",
    ),
    say(
        "Officers on foot patrol in {town} were flagged down by {v} who was upset and said {vs} had argued with {vp} {r}.",
    ),
    say(
        "{V} and {S} are in a relationship of [around two years|about 18 months|some 7 yrs|several months]. Police called at {tm} on {wk}.",
    ).when(When::Together),
];

static GRAVE: &[Line] = &[
    fact("{Vs} stated that {s} had [put {sp} hands round {vp} neck and squeezed|grabbed {vo} by the throat and pinned {vo} to the wall|got on top of {vo} and held {vo} by the neck so {vs} could not breathe].", I::NonFatalStrangulation),
    fact("{Vs} said {vs} saw stars and thought {vs} was going to pass out when {s} had {vo} by the throat.", I::NonFatalStrangulation),
    fact("{v} has [red marks to both sides of {vp} neck|a hoarse voice and says it hurts to swallow] after being choked by {s}.", I::NonFatalStrangulation),
    facts("{s} picked up a [kitchen knife|claw hammer|screwdriver] and held it towards {v} saying {ss} would end {vo}.", I::WeaponThreatened, I::ThreatsToKill),
    fact("{s} hit {v} with a [metal bar|glass bottle|dog chain], causing a cut to the head which needed [gluing|stitches].", I::WeaponUsed),
    fact("{s} told {v} \"[I will kill you and nobody will find you|you will be leaving here in a box|I'll do time for you]\" and {v} believes {ss} means it.", I::ThreatsToKill),
    facts("{v} ended the relationship {n} weeks ago and since then {s} has [waited outside {vp} work|followed {vo} in the car|been sitting outside the house at night].", I::SeparationOrAttempt, I::StalkingBehaviour),
    fact("{s} has told {v} that if {vs} leaves {ss} will kill {sr} and take {vo} too.", I::PerpetratorSuicidal),
    facts("{v} is [6 months|22 weeks|34 weeks] pregnant and was pushed to the floor and kicked to the stomach area.", I::VictimPregnantOrRecentBirth, I::MinorInjury).when(When::CouldBePregnant),
    fact("{v} disclosed that {s} forced {vo} to have sex on [two occasions|Sunday night] when {vs} had said no.", I::SexualAssault),
    facts("{s} is subject to a non-molestation order and was found hiding in the bedroom on police arrival.", I::BreachOfOrderOrBail, I::PerpetratorPreviousViolence),
    fact("{s} poured [petrol|lighter fluid] through the letterbox and sent a message asking if {vs} could smell it.", I::FireSetting),
    fact("{v} has a suspected broken [cheekbone|wrist|nose] and was conveyed to hospital by ambulance.", I::SeriousInjury),
    facts("{s} sent a photo of {k} with the message \"say goodbye\" after {v} stopped contact.", I::ThreatsToChildren, I::ChildContactConflict).when(When::Kids),
];

static MIDDLING: &[Line] = &[
    fact("{s} [slapped {v} to the face|pushed {v} into the door frame|grabbed {v} by the arms], leaving [slight redness|a small bruise|a scratch to the forearm].", I::MinorInjury),
    fact("{Vs} says things have got worse since {s} lost {sp} job and the arguments are now most days.", I::EscalatingFrequency),
    fact("{v} stated {s} goes through {vp} phone and gets angry if {vs} speaks to male friends.", I::ControllingBehaviour),
    fact("{s} controls the money and gives {v} [20 pounds a week|cash only for shopping] for which {vs} has to produce receipts.", I::FinancialDependence),
    fact("{v} has been trying to leave since [Christmas|the summer|last month] but says {vs} has nowhere to go.", I::SeparationOrAttempt),
    fact("There is an ongoing dispute over [contact with the children|who collects the children|a child arrangements order].", I::ChildContactConflict).when(When::Kids),
    fact("{Vs} appeared frightened and kept looking at the door while speaking with officers.", I::VictimVeryFrightened),
    fact("{s} smashed {vp} [phone|tablet|car window] during the argument so {vs} could not ring for help.", I::ControllingBehaviour),
    fact("{v} no longer sees {vp} family as it [causes trouble|is not worth the row] with {s}.", I::VictimIsolated),
    fact("{s} [kicked|threw] the family dog in temper.", I::HarmToAnimals),
    fact("{v} had a baby [11 weeks|5 months|9 months] ago and says it has been worse since the birth.", I::VictimPregnantOrRecentBirth).when(When::Baby),
    fact("{s} has previous for assault against {v} and a former partner.", I::PerpetratorPreviousViolence),
    fact("{k} {were} on the stairs and heard everything, {c} was crying when officers arrived.", I::ChildWitnessedViolence).when(When::Kids),
    fact("{v} said {vs} has been feeling low and is under the GP for depression.", I::VictimSuicidal),
    fact("{s} has rung {v} over {n}0 times today and left voicemails calling {vo} names.", I::StalkingBehaviour),
    fact("{c} came down and stood between {v} and {s} to try and stop them.", I::ChildWitnessedViolence).when(When::Kids),
    fact("{s} was heavily intoxicated and {v} says {ss} drinks [a litre of vodka a day|every night after work].", I::EscalatingSeverity),
    fact("Both parties were in drink, as were two other adults in the address while {k} {were} in bed.", I::CarerIntoxicated).when(When::Kids),
    fact("{s} has [a shotgun licence through work on a farm|access to an air rifle kept in the garage].", I::FirearmAccess),
    say("Both parties made counter allegations of being pushed and neither would provide a statement."),
];

static MILD: &[Line] = &[
    say(
        "The argument was over [money|the washing up|{s} going out with mates|a message on a phone|the dog|car keys|housework] and was verbal only.",
    ),
    say("No assault, no threats and no damage disclosed by either party."),
    say("{s} had left prior to police arrival and {v} was calm and did not want police there.").on(Topic::SuspectNow),
    say(
        "Parties separated, {s} has gone to stay [at {sp} mum's|with a friend|at {sp} brother's] for the night.",
    ).on(Topic::SuspectNow),
    say(
        "{v} stated it was six of one and half a dozen of the other and {vs} only rang to get {so} to go for a walk.",
    ),
    say("{v} confirmed there has never been any violence and {vs} is not scared of {s}."),
    say(
        "{s} wanted to collect [clothes|tools|a games console] and {v} refused to let {so} in. Officers stood by while property was handed over.",
    ),
    say("They have agreed to separate but are both on the tenancy and are getting under each other's feet.").when(When::Together),
    say("House was tidy, no signs of disturbance and no injuries seen."),
    say("{v} said {s} has been grumpy as {ss} is trying to give up smoking and they had words about it."),
    say("Children were asleep upstairs and were not disturbed.").on(Topic::SpokenTo).when(When::Kids),
    say("{v} and {s} have been arguing over text about who pays the [broadband|council tax|car finance]."),
];

static DETAIL: &[Line] = &[
    say("{v} declined to make a statement and does not support a prosecution.").on(Topic::Account),
    say("{v} provided a signed PNB entry and photos were taken of [the room|{vp} arm|the damage].").on(Topic::Account),
    say("{s} was arrested to prevent further offences and taken to [Ripley|Buxton|Derby|Chesterfield] custody.").on(Topic::SuspectNow),
    say("{s} was not at the address, area search negative, still outstanding at the time of this report.").on(Topic::SuspectNow),
    say("DASH completed with {v} who answered [most of the questions|some of the questions before becoming upset|no to all bar one].").on(Topic::RiskQuestions),
    say("DASH refused, {v} said {vs} had [been through it all before|nothing more to say].").on(Topic::RiskQuestions),
    say("{k} {were} seen asleep in bed and appeared fine, not woken.").on(Topic::SpokenTo).when(When::Kids),
    say("{c} was spoken to briefly by PC {col} and said mummy and daddy shout a lot.").on(Topic::SpokenTo).when(When::Young),
    say("Children not spoken to due to time of night.").on(Topic::SpokenTo).when(When::Kids),
    say("No children reside at the address.").when(When::NoKids),
    say("This is the [second|third|latest] time police have been called to this couple [this month|since Easter|in recent weeks].").when(When::Again),
    say("No previous domestic history found between the parties.").when(When::First),
    say("{v} given details of [the helpline|local support services|the IDVA service] and advice on [changing locks|recording calls|ringing 999]."),
    say("Neighbour provided a first account of hearing a thud and someone shout get off me."),
    say("Body worn video activated throughout, ref {col}."),
    say("{v} asked that {vp} {r} is not told about this report."),
    say("{s} when spoken to stated {v} [is making it up|started it|has mental health problems]."),
];

static FAMILY_CALLS: &[Line] = &[
    say("{V} rang police at {tm} as {vp} {r} {S} had come to {ad} demanding money."),
    say("Attended {ad} re an argument between {V} and {vp} {r} {S}."),
    say("Report from {v} that {vp} {r} {s} was in drink and refusing to leave the family home."),
    say("{v} called to say {s} had had a fall out with {vo} about [board|a loan|{sp} room|{sp} girlfriend]."),
];

static FAMILY_GRAVE: &[Line] = &[
    facts(
        "{s} held a [bread knife|pair of scissors] to {vp} chest and said {ss} would kill {vo} for the bank card.",
        I::WeaponThreatened,
        I::ThreatsToKill,
    ),
    fact(
        "{s} pushed {v} down the stairs. {Vs} has [a fractured hip|a head injury] and is in the Royal.",
        I::SeriousInjury,
    ),
    fact("{s} had {v} round the neck in a headlock until {vs} could not breathe.", I::NonFatalStrangulation),
    fact(
        "{s} has told {v} {ss} will burn the house down with {vo} in it, and there was a burnt mat in the porch.",
        I::FireSetting,
    ),
];

static FAMILY_MIDDLING: &[Line] = &[
    fact(
        "{s} has taken [around 200 pounds|{vp} pension money|the rent] and {v} is scared to say no.",
        I::FinancialExploitation,
    ),
    fact(
        "{s} [threw a plate at {v}|shoved {v} against the worktop|punched a hole in the door next to {v}].",
        I::MinorInjury,
    ),
    fact(
        "{v} locks {vp} bedroom door at night because {vs} is worried what {s} will do when {ss} has been on the crack.",
        I::VictimVeryFrightened,
    ),
    fact("{s} has smashed up the [kitchen|living room] {n} times this year.", I::EscalatingFrequency),
    fact("{v} is the main carer and says {vs} cannot cope with {s} any more.", I::ControllingBehaviour),
    say("{s} has undiagnosed mental health issues according to {v} and will not see a doctor."),
];

static FAMILY_MILD: &[Line] = &[
    say(
        "There was a verbal argument about {s} [not tidying up|borrowing the car|playing music late]. No offences.",
    ),
    say("{v} wants {s} to move out but has not told {so} and needs housing advice."),
    say("{v} confirmed no violence, said {ss} is just lazy and argumentative."),
    say("Words of advice given to both, {s} went to bed.").on(Topic::SuspectNow),
];

static TEEN_MILD: &[Line] = &[
    say("{s} ({sa}) had {sp} phone taken off {so} and shouted and slammed doors. Nobody hurt."),
    say("{s} ({sa}) refused to come off the games console and swore at {v}."),
    say("{v} wanted police to speak to {s} about {sp} behaviour, no assault."),
    say("{s} calmed down and apologised while officers were there."),
];
static TEEN_MIDDLING: &[Line] = &[
    fact(
        "{s} ({sa}) punched {v} to the arm and kicked a hole in the wall when asked to go to school.",
        I::MinorInjury,
    ),
    fact("{v} says {vs} walks on eggshells and {s} ({sa}) hits out most days now.", I::EscalatingFrequency),
    say("{s} has a diagnosis of [ADHD|autism|ADHD and ODD] and is awaiting CAMHS."),
    say("School have {s} on a reduced timetable and {v} has had to give up work."),
    fact("The younger children are frightened of {s}.", I::ChildDistressed).when(When::Kids),
];
static TEEN_GRAVE: &[Line] = &[
    facts(
        "{s} ({sa}) chased {v} with a kitchen knife and {vs} locked {vr} in the bathroom.",
        I::WeaponThreatened,
        I::VictimVeryFrightened,
    ),
    fact(
        "{s} ({sa}) put {v} in a headlock and squeezed until {vs} could not breathe.",
        I::NonFatalStrangulation,
    ),
    fact(
        "{s} has [told {v} {ss} will stab {vo} in {vp} sleep|been sleeping with a blade under the pillow].",
        I::ThreatsToKill,
    ),
];

static STALK_CALLS: &[Line] = &[
    say("{V} reports ongoing harassment by {vp} {r} {S} since they split up."),
    say("{v} attended the station with screenshots of messages from {s}, {vp} {r}."),
    say("Online report from {v}: {s} will not leave {vo} alone."),
];
static STALK_GRAVE: &[Line] = &[
    facts(
        "{v} has found [a tracker under {vp} car|an air tag sewn in the child's coat|a camera in the hedge] and {s} always knows where {vs} is.",
        I::StalkingBehaviour,
        I::SeparationOrAttempt,
    ),
    facts(
        "{s} has been to {vp} home and work {n} times this week in breach of {sp} bail.",
        I::StalkingBehaviour,
        I::BreachOfOrderOrBail,
    ),
    facts(
        "{s} was seen in the back garden at 0300 and has sent {vo} photos of {vr} asleep.",
        I::StalkingBehaviour,
        I::VictimVeryFrightened,
    ),
    fact("{s} sent a voice note saying {ss} has a blade and it has {vp} name on it.", I::ThreatsToKill),
];
static STALK_MIDDLING: &[Line] = &[
    fact(
        "{s} makes new accounts each time {v} blocks {so} and comments on what {vs} is wearing.",
        I::StalkingBehaviour,
    ),
    fact(
        "Flowers and notes have been left on {vp} car at work [twice|on {n} occasions].",
        I::StalkingBehaviour,
    ),
    fact(
        "{s} has contacted {vp} [employer|mum|new partner] to find out where {vs} has moved to.",
        I::StalkingBehaviour,
    ),
    fact("{v} has changed {vp} number and route to work and is not sleeping.", I::VictimVeryFrightened),
];
static STALK_MILD: &[Line] = &[
    say("{s} sent [two|a handful of] messages asking to talk, then stopped when asked."),
    say("{v} saw {s} in the supermarket and felt uncomfortable. Nothing was said."),
    say("{s} has posted about the break up on social media, not naming {v}."),
];

static CONTROL_GRAVE: &[Line] = &[
    facts(
        "{v} is not allowed out without {s}, has no phone or key, and tried to leave last week.",
        I::ControllingBehaviour,
        I::SeparationOrAttempt,
    ),
    facts(
        "{s} took {vp} passport and says {ss} will have {vo} deported and keep {k}.",
        I::ImmigrationOrNoRecourse,
        I::ThreatsToChildren,
    )
    .when(When::Kids),
    fact(
        "{s} makes {v} sleep on the floor and has [scalded {vo} with a kettle|burnt {vo} with a hair straightener] when tea was late.",
        I::BurnsOrPoisoning,
    ),
];
static CONTROL_MIDDLING: &[Line] = &[
    fact(
        "{s} has cameras in every room and talks to {v} through them when {ss} is at work.",
        I::ControllingBehaviour,
    ),
    fact("{v} has to send a photo to prove where {vs} is.", I::ControllingBehaviour),
    fact(
        "{v} has not seen {vp} own family for [over a year|8 months] and is not allowed to work.",
        I::VictimIsolated,
    ),
    fact("All benefits are paid to {s} and {v} has no bank account.", I::FinancialDependence),
    fact("{s} tells {vo} what to wear and weighs {vo} on Sundays.", I::ControllingBehaviour),
];

static HONOUR_CALLS: &[Line] = &[
    say("{V} rang from a friend's phone and asked that police do not attend {ad} in uniform."),
    say("Disclosure by {V} to [college|{vp} GP|a colleague], passed to police."),
];
static HONOUR_GRAVE: &[Line] = &[
    fact(
        "{v} has been seeing someone the family does not approve of, and {vp} {r} {s} has said {vs} has shamed them and will be dealt with.",
        I::HonourThreat,
    ),
    facts(
        "A flight has been booked and {v} fears {vs} will be married abroad against {vp} will, {s} holds the passports.",
        I::HonourThreat,
        I::VictimVeryFrightened,
    ),
    fact("Male relatives have been round {vp} workplace looking for {vo}.", I::HonourThreat),
];
static HONOUR_MIDDLING: &[Line] = &[
    fact(
        "{v} is always accompanied by a family member and has to hand over {vp} phone at night.",
        I::ControllingBehaviour,
    ),
    say("{Vs} does not want family members told and asked for no letters to be sent."),
    fact("{v} has moved out and is staying with a friend out of area.", I::SeparationOrAttempt),
];

/// What domestic abuse notices are about.
pub(crate) static SPECS: &[Spec] = &[
    Spec {
        theme: Theme::Intimate,
        kind: DomesticAbuse,
        need: Need::Couple,
        outsider: Outsider::None,
        concerns: &[C::IntimatePartnerAbuse],
        weights: [46, 50, 52],
        open: CALLS,
        grave: GRAVE,
        middling: MIDDLING,
        mild: MILD,
        detail: DETAIL,
    },
    Spec {
        theme: Theme::FormerPartner,
        kind: DomesticAbuse,
        need: Need::Apart,
        outsider: Outsider::None,
        concerns: &[C::IntimatePartnerAbuse],
        weights: [22, 16, 18],
        open: CALLS,
        grave: GRAVE,
        middling: MIDDLING,
        mild: MILD,
        detail: DETAIL,
    },
    Spec {
        theme: Theme::Family,
        kind: DomesticAbuse,
        need: Need::GrownChild,
        outsider: Outsider::None,
        concerns: &[C::FamilyAbuse],
        weights: [8, 14, 16],
        open: FAMILY_CALLS,
        grave: FAMILY_GRAVE,
        middling: FAMILY_MIDDLING,
        mild: FAMILY_MILD,
        detail: DETAIL,
    },
    Spec {
        theme: Theme::AdolescentToParent,
        kind: DomesticAbuse,
        need: Need::Child(12, 17),
        outsider: Outsider::None,
        concerns: &[C::ChildToParentAbuse, C::FamilyAbuse],
        weights: [4, 7, 8],
        open: FAMILY_CALLS,
        grave: TEEN_GRAVE,
        middling: TEEN_MIDDLING,
        mild: TEEN_MILD,
        detail: super::shared::CHILD_DETAIL,
    },
    Spec {
        theme: Theme::Stalking,
        kind: DomesticAbuse,
        need: Need::Apart,
        outsider: Outsider::None,
        concerns: &[C::StalkingHarassment, C::IntimatePartnerAbuse],
        weights: [10, 7, 4],
        open: STALK_CALLS,
        grave: STALK_GRAVE,
        middling: STALK_MIDDLING,
        mild: STALK_MILD,
        detail: DETAIL,
    },
    Spec {
        theme: Theme::CoerciveControl,
        kind: DomesticAbuse,
        need: Need::Couple,
        outsider: Outsider::None,
        concerns: &[C::CoerciveControl, C::IntimatePartnerAbuse],
        weights: [8, 6, 0],
        open: CALLS,
        grave: CONTROL_GRAVE,
        middling: CONTROL_MIDDLING,
        mild: MILD,
        detail: DETAIL,
    },
    Spec {
        theme: Theme::Honour,
        kind: DomesticAbuse,
        need: Need::GrownChild,
        outsider: Outsider::None,
        concerns: &[C::HonourBasedAbuse, C::FamilyAbuse],
        weights: [4, 0, 0],
        open: HONOUR_CALLS,
        grave: HONOUR_GRAVE,
        middling: HONOUR_MIDDLING,
        mild: FAMILY_MILD,
        detail: DETAIL,
    },
];
