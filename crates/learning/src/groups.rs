//! The groups by which reports are told. No group is ever a feature of a fit or read by a score.

use chrono::NaiveDate;
use ppn_domain::Notice;
use ppn_domain::notice::Person;
use ppn_domain::notice::codes::{DisabilityStatus, Role, Sex};
use serde::Serialize;

/// What is not recorded, in each attribute.
pub const NOT_RECORDED: &str = "Not recorded";
const NOT_STATED: &str = "Not stated";

/// An attribute that people are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Self-defined ethnicity, the 18+1 codes in five groups.
    Ethnicity,
    /// Sex.
    Sex,
    /// Age on the day of submission.
    Age,
    /// Disability.
    Disability,
}

impl Attribute {
    /// Every attribute, as reports are ordered.
    pub const ALL: [Self; 4] = [Self::Ethnicity, Self::Sex, Self::Age, Self::Disability];

    /// Its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ethnicity => "Self-defined ethnicity",
            Self::Sex => "Sex",
            Self::Age => "Age",
            Self::Disability => "Disability",
        }
    }

    /// Its groups, as reports are ordered.
    pub const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Ethnicity => &["Asian", "Black", "Mixed", "White", "Other", NOT_STATED, NOT_RECORDED],
            Self::Sex => &["Female", "Male", NOT_RECORDED],
            Self::Age => &[
                "Unborn",
                "Under 1",
                "1 to 4",
                "5 to 9",
                "10 to 15",
                "16 to 17",
                "18 to 24",
                "25 to 34",
                "35 to 49",
                "50 to 64",
                "65 or over",
                NOT_RECORDED,
            ],
            Self::Disability => &["Disabled", "None known", NOT_STATED, NOT_RECORDED],
        }
    }
}

/// The groups of one person: each the place of a group in [`Attribute::groups`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Groups([u8; 4]);

impl Groups {
    /// The groups of a person, with their age on a day where one is known.
    pub fn of(person: &Person, day: Option<NaiveDate>) -> Self {
        Self([
            place(Attribute::Ethnicity, ethnicity(person)),
            place(Attribute::Sex, sex(person)),
            place(Attribute::Age, age(person, day)),
            place(Attribute::Disability, disability(person)),
        ])
    }

    /// The group in one attribute.
    pub fn group(self, attribute: Attribute) -> &'static str {
        let index = Attribute::ALL.iter().position(|a| *a == attribute).unwrap_or(0);
        attribute.groups().get(usize::from(self.0[index])).copied().unwrap_or(NOT_RECORDED)
    }
}

/// The groups of everybody whom a notice is about: each subject or victim once.
pub fn people(notice: &Notice) -> Vec<Groups> {
    placed(notice).into_iter().map(|(_, groups)| groups).collect()
}

/// The same, with the place of each among the people of the notice.
pub(crate) fn placed(notice: &Notice) -> Vec<(usize, Groups)> {
    let day = notice.submitted_at.map(ppn_domain::Timestamp::london_date);
    let about = |person: &Person| person.has_role(Role::Subject) || person.has_role(Role::Victim);
    let persons = notice.persons.iter().enumerate().filter(|(_, person)| about(person));
    persons.map(|(place, person)| (place, Groups::of(person, day))).collect()
}

fn place(attribute: Attribute, group: &str) -> u8 {
    let groups = attribute.groups();
    let place = groups.iter().position(|g| *g == group).unwrap_or(groups.len() - 1);
    u8::try_from(place).unwrap_or(u8::MAX)
}

fn ethnicity(person: &Person) -> &'static str {
    match person.ethnicity.as_deref() {
        None => NOT_RECORDED,
        // Chinese is O1 in the older list of sixteen; the list of eighteen counts it as Asian.
        Some("O1") => "Asian",
        Some(code) => match code.as_bytes().first() {
            Some(b'A') => "Asian",
            Some(b'B') => "Black",
            Some(b'M') => "Mixed",
            Some(b'W') => "White",
            Some(b'O') => "Other",
            Some(b'N') => NOT_STATED,
            _ => NOT_RECORDED,
        },
    }
}

const fn sex(person: &Person) -> &'static str {
    match person.sex {
        Some(Sex::Female) => "Female",
        Some(Sex::Male) => "Male",
        Some(Sex::NotKnown) | None => NOT_RECORDED,
    }
}

fn age(person: &Person, day: Option<NaiveDate>) -> &'static str {
    if person.unborn == Some(true) {
        return "Unborn";
    }
    let years = match day {
        Some(day) => person.age_on(day),
        None => person.estimated_age.map(u32::from),
    };
    match years {
        Some(0) => "Under 1",
        Some(1..=4) => "1 to 4",
        Some(5..=9) => "5 to 9",
        Some(10..=15) => "10 to 15",
        Some(16..=17) => "16 to 17",
        Some(18..=24) => "18 to 24",
        Some(25..=34) => "25 to 34",
        Some(35..=49) => "35 to 49",
        Some(50..=64) => "50 to 64",
        Some(65..) => "65 or over",
        None => NOT_RECORDED,
    }
}

fn disability(person: &Person) -> &'static str {
    match person.disability_status {
        Some(DisabilityStatus::Yes) => "Disabled",
        _ if !person.disabilities.is_empty() => "Disabled",
        Some(DisabilityStatus::NoneKnown) => "None known",
        Some(DisabilityStatus::Declined) => NOT_STATED,
        Some(DisabilityStatus::NotAsked) | None => NOT_RECORDED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(person: &str) -> [&'static str; 4] {
        let text = format!(
            r#"{{"source":"s","reference":"r","kind":"child","submitted_at":"2026-05-20T12:00:00Z","persons":[{person}]}}"#
        );
        let notice: Notice = serde_json::from_str(&text).unwrap();
        Attribute::ALL.map(|attribute| people(&notice)[0].group(attribute))
    }

    #[test]
    fn a_person_is_in_one_group_of_each_attribute() {
        let known = groups(
            r#"{"roles":["subject","victim"],"ethnicity":"A4","sex":"female","date_of_birth":"2025-06-01","disability_status":"none_known"}"#,
        );
        assert_eq!(known, ["Asian", "Female", "Under 1", "None known"]);
        assert_eq!(groups(r#"{"roles":["victim"]}"#), [NOT_RECORDED; 4]);
        let unborn = groups(r#"{"roles":["subject"],"unborn":true,"ethnicity":"N4","disabilities":["x"]}"#);
        assert_eq!(unborn, [NOT_STATED, NOT_RECORDED, "Unborn", "Disabled"]);
        assert_eq!(groups(r#"{"roles":["subject"],"ethnicity":"O1","estimated_age":90}"#)[0], "Asian");
    }

    #[test]
    fn a_person_with_two_parts_counts_once_and_a_suspect_does_not() {
        let text = r#"{"source":"s","reference":"r","kind":"child","persons":[{"roles":["subject","victim"]},{"roles":["suspect"]}]}"#;
        assert_eq!(people(&serde_json::from_str(text).unwrap()).len(), 1);
    }
}
