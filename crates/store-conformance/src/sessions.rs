//! Users with passwords, their sessions, and failed sign-ins.

use std::sync::Arc;

use ppn_domain::{Roles, SessionId, Span, Timestamp, UserId, UserRole};
use ppn_store::{Failures, NewSession, Password, Store, StoreError, UnitOfWork, User};

use crate::samples::{NOON, random};

pub(crate) async fn user(uow: &mut dyn UnitOfWork, name: &str) -> User {
    let n = u64::from(name.as_bytes()[0]);
    uow.user_named(name, UserId::new(NOON, random(n)), NOON).await.unwrap();
    uow.user(name).await.unwrap().unwrap()
}

pub(crate) fn session(n: u8, user: &User, at: Timestamp) -> NewSession {
    NewSession {
        id: SessionId::new(at, random(n.into())),
        hash: [n; 32],
        browser: [n + 100; 32],
        user_id: user.id,
        origin: "10.0.0.7".to_owned(),
        provider: None,
        created_at: at,
        ends_at: at + Span::hours(12),
    }
}

/// Roles, password, end and failures.
pub async fn a_user_reads_back_as_written(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let mut ann = user(&mut *uow, "ann").await;
    assert_eq!((ann.name.as_str(), ann.created_at, &ann.roles), ("ann", NOON, &Roles::default()));
    assert_eq!((&ann.password, ann.disabled_at, ann.signed_in_at, ann.failures), (&None, None, None, 0));
    ann.roles = Roles::from_iter([UserRole::Researcher, UserRole::Reviewer]);
    ann.password = Some(Password { hash: "$argon2id$x".to_owned(), until: Some(NOON + Span::days(7)) });
    ann.disabled_at = Some(NOON);
    ann.signed_in_at = Some(NOON + Span::seconds(1));
    ann.failures = 3;
    uow.write_user(&ann).await.unwrap();
    assert_eq!(uow.user("ann").await.unwrap(), Some(ann.clone()));
    assert_eq!(uow.user("ben").await.unwrap(), None);
    let ben = user(&mut *uow, "ben").await;
    uow.save().await.unwrap();
    assert_eq!(store.read().await.unwrap().users().await.unwrap(), [ann, ben.clone()]);
    let nobody = User { id: UserId::new(NOON, 99), ..ben };
    let refused = store.write().await.unwrap().write_user(&nobody).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotOnce { changed: 0, .. }));
}

/// Neither their tokens nor their roles.
pub async fn nothing_of_a_disabled_user_opens_anything(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let mut ann = user(&mut *uow, "ann").await;
    ann.roles = Roles::from_iter([UserRole::Reviewer]);
    uow.write_user(&ann).await.unwrap();
    let token = crate::accounts::token(1, ann.id, UserRole::Researcher);
    uow.insert_token(&token).await.unwrap();
    let both = Roles::from_iter([UserRole::Researcher, UserRole::Reviewer]);
    assert_eq!(uow.roles_of("ann", NOON).await.unwrap(), Some(both));
    assert!(uow.token_owner(&token.hash).await.unwrap().is_some());
    ann.disabled_at = Some(NOON);
    uow.write_user(&ann).await.unwrap();
    assert_eq!(uow.roles_of("ann", NOON).await.unwrap(), Some(Roles::default()));
    assert_eq!(uow.token_owner(&token.hash).await.unwrap(), None);
}

/// Once, and with its use before.
pub async fn a_token_is_listed_and_revoked_once(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let ann = user(&mut *uow, "ann").await;
    let token = crate::accounts::token(1, ann.id, UserRole::Source);
    uow.insert_token(&token).await.unwrap();
    uow.token_used(token.id, NOON + Span::hours(1)).await.unwrap();
    assert_eq!(uow.token_owner(&token.hash).await.unwrap().unwrap().used_at, Some(NOON + Span::hours(1)));
    assert!(uow.revoke_token(token.id, NOON + Span::hours(2)).await.unwrap());
    assert!(!uow.revoke_token(token.id, NOON + Span::hours(3)).await.unwrap());
    let listed = uow.tokens().await.unwrap();
    assert_eq!((listed.len(), listed[0].id, listed[0].user.as_str()), (1, token.id, "ann"));
    assert_eq!((&listed[0].roles, &listed[0].source), (&token.roles, &token.source));
    assert_eq!(listed[0].revoked_at, Some(NOON + Span::hours(2)));
    assert_eq!(listed[0].used_at, Some(NOON + Span::hours(1)));
    assert_eq!((listed[0].created_at, listed[0].expires_at), (token.created_at, token.expires_at));
    assert_eq!(uow.token_owner(&token.hash).await.unwrap(), None);
    assert!(!uow.revoke_token(ppn_domain::TokenId::new(NOON, 9), NOON).await.unwrap());
}

/// By the hash of its secret alone, with its user as they are then.
pub async fn a_session_is_found_until_it_is_ended(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let mut ann = user(&mut *uow, "ann").await;
    let new = session(1, &ann, NOON);
    uow.insert_session(&new).await.unwrap();
    ann.failures = 1;
    uow.write_user(&ann).await.unwrap();
    let (found, of) = uow.session(&new.hash).await.unwrap().unwrap();
    assert_eq!((found.id, found.user_id, of), (new.id, ann.id, ann));
    assert_eq!((found.created_at, found.seen_at, found.ends_at), (NOON, NOON, new.ends_at));
    assert_eq!(found.origin, "10.0.0.7");
    uow.session_seen(new.id, NOON + Span::minutes(2)).await.unwrap();
    uow.session_seen(new.id, NOON + Span::minutes(1)).await.unwrap();
    assert_eq!(uow.session(&new.hash).await.unwrap().unwrap().0.seen_at, NOON + Span::minutes(2));
    assert!(uow.session(&[9; 32]).await.unwrap().is_none());
    assert!(uow.end_session(new.id, NOON + Span::minutes(3)).await.unwrap());
    assert!(!uow.end_session(new.id, NOON + Span::minutes(3)).await.unwrap());
    assert!(uow.session(&new.hash).await.unwrap().is_none());
    uow.session_seen(new.id, NOON + Span::minutes(4)).await.unwrap();
    assert!(uow.session(&new.hash).await.unwrap().is_none());
}

/// Newest first, and no one else's.
pub async fn sessions_of_a_user_are_listed(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let (ann, ben) = (user(&mut *uow, "ann").await, user(&mut *uow, "ben").await);
    for (n, of, minutes) in [(1, &ann, 0), (2, &ann, 1), (3, &ann, 2), (4, &ben, 3)] {
        uow.insert_session(&session(n, of, NOON + Span::minutes(minutes))).await.unwrap();
    }
    let second = session(2, &ann, NOON + Span::minutes(1)).id;
    uow.end_session(second, NOON).await.unwrap();
    let of_ann: Vec<Timestamp> =
        uow.sessions_of(ann.id).await.unwrap().iter().map(|s| s.created_at).collect();
    assert_eq!(of_ann, [NOON + Span::minutes(2), NOON]);
    assert_eq!(uow.sessions_of(ben.id).await.unwrap().len(), 1);
}

/// By either limit, the longest unseen first.
pub async fn sessions_whose_time_is_over_are_found(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let ann = user(&mut *uow, "ann").await;
    for n in 1..=4 {
        let mut new = session(n, &ann, NOON + Span::minutes(n.into()));
        if n == 4 {
            new.ends_at = NOON + Span::minutes(5);
        }
        uow.insert_session(&new).await.unwrap();
    }
    let minutes = |sessions: Vec<(ppn_store::StoredSession, String)>| -> Vec<i64> {
        sessions.iter().map(|(s, _)| (s.created_at - NOON).as_seconds() / 60).collect()
    };
    let idle = uow.stale_sessions(NOON + Span::minutes(2), NOON, 10).await.unwrap();
    assert!(idle.iter().all(|(_, name)| name == "ann"));
    assert_eq!(minutes(idle), [1, 2]);
    let either = uow.stale_sessions(NOON + Span::minutes(1), NOON + Span::minutes(5), 10).await.unwrap();
    assert_eq!(minutes(either), [1, 4]);
    let most = uow.stale_sessions(NOON + Span::minutes(9), NOON, 3).await.unwrap();
    assert_eq!(minutes(most), [1, 2, 3]);
}

/// For the same person alone, and after the session ended, until it is forgotten.
pub async fn a_browser_is_known_again(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let (ann, ben) = (user(&mut *uow, "ann").await, user(&mut *uow, "ben").await);
    let new = session(1, &ann, NOON);
    assert!(!uow.knows_browser(ann.id, &new.browser).await.unwrap());
    uow.insert_session(&new).await.unwrap();
    uow.end_session(new.id, NOON).await.unwrap();
    assert!(uow.knows_browser(ann.id, &new.browser).await.unwrap());
    assert!(!uow.knows_browser(ben.id, &new.browser).await.unwrap());
    assert_eq!(uow.forget_sign_ins(NOON, NOON).await.unwrap(), 0);
    assert!(uow.knows_browser(ann.id, &new.browser).await.unwrap());
    assert_eq!(uow.forget_sign_ins(NOON + Span::seconds(1), NOON).await.unwrap(), 1);
    assert!(!uow.knows_browser(ann.id, &new.browser).await.unwrap());
}

/// One row a bucket, written over, cleared and forgotten.
pub async fn failures_are_kept_by_bucket(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = |failures, seconds| Failures { failures, until: NOON + Span::seconds(seconds), last_at: NOON };
    assert_eq!(uow.failures(&[1; 32]).await.unwrap(), None);
    uow.keep_failures(&[1; 32], &of(1, 0)).await.unwrap();
    uow.keep_failures(&[1; 32], &of(2, 9)).await.unwrap();
    uow.keep_failures(&[2; 32], &of(1, 0)).await.unwrap();
    assert_eq!(uow.failures(&[1; 32]).await.unwrap(), Some(of(2, 9)));
    uow.clear_failures(&[1; 32]).await.unwrap();
    assert_eq!(uow.failures(&[1; 32]).await.unwrap(), None);
    assert_eq!(uow.forget_sign_ins(NOON, NOON).await.unwrap(), 0);
    assert_eq!(uow.forget_sign_ins(NOON, NOON + Span::seconds(1)).await.unwrap(), 1);
    assert_eq!(uow.failures(&[2; 32]).await.unwrap(), None);
}

/// What one wrote the other reads, so that no change of an account is lost.
pub async fn the_second_writer_of_a_user_waits_for_the_first(store: Arc<dyn Store>) {
    let mut first = store.write().await.unwrap();
    user(&mut *first, "ann").await;
    first.save().await.unwrap();
    let mut first = store.write().await.unwrap();
    let mut ann = first.user("ann").await.unwrap().unwrap();
    let second = tokio::spawn({
        let store = store.clone();
        async move {
            let mut second = store.write().await.unwrap();
            let mut ann = second.user("ann").await.unwrap().unwrap();
            ann.failures += 1;
            second.write_user(&ann).await.unwrap();
            second.save().await.unwrap();
        }
    });
    tokio::task::yield_now().await;
    ann.failures += 1;
    first.write_user(&ann).await.unwrap();
    first.save().await.unwrap();
    second.await.unwrap();
    assert_eq!(store.read().await.unwrap().user("ann").await.unwrap().unwrap().failures, 2);
}
