//! Users, tokens, and answers kept for the same request.

use std::sync::Arc;

use ppn_domain::{Roles, Span, TokenId, UserId, UserRole};
use ppn_store::{Answered, NewToken, Store};

use crate::samples::{NOON, random};

pub(crate) fn token(n: u64, user_id: UserId, role: UserRole) -> NewToken {
    NewToken {
        id: TokenId::new(NOON, random(n)),
        hash: [u8::try_from(n).unwrap(); 32],
        user_id,
        roles: Roles::from_iter([role]),
        source: (role == UserRole::Source).then(|| "niche".to_owned()),
        created_at: NOON,
        expires_at: NOON + Span::days(1),
    }
}

/// By the hash of its secret alone.
pub async fn a_token_acts_as_its_user(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let id = UserId::new(NOON, 1);
    assert_eq!(uow.user_named("ann", id, NOON).await.unwrap(), id);
    assert_eq!(uow.user_named("ann", UserId::new(NOON, 2), NOON).await.unwrap(), id);
    let token = token(1, id, UserRole::Source);
    uow.insert_token(&token).await.unwrap();
    let owner = uow.token_owner(&token.hash).await.unwrap().unwrap();
    assert_eq!((owner.user.as_str(), &owner.roles), ("ann", &token.roles));
    assert_eq!((owner.source, owner.expires_at), (token.source, token.expires_at));
    assert_eq!(uow.token_owner(&[9; 32]).await.unwrap(), None);
}

/// Ended ones give nothing.
pub async fn roles_of_a_user_are_those_of_live_tokens(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let id = uow.user_named("ann", UserId::new(NOON, 1), NOON).await.unwrap();
    assert_eq!(uow.roles_of("ann", NOON).await.unwrap(), Some(Roles::default()));
    assert_eq!(uow.roles_of("ben", NOON).await.unwrap(), None);
    uow.insert_token(&token(1, id, UserRole::Researcher)).await.unwrap();
    uow.insert_token(&token(2, id, UserRole::Reviewer)).await.unwrap();
    let both = Roles::from_iter([UserRole::Researcher, UserRole::Reviewer]);
    assert_eq!(uow.roles_of("ann", NOON).await.unwrap(), Some(both));
    assert_eq!(uow.roles_of("ann", NOON + Span::days(1)).await.unwrap(), Some(Roles::default()));
}

/// By caller and key.
pub async fn answers_are_kept_for_the_same_key_and_replaced_when_old(store: Arc<dyn Store>) {
    let since = NOON - Span::hours(24);
    let answer = |text: &str, hours| Answered {
        request_hash: [1; 32],
        answer: text.to_owned(),
        at: NOON - Span::hours(hours),
    };
    let mut uow = store.write().await.unwrap();
    uow.keep_answer("ann", "k", &answer("new", 1), since).await.unwrap();
    assert_eq!(uow.answered("ann", "k", since).await.unwrap(), Some(answer("new", 1)));
    assert_eq!(uow.answered("ben", "k", since).await.unwrap(), None);
    uow.keep_answer("ann", "old", &answer("old", 25), NOON - Span::days(3)).await.unwrap();
    assert_eq!(uow.answered("ann", "old", since).await.unwrap(), None);
    uow.keep_answer("ann", "old", &answer("newer", 0), since).await.unwrap();
    assert_eq!(uow.answered("ann", "old", since).await.unwrap(), Some(answer("newer", 0)));
    assert_eq!(uow.answered("ann", "k", since).await.unwrap(), Some(answer("new", 1)));
}
