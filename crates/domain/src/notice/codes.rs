//! The closed vocabularies of the submission format (`contract/notice.schema.json`).

use crate::codes::codes;

codes! {
    /// What a notice is mainly about.
    pub enum NoticeKind {
        Child = "child",
        Adult = "adult",
        DomesticAbuse = "domestic_abuse",
    }
}

codes! {
    /// A concern that the officer ticked; one notice often has several.
    pub enum Concern {
        PhysicalAbuse = "physical_abuse",
        SexualAbuse = "sexual_abuse",
        EmotionalAbuse = "emotional_abuse",
        Neglect = "neglect",
        ChildSexualExploitation = "child_sexual_exploitation",
        ChildCriminalExploitation = "child_criminal_exploitation",
        CountyLines = "county_lines",
        OnlineAbuse = "online_abuse",
        IndecentImages = "indecent_images",
        Missing = "missing",
        YouthViolence = "youth_violence",
        ChildInCustody = "child_in_custody",
        SexOffenderContact = "sex_offender_contact",
        Radicalisation = "radicalisation",
        Bullying = "bullying",
        IntimatePartnerAbuse = "intimate_partner_abuse",
        FamilyAbuse = "family_abuse",
        ChildToParentAbuse = "child_to_parent_abuse",
        StalkingHarassment = "stalking_harassment",
        CoerciveControl = "coercive_control",
        HonourBasedAbuse = "honour_based_abuse",
        ForcedMarriage = "forced_marriage",
        FemaleGenitalMutilation = "female_genital_mutilation",
        ModernSlavery = "modern_slavery",
        HumanTrafficking = "human_trafficking",
        MentalHealth = "mental_health",
        SelfHarm = "self_harm",
        SuicideRisk = "suicide_risk",
        SelfNeglect = "self_neglect",
        CareAndSupportNeeds = "care_and_support_needs",
        Dementia = "dementia",
        LearningDisability = "learning_disability",
        SubstanceMisuse = "substance_misuse",
        Homelessness = "homelessness",
        FinancialAbuse = "financial_abuse",
        HateCrime = "hate_crime",
        CarerStress = "carer_stress",
        AntiSocialBehaviour = "anti_social_behaviour",
        Other = "other",
    }
}

codes! {
    /// Why only named people may open a notice.
    pub enum RestrictionReason {
        PoliceStaffInvolved = "police_staff_involved",
        StaffRelative = "staff_relative",
        HonourBasedAbuse = "honour_based_abuse",
        ProtectedPerson = "protected_person",
        ProtectedAddress = "protected_address",
        SensitiveSource = "sensitive_source",
        Other = "other",
    }
}

codes! {
    /// Domestic abuse risk, from lowest to highest: the officer's, the reviewer's and the endorsed grade stand side by side.
    pub enum Grade {
        Standard = "standard",
        Medium = "medium",
        High = "high",
    }
}

codes! {
    /// A structured risk tool.
    pub enum Tool {
        Dash2009 = "dash_2009",
        Dara = "dara",
        SafelivesRic = "safelives_ric",
        SDash = "s_dash",
        Other = "other",
    }
}

codes! {
    /// An answer to one question of a risk tool.
    pub enum Answer {
        Yes = "yes",
        No = "no",
        NotKnown = "not_known",
        Refused = "refused",
        Never = "never",
        Once = "once",
        Sometimes = "sometimes",
        Often = "often",
        Always = "always",
    }
}

codes! {
    /// The risk level of a missing episode.
    pub enum MissingRisk {
        NoApparentRisk = "no_apparent_risk",
        Low = "low",
        Medium = "medium",
        High = "high",
        NotKnown = "not_known",
    }
}

codes! {
    /// What became of the return home interview.
    pub enum ReturnInterview {
        Held = "held",
        OfferedRefused = "offered_refused",
        NotOffered = "not_offered",
        NotKnown = "not_known",
    }
}

codes! {
    /// What kind of place an address is.
    pub enum AddressKind {
        Home = "home",
        Refuge = "refuge",
        Temporary = "temporary",
        Hospital = "hospital",
        CareHome = "care_home",
        ChildrensHome = "childrens_home",
        Hostel = "hostel",
        Prison = "prison",
        Custody = "custody",
        Site = "site",
        NoFixedAbode = "no_fixed_abode",
        Workplace = "workplace",
        School = "school",
        PublicPlace = "public_place",
        Other = "other",
    }
}

codes! {
    /// The part that a person has in a notice.
    pub enum Role {
        Subject = "subject",
        Victim = "victim",
        Suspect = "suspect",
        ChildPresent = "child_present",
        ChildInHousehold = "child_in_household",
        ParentOrCarer = "parent_or_carer",
        HouseholdMember = "household_member",
        Associate = "associate",
        Witness = "witness",
        Informant = "informant",
        Professional = "professional",
        TemporaryCarer = "temporary_carer",
        NotKnown = "not_known",
    }
}

codes! {
    /// Recorded for monitoring; never used in scoring.
    pub enum Sex {
        Female = "female",
        Male = "male",
        NotKnown = "not_known",
    }
}

codes! {
    /// Involvement of social care with one person.
    pub enum SocialCareStatus {
        NotKnown = "not_known",
        NotOpen = "not_open",
        EarlyHelp = "early_help",
        OpenAssessment = "open_assessment",
        ChildInNeed = "child_in_need",
        ChildProtectionPlan = "child_protection_plan",
        LookedAfter = "looked_after",
        CareLeaver = "care_leaver",
        AdultSafeguardingEnquiry = "adult_safeguarding_enquiry",
        AdultCarePackage = "adult_care_package",
    }
}

codes! {
    /// A warning marker on a person's record.
    pub enum Marker {
        Violent = "violent",
        Weapons = "weapons",
        Firearms = "firearms",
        FirearmsCertificate = "firearms_certificate",
        Drugs = "drugs",
        SelfHarm = "self_harm",
        Suicidal = "suicidal",
        MentalHealth = "mental_health",
        RegisteredSexOffender = "registered_sex_offender",
        MappaNominal = "mappa_nominal",
        DomesticAbuseSerialPerpetrator = "domestic_abuse_serial_perpetrator",
        CseRisk = "cse_risk",
        CceRisk = "cce_risk",
        RepeatMissing = "repeat_missing",
        TriggerPlan = "trigger_plan",
        MaracSubject = "marac_subject",
        RepeatVictim = "repeat_victim",
        ModernSlaveryVictim = "modern_slavery_victim",
        Wanted = "wanted",
    }
}

codes! {
    /// Why a child or adult at risk was not spoken to.
    pub enum NotSpokenToReason {
        TooYoung = "too_young",
        Asleep = "asleep",
        NotThere = "not_there",
        WouldNot = "would_not",
        AdvisedNotTo = "advised_not_to",
        NoInterpreter = "no_interpreter",
        CarerPrevented = "carer_prevented",
        Other = "other",
    }
}

codes! {
    /// Recorded for monitoring; never used in scoring.
    pub enum OfficerDefinedEthnicity {
        Ic1 = "IC1",
        Ic2 = "IC2",
        Ic3 = "IC3",
        Ic4 = "IC4",
        Ic5 = "IC5",
        Ic6 = "IC6",
        Ic9 = "IC9",
    }
}

codes! {
    /// A court order, notice or set of conditions concerning a person.
    pub enum OrderKind {
        SexualHarmPreventionOrder = "sexual_harm_prevention_order",
        SexualRiskOrder = "sexual_risk_order",
        SexOffenderNotification = "sex_offender_notification",
        DomesticViolenceProtectionOrder = "domestic_violence_protection_order",
        DomesticAbuseProtectionNotice = "domestic_abuse_protection_notice",
        DomesticAbuseProtectionOrder = "domestic_abuse_protection_order",
        NonMolestationOrder = "non_molestation_order",
        RestrainingOrder = "restraining_order",
        StalkingProtectionOrder = "stalking_protection_order",
        OccupationOrder = "occupation_order",
        ForcedMarriageProtectionOrder = "forced_marriage_protection_order",
        FgmProtectionOrder = "fgm_protection_order",
        SlaveryTraffickingOrder = "slavery_trafficking_order",
        BailConditions = "bail_conditions",
        LicenceConditions = "licence_conditions",
        ChildArrangementsOrder = "child_arrangements_order",
        CareOrder = "care_order",
        EmergencyProtectionOrder = "emergency_protection_order",
        Other = "other",
    }
}

codes! {
    /// Whether an order binds a person or protects them.
    pub enum OrderRole {
        Bound = "bound",
        Protected = "protected",
    }
}

codes! {
    /// What one person is to another.
    pub enum RelationshipKind {
        Partner = "partner",
        ExPartner = "ex_partner",
        Parent = "parent",
        StepParent = "step_parent",
        Child = "child",
        Sibling = "sibling",
        Grandparent = "grandparent",
        OtherFamily = "other_family",
        Carer = "carer",
        CaredFor = "cared_for",
        Flatmate = "flatmate",
        Friend = "friend",
        Professional = "professional",
        Stranger = "stranger",
        Other = "other",
    }
}

codes! {
    /// Whether disability was asked about.
    pub enum DisabilityStatus {
        Yes = "yes",
        NoneKnown = "none_known",
        NotAsked = "not_asked",
        Declined = "declined",
    }
}

codes! {
    /// A person's answer to sharing: shown, never taken as the legal basis, and lowers nothing.
    pub enum Consent {
        Given = "given",
        Refused = "refused",
        NotAsked = "not_asked",
        CouldNotBeAsked = "could_not_be_asked",
    }
}

codes! {
    /// Whether a person's mental capacity is in doubt.
    pub enum Capacity {
        NoDoubt = "no_doubt",
        Doubted = "doubted",
        LacksForThisDecision = "lacks_for_this_decision",
        NotKnown = "not_known",
    }
}

codes! {
    /// What a source system already knows of a person besides notices.
    pub enum KnownEventKind {
        CrimeVictim = "crime_victim",
        CrimeSuspect = "crime_suspect",
        Arrest = "arrest",
        Conviction = "conviction",
        DomesticIncident = "domestic_incident",
        Missing = "missing",
        Custody = "custody",
        PrisonRelease = "prison_release",
    }
}

codes! {
    /// A fact stated in the notice. Absent is not known, which is never read as no.
    pub enum Indicator {
        WeaponUsed = "weapon_used",
        WeaponThreatened = "weapon_threatened",
        NonFatalStrangulation = "non_fatal_strangulation",
        ThreatsToKill = "threats_to_kill",
        SeriousInjury = "serious_injury",
        MinorInjury = "minor_injury",
        InjuryToInfant = "injury_to_infant",
        SexualAssault = "sexual_assault",
        BurnsOrPoisoning = "burns_or_poisoning",
        FireSetting = "fire_setting",
        VictimVeryFrightened = "victim_very_frightened",
        VictimPregnantOrRecentBirth = "victim_pregnant_or_recent_birth",
        SeparationOrAttempt = "separation_or_attempt",
        StalkingBehaviour = "stalking_behaviour",
        ControllingBehaviour = "controlling_behaviour",
        EscalatingFrequency = "escalating_frequency",
        EscalatingSeverity = "escalating_severity",
        ChildContactConflict = "child_contact_conflict",
        ThreatsToChildren = "threats_to_children",
        HarmToAnimals = "harm_to_animals",
        BreachOfOrderOrBail = "breach_of_order_or_bail",
        VictimIsolated = "victim_isolated",
        VictimSuicidal = "victim_suicidal",
        PerpetratorSuicidal = "perpetrator_suicidal",
        PerpetratorPreviousViolence = "perpetrator_previous_violence",
        HonourThreat = "honour_threat",
        ImmigrationOrNoRecourse = "immigration_or_no_recourse",
        FinancialDependence = "financial_dependence",
        ChildInjured = "child_injured",
        ChildDisclosedAbuse = "child_disclosed_abuse",
        ChildWitnessedViolence = "child_witnessed_violence",
        ChildDistressed = "child_distressed",
        ChildHungryOrNoFood = "child_hungry_or_no_food",
        PoorHomeConditions = "poor_home_conditions",
        CarerIntoxicated = "carer_intoxicated",
        CarerUnableToCare = "carer_unable_to_care",
        UnsuitableCarer = "unsuitable_carer",
        ChildLeftAlone = "child_left_alone",
        ChildUnderOne = "child_under_one",
        ChildNotSeen = "child_not_seen",
        UnexplainedInjury = "unexplained_injury",
        FabricatedIllness = "fabricated_illness",
        DelayedMedicalCare = "delayed_medical_care",
        DrugsInReach = "drugs_in_reach",
        ParentalMentalIllHealth = "parental_mental_ill_health",
        MissingNow = "missing_now",
        MissingOvernight = "missing_overnight",
        FoundWithOlderAssociate = "found_with_older_associate",
        GiftsOrUnexplainedMoney = "gifts_or_unexplained_money",
        AdultOnlineContact = "adult_online_contact",
        MeetingArranged = "meeting_arranged",
        ImagesShared = "images_shared",
        GangAssociation = "gang_association",
        DrugRunning = "drug_running",
        DebtBondage = "debt_bondage",
        PositionOfTrust = "position_of_trust",
        OffenderHasAccessToChildren = "offender_has_access_to_children",
        OffenderBreach = "offender_breach",
        SuspectAtLarge = "suspect_at_large",
        SuspectKnownAddressWithChildren = "suspect_known_address_with_children",
        AdultUnableToProtectSelf = "adult_unable_to_protect_self",
        PersonInPositionOfTrust = "person_in_position_of_trust",
        RefusesSupport = "refuses_support",
        Hoarding = "hoarding",
        FinancialExploitation = "financial_exploitation",
        Cuckooing = "cuckooing",
        RoughSleeping = "rough_sleeping",
        SuicideAttempt = "suicide_attempt",
        SuicidalIdeation = "suicidal_ideation",
        SelfHarmInjury = "self_harm_injury",
        MentalHealthDetention = "mental_health_detention",
        FirearmAccess = "firearm_access",
        StepchildInHousehold = "stepchild_in_household",
        SerialPerpetrator = "serial_perpetrator",
        FoundAfterMissing = "found_after_missing",
        ParentMissing = "parent_missing",
        UnbornChildAtRisk = "unborn_child_at_risk",
        WhoIsVictimUnclear = "who_is_victim_unclear",
        NotSafeguarding = "not_safeguarding",
    }
}

codes! {
    /// Where a child in police protection is kept.
    pub enum ProtectionPlace {
        Carer = "carer",
        Foster = "foster",
        Hospital = "hospital",
        VulnerableWitnessSuite = "vulnerable_witness_suite",
        PoliceStation = "police_station",
        Other = "other",
    }
}
