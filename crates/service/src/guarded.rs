//! What of a notice those alone see who work one of its items: where protected people can be found, former
//! names and gender identity, and a reporter who asked not to be named.

use std::collections::BTreeSet;

use ppn_domain::notice::codes::{AddressKind, RestrictionReason};
use ppn_domain::notice::{Address, Notice, Person};
use ppn_domain::{Evidence, Ground, Reason, State, Timestamp, WorkItem};
use ppn_store::{UnitOfWork, WorkNote};
use serde_json::Value;

use crate::ServiceError;
use crate::assessing::body;
use crate::view::ItemView;

/// What stands in the place of words that are guarded.
pub const GUARDED: &str = "[guarded]";
/// Shorter words are left: as words they are too common to give anybody away.
const SHORTEST: usize = 4;

/// Whether an address must reach nobody but those who work the notice: one that the source says is
/// protected, and every refuge, whatever the source says.
pub(crate) fn is_guarded(address: &Address) -> bool {
    address.protected == Some(true) || address.kind == Some(AddressKind::Refuge)
}

/// Whether it must not be told where somebody can be found.
pub(crate) fn is_hidden(notice: &Notice, person: &Person) -> bool {
    let of_notice = [RestrictionReason::ProtectedAddress, RestrictionReason::ProtectedPerson];
    person.address.as_ref().is_some_and(is_guarded)
        || of_notice.iter().any(|reason| notice.restricted.contains(reason))
}

/// Whether somebody asked not to be named.
pub(crate) fn is_withheld(person: &Person) -> bool {
    person.identity_withheld == Some(true)
}

/// The words of a notice that are guarded, wherever else they stand in it.
#[derive(Default)]
pub(crate) struct Guard {
    words: Vec<String>,
    /// Texts from which words are taken out: what else stands in them stands elsewhere in what is shown.
    cut: BTreeSet<String>,
}

impl Guard {
    pub(crate) fn of(notice: &Notice) -> Self {
        let mut guard = Self::default();
        for person in &notice.persons {
            if is_hidden(notice, person) {
                guard.address(person.address.as_ref());
                guard.words(
                    person.phone.iter().chain(&person.school).chain(&person.gp).chain(&person.safe_contact),
                );
                if let Some(phone) = &person.phone {
                    guard.word(&phone.chars().filter(char::is_ascii_digit).collect::<String>());
                }
            }
            guard.words(person.former_names.iter().chain(&person.gender_identity));
            if is_withheld(person) {
                let whole = [&person.given_names, &person.family_name].into_iter().flatten();
                let whole: Vec<&str> = whole.map(String::as_str).collect();
                guard.word(&whole.join(" "));
                guard.words(person.family_name.iter().chain(&person.given_names).chain(&person.aliases));
            }
        }
        guard.address(notice.location.as_ref().filter(|address| is_guarded(address)));
        // The longest first, so that no part of it is left beside a shorter one.
        guard.words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        guard.words.dedup();
        guard.cut = texts(notice).filter(|(_, text)| guard.holds(text)).map(|(path, _)| path).collect();
        guard
    }

    /// Whether a guarded word stands in a text.
    fn holds(&self, text: &str) -> bool {
        self.words.iter().any(|word| find(text, word).is_some())
    }

    fn address(&mut self, address: Option<&Address>) {
        let Some(address) = address else { return };
        self.words(address.lines.iter().chain(&address.postcode).chain(&address.uprn));
        if let Some(postcode) = &address.postcode {
            self.word(&postcode.split_whitespace().collect::<String>());
        }
    }

    fn words<'a>(&mut self, words: impl Iterator<Item = &'a String>) {
        words.for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &str) {
        let word = word.trim();
        if word.chars().count() >= SHORTEST {
            self.words.push(word.to_owned());
        }
    }

    /// The text without the words, in whatever case they stand.
    pub(crate) fn blot(&self, text: &mut String) {
        for word in &self.words {
            let mut from = 0;
            while let Some(at) = find(&text[from..], word) {
                text.replace_range(from + at..from + at + word.len(), GUARDED);
                from += at + GUARDED.len();
            }
        }
    }

    /// The notice without the words in any of its texts.
    fn blot_notice(&self, whole: &Value) -> Result<Notice, serde_json::Error> {
        let mut places = Vec::new();
        self.places(whole, String::new(), &mut places);
        let blotted = |of: &[String]| {
            let mut value = whole.clone();
            for place in of {
                if let Some(Value::String(text)) = value.pointer_mut(place) {
                    self.blot(text);
                }
            }
            value
        };
        if let Ok(notice) = serde_json::from_value(blotted(&places)) {
            return Ok(notice);
        }
        // A guarded word can be a code as well ("female"): a code says nothing that its vocabulary does not,
        // and without it there would be no notice to show.
        places.retain(|place| serde_json::from_value::<Notice>(blotted(std::slice::from_ref(place))).is_ok());
        serde_json::from_value(blotted(&places))
    }

    /// Where in a value the words stand, as JSON pointers.
    fn places(&self, value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::String(text) if self.words.iter().any(|word| find(text, word).is_some()) => found.push(at),
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.places(item, format!("{at}/{i}"), found);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.places(
                        member,
                        format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                        found,
                    );
                }
            }
            _ => {}
        }
    }

    /// Reasons without the words in what they quote.
    pub(crate) fn blot_reasons(&self, reasons: &mut [Reason]) {
        reasons.iter_mut().flat_map(|reason| &mut reason.evidence).for_each(|of| self.blot_evidence(of));
    }

    /// The same of criteria that are met.
    pub(crate) fn blot_grounds(&self, grounds: &mut [Ground]) {
        grounds.iter_mut().flat_map(|ground| &mut ground.evidence).for_each(|of| self.blot_evidence(of));
    }

    /// Evidence without the words, and without its place in a text that is not shown as it is: the place
    /// would mark other words, and tell how long those are that were taken out.
    pub(crate) fn blot_evidence(&self, evidence: &mut Evidence) {
        let before = evidence.says.clone();
        self.blot(&mut evidence.says);
        let is_cut = evidence.reference.is_none() && self.cut.contains(&evidence.path);
        if is_cut || evidence.says != before {
            evidence.span = None;
        }
    }

    /// What is shown of an item to somebody who does not work it.
    pub(crate) fn blot_item(&self, view: &mut ItemView) {
        for stored in view.latest.iter_mut().chain(&mut view.standing) {
            self.blot_reasons(&mut stored.assessment.reasons);
            self.blot_grounds(&mut stored.assessment.grounds);
        }
        let texts = view.notes.iter_mut().flat_map(|WorkNote { text, .. }| text.values_mut());
        texts.for_each(|text| self.blot(text));
    }
}

/// The texts in which reasons name a place, by JSON pointer.
fn texts(notice: &Notice) -> impl Iterator<Item = (String, &str)> {
    let own = [
        ("/circumstances", &notice.circumstances),
        ("/officer_opinion", &notice.officer_opinion),
        ("/officer_rationale", &notice.officer_rationale),
    ];
    let own = own.into_iter().map(|(path, text)| (path.to_owned(), text));
    let said = notice.persons.iter().enumerate().filter_map(|(at, of)| Some((at, of.voice.as_ref()?)));
    let said = said.flat_map(|(at, voice)| {
        [("words", &voice.words), ("demeanour", &voice.demeanour)]
            .map(|(member, text)| (format!("/persons/{at}/voice/{member}"), text))
    });
    own.chain(said).filter_map(|(path, text)| Some((path, text.as_deref()?)))
}

/// The text at a JSON pointer, where reasons may name a place in it.
pub(crate) fn text_at<'n>(notice: &'n Notice, path: &str) -> Option<&'n str> {
    texts(notice).find(|(there, _)| there == path).map(|(_, text)| text)
}

/// Where a word stands in a text, whatever the case of its letters.
fn find(text: &str, word: &str) -> Option<usize> {
    text.char_indices()
        .map(|(at, _)| at)
        .find(|&at| text.get(at..at + word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word)))
}

/// What is left of an address: that there is one.
const fn taken_out() -> Address {
    Address { lines: Vec::new(), postcode: None, uprn: None, protected: Some(true), kind: None }
}

/// The notice as those see it who do not work one of its items.
///
/// # Errors
/// When what is left is no notice any more: a fault of the program.
pub(crate) fn guarded(notice: &Notice) -> Result<Notice, ServiceError> {
    let guard = Guard::of(notice);
    let mut shown = notice.clone();
    let hidden: Vec<bool> = notice.persons.iter().map(|person| is_hidden(notice, person)).collect();
    for (person, hidden) in shown.persons.iter_mut().zip(hidden) {
        if hidden || is_withheld(person) {
            person.address = person.address.take().map(|_| taken_out());
            person.phone = None;
            person.school = None;
            person.gp = None;
            person.safe_contact = None;
        }
        person.former_names.clear();
        person.gender_identity = None;
        if is_withheld(person) {
            person.person_id = None;
            person.identifiers.clear();
            person.given_names = None;
            person.family_name = None;
            person.date_of_birth = None;
            person.aliases.clear();
            person.organisation = None;
            person.occupation = None;
        }
    }
    if shown.location.as_ref().is_some_and(is_guarded) {
        shown.location = Some(taken_out());
    }
    let fault = |e| ServiceError::from(ppn_store::StoreError::Engine(Box::new(e)));
    guard.blot_notice(&serde_json::to_value(shown).map_err(fault)?).map_err(fault)
}

/// Whether somebody holds one of these items.
pub(crate) fn works_one(items: &[WorkItem], name: &str, now: Timestamp) -> bool {
    items.iter().any(|item| matches!(&item.state, State::Claimed { claim } if claim.holder == name && !claim.has_expired(now)))
}

/// An item as somebody may see it.
pub(crate) async fn seen_by(
    uow: &mut dyn UnitOfWork,
    mut view: ItemView,
    name: &str,
    now: Timestamp,
) -> Result<ItemView, ServiceError> {
    let item = &view.item;
    if works_one(std::slice::from_ref(item), name, now)
        || works_one(&uow.items_of_notice(item.notice_id).await?, name, now)
    {
        return Ok(view);
    }
    let notice = body(uow.body(item.notice_id, item.revision).await?, item.notice_id)?;
    Guard::of(&notice).blot_item(&mut view);
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn notice() -> Notice {
        serde_json::from_value(json!({
            "source": "niche", "reference": "A", "kind": "domestic_abuse",
            "circumstances": "She fled to 12 ROWAN HOUSE, de99 9zz or DE999ZZ. Ring 07700900999. Joan Marsh told us.",
            "persons": [
                { "key": "v", "roles": ["victim"], "given_names": "Ada", "former_names": ["Adam Quist"],
                  "gender_identity": "trans woman", "phone": "07700 900999", "school": "Hazel College",
                  "address": { "lines": ["12 Rowan House"], "postcode": "DE99 9ZZ", "kind": "refuge" } },
                { "key": "r", "roles": ["informant"], "given_names": "Joan", "family_name": "Marsh",
                  "identity_withheld": true },
                { "key": "s", "roles": ["suspect"], "address": { "lines": ["1 Mill Lane"] }, "school": "Oak School" }
            ]
        }))
        .unwrap()
    }

    #[test]
    fn whoever_does_not_work_the_notice_learns_nothing_that_is_guarded() {
        let shown = serde_json::to_string(&guarded(&notice()).unwrap()).unwrap();
        for word in ["rowan", "de99", "07700", "hazel", "quist", "trans woman", "joan", "marsh"] {
            assert!(!shown.to_lowercase().contains(word), "{word}: {shown}");
        }
        for word in ["Ada", "1 Mill Lane", "Oak School", "She fled to [guarded]", "informant"] {
            assert!(shown.contains(word), "{word}: {shown}");
        }
    }

    #[test]
    fn regression_words_are_marked_where_they_stand_in_what_is_shown_or_nowhere() {
        let evidence = |path: &str, says: &str| Evidence {
            path: path.to_owned(),
            says: says.to_owned(),
            span: Some((52, 56)),
            reference: None,
        };
        let guard = Guard::of(&notice());
        let mut after_a_guarded_word = evidence("/circumstances", "Ring");
        guard.blot_evidence(&mut after_a_guarded_word);
        assert_eq!((after_a_guarded_word.says.as_str(), after_a_guarded_word.span), ("Ring", None));
        let mut elsewhere = evidence("/officer_opinion", "Ring");
        guard.blot_evidence(&mut elsewhere);
        assert_eq!(elsewhere.span, Some((52, 56)));
    }

    #[test]
    fn regression_a_guarded_word_that_is_also_a_code_leaves_the_notice_readable() {
        let mut plain = notice();
        plain.persons[0].gender_identity = Some("female".to_owned());
        plain.persons[0].sex = Some(ppn_domain::notice::codes::Sex::Female);
        plain.circumstances = Some("She is female, at Rowan House.".to_owned());
        plain.persons[0].address.as_mut().unwrap().lines = vec!["Rowan House".to_owned()];
        let shown = guarded(&plain).unwrap();
        assert_eq!(shown.circumstances.as_deref(), Some("She is [guarded], at [guarded]."));
        assert_eq!((shown.kind, shown.persons[0].sex), (plain.kind, plain.persons[0].sex));
    }

    #[test]
    fn a_notice_of_nobody_in_danger_is_shown_as_it_is() {
        let mut plain = notice();
        plain.persons.drain(..2);
        assert_eq!(guarded(&plain).unwrap(), plain);
    }

    #[test]
    fn a_restriction_for_a_protected_person_guards_where_everybody_is() {
        let mut plain = notice();
        plain.persons.drain(..2);
        plain.restricted = vec![RestrictionReason::ProtectedPerson];
        let shown = guarded(&plain).unwrap();
        assert!(shown.persons[0].address == Some(taken_out()) && shown.persons[0].school.is_none());
    }
}
