//! What may be true of an event, and how much likelier each fact is where danger is greater.
//!
//! The order of the strengths follows the published effects (strangulation above leaving and control,
//! weapons above threats, most answers of a risk form weak); their size is this population's own.

use ppn_domain::notice::codes::Indicator as I;

use super::danger::Story::{
    self, Adolescent, CareNeeds, Criminal, Crisis, Cuckooed, ElderAbuse, Exploited, Family, Former,
    HarmAtHome, Honour, Neglect, Offender, Online, Partner, SelfNeglect, SexualHarm, Stalking, Swindled,
    YoungCrisis,
};

/// A fact that an event may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fact {
    pub(crate) what: I,
    pub(crate) of: &'static [Story],
    /// How often it is true at middling danger.
    pub(crate) base: f64,
    /// How its odds multiply with each standard deviation of danger.
    pub(crate) odds: f64,
    /// True of the family from then on, rather than of one event.
    pub(crate) lasting: bool,
    /// It needs a child in the household.
    pub(crate) with_children: bool,
    /// It needs a child under one.
    pub(crate) with_baby: bool,
}

const fn now(what: I, of: &'static [Story], base: f64, odds: f64) -> Fact {
    Fact { what, of, base, odds, lasting: false, with_children: false, with_baby: false }
}

const fn lasting(what: I, of: &'static [Story], base: f64, odds: f64) -> Fact {
    Fact { lasting: true, ..now(what, of, base, odds) }
}

const fn children(fact: Fact) -> Fact {
    Fact { with_children: true, ..fact }
}

const fn baby(fact: Fact) -> Fact {
    Fact { with_baby: true, ..fact }
}

const DOMESTIC: &[Story] = &[Partner, Former, Stalking, Family, Honour];
const COUPLES: &[Story] = &[Partner, Former];
const PARTED: &[Story] = &[Former, Stalking];

/// Every fact.
pub(crate) static FACTS: &[Fact] = &[
    // Domestic abuse.
    now(I::NonFatalStrangulation, COUPLES, 0.007, 4.8),
    now(I::NonFatalStrangulation, &[Stalking, Family, Honour, ElderAbuse], 0.002, 4.8),
    now(I::WeaponUsed, DOMESTIC, 0.003, 4.0),
    now(I::WeaponThreatened, DOMESTIC, 0.005, 3.8),
    now(I::ThreatsToKill, DOMESTIC, 0.007, 3.2),
    now(I::SexualAssault, COUPLES, 0.007, 2.8),
    now(I::SeriousInjury, DOMESTIC, 0.003, 3.8),
    now(I::MinorInjury, DOMESTIC, 0.18, 1.3),
    now(I::MinorInjury, &[Adolescent, ElderAbuse], 0.15, 1.5),
    now(I::BurnsOrPoisoning, COUPLES, 0.001, 4.0),
    now(I::FireSetting, PARTED, 0.001, 4.0),
    lasting(I::FirearmAccess, DOMESTIC, 0.003, 2.6),
    lasting(I::SeparationOrAttempt, &[Partner], 0.14, 2.2),
    lasting(I::SeparationOrAttempt, PARTED, 0.85, 1.2),
    now(I::StalkingBehaviour, &[Partner, Former, Family], 0.05, 2.2),
    now(I::StalkingBehaviour, &[Stalking], 0.85, 1.3),
    lasting(I::ControllingBehaviour, &[Partner, Former, Stalking, Honour], 0.12, 2.1),
    lasting(I::ControllingBehaviour, &[Family, ElderAbuse, Adolescent], 0.05, 1.9),
    now(I::EscalatingFrequency, DOMESTIC, 0.08, 2.1),
    now(I::EscalatingSeverity, DOMESTIC, 0.06, 2.3),
    now(I::VictimVeryFrightened, DOMESTIC, 0.10, 2.0),
    now(I::VictimVeryFrightened, &[ElderAbuse, Adolescent, Cuckooed], 0.08, 2.0),
    lasting(I::VictimIsolated, DOMESTIC, 0.06, 1.5),
    baby(lasting(I::VictimPregnantOrRecentBirth, COUPLES, 0.5, 1.2)),
    children(lasting(I::ChildContactConflict, PARTED, 0.22, 1.2)),
    children(now(I::ThreatsToChildren, &[Partner, Former, Stalking, HarmAtHome], 0.01, 2.6)),
    children(now(I::ChildWitnessedViolence, COUPLES, 0.16, 1.4)),
    children(lasting(I::StepchildInHousehold, COUPLES, 0.12, 1.4)),
    now(I::HarmToAnimals, DOMESTIC, 0.02, 1.05),
    now(I::BreachOfOrderOrBail, PARTED, 0.035, 2.6),
    now(I::BreachOfOrderOrBail, &[Partner, Honour], 0.006, 2.6),
    now(I::VictimSuicidal, DOMESTIC, 0.025, 1.8),
    now(I::PerpetratorSuicidal, DOMESTIC, 0.015, 2.5),
    lasting(I::PerpetratorPreviousViolence, DOMESTIC, 0.13, 2.0),
    lasting(I::PerpetratorPreviousViolence, &[Adolescent, ElderAbuse], 0.08, 1.6),
    now(I::HonourThreat, &[Honour], 0.75, 1.8),
    lasting(I::ImmigrationOrNoRecourse, &[Partner, Honour], 0.02, 1.4),
    lasting(I::FinancialDependence, COUPLES, 0.08, 1.2),
    now(I::SuspectAtLarge, DOMESTIC, 0.18, 1.1),
    now(I::WeaponThreatened, &[Adolescent], 0.012, 3.6),
    now(I::ThreatsToKill, &[Adolescent, ElderAbuse], 0.005, 3.2),
    // Children at home.
    lasting(I::PoorHomeConditions, &[Neglect], 0.30, 1.5),
    now(I::ChildHungryOrNoFood, &[Neglect], 0.06, 2.4),
    now(I::CarerIntoxicated, &[Neglect], 0.14, 2.0),
    now(I::CarerIntoxicated, &[HarmAtHome], 0.08, 1.6),
    now(I::CarerUnableToCare, &[Neglect], 0.06, 2.6),
    now(I::ChildLeftAlone, &[Neglect], 0.05, 2.4),
    now(I::DrugsInReach, &[Neglect], 0.03, 2.9),
    now(I::UnsuitableCarer, &[Neglect, HarmAtHome], 0.04, 1.7),
    lasting(I::ParentalMentalIllHealth, &[Neglect, HarmAtHome], 0.14, 1.4),
    now(I::ChildNotSeen, &[Neglect, HarmAtHome], 0.06, 1.6),
    now(I::DelayedMedicalCare, &[Neglect], 0.02, 3.0),
    lasting(I::RefusesSupport, &[Neglect, HarmAtHome], 0.09, 1.4),
    now(I::ChildDistressed, &[Neglect, HarmAtHome, SexualHarm], 0.12, 1.6),
    baby(now(I::InjuryToInfant, &[Neglect], 0.02, 4.0)),
    baby(now(I::InjuryToInfant, &[HarmAtHome], 0.10, 4.0)),
    now(I::ChildInjured, &[HarmAtHome], 0.09, 3.0),
    now(I::UnexplainedInjury, &[HarmAtHome], 0.025, 3.4),
    now(I::ChildDisclosedAbuse, &[HarmAtHome], 0.10, 2.6),
    now(I::ChildDisclosedAbuse, &[SexualHarm], 0.30, 2.0),
    now(I::ChildWitnessedViolence, &[HarmAtHome], 0.18, 1.4),
    now(I::SeriousInjury, &[HarmAtHome, Exploited, Criminal], 0.004, 4.0),
    now(I::WeaponUsed, &[HarmAtHome], 0.004, 3.6),
    // Sexual harm, exploitation and going missing.
    now(I::SexualAssault, &[SexualHarm], 0.12, 3.0),
    now(I::SexualAssault, &[Exploited], 0.02, 3.2),
    now(I::OffenderHasAccessToChildren, &[SexualHarm], 0.07, 3.4),
    now(I::OffenderHasAccessToChildren, &[Offender], 0.12, 4.2),
    now(I::OffenderBreach, &[Offender], 0.14, 2.6),
    now(I::PositionOfTrust, &[SexualHarm, Offender], 0.02, 2.2),
    now(I::SuspectKnownAddressWithChildren, &[Offender], 0.08, 3.0),
    now(I::MissingOvernight, &[Exploited, Criminal], 0.22, 1.9),
    now(I::MissingNow, &[Exploited, Criminal], 0.05, 2.0),
    now(I::FoundAfterMissing, &[Exploited, Criminal], 0.40, 1.1),
    now(I::FoundWithOlderAssociate, &[Exploited], 0.07, 3.2),
    now(I::GiftsOrUnexplainedMoney, &[Exploited, Criminal], 0.11, 1.9),
    now(I::AdultOnlineContact, &[Exploited], 0.09, 2.2),
    now(I::AdultOnlineContact, &[Online], 0.28, 2.0),
    now(I::MeetingArranged, &[Exploited, Online], 0.03, 3.6),
    now(I::ImagesShared, &[Exploited, Online], 0.16, 1.8),
    lasting(I::GangAssociation, &[Criminal], 0.22, 1.8),
    now(I::DrugRunning, &[Criminal], 0.11, 2.6),
    now(I::DebtBondage, &[Criminal, Cuckooed], 0.04, 3.2),
    now(I::WeaponThreatened, &[Criminal, Cuckooed], 0.02, 3.2),
    // Crises of young and old.
    now(I::SuicidalIdeation, &[YoungCrisis], 0.25, 2.2),
    now(I::SuicidalIdeation, &[Crisis], 0.50, 2.0),
    now(I::SuicideAttempt, &[YoungCrisis, Crisis], 0.025, 4.6),
    now(I::SelfHarmInjury, &[YoungCrisis, Crisis], 0.15, 1.9),
    now(I::MentalHealthDetention, &[Crisis], 0.10, 2.3),
    // Adults at risk.
    lasting(
        I::AdultUnableToProtectSelf,
        &[CareNeeds, ElderAbuse, SelfNeglect, Cuckooed, Swindled],
        0.15,
        2.0,
    ),
    now(I::DelayedMedicalCare, &[CareNeeds, SelfNeglect], 0.03, 3.2),
    now(I::UnexplainedInjury, &[CareNeeds, ElderAbuse], 0.02, 3.6),
    now(I::PersonInPositionOfTrust, &[CareNeeds, Swindled], 0.05, 2.2),
    now(I::CarerUnableToCare, &[CareNeeds], 0.08, 2.2),
    now(I::SeriousInjury, &[CareNeeds, ElderAbuse], 0.003, 4.0),
    now(I::FinancialExploitation, &[ElderAbuse, Cuckooed], 0.15, 2.1),
    now(I::FinancialExploitation, &[Swindled], 0.60, 1.6),
    lasting(I::RefusesSupport, &[CareNeeds, SelfNeglect, Crisis], 0.12, 1.6),
    lasting(I::Hoarding, &[SelfNeglect], 0.30, 1.5),
    lasting(I::PoorHomeConditions, &[SelfNeglect], 0.35, 1.7),
    now(I::Cuckooing, &[Cuckooed], 0.60, 1.6),
    lasting(I::RoughSleeping, &[Crisis], 0.05, 1.2),
    lasting(I::VictimIsolated, &[Crisis, SelfNeglect], 0.08, 1.5),
];

/// Facts that a competent officer would seldom leave unsaid, and seldom tick by mistake.
pub(crate) const fn is_hard(fact: I) -> bool {
    matches!(
        fact,
        I::NonFatalStrangulation
            | I::WeaponUsed
            | I::WeaponThreatened
            | I::ThreatsToKill
            | I::SexualAssault
            | I::SeriousInjury
            | I::BurnsOrPoisoning
            | I::FireSetting
            | I::FirearmAccess
            | I::BreachOfOrderOrBail
            | I::PerpetratorSuicidal
            | I::HonourThreat
            | I::ThreatsToChildren
            | I::InjuryToInfant
            | I::UnexplainedInjury
            | I::ChildDisclosedAbuse
            | I::OffenderHasAccessToChildren
            | I::SuicideAttempt
            | I::MeetingArranged
            | I::DebtBondage
    )
}

/// The DASH question that asks about a fact, and the item under which this population's force keeps it in DARA.
pub(crate) const fn asked_as(fact: I) -> Option<(u8, Option<&'static str>)> {
    Some(match fact {
        I::MinorInjury | I::SeriousInjury => (1, Some("physical_force")),
        I::VictimVeryFrightened => (2, Some("fear")),
        I::VictimIsolated => (4, Some("isolation")),
        I::VictimSuicidal => (5, None),
        I::SeparationOrAttempt => (6, Some("separation")),
        I::ChildContactConflict => (7, None),
        I::StalkingBehaviour => (8, Some("stalking")),
        I::VictimPregnantOrRecentBirth => (9, None),
        I::StepchildInHousehold => (10, None),
        I::ThreatsToChildren => (12, Some("threats_children")),
        I::EscalatingFrequency => (13, None),
        I::EscalatingSeverity => (14, None),
        I::ControllingBehaviour => (15, Some("daily_control")),
        I::WeaponUsed | I::WeaponThreatened => (16, Some("weapons")),
        I::ThreatsToKill => (17, Some("threats_to_kill")),
        I::NonFatalStrangulation => (18, Some("strangulation")),
        I::SexualAssault => (19, Some("sexual_harm")),
        I::HonourThreat => (20, None),
        I::SerialPerpetrator => (21, None),
        I::HarmToAnimals => (22, Some("property_pets")),
        I::FinancialDependence => (23, Some("money")),
        I::PerpetratorSuicidal => (25, Some("suspect_suicide")),
        I::BreachOfOrderOrBail => (26, None),
        I::PerpetratorPreviousViolence => (27, None),
        _ => return None,
    })
}
