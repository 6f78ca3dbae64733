//! Certain links: which people of different notices are one person.
//!
//! Certain is the same identifier from the same system; or the same full name and full date of
//! birth, neither estimated nor 1 January, plus the same address or phone, where no system gives
//! the two different identifiers. Anything weaker joins nothing here.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::Datelike;
use ppn_domain::Notice;
use ppn_domain::notice::codes::AddressKind;
use ppn_domain::notice::{Address, Person};

/// A person of a notice, by the order in which they were added.
pub type PersonIndex = u32;

/// Digest of an identifier, a name or an address: what is kept of them in memory. 128 bits, so that
/// two different values meet by chance less than once in any number of notices that a force holds.
pub(crate) type Digest = u128;

/// So many people told apart by identifiers under one name, date of birth and address are no people:
/// the description is filled in by habit and joins nobody further.
const MOST_UNDER_ONE_DESCRIPTION: usize = 20;

/// Most people of one household.
const MOST_IN_HOUSEHOLD: usize = 30;

/// Joins people over certain links.
#[derive(Debug, Clone, Default)]
pub struct Links {
    parent: Vec<PersonIndex>,
    /// Identifiers of each group, kept at its root: system to identifier.
    identifiers: HashMap<PersonIndex, Vec<(Digest, Digest)>>,
    by_identifier: HashMap<(Digest, Digest), PersonIndex>,
    by_description: HashMap<Digest, Vec<PersonIndex>>,
    /// The household address of each person, where they have one that can make a household.
    homes: Vec<Option<Digest>>,
    /// Addresses that somebody's record says are shared roofs or protected: they make no household
    /// on anybody's record.
    no_household: HashSet<Digest>,
    /// Descriptions held back until every identifier is known.
    descriptions: Vec<(PersonIndex, Digest)>,
}

impl Links {
    /// Adds the people of a notice; the index of the first, the others follow it.
    pub fn add(&mut self, notice: &Notice) -> PersonIndex {
        let first = u32::try_from(self.parent.len()).unwrap_or(u32::MAX);
        for person in &notice.persons {
            self.add_person(&notice.source, person);
        }
        first
    }

    fn add_person(&mut self, source: &str, person: &Person) {
        let index = u32::try_from(self.parent.len()).unwrap_or(u32::MAX);
        self.parent.push(index);
        match household_address(person) {
            Home::Of(home) => self.homes.push(Some(home)),
            Home::None => self.homes.push(None),
            Home::Never(place) => {
                self.homes.push(None);
                self.no_household.insert(place);
            }
        }
        let own = person.person_id.iter().map(|id| (digest(&("source", source)), digest(&id.trim())));
        let others =
            person.identifiers.iter().map(|x| (digest(&("system", x.system.trim())), digest(&x.id.trim())));
        let identifiers: Vec<(Digest, Digest)> = own.chain(others).collect();
        for identifier in &identifiers {
            match self.by_identifier.get(identifier) {
                Some(&other) => self.join(index, other),
                None => {
                    self.by_identifier.insert(*identifier, index);
                }
            }
        }
        if !identifiers.is_empty() {
            let root = self.root(index);
            self.identifiers.entry(root).or_default().extend(identifiers);
        }
        for description in descriptions(person) {
            self.descriptions.push((index, description));
        }
    }

    /// Joins by name, date of birth and address or phone. Called once everybody is added, since an
    /// identifier that came later may forbid it.
    pub fn settle(&mut self) {
        for (index, description) in std::mem::take(&mut self.descriptions) {
            let candidates = self.by_description.entry(description).or_default();
            candidates.push(index);
        }
        let mut groups: Vec<Vec<PersonIndex>> =
            std::mem::take(&mut self.by_description).into_values().collect();
        // Maps have no order of their own, and the order of joining may decide a conflict.
        groups.sort_unstable();
        for group in groups {
            // One of each person found so far under this description.
            let mut found: Vec<PersonIndex> = Vec::new();
            for person in group {
                let root = self.root(person);
                if found.iter().any(|other| self.root(*other) == root) {
                    continue;
                }
                match found.iter().copied().find(|other| !self.conflict(*other, person)) {
                    Some(other) => self.join(other, person),
                    None if found.len() < MOST_UNDER_ONE_DESCRIPTION => found.push(person),
                    None => {}
                }
            }
        }
    }

    /// Whether some system gives two people different identifiers.
    fn conflict(&mut self, a: PersonIndex, b: PersonIndex) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        let none = Vec::new();
        let (a, b) = (self.identifiers.get(&a).unwrap_or(&none), self.identifiers.get(&b).unwrap_or(&none));
        a.iter().any(|(system, id)| {
            let same_system = |other: &&(Digest, Digest)| other.0 == *system;
            let mut theirs = b.iter().filter(same_system).peekable();
            theirs.peek().is_some() && theirs.all(|(_, other)| other != id)
        })
    }

    /// The person that an index stands for: the same for everybody joined.
    pub fn root(&mut self, index: PersonIndex) -> PersonIndex {
        let mut at = index;
        while let Some(&up) = self.parent.get(at as usize)
            && up != at
        {
            let above = self.parent.get(up as usize).copied().unwrap_or(up);
            self.parent[at as usize] = above;
            at = above;
        }
        at
    }

    fn join(&mut self, a: PersonIndex, b: PersonIndex) {
        let (a, b) = (self.root(a), self.root(b));
        // The lower index stays: what a person stands for does not depend on the order of joining.
        let (root, child) = (a.min(b), a.max(b));
        if root != child {
            self.parent[child as usize] = root;
            if let Some(moved) = self.identifiers.remove(&child) {
                let kept = self.identifiers.entry(root).or_default();
                kept.extend(moved);
                kept.sort_unstable();
                kept.dedup();
            }
        }
    }

    /// The home addresses of each joined person that can make a household, as digests.
    pub(crate) fn homes_by_person(&mut self) -> HashMap<PersonIndex, Vec<Digest>> {
        let mut homes: HashMap<PersonIndex, Vec<Digest>> = HashMap::new();
        let mut at: HashMap<Digest, HashSet<PersonIndex>> = HashMap::new();
        for index in 0..u32::try_from(self.homes.len()).unwrap_or(u32::MAX) {
            let root = self.root(index);
            if let Some(home) = self.homes[index as usize]
                && !self.no_household.contains(&home)
            {
                homes.entry(root).or_default().push(home);
                at.entry(home).or_default().insert(root);
            }
        }
        // An address with more people than any household holds is a place, not a home.
        for home in homes.values_mut() {
            home.retain(|home| at.get(home).is_none_or(|people| people.len() <= MOST_IN_HOUSEHOLD));
        }
        homes
    }
}

pub(crate) fn digest(value: &impl Hash) -> Digest {
    // Two keyed halves of the standard hasher, whose keys are fixed: the same in every run.
    let mut low = DefaultHasher::new();
    value.hash(&mut low);
    let mut high = DefaultHasher::new();
    0x9e37_79b9_u32.hash(&mut high);
    value.hash(&mut high);
    u128::from(high.finish()) << 64 | u128::from(low.finish())
}

/// Lower case, letters and digits alone, words parted by one space.
fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’') {
        let word: String =
            word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if !word.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&word);
        }
    }
    out
}

/// An address as it is compared: its property number, else postcode and first line.
fn place(address: &Address) -> Option<Digest> {
    if let Some(uprn) = &address.uprn {
        return Some(digest(&("uprn", uprn.trim_start_matches('0'))));
    }
    let postcode: String = address
        .postcode
        .as_deref()?
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect();
    let line = normal(address.lines.iter().find(|line| !line.trim().is_empty())?);
    (!postcode.is_empty() && !line.is_empty()).then(|| digest(&("place", postcode, line)))
}

/// Digits alone, without the country code.
fn phone(phone: &str) -> Option<Digest> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix("0044").or_else(|| digits.strip_prefix("44")).unwrap_or(&digits);
    let national = national.trim_start_matches('0');
    (national.len() >= 7).then(|| digest(&("phone", national)))
}

/// Everything by which a person may be certainly the same as another without an identifier.
fn descriptions(person: &Person) -> Vec<Digest> {
    let (Some(family), Some(given), Some(born)) =
        (&person.family_name, &person.given_names, person.date_of_birth)
    else {
        return Vec::new();
    };
    let (family, given) = (normal(family), normal(given));
    let placeholder = born.month() == 1 && born.day() == 1;
    if family.is_empty() || given.is_empty() || placeholder || person.date_of_birth_estimated == Some(true) {
        return Vec::new();
    }
    let at = [person.address.as_ref().and_then(place), person.phone.as_deref().and_then(phone)];
    at.into_iter().flatten().map(|at| digest(&(&family, &given, born, at))).collect()
}

/// What a person's address is to a household.
enum Home {
    Of(Digest),
    Never(Digest),
    None,
}

/// The address that makes a household. Places where strangers live under one roof make none, nor
/// does an address that must not be given away.
fn household_address(person: &Person) -> Home {
    let Some(address) = person.address.as_ref() else { return Home::None };
    let Some(place) = place(address) else { return Home::None };
    let is_home = matches!(address.kind, None | Some(AddressKind::Home | AddressKind::Temporary));
    if is_home && address.protected != Some(true) { Home::Of(place) } else { Home::Never(place) }
}
