//! Grades that reviewers gave.

use std::sync::Arc;

use ppn_domain::notice::codes::Grade;
use ppn_domain::review::Decided;
use ppn_domain::{Band, Review, ReviewId, SecondPerson, Span, WorkItem};
use ppn_store::Store;

use crate::samples::{NOON, random, waiting};

fn review(n: u64, of: &WorkItem, second_person: Vec<SecondPerson>) -> Review {
    Review {
        id: ReviewId::new(NOON, random(n)),
        work_item_id: of.id,
        notice_id: of.notice_id,
        revision: 1,
        at: NOON + Span::minutes(i64::try_from(n).unwrap()),
        by: "rita".to_owned(),
        grade: Grade::Medium,
        officer_grade: (n != 2).then_some(Grade::High),
        stood: (n != 1).then_some(Grade::Standard),
        marac_criteria: vec!["marac_three_events".to_owned()],
        marac_referred: match n {
            1 => None,
            2 => Some(false),
            _ => Some(true),
        },
        second_person,
        decided: None,
    }
}

/// Grades come oldest first, of their notice alone, each as it was given.
pub async fn grades_read_back_as_given(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 1, 1), (Band::Red, 1, 1)]).await;
    let all = [
        review(1, &items[0], Vec::new()),
        review(2, &items[0], vec![SecondPerson::LoweredFromHigh, SecondPerson::Drawn]),
        review(3, &items[1], Vec::new()),
    ];
    let mut uow = store.write().await.unwrap();
    for review in all.iter().rev() {
        uow.insert_review(review).await.unwrap();
    }
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.reviews(items[0].notice_id).await.unwrap(), all[..2]);
    assert_eq!(uow.reviews(items[1].notice_id).await.unwrap(), all[2..]);
}

/// What the second person says is kept with the grade that waits for it, and with no other.
pub async fn the_grade_that_waits_is_decided(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 1, 1)]).await;
    let second = vec![SecondPerson::LoweredFromHigh];
    let said = |by: &str, endorsed| Decided { by: by.to_owned(), at: NOON + Span::hours(1), endorsed };
    let mut uow = store.write().await.unwrap();
    uow.insert_review(&review(1, &items[0], Vec::new())).await.unwrap();
    uow.decide_review(items[0].id, &said("nobody", true)).await.unwrap();
    uow.insert_review(&review(2, &items[0], second.clone())).await.unwrap();
    uow.decide_review(items[0].id, &said("sam", false)).await.unwrap();
    uow.insert_review(&review(3, &items[0], second)).await.unwrap();
    uow.decide_review(items[0].id, &said("sue", true)).await.unwrap();
    let decided: Vec<_> =
        uow.reviews(items[0].notice_id).await.unwrap().into_iter().map(|r| r.decided).collect();
    assert_eq!(decided, [None, Some(said("sam", false)), Some(said("sue", true))]);
}

/// Two grades of one item cannot wait at once.
pub async fn one_grade_of_an_item_waits(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 1, 1)]).await;
    let second = vec![SecondPerson::LoweredFromHigh];
    let mut uow = store.write().await.unwrap();
    uow.insert_review(&review(1, &items[0], second.clone())).await.unwrap();
    assert!(uow.insert_review(&review(2, &items[0], second)).await.is_err());
}
