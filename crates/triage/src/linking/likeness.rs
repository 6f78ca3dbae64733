//! Likeness: how strongly two descriptions speak for one person.
//!
//! Fellegi and Sunter (1969), "A theory for record linkage": each field adds log2(m/u), where m is how
//! often it agrees so for one person and u how often for two. The values of m and u here are estimates
//! of this project for a force area of about a million people, to be fitted to the links that people
//! confirm and refuse; Winkler's string comparison (1990) and Philips' Double Metaphone (2000) grade
//! names. Sex, gender and ethnicity are no part of it.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use ppn_domain::profile::{Birth, Home, Name, Profile, full_forms, sound};

/// How alike two mentions are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// Weight of evidence for one person, in tenths of bits.
    pub score: i32,
    /// What speaks for it, in words that say nothing of either.
    pub reasons: Vec<LikenessReason>,
}

macro_rules! reasons {
    ($($name:ident = $bits:literal $text:literal;)+) => {
        /// One agreement or disagreement between two mentions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum LikenessReason {
            $(#[doc = $text] $name,)+
        }

        impl LikenessReason {
            /// Its weight, in tenths of bits.
            pub const fn weight(self) -> i32 {
                match self { $(Self::$name => $bits,)+ }
            }
        }

        impl fmt::Display for LikenessReason {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)+ })
            }
        }
    };
}

// Weight in tenths of bits; m and u as odds are 2 to the weight.
reasons! {
    GivenSame = 66 "same given name";                                  // m 0.80, u 0.008
    GivenShort = 50 "a short form of the same given name";             // m 0.05, u 0.0016
    GivenAlike = 45 "given names spelt alike";                         // m 0.05, u 0.0022
    GivenSound = 35 "given names sound alike";                         // m 0.03, u 0.0026
    GivenInitial = 25 "the initial fits the given name";               // m 0.03, u 0.0053
    GivenOther = -250 "different given names";                         // brothers, sisters, twins
    FamilySame = 87 "same family name";                                // m 0.85, u 0.002
    FamilyPart = 60 "part of a double family name";                    // m 0.03, u 0.0005
    FamilyAlike = 60 "family names spelt alike";                       // m 0.04, u 0.0006
    FamilySound = 50 "family names sound alike";                       // m 0.03, u 0.0009
    FamilyOther = -30 "different family names";                        // m 0.12, u 0.99: marriage
    OtherName = -5 "by another name";
    NamesTurned = -5 "given and family name the other way round";
    BornSame = 144 "same date of birth";                               // m 0.90, u 1 in 24,000
    BornTurned = 100 "same date of birth with day and month turned round"; // m 0.02, u 1 in 50,000
    BornOneOff = 60 "dates of birth one sign apart";                   // m 0.04, u 1 in 1,600
    BornAbout = 20 "about the same age";                               // m 0.9, u 0.22 of those compared
    BornOther = -60 "different dates of birth";                        // m 0.015, u 0.97
    BornFarOther = -160 "dates of birth years apart";                  // fathers and sons
    PlaceSame = 50 "same address";                                     // m 0.6, u 0.02 of those compared
    PostcodeSame = 30 "same postcode";
    PlaceOther = -8 "different addresses";                             // people move
    PhoneSame = 50 "same phone";                                       // families share one
    PhoneOther = -5 "different phones";
}

use LikenessReason as R;

/// Given names agree from this similarity (Jaro-Winkler, 0 to 1) upwards.
const ALIKE: f64 = 0.90;
/// Dates this many years apart are of another generation.
const FAR_YEARS: i32 = 10;

/// The most that two names can speak for one person.
const BEST_NAMES: i32 = R::GivenSame.weight() + R::FamilySame.weight();

/// Whether two mentions could speak for one person as strongly as that, were their names the same: what is
/// quickly compared says so, and most of those that share a key are settled by it.
pub fn may_reach(a: &Profile, b: &Profile, score_wanted: i32) -> bool {
    BEST_NAMES + score(&beside_names(a, b)) >= score_wanted
}

/// Compares two mentions.
pub fn compare(a: &Profile, b: &Profile) -> Likeness {
    let mut reasons = names(a, b);
    reasons.extend(beside_names(a, b));
    Likeness { score: score(&reasons), reasons }
}

fn beside_names(a: &Profile, b: &Profile) -> Vec<R> {
    let phones = a.phone.zip(b.phone).map(|(x, y)| if x == y { R::PhoneSame } else { R::PhoneOther });
    births(a.birth, b.birth).into_iter().chain(places(a, b)).chain(phones).collect()
}

fn score(reasons: &[R]) -> i32 {
    reasons.iter().map(|reason| reason.weight()).sum()
}

/// The best of every pair of names, and of each turned round.
fn names(a: &Profile, b: &Profile) -> Vec<R> {
    let forms = |profile: &Profile| -> Vec<(Name, bool)> {
        let own = std::iter::once((profile.name.clone(), false));
        let others = profile.other_names.iter().map(|other| {
            // What an alias leaves out is as in the name.
            let part = |other: &String, own: &String| if other.is_empty() { own } else { other }.clone();
            let name = Name {
                given: part(&other.given, &profile.name.given),
                family: part(&other.family, &profile.name.family),
            };
            (name, true)
        });
        own.chain(others).collect()
    };
    let turned = |name: &Name| Name { given: name.family.clone(), family: name.given.clone() };
    let (of_a, of_b) = (forms(a), forms(b));
    let mut best: Option<Vec<R>> = None;
    for (x, x_other) in &of_a {
        for (y, y_other) in &of_b {
            // Either may be the one that is turned round: likeness has no direction.
            for (x, y, is_turned) in [(x, y, false), (x, &turned(y), true), (&turned(x), y, true)] {
                let mut found: Vec<R> =
                    given(&x.given, &y.given).into_iter().chain(family(&x.family, &y.family)).collect();
                if *x_other || *y_other {
                    found.push(R::OtherName);
                }
                if is_turned {
                    found.push(R::NamesTurned);
                }
                // The first of equals: a name as written stands before one turned round.
                if best.as_ref().is_none_or(|best| score(&found) > score(best)) {
                    best = Some(found);
                }
            }
        }
    }
    best.unwrap_or_default()
}

fn given(a: &str, b: &str) -> Option<R> {
    let (x, y) = (a.split(' ').next()?, b.split(' ').next()?);
    if x.is_empty() || y.is_empty() {
        return None;
    }
    if x == y || a == b {
        return Some(R::GivenSame);
    }
    if x.chars().count() == 1 || y.chars().count() == 1 {
        return Some(if x.chars().next() == y.chars().next() { R::GivenInitial } else { R::GivenOther });
    }
    let forms = full_forms(y);
    Some(if full_forms(x).iter().any(|form| forms.contains(form)) {
        R::GivenShort
    } else if alike(x, y) {
        R::GivenAlike
    } else if sound(x) == sound(y) {
        R::GivenSound
    } else if a.split(' ').any(|word| word == y) || b.split(' ').any(|word| word == x) {
        // Known by the second name.
        R::GivenShort
    } else {
        R::GivenOther
    })
}

/// Either way round: the matching of letters is greedy and not quite the same from both sides.
fn alike(a: &str, b: &str) -> bool {
    strsim::jaro_winkler(a, b).max(strsim::jaro_winkler(b, a)) >= ALIKE
}

fn family(a: &str, b: &str) -> Option<R> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a == b || a.replace(' ', "") == b.replace(' ', "") {
        return Some(R::FamilySame);
    }
    let shares = || a.split(' ').any(|word| word.len() > 2 && b.split(' ').any(|other| other == word));
    Some(if a.contains(' ') != b.contains(' ') && shares() {
        R::FamilyPart
    } else if alike(a, b) {
        R::FamilyAlike
    } else if sound(a) == sound(b) {
        R::FamilySound
    } else {
        R::FamilyOther
    })
}

fn births(a: Birth, b: Birth) -> Option<R> {
    let about = |apart: i32| match apart {
        0..=1 => R::BornAbout,
        2..=FAR_YEARS => R::BornOther,
        _ => R::BornFarOther,
    };
    let apart = (a.year()? - b.year()?).abs();
    let (Birth::Exact(x), Birth::Exact(y)) = (a, b) else { return Some(about(apart)) };
    Some(if x == y {
        R::BornSame
    } else if x.year() == y.year() && (x.day(), x.month()) == (y.month(), y.day()) {
        R::BornTurned
    } else if one_off(x, y) {
        R::BornOneOff
    } else if apart > FAR_YEARS {
        R::BornFarOther
    } else {
        R::BornOther
    })
}

/// Whether two dates differ in one sign as they are written, or one part by one.
fn one_off(a: NaiveDate, b: NaiveDate) -> bool {
    let parts = |day: NaiveDate| {
        [day.year(), i32::try_from(day.month()).unwrap_or(0), i32::try_from(day.day()).unwrap_or(0)]
    };
    let (x, y) = (parts(a), parts(b));
    let differing: Vec<usize> = (0..3).filter(|i| x[*i] != y[*i]).collect();
    let [part] = differing.as_slice() else { return false };
    let by_one = (x[*part] - y[*part]).abs() == 1;
    let (x, y) = (a.format("%Y%m%d").to_string(), b.format("%Y%m%d").to_string());
    by_one || x.bytes().zip(y.bytes()).filter(|(x, y)| x != y).count() == 1
}

fn places(a: &Profile, b: &Profile) -> Option<R> {
    let (Some(x), Some(y)) = (a.home.place(), b.home.place()) else {
        return (a.postcode.is_some() && a.postcode == b.postcode).then_some(R::PostcodeSame);
    };
    // A hostel has many people, and a protected address is not even said to agree.
    if matches!(a.home, Home::Never(_)) || matches!(b.home, Home::Never(_)) {
        return None;
    }
    Some(if x == y {
        R::PlaceSame
    } else if a.postcode.is_some() && a.postcode == b.postcode {
        R::PostcodeSame
    } else {
        R::PlaceOther
    })
}
