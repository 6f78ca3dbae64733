//! The review of a domestic abuse notice: a grade by somebody other than the officer, and who else must agree.

use serde::{Deserialize, Serialize};

use crate::codes::codes;
use crate::notice::codes::Grade;
use crate::{NoticeId, ReviewId, Timestamp, WorkItemId};

codes! {
    /// Why a second person must endorse a grade.
    pub enum SecondPerson {
        /// Lowered from high.
        LoweredFromHigh = "lowered_from_high",
        /// Below high on an item whose band is red.
        BelowHighOnRed = "below_high_on_red",
        /// Standard where a criterion for MARAC is met.
        StandardWithCriterion = "standard_with_criterion",
        /// Lowered where a child is affected.
        LoweredWithChild = "lowered_with_child",
        /// A criterion for MARAC is met and there is no referral.
        NotReferred = "not_referred",
        /// Nothing current says which criteria are met.
        NotAssessed = "not_assessed",
        /// One of the rest, drawn by chance.
        Drawn = "drawn",
    }
}

/// Of the grades that need no second person otherwise, one in so many is put to one all the same.
pub const DRAWN_ONE_IN: i64 = 10;

/// What a grade is given against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The grade that stands so far: the officer's, or that of an earlier review.
    pub stood: Option<Grade>,
    /// The item has a current assessment.
    pub assessed: bool,
    /// The band of the item is red.
    pub red: bool,
    /// A child is affected: the notice has an item at the child desk.
    pub child: bool,
    /// Criteria for MARAC that are met.
    pub criteria: &'a [String],
    /// Whether it is referred to MARAC; `None` where the reviewer does not say.
    pub referred: Option<bool>,
}

/// Why a grade needs a second person, the draw left aside.
///
/// Source: the rules of the review that inspectors found missing (re-grades that nobody endorsed, repeat
/// standard grades never put to MARAC), Derbyshire child protection re-inspection, 2022.
pub fn second_person(grade: Grade, against: Against<'_>) -> Vec<SecondPerson> {
    let lowered = against.stood.is_some_and(|stood| grade < stood);
    let criterion = !against.criteria.is_empty();
    let cases = [
        (lowered && against.stood == Some(Grade::High), SecondPerson::LoweredFromHigh),
        (against.red && grade < Grade::High, SecondPerson::BelowHighOnRed),
        (criterion && grade == Grade::Standard, SecondPerson::StandardWithCriterion),
        (lowered && against.child, SecondPerson::LoweredWithChild),
        (criterion && against.referred != Some(true), SecondPerson::NotReferred),
        (!against.assessed && grade < Grade::High, SecondPerson::NotAssessed),
    ];
    cases.into_iter().filter(|(holds, _)| *holds).map(|(_, why)| why).collect()
}

/// What a second person said of a grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Endorsed, or refused.
    pub endorsed: bool,
}

/// A grade that a reviewer gave. None is overwritten: each stands beside the officer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its identifier.
    pub id: ReviewId,
    /// The item that was reviewed.
    pub work_item_id: WorkItemId,
    /// Its notice.
    pub notice_id: NoticeId,
    /// The revision that was read.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// The grade.
    pub grade: Grade,
    /// The officer's grade at that time.
    pub officer_grade: Option<Grade>,
    /// The grade that stood before it.
    pub stood: Option<Grade>,
    /// Criteria for MARAC that were met.
    pub marac_criteria: Vec<String>,
    /// Whether it was referred to MARAC; `None` where the reviewer did not say.
    pub marac_referred: Option<bool>,
    /// Why a second person must agree; empty where none must.
    pub second_person: Vec<SecondPerson>,
    /// What the second person said.
    pub decided: Option<Decided>,
}

impl Review {
    /// Whether a second person has yet to decide.
    pub const fn is_open(&self) -> bool {
        self.decided.is_none() && !self.second_person.is_empty()
    }

    /// The grade that stands: until a lower one is endorsed the higher one does, and where one was refused
    /// the higher one goes on until the next review.
    pub fn standing(&self) -> Option<Grade> {
        match &self.decided {
            Some(decided) if decided.endorsed => Some(self.grade),
            None if self.second_person.is_empty() => Some(self.grade),
            _ => self.stood.max(Some(self.grade)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn against(officer: Grade) -> Against<'static> {
        let stood = Some(officer);
        Against { stood, assessed: true, red: false, child: false, criteria: &[], referred: None }
    }

    #[test]
    fn lowering_from_high_or_with_a_child_needs_a_second_person_and_raising_none() {
        use Grade::{High, Medium, Standard};
        assert_eq!(second_person(Medium, against(High)), [SecondPerson::LoweredFromHigh]);
        assert_eq!(second_person(Standard, against(Medium)), []);
        let child = Against { child: true, ..against(Medium) };
        assert_eq!(second_person(Standard, child), [SecondPerson::LoweredWithChild]);
        assert_eq!(second_person(High, against(Standard)), []);
        assert_eq!(second_person(Medium, Against { stood: None, ..child }), []);
        let unknown = Against { assessed: false, ..against(Standard) };
        assert_eq!(second_person(Standard, unknown), [SecondPerson::NotAssessed]);
    }

    #[test]
    fn standard_on_a_red_item_and_an_unreferred_criterion_need_one() {
        let criteria = ["marac_three_events".to_owned()];
        let red = Against { red: true, criteria: &criteria, ..against(Grade::Standard) };
        assert_eq!(
            second_person(Grade::Standard, red),
            [SecondPerson::BelowHighOnRed, SecondPerson::StandardWithCriterion, SecondPerson::NotReferred]
        );
        assert_eq!(second_person(Grade::High, Against { referred: Some(true), ..red }), []);
        assert_eq!(
            second_person(Grade::High, Against { referred: Some(false), ..red }),
            [SecondPerson::NotReferred]
        );
    }

    #[test]
    fn the_higher_grade_stands_until_the_lower_is_endorsed() {
        use Grade::{High, Medium, Standard};
        let review = |stood, grade, decided: Option<bool>| Review {
            id: ReviewId(uuid::Uuid::nil()),
            work_item_id: WorkItemId(uuid::Uuid::nil()),
            notice_id: NoticeId(uuid::Uuid::nil()),
            revision: 1,
            at: Timestamp::from_micros(0),
            by: "ann".to_owned(),
            grade,
            officer_grade: Some(stood),
            stood: Some(stood),
            marac_criteria: Vec::new(),
            marac_referred: None,
            second_person: vec![SecondPerson::LoweredFromHigh],
            decided: decided.map(|endorsed| Decided {
                by: "bea".to_owned(),
                at: Timestamp::from_micros(0),
                endorsed,
            }),
        };
        assert_eq!(review(High, Medium, None).standing(), Some(High));
        assert_eq!(review(High, Medium, Some(true)).standing(), Some(Medium));
        assert_eq!(review(High, Medium, Some(false)).standing(), Some(High));
        // A raise that is refused, for want of a referral, lowers nothing.
        assert_eq!(review(Standard, High, Some(false)).standing(), Some(High));
    }
}
