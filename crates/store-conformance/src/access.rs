//! Standing lists, opened notices, and people kept off.

use std::sync::Arc;

use ppn_domain::notice::codes::RestrictionReason as R;
use ppn_domain::{Band, Desk, NoticeId, Restriction, Span, State, StateName, UserId};
use ppn_store::{Choice, KeptOff, ListQuery, Listed, Opened, Store, StoreError, UnitOfWork, Viewer};

use crate::samples::{NOON, claim, item, notice, random, viewer, waiting};

async fn users(uow: &mut dyn UnitOfWork, names: &[&str]) {
    for (n, name) in (1..).zip(names) {
        uow.user_named(name, UserId::new(NOON, random(n)), NOON).await.unwrap();
    }
}

fn query(viewer: Viewer) -> ListQuery {
    ListQuery {
        desk: None,
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue_at: None,
        after: None,
        limit: 10,
        viewer,
        desks: Desk::ALL.to_vec(),
    }
}

async fn listed(uow: &mut dyn UnitOfWork, viewer: Viewer) -> Vec<NoticeId> {
    uow.list_items(&query(viewer)).await.unwrap().into_iter().map(|item| item.notice_id).collect()
}

/// One of each list is on call, and a disabled user opens nothing.
pub async fn a_list_names_people_and_one_on_call(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    users(&mut *uow, &["ann", "ben"]).await;
    uow.put_on_list(R::StaffRelative, "ann", true).await.unwrap();
    uow.put_on_list(R::StaffRelative, "ben", true).await.unwrap();
    uow.put_on_list(R::Other, "ben", false).await.unwrap();
    uow.put_on_list(R::Other, "nobody", false).await.unwrap();
    let of = |reason, name: &str, on_call| Listed { reason, name: name.to_owned(), on_call, disabled: false };
    let expected =
        [of(R::Other, "ben", false), of(R::StaffRelative, "ann", false), of(R::StaffRelative, "ben", true)];
    assert_eq!(uow.lists().await.unwrap(), expected);
    assert_eq!(uow.opens("ben").await.unwrap(), Restriction::from_iter([R::StaffRelative, R::Other]));
    assert_eq!(uow.opens("nobody").await.unwrap(), Restriction::NONE);

    let mut ben = uow.user("ben").await.unwrap().unwrap();
    ben.disabled_at = Some(NOON);
    uow.write_user(&ben).await.unwrap();
    assert_eq!(uow.opens("ben").await.unwrap(), Restriction::NONE);
    assert!(uow.lists().await.unwrap().iter().all(|of| of.disabled == (of.name == "ben")));

    assert!(uow.take_off_list(R::Other, "ben").await.unwrap());
    assert!(!uow.take_off_list(R::Other, "ben").await.unwrap());
    assert_eq!(uow.lists().await.unwrap().len(), 2);
}

/// By the list of every reason, in each place where work comes up.
pub async fn an_item_comes_up_where_every_reason_has_the_viewer_on_its_list(store: Arc<dyn Store>) {
    let both = Restriction::from_iter([R::HonourBasedAbuse, R::Other]);
    let mut of = notice(1);
    of.head.restricted = both;
    let new = item(1, &of, Band::Green, 1, NOON - Span::days(30));
    let id = of.head.id;
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&[of]).await.unwrap();
    uow.insert_items(std::slice::from_ref(&new)).await.unwrap();
    assert_eq!(uow.notice(id).await.unwrap().unwrap().restricted, both);
    assert_eq!(uow.item(new.item.id).await.unwrap().unwrap().restricted, both);
    for (lists, sees) in [
        (Restriction::NONE, false),
        (Restriction::NONE.with(R::Other), false),
        (both, true),
        (Restriction::ALL, true),
    ] {
        let viewer = viewer("ann", lists);
        assert_eq!(listed(&mut *uow, viewer.clone()).await.len(), usize::from(sees), "{lists:?}");
        let heads = uow.waiting_heads(Desk::Child, &viewer).await.unwrap();
        assert_eq!(heads.head.is_some(), sees, "{lists:?}");
        assert_eq!(uow.peek(Desk::Child, Choice::Oldest, &viewer).await.unwrap().is_some(), sees);
    }
}

/// A restriction is written whole.
pub async fn a_restriction_is_written_and_its_items_are_found(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Green, 5, 3)]).await;
    let mut uow = store.write().await.unwrap();
    for (n, mut item) in (1..).zip(items.clone()) {
        let to = Restriction::NONE.with(R::SensitiveSource);
        uow.restrict(item.notice_id, to).await.unwrap();
        item.restricted = to;
        if n == 2 {
            item.state = State::Done { outcome: ppn_domain::Outcome::Shared };
        }
        uow.save_item(&item).await.unwrap();
    }
    let found = uow.restricted_items(10).await.unwrap();
    assert_eq!(found.iter().map(|item| item.id).collect::<Vec<_>>(), [items[0].id]);
    uow.restrict(items[0].notice_id, Restriction::NONE).await.unwrap();
    assert_eq!(uow.notice(items[0].notice_id).await.unwrap().unwrap().restricted, Restriction::NONE);
    let nowhere = NoticeId::new(NOON, random(99));
    assert!(matches!(uow.restrict(nowhere, Restriction::NONE).await, Err(StoreError::NotOnce { .. })));
}

/// For them alone, until its end, and never by claiming the next.
pub async fn an_opened_notice_is_listed_for_whom_it_was_opened(store: Arc<dyn Store>) {
    let mut of = notice(1);
    of.head.restricted = Restriction::NONE.with(R::Other);
    let new = item(1, &of, Band::Green, 1, NOON - Span::days(30));
    let id = of.head.id;
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&[of]).await.unwrap();
    uow.insert_items(&[new]).await.unwrap();
    let opened = Opened {
        notice_id: id,
        restricted: Restriction::NONE.with(R::Other),
        name: "sam".to_owned(),
        opened_at: NOON,
        until: NOON + Span::hours(1),
    };
    uow.open_notice(&Opened { until: NOON, ..opened.clone() }).await.unwrap();
    assert!(!uow.is_open_for(id, "sam", NOON).await.unwrap());
    uow.open_notice(&opened).await.unwrap();
    assert!(uow.is_open_for(id, "sam", NOON).await.unwrap());
    assert!(!uow.is_open_for(id, "ann", NOON).await.unwrap());
    assert!(!uow.is_open_for(id, "sam", NOON + Span::hours(1)).await.unwrap());
    let sam = viewer("sam", Restriction::NONE);
    assert_eq!(listed(&mut *uow, sam.clone()).await, [id]);
    assert_eq!(listed(&mut *uow, Viewer { now: NOON + Span::hours(1), ..sam.clone() }).await, []);
    assert_eq!(listed(&mut *uow, viewer("ann", Restriction::NONE)).await, []);
    assert_eq!(uow.peek(Desk::Child, Choice::Head, &sam).await.unwrap(), None);
    assert_eq!(uow.opened_since(NOON, 10).await.unwrap(), [opened]);
    assert_eq!(uow.opened_since(NOON + Span::seconds(1), 10).await.unwrap(), []);
}

/// They get the next one instead; everybody else gets it.
pub async fn whoever_is_kept_off_gets_the_next_item(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Red, 30, 1)]).await;
    let first = items[0].notice_id;
    let mut uow = store.write().await.unwrap();
    let of = [("ann".to_owned(), first)];
    uow.keep_off(&of, KeptOff::Declared, NOON).await.unwrap();
    uow.keep_off(&of, KeptOff::Said, NOON).await.unwrap();
    assert!(uow.is_kept_off(first, "ann").await.unwrap());
    assert!(!uow.is_kept_off(first, "ben").await.unwrap());
    assert!(!uow.is_kept_off(items[1].notice_id, "ann").await.unwrap());
    let (ann, ben) = (viewer("ann", Restriction::ALL), viewer("ben", Restriction::NONE));
    assert_eq!(listed(&mut *uow, ann.clone()).await, [items[1].notice_id]);
    assert_eq!(listed(&mut *uow, ben.clone()).await, [first, items[1].notice_id]);
    let lot = Choice::Audit { lot: 0 };
    for choice in [Choice::Head, Choice::Furthest, Choice::FurthestRed, Choice::Oldest] {
        assert_eq!(uow.peek(Desk::Child, choice, &ann).await.unwrap(), Some(items[1].id), "{choice:?}");
    }
    assert_eq!(uow.peek(Desk::Child, lot, &ann).await.unwrap(), None);
    let taken = uow.take(Desk::Child, Choice::Head, &ann, &claim(1, "ann")).await.unwrap();
    assert_eq!(taken, Some(items[1].id));
    assert_eq!(uow.waiting_heads(Desk::Child, &ann).await.unwrap().head, None);
    let taken = uow.take(Desk::Child, Choice::Head, &ben, &claim(2, "ben")).await.unwrap();
    assert_eq!(taken, Some(items[0].id));
}

/// What was declared last stands.
pub async fn declared_keys_are_found_and_replaced(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    uow.declare("ann", &[[1; 16], [2; 16]]).await.unwrap();
    uow.declare("ben", &[[2; 16]]).await.unwrap();
    let mut found = uow.declared_by(&[[3; 16], [2; 16], [1; 16]]).await.unwrap();
    found.sort();
    assert_eq!(found, [(1, "ann".to_owned()), (1, "ben".to_owned()), (2, "ann".to_owned())]);
    uow.declare("ann", &[[4; 16]]).await.unwrap();
    assert_eq!(uow.declared_by(&[[1; 16], [4; 16]]).await.unwrap(), [(1, "ann".to_owned())]);
    uow.declare("ann", &[]).await.unwrap();
    assert_eq!(uow.declared_by(&[[4; 16]]).await.unwrap(), []);
    assert_eq!(uow.declared_by(&[]).await.unwrap(), []);
}
