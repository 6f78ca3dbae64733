//! Harm to children outside the home and online: peers, exploitation, missing, images, trafficking, custody.

use ppn_domain::notice::codes::Concern as C;
use ppn_domain::notice::codes::Indicator as I;
use ppn_domain::notice::codes::NoticeKind::Child;

use super::line::{Line, Topic, fact, facts, say};
use super::shared::CHILD_DETAIL;
use super::{Need, Outsider, Spec, Theme};

static PEER_CALLS: &[Line] = &[
    say(
        "{V} reports that {c} ({ca}) was [touched|pushed into a corner and kissed] by another pupil, {S}, at {sch}.",
    ),
    say("School safeguarding lead rang re an incident between {C} and {S} on {wk}."),
];
static PEER_GRAVE: &[Line] = &[
    facts(
        "{c} disclosed {s} ({sa}) raped {co} at a party on {wk} and has been threatened not to tell.",
        I::ChildDisclosedAbuse,
        I::SexualAssault,
    ),
    facts(
        "{s} ({sa}) filmed it and the video is going round school. {c} said {cs} can't go on.",
        I::ImagesShared,
        I::SuicidalIdeation,
    ),
];
static PEER_MIDDLING: &[Line] = &[
    fact(
        "{s} ({sa}) put a hand up {cp} [skirt|top] in the corridor. Both pupils remain in the same classes.",
        I::SexualAssault,
    ),
    fact("{c} has been asked for pictures by {s} and sent one in underwear.", I::ImagesShared),
    fact("{c} is not eating and is refusing to go to school.", I::ChildDistressed),
];
static PEER_MILD: &[Line] = &[
    say("{s} ({sa}) made a comment of a sexual nature. School dealing and parents aware."),
    say("{c} does not want to make a complaint and the school have put a plan in place."),
];

static ONLINE_CALLS: &[Line] = &[
    say(
        "{V} found messages on {c}'s phone from [an unknown male|an account she does not recognise|somebody calling himself {S}].",
    ),
    say(
        "Report via the school that {c} ({ca}) has been talking to somebody on [a gaming app|a chat app|social media].",
    ),
    say("{c} ({ca}) told {v} that a person online wanted pictures."),
];
static ONLINE_GRAVE: &[Line] = &[
    facts(
        "He has asked {c} to meet at the [park|retail park|bus station] near home on {wk}. He knows where {cs} goes to school.",
        I::AdultOnlineContact,
        I::MeetingArranged,
    ),
    facts(
        "{c} sent naked images and is now being told to pay or they go to {cp} family.",
        I::ImagesShared,
        I::AdultOnlineContact,
    ),
    facts(
        "{c} was offered money for sexual acts on camera and did it twice.",
        I::ImagesShared,
        I::GiftsOrUnexplainedMoney,
    ),
];
static ONLINE_MIDDLING: &[Line] = &[
    fact(
        "The profile says 16 but the messages read like an adult and it has now been deleted.",
        I::AdultOnlineContact,
    ),
    fact("{c} was asked for a photo and said no, then was called names.", I::AdultOnlineContact),
    say("Phone seized for examination and {v} has changed the settings on the tablet."),
    fact("{cp} younger sibling uses the same account.", I::AdultOnlineContact),
];
static ONLINE_MILD: &[Line] = &[
    say("The messages are from a pupil in the year above and are not sexual."),
    say("{v} wanted advice about parental controls. No contact from adults."),
    say("{c} was sent a link to a scam and gave a password. Nothing lost."),
];

static CSE_CALLS: &[Line] = &[
    say("Intelligence and a report from {v} that {c} ({ca}) is spending time with {S}."),
    say("{c} ({ca}) was found in a car with {S} in {town} at {tm}."),
    say("Youth worker has concerns about {c} and older males at an address in {st}."),
];
static CSE_GRAVE: &[Line] = &[
    facts(
        "{c} ({ca}) says {s} ({sa}) is {cp} boyfriend. {Cs} was found half dressed in a hotel room with {so}.",
        I::FoundWithOlderAssociate,
        I::ChildDisclosedAbuse,
    ),
    facts(
        "{c} has had two phones, trainers and vapes bought by {s} and says {cs} owes {so}.",
        I::GiftsOrUnexplainedMoney,
        I::DebtBondage,
    ),
    fact("{c} was at the sexual health clinic and named {s} ({sa}).", I::FoundWithOlderAssociate),
];
static CSE_MIDDLING: &[Line] = &[
    fact(
        "{c} has a new phone {v} did not buy and will not say where it came from.",
        I::GiftsOrUnexplainedMoney,
    ),
    fact("{c} gets picked up at the end of the road in different cars.", I::FoundWithOlderAssociate),
    say("{c} has stopped seeing {cp} usual friends and comes home smelling of cannabis."),
    fact("{c} is rarely home before 0200 and school attendance is 40 percent.", I::MissingOvernight),
];
static CSE_MILD: &[Line] = &[
    say("{c} has a boyfriend in the year above. {v} does not approve."),
    say("Nothing to suggest that {s} is other than a friend's older brother giving a lift."),
];

static CCE_CALLS: &[Line] = &[
    say("{c} ({ca}) was stop searched in {town} with two others at {tm}."),
    say("{V} rang as {vs} thinks {c} ({ca}) is selling drugs for older lads."),
    say("{c} ({ca}) was at an address in {st} when a drugs warrant was done."),
    say(
        "BTP found {C} on a train to [Skegness|Scarborough|Nottingham] without a ticket and {n} hundred pounds in cash.",
    ),
];
static CCE_GRAVE: &[Line] = &[
    facts(
        "{c} had {n}4 wraps plugged and said {cs} will be stabbed if they are lost. {Cs} owes {s}.",
        I::DrugRunning,
        I::DebtBondage,
    ),
    facts(
        "{c} was found in a cuckooed flat out of force with a machete and two phones.",
        I::DrugRunning,
        I::GangAssociation,
    ),
    facts(
        "{c} has a stab wound to the thigh that {cs} says was an accident. {v} has had men at the door asking for money.",
        I::GangAssociation,
        I::DebtBondage,
    ),
];
static CCE_MIDDLING: &[Line] = &[
    fact("{c} had a burner phone and 180 pounds and gave no account.", I::GiftsOrUnexplainedMoney),
    fact("{c} is seen with a group linked to {s} who is known for PWITS.", I::GangAssociation),
    fact("{v} has found snap bags and scales in {cp} room.", I::DrugRunning),
    say("{c} has been excluded from {sch} and is not in education."),
    fact("{c} wears a coat and trainers {v} could not afford.", I::GiftsOrUnexplainedMoney),
];
static CCE_MILD: &[Line] = &[
    say("{c} had a small amount of cannabis for own use and was taken home to {v}."),
    say("{c} was with a group who were causing a nuisance but was not involved."),
];

static MISSING_CALLS: &[Line] = &[
    say("{C} ({ca}) was reported missing by {v} at {tm} on {wk} after not coming home from {sch}."),
    say("{c} went out of [a window|the back door] at {tm} and has been reported missing from {ad}."),
    say("Missing report, {C} aged {ca}, last seen wearing a black coat and grey joggers in {town}."),
    say("Prevention interview with {c} ({ca}) on return from a missing episode."),
];
static MISSING_GRAVE: &[Line] = &[
    facts(
        "{c} is known to be at risk of criminal exploitation and there is a trigger plan. {Cs} has been gone since {wk}.",
        I::MissingNow,
        I::GangAssociation,
    ),
    facts(
        "{c} was located at {s}'s address having been missing for {n} nights.",
        I::FoundAfterMissing,
        I::FoundWithOlderAssociate,
    ),
    facts(
        "{c} left a note saying not to look for {co} and has taken {vp} tablets.",
        I::MissingNow,
        I::SuicidalIdeation,
    ),
    facts(
        "{c} came home by {cr} with cuts to {cp} hands and no shoes and will not say where {cs} has been.",
        I::FoundAfterMissing,
        I::UnexplainedInjury,
    ),
];
static MISSING_MIDDLING: &[Line] = &[
    fact("{c} was out overnight and came back at {tm}, would not say who with.", I::MissingOvernight),
    fact(
        "This is the {n}th episode this year and {v} no longer rings straight away.",
        I::EscalatingFrequency,
    ),
    fact("{c} returned smelling of alcohol and with a vape {cs} did not have before.", I::FoundAfterMissing),
    say("{c} is believed to be with a male called Tay, no further details."),
    fact("{c} was found safe and well at a friend's and brought home.", I::FoundAfterMissing),
];
static MISSING_MILD: &[Line] = &[
    fact("{c} missed the last bus and got home {n}0 minutes after being reported.", I::FoundAfterMissing)
        .on(Topic::Account),
    say("{c} was at football training and {cp} phone had died.").on(Topic::Account),
    say("{c} had an argument with {v} about going out and went to {cp} nan's.").on(Topic::Account),
    say("{c} had told {cp} sister where {cs} was going but not {v}.").on(Topic::Account),
    say("{c} was back before officers had finished taking the report."),
    say("{c} was seen on return, no injuries and nothing of concern said."),
    say("{v} is happy to have {c} home and will be keeping a closer eye on {co}."),
    say("No previous missing episodes in the last {n} months."),
];

static IMAGES_CALLS: &[Line] = &[
    say(
        "PCOT development has linked {ad} to the sharing of indecent images of children. Occupant believed to be {S}.",
    ),
    say("NCA referral received regarding uploads from a connection at {st}, {town}, subscriber {S}."),
];
static IMAGES_GRAVE: &[Line] = &[
    facts(
        "Research shows {k} {are} associated with {s} and the address.",
        I::SuspectKnownAddressWithChildren,
        I::OffenderHasAccessToChildren,
    ),
    fact("{s} coaches an under 11s side and has a partner with children.", I::PositionOfTrust),
    facts(
        "{s} has been arrested and bailed not to have unsupervised contact with children. {v} was not aware of the content.",
        I::OffenderHasAccessToChildren,
        I::ImagesShared,
    ),
    fact(
        "The images include a girl in what looks like a local school shirt, not yet identified.",
        I::ImagesShared,
    ),
];

static HARM_CALLS: &[Line] = &[
    say("{V} called an ambulance for {c} ({ca}) at {tm} after finding {co} in {cp} room."),
    say("{c} ({ca}) told {sch} staff that {cs} has been hurting {cr}."),
    say("Concern for {C} who posted online that {cs} had had enough."),
    say("Officers spoke to {c} on the footbridge at {st}."),
];
static HARM_GRAVE: &[Line] = &[
    facts(
        "{c} has taken an overdose of [paracetamol|{vp} antidepressants] with intent to die and wrote letters.",
        I::SuicideAttempt,
        I::SelfHarmInjury,
    ),
    facts(
        "{c} was on the wrong side of the barrier and said {cs} would go tonight.",
        I::SuicidalIdeation,
        I::SuicideAttempt,
    ),
    fact("{c} has tied a ligature twice this week.", I::SuicideAttempt),
];
static HARM_MIDDLING: &[Line] = &[
    fact("{c} has superficial cuts to the forearms which {cs} says help {co} cope.", I::SelfHarmInjury),
    fact(
        "{c} says {cs} thinks about not being here but would not do anything because of {v}.",
        I::SuicidalIdeation,
    ),
    say("{c} is on the waiting list for CAMHS and has been for {n} months."),
    say("{c} is being bullied in a group chat and has stopped going to {sch}."),
];
static HARM_MILD: &[Line] = &[
    say(
        "{c} said {cs} only put the post up because of an argument with a friend and has no thoughts of harm.",
    ),
    say("An old scratch was seen, {c} said it was from the cat."),
    say("{c} has been low since the family dog died. {v} is supportive and the GP is involved."),
];

static TRAFFICKED_GRAVE: &[Line] = &[
    facts(
        "{c} has no family in the country and says {cs} was told to work off a debt of 15000 pounds.",
        I::DebtBondage,
        I::DrugRunning,
    ),
    fact(
        "{c} was locked in to water cannabis plants and slept on the floor between the tents.",
        I::DebtBondage,
    ),
    say("{c} is reported missing from a placement in another force area. NRM to be submitted."),
];
static TRAFFICKED_MIDDLING: &[Line] = &[
    say(
        "{c} said through Language Line that {cs} travelled in a lorry and was met by a man whose name {cs} does not know.",
    ),
    say("{c} has no documents and the age given is disputed by [social care|the Home Office]."),
    say("{c} was hungry, in thin clothes, and asked to ring {cp} mother but had no number."),
    say("Two other occupants ran off through the loft and were not found."),
];
static TRAFFICKED_DETAIL: &[Line] = &[
    say("Interpreter booked, delay of several hours expected."),
    say("{c} was given a hot meal and a change of clothes at the station."),
    say("EDT contacted, they are looking for a placement."),
    say("Fingerprints taken, [no trace|a trace under another name in the south east]."),
    say("Body worn footage is available, PC {col}."),
    say("{c} did not want to talk about how {cs} got here and kept {cp} head down."),
];
static TRAFFICKED_CALLS: &[Line] = &[
    say(
        "Joint operation with immigration at {st}, {town}. {C}, who gives an age of {ca}, was found in the address.",
    ),
    say("{c} ({ca}) was found at a [car wash|nail bar|takeaway] in {town} and speaks little English."),
];

static RADICAL_CALLS: &[Line] = &[
    say("Prevent concern from {sch} regarding {c} ({ca})."),
    say("{V} has rung as {vs} is worried about what {c} is watching."),
];
static RADICAL_GRAVE: &[Line] = &[fact(
    "{c} has a list of names at {sch}, has been looking at how to make a pipe bomb and ordered parts.",
    I::ThreatsToKill,
)];
static RADICAL_MIDDLING: &[Line] = &[
    fact("{c} is in a group online with adults who share extreme right wing videos.", I::AdultOnlineContact),
    say("{c} has drawn [flags|symbols] on {cp} books and says some pupils should not be in this country."),
    say("{c} has become withdrawn and is up most of the night online."),
];
static RADICAL_MILD: &[Line] =
    &[say("{c} repeated something {cs} saw online and did not seem to know what it meant.")];

static OFFENDER_CALLS: &[Line] = &[
    say(
        "MOSOVO: {S} is a registered sex offender. Information received on {wk} regarding contact with {c} ({ca}).",
    ),
    say("Unannounced home visit to RSO {S}. Children's shoes and a scooter were in the hall."),
];
static OFFENDER_GRAVE: &[Line] = &[
    facts(
        "{c} has been going to {s}'s address after school, {v} is in a relationship with {so} and did not know of the convictions.",
        I::OffenderHasAccessToChildren,
        I::OffenderBreach,
    ),
    facts(
        "The SHPO prohibits contact with under 16s. {s} said {c} was only dropping something off.",
        I::OffenderBreach,
        I::OffenderHasAccessToChildren,
    ),
    fact("{v} said {s} has babysat {k} on {n} occasions.", I::OffenderHasAccessToChildren),
];
static OFFENDER_MIDDLING: &[Line] = &[
    say("{s} has moved to {st} which backs on to {sch}."),
    say("{s} has disclosed a new relationship, {v} has been told and states {c} stays with {cp} dad."),
    say("Planned release on {wk}, joint visit with probation arranged, housing aware."),
];

static CUSTODY_CALLS: &[Line] = &[
    say("{C} ({ca}) was arrested on {wk} in {town} and brought to custody."),
    say(
        "Child in custody. {c} ({ca}) detained for [assault|robbery|possession of a bladed article|criminal damage].",
    ),
];
static CUSTODY_GRAVE: &[Line] = &[
    facts(
        "{c} is flagged high risk of CCE. Secure bed requested and refused, {c} kept overnight.",
        I::GangAssociation,
        I::DrugRunning,
    ),
    fact("{c} told the nurse {cs} will hang {cr} if sent back to {cp} stepdad.", I::SuicidalIdeation),
];
static CUSTODY_MIDDLING: &[Line] = &[
    fact("{c} said {cs} carries a knife because {cs} has been jumped.", I::GangAssociation),
    say("{v} refused to act as appropriate adult and said {cs} is not coming home."),
    say("{c} has ADHD and was seen by liaison and diversion."),
];
static CUSTODY_MILD: &[Line] = &[
    say("{v} attended as appropriate adult, {c} was interviewed and bailed home within {n} hours."),
    say("{c} was polite and no concerns were raised by the custody nurse."),
];

static VIOLENCE_CALLS: &[Line] = &[
    say("Report of a fight between youths in {town} at {tm}. {c} ({ca}) identified."),
    say("{V} reports {c} was set upon by a group on the way home from {sch}."),
];
static VIOLENCE_GRAVE: &[Line] = &[
    facts(
        "{c} was stabbed in the back by {s} and is in surgery. Reprisals are expected.",
        I::SeriousInjury,
        I::WeaponUsed,
    ),
    facts(
        "{c} had a zombie knife down {cp} trousers and said {cs} would use it on {s}.",
        I::WeaponThreatened,
        I::ThreatsToKill,
    ),
];
static VIOLENCE_MIDDLING: &[Line] = &[
    fact("{c} was punched and kicked on the ground and it was put online.", I::MinorInjury),
    fact("{c} is said to be part of a group calling themselves after the estate.", I::GangAssociation),
    say("{c} did not want to give names as it would make it worse."),
];
static VIOLENCE_MILD: &[Line] = &[
    say("Pushing and shoving after football. No injuries."),
    say("{c} and {s} have shaken hands and both sets of parents are happy."),
];

static PAST_CALLS: &[Line] = &[
    say(
        "{V}, now an adult, reported that when {vs} was about 11 {vs} was sexually assaulted by {S}, a relative.",
    ),
    say("Disclosure by {V} to a counsellor of sexual abuse by {S} when {vs} was at primary school."),
];
static PAST_GRAVE: &[Line] = &[
    facts(
        "{s} now has children of {sp} own and {k} {are} with {so} at weekends.",
        I::OffenderHasAccessToChildren,
        I::SuspectKnownAddressWithChildren,
    ),
    fact("{s} is believed to help at a youth club. {s} has not been spoken to.", I::PositionOfTrust),
];
static PAST_MIDDLING: &[Line] = &[
    say("{v} has lost touch with {s} and does not know where {ss} lives or who is around {so}."),
    say("{v} has a partner supporting {vo} and has been given ISVA details."),
];

/// What notices about children outside the home are about.
pub(crate) static SPECS: &[Spec] = &[
    spec(
        Theme::SexualPeer,
        Need::Child(9, 16),
        Outsider::Child,
        &[C::SexualAbuse],
        [3, 4, 3],
        [PEER_CALLS, PEER_GRAVE, PEER_MIDDLING, PEER_MILD],
    ),
    spec(
        Theme::Online,
        Need::Child(7, 16),
        Outsider::Unknown,
        &[C::OnlineAbuse],
        [6, 6, 6],
        [ONLINE_CALLS, ONLINE_GRAVE, ONLINE_MIDDLING, ONLINE_MILD],
    ),
    spec(
        Theme::SexualExploitation,
        Need::Child(12, 17),
        Outsider::Adult,
        &[C::ChildSexualExploitation],
        [5, 4, 2],
        [CSE_CALLS, CSE_GRAVE, CSE_MIDDLING, CSE_MILD],
    ),
    spec(
        Theme::CriminalExploitation,
        Need::Child(12, 17),
        Outsider::Adult,
        &[C::ChildCriminalExploitation, C::CountyLines],
        [8, 8, 4],
        [CCE_CALLS, CCE_GRAVE, CCE_MIDDLING, CCE_MILD],
    ),
    spec(
        Theme::MissingChild,
        Need::Child(11, 17),
        Outsider::Adult,
        &[C::Missing],
        [10, 11, 10],
        [MISSING_CALLS, MISSING_GRAVE, MISSING_MIDDLING, MISSING_MILD],
    ),
    spec(
        Theme::IndecentImages,
        Need::Child(2, 14),
        Outsider::Adult,
        &[C::IndecentImages],
        [5, 0, 0],
        [IMAGES_CALLS, IMAGES_GRAVE, ONLINE_MIDDLING, ONLINE_MILD],
    ),
    spec(
        Theme::SelfHarm,
        Need::Child(11, 17),
        Outsider::None,
        &[C::SelfHarm, C::MentalHealth],
        [7, 9, 7],
        [HARM_CALLS, HARM_GRAVE, HARM_MIDDLING, HARM_MILD],
    ),
    spec(
        Theme::Trafficking,
        Need::Child(15, 17),
        Outsider::None,
        &[C::HumanTrafficking, C::ModernSlavery],
        [3, 0, 0],
        [TRAFFICKED_CALLS, TRAFFICKED_GRAVE, TRAFFICKED_MIDDLING, TRAFFICKED_MIDDLING],
    ),
    spec(
        Theme::Radicalisation,
        Need::Child(12, 17),
        Outsider::None,
        &[C::Radicalisation],
        [1, 2, 1],
        [RADICAL_CALLS, RADICAL_GRAVE, RADICAL_MIDDLING, RADICAL_MILD],
    ),
    spec(
        Theme::SexOffender,
        Need::Child(4, 15),
        Outsider::Adult,
        &[C::SexOffenderContact],
        [7, 1, 0],
        [OFFENDER_CALLS, OFFENDER_GRAVE, OFFENDER_MIDDLING, OFFENDER_MIDDLING],
    ),
    spec(
        Theme::InCustody,
        Need::Child(13, 17),
        Outsider::None,
        &[C::ChildInCustody],
        [3, 4, 6],
        [CUSTODY_CALLS, CUSTODY_GRAVE, CUSTODY_MIDDLING, CUSTODY_MILD],
    ),
    spec(
        Theme::YouthViolence,
        Need::Child(11, 17),
        Outsider::Child,
        &[C::YouthViolence],
        [3, 6, 7],
        [VIOLENCE_CALLS, VIOLENCE_GRAVE, VIOLENCE_MIDDLING, VIOLENCE_MILD],
    ),
    spec(
        Theme::NonRecent,
        Need::Child(3, 14),
        Outsider::Older,
        &[C::SexualAbuse],
        [4, 1, 0],
        [PAST_CALLS, PAST_GRAVE, PAST_MIDDLING, PAST_MIDDLING],
    ),
];

const fn spec(
    theme: Theme,
    need: Need,
    outsider: Outsider,
    concerns: &'static [C],
    weights: [u32; 3],
    [open, grave, middling, mild]: [&'static [Line]; 4],
) -> Spec {
    let detail = if theme.brought_from_abroad() { TRAFFICKED_DETAIL } else { CHILD_DETAIL };
    Spec { theme, kind: Child, need, outsider, concerns, weights, open, grave, middling, mild, detail }
}
