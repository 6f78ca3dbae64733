//! A text of the notice with the words marked that reasons rest on.

use ppn_domain::{Evidence, Reason};

/// A run of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The words.
    pub text: String,
    /// A reason rests on them.
    pub marked: bool,
}

/// Parts a text at the spans that evidence names in it. A span that lies outside the text, or inside a
/// letter, marks nothing.
pub fn runs(text: &str, path: &str, reasons: &[Reason]) -> Vec<Run> {
    let spans =
        reasons.iter().flat_map(|reason| &reason.evidence).filter_map(|evidence| span(evidence, path));
    let mut spans: Vec<(usize, usize)> =
        spans.filter(|(from, to)| from < to && text.get(*from..*to).is_some()).collect();
    spans.sort_unstable();
    let mut runs = Vec::new();
    let mut at = 0;
    for (from, to) in spans {
        // Spans that overlap are one.
        let from = from.max(at);
        if from >= to {
            continue;
        }
        if let Some(before) = text.get(at..from).filter(|before| !before.is_empty()) {
            runs.push(Run { text: before.to_owned(), marked: false });
        }
        if let Some(words) = text.get(from..to) {
            runs.push(Run { text: words.to_owned(), marked: true });
        }
        at = to;
    }
    if let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        runs.push(Run { text: rest.to_owned(), marked: false });
    }
    runs
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

    fn reason(spans: &[(u32, u32)]) -> Reason {
        let evidence = spans.iter().map(|span| Evidence {
            path: "/circumstances".to_owned(),
            says: String::new(),
            span: Some(*span),
            reference: None,
        });
        Reason {
            rule: "r".to_owned(),
            points: None,
            floor: None,
            text: String::new(),
            evidence: evidence.collect(),
        }
    }

    fn shown(text: &str, spans: &[(u32, u32)]) -> String {
        let runs = runs(text, "/circumstances", &[reason(spans)]);
        runs.iter().map(|r| if r.marked { format!("[{}]", r.text) } else { r.text.clone() }).collect()
    }

    #[test]
    fn words_are_marked_and_nothing_is_lost() {
        assert_eq!(shown("hands round her neck", &[(0, 5), (12, 20)]), "[hands] round [her neck]");
        assert_eq!(shown("hands round her neck", &[(0, 11), (6, 15)]), "[hands round][ her] neck");
        assert_eq!(shown("plain", &[]), "plain");
    }

    #[test]
    fn a_span_that_does_not_fit_marks_nothing() {
        assert_eq!(shown("caf\u{e9} bar", &[(0, 4), (3, 99), (7, 2)]), "caf\u{e9} bar");
    }
}
