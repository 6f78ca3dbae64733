//! Patterns that a demonstration must show, retold with invented people: each stands in every full backlog.
//!
//! What was missed stays unticked; the words stand in the narrative.

use chrono::NaiveDate;
use ppn_domain::notice::Notice;
use ppn_domain::notice::SocialCare;
use ppn_domain::notice::codes::{Answer, Grade, Indicator, Marker, NoticeKind, SocialCareStatus};

use crate::households::Household;
use crate::level::Level;
use crate::narrative::Theme;

/// One pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) theme: Theme,
    pub(crate) kind: NoticeKind,
    pub(crate) level: Level,
    pub(crate) grade: Grade,
    pub(crate) text: &'static [&'static str],
    /// What the narrative states, for the risk questions.
    pub(crate) states: &'static [Indicator],
    /// What else the notice must hold.
    extra: Extra,
    /// Earlier notices of the same household, each graded standard.
    pub(crate) earlier: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extra {
    Nothing,
    TriggerPlan,
    OpenToSocialCare,
    CarersUnchecked,
    /// Nobody but the two adults, and all answers no but one.
    NoChildren,
}

const fn pattern(
    theme: Theme,
    kind: NoticeKind,
    level: Level,
    grade: Grade,
    states: &'static [Indicator],
    text: &'static [&'static str],
) -> Pattern {
    Pattern { theme, kind, level, grade, text, states, extra: Extra::Nothing, earlier: 0 }
}

impl Pattern {
    const fn with(mut self, extra: Extra) -> Self {
        self.extra = extra;
        self
    }

    const fn after(mut self, earlier: u32) -> Self {
        self.earlier = earlier;
        self
    }

    /// Whether a household has the people whom the pattern speaks of.
    pub(crate) fn suits(&self, household: &Household, day: NaiveDate) -> bool {
        // Old enough to have said what the narrative quotes, and where they ran away or were arrested, in their teens.
        let youngest = match self.theme {
            Theme::MissingChild | Theme::InCustody => 14,
            _ => 5,
        };
        match self.kind {
            Adult => true,
            Child => {
                household.other.is_some() && household.kids.first().is_some_and(|c| c.age(day) >= youngest)
            }
            DomesticAbuse => {
                let other_sex = household.other.as_ref().is_some_and(|o| !o.female);
                household.primary.female && other_sex && !household.kids.is_empty()
            }
        }
    }

    /// Takes from a household whom the pattern does not have.
    pub(crate) fn fit(&self, household: &mut Household) {
        if self.extra == Extra::NoChildren {
            household.kids.clear();
            household.primary.due = None;
        }
        if self.theme == Theme::Trafficking {
            household.kids.truncate(1);
        }
    }

    /// Adds what the pattern must hold.
    pub(crate) fn furnish(&self, notice: &mut Notice) {
        let at = notice.submitted_at;
        match self.extra {
            Extra::Nothing => {}
            Extra::TriggerPlan => {
                if let Some(child) = notice.persons.iter_mut().find(|p| p.key.as_deref() == Some("c1")) {
                    child.markers = vec![Marker::CceRisk, Marker::TriggerPlan, Marker::RepeatMissing];
                }
            }
            Extra::OpenToSocialCare => {
                let authority = notice.local_authority.clone();
                for child in
                    notice.persons.iter_mut().filter(|p| p.key.as_deref().is_some_and(|k| k.starts_with('c')))
                {
                    child.social_care = vec![SocialCare {
                        status: SocialCareStatus::ChildProtectionPlan,
                        authority: authority.clone(),
                        worker: Some("Imelda Crowther".to_owned()),
                        checked_at: at,
                    }];
                }
            }
            Extra::NoChildren => {
                for assessment in &mut notice.risk_assessments {
                    for (question, answer) in &mut assessment.answers {
                        *answer = if question == "q2" { Answer::Yes } else { Answer::No };
                    }
                    assessment.comments.clear();
                }
            }
            Extra::CarersUnchecked => {
                if let Some(actions) = notice.actions.as_mut() {
                    actions.arrested = Some(true);
                    actions.child_left_with = Some("Mother and a female friend, name not taken".to_owned());
                    actions.checks_on_carer = Some(false);
                    actions.social_care_told.clear();
                }
            }
        }
    }
}

use Grade::{High, Medium, Standard};
use NoticeKind::{Adult, Child, DomesticAbuse};

/// The patterns, in no order.
pub(crate) static PATTERNS: &[Pattern] = &[
    pattern(
        Theme::FormerPartner, DomesticAbuse, Level::Critical, Medium,
        &[Indicator::NonFatalStrangulation, Indicator::SeparationOrAttempt, Indicator::ChildContactConflict],
        &[
            "{V} and {S} split up last month and there is a dispute about contact.",
            "{s} attended {ad} at {tm} wanting to come in and there was an argument in the hall.",
            "{Vs} stated {s} put {sp} hands round {vp} neck and {vs} could not get {vp} breath, it lasted a few seconds and then {ss} left.",
            "No marks seen. {v} does not want to make a complaint. Parties now separate so medium.",
        ],
    ),
    pattern(
        Theme::Intimate, DomesticAbuse, Level::High, Medium, &[Indicator::MinorInjury, Indicator::CarerIntoxicated],
        &[
            "Officers attended {ad} at {tm} to a domestic, both {v} and {s} drunk. {v} had been hit to the face in front of the oldest child.",
            "{s} was arrested for common assault.",
            "{k} {were} at the address and were very upset and crying. The house was in a poor state, floor sticky, dog mess in the kitchen, hardly any food in.",
            "{v} was slurring and fell asleep while giving {vp} account.",
            "Children left with {v} and a female friend who had come round. DASH completed, medium.",
        ],
    )
    .with(Extra::CarersUnchecked),
    pattern(
        Theme::SexOffender, Child, Level::High, Standard, &[Indicator::OffenderHasAccessToChildren],
        &[
            "Home visit to {S}, RSO, subject to an SHPO in respect of children.",
            "School have since said that {c} ({ca}) has been going to the address most days after school and stays for tea.",
            "{s} said {c} is a friend of the family. {v} does not know about the convictions.",
            "PPN submitted for information.",
        ],
    ),
    pattern(
        Theme::MissingChild, Child, Level::Critical, Medium, &[Indicator::MissingOvernight],
        &[
            "{C} ({ca}) was reported missing by {v} on {wk} and graded medium by the control room.",
            "{c} is on the CCE list and is believed to be running for older males in the {town} area.",
            "Returned home on {cp} own on day nine, wearing different clothes, tired and hungry. Prevention interview attempted, {c} would not engage.",
            "{c} had a phone {v} has not seen before.",
        ],
    )
    .with(Extra::TriggerPlan),
    pattern(
        Theme::Intimate, DomesticAbuse, Level::Standard, High, &[],
        &[
            "Verbal argument between {V} and {S} over a phone bill. Neighbour rang it in.",
            "No assault, no threats, no injuries and no damage. {v} said {vs} was a bit shaken but fine.",
            "There is no history between the two and nothing on PNC.",
            "Graded high to be on the safe side.",
        ],
    )
    .with(Extra::NoChildren),
    pattern(
        Theme::Intimate, DomesticAbuse, Level::High, Standard, &[Indicator::MinorInjury],
        &[
            "{s} grabbed {v} by the hair and pushed {vo} over the arm of the sofa during an argument.",
            "{v} has a small lump. {Vs} said it is always the same and declined to answer the questions.",
            "Children were upstairs. Standard risk as no serious injury.",
        ],
    )
    .after(4),
    pattern(
        Theme::FormerPartner, DomesticAbuse, Level::High, Standard, &[Indicator::StalkingBehaviour],
        &[
            "{s} turned up again at {ad} and shouted through the letterbox. Left before police arrival.",
            "{v} says this is most weeks now and {vs} has stopped reporting all of them.",
            "Standard risk.",
        ],
    )
    .after(4),
    pattern(
        Theme::Intimate, DomesticAbuse, Level::Medium, Standard, &[],
        &[
            "Verbal row at {ad}, {v} asked {s} to leave and {ss} did.",
            "Children are on a plan and there is a social worker. {s} has moved back in since {wk} which {v} said the social worker does not know yet.",
        ],
    )
    .with(Extra::OpenToSocialCare),
    pattern(
        Theme::NonRecent, Child, Level::High, Standard, &[Indicator::SexualAssault],
        &[
            "{V} attended to report that a relative, {S}, sexually assaulted {vo} when {vs} was 11 or 12.",
            "{v} said {s} now has a young family of {sp} own, {k}.",
            "Historic so no immediate risk. Passed to the investigation team.",
        ],
    ),
    pattern(
        Theme::Physical, Child, Level::Critical, High, &[Indicator::ChildDisclosedAbuse, Indicator::ChildInjured],
        &[
            "{C} ({ca}) was brought to hospital by {v}, who said {s} had hurt {cp} neck.",
            "{c} told officers on body worn video that {s} had picked {co} up by the neck and dropped {co}.",
            "There is a red mark on both sides. Doctor to report.",
        ],
    ),
    pattern(
        Theme::Online, Child, Level::High, Standard, &[Indicator::ImagesShared],
        &[
            "{v} looked at a tablet that {c} ({ca}) uses and found pictures {c} had sent of {cr} without clothes to somebody online.",
            "The person asked to meet by the shops near home on Saturday. {v} went and nobody turned up.",
            "Device seized. {k} {have} the use of the tablet. Log closed by supervisor.",
        ],
    ),
    pattern(
        Theme::IndecentImages, Child, Level::High, Medium, &[],
        &[
            "Online team have linked {ad} to the download of indecent images of children.",
            "Checks show that {k} {are} associated with the address and with {S}. No enforcement date as yet.",
        ],
    ),
    pattern(
        Theme::Trafficking, Child, Level::Critical, Medium, &[Indicator::DebtBondage],
        &[
            "Joint operation in {town}. {C}, {ca} years, unaccompanied and missing from London since the spring, was located in a house used to grow cannabis.",
            "Taken into police protection and brought to the station. Social care say they have no placement yet.",
            "{c} said through an interpreter {cs} owes the men money and they know where {cp} mother is.",
        ],
    ),
    pattern(
        Theme::InCustody, Child, Level::High, Medium, &[Indicator::GangAssociation],
        &[
            "{C} ({ca}) was arrested for assault. {c} is high risk of CCE and this was identified on the risk assessment.",
            "Secure accommodation was requested and declined as the threshold was said not to be met. Bail refused.",
            "E-mail sent to the referral unit.",
        ],
    ),
    pattern(
        Theme::Nothing, Child, Level::None, Standard, &[],
        &[
            "{C} ({ca}) was detained for shop theft in {town}, value 6 pounds. No previous.",
            "Home address was fine and {v} was supportive. No welfare concerns. PPN because policy.",
        ],
    ),
    pattern(
        Theme::Cuckooing, Adult, Level::High, Standard, &[],
        &[
            "Housing officer raised that there are always young lads at the flat of {V} ({va}) and {vs} has not been seen on {vp} own for weeks.",
            "{v} answered the door with a male stood behind {vo}, who said {vs} was fine. {v} has lost a lot of weight and would not look up.",
            "Bedroom door had a padlock on it. No offences disclosed.",
        ],
    ),
    pattern(
        Theme::Tradition, Child, Level::High, Medium, &[Indicator::HonourThreat],
        &[
            "{C} ({ca}) told a friend at {sch} that {cs} is being taken abroad at the end of term and is going to be married there.",
            "{c} is scared and asked that nobody rings home.",
        ],
    ),
    pattern(
        Theme::Tradition,
        Child,
        Level::High,
        Standard,
        &[],
        &[
            "{sch} rang about {C} ({ca}) who told a teacher there is going to be a party abroad in the summer and an aunt who does the cutting will be there.",
            "{c} said {cp} older cousin had it done and that {cs} is not supposed to say.",
            "Parents not spoken to on advice. PPN for information.",
        ],
    ),
];
