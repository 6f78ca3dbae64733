//! Small things to store.

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{
    Assessment, AssessmentId, Band, Claim, ClaimId, Desk, Evidence, Ground, Limits, NoticeId, PolicyRef,
    Rank, Reason, Restriction, Span, State, Suggestion, Timestamp, WorkItem, WorkItemId,
};
use ppn_store::{
    NewNotice, NewRevision, NewWorkItem, NoticeHead, RevisionHead, Store, StoredAssessment, Viewer,
};

/// The moment around which everything happens.
pub const NOON: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

/// A number as the random part of an identifier.
pub fn random(n: u64) -> u128 {
    u128::from(n) << 64 | u128::from(n)
}

/// The `n`th notice.
pub fn notice(n: u64) -> NewNotice {
    let id = NoticeId::new(NOON, random(n));
    NewNotice {
        head: NoticeHead {
            id,
            source: "niche".to_owned(),
            reference: format!("R{n}"),
            kind: NoticeKind::Child,
            revision: 1,
            revisions: 1,
            version_at: NOON,
            received: NOON - Span::hours(1),
            arrived: NOON,
            restricted: Restriction::NONE,
            submitted_by: "source".to_owned(),
        },
        first: revision(id, 1, n),
    }
}

/// A revision whose content is told apart by `content`.
pub fn revision(notice_id: NoticeId, number: u32, content: u64) -> NewRevision {
    let mut content_hash = [0; 32];
    content_hash[..8].copy_from_slice(&content.to_be_bytes());
    NewRevision {
        notice_id,
        head: RevisionHead {
            revision: number,
            content_hash,
            version_at: NOON,
            arrived: NOON,
            submitted_by: "source".to_owned(),
            findings: Vec::new(),
        },
        body: format!("{{\"content\":{content}}}"),
    }
}

/// A waiting item at the child desk.
pub fn item(n: u64, notice: &NewNotice, band: Band, score: i32, received: Timestamp) -> NewWorkItem {
    let id = WorkItemId::new(NOON, random(n));
    let rank = Rank { band, score };
    let hours = match band {
        Band::Red => 4,
        Band::Amber => 24,
        Band::Green => 72,
        Band::Blue => 168,
    };
    let limit = Span::hours(hours);
    let limits = Limits { picked_up: limit, decided: limit.times(3), told: limit.times(4) };
    let assessment = assessment(n, id, rank);
    NewWorkItem {
        item: WorkItem {
            id,
            notice_id: notice.head.id,
            source: notice.head.source.clone(),
            reference: notice.head.reference.clone(),
            revision: notice.head.revision,
            kind: notice.head.kind,
            desk: Desk::Child,
            state: State::Waiting,
            rank,
            assessment_id: Some(assessment.id),
            could_be: None,
            received,
            clocks: limits.clocks(received),
            sequence: 0,
            restricted: notice.head.restricted,
            version: 0,
        },
        lot: i64::try_from(n).unwrap() * 1000,
        assessment: Some(assessment),
    }
}

/// An assessment.
pub fn assessment(n: u64, work_item_id: WorkItemId, rank: Rank) -> StoredAssessment {
    StoredAssessment {
        id: AssessmentId::new(NOON, random(n)),
        work_item_id,
        revision: 1,
        made_at: NOON,
        assessment: Assessment {
            rank,
            reasons: vec![Reason {
                rule: "rule".to_owned(),
                points: Some(rank.score),
                floor: None,
                text: "A reason".to_owned(),
                evidence: vec![Evidence {
                    path: "/indicators/0".to_owned(),
                    says: "missing_now".to_owned(),
                    span: None,
                    reference: None,
                }],
            }],
            questions: Vec::new(),
            suggests: vec![Suggestion::MaracCheck],
            grounds: vec![Ground {
                suggests: Suggestion::MaracCheck,
                criterion: "marac_three_events".to_owned(),
                text: "A criterion".to_owned(),
                evidence: Vec::new(),
            }],
            policy: PolicyRef { version: "1".to_owned(), hash: "h".to_owned() },
        },
        lowered: None,
    }
}

/// The `n`th claim, by `holder`, at noon.
pub fn claim(n: u64, holder: &str) -> Claim {
    Claim::new(ClaimId::new(NOON, random(n)), holder.to_owned(), NOON, Span::hours(4))
}

/// Somebody with these lists, who looks at noon.
pub fn viewer(name: &str, opens: Restriction) -> Viewer {
    Viewer { name: name.to_owned(), opens, now: NOON }
}

/// Keeps notices with one item each: band, score, and hours of waiting.
pub async fn waiting(store: &dyn Store, of: &[(Band, i32, i64)]) -> Vec<WorkItem> {
    let mut uow = store.write().await.unwrap();
    let mut ids = Vec::new();
    for (n, &(band, score, hours)) in (1_u64..).zip(of) {
        let notice = notice(n);
        let item = item(n, &notice, band, score, NOON - Span::hours(hours));
        uow.insert_notices(&[notice]).await.unwrap();
        ids.push(item.item.id);
        uow.insert_items(&[item]).await.unwrap();
    }
    let mut kept = Vec::new();
    for id in ids {
        kept.push(uow.item(id).await.unwrap().unwrap());
    }
    uow.save().await.unwrap();
    kept
}
