//! The samples that ship beside the mappings are read as their comments say.

#![expect(clippy::unwrap_used, reason = "a test that fails should say where")]

use ppn_domain::{Finding, FindingCode, Timestamp};
use ppn_ingestion::{Format, Mapping, Records, Submission, read};

const MAPPING: &str = include_str!("../../../config/mappings/records-export.toml");
const CSV: &[u8] = include_bytes!("../../../config/mappings/records-export.sample.csv");
const JSON: &[u8] = include_bytes!("../../../config/mappings/sample.json");
const NDJSON: &[u8] = include_bytes!("../../../config/mappings/sample.ndjson");

fn records(bytes: &'static [u8], format: Format) -> Records {
    let now = Timestamp::parse_rfc3339("2026-11-20T09:00:00Z").unwrap();
    let mapping = Mapping::from_toml(MAPPING).unwrap();
    read(bytes, format, Some(&mapping), now).unwrap()
}

fn submissions(bytes: &'static [u8], format: Format) -> Vec<Submission> {
    records(bytes, format).map(|record| record.unwrap().result.unwrap()).collect()
}

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|f| f.code).collect()
}

#[test]
fn the_csv_sample_is_six_notices() {
    let all = submissions(CSV, Format::Csv);
    let references: Vec<_> = all.iter().map(|s| s.notice.reference.as_str()).collect();
    // The second notice has a row after the fifth, so it is complete after it.
    assert_eq!(references, ["RX-1001", "RX-1003", "RX-1004", "RX-1005", "RX-1002", "RX-1006"]);
    assert!(all.iter().all(|s| s.notice.source == "records_export"));

    let first = &all[0].notice;
    assert_eq!(first.persons[0].given_names.as_deref(), Some("Zo\u{eb}"));
    assert_eq!(first.circumstances.as_deref().unwrap().lines().count(), 3);
    assert_eq!(first.location.as_ref().unwrap().lines, ["12 Larch Row", "Derby"]);
    assert_eq!(first.persons.len(), 3);
    // Asked no rules out; a no that the form fills in is not known.
    let value = serde_json::to_value(first).unwrap();
    assert_eq!(value["indicators"], serde_json::json!(["non_fatal_strangulation"]));
    assert_eq!(value["indicators_ruled_out"], serde_json::json!(["weapon_used"]));
    assert_eq!(value["persons"][0].get("pregnant"), None);
    let answers = serde_json::json!({"q1": "yes", "q6": "yes", "q15": "not_known", "q18": "yes"});
    assert_eq!(value["risk_assessments"][0]["answers"], answers);
    assert!(codes(&all[0].findings).contains(&FindingCode::GradeAtOdds));

    let october = &all[4];
    assert_eq!(october.notice.occurred_at.unwrap().to_string(), "2026-10-25T00:30:00Z");
    assert!(codes(&october.findings).contains(&FindingCode::AmbiguousLocalTime));
    assert_eq!(october.notice.persons.len(), 3);

    let unmapped = all[2].findings.iter().find(|f| f.code == FindingCode::UnmappedValue).unwrap();
    assert_eq!(unmapped.path, "/concerns");
    assert!(unmapped.text.contains("`Concerns`") && !unmapped.text.contains("Sextortion"));
    assert_eq!(all[2].notice.concerns.len(), 1);
    assert!(codes(&all[3].findings).contains(&FindingCode::RiskAssessmentRefused));
}

#[test]
fn the_csv_sample_begins_with_its_header_and_is_read_to_its_end() {
    let mut records = records(CSV, Format::Csv);
    assert!(records.header().unwrap().starts_with(b"Export Batch,PPN Ref,"));
    assert!(records.header().unwrap().ends_with(b"\r\n"));
    assert_eq!(records.by_ref().count(), 6);
    assert_eq!(records.bytes_read(), CSV.len() as u64);
}

#[test]
fn the_raw_rows_under_the_header_read_the_same() {
    let first = records(CSV, Format::Csv);
    let mut again = first.header().unwrap().to_vec();
    let mut hashes = Vec::new();
    for record in first {
        let record = record.unwrap();
        again.extend_from_slice(&record.raw);
        hashes.push(record.result.unwrap().content_hash);
    }
    let now = Timestamp::parse_rfc3339("2026-11-20T09:00:00Z").unwrap();
    let mapping = Mapping::from_toml(MAPPING).unwrap();
    let second = read(std::io::Cursor::new(again), Format::Csv, Some(&mapping), now).unwrap();
    let hashes_again: Vec<_> = second.map(|r| r.unwrap().result.unwrap().content_hash).collect();
    assert_eq!(hashes_again, hashes);
}

#[test]
fn the_json_samples_say_the_same() {
    let json = submissions(JSON, Format::Json);
    let ndjson = submissions(NDJSON, Format::Ndjson);
    assert_eq!(json.len(), 3);
    assert_eq!(json, ndjson);
}
