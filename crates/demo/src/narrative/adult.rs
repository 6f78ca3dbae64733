//! Adults at risk: care needs, crisis, self-neglect, exploitation, elder abuse, hate, dementia, nuisance.

use ppn_domain::notice::codes::Concern as C;
use ppn_domain::notice::codes::Indicator as I;
use ppn_domain::notice::codes::NoticeKind::Adult;

use super::line::{Line, fact, facts, say};
use super::shared::ADULT_DETAIL;
use super::{Need, Outsider, Spec, Theme};

static CALLS: &[Line] = &[
    say("Concern for safety call from {vp} [neighbour|brother|housing officer|support worker] at {tm}."),
    say("Officers attended {ad} at {tm} and spoke with {V} ({va})."),
    say("{V} ({va}) rang 999 {n} times in the evening and was visited."),
    say(
        "Welfare check at {ad} requested by [EMAS|adult social care|the GP surgery|the housing association].",
    ),
    say("{V} came to the front counter in {town} and was confused about why {vs} was there."),
    say("Officers came across {v} sat on the kerb at {st} at {tm}."),
];

static CARE_GRAVE: &[Line] = &[
    facts(
        "{v} cannot get out of bed and has had no carer for {n} days. {Vs} had sores and no water in reach.",
        I::AdultUnableToProtectSelf,
        I::SeriousInjury,
    ),
    facts(
        "{v} has a learning disability and two men in the flat have been making {vo} have sex with them.",
        I::SexualAssault,
        I::AdultUnableToProtectSelf,
    ),
];
static CARE_MIDDLING: &[Line] = &[
    fact(
        "{v} has a learning disability and lives alone with [{n} hours of support a week|no support].",
        I::AdultUnableToProtectSelf,
    ),
    fact("{v} has run out of insulin and did not know who to ring.", I::AdultUnableToProtectSelf),
    fact("{v} has declined all help from adult care.", I::RefusesSupport),
    say("{v} has fallen {n} times this month and has a pendant that does not work."),
    say("{vp} carer is worn out and said {vs} could not go on like this."),
];
static CARE_MILD: &[Line] = &[
    say("{v} has carers four times a day and the call was because one was late."),
    say("{v} was well, warm and had food in. {Vs} just wanted some company."),
    say("{v} had locked {vr} out. Let back in by housing."),
];

static CRISIS_GRAVE: &[Line] = &[
    facts(
        "{v} was detained under s136 having tried to run into traffic, and had a knife in {vp} bag.",
        I::MentalHealthDetention,
        I::SuicideAttempt,
    ),
    facts(
        "{v} said voices are telling {vo} to hurt {vp} mother. {Vs} had sharpened a kitchen knife.",
        I::WeaponThreatened,
        I::ThreatsToKill,
    ),
];
static CRISIS_MIDDLING: &[Line] = &[
    fact(
        "{v} has stopped {vp} medication and believes [the neighbours are pumping gas|{vs} is being followed|{vp} phone is bugged].",
        I::RefusesSupport,
    ),
    fact("{v} was taken to the place of safety under s136 and later discharged.", I::MentalHealthDetention),
    fact("{v} has fresh cuts to {vp} arms.", I::SelfHarmInjury),
    say("Crisis team rang while officers were there and said to give the number for the helpline."),
    say("{v} has barricaded the front door with a sofa."),
];
static CRISIS_MILD: &[Line] = &[
    say("{v} was tearful and lonely, has a CPN and an appointment on {wk}."),
    say("{v} has anxiety and was worried about a letter from the council."),
    say("{v} was calm on arrival and said {vs} had had a bad day."),
];

static SUICIDE_CALLS: &[Line] = &[
    say(
        "{V} ({va}) sent a message to {vp} [sister|ex partner|mate] saying goodbye. Location obtained from phone work.",
    ),
    say("Samaritans passed details of {v} who had rung them from {town}."),
    say("{v} was reported as high risk by {vp} employer after an email."),
];
static SUICIDE_GRAVE: &[Line] = &[
    facts(
        "{v} was found with a ligature in the garage and said {vs} will do it again when officers leave.",
        I::SuicideAttempt,
        I::SuicidalIdeation,
    ),
    facts(
        "{v} has taken {n}0 tablets with vodka and wrote a note to {vp} children.",
        I::SuicideAttempt,
        I::SuicidalIdeation,
    ),
    fact("{v} has bought a rope and picked the day, which is {wk}.", I::SuicidalIdeation),
];
static SUICIDE_MIDDLING: &[Line] = &[
    fact(
        "{v} said life is not worth living since {vp} [divorce|redundancy|bereavement] but has no plan.",
        I::SuicidalIdeation,
    ),
    fact("{v} was on the bridge but came down when spoken to.", I::SuicidalIdeation),
    say("{v} was in drink and owes money on several loans."),
    say("{v} has been told by the mental health team that it is the alcohol that needs treating first."),
];
static SUICIDE_MILD: &[Line] = &[
    say("{v} denied any intent and said the message had been taken out of context."),
    say("{v} was found at home asleep and well."),
];

static NEGLECT_GRAVE: &[Line] = &[
    facts(
        "{v} was on the floor and had been for two days. Legs are black and weeping.",
        I::SeriousInjury,
        I::AdultUnableToProtectSelf,
    ),
    facts(
        "Fire service say the house is a risk to life, {v} is cooking on a camping stove among papers piled to the ceiling.",
        I::Hoarding,
        I::RefusesSupport,
    ),
];
static NEGLECT_MIDDLING: &[Line] = &[
    fact(
        "Every room is full of bags and newspapers with a narrow path to the chair {v} sleeps in.",
        I::Hoarding,
    ),
    fact("{v} has not let anybody in since {vp} mother died and will not see a doctor.", I::RefusesSupport),
    say("There is no working toilet and {vs} is using a bucket."),
    say("{v} is very thin, in soiled clothing, and the food in the kitchen was months out of date."),
];
static NEGLECT_MILD: &[Line] = &[
    say("Garden is overgrown and there is a lot of clutter but {v} manages."),
    say("{v} said {vs} likes {vp} things around {vo} and does not want help."),
];

static CUCKOO_CALLS: &[Line] = &[
    say("Drugs warrant at {ad}, the tenant is {V} ({va})."),
    say("Housing report of callers at all hours at {v}'s flat in {st}."),
];
static CUCKOO_GRAVE: &[Line] = &[
    facts(
        "{v} has been beaten by {s} and made to sleep in the bath. {Vs} is not allowed {vp} own key.",
        I::Cuckooing,
        I::SeriousInjury,
    ),
    facts(
        "{s} has a machete in the flat and told {v} {ss} would take {vp} fingers off.",
        I::WeaponThreatened,
        I::Cuckooing,
    ),
];
static CUCKOO_MIDDLING: &[Line] = &[
    fact(
        "Three young males were in the flat who {v} could not name. Snap bags in the kitchen.",
        I::Cuckooing,
    ),
    fact("{v} lets {s} use the bedroom in return for [crack|heroin|tobacco].", I::Cuckooing),
    fact("{s} holds {vp} bank card and goes with {vo} on pay day.", I::FinancialExploitation),
    say("{v} uses heroin and has been robbed twice."),
];
static CUCKOO_MILD: &[Line] = &[
    say("{v} says {s} is a friend and is only stopping a few nights."),
    say("No drugs found. {v} was happy with who was there."),
];

static SLAVERY_CALLS: &[Line] = &[
    say(
        "Joint visit to a [car wash|farm|nail bar|factory unit] in {town}. {V} ({va}) was spoken to through Language Line.",
    ),
    say("{V} ({va}) walked into {town} police station with no coat or papers and asked for help."),
];
static SLAVERY_GRAVE: &[Line] = &[
    facts(
        "{v} is paid 20 pounds a day, {s} holds {vp} passport and says the debt has gone up.",
        I::DebtBondage,
        I::FinancialExploitation,
    ),
    fact(
        "{v} shares a mattress with four others in a locked unit and was hit for asking to leave.",
        I::DebtBondage,
    ),
];
static SLAVERY_MIDDLING: &[Line] = &[
    fact("{v} would not speak while {s} was near and looked to {so} for answers.", I::DebtBondage),
    say("{v} has no bank account and does not know the address {vs} lives at."),
];

static ELDER_CALLS: &[Line] = &[
    say("Call from the [care agency|district nurse|bank] about {V} ({va}) who lives with {vp} {r} {S}."),
    say("{V} ({va}) told a carer that {s} had [shouted at|hurt|taken money from] {vo}."),
];
static ELDER_GRAVE: &[Line] = &[
    facts(
        "{v} has grip marks to both arms and a black eye. {s} told the nurse {vs} walked into a door.",
        I::AdultUnableToProtectSelf,
        I::UnexplainedInjury,
    ),
    facts(
        "{s} has been leaving {v} locked in and without {vp} tablets, and said {ss} would put a pillow over {vp} face.",
        I::ThreatsToKill,
        I::AdultUnableToProtectSelf,
    ),
];
static ELDER_MIDDLING: &[Line] = &[
    fact(
        "{s} has had around {n} thousand pounds from {v} this year and {vs} did not understand what {vs} signed.",
        I::FinancialExploitation,
    ),
    fact("{s} has cancelled the carers and tells {v} what to say.", I::ControllingBehaviour),
    say("{s} is drinking and has said {ss} can't do this any more."),
];
static ELDER_MILD: &[Line] = &[
    say("{v} and {s} had words about the heating. No concerns seen."),
    say("{v} could not find {vp} purse, it was later found down the side of the chair."),
];

static MONEY_CALLS: &[Line] = &[
    say("Bank protocol call, {V} ({va}) was trying to draw out {n}000 pounds."),
    say("{V} ({va}) has been targeted by [a rogue trader|a romance fraud|somebody posing as police]."),
];
static MONEY_MIDDLING: &[Line] = &[
    fact(
        "{v} believes {vs} is in a relationship with a person online and has sent {n} thousand pounds.",
        I::FinancialExploitation,
    ),
    fact("{s} has been back {n} times for more money for the roof.", I::FinancialExploitation),
    fact("{v} does not accept {vs} has been conned and will keep paying.", I::AdultUnableToProtectSelf),
];
static MONEY_MILD: &[Line] = &[
    say("{v} realised and put the phone down. No loss."),
    say("{v} has family who have now set up call blocking."),
];
static MONEY_GRAVE: &[Line] = &[facts(
    "{v} has lost {vp} life savings and said there is nothing left to live for. {Vs} had been looking up how to do it.",
    I::FinancialExploitation,
    I::SuicidalIdeation,
)];

static HATE_CALLS: &[Line] = &[
    say("{V} ({va}) reports being targeted because of {vp} [disability|race|sexuality|faith] at {ad}."),
    say("Further report from {v} of abuse by {S} in {st}."),
];
static HATE_GRAVE: &[Line] = &[facts(
    "{s} put a firework through {vp} door and said next time it will be petrol.",
    I::FireSetting,
    I::ThreatsToKill,
)];
static HATE_MIDDLING: &[Line] = &[
    fact(
        "Eggs and dog mess have been thrown at the windows and {v} is frightened to go out.",
        I::VictimVeryFrightened,
    ),
    fact("{s} shouted abuse and spat at {v} who uses a wheelchair.", I::VictimVeryFrightened),
    say("{v} has kept a diary with {n}2 entries."),
];
static HATE_MILD: &[Line] = &[
    say("A comment was made in the street by persons unknown. {v} wanted it recording."),
    say("Dispute over parking in which something was shouted."),
];

static DEMENTIA_CALLS: &[Line] = &[
    say("{V} ({va}) has dementia and was found walking in {st} at {tm}."),
    say("{V} ({va}) rang to report {vp} late [husband|wife|mother] missing."),
];
static DEMENTIA_GRAVE: &[Line] = &[facts(
    "{v} was found in a field in {vp} nightclothes, temperature below nought, after {n} hours. {Vs} lives alone.",
    I::AdultUnableToProtectSelf,
    I::SeriousInjury,
)];
static DEMENTIA_MIDDLING: &[Line] = &[
    fact("{v} did not know the year or {vp} address and had left the gas on.", I::AdultUnableToProtectSelf),
    say("{vp} family live away and ring once a week."),
    say("This is at least the {n}th time {v} has been brought home by officers or neighbours."),
    say("Herbert protocol form is not in place."),
];
static DEMENTIA_MILD: &[Line] = &[
    say("{v} was two doors down and was taken home to {vp} spouse who had only just noticed."),
    say("Carers already aware and a sensor is being fitted to the door."),
];

static NUISANCE_CALLS: &[Line] = &[
    say("{V} ({va}) has called about youths outside {ad}, {n} logs this month."),
    say("Neighbour dispute between {V} and {S} at {st}."),
];
static NUISANCE_GRAVE: &[Line] = &[facts(
    "{v} said {vs} cannot take any more from the youths and that they will find {vo} hanging.",
    I::SuicidalIdeation,
    I::AdultUnableToProtectSelf,
)];
static NUISANCE_MIDDLING: &[Line] = &[
    fact(
        "Stones have been thrown, a window is broken, and {v} has moved {vp} bed to the kitchen.",
        I::VictimVeryFrightened,
    ),
    say("The group call {v} names and film {vo} when {vs} shouts back."),
    say("{v} is isolated and has sight loss."),
];
static NUISANCE_MILD: &[Line] = &[
    say("Ball hit the fence. Youths moved on and were polite."),
    say("Noise complaint, passed to the council."),
];

static MISSING_CALLS: &[Line] =
    &[say("{V} ({va}) was reported missing from [{ad}|the ward|supported living] at {tm} on {wk}.")];
static MISSING_GRAVE: &[Line] = &[facts(
    "{v} left {vp} phone and wallet and told a nurse {vs} was going to end it. Not yet found.",
    I::MissingNow,
    I::SuicidalIdeation,
)];
static MISSING_MIDDLING: &[Line] = &[
    fact("{v} was found in {town} by officers and returned.", I::FoundAfterMissing),
    say("{v} is an informal patient and had gone for cigarettes."),
];

const fn spec(
    theme: Theme,
    need: Need,
    outsider: Outsider,
    concerns: &'static [C],
    weights: [u32; 3],
    [open, grave, middling, mild]: [&'static [Line]; 4],
) -> Spec {
    Spec {
        theme,
        kind: Adult,
        need,
        outsider,
        concerns,
        weights,
        open,
        grave,
        middling,
        mild,
        detail: ADULT_DETAIL,
    }
}

/// What notices about adults are about.
pub(crate) static SPECS: &[Spec] = &[
    spec(
        Theme::CareNeeds,
        Need::Adult(19, 88),
        Outsider::None,
        &[C::CareAndSupportNeeds, C::LearningDisability],
        [8, 13, 18],
        [CALLS, CARE_GRAVE, CARE_MIDDLING, CARE_MILD],
    ),
    spec(
        Theme::MentalHealth,
        Need::Adult(18, 75),
        Outsider::None,
        &[C::MentalHealth],
        [14, 18, 20],
        [CALLS, CRISIS_GRAVE, CRISIS_MIDDLING, CRISIS_MILD],
    ),
    spec(
        Theme::Suicide,
        Need::Adult(18, 80),
        Outsider::None,
        &[C::SuicideRisk, C::MentalHealth],
        [26, 13, 7],
        [SUICIDE_CALLS, SUICIDE_GRAVE, SUICIDE_MIDDLING, SUICIDE_MILD],
    ),
    spec(
        Theme::SelfNeglect,
        Need::Adult(45, 90),
        Outsider::None,
        &[C::SelfNeglect],
        [7, 10, 8],
        [CALLS, NEGLECT_GRAVE, NEGLECT_MIDDLING, NEGLECT_MILD],
    ),
    spec(
        Theme::Cuckooing,
        Need::Adult(25, 65),
        Outsider::Adult,
        &[C::SubstanceMisuse],
        [7, 8, 4],
        [CUCKOO_CALLS, CUCKOO_GRAVE, CUCKOO_MIDDLING, CUCKOO_MILD],
    ),
    spec(
        Theme::Slavery,
        Need::Adult(18, 55),
        Outsider::Adult,
        &[C::ModernSlavery, C::HumanTrafficking],
        [6, 1, 0],
        [SLAVERY_CALLS, SLAVERY_GRAVE, SLAVERY_MIDDLING, SLAVERY_MIDDLING],
    ),
    spec(
        Theme::ElderAbuse,
        Need::GrownChild,
        Outsider::None,
        &[C::FamilyAbuse, C::CareAndSupportNeeds],
        [8, 6, 5],
        [ELDER_CALLS, ELDER_GRAVE, ELDER_MIDDLING, ELDER_MILD],
    ),
    spec(
        Theme::Exploited,
        Need::Adult(60, 92),
        Outsider::Adult,
        &[C::FinancialAbuse],
        [3, 5, 6],
        [MONEY_CALLS, MONEY_GRAVE, MONEY_MIDDLING, MONEY_MILD],
    ),
    spec(
        Theme::Hate,
        Need::Adult(18, 80),
        Outsider::Adult,
        &[C::HateCrime],
        [3, 5, 6],
        [HATE_CALLS, HATE_GRAVE, HATE_MIDDLING, HATE_MILD],
    ),
    spec(
        Theme::Dementia,
        Need::Adult(68, 95),
        Outsider::None,
        &[C::Dementia, C::CareAndSupportNeeds],
        [4, 9, 11],
        [DEMENTIA_CALLS, DEMENTIA_GRAVE, DEMENTIA_MIDDLING, DEMENTIA_MILD],
    ),
    spec(
        Theme::Nuisance,
        Need::Adult(30, 88),
        Outsider::Adult,
        &[C::AntiSocialBehaviour],
        [2, 5, 9],
        [NUISANCE_CALLS, NUISANCE_GRAVE, NUISANCE_MIDDLING, NUISANCE_MILD],
    ),
    spec(
        Theme::MissingAdult,
        Need::Adult(18, 85),
        Outsider::None,
        &[C::Missing, C::MentalHealth],
        [6, 3, 0],
        [MISSING_CALLS, MISSING_GRAVE, MISSING_MIDDLING, MISSING_MIDDLING],
    ),
];
