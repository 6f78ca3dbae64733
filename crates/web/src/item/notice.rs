//! What the notice itself says, facts apart from opinion, and what changed in it.

use ppn_domain::notice::RiskAssessment;
use ppn_domain::notice::codes::Answer;
use ppn_domain::{Notice, Timestamp};
use ppn_service::{ChangedSince, CueView};

use super::narrative::{Run, runs};
use super::people::address;
use crate::words;
use crate::words::{codes, yes_or_no};

#[derive(Debug)]
pub(super) struct TextRow {
    pub(super) title: &'static str,
    pub(super) is_opinion: bool,
    pub(super) runs: Vec<Run>,
}

#[derive(Debug)]
pub(super) struct AnswersRow {
    pub(super) who: String,
    pub(super) tool: String,
    pub(super) refused: bool,
    pub(super) yes: usize,
    pub(super) groups: Vec<(String, Vec<String>)>,
}

#[derive(Debug)]
pub(super) struct ChangeRow {
    pub(super) place: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// What is written in the notice, with the words of cues marked by their numbers.
pub(super) fn texts(notice: &Notice, cues: &[CueView]) -> Vec<TextRow> {
    let all = [
        ("Facts as seen and reported", false, "/circumstances", &notice.circumstances),
        ("The officer's opinion", true, "/officer_opinion", &notice.officer_opinion),
        ("Why the officer gave that grade", true, "/officer_rationale", &notice.officer_rationale),
    ];
    let written = all.into_iter().filter_map(|(title, opinion, path, text)| {
        let text = text.as_deref().filter(|text| !text.trim().is_empty())?;
        Some(TextRow { title, is_opinion: opinion, runs: runs(text, path, cues) })
    });
    written.collect()
}

pub(super) fn answers(notice: &Notice, of: &RiskAssessment) -> AnswersRow {
    let person = of.person.as_deref().and_then(|key| notice.person(key));
    let mut groups: Vec<(Answer, Vec<String>)> = Vec::new();
    for &answer in Answer::ALL {
        let of_it = of.answers.iter().filter(|(_, said)| **said == answer);
        let asked: Vec<String> = of_it
            .map(|(question, _)| match of.comments.get(question) {
                Some(comment) => format!("{} (\u{201c}{comment}\u{201d})", words::plain(question)),
                None => words::plain(question),
            })
            .collect();
        if !asked.is_empty() {
            groups.push((answer, asked));
        }
    }
    AnswersRow {
        who: person.map_or_else(|| "not said who".to_owned(), words::name),
        tool: words::capital(&words::plain(of.tool.code())),
        refused: of.refused == Some(true),
        yes: of.answers.values().filter(|answer| **answer == Answer::Yes).count(),
        groups: groups
            .into_iter()
            .map(|(answer, asked)| (words::capital(&words::plain(answer.code())), asked))
            .collect(),
    }
}

pub(super) fn facts(notice: &Notice) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |name: &str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    };
    fact("Source", Some(format!("{}, reference {}", notice.source, notice.reference)));
    fact("Happened", notice.occurred_at.map(Timestamp::london_text));
    fact("Submitted", notice.submitted_at.map(Timestamp::london_text));
    fact("Amended", notice.amended_at.map(Timestamp::london_text));
    fact("Withdrawn at the source", notice.withdrawn_reason.clone());
    fact("Long ago", notice.non_recent.map(yes_or_no));
    fact("Officer's grade", notice.officer_grade.map(|grade| words::grade(grade).to_owned()));
    let officer = notice.officer.as_ref().map(|officer| {
        let unit = officer.unit.as_ref().map(|unit| format!(", {unit}")).unwrap_or_default();
        format!("{}{unit}", officer.collar_number)
    });
    fact("Officer", officer);
    fact("Team", notice.source_team.clone());
    fact("Place", notice.location.as_ref().map(address));
    fact("Social care area", notice.local_authority.as_deref().map(words::plain));
    fact("Concerns", Some(codes(notice.concerns.iter().map(|c| c.code()))));
    fact("Ticked", Some(codes(notice.indicators.iter().map(|i| i.code()))));
    fact("Checked and not so", Some(codes(notice.indicators_ruled_out.iter().map(|i| i.code()))));
    fact("Incident", notice.incident_reference.clone());
    fact("Crimes", Some(notice.crime_references.join(", ")));
    fact("Missing report", notice.missing_reference.clone());
    fact("Custody record", notice.custody_reference.clone());
    fact("Linked by the source", Some(notice.linked_references.join(", ")));
    for missing in &notice.missing {
        let who = missing.person.as_deref().and_then(|key| notice.person(key));
        let who = who.map_or_else(|| "Somebody".to_owned(), words::name);
        let said = [
            missing.risk.map(|risk| format!("level {}", words::plain(risk.code()))),
            missing.reported_at.map(|at| format!("reported {}", at.london_text())),
            missing.returned_at.map(|at| format!("returned {}", at.london_text())),
            missing.return_interview.map(|i| format!("return interview {}", words::plain(i.code()))),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        fact("Missing episode", Some(format!("{who}: {}", said.join(", "))));
    }
    if let Some(actions) = &notice.actions {
        fact("Arrested", actions.arrested.map(yes_or_no));
        fact("Body-worn video", actions.body_worn_video.map(yes_or_no));
        fact("Scene photographed", actions.scene_photographed.map(yes_or_no));
        fact("Crime recorded", actions.crime_recorded.map(yes_or_no));
        fact("School told", actions.school_notified.map(yes_or_no));
        fact("Child left with", actions.child_left_with.clone());
        fact("That carer was checked", actions.checks_on_carer.map(yes_or_no));
        fact("Supervisor reviewed it", actions.supervisor_reviewed.map(yes_or_no));
        for protection in &actions.police_protection {
            let child = protection.person.as_deref().and_then(|key| notice.person(key));
            let child = child.map_or_else(|| "A child".to_owned(), words::name);
            let end = protection
                .ended_at
                .map_or_else(|| ", not ended".to_owned(), |at| format!(", ended {}", at.london_text()));
            fact(
                "Police protection",
                Some(format!("{child}: from {}{end}", protection.started_at.london_text())),
            );
        }
        for told in &actions.social_care_told {
            let who = told.person.as_ref().map(|who| format!(", {who}")).unwrap_or_default();
            let reference = told.reference.as_ref().map(|r| format!(", reference {r}")).unwrap_or_default();
            fact("Social care told", Some(format!("{}{who}{reference}", told.at.london_text())));
        }
    }
    facts
}

pub(super) fn changes(notice: &Notice, since: &ChangedSince) -> (bool, Vec<String>, Vec<ChangeRow>) {
    let nothing = || "nothing".to_owned();
    let changed = since.changes.iter().map(|change| ChangeRow {
        place: words::capital(&words::place(notice, &change.path)),
        before: change.before.as_deref().map_or_else(nothing, words::plain),
        after: change.after.as_deref().map_or_else(nothing, words::plain),
    });
    let linked = since
        .linked
        .iter()
        .map(|linked| linked.clone().unwrap_or_else(|| "a restricted record: ask a supervisor".to_owned()));
    (since.revised, linked.collect(), changed.collect())
}
