//! Assessment: one notice, one policy, one moment of receipt; the desks it goes to, and for each the
//! rank, every reason and every open question.
//!
//! Facts are read once a notice. Rules ask them; floors set the lowest band, points order inside the
//! bands and can reach a higher one. Nothing lowers.

use ppn_domain::notice::codes::{Answer, NoticeKind, Role};
use ppn_domain::{
    Assessment, Band, Desk, Evidence, Ground, Limits, Notice, Question, Rank, Reason, Span, Suggestion,
    Timestamp,
};

use serde::{Deserialize, Serialize};

use crate::facts::{Context, Group, Value, children_there, registry};
use crate::hearing::{CueDecisions, Heard, hear};
use crate::history::{History, Trace};
use crate::policy::{DeskSet, Policy, Rule, SuggestRule, Test, assessed};
use crate::routing;

/// The reason that says how little an assessment rests on.
pub const LITTLE_KNOWN: &str = "little_known";
/// The reason of a share item.
pub const OPEN_TO_SOCIAL_CARE: &str = "open_to_social_care";

/// At most this many questions are shown.
const MOST_QUESTIONS: usize = 3;
/// At most this many places are shown behind one reason.
const MOST_EVIDENCE: usize = 12;
/// Ends the text of a reason that would not stand without words that nobody has confirmed.
const UNCONFIRMED: &str = " (words in the narrative, not confirmed)";
/// A status checked longer ago than this is said to be so.
const STATUS_IS_FRESH: Span = Span::days(7);
/// A linked event of this time before receipt keeps an item from needing no research.
const YEAR: Span = Span::days(365);

/// A desk that a notice goes to, with its assessment there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskAssessment {
    /// The desk.
    pub desk: Desk,
    /// The result; at the share desk the rank and reasons of the notice's highest assessed item,
    /// after the reason for sharing.
    pub assessment: Assessment,
    /// The limits of that band at that desk, from receipt.
    pub limits: Limits,
}

/// Triages a notice for every desk that it goes to, in the order of [`Desk`]. Never empty.
///
/// `received` is the moment at which the waiting clock started, and `history` what other notices of
/// the same people and homes say as of then. The same input gives the same result, to the byte; the
/// wall clock is not read.
pub fn assess(
    policy: &Policy,
    notice: &Notice,
    received: Timestamp,
    history: &History<'_>,
) -> Vec<DeskAssessment> {
    judge(policy, &read(policy, notice, received, &CueDecisions::NONE), history)
}

/// What a notice says by itself of the facts that a policy uses: everything that an assessment needs
/// of it besides history, so that it can be assessed again without being read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    kind: NoticeKind,
    /// By slot of the policy; what is not known is left out.
    values: Vec<(u32, Value)>,
    /// What the boxes alone say where the words of the narrative say more, by slot.
    only_heard: Vec<(u32, Value)>,
    /// What the facts that hold rest on, by slot.
    evidence: Vec<(u32, Vec<Evidence>)>,
    /// The first part of each person, for texts that say who.
    parts: Vec<Option<Role>>,
    /// Assessed desks, in the order of [`Desk`].
    desks: Vec<Desk>,
    /// Why it must be shared at once.
    open: Vec<Reason>,
    /// Domestic abuse at the child desk, since a party is under 16.
    domestic_at_child: bool,
}

/// Reads a notice for a policy: its boxes, and in its narrative the cues of the policy. What words
/// say counts like a fact, and a reason that rests on them alone says so until a person confirmed
/// them; what a person dismissed counts no more.
pub fn read(policy: &Policy, notice: &Notice, received: Timestamp, decisions: &CueDecisions) -> Sheet {
    read_and_trace(policy, notice, received, decisions).0
}

/// The same, with what the notice says for the history of others: its narrative is heard once.
pub fn read_and_trace(
    policy: &Policy,
    notice: &Notice,
    received: Timestamp,
    decisions: &CueDecisions,
) -> (Sheet, Trace) {
    let mut context = Context::new(notice, received);
    let heard = hear(policy, &context, decisions);
    let (mut values, mut stated) = boxes(policy, &context);
    let mut only_heard = Vec::new();
    if !heard.is_empty() {
        // What a person confirmed counts as if it stood in a box.
        let (confirmed, others): (Vec<Heard>, Vec<Heard>) =
            heard.into_iter().partition(|heard| heard.is_confirmed);
        let take = |context: &mut Context<'_>, some: &[Heard]| {
            for heard in some {
                if let Some(indicator) = heard.fact.indicator {
                    context.hear(indicator, heard.words.clone());
                }
            }
        };
        let state = |(mut values, mut stated): Boxes, some: &[Heard]| {
            for heard in some {
                // Never to no, and over a no: words that allege outweigh a box.
                values[heard.fact.slot] = Value::Yes;
                stated.push((heard.fact.slot, heard.words.clone()));
            }
            (values, stated)
        };
        let mut in_boxes = values;
        if !confirmed.is_empty() {
            take(&mut context, &confirmed);
            in_boxes = state(boxes(policy, &context), &confirmed).0;
        }
        take(&mut context, &others);
        (values, stated) = state(state(boxes(policy, &context), &confirmed), &others);
        let slots = (0_u32..).zip(in_boxes.into_iter().zip(&values));
        only_heard =
            slots.filter(|(_, (said, now))| said != *now).map(|(slot, (said, _))| (slot, said)).collect();
    }
    let facts = &registry().facts;
    let mut evidence = Vec::new();
    for (slot, value) in (0_u32..).zip(&values) {
        if matches!(value, Value::Yes | Value::Number(_)) {
            let found = facts[policy.used[slot as usize]].evidence(&context);
            let stated = stated.iter().filter(|(s, _)| *s == slot as usize).map(|(_, e)| e.clone());
            let mut kept: Vec<Evidence> = Vec::new();
            for found in found.into_iter().chain(stated) {
                if kept.len() < MOST_EVIDENCE && !kept.contains(&found) {
                    kept.push(found);
                }
            }
            if !kept.is_empty() {
                evidence.push((slot, kept));
            }
        }
    }
    let sheet = Sheet {
        kind: notice.kind,
        values: (0_u32..).zip(values).filter(|(_, value)| *value != Value::Unknown).collect(),
        only_heard,
        evidence,
        parts: context.people.iter().map(|who| who.person.roles.first().copied()).collect(),
        desks: routing::desks(&context),
        open: open_to_social_care(&context),
        domestic_at_child: routing::is_domestic_at_child_desk(&context),
    };
    (sheet, Trace::read(&context))
}

/// Assesses what was read of a notice, with its history.
pub fn judge(policy: &Policy, sheet: &Sheet, history: &History<'_>) -> Vec<DeskAssessment> {
    let known = Known::new(policy, sheet, history);
    let mut assessed: Vec<(Desk, Assessment)> =
        known.desks().into_iter().map(|desk| (desk, at_desk(policy, &known, desk))).collect();

    let (mut of_notice, grounds) = suggestions(policy, &known, &mut assessed);
    if !sheet.open.is_empty() {
        of_notice.push(Suggestion::Share);
    }
    let highest = assessed.iter().max_by_key(|(_, a)| a.rank).map(|(_, a)| a.clone());
    if !sheet.open.is_empty()
        && let Some(highest) = highest
    {
        let reasons = sheet.open.iter().cloned().chain(highest.reasons).collect();
        assessed.push((
            Desk::Share,
            Assessment { reasons, suggests: Vec::new(), grounds: Vec::new(), ..highest },
        ));
    }
    assessed
        .into_iter()
        .map(|(desk, mut assessment)| {
            assessment.suggests.extend(of_notice.iter().copied());
            assessment.suggests.sort_unstable();
            assessment.suggests.dedup();
            assessment.grounds.extend(grounds.iter().cloned());
            DeskAssessment { desk, limits: policy.limits(desk, assessment.rank.band), assessment }
        })
        .collect()
}

/// Only where each item of a notice stands: what [`judge`] gives, without its reasons.
pub(crate) fn places(policy: &Policy, sheet: &Sheet, history: &History<'_>) -> Vec<(Desk, Rank)> {
    let known = Known::new(policy, sheet, history);
    let mut places: Vec<(Desk, Rank)> =
        known.desks().into_iter().map(|desk| (desk, place(policy, &known, desk).0)).collect();
    if !sheet.open.is_empty()
        && let Some(highest) = places.iter().map(|(_, rank)| *rank).max()
    {
        places.push((Desk::Share, highest));
    }
    places
}

/// A sheet and its history, laid out for the rules.
struct Known<'k> {
    sheet: &'k Sheet,
    history: &'k History<'k>,
    values: Vec<Value>,
    /// The same without the words of the narrative; empty where they say nothing.
    in_boxes: Vec<Value>,
    /// An event of the year before is linked.
    has_linked: bool,
}

impl<'k> Known<'k> {
    fn new(policy: &Policy, sheet: &'k Sheet, history: &'k History<'k>) -> Self {
        let mut values = vec![Value::Unknown; policy.used.len()];
        for (slot, value) in &sheet.values {
            if let Some(at) = values.get_mut(*slot as usize) {
                *at = *value;
            }
        }
        if !history.is_empty() {
            for slot in &policy.from_history {
                values[*slot] = registry().facts[policy.used[*slot]].linked_value(history);
            }
        }
        let mut in_boxes = if sheet.only_heard.is_empty() { Vec::new() } else { values.clone() };
        for (slot, value) in &sheet.only_heard {
            if let Some(at) = in_boxes.get_mut(*slot as usize) {
                *at = *value;
            }
        }
        let has_linked = history.before(YEAR).any(|event| event.ties.is_certain());
        Self { sheet, history, values, in_boxes, has_linked }
    }

    /// Whether what stands for some desks is for this one. Domestic abuse that goes to the child desk for
    /// the age of a party is judged there by the rules of both.
    fn is_of(&self, desks: DeskSet, desk: Desk) -> bool {
        desks.has(desk)
            || desk == Desk::Child && self.sheet.domestic_at_child && desks.has(Desk::DomesticAbuse)
    }

    /// Whether a test would not hold without the words of the narrative.
    fn needs_words(&self, when: &Test) -> bool {
        !self.in_boxes.is_empty() && !when.holds(&self.in_boxes)
    }

    /// The desks of the notice: the child desk too where other events place a child in a household
    /// with domestic abuse that the officer named none in.
    fn desks(&self) -> Vec<Desk> {
        let mut desks = self.sheet.desks.clone();
        if desks.contains(&Desk::DomesticAbuse)
            && !desks.contains(&Desk::Child)
            && children_there(self.history).next().is_some()
        {
            desks.insert(0, Desk::Child);
        }
        desks
    }

    fn evidence(&self, policy: &Policy, when: &Test) -> Vec<Evidence> {
        let mut slots = Vec::new();
        when.holding(&self.values, &mut slots);
        let mut evidence: Vec<Evidence> = Vec::new();
        for slot in slots {
            let fact = &registry().facts[policy.used[slot]];
            let linked = fact.linked_evidence(self.history);
            let own = self.sheet.evidence.iter().filter(|(s, _)| *s as usize == slot).flat_map(|(_, e)| e);
            for found in own.cloned().chain(linked) {
                if evidence.len() < MOST_EVIDENCE && !evidence.contains(&found) {
                    evidence.push(found);
                }
            }
        }
        evidence
    }
}

/// Facts by slot, and what else states one.
type Boxes = (Vec<Value>, Vec<(usize, Evidence)>);

/// The facts that a policy uses, and what mapped items of risk tools state.
fn boxes(policy: &Policy, context: &Context<'_>) -> Boxes {
    let facts = &registry().facts;
    let mut values: Vec<Value> = policy.used.iter().map(|fact| facts[*fact].value(context)).collect();
    let mut stated = Vec::new();
    for (i, asked) in context.notice.risk_assessments.iter().enumerate() {
        for (code, &answer) in &asked.answers {
            let Some(mapping) = policy.tools.get(&(asked.tool, code.clone())) else { continue };
            if reaches(answer, mapping.from) {
                values[mapping.slot] = Value::Yes;
                let path = format!("/risk_assessments/{i}/answers/{code}");
                let says = answer.code().to_owned();
                stated.push((mapping.slot, Evidence { path, says, span: None, reference: None }));
            } else if matches!(answer, Answer::No | Answer::Never) && values[mapping.slot] == Value::Unknown {
                values[mapping.slot] = Value::No;
            }
        }
    }
    (values, stated)
}

/// Whether an answer on a scale of frequency, or a plain yes, reaches a threshold.
fn reaches(answer: Answer, from: Answer) -> bool {
    let step = |answer| match answer {
        Answer::Once => Some(1),
        Answer::Sometimes => Some(2),
        Answer::Often => Some(3),
        // A plain yes says no less than the highest step: not known how often is never read as seldom.
        Answer::Always | Answer::Yes => Some(4),
        Answer::No | Answer::Never | Answer::NotKnown | Answer::Refused => None,
    };
    match (step(answer), step(from)) {
        (Some(given), Some(least)) => from == Answer::Yes || given >= least,
        _ => false,
    }
}

/// Band and score without the questions; blue where nothing raises it.
fn rank(policy: &Policy, known: &Known<'_>, desk: Desk, values: &[Value]) -> Rank {
    let mut score: i32 = 0;
    let mut floor = Band::Blue;
    for rule in policy.rules.iter().filter(|rule| known.is_of(rule.desks, desk)) {
        if rule.when.holds(values) {
            score = score.saturating_add(rule.points.unwrap_or(0));
            floor = floor.max(rule.floor.unwrap_or(Band::Blue));
        }
    }
    let by_points = assessed(desk).map_or(Band::Green, |i| policy.thresholds[i].band(score));
    let has_events = matches!(values.get(policy.events), Some(Value::Number(n)) if *n > 0);
    let lowest = if has_events || known.has_linked { Band::Green } else { Band::Blue };
    Rank { band: floor.max(by_points).max(lowest), score }
}

/// Band, score and open questions. An item of the lowest band with a question open is not yet one
/// that needs no research.
fn place(policy: &Policy, known: &Known<'_>, desk: Desk) -> (Rank, Vec<Question>) {
    let mut rank = rank(policy, known, desk, &known.values);
    let questions = questions(policy, known, desk, rank.band);
    if rank.band == Band::Blue && !questions.is_empty() {
        rank.band = Band::Green;
    }
    (rank, questions)
}

fn at_desk(policy: &Policy, known: &Known<'_>, desk: Desk) -> Assessment {
    let fired: Vec<&Rule> = policy
        .rules
        .iter()
        .filter(|rule| known.is_of(rule.desks, desk) && rule.when.holds(&known.values))
        .collect();

    let mut reasons: Vec<Reason> = fired.iter().map(|rule| reason(policy, known, rule)).collect();
    // What lifts the item first, the highest floor first; then by points; then by name, so that no order
    // of lines in the file shows.
    let lifts = |of: &Reason| of.floor.filter(|floor| *floor > Band::Green);
    reasons.sort_by(|a, b| {
        lifts(b).cmp(&lifts(a)).then(b.points.cmp(&a.points)).then_with(|| a.rule.cmp(&b.rule))
    });
    if fired.iter().filter(|rule| !rule.is_grade).count() <= policy.little_known.at_most {
        reasons.push(Reason {
            rule: LITTLE_KNOWN.to_owned(),
            points: Some(0),
            floor: None,
            text: policy.little_known.text.clone(),
            evidence: Vec::new(),
        });
    }

    let (rank, questions) = place(policy, known, desk);
    let mut suggests = Vec::new();
    if rank.band == Band::Blue {
        suggests.push(Suggestion::NoResearch);
    }
    Assessment { rank, reasons, questions, suggests, grounds: Vec::new(), policy: policy.reference().clone() }
}

fn reason(policy: &Policy, known: &Known<'_>, rule: &Rule) -> Reason {
    let evidence = known.evidence(policy, &rule.when);
    let mut text = filled(&rule.text, known, &rule.when, &evidence);
    if known.needs_words(&rule.when) {
        let end = text.trim_end_matches('.').len();
        text.insert_str(end, UNCONFIRMED);
    }
    Reason { rule: rule.id.clone(), points: rule.points, floor: rule.floor, text, evidence }
}

/// The text of a reason: people by their parts alone, numbers as counted.
fn filled(text: &str, known: &Known<'_>, when: &Test, evidence: &[Evidence]) -> String {
    let mut text = text.to_owned();
    if text.contains("{who}") {
        let mut who: Vec<&str> = evidence
            .iter()
            .filter_map(|e| e.path.strip_prefix("/persons/")?.split('/').next()?.parse::<usize>().ok())
            .filter_map(|p| known.sheet.parts.get(p))
            .map(|role| part(*role))
            .collect();
        who.sort_unstable();
        who.dedup();
        text = text.replace("{who}", &if who.is_empty() { "somebody".to_owned() } else { who.join(", ") });
    }
    if text.contains("{n}") {
        let mut slots = Vec::new();
        when.holding(&known.values, &mut slots);
        let n = slots.iter().find_map(|slot| match known.values[*slot] {
            Value::Number(n) => Some(n),
            _ => None,
        });
        text = text.replace("{n}", &n.unwrap_or(0).to_string());
    }
    text
}

/// A part in a notice, in words.
pub(crate) const fn part(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Subject) => "the subject",
        Some(Role::Victim) => "the victim",
        Some(Role::Suspect) => "the suspect",
        Some(Role::ChildPresent) => "a child who was there",
        Some(Role::ChildInHousehold) => "a child of the household",
        Some(Role::ParentOrCarer) => "a parent or carer",
        Some(Role::HouseholdMember) => "a member of the household",
        Some(Role::Associate) => "an associate",
        Some(Role::Witness) => "a witness",
        Some(Role::Informant) => "an informant",
        Some(Role::Professional) => "a professional",
        Some(Role::TemporaryCarer) => "a temporary carer",
        Some(Role::NotKnown) | None => "somebody",
    }
}

/// The askable unknowns that could raise the band: each is tried with its worrying answer.
fn questions(policy: &Policy, known: &Known<'_>, desk: Desk, band: Band) -> Vec<Question> {
    if band == Band::Red {
        return Vec::new();
    }
    let mut values = known.values.clone();
    let mut open: Vec<Question> = Vec::new();
    for question in &policy.questions {
        let asked = known.is_of(question.desks, desk)
            && (question.kinds.is_empty() || question.kinds.contains(&known.sheet.kind))
            && known.values[question.fact] == Value::Unknown
            && question.when.as_ref().is_none_or(|when| when.holds(&known.values));
        if !asked {
            continue;
        }
        values[question.fact] = Value::Yes;
        let could_be = rank(policy, known, desk, &values).band;
        values[question.fact] = Value::Unknown;
        if could_be > band {
            open.push(Question { question: question.text.clone(), could_be });
        }
    }
    // A stable sort: among equals the policy's own order stands.
    open.sort_by_key(|question| std::cmp::Reverse(question.could_be));
    open.truncate(MOST_QUESTIONS);
    open
}

/// What a policy suggests and on what grounds. That a closing needs a second person is a matter of the one
/// item and is put there; everything else holds for the notice and stands on each of its lines.
fn suggestions(
    policy: &Policy,
    known: &Known<'_>,
    items: &mut [(Desk, Assessment)],
) -> (Vec<Suggestion>, Vec<Ground>) {
    let mut of_notice = Vec::new();
    let mut grounds: Vec<Ground> = Vec::new();
    for rule in &policy.suggests {
        if !rule.when.as_ref().is_none_or(|when| when.holds(&known.values)) {
            continue;
        }
        for (desk, assessment) in &mut *items {
            if known.is_of(rule.desks, *desk) && rule.band.is_none_or(|band| assessment.rank.band >= band) {
                let ground = ground(policy, known, rule);
                if rule.what == Suggestion::SecondPersonToClose {
                    assessment.suggests.push(rule.what);
                    assessment.grounds.extend(ground);
                } else {
                    of_notice.push(rule.what);
                    grounds.extend(ground.filter(|ground| !grounds.contains(ground)));
                }
            }
        }
    }
    (of_notice, grounds)
}

/// The criterion of a rule, with what it rests on; `None` for a rule that names none.
fn ground(policy: &Policy, known: &Known<'_>, rule: &SuggestRule) -> Option<Ground> {
    let (id, text) = rule.criterion.as_ref()?;
    let always = Test::All(Vec::new());
    let when = rule.when.as_ref().unwrap_or(&always);
    let evidence = known.evidence(policy, when);
    let text = filled(text, known, when, &evidence);
    Some(Ground { suggests: rule.what, criterion: id.clone(), text, evidence })
}

/// One reason for each person said to be open to social care: by their part, never by name.
fn open_to_social_care(context: &Context<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (p, who) in context.group(Group::Anyone) {
        for (i, care) in who.person.social_care.iter().enumerate() {
            if !routing::is_open(care.status) {
                continue;
            }
            let checked = match care.checked_at {
                Some(at) if context.received - at <= STATUS_IS_FRESH => "",
                Some(_) => ". The status was last checked more than seven days before receipt",
                None => ". Nothing says when the status was checked",
            };
            let role = who.person.roles.iter().copied().find(|r| *r != Role::Informant);
            reasons.push(Reason {
                rule: OPEN_TO_SOCIAL_CARE.to_owned(),
                points: None,
                floor: None,
                text: format!(
                    "Open to social care ({}): {}. Send at once{checked}.",
                    care.status.code().replace('_', " "),
                    part(role),
                ),
                evidence: vec![Evidence {
                    path: format!("/persons/{p}/social_care/{i}"),
                    says: care.status.code().to_owned(),
                    span: None,
                    reference: None,
                }],
            });
        }
    }
    reasons
}
