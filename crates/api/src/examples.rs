//! The examples of the OpenAPI document: one invented family.

use serde_json::{Value, json};

pub const CLAIM_ID: &str = "019df1d2-5a00-7c31-9d7f-1f0a52b1c7aa";
const NOTICE_ID: &str = "019df1d0-1c40-7d11-8c55-0d3f6f2a9b10";
const ITEM_ID: &str = "019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21";

pub fn notice() -> Value {
    json!({
        "source": "niche",
        "reference": "EX-2026-000102",
        "kind": "domestic_abuse",
        "concerns": ["intimate_partner_abuse"],
        "submitted_at": "2026-05-04T06:10:00+01:00",
        "officer": { "collar_number": "5120", "unit": "Derby Response C" },
        "officer_grade": "medium",
        "circumstances": "She says he put his hands round her neck and she could not breathe for some seconds.",
        "persons": [
            { "key": "victim", "roles": ["victim"], "family_name": "Sample", "given_names": "Fay",
              "date_of_birth": "1998-07-04", "ethnicity": "W1",
              "relationships": [{ "to": "suspect", "kind": "ex_partner", "ended_on": "2026-04-02" }] },
            { "key": "suspect", "roles": ["suspect"], "family_name": "Specimen", "given_names": "Gil",
              "date_of_birth": "1995-12-01" }
        ],
        "indicators": ["non_fatal_strangulation", "separation_or_attempt"]
    })
}

pub fn receipt() -> Value {
    json!({
        "id": NOTICE_ID, "revision": 1, "current_revision": 1, "repeat": false,
        "findings": [{
            "code": "risk_assessment_missing", "path": "/risk_assessments",
            "text": "Put the risk questions to the victim, or say that they declined."
        }],
        "work_items": [{ "id": ITEM_ID, "desk": "domestic_abuse" }]
    })
}

/// One line of the answer to NDJSON.
pub fn answered_line() -> String {
    let mut line = receipt();
    line["line"] = json!(1);
    line["status"] = json!(201);
    format!("{line}\n")
}

pub fn check() -> Value {
    json!({ "findings": receipt()["findings"] })
}

pub fn notice_receipt() -> Value {
    json!({
        "id": NOTICE_ID, "source": "niche", "reference": "EX-2026-000102", "kind": "domestic_abuse",
        "revision": 1, "received": "2026-05-04T05:10:00Z", "arrived": "2026-05-04T05:10:02.118Z",
        "restricted": false, "findings": receipt()["findings"],
        "work_items": [{ "id": ITEM_ID, "desk": "domestic_abuse" }]
    })
}

pub fn work_item() -> Value {
    let clock = |due: &str| json!({ "due": due, "met_at": null });
    json!({
        "id": ITEM_ID, "notice_id": NOTICE_ID, "source": "niche", "reference": "EX-2026-000102",
        "revision": 1, "kind": "domestic_abuse", "desk": "domestic_abuse", "state": "claimed",
        "band": "red", "band_label": "Red: open first", "score": 86,
        "reasons": [{
            "rule": "strangulation", "points": 40, "floor": "red",
            "text": "Hands round the neck or another way of stopping the breath.",
            "evidence": [{ "path": "/indicators/0", "says": "non_fatal_strangulation" }]
        }],
        "provisional": [], "suggests": [], "assessment_pending": false, "could_be_lowered_to": null,
        "received": "2026-05-04T05:10:00Z", "due": "2026-05-04T09:10:00Z",
        "clocks": {
            "picked_up": { "due": "2026-05-04T09:10:00Z", "met_at": "2026-05-04T06:00:00Z" },
            "decided": clock("2026-05-04T17:10:00Z"), "told": clock("2026-05-04T21:10:00Z")
        },
        "holder": "rev.reviewer", "claimed_at": "2026-05-04T06:00:00Z",
        "lease_until": "2026-05-04T10:00:00Z", "claim_id": CLAIM_ID, "held_until": null,
        "pending_by": null, "outcome": null, "restricted": false, "policy_version": "1"
    })
}

pub const CUE_ID: &str = "0b7f0c5d2c6f4f1c9f1a7d3f7c0f5e21";

fn cue() -> Value {
    json!({
        "id": CUE_ID, "cue": "cue_strangulation", "past": false,
        "words": { "path": "/circumstances", "says": "hands round her neck", "span": [16, 36] }
    })
}

pub fn cues() -> Value {
    json!({ "cues": [cue()] })
}

pub fn preview() -> Value {
    let mut gone = work_item()["reasons"][0].clone();
    gone["evidence"] = json!([cue()["words"]]);
    json!({
        "cue": cue(),
        "items": [{
            "work_item_id": ITEM_ID, "reference": "EX-2026-000102", "desk": "domestic_abuse",
            "from": { "band": "red", "score": 86 }, "to": { "band": "amber", "score": 46 }, "at_once": true,
            "gone": [gone], "left": []
        }],
        "falls": [{ "work_item_id": ITEM_ID, "to": { "band": "amber", "score": 46 } }]
    })
}

pub fn dismissal() -> Value {
    json!({
        "claim_id": CLAIM_ID, "cue_id": CUE_ID, "shown": preview()["falls"],
        "reason": "She meant the collar of the coat: body-worn video shows it."
    })
}

pub fn work_item_answer() -> Value {
    json!({ "work_item": work_item() })
}

pub fn claim() -> Value {
    json!({
        "work_item": work_item(),
        "claim": { "id": CLAIM_ID, "holder": "rev.reviewer", "expires_at": "2026-05-04T10:00:00Z" },
        "bundle": []
    })
}

pub fn list() -> Value {
    json!({
        "work_items": [work_item()], "next_cursor": null, "as_of": "2026-05-04T06:05:00Z",
        "note": ppn_domain::BAND_IS_NOT_A_GRADE
    })
}

pub fn backlog() -> Value {
    json!({
        "as_of": "2026-05-04T06:05:00Z", "order": "risk",
        "desks": [{
            "desk": "child", "waiting": 342, "overdue": 120,
            "counts": [{ "band": "red", "state": "waiting", "items": 21, "overdue": 9,
                "week_old": 2, "provisional": 4, "assessment_pending": 0, "oldest_received": "2026-05-03T01:12:00Z" }],
            "opened_per_day": 60.0, "reds_per_day": 4.0,
            "worst_wait": { "kind": "bounded", "hours": 264, "more_per_day": null,
                "text": "at most 11 days 0 hours at the present rate" }
        }],
        "unreadable": { "open": 1, "overdue": 0 }, "note": ppn_domain::BAND_IS_NOT_A_GRADE
    })
}

pub fn unreadable() -> Value {
    json!({
        "id": NOTICE_ID, "arrived": "2026-05-04T05:10:02Z", "due": "2026-05-04T06:10:02Z",
        "submitted_by": "niche-feed", "source": "niche", "reference": "EX-2026-000103",
        "errors": [{ "path": "/indicatrs", "rule": "unknown_member",
            "fix": "no such member: the nearest is `indicators`" }],
        "state": "open", "content": "{\"source\":\"niche\",\"reference\":\"EX-2026-000103\",\"indicatrs\":[]}",
        "content_base64": "eyJzb3VyY2UiOiJuaWNoZSIsInJlZmVyZW5jZSI6IkVYLTIwMjYtMDAwMTAzIiwiaW5kaWNhdHJzIjpbXX0="
    })
}

pub fn unreadable_list() -> Value {
    json!({ "unreadable": [{
        "id": NOTICE_ID, "arrived": "2026-05-04T05:10:02Z", "due": "2026-05-04T06:10:02Z",
        "submitted_by": "niche-feed", "source": "niche", "reference": "EX-2026-000103",
        "errors": unreadable()["errors"], "state": "open"
    }] })
}

pub const MENTION_ID: &str = "019df1a2-0000-7000-8000-0000000000a1";
pub const OTHER_MENTION_ID: &str = "019df1a2-0000-7000-8000-0000000000a2";

fn side(mention: &str, reference: &str) -> Value {
    json!({
        "mention_id": mention, "person_id": mention, "notice_id": NOTICE_ID, "reference": reference,
        "name": "Kathryn Harrowgate", "date_of_birth": "1988-07-19", "address": "4 Mill Lane, DE1 1AA"
    })
}

pub fn link() -> Value {
    json!({
        "id": "019df1a2-0000-7000-8000-0000000000b1", "state": "possible", "score": 95,
        "reasons": ["given name alike", "same family name", "same date of birth"],
        "sides": [side(MENTION_ID, "PPN-0042"), side(OTHER_MENTION_ID, "PPN-0077")]
    })
}

pub fn events() -> Value {
    json!({ "events": [{
        "notice_id": MENTION_ID, "reference": "EX-2026-000107", "received": "2026-05-04T07:40:00Z",
        "one": true, "decided_by": "rev.reviewer", "decided_at": "2026-05-04T08:00:00Z"
    }] })
}

pub fn person() -> Value {
    json!({
        "id": MENTION_ID, "mentions": [side(MENTION_ID, "PPN-0042")],
        "links": [{
            "id": "019df1a2-0000-7000-8000-0000000000b1", "state": "possible", "score": 95,
            "reasons": ["given name alike", "same family name", "same date of birth"],
            "made_at": "2026-05-04T06:00:00Z"
        }]
    })
}

pub fn search() -> Value {
    json!({
        "notices": [],
        "people": [{
            "person_id": MENTION_ID, "name": "Ann Reed", "date_of_birth": "1988-03-04",
            "address": "1 Mill Lane, DE1 1AA", "roles": ["victim"],
            "notice": {
                "notice_id": NOTICE_ID, "source": "niche", "reference": "EX-2026-000102",
                "kind": "domestic_abuse", "received": "2026-05-04T05:10:00Z",
                "work_item": { "id": ITEM_ID, "desk": "domestic_abuse", "band": "red", "state": "waiting" }
            }
        }],
        "more": false, "as_of": "2026-05-04T06:05:00Z"
    })
}

pub fn audit_list() -> Value {
    json!({
        "rows": [{
            "place": 12, "id": "019df1a2-0000-7000-8000-0000000000c1", "at": "2026-05-04T06:00:00Z",
            "who": "ann.reviewer", "act": "completed", "notice_id": NOTICE_ID,
            "work_item_id": "019df1a2-0000-7000-8000-0000000000c2", "person_id": null,
            "origin": "10.1.2.3", "why": "Shared with the allocated social worker.", "recipient": null,
            "detail": { "outcome": "shared" }
        }],
        "next_before": null, "as_of": "2026-05-04T06:05:00Z"
    })
}

pub fn seen_list() -> Value {
    json!({ "seen_by": [{
        "user": "ann.reviewer", "first": "2026-05-03T06:00:00Z", "last": "2026-05-04T06:00:00Z",
        "acts": { "claimed": 1, "consulted_notice": 2 }, "claimed": true
    }] })
}

pub fn unusual_list() -> Value {
    json!({
        "unusual": [{
            "kind": "without_claim", "user": "ben.reed", "first": "2026-05-03T06:00:00Z",
            "last": "2026-05-04T06:00:00Z", "count": 1, "notices": [NOTICE_ID]
        }],
        "whole": true, "note": "Ask before you judge: there may be a good reason for each of these."
    })
}

pub fn restricted() -> Value {
    json!({
        "items": [{
            "id": "019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21", "desk": "child", "band": "red", "state": "waiting",
            "received": "2026-05-04T05:10:00Z", "due": "2026-05-04T09:10:00Z",
            "ask": ["mary.hall"], "unattended": false
        }],
        "opened": []
    })
}
