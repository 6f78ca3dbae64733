//! Second factors.

use std::sync::Arc;

use ppn_domain::{Span, UserId};
use ppn_store::{SecondFactor, Store};

use crate::samples::{NOON, random};

/// With the step of its last code.
pub async fn a_second_factor_reads_back_as_written(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let ann = uow.user_named("ann", UserId::new(NOON, random(1)), NOON).await.unwrap();
    assert_eq!(uow.second_factor(ann).await.unwrap(), None);
    let mut factor = SecondFactor { secret: [7; 20], confirmed_at: None, last_step: 0 };
    uow.write_second_factor(ann, &factor).await.unwrap();
    assert_eq!(uow.second_factor(ann).await.unwrap().as_ref(), Some(&factor));
    factor.confirmed_at = Some(NOON);
    factor.last_step = 59_333_333;
    uow.write_second_factor(ann, &factor).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.second_factor(ann).await.unwrap(), Some(factor));
}

/// And those of one person are not another's.
pub async fn a_recovery_code_is_used_once(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let ann = uow.user_named("ann", UserId::new(NOON, random(1)), NOON).await.unwrap();
    let ben = uow.user_named("ben", UserId::new(NOON, random(2)), NOON).await.unwrap();
    let factor = SecondFactor { secret: [7; 20], confirmed_at: Some(NOON), last_step: 0 };
    uow.write_second_factor(ann, &factor).await.unwrap();
    uow.keep_recovery_codes(ann, &[[1; 32], [2; 32]]).await.unwrap();
    assert_eq!(uow.recovery_codes_left(ann).await.unwrap(), 2);
    assert!(!uow.use_recovery_code(ben, &[1; 32], NOON).await.unwrap());
    assert!(!uow.use_recovery_code(ann, &[3; 32], NOON).await.unwrap());
    assert!(uow.use_recovery_code(ann, &[1; 32], NOON).await.unwrap());
    assert!(!uow.use_recovery_code(ann, &[1; 32], NOON + Span::hours(1)).await.unwrap());
    assert_eq!(uow.recovery_codes_left(ann).await.unwrap(), 1);
    uow.keep_recovery_codes(ann, &[[4; 32]]).await.unwrap();
    assert!(!uow.use_recovery_code(ann, &[2; 32], NOON).await.unwrap());
    assert!(uow.remove_second_factor(ann).await.unwrap());
    assert!(!uow.remove_second_factor(ann).await.unwrap());
    assert_eq!(uow.second_factor(ann).await.unwrap(), None);
    assert_eq!(uow.recovery_codes_left(ann).await.unwrap(), 0);
}
