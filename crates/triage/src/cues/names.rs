//! Names that are words as well: Mark, Burns, Rose, Will.
//!
//! Only a capital tells them from the word, and officers write capitals where none belong ("Red Mark
//! to neck"). So a word counts as a name after a title, or where it is one of a list of names, has a
//! capital, and stands as a person does. In doubt it stays the word: a cue too many is seen and
//! dismissed, one too few is not.

/// What a name is read as: a word that no phrase can use.
pub(super) const NAME: &str = "\u{fffd}";

/// Longest run of white space passed over, and longest word read, behind a name.
const MOST_BEHIND: usize = 48;

/// A word and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    /// The word in small letters.
    pub(super) word: &'t str,
    /// As it is written.
    pub(super) written: &'t str,
    /// Whether it ends in `'s`.
    pub(super) owns: bool,
    /// The folded word before it, nothing where a clause begins.
    pub(super) before: &'t str,
    /// The text behind it.
    pub(super) behind: &'t str,
}

pub(super) fn is_name(place: Place<'_>) -> bool {
    let listed = NAMES.contains(&place.word);
    let mut letters = place.written.chars().filter(|c| c.is_alphabetic());
    let capital = letters.next().is_some_and(char::is_uppercase);
    let shouted = capital && letters.next().is_some_and(char::is_uppercase);
    if TITLES.contains(&place.before) {
        return listed || capital && !shouted;
    }
    if !listed || !capital || shouted {
        return false;
    }
    let (next, rest) = next_word(place.behind);
    let then = next_word(rest).0.to_ascii_lowercase();
    let next_capital = next.chars().next().is_some_and(char::is_uppercase);
    let next = next.to_ascii_lowercase();
    let next = next.as_str();
    let on_body =
        ON_BODY.contains(&next) || next == "and" && INJURIES.iter().any(|injury| then.starts_with(injury));
    let acts = DOES.contains(&next)
        || matches!(next, "was" | "is") && !then.is_empty() && !ON_BODY.contains(&then.as_str());
    let stands_as_person = place.owns || acts || next_capital && !on_body;
    if place.before.is_empty() || place.word == "will" && !BEFORE_WILL.contains(&place.before) {
        return stands_as_person;
    }
    stands_as_person || !BEFORE_A_NOUN.contains(&place.before) && !(on_body && HAS.contains(&place.before))
}

/// The next word where nothing but white space lies between, and what follows it.
fn next_word(text: &str) -> (&str, &str) {
    let mut start = None;
    for (at, c) in text.char_indices() {
        if at > MOST_BEHIND {
            break;
        }
        match start {
            None if c.is_whitespace() => {}
            None if c.is_alphabetic() => start = Some(at),
            None => break,
            Some(_) if c.is_alphanumeric() => {}
            Some(start) => {
                return (text.get(start..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
            }
        }
    }
    match start {
        Some(start) if text.len() <= MOST_BEHIND => (text.get(start..).unwrap_or_default(), ""),
        _ => ("", ""),
    }
}

const TITLES: [&str; 24] = [
    "pc",
    "dc",
    "ps",
    "ds",
    "di",
    "dci",
    "wpc",
    "pcso",
    "sgt",
    "sergeant",
    "insp",
    "inspector",
    "detective",
    "constable",
    "mr",
    "mrs",
    "miss",
    "ms",
    "dr",
    "doctor",
    "nurse",
    "sir",
    "supt",
    "a/ps",
];

/// First and family names that are words, or begin as a word of some cue does.
const NAMES: [&str; 106] = [
    "mark", "marks", "burns", "burn", "rose", "will", "hunter", "grace", "chase", "pat", "bruce", "harm",
    "harms", "blade", "blades", "cutter", "cutler", "gunn", "faith", "summer", "rob", "bob", "nick", "jack",
    "bill", "frank", "dean", "miles", "hope", "joy", "dawn", "grant", "drew", "wade", "chuck", "art", "ray",
    "rich", "max", "chance", "hazel", "holly", "ivy", "iris", "lily", "daisy", "poppy", "amber", "ruby",
    "pearl", "crystal", "ginger", "violet", "heather", "robin", "jay", "martin", "drake", "finch", "wolf",
    "fox", "bird", "hawk", "swan", "lamb", "kidd", "knight", "king", "prince", "duke", "pope", "bishop",
    "parsons", "church", "temple", "hall", "wood", "woods", "forest", "field", "hill", "banks", "brook",
    "brooks", "rivers", "lake", "pool", "ford", "bridges", "stone", "steel", "cash", "price", "sharp",
    "strong", "savage", "cross", "moody", "blunt", "wild", "love", "lovell", "harmer", "harman", "strang",
    "strange",
];

/// What a person does, behind a name that begins a clause.
const DOES: [&str; 84] = [
    "has",
    "had",
    "said",
    "says",
    "states",
    "stated",
    "told",
    "tells",
    "came",
    "comes",
    "went",
    "goes",
    "did",
    "does",
    "denied",
    "denies",
    "admitted",
    "admits",
    "claims",
    "claimed",
    "reports",
    "reported",
    "alleges",
    "alleged",
    "disclosed",
    "discloses",
    "lives",
    "lived",
    "left",
    "arrived",
    "attended",
    "attends",
    "spoke",
    "speaks",
    "called",
    "rang",
    "texted",
    "wants",
    "wanted",
    "threatened",
    "grabbed",
    "pushed",
    "hit",
    "punched",
    "put",
    "took",
    "got",
    "started",
    "then",
    "became",
    "began",
    "asked",
    "asks",
    "answered",
    "replied",
    "believes",
    "believed",
    "thinks",
    "thought",
    "knows",
    "knew",
    "feels",
    "felt",
    "works",
    "worked",
    "looked",
    "saw",
    "heard",
    "made",
    "makes",
    "kicked",
    "slapped",
    "strangled",
    "stabbed",
    "threw",
    "shouted",
    "returned",
    "explained",
    "confirmed",
    "remained",
    "stayed",
    "gave",
    "gets",
    "would",
];

/// Where a mark or a burn is, or how it came to be known.
const ON_BODY: [&str; 25] = [
    "on",
    "to",
    "of",
    "noted",
    "seen",
    "visible",
    "evident",
    "observed",
    "across",
    "around",
    "over",
    "under",
    "from",
    "caused",
    "consistent",
    "found",
    "behind",
    "above",
    "below",
    "near",
    "also",
    "still",
    "clearly",
    "apparent",
    "present",
];

/// What other injuries begin with.
const INJURIES: [&str; 10] =
    ["bruis", "scratch", "cut", "swell", "mark", "graz", "red", "blist", "burn", "scald"];

/// Before a noun, not before a name.
const BEFORE_A_NOUN: [&str; 34] = [
    "a", "an", "the", "this", "that", "any", "some", "no", "not", "red", "bite", "burn", "scratch", "slap",
    "small", "large", "visible", "minor", "faint", "several", "numerous", "multiple", "one", "two", "three",
    "stretch", "finger", "hand", "grab", "strap", "love", "little", "big", "of",
];

/// Before an injury or before a name.
const HAS: [&str; 16] = [
    "sustained",
    "suffered",
    "have",
    "with",
    "noted",
    "and",
    "or",
    "show",
    "shows",
    "showing",
    "causing",
    "caused",
    "received",
    "left",
    "leaving",
    "got",
];

/// Before the name Will, where the verb does not stand.
const BEFORE_WILL: [&str; 12] =
    ["told", "with", "to", "by", "from", "about", "saw", "asked", "called", "named", "against", "partner"];
