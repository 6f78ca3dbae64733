//! People, links and traces.

use std::sync::Arc;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{LinkId, MentionId, NoticeId, PersonId, Restriction, Span};
use ppn_store::{KeptOff, Link, LinkState, Mention, NewMention, NewNotice, Store, StoreError, UnitOfWork};

use crate::samples::{NOON, item, notice, random};

fn id(n: u64) -> MentionId {
    MentionId::new(NOON, random(n))
}

fn key(n: u8) -> [u8; 16] {
    [n; 16]
}

/// A mention of a notice, of itself alone, received `n` hours after noon.
fn mention(n: u64, notice: NoticeId, position: u16, keys: &[u8]) -> NewMention {
    NewMention {
        mention: Mention {
            id: id(n),
            notice_id: notice,
            position,
            person_id: PersonId(id(n).0),
            received: NOON + Span::hours(i64::try_from(n).unwrap()),
            concerned: true,
            place: None,
            makes_home: false,
            profile: format!("{{\"n\":{n}}}"),
        },
        keys: keys.iter().map(|k| key(*k)).collect(),
    }
}

async fn notices(uow: &mut dyn UnitOfWork, count: u64) -> Vec<NewNotice> {
    let all: Vec<NewNotice> = (1..=count).map(notice).collect();
    uow.insert_notices(&all).await.unwrap();
    all
}

/// Mentions read back by identifier, in its order, and absent ones are left out.
pub async fn a_mention_reads_back_as_written(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 1).await[0].head.id;
    let mut first = mention(1, of, 0, &[]);
    first.mention.place = Some(key(9));
    first.mention.makes_home = true;
    first.mention.concerned = false;
    let second = mention(2, of, 1, &[]);
    uow.insert_mentions(&[second.clone(), first.clone()]).await.unwrap();
    let found = uow.mentions(&[id(2), id(3), id(1)]).await.unwrap();
    assert_eq!(found, [first.mention.clone(), second.mention.clone()]);
    assert_eq!(uow.mentions(&[]).await.unwrap(), []);
    assert_eq!(uow.mentions_of_notices(&[of]).await.unwrap(), [first.mention, second.mention]);
}

/// Mentions are found under keys, by key and then by mention, at most so many under one.
pub async fn mentions_are_found_under_their_keys(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 1).await[0].head.id;
    let all = [mention(1, of, 0, &[1, 2]), mention(2, of, 1, &[2]), mention(3, of, 2, &[2, 3])];
    uow.insert_mentions(&all).await.unwrap();
    let under = |found: Vec<(usize, Mention)>| -> Vec<(usize, MentionId)> {
        found.into_iter().map(|(key, mention)| (key, mention.id)).collect()
    };
    let found = uow.mentions_with_keys(&[key(3), key(7), key(2)], 10).await.unwrap();
    assert_eq!(under(found), [(0, id(3)), (2, id(1)), (2, id(2)), (2, id(3))]);
    let found = uow.mentions_with_keys(&[key(1), key(2)], 2).await.unwrap();
    assert_eq!(under(found), [(0, id(1)), (1, id(1)), (1, id(2))]);
    assert_eq!(uow.mentions_with_keys(&[], 10).await.unwrap(), []);
}

/// Mentions that were removed are found nowhere, and may come again under the same identifier.
pub async fn removed_mentions_leave_no_key_behind(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let all = notices(&mut *uow, 2).await;
    let (one, other) = (all[0].head.id, all[1].head.id);
    let again = mention(1, one, 0, &[1]);
    uow.insert_mentions(&[again.clone(), mention(2, other, 0, &[1])]).await.unwrap();
    uow.remove_mentions(one).await.unwrap();
    assert_eq!(uow.mentions_of_notices(&[one]).await.unwrap(), []);
    let found = uow.mentions_with_keys(&[key(1)], 10).await.unwrap();
    assert_eq!(found.iter().map(|(_, m)| m.id).collect::<Vec<_>>(), [id(2)]);
    uow.insert_mentions(std::slice::from_ref(&again)).await.unwrap();
    assert_eq!(uow.mentions_with_keys(&[key(1)], 10).await.unwrap().len(), 2);
}

/// The mentions of a person, latest receipt first and at most so many; those in passing are not theirs.
pub async fn people_have_their_mentions(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 1).await[0].head.id;
    let mut all: Vec<NewMention> = (1..=4).map(|n| mention(n, of, u16::try_from(n).unwrap(), &[])).collect();
    all[3].mention.concerned = false;
    uow.insert_mentions(&all).await.unwrap();
    let person = PersonId(id(1).0);
    uow.move_mentions(&[(id(2), person), (id(3), person), (id(4), person)]).await.unwrap();
    let found = uow.mentions_of_people(&[person], 10).await.unwrap();
    assert_eq!(found.iter().map(|m| m.id).collect::<Vec<_>>(), [id(3), id(2), id(1)]);
    assert!(found.iter().all(|m| m.person_id == person));
    let found = uow.mentions_of_people(&[person, PersonId(id(2).0)], 2).await.unwrap();
    assert_eq!(found.iter().map(|m| m.id).collect::<Vec<_>>(), [id(3), id(2)]);
    let absent = uow.move_mentions(&[(id(9), person)]).await;
    assert!(matches!(absent, Err(StoreError::NotOnce { .. })), "{absent:?}");
}

/// Mentions are found at their places, at most so many at one.
pub async fn places_have_their_mentions(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 1).await[0].head.id;
    let mut all: Vec<NewMention> = (1..=4).map(|n| mention(n, of, u16::try_from(n).unwrap(), &[])).collect();
    for (at, place) in [(0, 1), (1, 1), (2, 2)] {
        all[at].mention.place = Some(key(place));
    }
    uow.insert_mentions(&all).await.unwrap();
    let ids = |found: Vec<Mention>| found.into_iter().map(|m| m.id).collect::<Vec<_>>();
    assert_eq!(ids(uow.mentions_at(&[key(1), key(5)], 10).await.unwrap()), [id(1), id(2)]);
    assert_eq!(uow.mentions_at(&[key(1), key(2)], 1).await.unwrap().len(), 2);
}

/// A trace is kept in the place of an earlier one, and comes with what the notice is called.
pub async fn a_trace_replaces_the_earlier_one(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let all = notices(&mut *uow, 2).await;
    let (one, other) = (&all[0].head, &all[1].head);
    uow.keep_traces(&[(one.id, "{}".to_owned())]).await.unwrap();
    uow.keep_traces(&[(one.id, "{\"a\":1}".to_owned())]).await.unwrap();
    let found = uow.traces(&[one.id, other.id]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].notice_id, found[0].trace.as_str()), (one.id, "{\"a\":1}"));
    assert_eq!((found[0].reference.as_str(), found[0].received), (one.reference.as_str(), one.received));
}

/// Notices without a trace are found after one another.
pub async fn notices_without_a_trace_are_found(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let mut heads: Vec<_> = notices(&mut *uow, 4).await.into_iter().map(|n| n.head).collect();
    heads.sort_by_key(|head| head.id);
    uow.keep_traces(&[(heads[1].id, "{}".to_owned())]).await.unwrap();
    assert_eq!(uow.untraced(None, 2).await.unwrap(), [heads[0].clone(), heads[2].clone()]);
    assert_eq!(uow.untraced(Some(heads[2].id), 2).await.unwrap(), [heads[3].clone()]);
}

fn link(n: u64, a: u64, b: u64) -> Link {
    Link {
        id: LinkId::new(NOON, random(n)),
        a: id(a),
        b: id(b),
        state: LinkState::Possible,
        score: 75,
        reasons: vec!["same date of birth".to_owned()],
        made_at: NOON,
        decided: None,
    }
}

/// Two mentions have one link, found from either side, and it is decided.
pub async fn a_pair_has_one_link(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let mut first = link(1, 1, 2);
    uow.insert_links(&[first.clone(), link(2, 1, 3)]).await.unwrap();
    uow.insert_links(&[Link { score: 3, ..link(3, 1, 2) }]).await.unwrap();
    assert_eq!(uow.links_of(&[id(2)]).await.unwrap(), [first.clone()]);
    assert_eq!(uow.links_of(&[id(1), id(2)]).await.unwrap(), [first.clone(), link(2, 1, 3)]);
    assert_eq!(uow.links_of(&[id(8)]).await.unwrap(), []);
    first.state = LinkState::Confirmed;
    first.decided = Some(("ann".to_owned(), NOON));
    uow.decide_link(&first).await.unwrap();
    assert_eq!(uow.link(first.id).await.unwrap(), Some(first));
    assert_eq!(uow.link(link(9, 1, 2).id).await.unwrap(), None);
    let absent = uow.decide_link(&link(9, 1, 2)).await;
    assert!(matches!(absent, Err(StoreError::NotOnce { .. })), "{absent:?}");
}

/// A unit of work that is not saved leaves nothing of people behind.
pub async fn people_are_kept_with_their_unit_of_work(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 1).await[0].head.id;
    uow.save().await.unwrap();
    let mut uow = store.write().await.unwrap();
    uow.insert_mentions(&[mention(1, of, 0, &[1])]).await.unwrap();
    uow.insert_links(&[link(1, 1, 2)]).await.unwrap();
    uow.keep_traces(&[(of, "{}".to_owned())]).await.unwrap();
    drop(uow);
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.mentions_with_keys(&[key(1)], 1).await.unwrap(), []);
    assert_eq!(uow.mentions_of_notices(&[of]).await.unwrap(), []);
    assert_eq!(uow.links_of(&[id(1)]).await.unwrap(), []);
    assert_eq!(uow.traces(&[of]).await.unwrap(), []);
}

/// Unfinished items come by notice; bodies in the order asked.
pub async fn several_notices_are_read_at_once(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let all = notices(&mut *uow, 3).await;
    let mut done = item(3, &all[1], ppn_domain::Band::Green, 1, NOON);
    done.item.state = ppn_domain::State::Done { outcome: ppn_domain::Outcome::WorkedBefore };
    let open = [
        item(1, &all[1], ppn_domain::Band::Red, 5, NOON),
        item(2, &all[0], ppn_domain::Band::Blue, 0, NOON),
        done,
    ];
    uow.insert_items(&open).await.unwrap();
    let ids: Vec<NoticeId> = all.iter().map(|n| n.head.id).collect();
    let found = uow.unfinished_items_of(&ids).await.unwrap();
    let mut expected = vec![open[1].item.id, open[0].item.id];
    if ids[1] < ids[0] {
        expected.reverse();
    }
    assert_eq!(found.iter().map(|i| i.id).collect::<Vec<_>>(), expected);
    let bodies = uow.bodies(&[(ids[2], 1), (ids[0], 9), (ids[0], 1)]).await.unwrap();
    assert_eq!(bodies, [Some(all[2].first.body.clone()), None, Some(all[0].first.body.clone())]);
}

/// The bundle is what waits at the desk of the same household, in key order A.
pub async fn a_bundle_is_of_one_household(store: Arc<dyn Store>) {
    use ppn_domain::Band::{Amber, Green, Red};
    let mut uow = store.write().await.unwrap();
    let all = notices(&mut *uow, 6).await;
    let at = |n: u64, of: usize, place: Option<u8>| {
        let mut new = mention(n, all[of].head.id, 0, &[]);
        new.mention.place = place.map(key);
        new.mention.makes_home = place.is_some();
        new
    };
    // 0 and 1 live together; 2 is somebody of 1 elsewhere; 3 has another home; 4 lives there and is
    // restricted; 5 gave no address.
    let mut elsewhere = at(3, 2, None);
    elsewhere.mention.person_id = PersonId(id(2).0);
    let people = [
        at(1, 0, Some(1)),
        at(2, 1, Some(1)),
        elsewhere,
        at(4, 3, Some(2)),
        at(5, 4, Some(1)),
        at(6, 5, None),
    ];
    uow.insert_mentions(&people).await.unwrap();
    let bands = [(Green, 1), (Green, 5), (Red, 1), (Red, 9), (Red, 9), (Amber, 2)];
    let mut items: Vec<_> = (1..)
        .zip(&all)
        .zip(bands)
        .map(|((n, notice), (band, score))| item(n, notice, band, score, NOON))
        .collect();
    items[4].item.restricted = Restriction::NONE.with(RestrictionReason::Other);
    uow.insert_items(&items).await.unwrap();
    let bundle = uow.bundle(&items[0].item, "ann", 20).await.unwrap();
    assert_eq!(bundle, [items[2].item.id, items[1].item.id]);
    uow.keep_off(&[("ben".to_owned(), items[2].item.notice_id)], KeptOff::Said, NOON).await.unwrap();
    assert!(!uow.bundle(&items[0].item, "ben", 20).await.unwrap().contains(&items[2].item.id));
    assert_eq!(uow.bundle(&items[0].item, "ann", 1).await.unwrap(), [items[2].item.id]);
    assert_eq!(uow.bundle(&items[4].item, "ann", 20).await.unwrap(), []);
    assert_eq!(uow.bundle(&items[5].item, "ann", 20).await.unwrap(), []);
    // The one of 0 moves out, as a later notice of theirs says: nothing is shared with who lives there now.
    let mut moved = at(8, 5, Some(3));
    moved.mention.position = 2;
    moved.mention.person_id = PersonId(id(1).0);
    uow.insert_mentions(&[moved]).await.unwrap();
    assert_eq!(uow.bundle(&items[0].item, "ann", 20).await.unwrap(), [items[5].item.id]);
    assert_eq!(uow.bundle(&items[1].item, "ann", 20).await.unwrap(), [items[2].item.id]);
    // Somebody says that the place is none.
    let mut never = at(7, 5, Some(1));
    never.mention.position = 1;
    never.mention.makes_home = false;
    uow.insert_mentions(&[never]).await.unwrap();
    assert_eq!(uow.bundle(&items[1].item, "ann", 20).await.unwrap(), []);
}

/// Items without an assessment are found, the highest first, and those of other desks are not.
pub async fn items_without_an_assessment_are_found(store: Arc<dyn Store>) {
    use ppn_domain::{Band, Desk, Outcome, State};
    let mut uow = store.write().await.unwrap();
    let all = notices(&mut *uow, 5).await;
    let mut items: Vec<_> = (1..)
        .zip(&all)
        .zip([Band::Amber, Band::Red, Band::Red, Band::Red, Band::Green])
        .map(|((n, notice), band)| item(n, notice, band, 1, NOON))
        .collect();
    for new in &mut items[..4] {
        new.item.assessment_id = None;
        new.assessment = None;
    }
    items[2].item.desk = Desk::Endorsement;
    items[3].item.state = State::Done { outcome: Outcome::WorkedBefore };
    uow.insert_items(&items).await.unwrap();
    let ids = |found: Vec<ppn_domain::WorkItem>| found.into_iter().map(|i| i.id).collect::<Vec<_>>();
    assert_eq!(ids(uow.unassessed_items(10).await.unwrap()), [items[1].item.id, items[0].item.id]);
    assert_eq!(ids(uow.unassessed_items(1).await.unwrap()), [items[1].item.id]);
}
