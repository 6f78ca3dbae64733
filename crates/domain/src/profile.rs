//! Profiles: people as one notice describes them, reduced to what linking compares.
//!
//! A profile is made once, when a notice is read, and kept beside it. Sex, gender and ethnicity are
//! no part of it.

mod keys;
mod names;

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

pub use keys::{KeyKind, MOST_BLOCKING_KEYS, MatchKey, keys};
pub use names::{full_forms, sound};

/// The first 128 bits of a SHA-256: the same in every run, on every machine and in every version,
/// since digests are stored. Two different values meet by chance less than once in any number of
/// notices that a force holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// The digest of a list of words. Each goes in with its length, so that no two lists meet.
    pub fn of(words: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for word in words {
            hash.update((word.len() as u64).to_be_bytes());
            hash.update(word);
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        Self(digest)
    }
}

/// Short, since even a digest follows a person about.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// As it stands in an address: 32 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::str::FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        match u128::from_str_radix(text, 16) {
            Ok(value) if text.len() == 32 && !text.starts_with('+') => Ok(Self(value.to_be_bytes())),
            _ => Err(NoDigest),
        }
    }
}

/// A text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 32 hexadecimal digits")]
pub struct NoDigest;

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A name: lower case, accents folded, words parted by one space, initials kept as words.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// Given names; blank where none is known.
    #[serde(rename = "g", default, skip_serializing_if = "String::is_empty")]
    pub given: String,
    /// Family name, double-barrelled ones as several words; blank where none is known.
    #[serde(rename = "f", default, skip_serializing_if = "String::is_empty")]
    pub family: String,
}

impl Name {
    /// Whether nothing is known of it.
    pub const fn is_blank(&self) -> bool {
        self.given.is_empty() && self.family.is_empty()
    }
}

/// A date of birth, and what it is worth.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Birth {
    /// Not known.
    #[default]
    #[serde(rename = "m")]
    Missing,
    /// The day, as recorded.
    #[serde(rename = "d")]
    Exact(NaiveDate),
    /// 1 January, which systems fill in for a day that nobody knows: the year alone counts.
    #[serde(rename = "p")]
    Placeholder(NaiveDate),
    /// Recorded as an estimate.
    #[serde(rename = "e")]
    Estimated(NaiveDate),
    /// The year alone, from an estimated age.
    #[serde(rename = "y")]
    Year(i32),
}

impl Birth {
    /// The year, where any is known.
    pub fn year(self) -> Option<i32> {
        match self {
            Self::Missing => None,
            Self::Exact(day) | Self::Placeholder(day) | Self::Estimated(day) => Some(day.year()),
            Self::Year(year) => Some(year),
        }
    }
}

/// What it is worth, and not the date.
impl fmt::Debug for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Exact(_) => "Exact(..)",
            Self::Placeholder(_) => "Placeholder(..)",
            Self::Estimated(_) => "Estimated(..)",
            Self::Year(_) => "Year(..)",
        })
    }
}

/// What a person's address is to a household.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Home {
    /// No address that can be compared.
    #[default]
    #[serde(rename = "n")]
    None,
    /// A home.
    #[serde(rename = "o")]
    Of(Digest),
    /// A place where strangers live under one roof, or one that must not be given away: it makes no
    /// household on anybody's record.
    #[serde(rename = "x")]
    Never(Digest),
}

impl Home {
    /// The place, whatever it is to a household.
    pub const fn place(self) -> Option<Digest> {
        match self {
            Self::Of(place) | Self::Never(place) => Some(place),
            Self::None => None,
        }
    }
}

/// An identifier: the system that gave it and the identifier there, each as a digest.
pub type IdentifierDigest = (Digest, Digest);

/// A person as one notice describes them.
///
/// Its debug output says which parts are there and none of what stands in them, so that no name
/// reaches a log.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Profile {
    /// Identifiers, each compared only within its system; sorted, without placeholders.
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<IdentifierDigest>,
    /// The name that the notice gives.
    #[serde(rename = "n", default, skip_serializing_if = "Name::is_blank")]
    pub name: Name,
    /// Aliases and former names, not told apart: a former name is shown to the holder alone.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<Name>,
    /// Date of birth.
    #[serde(rename = "b", default)]
    pub birth: Birth,
    /// Home address.
    #[serde(rename = "h", default)]
    pub home: Home,
    /// Postcode of the home address.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<Digest>,
    /// Phone number.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Digest>,
    /// Named as a professional, informant or associate alone: no possible link is made from it, and the notice
    /// is no part of the person's history.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub in_passing: bool,
}

impl Profile {
    /// Everything by which this person is certainly another with no identifier between them: full
    /// name and full date of birth, neither estimated nor 1 January, with address and with phone.
    pub fn descriptions(&self) -> impl Iterator<Item = Digest> {
        let full = !self.name.family.is_empty() && self.name.given.split(' ').any(|word| word.len() > 1);
        let born = match self.birth {
            Birth::Exact(day) if full => Some(day.num_days_from_ce().to_be_bytes()),
            _ => None,
        };
        let at = [(b"at", self.home.place()), (b"ph", self.phone)];
        at.into_iter().filter_map(move |(kind, digest)| {
            let (name, born, digest) = (&self.name, born?, digest?);
            Some(Digest::of(&[
                b"description",
                name.family.as_bytes(),
                name.given.as_bytes(),
                &born,
                kind,
                &digest.0,
            ]))
        })
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("identifiers", &self.identifiers.len())
            .field("named", &!self.name.is_blank())
            .field("other_names", &self.other_names.len())
            .field("born", &self.birth.year().is_some())
            .field("placed", &self.home.place().is_some())
            .field("phone", &self.phone.is_some())
            .field("in_passing", &self.in_passing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Profile {
        let digest = |word: &str| Digest::of(&[word.as_bytes()]);
        Profile {
            identifiers: vec![(digest("niche"), digest("1"))],
            name: Name { given: "mary ann".into(), family: "oneill".into() },
            other_names: vec![Name { given: "molly".into(), family: String::new() }],
            birth: Birth::Exact(NaiveDate::from_ymd_opt(1990, 3, 4).unwrap()),
            home: Home::Never(digest("place")),
            postcode: Some(digest("postcode")),
            phone: None,
            in_passing: true,
        }
    }

    #[test]
    fn digests_are_the_same_in_every_version() {
        // SHA-256 of eight bytes of length, then the word: stored digests rest on it.
        let digest = Digest::of(&[b"abc"]);
        assert_eq!(serde_json::to_string(&digest).unwrap(), "\"c3494ca1a2cf8eeb8a11ded316fb55b8\"");
        assert_ne!(Digest::of(&[b"a", b"b"]), Digest::of(&[b"ab", b""]));
    }

    #[test]
    fn a_profile_reads_back_as_written_and_a_broken_digest_does_not() {
        for profile in [full(), Profile::default()] {
            let text = serde_json::to_string(&profile).unwrap();
            assert!(text.len() < 400, "{}", text.len());
            assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
        }
        for broken in ["\"\"", "\"+0000000000000000000000000000000\"", "\"0\"", "7"] {
            assert!(serde_json::from_str::<Digest>(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn debug_output_holds_no_name() {
        let text = format!("{:?}", full()).to_lowercase();
        for word in ["mary", "oneill", "molly", "1990"] {
            assert!(!text.contains(word), "{text}");
        }
    }

    #[test]
    fn a_description_needs_a_full_name_and_a_real_date() {
        let of = |change: &dyn Fn(&mut Profile)| {
            let mut profile = full();
            change(&mut profile);
            profile.descriptions().count()
        };
        assert_eq!(of(&|_| ()), 1);
        assert_eq!(of(&|p| p.phone = Some(Digest::of(&[b"1"]))), 2);
        assert_eq!(of(&|p| p.name.given = "m a".into()), 0);
        assert_eq!(of(&|p| p.name.family.clear()), 0);
        assert_eq!(of(&|p| p.home = Home::None), 0);
        for birth in [Birth::Missing, Birth::Year(1990)] {
            assert_eq!(of(&|p| p.birth = birth), 0);
        }
        let day = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap();
        assert_eq!(of(&|p| p.birth = Birth::Placeholder(day)), 0);
        assert_eq!(of(&|p| p.birth = Birth::Estimated(day)), 0);
    }
}
