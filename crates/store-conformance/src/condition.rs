//! What a store says of its own state.

use std::sync::Arc;

use ppn_domain::{Act, AuditId, AuditRow, Span};
use ppn_store::{Look, Store};

use crate::samples::{NOON, random};

/// Whole, durable but for what it is tested with, and with the acts of its log.
pub async fn a_store_in_order_says_so(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let row = |n: u64| AuditRow {
        id: AuditId::new(NOON, random(n)),
        at: NOON + Span::seconds(n.cast_signed()),
        who: "ann".to_owned(),
        act: Act::Claimed,
        notice_id: None,
        work_item_id: None,
        person_id: None,
        origin: "here".to_owned(),
        why: None,
        recipient: None,
        detail: serde_json::json!({}),
    };
    uow.append_log(&[row(1), row(3), row(2)]).await.unwrap();
    uow.save().await.unwrap();
    for look in [Look::Quick, Look::Thorough] {
        let condition = store.condition(look).await.unwrap();
        assert!(condition.engine.contains(|c: char| c.is_ascii_digit()), "{}", condition.engine);
        assert!(condition.bytes > 0);
        assert_eq!(condition.faults, []);
        assert_eq!(condition.damage, Vec::<String>::new());
        assert_eq!(condition.latest_acts, [2, 3, 1].map(|n| NOON + Span::seconds(n)));
        assert!(condition.durability.iter().any(|setting| setting.required && setting.holds));
        for setting in condition.durability.iter().filter(|setting| !setting.holds) {
            assert_ne!(setting.value, setting.needed, "{}", setting.name);
        }
    }
}
