//! How long notices are kept, and their erasure.

use std::collections::BTreeMap;
use std::sync::Arc;

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{
    Act, AuditId, AuditRow, Band, CueVerdict, LinkId, MentionId, NoticeId, PersonId, Span, TypedText,
    TypedTextId, UnreadableId, WorkItem,
};
use ppn_store::{
    CueDecision, Erased, Erasure, EventDecision, Link, LinkState, LogQuery, Mention, NewMention, Retained,
    Store, StoreError, Unreadable, UnreadableState, WorkNote,
};

use crate::samples::{NOON, notice, random, waiting};

/// What stands in everything that is about the first notice.
const SAID: &str = "Zebedee said so";

fn erasure(id: NoticeId, revisions: u32) -> Erasure {
    Erasure {
        notice_id: id,
        body: "{\"content\":null}".to_owned(),
        trace: "{}".to_owned(),
        erased: Erased { by: "mary".to_owned(), at: NOON + Span::hours(1), revisions },
    }
}

fn mention(n: u64, of: NoticeId) -> NewMention {
    let id = MentionId::new(NOON, random(n));
    NewMention {
        mention: Mention {
            id,
            notice_id: of,
            position: 0,
            person_id: PersonId(id.0),
            received: NOON,
            concerned: true,
            place: Some([9; 16]),
            makes_home: true,
            profile: format!("{{\"n\":\"{SAID}\"}}"),
        },
        keys: vec![[7; 16]],
    }
}

fn row(n: u64, on: &WorkItem) -> AuditRow {
    AuditRow {
        id: AuditId::new(NOON, random(n)),
        at: NOON,
        who: "ann".to_owned(),
        act: Act::Released,
        // The first of them names the item alone.
        notice_id: (n > 1).then_some(on.notice_id),
        work_item_id: Some(on.id),
        person_id: None,
        origin: "127.0.0.1".to_owned(),
        why: Some(TypedText {
            id: TypedTextId::new(NOON, random(n)),
            hash: [7; 32],
            salt: [3; 16],
            text: SAID.to_owned(),
        }),
        recipient: None,
        detail: serde_json::json!({}),
    }
}

/// Everything that a store keeps of two notices, the same of both.
async fn two_notices(store: &dyn Store) -> Vec<WorkItem> {
    let items = waiting(store, &[(Band::Red, 40, 1), (Band::Red, 30, 1)]).await;
    let mut uow = store.write().await.unwrap();
    for (n, item) in (1_u64..).zip(&items) {
        let of = item.notice_id;
        let cue = CueDecision {
            notice_id: of,
            cue: [1; 16],
            of: "cue".to_owned(),
            verdict: CueVerdict::Confirmed,
            decided: ("ann".to_owned(), NOON),
        };
        uow.say_of_cue(&cue).await.unwrap();
        uow.insert_mentions(&[mention(n, of)]).await.unwrap();
        uow.keep_traces(&[(of, format!("{{\"said\":\"{SAID}\"}}"))]).await.unwrap();
        let note = WorkNote {
            at: NOON,
            by: "ann".to_owned(),
            act: Act::Released,
            text: BTreeMap::from([("left".to_owned(), SAID.to_owned())]),
        };
        uow.insert_note(item.id, &note).await.unwrap();
        uow.append_log(&[row(2 * n - 1, item), row(2 * n, item)]).await.unwrap();
        let refused = Unreadable {
            id: UnreadableId::new(NOON, random(n)),
            arrived: NOON,
            due: NOON,
            submitted_by: "niche".to_owned(),
            source: None,
            reference: None,
            content_hash: [u8::try_from(n).unwrap(); 32],
            content: SAID.as_bytes().to_vec(),
            errors: serde_json::json!([{ "path": "/kind", "rule": "required" }]),
            state: UnreadableState::Open,
        };
        let id = uow.insert_unreadable(&refused).await.unwrap();
        let mended = UnreadableState::Mended { by: "sam".to_owned(), at: NOON, notice_id: of };
        uow.close_unreadable(id, &mended).await.unwrap();
    }
    let (a, b) = (mention(1, items[0].notice_id).mention.id, mention(2, items[1].notice_id).mention.id);
    let link = Link {
        id: LinkId::new(NOON, random(1)),
        a,
        b,
        state: LinkState::Possible,
        score: 1,
        reasons: vec!["alike".to_owned()],
        made_at: NOON,
        decided: None,
    };
    uow.insert_links(&[link]).await.unwrap();
    let (a, b) = (items[0].notice_id.min(items[1].notice_id), items[0].notice_id.max(items[1].notice_id));
    uow.say_of_event(&EventDecision { a, b, one: true, decided: ("ann".to_owned(), NOON) }).await.unwrap();
    uow.save().await.unwrap();
    items
}

/// What a notice said and what was made of it goes, and nothing of any other; that it was there stays.
pub async fn an_erased_notice_says_nothing_any_more(store: Arc<dyn Store>) {
    let items = two_notices(&*store).await;
    let (gone, stays) = (items[0].notice_id, items[1].notice_id);
    let mut uow = store.write().await.unwrap();
    uow.erase(&erasure(gone, 1)).await.unwrap();
    uow.save().await.unwrap();

    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.body(gone, 1).await.unwrap().unwrap(), "{\"content\":null}");
    assert_eq!(uow.notice(gone).await.unwrap().unwrap(), notice(1).head, "that it was there stays");
    assert_eq!(uow.revisions(gone).await.unwrap().len(), 1);
    assert_eq!(uow.item(items[0].id).await.unwrap().unwrap().rank, items[0].rank);
    let traces = uow.traces(&[gone, stays]).await.unwrap();
    let trace = |of| traces.iter().find(|row| row.notice_id == of).unwrap().trace.clone();
    assert_eq!(trace(gone), "{}");
    assert!(trace(stays).contains(SAID));
    for (of, left) in [(&items[0], 0), (&items[1], 1)] {
        let id = of.notice_id;
        assert_eq!(uow.mentions_of_notices(&[id]).await.unwrap().len(), left);
        assert_eq!(uow.cue_decisions(&[id]).await.unwrap().len(), left);
        assert_eq!(uow.notes(of.id).await.unwrap().len(), left);
        let assessment = uow.assessments(of.id).await.unwrap().swap_remove(0).assessment;
        assert_eq!(assessment.rank, of.rank);
        assert_eq!(assessment.reasons.len() + assessment.grounds.len() + assessment.suggests.len(), 3 * left);
        let query = LogQuery { work_item_id: Some(of.id), limit: 10, ..LogQuery::default() };
        let rows = uow.read_log(&query).await.unwrap();
        assert_eq!(rows.len(), 2, "the log stays");
        assert_eq!(rows.iter().filter(|(_, row)| row.why.is_some()).count(), 2 * left);
    }
    assert_eq!(uow.mentions_with_keys(&[[7; 16]], 10).await.unwrap().len(), 1);
    let other = mention(2, stays).mention.id;
    assert_eq!(uow.links_of(&[other]).await.unwrap(), []);
    assert_eq!(uow.event_decisions(&[gone, stays]).await.unwrap(), []);
    for (n, left) in [(1, 0), (2, SAID.len())] {
        let kept = uow.unreadable(UnreadableId::new(NOON, random(n))).await.unwrap().unwrap();
        assert_eq!(kept.content.len(), left);
    }
}

/// By who, when, and of how many revisions: another number is a notice that came in between.
pub async fn an_erasure_is_of_the_revisions_that_there_were(store: Arc<dyn Store>) {
    let id = waiting(&*store, &[(Band::Red, 40, 1)]).await[0].notice_id;
    let mut uow = store.write().await.unwrap();
    assert!(matches!(uow.erase(&erasure(id, 2)).await, Err(StoreError::NotOnce { .. })));
    drop(uow);
    let mut uow = store.write().await.unwrap();
    let nobody = NoticeId::new(NOON, random(99));
    assert!(matches!(uow.erase(&erasure(nobody, 1)).await, Err(StoreError::NotOnce { .. })));
    drop(uow);
    let mut uow = store.write().await.unwrap();
    uow.keep_until(id, NOON + Span::hours(9), ("sam", NOON)).await.unwrap();
    uow.erase(&erasure(id, 1)).await.unwrap();
    let erased = Some(erasure(id, 1).erased);
    assert_eq!(uow.retained(id).await.unwrap(), Retained { erased, ..Retained::default() });
    uow.save().await.unwrap();
    store.forget_deleted().await.unwrap();
}

/// By when it was last written, and not before it was kept on review until; erased ones are not.
pub async fn notices_come_up_for_review(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 1, 1), (Band::Red, 1, 1), (Band::Red, 1, 1)]).await;
    let ids: Vec<NoticeId> = items.iter().map(|item| item.notice_id).collect();
    let mut uow = store.write().await.unwrap();
    let (before, later) = (NOON - Span::seconds(1), NOON + Span::hours(2));
    uow.keep_until(ids[1], later, ("sam", NOON)).await.unwrap();
    uow.hold_legally(ids[2], Some(("sue", NOON))).await.unwrap();
    let mut due = async |kind, written, now, limit| -> Vec<NoticeId> {
        let found = uow.due_for_review(kind, written, now, limit).await.unwrap();
        found.into_iter().map(|(head, _)| head.id).collect()
    };
    assert_eq!(due(NoticeKind::Child, before, NOON, 10).await, []);
    assert_eq!(due(NoticeKind::Adult, NOON, later, 10).await, []);
    assert_eq!(due(NoticeKind::Child, NOON, NOON, 10).await, [ids[0], ids[2]]);
    assert_eq!(due(NoticeKind::Child, NOON, later, 2).await, [ids[0], ids[1]]);
    assert_eq!(due(NoticeKind::Child, before, later, 10).await, [], "a review brings no date forward");

    let kept = uow.retained(ids[1]).await.unwrap();
    let reviewed = Some(("sam".to_owned(), NOON));
    assert_eq!(kept, Retained { until: Some(later), reviewed, ..Retained::default() });
    assert_eq!(uow.retained(ids[2]).await.unwrap().held, Some(("sue".to_owned(), NOON)));
    uow.hold_legally(ids[2], None).await.unwrap();
    assert_eq!(uow.retained(ids[2]).await.unwrap(), Retained::default());
    uow.erase(&erasure(ids[0], 1)).await.unwrap();
    let found = uow.due_for_review(NoticeKind::Child, NOON, NOON, 10).await.unwrap();
    assert_eq!(found.into_iter().map(|(head, _)| head.id).collect::<Vec<_>>(), [ids[2]]);
}

/// By the reference of the other notice, in reasons and in grounds, however many there are.
pub async fn assessments_are_found_by_whom_they_quote(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 1, 1), (Band::Red, 1, 1), (Band::Red, 1, 1)]).await;
    let mut uow = store.write().await.unwrap();
    let mut quoting = Vec::new();
    for (n, item) in items.iter().take(2).enumerate() {
        let mut stored = uow.assessments(item.id).await.unwrap().swap_remove(0);
        let mut quote = stored.assessment.reasons[0].evidence[0].clone();
        quote.reference = Some("R \"9\"".to_owned());
        let of = if n == 0 {
            &mut stored.assessment.reasons[0].evidence
        } else {
            &mut stored.assessment.grounds[0].evidence
        };
        of.push(quote);
        uow.rewrite_evidence(stored.id, &stored.assessment).await.unwrap();
        quoting.push(stored);
    }
    let mut found = uow.assessments_citing("R \"9\"").await.unwrap();
    found.sort_by_key(|stored| stored.id);
    assert_eq!(found, quoting);
    assert_eq!(uow.assessments_citing("R").await.unwrap(), []);
}
