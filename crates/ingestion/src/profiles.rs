//! From the people of a notice to their profiles.

use chrono::{Datelike, NaiveDate};
use ppn_domain::Timestamp;
use ppn_domain::notice::codes::{AddressKind, Role};
use ppn_domain::notice::{Address, Notice, Person};
use ppn_domain::profile::{Birth, Digest, Home, Name, Profile};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most identifiers of one person that are compared; nobody has as many.
pub const MOST_IDENTIFIERS: usize = 32;

/// Most aliases and former names of one person that are compared.
pub const MOST_OTHER_NAMES: usize = 8;

/// Most words of a given or a family name that are compared.
pub const MOST_NAME_WORDS: usize = 6;

/// Longest word of a name that is compared, in characters; the rest is cut off.
pub const MOST_WORD_CHARS: usize = 32;

/// What is filled in where nothing is known, as one normalised text.
const PLACEHOLDERS: [&str; 24] = [
    "unknown",
    "unk",
    "not known",
    "notknown",
    "nk",
    "n k",
    "n a",
    "na",
    "none",
    "no",
    "nil",
    "null",
    "tbc",
    "tba",
    "to be confirmed",
    "not given",
    "not provided",
    "not stated",
    "no name",
    "no trace",
    "nominal",
    "pending",
    "test",
    "new",
];

/// Words of a name that name nobody: titles, and what stands for a name that is not known.
const NO_NAMES: [&str; 20] = [
    "mr",
    "mrs",
    "miss",
    "ms",
    "mx",
    "master",
    "dr",
    "unknown",
    "unk",
    "unborn",
    "baby",
    "male",
    "female",
    "child",
    "adult",
    "anonymous",
    "anon",
    "tbc",
    "withheld",
    "unnamed",
];

/// The profiles of the people of a notice, one for each and in their order.
pub fn profiles(notice: &Notice) -> Vec<Profile> {
    let day = notice.submitted_at.or(notice.amended_at).or(notice.occurred_at).map(Timestamp::london_date);
    notice.persons.iter().map(|person| profile(&notice.source, day, person)).collect()
}

fn profile(source: &str, day: Option<NaiveDate>, person: &Person) -> Profile {
    let name = Name {
        given: words(person.given_names.as_deref().unwrap_or_default()),
        family: words(person.family_name.as_deref().unwrap_or_default()),
    };
    let aliases = person.aliases.iter().map(|text| alias(text));
    let former = person.former_names.iter().map(|text| former_name(text));
    let mut other_names: Vec<Name> =
        aliases.chain(former).filter(|other| !other.is_blank() && *other != name).collect();
    other_names.sort();
    other_names.dedup();
    other_names.truncate(MOST_OTHER_NAMES);
    Profile {
        identifiers: identifiers(source, person),
        name,
        other_names,
        birth: birth(day, person),
        home: home(person.address.as_ref()),
        postcode: person
            .address
            .as_ref()
            .and_then(postcode)
            .map(|p| Digest::of(&[b"postcode", p.as_bytes()])),
        phone: person.phone.as_deref().and_then(phone),
        in_passing: person
            .roles
            .iter()
            .all(|role| matches!(role, Role::Professional | Role::Informant | Role::Associate)),
    }
}

fn identifiers(source: &str, person: &Person) -> Vec<(Digest, Digest)> {
    let own = person.person_id.iter().map(|id| (&b"source"[..], source, id));
    let others = person.identifiers.iter().map(|x| (&b"system"[..], x.system.as_str(), &x.id));
    let mut all: Vec<(Digest, Digest)> = own
        .chain(others)
        .filter(|(_, _, id)| !is_placeholder(id))
        .map(|(kind, system, id)| {
            let system = Digest::of(&[kind, system.trim().as_bytes()]);
            (system, Digest::of(&[b"id", id.trim().as_bytes()]))
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(MOST_IDENTIFIERS);
    all
}

/// Whether an identifier was filled in by habit: nothing, noughts alone, or a word for not known.
fn is_placeholder(id: &str) -> bool {
    let mut signs = id.chars().filter(|c| c.is_alphanumeric());
    signs.all(|c| c == '0') || PLACEHOLDERS.contains(&normal(id).as_str())
}

fn birth(day: Option<NaiveDate>, person: &Person) -> Birth {
    match (person.date_of_birth, person.estimated_age, day) {
        (Some(born), ..) if person.date_of_birth_estimated == Some(true) => Birth::Estimated(born),
        (Some(born), ..) if born.month() == 1 && born.day() == 1 => Birth::Placeholder(born),
        (Some(born), ..) => Birth::Exact(born),
        (None, Some(age), Some(day)) if person.unborn != Some(true) => {
            Birth::Year(day.year() - i32::from(age))
        }
        _ => Birth::Missing,
    }
}

/// Lower case, accents folded; letters and digits alone, words parted by one space. An apostrophe
/// parts nothing.
fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfkd() {
        if matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ') || is_combining_mark(c) {
            continue;
        }
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            out.push(' ');
        }
        gap = false;
        for c in c.to_lowercase() {
            match unmarked(c) {
                Some(letters) => out.push_str(letters),
                None => out.push(c),
            }
        }
    }
    out
}

/// Letters that decomposition leaves whole, as they are written without their marks.
const fn unmarked(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ı' => "i",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        // Lower case of a capital with a dot above leaves the dot behind.
        '\u{307}' => "",
        _ => return None,
    })
}

/// The words of a name that name somebody.
fn words(text: &str) -> String {
    let text = normal(text);
    if PLACEHOLDERS.contains(&text.as_str()) {
        return String::new();
    }
    let words: Vec<String> = text
        .split(' ')
        .filter(|word| !word.is_empty() && !NO_NAMES.contains(word))
        .take(MOST_NAME_WORDS)
        .map(|word| word.chars().take(MOST_WORD_CHARS).collect())
        .collect();
    words.join(" ")
}

/// An alias is given names and then a family name, or the other way round with a comma; a single
/// word is a given name.
fn alias(text: &str) -> Name {
    if let Some((family, given)) = text.split_once(',') {
        return Name { given: words(given), family: words(family) };
    }
    // Parted before normalising: a double-barrelled family name is one word as written.
    match text.trim().rsplit_once(char::is_whitespace) {
        Some((given, family)) => Name { given: words(given), family: words(family) },
        None => Name { given: words(text), family: String::new() },
    }
}

/// A former name is written as an alias is, but a single word is a family name.
fn former_name(text: &str) -> Name {
    let name = alias(text);
    if name.family.is_empty() { Name { given: String::new(), family: name.given } } else { name }
}

fn postcode(address: &Address) -> Option<String> {
    let postcode = address.postcode.as_deref()?;
    let signs: String =
        postcode.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    (signs.len() >= 5).then_some(signs)
}

/// An address as it is compared: its property number, else postcode and first line.
fn place(address: &Address) -> Option<Digest> {
    if let Some(uprn) = address.uprn.as_deref().filter(|uprn| !is_placeholder(uprn)) {
        return Some(Digest::of(&[b"uprn", uprn.trim().trim_start_matches('0').as_bytes()]));
    }
    let postcode = postcode(address)?;
    let line = normal(address.lines.iter().find(|line| !line.trim().is_empty())?);
    (!line.is_empty() && !PLACEHOLDERS.contains(&line.as_str()))
        .then(|| Digest::of(&[b"place", postcode.as_bytes(), line.as_bytes()]))
}

/// Places where strangers live under one roof make no household, nor does an address that must not
/// be given away.
fn home(address: Option<&Address>) -> Home {
    let Some(address) = address else { return Home::None };
    let Some(place) = place(address) else { return Home::None };
    let is_home = matches!(address.kind, None | Some(AddressKind::Home | AddressKind::Temporary));
    if is_home && address.protected != Some(true) { Home::Of(place) } else { Home::Never(place) }
}

/// Digits alone, without the country code; a number of one digit repeated is none.
fn phone(phone: &str) -> Option<Digest> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix("0044").or_else(|| digits.strip_prefix("44")).unwrap_or(&digits);
    let national = national.trim_start_matches('0');
    let varied = national.bytes().any(|b| Some(&b) != national.as_bytes().first());
    (national.len() >= 7 && varied).then(|| Digest::of(&[b"phone", national.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of(person: &Value) -> Profile {
        let notice = json!({
            "source": "niche", "reference": "A", "kind": "child",
            "submitted_at": "2026-05-01T09:00:00Z", "persons": [person],
        });
        profiles(&serde_json::from_value(notice).unwrap()).remove(0)
    }

    #[test]
    fn names_are_folded_and_parted() {
        for (given, family, expected) in [
            ("Mary  Ann", "O’Neill", ("mary ann", "oneill")),
            ("MARY-ANN", "O'NEILL", ("mary ann", "oneill")),
            ("Małgorzata", "Wąsik-Łoś", ("malgorzata", "wasik los")),
            ("José", "Müller", ("jose", "muller")),
            ("J.", "St. John", ("j", "st john")),
            ("Mr Unknown", "n/a", ("", "")),
            ("Ｊｏｈｎ", "Straße", ("john", "strasse")),
            ("Baby", "TBC", ("", "")),
            ("İbrahim", "Ćosić", ("ibrahim", "cosic")),
        ] {
            let name = of(&json!({ "roles": [], "given_names": given, "family_name": family })).name;
            assert_eq!((name.given.as_str(), name.family.as_str()), expected);
        }
    }

    #[test]
    fn aliases_and_former_names_are_other_names() {
        let profile = of(&json!({
            "roles": [], "given_names": "Mary", "family_name": "Price",
            "aliases": ["Molly Price-Jones", "JONES, Mary", "Spud", "Mary Price", "unknown"],
            "former_names": ["Jones"],
        }));
        let mut names: Vec<(&str, &str)> =
            profile.other_names.iter().map(|n| (n.given.as_str(), n.family.as_str())).collect();
        names.sort_unstable();
        assert_eq!(names, [("", "jones"), ("mary", "jones"), ("molly", "price jones"), ("spud", "")]);
    }

    #[test]
    fn placeholder_identifiers_are_dropped() {
        let ids = ["unknown", "N/A", "0", "000", "tbc", "none", "  ", "-", "Not known", "A1"];
        let identifiers: Vec<Value> = ids.iter().map(|id| json!({ "system": "pnc", "id": id })).collect();
        let profile = of(&json!({ "roles": [], "person_id": "0", "identifiers": identifiers }));
        assert_eq!(profile.identifiers.len(), 1);
        let both =
            of(&json!({ "roles": [], "person_id": "7", "identifiers": [{ "system": "niche", "id": "7" }] }));
        assert_ne!(both.identifiers[0].0, both.identifiers[1].0, "a source is no system of that name");
    }

    #[test]
    fn dates_of_birth_carry_what_they_are_worth() {
        let birth = |value: Value| {
            let mut person = json!({ "roles": [] });
            for (key, value) in value.as_object().unwrap() {
                person[key] = value.clone();
            }
            of(&person).birth
        };
        let day = |text: &str| text.parse().unwrap();
        assert_eq!(birth(json!({ "date_of_birth": "1990-03-04" })), Birth::Exact(day("1990-03-04")));
        assert_eq!(birth(json!({ "date_of_birth": "1990-01-01" })), Birth::Placeholder(day("1990-01-01")));
        let estimated = json!({ "date_of_birth": "1990-03-04", "date_of_birth_estimated": true });
        assert_eq!(birth(estimated), Birth::Estimated(day("1990-03-04")));
        assert_eq!(birth(json!({ "estimated_age": 30 })), Birth::Year(1996));
        assert_eq!(birth(json!({ "estimated_age": 0, "unborn": true })), Birth::Missing);
        assert_eq!(birth(json!({})), Birth::Missing);
    }

    #[test]
    fn addresses_and_phones_compare_however_they_are_written() {
        let at = |address: Value| of(&json!({ "roles": [], "address": address }));
        let home = at(json!({ "lines": ["1 High St."], "postcode": "de1 1aa" }));
        assert!(matches!(home.home, Home::Of(_)) && home.postcode.is_some());
        assert_eq!(at(json!({ "lines": ["", "1, high st"], "postcode": "DE11AA" })), home);
        assert_eq!(at(json!({ "lines": ["unknown"], "postcode": "DE1 1AA" })).home, Home::None);
        let refuge = at(json!({ "lines": ["1 High St"], "postcode": "DE1 1AA", "kind": "refuge" }));
        assert_eq!(refuge.home, Home::Never(home.home.place().unwrap()));
        let phone = |text: &str| of(&json!({ "roles": [], "phone": text })).phone;
        assert_eq!(phone("07700 900123"), phone("+44 (0)7700 900123"));
        assert!(phone("07700 900123").is_some());
        for none in ["0", "07777777777", "unknown", "123456"] {
            assert_eq!(phone(none), None, "{none}");
        }
    }

    #[test]
    fn whoever_is_not_there_in_their_own_right_is_named_in_passing() {
        for (roles, expected) in [
            (json!(["professional"]), true),
            (json!(["professional", "informant"]), true),
            (json!(["associate"]), true),
            (json!([]), true),
            (json!(["informant", "victim"]), false),
            (json!(["associate", "suspect"]), false),
        ] {
            assert_eq!(of(&json!({ "roles": roles })).in_passing, expected);
        }
    }

    #[test]
    fn sex_gender_and_ethnicity_are_never_read() {
        let with = |sex: &str| {
            of(
                &json!({ "roles": [], "given_names": "Alex", "sex": sex, "ethnicity": "W1", "gender_identity": sex }),
            )
        };
        assert_eq!(with("male"), with("female"));
        assert_eq!(with("male"), of(&json!({ "roles": [], "given_names": "Alex" })));
    }

    #[test]
    fn the_longest_names_are_cut() {
        let long = "abc ".repeat(1000) + &"x".repeat(10_000);
        let profile = of(&json!({ "roles": [], "given_names": long, "family_name": "é".repeat(10_000),
            "aliases": (0..100).map(|n| format!("alias n{n}")).collect::<Vec<_>>() }));
        assert_eq!(profile.name.given.split(' ').count(), MOST_NAME_WORDS);
        assert_eq!(profile.name.family.chars().count(), MOST_WORD_CHARS);
        assert_eq!(profile.other_names.len(), MOST_OTHER_NAMES);
        let many: Vec<Value> = (1..100).map(|n| json!({ "system": "s", "id": n.to_string() })).collect();
        assert_eq!(of(&json!({ "roles": [], "identifiers": many })).identifiers.len(), MOST_IDENTIFIERS);
    }
}
