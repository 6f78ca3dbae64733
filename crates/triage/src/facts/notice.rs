//! Facts about the notice itself: concerns, teams, grades, how the risk tool went.

use ppn_domain::notice::codes::{Answer, Concern, Grade, Indicator, NoticeKind, Tool};

use super::{About, Fact, FactKind, Group, fact, means_yes};

const TEAMS: [(&str, &str); 5] = [
    ("pcot", "The online child abuse team submitted it"),
    ("mosovo", "The team that manages sexual offenders submitted it"),
    ("custody", "Custody submitted it"),
    ("mpit", "The missing persons team submitted it"),
    ("response", "Response submitted it"),
];

const GRADES: [(Grade, &str); 3] = [
    (Grade::Standard, "The officer graded the risk standard"),
    (Grade::Medium, "The officer graded the risk medium"),
    (Grade::High, "The officer graded the risk high"),
];

#[expect(clippy::too_many_lines, reason = "one entry a fact: a list, not steps")]
pub(super) fn facts() -> Vec<Fact> {
    let mut facts = Vec::new();
    for &concern in Concern::ALL {
        facts.push(fact(
            &format!("concern_{concern}"),
            FactKind::YesNo,
            About::Notice,
            &format!("The officer ticked the concern {}", concern.code().replace('_', " ")),
            &format!("`/concerns`: `{concern}`"),
            &format!(r#""concerns":["{concern}"]"#),
            move |context, found| {
                if context.has_concern(concern) {
                    found.yes(|| context.concern_at(concern));
                }
            },
        ));
    }
    for &kind in NoticeKind::ALL {
        facts.push(fact(
            &format!("kind_{kind}"),
            FactKind::YesNo,
            About::Notice,
            &format!("The notice is mainly about: {}", kind.code().replace('_', " ")),
            "`/kind`",
            &format!(r#""kind":"{kind}""#),
            move |context, found| {
                if context.notice.kind == kind {
                    found.yes(|| ("/kind".to_owned(), kind.code().to_owned()));
                }
            },
        ));
    }
    for (team, meaning) in TEAMS {
        facts.push(fact(
            &format!("team_{team}"),
            FactKind::YesNo,
            About::Notice,
            meaning,
            "`/source_team`",
            &format!(r#""source_team":"{team}""#),
            move |context, found| {
                if let Some(given) = &context.notice.source_team
                    && given.eq_ignore_ascii_case(team)
                {
                    found.yes(|| ("/source_team".to_owned(), team.to_owned()));
                }
            },
        ));
    }
    for (grade, meaning) in GRADES {
        facts.push(fact(
            &format!("officer_grade_{grade}"),
            FactKind::YesNo,
            About::Notice,
            meaning,
            "`/officer_grade`",
            &format!(r#""officer_grade":"{grade}""#),
            move |context, found| {
                if context.notice.officer_grade == Some(grade) {
                    found.yes(|| ("/officer_grade".to_owned(), grade.code().to_owned()));
                }
            },
        ));
    }
    facts.push(fact(
        "circumstances_blank",
        FactKind::YesNo,
        About::Notice,
        "Nothing is written about what happened",
        "`/circumstances`",
        r#""circumstances":"  ""#,
        |context, found| match context.notice.circumstances.as_deref().map(str::trim) {
            None | Some("") => found.yes(|| ("/circumstances".to_owned(), String::new())),
            Some(_) => found.no(),
        },
    ));
    facts.push(fact(
        "nobody_described",
        FactKind::YesNo,
        About::Notice,
        "The notice names and describes nobody",
        "`/persons`",
        r#""persons":[]"#,
        |context, found| {
            if context.people.is_empty() {
                found.yes(|| ("/persons".to_owned(), String::new()));
            }
        },
    ));
    facts.push(fact(
        "incident_non_recent",
        FactKind::YesNo,
        About::Notice,
        "The abuse reported happened long ago",
        "`/non_recent`",
        r#""non_recent":true"#,
        |context, found| found.answer(context.notice.non_recent, || "/non_recent".to_owned()),
    ));
    facts.push(
        fact(
            "dash_yes_answers",
            FactKind::Count,
            About::Notice,
            "Questions of one 2009 DASH answered yes",
            "`/risk_assessments/*/answers` (dash_2009); the assessment with the most",
            r#""risk_assessments":[{"tool":"dash_2009","answers":{"q2":"yes"}}]"#,
            |context, found| {
                let yes = |answers: &std::collections::BTreeMap<String, Answer>| {
                    answers.values().filter(|answer| means_yes(**answer)).count()
                };
                let most = (context.notice.risk_assessments.iter().enumerate())
                    .filter(|(_, asked)| asked.tool == Tool::Dash2009)
                    // The first of equals, so that the evidence does not depend on what follows it.
                    .max_by_key(|(i, asked)| (yes(&asked.answers), std::cmp::Reverse(*i)));
                if let Some((i, asked)) = most {
                    for (question, _) in asked.answers.iter().filter(|(_, answer)| means_yes(**answer)) {
                        found.one_more(|| {
                            (format!("/risk_assessments/{i}/answers/{question}"), "yes".to_owned())
                        });
                    }
                }
            },
        )
        .at_most(27),
    );
    for (id, meaning, least) in [
        (
            "other_tool_yes_answers",
            "Items of one risk tool other than the 2009 DASH that say that something happens, however often",
            Answer::Once,
        ),
        (
            "other_tool_frequent_answers",
            "Items of one risk tool other than the 2009 DASH that say that something happens often or always",
            Answer::Often,
        ),
    ] {
        facts.push(
            fact(
                id,
                FactKind::Count,
                About::Notice,
                meaning,
                "`/risk_assessments/*/answers` (not dash_2009); the assessment with the most",
                r#""risk_assessments":[{"tool":"dara","answers":{"item_1":"always"}}]"#,
                move |context, found| {
                    let says = |answer: Answer| {
                        means_yes(answer)
                            && (least == Answer::Once || matches!(answer, Answer::Often | Answer::Always))
                    };
                    let most = (context.notice.risk_assessments.iter().enumerate())
                        .filter(|(_, asked)| asked.tool != Tool::Dash2009)
                        // The first of equals, so that the evidence does not depend on what follows it.
                        .max_by_key(|(i, asked)| {
                            (asked.answers.values().filter(|a| says(**a)).count(), std::cmp::Reverse(*i))
                        });
                    if let Some((i, asked)) = most {
                        for (item, answer) in asked.answers.iter().filter(|(_, answer)| says(**answer)) {
                            found.one_more(|| {
                                (format!("/risk_assessments/{i}/answers/{item}"), answer.code().to_owned())
                            });
                        }
                    }
                },
            )
            .at_most(64),
        );
    }
    facts.push(fact(
        "suspect_and_person_at_risk_named",
        FactKind::YesNo,
        About::Notice,
        "A suspect and somebody else who is at risk are both in the notice",
        "`/persons/*/roles`",
        r#""persons":[{"roles":["victim"]},{"roles":["suspect"]}]"#,
        |context, found| {
            for (s, _) in context.group(Group::Suspect) {
                if context.group(Group::AtRisk).any(|(p, _)| p != s) {
                    found.yes(|| (format!("/persons/{s}/roles"), "suspect".to_owned()));
                }
            }
        },
    ));
    facts.push(fact(
        "safeguarding_concern",
        FactKind::YesNo,
        About::Notice,
        "Any concern or indicator is stated; no where the officer says that nothing is about safeguarding",
        "`/concerns`, `indicators` and words of the narrative; no: `not_safeguarding` alone",
        r#""concerns":["neglect"]"#,
        |context, found| {
            for concern in &context.notice.concerns {
                found.yes(|| context.concern_at(*concern));
            }
            let says_none = context.has(Indicator::NotSafeguarding);
            for indicator in Indicator::ALL.iter().filter(|i| **i != Indicator::NotSafeguarding) {
                // Where the officer says that nothing is, words alone are too little to say otherwise:
                // grave ones have floors of their own.
                if context.has(*indicator) && !(says_none && context.is_only_heard(*indicator)) {
                    context.indicator(*indicator, found);
                }
            }
            if says_none {
                found.no();
            }
        },
    ));
    facts.push(fact(
        "risk_tool_refused",
        FactKind::YesNo,
        About::Notice,
        "Somebody declined the whole risk assessment",
        "`/risk_assessments/*/refused`",
        r#""risk_assessments":[{"tool":"dash_2009","refused":true}]"#,
        |context, found| {
            for (i, asked) in context.notice.risk_assessments.iter().enumerate() {
                found.answer(asked.refused, || format!("/risk_assessments/{i}/refused"));
            }
        },
    ));
    facts.push(fact(
        "risk_tool_not_used",
        FactKind::YesNo,
        About::Notice,
        "Domestic abuse, and no question of a risk assessment is answered no",
        "`/risk_assessments`",
        r#""kind":"domestic_abuse""#,
        |context, found| {
            if context.kind_is(NoticeKind::DomesticAbuse) {
                // A yes does not end it: what is harmful may not lower.
                let no = |answer: &Answer| matches!(answer, Answer::No | Answer::Never);
                let mut asked = context.notice.risk_assessments.iter();
                if asked.all(|asked| !asked.answers.values().any(no)) {
                    found.yes(|| ("/risk_assessments".to_owned(), String::new()));
                } else {
                    found.no();
                }
            }
        },
    ));
    facts
}
