//! A text of the notice with the words marked that cues rest on.

use ppn_domain::profile::Digest;
use ppn_domain::{CueVerdict, Evidence};
use ppn_service::CueView;

/// A run of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The words.
    pub text: String,
    /// The cues that rest on them, by number on the page, with where each is decided; none where they are
    /// words like any others.
    pub cues: Vec<(usize, Digest)>,
    /// Somebody dismissed each of these cues.
    pub dismissed: bool,
}

/// Parts a text at the words of cues, which are numbered from 1. Words that lie outside the text, or begin
/// inside a letter, mark nothing.
pub fn runs(text: &str, path: &str, cues: &[CueView]) -> Vec<Run> {
    let spans = cues.iter().enumerate().filter_map(|(at, cue)| {
        let (from, to) = span(&cue.words, path)?;
        Some((from, to, at + 1, cue))
    });
    let mut spans: Vec<_> =
        spans.filter(|(from, to, ..)| from < to && text.get(*from..*to).is_some()).collect();
    spans.sort_by_key(|(from, to, number, _)| (*from, *to, *number));
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    for (from, to, number, cue) in spans {
        let dismissed = matches!(cue.decided, Some((CueVerdict::Dismissed, ..)));
        // Words that several cues rest on are marked once.
        let from = from.max(at);
        if from >= to {
            if let Some(marked) = runs.iter_mut().rfind(|run| !run.cues.is_empty()) {
                marked.cues.push((number, cue.id));
                marked.dismissed &= dismissed;
            }
            continue;
        }
        runs.extend(plain(text.get(at..from)));
        if let Some(words) = text.get(from..to) {
            runs.push(Run { text: words.to_owned(), cues: vec![(number, cue.id)], dismissed });
        }
        at = to;
    }
    runs.extend(plain(text.get(at..)));
    runs
}

fn plain(text: Option<&str>) -> Option<Run> {
    text.filter(|text| !text.is_empty()).map(|text| Run { text: text.to_owned(), ..Run::default() })
}

fn span(evidence: &Evidence, path: &str) -> Option<(usize, usize)> {
    if evidence.path != path || evidence.reference.is_some() {
        return None;
    }
    let (from, to) = evidence.span?;
    Some((usize::try_from(from).ok()?, usize::try_from(to).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::Timestamp;

    fn cue(span: (u32, u32), said: Option<CueVerdict>) -> CueView {
        CueView {
            id: Digest([0; 16]),
            cue: "c".to_owned(),
            label: "Words".to_owned(),
            words: Evidence {
                path: "/circumstances".to_owned(),
                says: String::new(),
                span: Some(span),
                reference: None,
            },
            past: false,
            decided: said.map(|said| (said, "rae".to_owned(), Timestamp::from_micros(0))),
        }
    }

    fn shown(text: &str, spans: &[(u32, u32)]) -> String {
        let cues: Vec<CueView> = spans.iter().map(|span| cue(*span, None)).collect();
        let shown = runs(text, "/circumstances", &cues).into_iter().map(|run| {
            let numbers: Vec<String> = run.cues.iter().map(|(number, _)| number.to_string()).collect();
            if numbers.is_empty() { run.text } else { format!("[{}]{}", run.text, numbers.join("+")) }
        });
        shown.collect()
    }

    #[test]
    fn words_are_marked_with_their_cues_and_nothing_is_lost() {
        assert_eq!(shown("hands round her neck", &[(12, 20), (0, 5)]), "[hands]2 round [her neck]1");
        assert_eq!(shown("hands round her neck", &[(0, 11), (6, 15)]), "[hands round]1[ her]2 neck");
        assert_eq!(shown("hands round her neck", &[(0, 11), (0, 11), (6, 9)]), "[hands round]1+2+3 her neck");
        assert_eq!(shown("plain", &[]), "plain");
    }

    #[test]
    fn words_that_do_not_fit_mark_nothing() {
        assert_eq!(shown("caf\u{e9} bar", &[(0, 4), (3, 99), (7, 2)]), "caf\u{e9} bar");
    }

    #[test]
    fn words_stand_out_until_every_cue_in_them_is_dismissed() {
        let (gone, open) = (cue((0, 5), Some(CueVerdict::Dismissed)), cue((0, 5), None));
        let run = |cues: &[CueView]| runs("hands", "/circumstances", cues).swap_remove(0).dismissed;
        assert!(run(std::slice::from_ref(&gone)) && !run(&[gone, open]));
    }
}
