//! Which texts of a notice the cues read, what their words state, and what people said of that.

use std::collections::{BTreeMap, HashMap};

use chrono::Datelike;
use ppn_domain::profile::Digest;
use ppn_domain::{CueVerdict, Evidence, Notice, Timestamp};

use crate::cues::{CueHit, MOST_HITS};
use crate::facts::Context;
use crate::policy::{Policy, Stated};

/// At most this many bytes of the words found are repeated in the evidence; the span has them all.
const MOST_SHOWN: usize = 160;

/// What people said of the cues of one notice, by [`HeardCue::id`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CueDecisions(BTreeMap<Digest, CueVerdict>);

impl CueDecisions {
    /// Nobody said anything.
    pub const NONE: Self = Self(BTreeMap::new());

    /// What was said of a cue.
    pub fn of(&self, cue: Digest) -> Option<CueVerdict> {
        self.0.get(&cue).copied()
    }

    /// Puts what was said of a cue in the place of what was said before.
    pub fn say(&mut self, cue: Digest, verdict: CueVerdict) {
        self.0.insert(cue, verdict);
    }

    /// Takes back what was said of a cue.
    pub fn unsay(&mut self, cue: Digest) {
        self.0.remove(&cue);
    }

    fn dismissed(&self) -> usize {
        self.0.values().filter(|verdict| **verdict == CueVerdict::Dismissed).count()
    }
}

impl FromIterator<(Digest, CueVerdict)> for CueDecisions {
    fn from_iter<T: IntoIterator<Item = (Digest, CueVerdict)>>(said: T) -> Self {
        Self(said.into_iter().collect())
    }
}

/// A cue that was heard in a notice: words that state a fact, dismissed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardCue {
    /// Tells it from every other cue of the notice, and finds it again in a later revision whose sentence
    /// is word for word the same, wherever it stands in the text. Another sentence is another cue.
    pub id: Digest,
    /// The cue of the policy.
    pub cue: String,
    /// The words and where they stand.
    pub words: Evidence,
    /// Said to be long past.
    pub past: bool,
}

/// A fact that words state, with the words.
pub(crate) struct Heard {
    pub(crate) fact: Stated,
    pub(crate) words: Evidence,
    pub(crate) is_confirmed: bool,
}

/// What the cues of a policy find in a notice: in what happened, the officer's opinion and reasons,
/// and what people said and how they were. Risk tool comments are not read: they answer questions
/// whose subject stands elsewhere. A cue that a person dismissed states nothing.
pub(crate) fn hear(policy: &Policy, context: &Context<'_>, decisions: &CueDecisions) -> Vec<Heard> {
    let mut heard = Vec::new();
    // A dismissed cue takes no other's place among the first of its text.
    let most = MOST_HITS + decisions.dismissed();
    read_texts(context, |text| {
        let hits = policy.cues().find_at_most(text.text, context.today.year(), most);
        let mut ids = Ids::new(context.notice, text);
        for hit in hits {
            let Some(cue) = policy.cue_facts.get(hit.cue) else { continue };
            let Some(fact) = (if hit.past { cue.past_fact } else { Some(cue.fact) }) else { continue };
            let said = (!decisions.0.is_empty()).then(|| decisions.of(ids.of(&cue.id, &hit))).flatten();
            if said != Some(CueVerdict::Dismissed) {
                let is_confirmed = said == Some(CueVerdict::Confirmed);
                heard.push(Heard { fact, words: text.evidence(&hit), is_confirmed });
            }
        }
    });
    heard
}

/// The cues of a policy that stand in a notice, those that people dismissed among them, in the order in
/// which its texts are read.
pub fn heard_cues(
    policy: &Policy,
    notice: &Notice,
    received: Timestamp,
    decisions: &CueDecisions,
) -> Vec<HeardCue> {
    let context = Context::new(notice, received);
    let most = MOST_HITS + decisions.dismissed();
    let mut cues = Vec::new();
    read_texts(&context, |text| {
        let hits = policy.cues().find_at_most(text.text, context.today.year(), most);
        let mut ids = Ids::new(notice, text);
        for hit in hits {
            let Some(cue) = policy.cue_facts.get(hit.cue) else { continue };
            if hit.past && cue.past_fact.is_none() {
                continue;
            }
            cues.push(HeardCue {
                id: ids.of(&cue.id, &hit),
                cue: cue.id.clone(),
                words: text.evidence(&hit),
                past: hit.past,
            });
        }
    });
    cues
}

/// One text of a notice.
#[derive(Clone, Copy)]
struct Spoken<'t> {
    text: &'t str,
    /// The member that it stands in.
    member: &'static str,
    /// Whose words they are or of whom they tell, with their place in the notice.
    person: Option<(usize, &'t ppn_domain::notice::Person)>,
}

impl Spoken<'_> {
    fn path(&self) -> String {
        match self.person {
            None => format!("/{}", self.member),
            Some((p, _)) => format!("/persons/{p}/{}", self.member),
        }
    }

    fn evidence(&self, hit: &CueHit) -> Evidence {
        let words = self.text.get(hit.start as usize..hit.end as usize).unwrap_or_default();
        let mut end = words.len().min(MOST_SHOWN);
        while !words.is_char_boundary(end) {
            end -= 1;
        }
        Evidence {
            path: self.path(),
            says: words.get(..end).unwrap_or_default().to_owned(),
            span: Some((hit.start, hit.end)),
            reference: None,
        }
    }
}

fn read_texts<'n>(context: &Context<'n>, mut read: impl FnMut(&Spoken<'n>)) {
    let notice = context.notice;
    for (member, text) in [
        ("circumstances", &notice.circumstances),
        ("officer_opinion", &notice.officer_opinion),
        ("officer_rationale", &notice.officer_rationale),
    ] {
        if let Some(text) = text {
            read(&Spoken { text, member, person: None });
        }
    }
    for (p, who) in context.people.iter().enumerate() {
        let Some(voice) = &who.person.voice else { continue };
        for (member, text) in [("voice/words", &voice.words), ("voice/demeanour", &voice.demeanour)] {
            if let Some(text) = text {
                read(&Spoken { text, member, person: Some((p, who.person)) });
            }
        }
    }
}

/// Gives the cues of one text their identifiers. Hits must come in order of place.
///
/// What a person decided rests on the sentence that they read: the cue, the sentence word for word and
/// the words in it, so that a sentence moved, or others added around it, keep the decision and a sentence
/// reworded does not. The second of two equal sentences is another cue.
struct Ids<'t> {
    of: [&'t [u8]; 2],
    text: &'t str,
    member: &'static str,
    who: String,
    seen: HashMap<Digest, u64>,
}

impl<'t> Ids<'t> {
    fn new(notice: &'t Notice, spoken: &Spoken<'t>) -> Self {
        // Who speaks is told by who they are: their place in a notice changes from revision to revision.
        let who = spoken.person.map_or_else(String::new, |(p, person)| {
            let born = person.date_of_birth.map(|day| day.to_string());
            let known = [&person.person_id, &person.key, &person.given_names, &person.family_name, &born]
                .map(|part| part.as_deref().unwrap_or_default().trim().to_owned());
            if known.iter().all(String::is_empty) { format!("#{p}") } else { known.join("\n") }
        });
        Self {
            of: [notice.source.as_bytes(), notice.reference.as_bytes()],
            text: spoken.text,
            member: spoken.member,
            who,
            seen: HashMap::new(),
        }
    }

    fn of(&mut self, cue: &str, hit: &CueHit) -> Digest {
        let plain = |(start, end): (u32, u32)| {
            let text = self.text.get(start as usize..end as usize).unwrap_or_default();
            text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
        };
        let (sentence, words) = (plain(hit.sentence), plain((hit.start, hit.end)));
        let [source, reference] = self.of;
        // With the notice's own name in it, so that it tells nobody what stands in the sentence.
        let parts = [source, reference, cue.as_bytes(), self.member.as_bytes(), self.who.as_bytes()];
        let mut parts = parts.to_vec();
        parts.extend([sentence.as_bytes(), words.as_bytes()]);
        let id = Digest::of(&parts);
        let seen = self.seen.entry(id).or_default();
        *seen += 1;
        if *seen == 1 { id } else { Digest::of(&[&id.0, &seen.to_be_bytes()]) }
    }
}
