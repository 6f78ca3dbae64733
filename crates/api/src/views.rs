//! What the API shows of work items and findings.

use ppn_domain::{Evidence, Finding, Ground, Rank, Reason, Review, State, WorkItem};
use ppn_service::{ItemView, Line};
use ppn_store::{StoredAssessment, WorkNote};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::{
    BandCode, DeskCode, FindingName, GradeCode, KindCode, OutcomeCode, SecondPersonCode, StateCode,
    SuggestionCode, Time,
};

/// A deficiency found at intake, for the officer's feedback.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingView {
    /// What kind.
    pub code: FindingName,
    /// JSON pointer to the place; empty for the notice as a whole.
    pub path: String,
    /// What to do.
    pub text: String,
}

impl From<Finding> for FindingView {
    fn from(f: Finding) -> Self {
        Self { code: FindingName(f.code), path: f.path, text: f.text }
    }
}

/// The words, answer or record that a reason rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceView {
    /// JSON pointer into the notice.
    pub path: String,
    /// The code, answer or words that stand there.
    pub says: String,
    /// Byte offsets of the words in a longer text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[u32; 2]>,
    /// The reference of another notice, where the fact comes from that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl From<Evidence> for EvidenceView {
    fn from(e: Evidence) -> Self {
        Self { path: e.path, says: e.says, span: e.span.map(|(a, b)| [a, b]), reference: e.reference }
    }
}

/// One rule that fired.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReasonView {
    /// The rule in the policy.
    pub rule: String,
    /// Points that it added.
    pub points: Option<i32>,
    /// The lowest band that it allows.
    pub floor: Option<BandCode>,
    /// The reason in words.
    pub text: String,
    /// What it rests on; left empty in lists.
    pub evidence: Vec<EvidenceView>,
}

impl ReasonView {
    /// With the evidence.
    pub fn whole(reason: Reason) -> Self {
        Self {
            rule: reason.rule,
            points: reason.points,
            floor: reason.floor.map(BandCode),
            text: reason.text,
            evidence: reason.evidence.into_iter().map(EvidenceView::from).collect(),
        }
    }

    /// Without quoted words, for lists.
    pub fn brief(reason: Reason) -> Self {
        Self::whole(Reason { evidence: Vec::new(), ..reason })
    }
}

/// An open question that could raise the band.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuestionView {
    /// The question.
    pub question: String,
    /// The band if the answer is the worrying one.
    pub could_be: BandCode,
}

/// A lower place that a person may accept.
#[derive(Debug, Clone, Copy, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RankView {
    /// The band.
    pub band: BandCode,
    /// Points: they order inside a band and are no probability of harm.
    #[serde(deserialize_with = "crate::fields::whole")]
    #[schema(minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub score: i32,
}

impl From<Rank> for RankView {
    fn from(rank: Rank) -> Self {
        Self { band: BandCode(rank.band), score: rank.score }
    }
}

impl From<RankView> for Rank {
    fn from(view: RankView) -> Self {
        Self { band: view.band.0, score: view.score }
    }
}

/// One of the three clocks that run from receipt.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ClockView {
    /// The limit.
    pub due: Time,
    /// When it was met; null while it runs.
    pub met_at: Option<Time>,
}

/// The three clocks.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ClocksView {
    /// First taken up by a person.
    pub picked_up: ClockView,
    /// Decided.
    pub decided: ClockView,
    /// The partner told.
    pub told: ClockView,
}

/// What somebody left with the item.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteView {
    /// When.
    pub at: Time,
    /// Who.
    pub by: String,
    /// With which act.
    pub act: String,
    /// The text by field.
    pub text: std::collections::BTreeMap<String, String>,
}

impl From<WorkNote> for NoteView {
    fn from(n: WorkNote) -> Self {
        Self { at: n.at.into(), by: n.by, act: n.act.code().to_owned(), text: n.text }
    }
}

/// A criterion that is met of what is suggested.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroundView {
    /// What is suggested for it.
    pub suggests: SuggestionCode,
    /// The criterion's identifier in the policy.
    pub criterion: String,
    /// The criterion in words.
    pub text: String,
    /// What it rests on; left out of lists.
    pub evidence: Vec<EvidenceView>,
}

impl GroundView {
    fn of(ground: Ground, reason: fn(Reason) -> ReasonView) -> Self {
        let Ground { suggests, criterion, text, evidence } = ground;
        // As a reason is shown: with its evidence, or in a list without.
        let shown = reason(Reason { rule: criterion, points: None, floor: None, text, evidence });
        Self {
            suggests: SuggestionCode(suggests),
            criterion: shown.rule,
            text: shown.text,
            evidence: shown.evidence,
        }
    }
}

/// A grade that a reviewer gave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewView {
    /// Its identifier.
    pub id: Uuid,
    /// When.
    pub at: Time,
    /// Who.
    pub by: String,
    /// The revision that was read.
    pub revision: u32,
    /// The grade.
    pub grade: GradeCode,
    /// The officer's grade at that time.
    pub officer_grade: Option<GradeCode>,
    /// The grade that stood before it: the officer's, or that of an earlier review.
    pub stood: Option<GradeCode>,
    /// The grade that stands: until a lower one is endorsed, the higher.
    pub standing: Option<GradeCode>,
    /// Criteria for MARAC that were met.
    pub marac_criteria: Vec<String>,
    /// Whether it was referred to MARAC; null where the reviewer did not say.
    pub marac_referred: Option<bool>,
    /// Why a second person must agree; empty where none must.
    pub second_person: Vec<SecondPersonCode>,
    /// Whether the second person agreed; null while none has decided.
    pub endorsed: Option<bool>,
    /// The second person.
    pub decided_by: Option<String>,
    /// When they decided.
    pub decided_at: Option<Time>,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        let standing = review.standing().map(GradeCode);
        let decided = review.decided;
        Self {
            id: review.id.0,
            at: review.at.into(),
            by: review.by,
            revision: review.revision,
            grade: GradeCode(review.grade),
            officer_grade: review.officer_grade.map(GradeCode),
            stood: review.stood.map(GradeCode),
            standing,
            marac_criteria: review.marac_criteria,
            marac_referred: review.marac_referred,
            second_person: review.second_person.into_iter().map(SecondPersonCode).collect(),
            endorsed: decided.as_ref().map(|d| d.endorsed),
            decided_at: decided.as_ref().map(|d| d.at.into()),
            decided_by: decided.map(|d| d.by),
        }
    }
}

/// One piece of work on one notice at one desk.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkItemView {
    /// Its identifier.
    pub id: Uuid,
    /// The notice.
    pub notice_id: Uuid,
    /// The notice's source system.
    pub source: String,
    /// The notice's reference there.
    pub reference: String,
    /// The notice's current revision: `complete` names it.
    pub revision: u32,
    /// The notice's kind.
    pub kind: KindCode,
    /// The desk.
    pub desk: DeskCode,
    /// Where it stands.
    pub state: StateCode,
    /// The band. It sets the order and is not a risk grade.
    pub band: BandCode,
    /// The band in words.
    pub band_label: String,
    /// Points: they order inside a band and are no probability of harm.
    pub score: i32,
    /// Why; highest floors and points first.
    pub reasons: Vec<ReasonView>,
    /// Open questions; not empty means provisional.
    pub provisional: Vec<QuestionView>,
    /// What a person might do.
    pub suggests: Vec<SuggestionCode>,
    /// The criteria that are met of what is suggested, each with what it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<GroundView>,
    /// The grades that reviewers gave, oldest first; none is overwritten. Left out of lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<ReviewView>,
    /// True where there is no current assessment: it ranks as amber.
    pub assessment_pending: bool,
    /// The lower place of the latest assessment, which a person may accept.
    pub could_be_lowered_to: Option<RankView>,
    /// Why it could be lowered: the reasons of the latest assessment, which are all that is left.
    /// `reasons` are those of the assessment that it ranks by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub could_be_lowered_because: Vec<ReasonView>,
    /// Receipt.
    pub received: Time,
    /// The limit to pick up.
    pub due: Time,
    /// The three clocks.
    pub clocks: ClocksView,
    /// Who holds it.
    pub holder: Option<String>,
    /// Since when.
    pub claimed_at: Option<Time>,
    /// When the lease ends.
    pub lease_until: Option<Time>,
    /// The claim that every write names; for the holder alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<Uuid>,
    /// When a hold ends.
    pub held_until: Option<Time>,
    /// Who decided first, where a second person must.
    pub pending_by: Option<String>,
    /// How it ended, or will if the second person agrees.
    pub outcome: Option<OutcomeCode>,
    /// Only named people may open it.
    pub restricted: bool,
    /// The policy that the latest assessment was made under.
    pub policy_version: Option<String>,
    /// The reserve takes this item next.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reserve_next: bool,
    /// What was left with it, newest first; left out of lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteView>,
}

impl WorkItemView {
    /// As `viewer` may see it.
    pub fn of(
        item: WorkItem,
        latest: Option<StoredAssessment>,
        standing: Option<StoredAssessment>,
        viewer: &str,
        reason: fn(Reason) -> ReasonView,
    ) -> Self {
        let (held_until, pending_by, outcome) = match &item.state {
            State::Held { until } => (Some(Time(*until)), None, None),
            State::Pending { by, outcome } => (None, Some(by.clone()), Some(OutcomeCode(*outcome))),
            State::Done { outcome } => (None, None, Some(OutcomeCode(*outcome))),
            State::Waiting | State::Claimed { .. } => (None, None, None),
        };
        let clock = |c: ppn_domain::DueClock| ClockView { due: c.due.into(), met_at: c.met_at.map(Time) };
        let claim = item.state.claim();
        let (reasons, questions, suggests, grounds, policy) = latest.map_or_else(Default::default, |l| {
            let a = l.assessment;
            (a.reasons, a.questions, a.suggests, a.grounds, Some(a.policy.version))
        });
        let (reasons, because) = match standing {
            Some(standing) => (standing.assessment.reasons, reasons),
            None => (reasons, Vec::new()),
        };
        Self {
            could_be_lowered_because: because.into_iter().map(reason).collect(),
            id: item.id.0,
            notice_id: item.notice_id.0,
            revision: item.revision,
            kind: KindCode(item.kind),
            desk: DeskCode(item.desk),
            state: StateCode(item.state.name()),
            band: BandCode(item.rank.band),
            band_label: item.rank.band.label().to_owned(),
            score: item.rank.score,
            reasons: reasons.into_iter().map(reason).collect(),
            provisional: questions
                .into_iter()
                .map(|q| QuestionView { question: q.question, could_be: BandCode(q.could_be) })
                .collect(),
            suggests: suggests.into_iter().map(SuggestionCode).collect(),
            grounds: grounds.into_iter().map(|ground| GroundView::of(ground, reason)).collect(),
            reviews: Vec::new(),
            assessment_pending: item.assessment_id.is_none(),
            could_be_lowered_to: item.could_be.map(RankView::from),
            received: item.received.into(),
            due: item.clocks.picked_up.due.into(),
            clocks: ClocksView {
                picked_up: clock(item.clocks.picked_up),
                decided: clock(item.clocks.decided),
                told: clock(item.clocks.told),
            },
            claim_id: claim.filter(|c| c.holder == viewer).map(|c| c.id.0),
            holder: claim.map(|c| c.holder.clone()),
            claimed_at: claim.map(|c| c.since.into()),
            lease_until: claim.map(|c| c.expires_at.into()),
            held_until,
            pending_by,
            outcome,
            restricted: item.restricted.is_restricted(),
            policy_version: policy,
            reserve_next: false,
            notes: Vec::new(),
            source: item.source,
            reference: item.reference,
        }
    }

    /// With evidence and notes.
    pub fn whole(view: ItemView, viewer: &str) -> Self {
        let notes = view.notes.into_iter().map(NoteView::from).collect();
        let reviews = view.reviews.into_iter().map(ReviewView::from).collect();
        Self { reviews, notes, ..Self::of(view.item, view.latest, view.standing, viewer, ReasonView::whole) }
    }

    /// As a line of a list: no quoted words.
    pub fn line(line: Line, viewer: &str) -> Self {
        let reserve_next = line.reserve_next;
        Self { reserve_next, ..Self::of(line.item, line.latest, line.standing, viewer, ReasonView::brief) }
    }
}

/// The item as it now stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkItemAnswer {
    /// The item.
    pub work_item: WorkItemView,
}

impl WorkItemAnswer {
    /// With evidence and notes.
    pub fn whole(view: ItemView, viewer: &str) -> axum::Json<Self> {
        axum::Json(Self { work_item: WorkItemView::whole(view, viewer) })
    }
}
