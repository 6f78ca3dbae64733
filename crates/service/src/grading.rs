//! The review of a domestic abuse item: a grade beside the officer's, and the second person where one must agree.

use std::collections::BTreeMap;

use ppn_domain::notice::codes::Grade;
use ppn_domain::review::{Against, DRAWN_ONE_IN, second_person};
use ppn_domain::{
    Act as ActCode, Assessment, Band, ClaimId, Desk, Ground, Notice, Outcome, Permission, Review, ReviewId,
    SecondPerson, Suggestion, Timestamp, WorkItem, WorkItemId,
};
use serde_json::json;

use crate::act::{Begun, Entry};
use crate::assessing::body;
use crate::complete::{read_current, stop_clocks};
use crate::error::{invalid, typed};
use crate::item_page::linked_since;
use crate::view::standing;
use crate::{Idempotency, ItemView, Principal, Service, ServiceError};

/// The criterion that a high grade is by itself, once it stands.
pub const HIGH_GRADE: &str = "marac_high_grade";
/// The criterion that a reviewer's judgement is by itself.
pub const JUDGEMENT: &str = "marac_judgement";

/// What a reviewer says of MARAC.
#[derive(Debug, Clone, Default)]
pub struct MaracWish {
    /// Whether the case is referred.
    pub refer: bool,
    /// Why it is not, where a criterion is met.
    pub reason: Option<String>,
    /// What is done instead.
    pub plan: Option<String>,
}

/// A grade, under a claim.
#[derive(Debug, Clone)]
pub struct GradeWish {
    /// The item.
    pub id: WorkItemId,
    /// The caller's claim.
    pub claim: ClaimId,
    /// The revision that they read.
    pub revision: u32,
    /// When they read it, where the caller can say: a linked notice that arrived later refuses the act.
    pub read_at: Option<Timestamp>,
    /// The grade.
    pub grade: Grade,
    /// Why.
    pub rationale: String,
    /// What they say of MARAC: where they say nothing, a high grade is referred and no other is.
    pub marac: Option<MaracWish>,
}

/// What giving a grade leads to, the draw left aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeEffect {
    /// The grade.
    pub grade: Grade,
    /// Why a second person must agree where the case is referred to MARAC; empty where none must.
    pub referred: Vec<SecondPerson>,
    /// The same where it is not.
    pub not_referred: Vec<SecondPerson>,
}

/// The grade that stands so far. What was reviewed is worth more than what the officer wrote, unless they
/// wrote a revision since.
pub(crate) fn stood(officer: Option<Grade>, revision: u32, earlier: &[Review]) -> Option<Grade> {
    match earlier.last() {
        Some(last) if last.revision == revision => last.standing(),
        Some(last) => last.standing().max(officer),
        None => officer,
    }
}

/// What a grade is weighed against, but for what the reviewer says.
#[derive(Debug, Clone)]
pub(crate) struct Weighed {
    stood: Option<Grade>,
    assessed: bool,
    red: bool,
    child: bool,
    met: Vec<String>,
}

impl Weighed {
    pub(crate) fn of<'a>(
        notice: &Notice,
        item: &WorkItem,
        assessments: impl Iterator<Item = &'a Assessment>,
        items: &[WorkItem],
        earlier: &[Review],
    ) -> Self {
        Self {
            stood: stood(notice.officer_grade, item.revision, earlier),
            assessed: item.assessment_id.is_some(),
            red: item.rank.band == Band::Red,
            child: items.iter().any(|item| item.desk == Desk::Child),
            met: criteria(assessments),
        }
    }

    /// The criteria that are met, and why a second person must agree.
    fn with(&self, grade: Grade, said: Option<bool>) -> (Vec<String>, Vec<SecondPerson>) {
        let mut criteria = self.met.clone();
        if grade == Grade::High {
            criteria.push(HIGH_GRADE.to_owned());
        } else if criteria.is_empty() && said == Some(true) {
            criteria.push(JUDGEMENT.to_owned());
        }
        let against = Against {
            stood: self.stood,
            assessed: self.assessed,
            red: self.red,
            child: self.child,
            criteria: &criteria,
            // A high grade goes to MARAC unless the reviewer says otherwise: silence holds nothing back.
            referred: said.or_else(|| (grade == Grade::High).then_some(true)),
        };
        let second = second_person(grade, against);
        (criteria, second)
    }

    /// What each grade leads to, the lowest first.
    pub(crate) fn effects(&self) -> Vec<GradeEffect> {
        let of = |grade: Grade| GradeEffect {
            grade,
            referred: self.with(grade, Some(true)).1,
            not_referred: self.with(grade, Some(false)).1,
        };
        Grade::ALL.iter().copied().map(of).collect()
    }
}

impl Service {
    /// Gives a grade, which completes the item or makes it pending until a second person agrees. No grade is
    /// overwritten, and until a lower one is endorsed the higher stands.
    ///
    /// # Errors
    /// When the item is at another desk, the claim has ended, the notice was revised, no rationale is given,
    /// or a reason or plan is given with a referral.
    pub async fn grade(
        &self,
        by: &Principal,
        wish: &GradeWish,
        once: Option<&Idempotency>,
    ) -> Result<ItemView, ServiceError> {
        by.require(Permission::WorkItem)?;
        let why = typed("/rationale", &wish.rationale)?;
        let mut text = BTreeMap::from([("rationale".to_owned(), why.to_owned())]);
        if let Some(marac) = &wish.marac {
            for (field, said) in [("reason", &marac.reason), ("plan", &marac.plan)] {
                let Some(said) = said else { continue };
                let path = format!("/marac/{field}");
                if marac.refer {
                    return Err(invalid(&path, "unexpected", "leave it out: the case is referred"));
                }
                text.insert(format!("marac_{field}"), typed(&path, said)?.to_owned());
            }
        }
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock_items(&[wish.id]).await?;
        let mut item = act.held_item(wish.id, wish.claim).await?;
        if item.desk != Desk::DomesticAbuse {
            let act = "graded: a grade is given at the domestic abuse desk";
            return Err(ServiceError::WrongState { from: item.state.name(), act });
        }
        read_current(&item, wish.revision)?;
        if let Some(at) = wish.read_at
            && !linked_since(&mut *act.uow, item.notice_id, at).await?.is_empty()
        {
            return Err(ServiceError::LinkedSince);
        }

        let notice = body(act.uow.body(item.notice_id, item.revision).await?, item.notice_id)?;
        let items = act.uow.items_of_notice(item.notice_id).await?;
        let latest = act.uow.latest_assessments(std::slice::from_ref(&item)).await?.pop().flatten();
        let standing = standing(&mut *act.uow, &item).await?;
        let earlier = act.uow.reviews(item.notice_id).await?;
        let said = wish.marac.as_ref().map(|marac| marac.refer);
        let assessments = latest.iter().chain(&standing).map(|stored| &stored.assessment);
        let weighed = Weighed::of(&notice, &item, assessments, &items, &earlier);
        let (criteria, mut second) = weighed.with(wish.grade, said);
        if let Some(marac) = wish.marac.as_ref().filter(|marac| !marac.refer && !criteria.is_empty()) {
            for (field, text) in [("reason", &marac.reason), ("plan", &marac.plan)] {
                if text.is_none() {
                    let fix = "a criterion for MARAC is met: say why there is no referral, and what is done instead";
                    return Err(invalid(&format!("/marac/{field}"), "required", fix));
                }
            }
        }
        if second.is_empty() && self.draw() % DRAWN_ONE_IN == 0 {
            second.push(SecondPerson::Drawn);
        }

        let review = Review {
            id: ReviewId::new(act.now, self.random()),
            work_item_id: item.id,
            notice_id: item.notice_id,
            revision: item.revision,
            at: act.now,
            by: by.name.clone(),
            grade: wish.grade,
            officer_grade: notice.officer_grade,
            stood: weighed.stood,
            marac_criteria: criteria,
            marac_referred: said,
            second_person: second,
            decided: None,
        };
        let pending = review.is_open();
        let to = item.state.completed(Outcome::Graded, pending)?;
        if !pending {
            stop_clocks(&mut item, Outcome::Graded, act.now);
        }
        act.note(&item, ActCode::Graded, text).await?;
        act.uow.insert_review(&review).await?;
        let detail = json!({
            "grade": review.grade, "officer_grade": review.officer_grade, "stood": review.stood, "revision": review.revision,
            "marac_criteria": review.marac_criteria, "marac_referred": review.marac_referred,
            "second_person": review.second_person,
        });
        let entry = Entry { why: Some(why), detail: Some(detail), ..Entry::default() };
        let item = act.change(item, to, ActCode::Graded, entry).await?;
        if pending {
            self.open_endorsement(&mut act, &item).await?;
        }
        metrics::counter!("ppn_graded_total", "grade" => review.grade.code(), "pending" => if pending { "yes" } else { "no" }).increment(1);
        act.show(item).await
    }
}

/// Whether a ground is a criterion for MARAC by itself.
pub fn is_criterion(ground: &Ground) -> bool {
    ground.suggests == Suggestion::MaracCheck && !ASKS_FOR_A_LOOK.contains(&&*ground.criterion)
}

/// The criteria that assessments show as met. Where one asks for the check and names no criterion, as
/// under a policy that has none, that it asks is one: what is not known is never taken for nothing.
fn criteria<'a>(of: impl Iterator<Item = &'a Assessment>) -> Vec<String> {
    let mut met: Vec<String> = Vec::new();
    for assessment in of {
        let grounds = assessment.grounds.iter().filter(|ground| ground.suggests == Suggestion::MaracCheck);
        let named: Vec<&str> = grounds.map(|ground| ground.criterion.as_str()).collect();
        if named.is_empty() && assessment.suggests.contains(&Suggestion::MaracCheck) {
            met.push(Suggestion::MaracCheck.code().to_owned());
        }
        met.extend(named.into_iter().filter(|named| !ASKS_FOR_A_LOOK.contains(named)).map(str::to_owned));
    }
    met.sort_unstable();
    met.dedup();
    met
}

/// Grounds for a MARAC check that are no criterion by themselves: the officer's grade is one once somebody
/// else agrees with it, and red asks for a look.
const ASKS_FOR_A_LOOK: [&str; 2] = ["marac_officer_high", "marac_red"];
