//! One fact for each indicator of the notice format, under the indicator's own code, with the DASH
//! questions and concerns that state the same.

use ppn_domain::notice::codes::{Concern as C, Indicator as I};

use super::{About, Fact, FactKind, fact};

/// (indicator, meaning, DASH questions that state it, concerns that state it)
const TABLE: &[(I, &str, &[&str], &[C])] = &[
    (I::WeaponUsed, "A weapon was used", &[], &[]),
    (I::WeaponThreatened, "Use of a weapon was threatened", &[], &[]),
    (
        I::NonFatalStrangulation,
        "Hands, arm or object round the neck, choking, suffocation or drowning",
        &["q18"],
        &[],
    ),
    (I::ThreatsToKill, "Threats to kill that were believed", &["q17"], &[]),
    (I::SeriousInjury, "Serious injury", &[], &[]),
    (I::MinorInjury, "Minor injury", &[], &[]),
    (I::InjuryToInfant, "A baby, or a child who cannot yet move about, is injured", &[], &[]),
    (I::SexualAssault, "Sexual assault", &[], &[]),
    (I::BurnsOrPoisoning, "Burns, scalds or poisoning", &[], &[]),
    (I::FireSetting, "Fire set or threatened", &[], &[]),
    (I::VictimVeryFrightened, "The victim is very frightened", &["q2"], &[]),
    (I::VictimPregnantOrRecentBirth, "The victim is pregnant or has a baby under 18 months", &["q9"], &[]),
    (I::SeparationOrAttempt, "Separated, or tried to, in the past year", &["q6"], &[]),
    (I::StalkingBehaviour, "Following, constant contact, stalking", &["q8"], &[C::StalkingHarassment]),
    (
        I::ControllingBehaviour,
        "Controls daily life, or is excessively jealous",
        &["q15"],
        &[C::CoerciveControl],
    ),
    (I::EscalatingFrequency, "It happens more often", &["q13"], &[]),
    (I::EscalatingSeverity, "It gets worse", &["q14"], &[]),
    (I::ChildContactConflict, "Conflict over contact with children", &["q7"], &[]),
    (I::ThreatsToChildren, "Threats to hurt or kill children", &["q12"], &[]),
    (I::HarmToAnimals, "An animal was hurt", &["q22"], &[]),
    (I::BreachOfOrderOrBail, "An order, bail or other condition was broken", &[], &[]),
    (I::VictimIsolated, "The victim is cut off from family, friends or services", &["q4"], &[]),
    (I::VictimSuicidal, "The victim speaks of or shows suicidal intent", &[], &[]),
    (I::PerpetratorSuicidal, "The suspect threatened or attempted suicide", &["q25"], &[]),
    (I::PerpetratorPreviousViolence, "The suspect was violent before", &[], &[]),
    (
        I::HonourThreat,
        "Threats or pressure for the sake of honour",
        &[],
        &[C::HonourBasedAbuse, C::ForcedMarriage],
    ),
    (
        I::ImmigrationOrNoRecourse,
        "Immigration status or no recourse to public funds binds the victim",
        &[],
        &[],
    ),
    (I::FinancialDependence, "Depends on the suspect for money, or money trouble", &["q23"], &[]),
    (I::ChildInjured, "A child is injured", &[], &[]),
    (I::ChildDisclosedAbuse, "A child told of abuse", &[], &[]),
    (I::ChildWitnessedViolence, "A child saw or heard violence", &[], &[]),
    (I::ChildDistressed, "A child is distressed", &[], &[]),
    (I::ChildHungryOrNoFood, "A child is hungry, or there is no food", &[], &[]),
    (I::PoorHomeConditions, "The home is unfit: dirt, hazards, cold", &[], &[]),
    (I::CarerIntoxicated, "Whoever cares for the child is drunk or drugged", &[], &[]),
    (I::CarerUnableToCare, "Whoever cares for the child cannot", &[], &[]),
    (I::UnsuitableCarer, "Left with somebody unsuitable", &[], &[]),
    (I::ChildLeftAlone, "A child was left alone", &[], &[]),
    (I::ChildUnderOne, "A child under one is in the household", &[], &[]),
    (I::ChildNotSeen, "A child was not seen", &[], &[]),
    (I::UnexplainedInjury, "An injury without an explanation that fits", &[], &[]),
    (I::FabricatedIllness, "Illness invented or brought about", &[], &[]),
    (I::DelayedMedicalCare, "Medical care was sought late or not at all", &[], &[]),
    (I::DrugsInReach, "Drugs or equipment within a child's reach", &[], &[]),
    (I::ParentalMentalIllHealth, "A parent is mentally unwell", &[], &[]),
    (I::MissingNow, "Somebody is missing now", &[], &[]),
    (I::MissingOvernight, "Missing overnight", &[], &[]),
    (I::FoundWithOlderAssociate, "Found with somebody older", &[], &[]),
    (I::GiftsOrUnexplainedMoney, "Gifts, money or phones without an explanation", &[], &[]),
    (I::AdultOnlineContact, "An adult is in contact online", &[], &[]),
    (I::MeetingArranged, "A meeting was arranged or asked for", &[], &[]),
    (I::ImagesShared, "Images were sent or asked for", &[], &[]),
    (I::GangAssociation, "Associates with a gang", &[], &[]),
    (I::DrugRunning, "Carries or sells drugs for others", &[], &[C::CountyLines]),
    (I::DebtBondage, "Held by a debt", &[], &[]),
    (I::PositionOfTrust, "The suspect works with children or is in a position of trust", &[], &[]),
    (I::OffenderHasAccessToChildren, "An offender can reach children now", &[], &[]),
    (I::OffenderBreach, "A registered offender broke a condition", &[], &[]),
    (I::SuspectAtLarge, "The suspect is not identified or not found", &[], &[]),
    (I::SuspectKnownAddressWithChildren, "The suspect's known address has children in it", &[], &[]),
    (I::AdultUnableToProtectSelf, "An adult cannot protect themselves", &[], &[]),
    (
        I::PersonInPositionOfTrust,
        "The suspect is in a position of trust towards an adult with care needs",
        &[],
        &[],
    ),
    (I::RefusesSupport, "Refuses support", &[], &[]),
    (I::Hoarding, "Hoarding", &[], &[]),
    (I::FinancialExploitation, "Exploited for money or property", &[], &[C::FinancialAbuse]),
    (I::Cuckooing, "The home was taken over by others", &[], &[]),
    (I::RoughSleeping, "Sleeps rough", &[], &[]),
    (I::SuicideAttempt, "Attempted suicide", &[], &[]),
    (I::SuicidalIdeation, "Thinks or speaks of suicide", &[], &[]),
    (I::SelfHarmInjury, "Injured by self-harm", &[], &[]),
    (I::MentalHealthDetention, "Detained under the Mental Health Act", &[], &[]),
    (I::FirearmAccess, "The suspect can get at a firearm", &[], &[]),
    (I::StepchildInHousehold, "A child of another parent lives in the household", &[], &[]),
    (I::SerialPerpetrator, "The suspect abused other victims", &[], &[]),
    (I::FoundAfterMissing, "Found or returned after being missing", &[], &[]),
    (I::ParentMissing, "A parent is missing", &[], &[]),
    (I::UnbornChildAtRisk, "An unborn child is at risk", &[], &[]),
    (I::WhoIsVictimUnclear, "It is not clear who is at risk from whom", &[], &[]),
    (I::NotSafeguarding, "The officer sees no safeguarding concern", &[], &[]),
];

/// What the DASH asks and no indicator says.
const DASH_ONLY: &[(&str, &str, &str, &[I])] = &[
    (
        "injured_in_this_incident",
        "q1",
        "The victim was injured in this incident",
        &[I::MinorInjury, I::SeriousInjury],
    ),
    ("fears_further_harm", "q3", "The victim says what they fear will be done to them or others", &[]),
    (
        "victim_depressed_or_suicidal",
        "q5",
        "The victim is depressed or has suicidal thoughts",
        &[I::VictimSuicidal],
    ),
    (
        "dependants_in_household",
        "q10",
        "Stepchildren or other dependants live in the household",
        &[I::StepchildInHousehold],
    ),
    ("children_hurt_before", "q11", "Children or dependants were hurt before", &[]),
    (
        "weapon_or_object_used",
        "q16",
        "A weapon or an object was used to hurt, at some time",
        &[I::WeaponUsed],
    ),
    ("sexual_harm_reported", "q19", "Sexual acts that hurt or distress", &[I::SexualAssault]),
    ("others_threaten_victim", "q20", "Other people threaten the victim", &[]),
    ("hurt_others_before", "q21", "The suspect hurt somebody else before", &[I::SerialPerpetrator]),
    (
        "suspect_substance_or_mental_health",
        "q24",
        "Drugs, alcohol or mental health of the suspect cause trouble",
        &[],
    ),
    (
        "broke_order_or_bail_before",
        "q26",
        "The suspect broke bail, an order or contact terms at some time",
        &[I::BreachOfOrderOrBail],
    ),
    ("suspect_criminal_record", "q27", "The suspect has been in trouble with the police", &[]),
];

pub(super) fn facts() -> Vec<Fact> {
    let mut facts: Vec<Fact> = TABLE
        .iter()
        .map(|&(indicator, meaning, questions, concerns)| {
            let entry = fact(
                indicator.code(),
                FactKind::YesNo,
                About::Notice,
                meaning,
                &format!("`indicators`: `{indicator}`, of the notice or of a person; ruled out is no"),
                &format!(r#""indicators":["{indicator}"]"#),
                move |context, found| context.indicator(indicator, found),
            );
            let entry = questions.iter().fold(entry, |entry, question| entry.dash(question));
            concerns.iter().fold(entry, |entry, concern| entry.concern(*concern))
        })
        .collect();
    for &(id, question, meaning, indicators) in DASH_ONLY {
        let example =
            format!(r#""risk_assessments":[{{"tool":"dash_2009","answers":{{"{question}":"yes"}}}}]"#);
        let entry = fact(
            id,
            FactKind::YesNo,
            About::Notice,
            meaning,
            "the answers of a risk assessment",
            &example,
            |_, _| {},
        )
        .dash(question);
        facts.push(indicators.iter().fold(entry, |entry, indicator| entry.indicator(*indicator)));
    }
    facts
}
