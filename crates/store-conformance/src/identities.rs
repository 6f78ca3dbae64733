//! Whom an OpenID provider vouches for.

use std::sync::Arc;

use ppn_domain::{Span, UserId};
use ppn_store::{AtProvider, Store, SubjectAt};

use crate::samples::NOON;
use crate::sessions::{session, user};

fn at(issuer: &str, subject: &str) -> SubjectAt {
    SubjectAt { issuer: issuer.to_owned(), subject: subject.to_owned() }
}

/// By issuer and subject together; a later one takes the place of the first.
pub async fn a_provider_means_one_user(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let (ann, ben) = (user(&mut *uow, "ann").await, user(&mut *uow, "ben").await);
    let first = at("https://one.example", "4711");
    assert_eq!(uow.user_at(&first).await.unwrap(), None);
    assert!(uow.write_identity(ann.id, &first, NOON).await.unwrap());
    assert!(uow.write_identity(ann.id, &first, NOON).await.unwrap(), "said again");
    assert_eq!(uow.user_at(&first).await.unwrap().as_ref(), Some(&ann));
    assert_eq!(uow.user_at(&at("https://two.example", "4711")).await.unwrap(), None);
    assert!(!uow.write_identity(ben.id, &first, NOON).await.unwrap(), "it means ann");
    assert_eq!(uow.users_at_providers().await.unwrap(), [ann.id]);
    let second = at("https://one.example", "4712");
    assert!(uow.write_identity(ann.id, &second, NOON + Span::days(1)).await.unwrap());
    assert_eq!(uow.user_at(&first).await.unwrap(), None);
    assert!(uow.write_identity(ben.id, &first, NOON).await.unwrap(), "it means nobody any more");
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.user_at(&second).await.unwrap(), Some(ann.clone()));
    let mut both: Vec<UserId> = uow.users_at_providers().await.unwrap();
    both.sort();
    assert_eq!(both, [ann.id.min(ben.id), ann.id.max(ben.id)]);
}

/// And keeps where it began.
pub async fn a_session_is_found_by_that_of_its_provider(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let ann = user(&mut *uow, "ann").await;
    let begun = |issuer: &str, session: Option<&str>| {
        Some(AtProvider { issuer: issuer.to_owned(), session: session.map(str::to_owned) })
    };
    let provider = [
        begun("https://one.example", Some("s1")),
        begun("https://one.example", Some("s2")),
        begun("https://two.example", Some("s1")),
        begun("https://one.example", None),
        None,
    ];
    for (n, provider) in (1..).zip(provider.clone()) {
        let mut new = session(n, &ann, NOON + Span::minutes(n.into()));
        new.provider = provider;
        uow.insert_session(&new).await.unwrap();
    }
    let found = uow.sessions_at("https://one.example", "s1").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.created_at, found[0].1.as_str()), (NOON + Span::minutes(1), "ann"));
    let kept: Vec<Option<AtProvider>> =
        uow.sessions_of(ann.id).await.unwrap().into_iter().rev().map(|s| s.provider).collect();
    assert_eq!(kept, provider);
    assert_eq!(uow.session(&[4; 32]).await.unwrap().unwrap().0.provider, provider[3]);
    assert!(uow.end_session(found[0].0.id, NOON).await.unwrap());
    assert!(uow.sessions_at("https://one.example", "s1").await.unwrap().is_empty());
    let stale = uow.stale_sessions(NOON + Span::days(1), NOON, 10).await.unwrap();
    assert_eq!(stale[0].0.provider, provider[1]);
}
