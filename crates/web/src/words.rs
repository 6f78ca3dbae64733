//! Codes in the words of a page.

use ppn_domain::notice::Person;
use ppn_domain::notice::codes::{Grade, NoticeKind, RestrictionReason, Role, Tool};
use ppn_domain::{Desk, Notice, Outcome, SecondPerson, State, StateName, Timestamp, UserRole};

/// Codes whose words are not their letters with spaces between.
const OTHERWISE: [(&str, &str); 34] = [
    ("child_sexual_exploitation", "sexual exploitation of a child"),
    ("child_criminal_exploitation", "criminal exploitation of a child"),
    ("honour_based_abuse", "honour-based abuse"),
    ("intimate_partner_abuse", "abuse by a partner or former partner"),
    ("dash_2009", "DASH 2009 (domestic abuse, stalking and honour-based violence questions)"),
    ("dara", "DARA (domestic abuse risk assessment)"),
    ("safelives_ric", "SafeLives risk checklist"),
    ("s_dash", "S-DASH (stalking questions)"),
    ("perpetrator_suicidal", "suspect suicidal"),
    ("perpetrator_previous_violence", "suspect violent before"),
    ("serial_perpetrator", "suspect in other people's abuse"),
    ("domestic_abuse_serial_perpetrator", "domestic abuse of several people"),
    ("mappa_nominal", "managed under MAPPA (multi-agency public protection arrangements)"),
    ("marac_subject", "discussed at MARAC (multi-agency risk assessment conference)"),
    ("cse_risk", "at risk of sexual exploitation"),
    ("cce_risk", "at risk of criminal exploitation"),
    ("fgm_protection_order", "female genital mutilation protection order"),
    ("section_47", "section 47 enquiry"),
    ("ex_partner", "former partner"),
    ("non_fatal_strangulation", "non-fatal strangulation"),
    ("non_molestation_order", "non-molestation order"),
    ("childrens_home", "children's home"),
    ("parent_or_carer", "parent or carer"),
    ("care_and_support_needs", "care and support needs"),
    ("breach_of_order_or_bail", "breach of an order or bail"),
    ("immigration_or_no_recourse", "immigration status or no recourse to public funds"),
    ("child_present", "child who was there"),
    ("child_in_household", "child in the household"),
    ("no_further_action", "no further action"),
    ("no_research", "may need no research"),
    ("marac_check", "check against MARAC (multi-agency risk assessment conference)"),
    ("second_person_to_close", "a second person must agree to close it"),
    ("school_notification", "tell the school"),
    ("share", "share with social care"),
];

/// The words of a code, in lower case but for names.
pub fn plain(code: &str) -> String {
    let otherwise = OTHERWISE.iter().find(|(known, _)| *known == code);
    otherwise.map_or_else(|| code.replace('_', " "), |(_, words)| (*words).to_owned())
}

/// With a capital at the start.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An answer.
pub fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

/// The words of several codes.
pub fn codes(codes: impl Iterator<Item = &'static str>) -> String {
    codes.map(plain).collect::<Vec<_>>().join("; ")
}

/// A number with commas.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 item`, `2 items`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// A desk's name.
pub const fn desk(desk: Desk) -> &'static str {
    match desk {
        Desk::Child => "Child desk",
        Desk::Adult => "Adult desk",
        Desk::DomesticAbuse => "Domestic abuse desk",
        Desk::Share => "Share desk",
        Desk::Endorsement => "Endorsement desk",
        Desk::Strategy => "Strategy desk",
        Desk::Record => "Record desk",
    }
}

/// What a desk is for.
pub const fn desk_is_for(desk: Desk) -> &'static str {
    match desk {
        Desk::Child => "Notices about a child.",
        Desk::Adult => "Notices about an adult at risk.",
        Desk::DomesticAbuse => "Domestic abuse to review.",
        Desk::Share => "People already open to social care. Their worker must be told within the hour.",
        Desk::Endorsement => "Decisions that need a second person.",
        Desk::Strategy => "Strategy discussions to hold.",
        Desk::Record => "Strategy records to enter.",
    }
}

/// A kind of notice.
pub const fn kind(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Child => "Child",
        NoticeKind::Adult => "Adult",
        NoticeKind::DomesticAbuse => "Domestic abuse",
    }
}

/// A domestic abuse grade.
pub const fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Standard => "standard",
        Grade::Medium => "medium",
        Grade::High => "high",
    }
}

/// Why a second person must agree with a grade.
pub const fn second_person(why: SecondPerson) -> &'static str {
    match why {
        SecondPerson::LoweredFromHigh => "lowered from high",
        SecondPerson::BelowHighOnRed => "below high on a red item",
        SecondPerson::StandardWithCriterion => "standard though a criterion for MARAC is met",
        SecondPerson::LoweredWithChild => "lowered while a child is affected",
        SecondPerson::NotReferred => "a criterion is met and it is not referred",
        SecondPerson::NotAssessed => "nothing current says which criteria are met",
        SecondPerson::Drawn => "drawn by chance, as one in ten are",
    }
}

/// A state.
pub const fn state_name(state: StateName) -> &'static str {
    match state {
        StateName::Waiting => "Waiting",
        StateName::Claimed => "Held by somebody",
        StateName::Held => "On hold",
        StateName::Pending => "For a second person",
        StateName::Done => "Done",
    }
}

/// Where an item stands, with whom or until when.
pub fn state(state: &State, now: Timestamp) -> String {
    match state {
        State::Waiting => "Waiting".to_owned(),
        State::Claimed { claim } if claim.has_expired(now) => "Waiting".to_owned(),
        State::Claimed { claim } => {
            format!("Held by {} since {}", claim.holder, claim.since.london_text())
        }
        State::Held { until } => format!("On hold until {}", until.london_text()),
        State::Pending { by, outcome } => {
            format!("For a second person: {by} chose \u{201c}{}\u{201d}", self::outcome(*outcome))
        }
        State::Done { outcome } => format!("Done: {}", self::outcome(*outcome)),
    }
}

/// How an item ended.
pub fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::WorkedBefore => "worked before this service held it".to_owned(),
        other => plain(other.code()),
    }
}

/// An outcome as a choice.
pub const fn outcome_choice(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Shared => ("Shared", "A partner has been told."),
        Outcome::StrategyDiscussion => {
            ("Strategy discussion", "Police, social care and health plan together.")
        }
        Outcome::Section47 => ("Section 47 enquiry", "Social care looks into significant harm to a child."),
        Outcome::EarlyHelp => ("Early help", "Passed to early help services."),
        Outcome::NoFurtherAction => ("No further action", "Researched, and nothing more is needed."),
        Outcome::NotSafeguarding => ("Not safeguarding", "The notice is not about somebody at risk."),
        Outcome::Duplicate => ("Duplicate", "Another notice reports the same. Name it below."),
        Outcome::Transferred => ("Transferred", "Another force or unit has taken it over."),
        Outcome::Graded => ("Graded", "A reviewer's grade stands beside the officer's."),
        Outcome::WorkedBefore => ("Worked before", ""),
    }
}

/// Why a notice is restricted.
pub const fn restriction(reason: RestrictionReason) -> &'static str {
    match reason {
        RestrictionReason::PoliceStaffInvolved => "Police staff are involved",
        RestrictionReason::StaffRelative => "A relative of staff is named",
        RestrictionReason::HonourBasedAbuse => "Honour-based abuse",
        RestrictionReason::ProtectedPerson => "A protected person",
        RestrictionReason::ProtectedAddress => "A protected address",
        RestrictionReason::SensitiveSource => "Where it comes from is sensitive",
        RestrictionReason::Other => "Another reason",
    }
}

/// A role of staff.
pub fn user_role(role: UserRole) -> String {
    capital(&plain(role.code()))
}

/// A person's parts in a notice.
pub fn roles(roles: &[Role]) -> String {
    let words: Vec<String> = roles.iter().map(|role| plain(role.code())).collect();
    if words.is_empty() { "no part given".to_owned() } else { words.join(", ") }
}

/// A person's name, or that none is given.
pub fn name(person: &Person) -> String {
    let parts: Vec<&str> =
        [&person.given_names, &person.family_name].into_iter().filter_map(|part| part.as_deref()).collect();
    match (parts.is_empty(), person.unborn) {
        (false, _) => parts.join(" "),
        (true, Some(true)) => "Unborn child".to_owned(),
        (true, _) => "Name not given".to_owned(),
    }
}

/// An age on the day of receipt.
pub fn age(person: &Person, received: Timestamp) -> String {
    let estimated = person.date_of_birth.is_none() || person.date_of_birth_estimated == Some(true);
    match person.age_on(received.london_date()) {
        _ if person.unborn == Some(true) => "not born yet".to_owned(),
        None => "age not known".to_owned(),
        Some(0) => "under 1 year".to_owned(),
        Some(1) => if estimated { "about 1 year" } else { "1 year" }.to_owned(),
        Some(years) => format!("{}{years} years", if estimated { "about " } else { "" }),
    }
}

/// A risk tool in one word.
const fn short_tool(tool: Tool) -> &'static str {
    match tool {
        Tool::Dash2009 => "DASH",
        Tool::Dara => "DARA",
        Tool::SafelivesRic => "SafeLives",
        Tool::SDash => "S-DASH",
        Tool::Other => "Risk",
    }
}

/// Where in a notice a JSON pointer leads, in words.
pub fn place(notice: &Notice, path: &str) -> String {
    let mut steps = path.split('/').skip(1);
    let first = steps.next().unwrap_or_default();
    let at = steps.next().and_then(|step| step.parse::<usize>().ok());
    let rest: Vec<&str> = steps.filter(|step| step.parse::<usize>().is_err()).collect();
    let rest = rest.iter().map(|step| plain(step)).collect::<Vec<_>>().join(", ");
    match (first, at) {
        ("", _) => "the notice".to_owned(),
        ("circumstances", _) => "the facts".to_owned(),
        ("officer_opinion", _) => "the officer's opinion".to_owned(),
        ("indicators" | "concerns", _) => "ticked by the officer".to_owned(),
        ("persons", Some(at)) => {
            let who = notice.persons.get(at).map_or_else(|| "a person".to_owned(), name);
            if rest.is_empty() { who } else { format!("{who}: {rest}") }
        }
        ("risk_assessments", Some(at)) => {
            let tool = notice.risk_assessments.get(at).map_or("risk", |of| short_tool(of.tool));
            match path.rsplit('/').next() {
                Some(question) if path.contains("/answers/") => format!("{tool} question {question}"),
                _ => format!("{tool} questions"),
            }
        }
        (other, _) if rest.is_empty() => plain(other),
        (other, _) => format!("{}: {rest}", plain(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::notice::codes::{Concern, Indicator, Marker, OrderKind, SocialCareStatus};
    use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, FindingCode, Suggestion};

    #[test]
    fn no_word_promises_or_accuses() {
        let codes = Indicator::ALL
            .iter()
            .map(|c| c.code())
            .chain(Marker::ALL.iter().map(|c| c.code()))
            .chain(Concern::ALL.iter().map(|c| c.code()))
            .chain(OrderKind::ALL.iter().map(|c| c.code()))
            .chain(Tool::ALL.iter().map(|c| c.code()))
            .chain(SocialCareStatus::ALL.iter().map(|c| c.code()))
            .chain(Suggestion::ALL.iter().map(|c| c.code()))
            .chain(FindingCode::ALL.iter().map(|c| c.code()))
            .chain(Outcome::ALL.iter().map(|c| c.code()));
        let labels = Band::ALL.iter().map(|band| band.label().to_owned());
        for words in codes.map(plain).chain(labels).chain([BAND_IS_NOT_A_GRADE.to_owned()]) {
            let low = words.to_lowercase();
            for never in ["score", "predict", "perpetrator", "_"] {
                assert!(!low.contains(never), "{words}");
            }
        }
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!([0, 999, 1_062, 1_234_567].map(number), ["0", "999", "1,062", "1,234,567"]);
    }

    #[test]
    fn a_place_is_said_in_words() {
        let notice: Notice = serde_json::from_str(
            r#"{"source":"s","reference":"r","kind":"child","persons":[{"given_names":"Ann","family_name":"Lee","roles":["subject"]}]}"#,
        )
        .unwrap();
        assert_eq!(place(&notice, "/persons/0/social_care/1/status"), "Ann Lee: social care, status");
        assert_eq!(place(&notice, "/circumstances"), "the facts");
        assert_eq!(place(&notice, "/persons/7"), "a person");
    }
}
