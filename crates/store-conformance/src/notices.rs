//! Notices, revisions, policies, and what a unit of work is.

use std::sync::Arc;

use ppn_domain::notice::codes::Grade;
use ppn_domain::{Band, Finding, FindingCode, Outcome, PolicyRef, Rank, Span, State, Timestamp};
use ppn_store::{AcceptedLowering, FoundOutcome, PolicyText, Schema, Store, StoreError};

use crate::samples::{NOON, notice, revision, waiting};

/// What is saved is there for the next; what is dropped never was.
pub async fn saved_work_is_seen_and_dropped_work_is_not(store: Arc<dyn Store>) {
    let (kept, dropped) = (notice(1), notice(2));
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&kept)).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&dropped)).await.unwrap();
    drop(uow);
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.notice(kept.head.id).await.unwrap(), Some(kept.head));
    assert_eq!(uow.notice(dropped.head.id).await.unwrap(), None);
}

/// Both ways to a notice give the same.
pub async fn a_notice_is_found_by_reference_and_by_id(store: Arc<dyn Store>) {
    let one = notice(1);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    let key = |reference: &str| ("niche".to_owned(), reference.to_owned());
    let found =
        uow.notices_by_reference(&[key("none"), key("R1"), ("other".to_owned(), "R1".to_owned())]).await;
    assert_eq!(found.unwrap(), [None, Some(one.head.clone()), None]);
    assert_eq!(uow.notice(one.head.id).await.unwrap(), Some(one.head));
}

/// (source, reference) identifies a notice.
pub async fn the_same_reference_is_kept_once(store: Arc<dyn Store>) {
    let first = notice(1);
    let mut second = notice(2);
    second.head.reference.clone_from(&first.head.reference);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&[first]).await.unwrap();
    assert!(uow.insert_notices(&[second]).await.is_err());
}

/// A further revision stands beside the first.
pub async fn a_revision_keeps_its_number_and_content(store: Arc<dyn Store>) {
    let one = notice(1);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    let mut second = revision(one.head.id, 2, 77);
    second.head.findings = vec![Finding {
        code: FindingCode::EthnicityMissing,
        path: "/persons/0/ethnicity".to_owned(),
        text: "Ask".to_owned(),
    }];
    let mut head = one.head.clone();
    head.revision = 2;
    head.revisions = 2;
    uow.insert_revision(&second, &head).await.unwrap();
    assert_eq!(uow.notice(one.head.id).await.unwrap(), Some(head));
    assert_eq!(uow.revisions(one.head.id).await.unwrap(), [one.first.head.clone(), second.head]);
    assert_eq!(uow.body(one.head.id, 1).await.unwrap(), Some(one.first.body));
    assert_eq!(uow.body(one.head.id, 2).await.unwrap(), Some(second.body));
    assert_eq!(uow.body(one.head.id, 3).await.unwrap(), None);
}

/// Content equal to any earlier revision is known by its hash.
pub async fn the_same_content_is_recognised(store: Arc<dyn Store>) {
    let one = notice(1);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    let known = uow.revision_with_hash(one.head.id, &one.first.head.content_hash).await.unwrap();
    assert_eq!(known, Some(one.first.head));
    assert_eq!(uow.revision_with_hash(one.head.id, &[9; 32]).await.unwrap(), None);
}

/// Two writers cannot both add the same next revision.
pub async fn a_head_written_from_an_old_count_is_refused(store: Arc<dyn Store>) {
    let one = notice(1);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    let mut head = one.head.clone();
    head.revisions = 3;
    let answer = uow.insert_revision(&revision(one.head.id, 3, 77), &head).await;
    assert!(matches!(answer, Err(StoreError::NotOnce { table: "notices", .. })), "{answer:?}");
}

/// The same (notice, opened) is kept once.
pub async fn found_outcomes_are_kept_once(store: Arc<dyn Store>) {
    let one = notice(1);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    let found = FoundOutcome {
        notice_id: one.head.id,
        opened_at: NOON,
        found_band: Some(Band::Red),
        found_grade: Some(Grade::High),
        outcome: Some("shared".to_owned()),
        added: (NOON, "operator".to_owned()),
    };
    assert!(uow.insert_found_outcome(&found).await.unwrap());
    assert!(!uow.insert_found_outcome(&found).await.unwrap());
}

/// By notice and then by opening, each once, whatever the pages.
pub async fn found_outcomes_are_read_page_by_page(store: Arc<dyn Store>) {
    let notices = [notice(1), notice(2), notice(3)];
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&notices).await.unwrap();
    let mut all = Vec::new();
    for (place, of) in notices.iter().enumerate() {
        for hour in 0..3_i64 {
            all.push(FoundOutcome {
                notice_id: of.head.id,
                // The latest first, so that the order is not that of writing.
                opened_at: NOON - ppn_domain::Span::hours(hour),
                found_band: (place != 0).then_some(if hour == 0 { Band::Red } else { Band::Blue }),
                found_grade: (place != 1).then_some(Grade::Medium),
                outcome: (hour != 1).then(|| format!("in words {hour}")),
                added: (NOON, "operator".to_owned()),
            });
        }
    }
    for found in &all {
        uow.insert_found_outcome(found).await.unwrap();
    }
    all.sort_by_key(|found| (found.notice_id, found.opened_at));
    for limit in [1, 2, 4, 9, 100] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = uow.found_outcomes(after, limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = Some((last.notice_id, last.opened_at));
            read.extend(page);
        }
        assert_eq!(read, all, "pages of {limit}");
    }
    // A place that nothing holds is as good as any.
    let before_third = uow.found_outcomes(Some((all[6].notice_id, Timestamp::from_micros(0))), 100).await;
    assert_eq!(before_third.unwrap(), all[6..]);
}

/// By identifier, each once, whatever the pages.
pub async fn every_notice_is_read_page_by_page(store: Arc<dyn Store>) {
    let notices = [3, 1, 2, 5, 4].map(notice);
    let mut uow = store.write().await.unwrap();
    assert!(uow.notices_after(None, 10).await.unwrap().is_empty());
    uow.insert_notices(&notices).await.unwrap();
    let mut heads: Vec<_> = notices.into_iter().map(|new| new.head).collect();
    heads.sort_by_key(|head| head.id);
    for limit in [1, 2, 5, 100] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = uow.notices_after(after, limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            read.extend(page);
        }
        assert_eq!(read, heads, "pages of {limit}");
    }
}

/// By notice and by when it was opened, those of the notices asked for alone.
pub async fn found_outcomes_of_notices_read_back(store: Arc<dyn Store>) {
    let notices = [notice(1), notice(2), notice(3)];
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&notices).await.unwrap();
    let found = |of: usize, hours: i64, band: Option<Band>, grade: Option<Grade>| FoundOutcome {
        notice_id: notices[of].head.id,
        opened_at: NOON + Span::hours(hours),
        found_band: band,
        found_grade: grade,
        outcome: band.map(|_| "shared".to_owned()),
        added: (NOON, "operator".to_owned()),
    };
    let kept = [
        found(0, 1, None, Some(Grade::High)),
        found(0, 3, Some(Band::Blue), None),
        found(1, 2, None, None),
        found(2, 1, Some(Band::Red), None),
    ];
    for one in kept.iter().rev() {
        assert!(uow.insert_found_outcome(one).await.unwrap());
    }
    let ids = [notices[1].head.id, notices[0].head.id];
    assert_eq!(uow.found_outcomes_of(&ids).await.unwrap(), kept[..3]);
    assert_eq!(uow.found_outcomes_of(&[]).await.unwrap(), []);
}

/// Migrating is safe to repeat.
pub async fn the_schema_is_current_after_migration_and_migrating_again_changes_nothing(
    store: Arc<dyn Store>,
) {
    assert_eq!(store.schema().await.unwrap(), Schema::Current);
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Current);
}

/// One policy is active; an earlier one can be installed again.
pub async fn policies_replace_each_other(store: Arc<dyn Store>) {
    let policy = |version: &str| PolicyText {
        reference: PolicyRef { version: version.to_owned(), hash: format!("hash {version}") },
        text: format!("version = {version}"),
        proposer: "ann".to_owned(),
        approver: Some("ben".to_owned()),
        installed_at: NOON,
    };
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.active_policy().await.unwrap(), None);
    for version in ["1", "2", "1"] {
        uow.install_policy(&policy(version)).await.unwrap();
        assert_eq!(uow.active_policy().await.unwrap(), Some(policy(version)));
    }
}

/// A policy that is kept changes nothing until it is approved, once, and put in force.
pub async fn a_policy_is_kept_approved_and_put_in_force(store: Arc<dyn Store>) {
    let policy = |version: &str, approver: Option<&str>| PolicyText {
        reference: PolicyRef { version: version.to_owned(), hash: format!("hash {version}") },
        text: format!("version = {version}"),
        proposer: "ann".to_owned(),
        approver: approver.map(str::to_owned),
        installed_at: NOON,
    };
    let mut uow = store.write().await.unwrap();
    uow.install_policy(&policy("1", None)).await.unwrap();
    let later = PolicyText { installed_at: NOON + ppn_domain::Span::hours(1), ..policy("2", None) };
    uow.keep_policy(&later).await.unwrap();
    assert_eq!(uow.policies().await.unwrap(), [(later, false), (policy("1", None), true)]);
    assert_eq!(uow.active_policy().await.unwrap(), Some(policy("1", None)));
    assert_eq!(uow.active_policy_ref().await.unwrap(), Some(policy("1", None).reference));
    uow.approve_policy("hash 2", "ben", &[]).await.unwrap();
    for hash in ["hash 2", "hash 3"] {
        let again = uow.approve_policy(hash, "cat", &[]).await;
        assert!(matches!(again, Err(StoreError::NotOnce { .. })), "{again:?}");
    }
    uow.activate_policy("hash 2", NOON).await.unwrap();
    assert_eq!(uow.active_policy().await.unwrap(), Some(policy("2", Some("ben"))));
    let absent = uow.activate_policy("hash 3", NOON).await;
    assert!(matches!(absent, Err(StoreError::NotOnce { .. })), "{absent:?}");
}

/// What was accepted with a policy is found by policy and item, and by nothing else.
pub async fn accepted_lowerings_are_of_one_policy(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 30, 1), (Band::Amber, 9, 2), (Band::Green, 1, 3)]).await;
    let mut uow = store.write().await.unwrap();
    for version in ["1", "2"] {
        let kept = PolicyText {
            reference: PolicyRef { version: version.to_owned(), hash: format!("hash {version}") },
            text: "text".to_owned(),
            proposer: "ann".to_owned(),
            approver: None,
            installed_at: NOON,
        };
        uow.keep_policy(&kept).await.unwrap();
    }
    let to = Rank { band: Band::Green, score: 2 };
    let accepted: Vec<AcceptedLowering> =
        items[..2].iter().map(|item| AcceptedLowering { item: item.id, from: item.rank, to }).collect();
    uow.approve_policy("hash 1", "ben", &accepted).await.unwrap();
    uow.approve_policy("hash 2", "ben", &[]).await.unwrap();
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    let mut found = uow.accepted_lowerings("hash 1", &ids).await.unwrap();
    found.sort_by_key(|of| of.from);
    found.reverse();
    assert_eq!(found, accepted);
    assert_eq!(uow.accepted_lowerings("hash 2", &ids).await.unwrap(), []);
    assert_eq!(uow.accepted_lowerings("hash 1", &ids[2..]).await.unwrap(), []);
}

/// Unfinished items whose latest assessment is of another policy are counted.
pub async fn items_under_another_policy_are_counted(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 30, 1), (Band::Amber, 9, 2)]).await;
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.items_under_another("h").await.unwrap(), 0);
    assert_eq!(uow.items_under_another("another").await.unwrap(), 2);
    let mut done = items[0].clone();
    done.state = State::Done { outcome: Outcome::Shared };
    uow.save_item(&done).await.unwrap();
    assert_eq!(uow.items_under_another("another").await.unwrap(), 1);
}
