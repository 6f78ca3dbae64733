//! Keys: two people are compared only where they meet in one.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Birth, Digest, Name, Profile, full_forms, sound};

/// Most blocking keys of one profile; certain keys are not counted among them. The first are kept:
/// phone and place, then the name as given, then other names.
pub const MOST_BLOCKING_KEYS: usize = 14;

/// Full forms of a given name, given names and family names that are looked under.
const MOST_ALTERNATIVES: usize = 2;

/// A stored key of a profile: profiles with one key in common may be one person.
///
/// The first bit tells the kind, the rest is a digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MatchKey(pub [u8; 16]);

/// What meeting in a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The two may be certainly one person: everybody with the key is needed to decide.
    Certain,
    /// The two are worth comparing.
    Blocking,
}

impl MatchKey {
    fn new(kind: KeyKind, digest: Digest) -> Self {
        let mut bytes = digest.0;
        bytes[0] = match kind {
            KeyKind::Certain => bytes[0] | 0x80,
            KeyKind::Blocking => bytes[0] & 0x7f,
        };
        Self(bytes)
    }

    /// What meeting in it means.
    pub const fn kind(self) -> KeyKind {
        if self.0[0] & 0x80 == 0 { KeyKind::Blocking } else { KeyKind::Certain }
    }
}

/// Like a digest: short.
impl std::fmt::Debug for MatchKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MatchKey({:?})", self.kind())
    }
}

/// The keys of a profile, without repetition: first one for each identifier and each certain
/// description, then at most [`MOST_BLOCKING_KEYS`] that find possible links. Somebody named in
/// passing has no blocking keys.
pub fn keys(profile: &Profile) -> Vec<MatchKey> {
    let mut keys: Vec<MatchKey> = Vec::new();
    for (system, id) in &profile.identifiers {
        keys.push(MatchKey::new(KeyKind::Certain, Digest::of(&[b"identifier", &system.0, &id.0])));
    }
    keys.extend(profile.descriptions().map(|digest| MatchKey::new(KeyKind::Certain, digest)));
    if !profile.in_passing {
        let mut blocking = Blocking { profile, keys: Vec::new() };
        blocking.all();
        keys.extend(blocking.keys);
    }
    keys
}

struct Blocking<'p> {
    profile: &'p Profile,
    keys: Vec<MatchKey>,
}

impl Blocking<'_> {
    fn push(&mut self, words: &[&[u8]]) {
        let key = MatchKey::new(KeyKind::Blocking, Digest::of(words));
        if self.keys.len() < MOST_BLOCKING_KEYS && !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    fn all(&mut self) {
        let profile = self.profile;
        if let Some(phone) = profile.phone {
            self.push(&[b"phone", &phone.0]);
        }
        if let (Some(place), Some(word)) = (profile.home.place(), profile.name.given.split(' ').next()) {
            for form in full_forms(word).iter().take(MOST_ALTERNATIVES) {
                if let Some(initial) = form.chars().next() {
                    self.push(&[b"place and initial", &place.0, initial.to_string().as_bytes()]);
                }
            }
        }
        self.name(&profile.name);
        for other in &profile.other_names {
            // What an alias leaves out is as in the name.
            let part = |other: &String, own: &String| if other.is_empty() { own } else { other }.clone();
            self.name(&Name {
                given: part(&other.given, &profile.name.given),
                family: part(&other.family, &profile.name.family),
            });
        }
    }

    /// The keys of a name. Which of its words is the family name makes no difference, so that names
    /// in the other order meet.
    fn name(&mut self, name: &Name) {
        let families: Vec<String> = last_first(&name.family).map(sound).collect();
        let first = name.given.split(' ').next().filter(|word| word.chars().count() > 1);
        let forms: Vec<String> = first
            .map(|word| full_forms(word).iter().take(MOST_ALTERNATIVES).map(|form| sound(form)).collect())
            .unwrap_or_default();
        let year = |year: i32| year.to_be_bytes();
        for pair in families.iter().flat_map(|family| forms.iter().map(move |given| sorted(family, given))) {
            let (a, b) = (pair.0.as_bytes(), pair.1.as_bytes());
            match self.profile.birth {
                Birth::Exact(day) => {
                    self.push(&[b"name and year", a, b, &year(day.year())]);
                    let (low, high) = day_and_month(day);
                    self.push(&[b"name and day", a, b, &[low, high]]);
                }
                Birth::Placeholder(day) => self.push(&[b"name and year", a, b, &year(day.year())]),
                Birth::Estimated(_) | Birth::Year(_) => {
                    let about = self.profile.birth.year().unwrap_or_default();
                    for y in [about, about.saturating_sub(1), about.saturating_add(1)] {
                        self.push(&[b"name and year", a, b, &year(y)]);
                    }
                }
                Birth::Missing => {}
            }
            if let Some(postcode) = self.profile.postcode {
                self.push(&[b"name and postcode", a, b, &postcode.0]);
            }
        }
        if let Birth::Exact(day) = self.profile.birth {
            let (low, high) = day_and_month(day);
            let rest = last_first(&name.given).filter(|word| Some(*word) != first).map(sound);
            for word in families.into_iter().chain(forms).chain(rest) {
                self.push(&[b"word and date", word.as_bytes(), &year(day.year()), &[low, high]]);
            }
        }
    }
}

fn sorted<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    if a <= b { (a, b) } else { (b, a) }
}

/// The two numbers that a transposition leaves alone.
fn day_and_month(day: NaiveDate) -> (u8, u8) {
    let [day, month] = [day.day(), day.month()].map(|n| u8::try_from(n).unwrap_or(u8::MAX));
    (day.min(month), day.max(month))
}

/// The last word, then the first where there are several; initials are left out.
fn last_first(words: &str) -> impl Iterator<Item = &str> {
    let whole = |word: &&str| word.chars().count() > 1;
    let last = words.split(' ').rfind(whole);
    let first = words.split(' ').find(whole);
    last.into_iter().chain(first.filter(move |word| Some(*word) != last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Home;

    fn born(year: i32, month: u32, day: u32) -> Birth {
        Birth::Exact(NaiveDate::from_ymd_opt(year, month, day).unwrap())
    }

    fn named(given: &str, family: &str, birth: Birth) -> Profile {
        Profile { name: Name { given: given.into(), family: family.into() }, birth, ..Profile::default() }
    }

    fn meet(a: &Profile, b: &Profile) -> bool {
        let theirs = keys(b);
        keys(a).iter().any(|key| theirs.contains(key))
    }

    #[test]
    fn people_who_may_be_one_meet() {
        let mary = named("mary", "oneill", born(1990, 3, 4));
        for other in [
            named("mary", "oneil", born(1990, 4, 3)),
            named("molly", "oneill", born(1991, 3, 4)),
            named("mary", "oneill", born(1990, 3, 14)),
            named("oneill", "mary", born(1990, 3, 4)),
            named("mary", "smith", born(1990, 3, 4)),
            named("m", "oneill", born(1990, 3, 4)),
            named("mary", "smith oneill", born(1990, 3, 7)),
            named("mary", "oneill", Birth::Year(1991)),
            named("ann mary", "oneill smith", born(1990, 3, 4)),
        ] {
            assert!(meet(&mary, &other) && meet(&other, &mary));
        }
        assert!(!meet(&mary, &named("alan", "turner", born(1990, 3, 5))));
        let former = Profile {
            other_names: vec![Name { given: String::new(), family: "oneill".into() }],
            ..named("mary", "price", born(1990, 3, 9))
        };
        assert!(meet(&mary, &former));
    }

    #[test]
    fn phone_place_and_postcode_are_keys() {
        let at = Digest::of(&[b"x"]);
        let with = |change: &dyn Fn(&mut Profile), given: &str| {
            let mut profile = named(given, "oneill", Birth::Missing);
            change(&mut profile);
            profile
        };
        let phone = |p: &mut Profile| p.phone = Some(at);
        assert!(meet(&with(&phone, "mary"), &with(&phone, "alan")));
        let place = |p: &mut Profile| p.home = Home::Of(at);
        assert!(meet(&with(&place, "bill"), &with(&place, "william")));
        assert!(!meet(&with(&place, "mary"), &with(&place, "alan")));
        let postcode = |p: &mut Profile| p.postcode = Some(at);
        assert!(meet(&with(&postcode, "mary"), &with(&postcode, "mary")));
    }

    #[test]
    fn keys_are_few_and_say_their_kind() {
        let other = |n: usize| Name { given: format!("alias{n}"), family: "x".repeat(n + 2) };
        let digest = |n: u8| Digest::of(&[&[n]]);
        let profile = Profile {
            identifiers: (0..20).map(|n| (digest(0), digest(n))).collect(),
            home: Home::Of(digest(1)),
            postcode: Some(digest(2)),
            phone: Some(digest(3)),
            other_names: (0..50).map(other).collect(),
            ..named("alex ann", "smith jones", born(1990, 3, 4))
        };
        let all = keys(&profile);
        let certain = all.iter().filter(|key| key.kind() == KeyKind::Certain).count();
        assert_eq!((certain, all.len()), (22, 22 + MOST_BLOCKING_KEYS));
        let passing = keys(&Profile { in_passing: true, ..profile });
        assert_eq!(passing, all[..22]);
        assert!(keys(&Profile::default()).is_empty());
    }
}
