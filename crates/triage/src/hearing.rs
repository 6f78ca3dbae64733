//! Which texts of a notice the cues read, and what their words state.

use chrono::Datelike;
use ppn_domain::Evidence;

use crate::cues::CueHit;
use crate::facts::Context;
use crate::policy::{Policy, Stated};

/// At most this many bytes of the words found are repeated in the evidence; the span has them all.
const MOST_SHOWN: usize = 160;

/// A fact that words state, with the words.
pub(crate) struct Heard {
    pub(crate) fact: Stated,
    pub(crate) words: Evidence,
}

/// What the cues of a policy find in a notice: in what happened, the officer's opinion and reasons,
/// and what people said and how they were. Risk tool comments are not read: they answer questions
/// whose subject stands elsewhere.
///
/// `is_dismissed` is asked of each hit with the JSON pointer of its text: a hit that a person
/// dismissed states nothing.
pub(crate) fn hear(
    policy: &Policy,
    context: &Context<'_>,
    is_dismissed: impl Fn(&str, &CueHit) -> bool,
) -> Vec<Heard> {
    let mut heard = Vec::new();
    let mut read = |path: &dyn Fn() -> String, text: Option<&str>| {
        let Some(text) = text else { return };
        for hit in policy.cues().find(text, context.today.year()) {
            let Some(cue) = policy.cue_facts.get(hit.cue) else { continue };
            let fact = if hit.past { cue.past_fact } else { Some(cue.fact) };
            let path = path();
            if let Some(fact) = fact
                && !is_dismissed(&path, &hit)
            {
                let says = shown(text, &hit);
                let span = Some((hit.start, hit.end));
                heard.push(Heard { fact, words: Evidence { path, says, span, reference: None } });
            }
        }
    };
    let notice = context.notice;
    read(&|| "/circumstances".to_owned(), notice.circumstances.as_deref());
    read(&|| "/officer_opinion".to_owned(), notice.officer_opinion.as_deref());
    read(&|| "/officer_rationale".to_owned(), notice.officer_rationale.as_deref());
    for (p, who) in context.people.iter().enumerate() {
        if let Some(voice) = &who.person.voice {
            read(&|| format!("/persons/{p}/voice/words"), voice.words.as_deref());
            read(&|| format!("/persons/{p}/voice/demeanour"), voice.demeanour.as_deref());
        }
    }
    heard
}

fn shown(text: &str, hit: &CueHit) -> String {
    let words = text.get(hit.start as usize..hit.end as usize).unwrap_or_default();
    let mut end = words.len().min(MOST_SHOWN);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    words.get(..end).unwrap_or_default().to_owned()
}
