//! Harm to children at home: neglect, injury, emotional and sexual abuse, unborn babies, FGM and forced marriage.

use ppn_domain::notice::codes::Concern as C;
use ppn_domain::notice::codes::Indicator as I;
use ppn_domain::notice::codes::NoticeKind::Child;

use super::line::{Line, When, fact, facts, say};
use super::shared::CHILD_DETAIL;
use super::{Need, Outsider, Spec, Theme};

static HOME_CALLS: &[Line] = &[
    say("Officers attended {ad} at {tm} on another matter and had concerns for {k}."),
    say(
        "Call from a neighbour of {ad} who could hear [a child crying for a long time|shouting at the kids|banging and a child screaming].",
    ),
    say("Warrant executed at {ad} under the misuse of drugs act. {k} present in the address."),
    say(
        "Anonymous report that the children at {ad} are [left on their own|dirty and hungry|out on the street at all hours].",
    ),
    say(
        "Attended {ad} for a concern for safety. {V}, parent of {c}, answered the door after several minutes.",
    ),
    say("School rang 101 as {c} had not been in since {wk} and nobody was answering the door at {ad}."),
    say("Bailiffs asked for police at {ad} and pointed out the state of the children's room."),
];

static NEGLECT_GRAVE: &[Line] = &[
    facts("{c} ({ca}) was alone in the address, the cooker was on and {v} came back {n}5 minutes later smelling of drink.", I::ChildLeftAlone, I::CarerIntoxicated),
    facts("{v} was so drunk {vs} could not stand and could not say when the baby was last fed. The baby was in a soaked nappy.", I::CarerIntoxicated, I::ChildUnderOne).when(When::Baby),
    facts("Needles and burnt foil were on the bedroom floor within reach of {c}, who was playing with a lighter.", I::DrugsInReach, I::PoorHomeConditions),
    facts("{c} has an infected burn to the leg which is days old and has not been seen by a doctor.", I::DelayedMedicalCare, I::UnexplainedInjury),
    facts("There was no food in the house at all and {c} ({ca}) was eating dry cereal off the floor. {v} and the other adults were asleep and could not be roused.", I::ChildHungryOrNoFood, I::CarerUnableToCare),
];
static NEGLECT_MIDDLING: &[Line] = &[
    fact(
        "Fridge was empty apart from [a bottle of sauce and some lager|half a pint of milk] and the children said they had not had tea.",
        I::ChildHungryOrNoFood,
    ),
    fact(
        "The house was [cluttered and smelt strongly of urine|very dirty with dog mess on the floor|cold with no carpets and mould on the walls].",
        I::PoorHomeConditions,
    ),
    fact(
        "{v} smelt of alcohol and was unsteady on {vp} feet but was able to hold a conversation.",
        I::CarerIntoxicated,
    ),
    fact(
        "A strong smell of cannabis throughout and a grinder and bags were on the coffee table.",
        I::DrugsInReach,
    ),
    fact(
        "{c} was in dirty clothes too small for {co}, with matted hair and head lice.",
        I::PoorHomeConditions,
    ),
    fact(
        "{v} said {vs} is struggling and has not taken {vp} tablets for a few weeks.",
        I::ParentalMentalIllHealth,
    ),
    fact("{c} ({ca}) was found out on the street at {tm} and said {v} was asleep.", I::ChildLeftAlone),
    fact("{c} had mattress with no sheet and wet the bed, room had no light bulb.", I::PoorHomeConditions),
    say("{c} has missed [{n} days|most] of this half term and the dentist appointments."),
    fact(
        "A man known only as Baz was asleep on the sofa and {v} could not give his surname.",
        I::UnsuitableCarer,
    ),
];
static NEGLECT_MILD: &[Line] = &[
    say("The house was untidy with washing piled up but there was food in the cupboards and beds were made."),
    say("{c} was a bit grubby after playing out but was happy and chatty."),
    say("{v} was tired and stressed but sober and caring for the children appropriately."),
    say("The electric was on emergency credit, {v} had money coming tomorrow."),
    say("{c} was out later than {v} had said and was brought home by officers."),
];

static PHYSICAL_CALLS: &[Line] = &[
    say(
        "School report that {c} ({ca}) came in with a mark to [the cheek|the upper arm|the back of the leg] and was asked about it.",
    ),
    say("Report from the hospital re {C} who was brought in by {v}."),
    say("{V} rang police to say {c} had come back from contact with an injury."),
    say("Neighbour called as they saw {S} drag {c} by the arm into the house at {ad}."),
    say("Nursery nurse noticed bruising to {c} ({ca}) when changing {co}.").when(When::Young),
];
static PHYSICAL_GRAVE: &[Line] = &[
    facts("{c} said {s} \"[grabbed me by the neck|squeezed my neck and I couldn't talk]\" and there is redness to {cp} neck.", I::ChildDisclosedAbuse, I::ChildInjured),
    facts("The baby has a bruise to the [cheek|ear|thigh] and is not yet crawling. {v} does not know how it happened.", I::InjuryToInfant, I::UnexplainedInjury).when(When::Baby),
    facts("{c} has a linear mark across the back in the shape of a belt and told the teacher {s} did it.", I::ChildInjured, I::ChildDisclosedAbuse),
    facts("X ray shows a healing break to {cp} arm. The accounts from {v} and {s} do not match.", I::UnexplainedInjury, I::DelayedMedicalCare),
    facts("{c} has what look like cigarette burns to {cp} hand and flinched when officers moved.", I::ChildInjured, I::BurnsOrPoisoning),
];
static PHYSICAL_MIDDLING: &[Line] = &[
    fact(
        "{c} has a [small bruise to the arm|scratch near the eye|red mark to the leg] and says {s} smacked {co}.",
        I::ChildInjured,
    ),
    fact(
        "{c} said it was an accident, then said {cs} was not allowed to talk about it.",
        I::UnexplainedInjury,
    ),
    fact(
        "{s} admits tapping {c} on the [hand|bottom] and says it was reasonable chastisement.",
        I::ChildInjured,
    ),
    fact("{c} was tearful and did not want to go home.", I::ChildDistressed),
    say("{v} says {c} bruises easily. No GP record of this has been checked."),
    fact("{c} has told a friend that {s} throws things at {co} when {ss} is angry.", I::ChildDisclosedAbuse),
];
static PHYSICAL_MILD: &[Line] = &[
    say("{c} explained {cs} fell off {cp} scooter and this was seen by others."),
    say("No mark could be seen by officers and {c} seemed well."),
    say("{c} and a cousin had been fighting over the telly and {v} separated them."),
    say("{v} and {s} are separated and each says the other is not a good parent."),
];

static EMOTIONAL_MIDDLING: &[Line] = &[
    fact(
        "{c} says {s} calls {co} [stupid|a waste of space|fat] every day and nobody stops it.",
        I::ChildDistressed,
    ),
    fact("{c} was made to stand outside in the cold as a punishment.", I::ChildDisclosedAbuse),
    fact("{v} shouted in front of {c} that {vs} wished {cs} had never been born.", I::ChildDistressed),
    fact(
        "{v} says the children are being used to pass messages and {c} is asked to record calls.",
        I::ChildContactConflict,
    ),
    fact(
        "{v} was in crisis and {c} ({ca}) has been doing the cooking and getting the little ones to school.",
        I::ParentalMentalIllHealth,
    ),
];
static EMOTIONAL_GRAVE: &[Line] = &[
    facts(
        "{c} has been locked in the shed overnight and told police {cs} is not fed on days {cs} is bad.",
        I::ChildDisclosedAbuse,
        I::ChildHungryOrNoFood,
    ),
    facts(
        "{v} told officers {vs} would take the children with {vo} and that there was no way out. {Vs} had bought tablets.",
        I::ParentalMentalIllHealth,
        I::ThreatsToChildren,
    ),
];
static EMOTIONAL_MILD: &[Line] = &[
    say("{v} and {s} are in dispute over contact and both rang police within an hour."),
    say("{c} was upset as the handover was late. Settled once in the car."),
    say("{s} wants it noting that {v} has a new partner. No concerns given."),
];

static SEXUAL_CALLS: &[Line] = &[
    say("{c} ({ca}) told {cp} [teacher|nan|learning mentor] on {wk} that {s} had done something to {co}."),
    say("{V} attended {town} police station to report what {c} had said at bedtime."),
    say("Referral from CAMHS, {c} wrote it down during a session."),
];
static SEXUAL_GRAVE: &[Line] = &[
    facts(
        "{c} said {s} touches {co} under {cp} clothes when {v} is at work. {s} still lives at the address.",
        I::ChildDisclosedAbuse,
        I::OffenderHasAccessToChildren,
    ),
    facts(
        "{c} said {s} comes in {cp} room at night and told {co} it was their secret.",
        I::ChildDisclosedAbuse,
        I::SexualAssault,
    ),
    fact(
        "{s} looks after {k} three nights a week and was due to have them tonight.",
        I::OffenderHasAccessToChildren,
    )
    .when(When::Suspect),
];
static SEXUAL_MIDDLING: &[Line] = &[
    fact(
        "{c} used sexual words that {v} says {cs} should not know and would not say where {cs} heard them.",
        I::ChildDisclosedAbuse,
    ),
    say("{v} feels uncomfortable with the way {s} is around {c} but nothing has been said by {c}."),
    say("No account obtained from {c}, specialist officers to consider an ABE."),
];
static SEXUAL_MILD: &[Line] = &[
    say(
        "{c} and a child of the same age were found looking at each other in the toilets, staff say this appears to be curiosity.",
    ),
    say("The comment was passed on third hand and {c} said {cs} did not say that."),
];

static UNBORN_CALLS: &[Line] = &[
    say("{V} is pregnant and was spoken to by officers at {ad}."),
    say("Concerns passed by the [community midwife|drug service] re {V} and the unborn baby."),
    say("Officers attended {ad} and {v} disclosed {vs} is expecting, due in about {n} weeks."),
];
static UNBORN_GRAVE: &[Line] = &[
    facts(
        "{v} has not booked in with a midwife, is using heroin daily and has had two children removed.",
        I::UnbornChildAtRisk,
        I::VictimPregnantOrRecentBirth,
    ),
    facts(
        "{s} has [kicked {v} in the stomach|said {ss} will make sure there is no baby].",
        I::UnbornChildAtRisk,
        I::ThreatsToChildren,
    )
    .when(When::Suspect),
];
static UNBORN_MIDDLING: &[Line] = &[
    fact("{v} smokes cannabis and says it helps with the sickness.", I::UnbornChildAtRisk),
    fact("{v} has missed {vp} last [scan|two appointments] and is sofa surfing.", I::UnbornChildAtRisk),
    fact(
        "{v} has a history of psychosis and stopped medication when {vs} found out.",
        I::ParentalMentalIllHealth,
    ),
];
static UNBORN_MILD: &[Line] = &[
    say("{v} is engaging with the midwife and has support from {vp} mum."),
    say("{v} wanted advice on housing before the baby comes."),
];

static PROTECTION_CALLS: &[Line] = &[
    say("At {tm} hrs officers used police protection powers in respect of {k} at {ad}."),
    say("Police protection taken for {C} ({ca}) after attendance at {ad}."),
];
static PROTECTION_GRAVE: &[Line] = &[
    facts(
        "{v} was arrested for child neglect and there was nobody suitable to care for {c}.",
        I::CarerUnableToCare,
        I::UnsuitableCarer,
    ),
    facts(
        "{v} was detained under s136 and had been saying the children were possessed.",
        I::ParentalMentalIllHealth,
        I::CarerUnableToCare,
    ),
    facts(
        "{c} was found walking along the A road in pyjamas at {tm}.",
        I::ChildLeftAlone,
        I::CarerUnableToCare,
    ),
    say(
        "EDT contacted by phone, no placement available at first and {c} waited at [the station|the hospital] for {n} hours.",
    ),
];

static TRADITION_CALLS: &[Line] = &[
    say("College welfare lead rang in confidence regarding {C} ({ca})."),
    say("{c} texted 999 and asked officers not to come to the house."),
];
static TRADITION_GRAVE: &[Line] = &[
    fact(
        "{c} believes {cs} is to be taken abroad in the holidays and married to a cousin {cs} has never met.",
        I::HonourThreat,
    ),
    fact(
        "{c} overheard an aunt say it was time {cs} was cut and that a special party was planned for the holidays. {cp} older sister had it done.",
        I::HonourThreat,
    ),
    fact("{c} said if the family find out {cs} has spoken to anyone {cs} will be killed.", I::ThreatsToKill),
];

/// What notices about children at home are about.
pub(crate) static SPECS: &[Spec] = &[
    Spec {
        theme: Theme::Neglect,
        kind: Child,
        need: Need::Child(0, 11),
        outsider: Outsider::None,
        concerns: &[C::Neglect],
        weights: [14, 22, 20],
        open: HOME_CALLS,
        grave: NEGLECT_GRAVE,
        middling: NEGLECT_MIDDLING,
        mild: NEGLECT_MILD,
        detail: CHILD_DETAIL,
    },
    Spec {
        theme: Theme::Physical,
        kind: Child,
        need: Need::Child(0, 15),
        outsider: Outsider::None,
        concerns: &[C::PhysicalAbuse],
        weights: [12, 13, 13],
        open: PHYSICAL_CALLS,
        grave: PHYSICAL_GRAVE,
        middling: PHYSICAL_MIDDLING,
        mild: PHYSICAL_MILD,
        detail: CHILD_DETAIL,
    },
    Spec {
        theme: Theme::Emotional,
        kind: Child,
        need: Need::Child(5, 15),
        outsider: Outsider::None,
        concerns: &[C::EmotionalAbuse],
        weights: [2, 8, 14],
        open: HOME_CALLS,
        grave: EMOTIONAL_GRAVE,
        middling: EMOTIONAL_MIDDLING,
        mild: EMOTIONAL_MILD,
        detail: CHILD_DETAIL,
    },
    Spec {
        theme: Theme::SexualFamilial,
        kind: Child,
        need: Need::Child(4, 16),
        outsider: Outsider::None,
        concerns: &[C::SexualAbuse],
        weights: [7, 3, 1],
        open: SEXUAL_CALLS,
        grave: SEXUAL_GRAVE,
        middling: SEXUAL_MIDDLING,
        mild: SEXUAL_MILD,
        detail: CHILD_DETAIL,
    },
    Spec {
        theme: Theme::Unborn,
        kind: Child,
        need: Need::Pregnant,
        outsider: Outsider::None,
        concerns: &[C::SubstanceMisuse],
        weights: [4, 4, 3],
        open: UNBORN_CALLS,
        grave: UNBORN_GRAVE,
        middling: UNBORN_MIDDLING,
        mild: UNBORN_MILD,
        detail: super::shared::ADULT_DETAIL,
    },
    Spec {
        theme: Theme::PoliceProtection,
        kind: Child,
        need: Need::Child(0, 14),
        outsider: Outsider::None,
        concerns: &[C::Neglect],
        weights: [6, 0, 0],
        open: PROTECTION_CALLS,
        grave: PROTECTION_GRAVE,
        middling: NEGLECT_MIDDLING,
        mild: NEGLECT_MILD,
        detail: CHILD_DETAIL,
    },
    Spec {
        theme: Theme::Tradition,
        kind: Child,
        need: Need::Child(11, 17),
        outsider: Outsider::None,
        concerns: &[C::HonourBasedAbuse],
        weights: [2, 0, 0],
        open: TRADITION_CALLS,
        grave: TRADITION_GRAVE,
        middling: EMOTIONAL_MIDDLING,
        mild: EMOTIONAL_MILD,
        detail: CHILD_DETAIL,
    },
];
