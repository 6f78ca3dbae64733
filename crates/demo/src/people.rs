//! What a notice says of a person: the true person with gaps, guesses and slips.

use chrono::{Datelike, NaiveDate};
use ppn_domain::notice::codes::{AddressKind, Consent, DisabilityStatus, OfficerDefinedEthnicity, Role, Sex};
use ppn_domain::notice::{Address, Identifier, Person};

use crate::dice::Dice;
use crate::households::Member;
use crate::names::misspelt;

/// A person with nothing known but a part in the notice.
pub(crate) fn nobody(key: &str, role: Role) -> Person {
    Person {
        key: Some(key.to_owned()),
        person_id: None,
        identifiers: Vec::new(),
        roles: vec![role],
        family_name: None,
        given_names: None,
        date_of_birth: None,
        date_of_birth_estimated: None,
        estimated_age: None,
        unborn: None,
        expected_birth_on: None,
        sex: None,
        gender_identity: None,
        ethnicity: None,
        first_language: None,
        interpreter_needed: None,
        address: None,
        phone: None,
        relationship: None,
        school: None,
        gp: None,
        pregnant: None,
        disabilities: Vec::new(),
        social_care: Vec::new(),
        markers: Vec::new(),
        voice: None,
        aliases: Vec::new(),
        former_names: Vec::new(),
        ethnicity_officer_defined: None,
        occupation: None,
        presence: None,
        orders: Vec::new(),
        relationships: Vec::new(),
        indicators: Vec::new(),
        disability_status: None,
        consent: None,
        capacity: None,
        wishes: None,
        fluctuating_or_coerced: None,
        identity_withheld: None,
        organisation: None,
        safe_contact: None,
        known_events: Vec::new(),
    }
}

/// The circumstances under which a person is described.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// The submitting system.
    pub(crate) source: &'a str,
    pub(crate) day: NaiveDate,
    /// The household came to notice before, and this officer did not look it up with care.
    pub(crate) again: bool,
}

/// Somebody as this notice describes them.
pub(crate) fn described(member: &Member, key: &str, role: Role, view: View<'_>, dice: &mut Dice) -> Person {
    let mut person = nobody(key, role);
    name(&mut person, member, view.again, dice);
    birth(&mut person, member, view, dice);
    // An officer who does not look a person up leaves a new record without the number.
    if dice.percent(if view.again { 55 } else { 74 }) {
        if view.source == "niche" {
            person.person_id = Some(format!("N{:07}", member.nominal));
        } else {
            person
                .identifiers
                .push(Identifier { system: view.source.to_owned(), id: format!("{:07}", member.nominal) });
        }
    }
    person.sex =
        if dice.percent(97) { Some(if member.female { Sex::Female } else { Sex::Male }) } else { None };
    if dice.percent(65) {
        person.ethnicity = Some(if dice.percent(6) { "NS" } else { member.ethnicity }.to_owned());
    }
    if dice.percent(45) {
        person.ethnicity_officer_defined = OfficerDefinedEthnicity::ALL.get(member.seen_as).copied();
    }
    if let Some(language) = member.language.filter(|_| dice.percent(80)) {
        person.first_language = Some(language.to_owned());
        person.interpreter_needed = dice.percent(50).then_some(true);
    }
    person.address = address(&member.address, dice);
    let years = member.age(view.day);
    if dice.percent(88) {
        person.phone.clone_from(&member.phone);
    }
    if dice.percent(if years < 18 { 62 } else { 5 }) {
        person.school.clone_from(&member.school);
    }
    person.gp = dice.percent(28).then(|| member.surgery.clone());
    person.pregnant = member.due.filter(|due| *due > view.day && dice.percent(75)).map(|_| true);
    if years >= 18 {
        person.occupation = dice.percent(22).then(|| occupation(years, dice).to_owned());
        person.consent = dice
            .percent(60)
            .then(|| {
                dice.pick(&[
                    &Consent::Given,
                    &Consent::Given,
                    &Consent::Refused,
                    &Consent::NotAsked,
                    &Consent::CouldNotBeAsked,
                ])
                .copied()
            })
            .flatten();
    }
    person.disability_status = dice
        .percent(40)
        .then(|| {
            dice.pick(&[
                &DisabilityStatus::NoneKnown,
                &DisabilityStatus::NoneKnown,
                &DisabilityStatus::NotAsked,
                &DisabilityStatus::Declined,
            ])
            .copied()
        })
        .flatten();
    person.markers.clone_from(&member.markers);
    if let Some(care) = &member.social_care {
        person.social_care.push(care.clone());
    }
    person
}

fn occupation(years: u8, dice: &mut Dice) -> &'static str {
    if years >= 67 {
        return "Retired";
    }
    dice.word(&[
        "Unemployed",
        "Warehouse operative",
        "Care assistant",
        "Self-employed builder",
        "Retail assistant",
        "Driver",
        "Cleaner",
        "Teaching assistant",
        "Student",
        "Engineer",
        "Chef",
        "Nurse",
        "Hairdresser",
        "Office worker",
    ])
}

fn name(person: &mut Person, member: &Member, again: bool, dice: &mut Dice) {
    let slip = if again { 24 } else { 3 };
    let mut given = if dice.percent(slip) { misspelt(member.given, dice) } else { member.given.to_owned() };
    let mut family =
        if dice.percent(slip / 2) { misspelt(&member.family, dice) } else { member.family.clone() };
    if again && dice.percent(5) {
        given = given.chars().take(1).collect();
    }
    if let Some(maiden) = &member.maiden {
        match dice.between(0, 9) {
            0 => person.former_names.push(maiden.clone()),
            1 if again => family.clone_from(maiden),
            _ => {}
        }
    }
    if dice.percent(8) {
        family = family.to_uppercase();
    }
    if dice.percent(3) {
        person.aliases.push(
            dice.word(&["Baz", "Tay", "Smiffy", "Big Dave", "Kez", "Mo", "Shaz", "Nobby", "Ginge"])
                .to_owned(),
        );
    }
    person.given_names = dice.percent(97).then_some(given);
    person.family_name = dice.percent(97).then_some(family);
}

fn birth(person: &mut Person, member: &Member, view: View<'_>, dice: &mut Dice) {
    let years = member.age(view.day);
    let [full, guessed, estimated] = if view.again { [66, 4, 14] } else { [78, 4, 12] };
    match dice.between(0, 99) {
        n if n < full => person.date_of_birth = Some(member.born),
        n if n < full + guessed => {
            person.date_of_birth = NaiveDate::from_ymd_opt(member.born.year(), 1, 1);
            person.date_of_birth_estimated = Some(true);
        }
        n if n < full + guessed + estimated => {
            // Children are guessed more closely than adults; nobody makes an adult of a child here.
            let off = if years < 18 { 0 } else { dice.between(0, 4) };
            person.estimated_age = Some(years.saturating_add(u8::try_from(off).unwrap_or(0)));
        }
        _ => {}
    }
}

fn address(home: &Address, dice: &mut Dice) -> Option<Address> {
    if dice.percent(9) {
        return None;
    }
    let mut address = home.clone();
    if dice.percent(12) {
        address.postcode = None;
    }
    if dice.percent(10) {
        address.lines = address
            .lines
            .iter()
            .map(|l| l.replace("Road", "Rd").replace("Street", "St").replace("Avenue", "Ave"))
            .collect();
    }
    if dice.percent(8) {
        address.postcode = address.postcode.map(|p| p.replace(' ', "").to_lowercase());
    }
    if address.kind == Some(AddressKind::Home) && dice.percent(25) {
        address.kind = None;
    }
    Some(address)
}
