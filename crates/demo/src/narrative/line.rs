//! One sentence of a narrative with what it states and when it fits.

use ppn_domain::notice::codes::Indicator;

/// When a sentence fits the people of the notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Always.
    Always,
    /// A child under one lives there.
    Baby,
    /// Children live there.
    Kids,
    /// No children live there.
    NoKids,
    /// The child in question is under thirteen.
    Young,
    /// The child in question is old enough to speak for themselves.
    Speaks,
    /// The child in question is thirteen or older.
    Teen,
    /// The victim or subject is a woman young enough to be pregnant.
    CouldBePregnant,
    /// The two adults live together.
    Together,
    /// There is a second person to speak of.
    Suspect,
    /// The household has come to notice before.
    Again,
    /// It has not.
    First,
}

/// A matter that one narrative settles once: sentences on the same matter would contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Consent,
    RiskQuestions,
    SpokenTo,
    SuspectNow,
    Capacity,
    Ambulance,
    /// How the parties came to speak with police.
    Account,
}

/// A sentence with slots (`{v}`) and alternatives (`[a|b]`), and the facts it states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) text: &'static str,
    pub(crate) states: [Option<Indicator>; 2],
    pub(crate) when: When,
    pub(crate) topic: Option<Topic>,
    /// It speaks of the suspect.
    pub(crate) of_suspect: bool,
    /// It speaks of a child.
    pub(crate) of_child: bool,
}

/// A sentence that states no indicator.
pub(crate) const fn say(text: &'static str) -> Line {
    line(text, [None, None])
}

/// A sentence that states one.
pub(crate) const fn fact(text: &'static str, states: Indicator) -> Line {
    line(text, [Some(states), None])
}

/// A sentence that states two.
pub(crate) const fn facts(text: &'static str, one: Indicator, other: Indicator) -> Line {
    line(text, [Some(one), Some(other)])
}

const fn line(text: &'static str, states: [Option<Indicator>; 2]) -> Line {
    let (of_suspect, of_child) = speaks_of(text.as_bytes());
    Line { text, states, when: When::Always, topic: None, of_suspect, of_child }
}

/// Whether a text speaks of the suspect, and of a child: worked out when compiled, since it is asked of
/// every sentence for every notice.
const fn speaks_of(text: &[u8]) -> (bool, bool) {
    let (mut suspect, mut child) = (false, false);
    let mut at = 0;
    while at + 2 < text.len() {
        if text[at] == b'{' {
            match (text[at + 1], text[at + 2]) {
                // The street.
                (b's', b't') => {}
                // The officer's collar number, which starts as the child's pronoun does.
                (b'c', b'o') if at + 3 < text.len() && text[at + 3] == b'l' => {}
                // The school.
                (b's', b'c') | (b'k' | b'c' | b'C', _) => child = true,
                (b's' | b'S', _) => suspect = true,
                _ => {}
            }
        }
        at += 1;
    }
    (suspect, child)
}

impl Line {
    /// The same sentence, settling a matter.
    pub(crate) const fn on(mut self, topic: Topic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// The same sentence, only where it fits.
    pub(crate) const fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}
