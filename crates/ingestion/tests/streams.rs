//! Whole inputs: what is broken in them costs itself and nothing else.

#![expect(clippy::unwrap_used, reason = "a test that fails should say where")]

use std::io::{Cursor, Read};

use ppn_domain::{FindingCode, Timestamp};
use ppn_ingestion::{Format, MAX_NOTICE_BYTES, Mapping, ReadError, Record, read};
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-20T09:00:00Z").unwrap()
}

fn all(bytes: impl Into<Vec<u8>>, format: Format) -> Vec<Result<Record, ReadError>> {
    read(Cursor::new(bytes.into()), format, None, now()).unwrap().collect()
}

fn records(bytes: impl Into<Vec<u8>>, format: Format) -> Vec<Record> {
    all(bytes, format).into_iter().map(Result::unwrap).collect()
}

fn notice(reference: &str) -> String {
    format!(r#"{{"source":"niche","reference":"{reference}","kind":"child"}}"#)
}

/// Line and first rule, or none where accepted.
fn told(records: &[Record]) -> Vec<(u64, Option<&str>)> {
    records.iter().map(|r| (r.line, r.result.as_ref().err().map(|e| e.errors[0].rule.as_str()))).collect()
}

#[test]
fn a_line_broken_in_the_middle_costs_one_of_ten_thousand() {
    let mut text = String::new();
    for n in 1..=10_000 {
        let line = notice(&format!("N{n}"));
        text.push_str(if n == 5_000 { &line[..30] } else { &line });
        text.push('\n');
    }
    let all = records(text, Format::Ndjson);
    let refused: Vec<_> = all.iter().filter(|r| r.result.is_err()).collect();
    assert_eq!((all.len(), refused.len(), refused[0].line), (10_000, 1, 5_000));
    assert_eq!(refused[0].raw, &notice("N5000").as_bytes()[..30]);
    assert_eq!(refused[0].result.as_ref().unwrap_err().errors[0].line, Some(5_000));
}

#[test]
fn blank_lines_carriage_returns_and_a_byte_order_mark_are_no_matter() {
    let text = format!("\u{feff}{}\r\n\r\n  \n{}", notice("A"), notice("B"));
    let all = records(text, Format::Ndjson);
    assert_eq!(told(&all), [(1, None), (4, None)]);
    assert_eq!(all[0].raw, notice("A").as_bytes());
    assert_eq!(records("", Format::Ndjson).len(), 0);
}

#[test]
fn a_notice_too_large_is_passed_over() {
    let large = "x".repeat(MAX_NOTICE_BYTES);
    let large = format!(r#"{{"circumstances":"{large}"}}"#);
    let lines = records(format!("{large}\n{}\n", notice("B")), Format::Ndjson);
    assert_eq!(told(&lines), [(1, Some("too_large")), (2, None)]);
    assert!(lines[0].raw.is_empty());
    let elements = records(format!("[{large},\n{}]", notice("B")), Format::Json);
    assert_eq!(told(&elements), [(1, Some("too_large")), (2, None)]);
    assert_eq!(told(&records(large, Format::Json)), [(1, Some("too_large"))]);
}

#[test]
fn one_object_or_an_array_of_them() {
    assert_eq!(told(&records(notice("A"), Format::Json)), [(1, None)]);
    assert_eq!(
        told(&records(format!("\n[ {} ,\n\n{} ]\n", notice("A"), notice("B")), Format::Json)),
        [(2, None), (4, None)]
    );
    assert_eq!(records("[ ]", Format::Json).len(), 0);
}

#[test]
fn a_broken_element_costs_itself() {
    let (a, c) = (notice("A"), notice("C"));
    for broken in [
        r#"{"source":"x","reference":}"#,
        r#"{"persons":[{"roles":["subject"}]}"#,
        r#"{"persons":[{"roles":["subject"]]}"#,
        "{\"circumstances\":\"no end,\n\"kind\":\"child\"}",
        r#"{"a":1}}"#,
        "5",
        "\"text, with ] and }\"",
        r#"{"a":"\"}],"}"#,
        "{} {}",
    ] {
        let all = records(format!("[{a},\n{broken},\n{c}]"), Format::Json);
        let accepted: Vec<bool> = all.iter().map(|r| r.result.is_ok()).collect();
        assert_eq!(accepted, [true, false, true], "{broken}");
        assert_eq!(all[1].line, 2);
    }
}

#[test]
fn a_missing_element_is_told() {
    let all = records(format!("[{},]", notice("A")), Format::Json);
    assert_eq!(told(&all), [(1, None), (1, Some("not_json"))]);
}

#[test]
fn an_element_over_several_lines_becomes_one() {
    let text = "[{\n  \"source\": \"niche\",\r\n  \"reference\": \"A\",\n  \"kind\": \"chld\"\n}]";
    let all = records(text, Format::Json);
    assert!(!all[0].raw.contains(&b'\n') && !all[0].raw.contains(&b'\r'));
    let again = records(all[0].raw.clone(), Format::Ndjson);
    assert_eq!(told(&again), [(1, Some("unknown_code"))]);
}

#[test]
fn a_file_that_ends_in_the_middle_is_told() {
    let whole = format!("[{},{}]", notice("A"), notice("B"));
    let cut = records(&whole.as_bytes()[..whole.len() - 10], Format::Json);
    assert_eq!(told(&cut), [(1, None), (1, Some("not_json"))]);
    let mut unclosed = all(&whole.as_bytes()[..whole.len() - 1], Format::Json);
    assert!(matches!(unclosed.pop(), Some(Err(ReadError::ArrayNotClosed { line: 1 }))));
    assert_eq!(unclosed.len(), 2);
    assert_eq!(told(&records(&notice("A")[..20], Format::Json)), [(1, Some("not_json"))]);
}

#[test]
fn what_is_not_an_input_is_told() {
    let first = |bytes: &[u8], format| {
        read(Cursor::new(bytes.to_vec()), format, None, now()).and_then(|mut r| r.next().transpose())
    };
    assert!(matches!(first(b"\n hello", Format::Json), Err(ReadError::NotJson { line: 2 })));
    assert!(matches!(first(b"", Format::Json), Err(ReadError::NotJson { .. })));
    let two = format!("{}\n{}", notice("A"), notice("B"));
    assert!(matches!(all(two, Format::Json).pop(), Some(Err(ReadError::TrailingText { line: 2 }))));
    let wide: Vec<u8> = notice("A").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(
        matches!(first(&wide, Format::Ndjson), Err(ReadError::Encoding { encoding }) if encoding.contains("UTF-16"))
    );
    assert!(matches!(first(b"\xfe\xff\0{", Format::Json), Err(ReadError::Encoding { .. })));
    assert!(matches!(first(b"a,b\n", Format::Csv), Err(ReadError::NoMapping)));
}

#[test]
fn text_in_the_wrong_encoding_is_refused_with_its_place() {
    let all = records(b"{\"source\":\"Zo\xeb\"}\n".to_vec(), Format::Ndjson);
    assert_eq!(told(&all), [(1, Some("not_utf8"))]);
}

/// One byte at a time, as a slow pipe gives them.
struct Slow(Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

#[test]
fn a_slow_input_reads_the_same() {
    let text = format!("[{},\n{}]", notice("A"), notice("B"));
    let slow = read(Slow(Cursor::new(text.clone().into_bytes())), Format::Json, None, now()).unwrap();
    let slow: Vec<Record> = slow.map(Result::unwrap).collect();
    assert_eq!(slow, records(text, Format::Json));
}

const MAPPING: &str = r#"
ignored = ["Batch"]
[constants]
source = "export"
kind = "child"
[columns.Ref]
to = "reference"
[columns.Text]
to = "circumstances"
[columns.Role]
to = "person.roles"
[columns.Name]
to = "person.family_name"
[columns.When]
to = "occurred_at"
datetime = "%d/%m/%Y %H:%M"
"#;

const HEADER: &str = "Ref,Text,Role,Name,When\n";

fn csv_with(mapping: &str, bytes: impl Into<Vec<u8>>) -> Result<Vec<Record>, ReadError> {
    let mapping = Mapping::from_toml(mapping).unwrap();
    read(Cursor::new(bytes.into()), Format::Csv, Some(&mapping), now())?.collect()
}

fn csv(rows: &str) -> Vec<Record> {
    csv_with(MAPPING, format!("{HEADER}{rows}")).unwrap()
}

#[test]
fn rows_of_one_reference_are_one_notice_wherever_they_stand() {
    let all = csv("A,x,subject,Ash,\nB,,witness,Birch,\nA,,witness,Cedar,\n");
    let references: Vec<_> =
        all.iter().map(|r| r.result.as_ref().unwrap().notice.reference.as_str()).collect();
    assert_eq!(references, ["B", "A"]);
    assert_eq!(
        (all[1].line, all[1].raw.as_slice()),
        (2, b"A,x,subject,Ash,\nA,,witness,Cedar,\n".as_slice())
    );
    assert_eq!(all[1].result.as_ref().unwrap().notice.persons.len(), 2);
}

#[test]
fn a_person_repeated_on_the_next_row_is_one_and_nameless_children_are_two() {
    let persons = |rows: &str| csv(rows)[0].result.as_ref().unwrap().notice.persons.len();
    assert_eq!(persons("A,,subject,Ash,\nA,,subject,Ash,\n"), 1);
    assert_eq!(persons("A,,child_present,,\nA,,child_present,,\n"), 2);
    assert_eq!(persons("A,x,,,\n"), 0);
}

#[test]
fn a_person_without_a_known_role_is_kept() {
    let all = csv("A,,passer-by,Ash,\n");
    let submission = all[0].result.as_ref().unwrap();
    assert_eq!(
        serde_json::to_value(&submission.notice.persons[0].roles).unwrap(),
        serde_json::json!(["not_known"])
    );
    let finding = submission.findings.iter().find(|f| f.code == FindingCode::UnmappedValue).unwrap();
    assert_eq!(finding.path, "/persons/0/roles");
    assert!(!finding.text.contains("passer"));
}

#[test]
fn rows_that_disagree_are_refused_with_both_lines() {
    let all = csv("A,one,subject,Ash,\nA,,witness,Birch,\nA,two,witness,Cedar,\n");
    let refusal = all[0].result.as_ref().unwrap_err();
    let error = &refusal.errors[0];
    assert_eq!(
        (error.rule.as_str(), error.path.as_str(), error.line),
        ("rows_disagree", "/circumstances", Some(4))
    );
    assert!(error.fix.contains("`Text`") && error.fix.contains("line 2") && error.fix.contains("line 4"));
    assert_eq!((refusal.source.as_deref(), refusal.reference.as_deref()), (Some("export"), Some("A")));
    assert_eq!(all.len(), 1);
}

#[test]
fn half_a_row_refuses_its_notice_and_no_other() {
    for (half, rule) in [
        ("A,", "field_count"),
        ("A,,,,,,", "field_count"),
        ("A,,subject,\"Ce", "quoting"),
        ("A,,subject,Ash,\"20", "quoting"),
    ] {
        let all = csv(&format!("A,x,subject,Ash,\nB,,witness,Birch,\n{half}"));
        assert_eq!(told(&all), [(3, None), (2, Some(rule))], "{half}");
        let error = &all[1].result.as_ref().unwrap_err().errors[0];
        assert_eq!(error.line, Some(4));
        assert!(all[1].raw.ends_with(format!("{half}\n").as_bytes()));
    }
    let unnamed = csv(",x\nB,,witness,Birch,\n");
    assert_eq!(told(&unnamed), [(2, Some("field_count")), (3, None)]);
}

#[test]
fn a_refusal_names_the_column_and_the_line() {
    let long = "n".repeat(129);
    let all = csv(&format!("A,,subject,Ash,\nA,,subject,{long},\n"));
    let error = &all[0].result.as_ref().unwrap_err().errors[0];
    assert_eq!((error.path.as_str(), error.line), ("/persons/1/family_name", Some(3)));
    assert!(error.fix.starts_with("Column `Name`:"), "{}", error.fix);
    let blank = csv(",,subject,Ash,\n");
    let error = &blank[0].result.as_ref().unwrap_err().errors[0];
    assert_eq!((error.path.as_str(), error.rule.as_str()), ("/reference", "required"));
    assert!(error.fix.contains("`Ref`"));
}

#[test]
fn local_times_at_the_change_of_the_clocks_are_findings() {
    let finding = |when: &str| {
        let all = csv(&format!("A,,,,{when}\n"));
        let submission = all[0].result.as_ref().unwrap();
        let mine = submission.findings.iter().find(|f| f.path == "/occurred_at").unwrap();
        (submission.notice.occurred_at.map(|t| t.to_string()), mine.code)
    };
    let october = Some("2026-10-25T00:30:00Z".to_owned());
    assert_eq!(finding("25/10/2026 01:30"), (october, FindingCode::AmbiguousLocalTime));
    let march = Some("2026-03-29T01:30:00Z".to_owned());
    assert_eq!(finding("29/03/2026 01:30"), (march, FindingCode::NonexistentLocalTime));
    assert_eq!(finding("29.03.2026"), (None, FindingCode::UnmappedValue));
}

#[test]
fn a_header_that_does_not_fit_is_told() {
    let error = |bytes: &str| csv_with(MAPPING, bytes).unwrap_err();
    assert!(matches!(error(""), ReadError::NoHeader));
    let missing = error("Ref,Txt,Role,Name,When\n");
    assert!(
        matches!(&missing, ReadError::ColumnMissing { column, nearest } if column == "Text" && nearest.as_deref() == Some("Txt"))
    );
    assert!(missing.to_string().contains("`Txt`"));
    assert!(matches!(error("Ref,Text,Role,Name,When,Text\n"), ReadError::ColumnTwice { .. }));
    let stranger = error("Ref,Text,Role,Name,When,Strangled\n");
    assert!(matches!(stranger, ReadError::ColumnNotMapped { column } if column == "Strangled"));
    assert!(csv_with(MAPPING, "\u{feff}batch,Ref,Text,Role,Name,When\n").is_ok());
}

#[test]
fn a_notice_of_too_many_rows_is_refused_in_flat_memory() {
    let row = format!("A,,subject,{},\n", "n".repeat(100));
    let all = csv(&format!("{}B,,witness,Birch,\n", row.repeat(50_000)));
    assert_eq!(told(&all), [(2, Some("too_large")), (50_002, None)]);
    assert!(all[0].raw.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Json, Format::Ndjson] {
            if let Ok(records) = read(Cursor::new(bytes.clone()), format, None, now()) {
                prop_assert!(records.count() <= 401);
            }
        }
        let mut under_header = HEADER.as_bytes().to_vec();
        under_header.extend_from_slice(&bytes);
        let _ = csv_with(MAPPING, under_header);
        let _ = csv_with(MAPPING, bytes);
    }

    #[test]
    fn no_row_is_lost(rows in proptest::collection::vec(("[AB]?", "[a-z\",\n]{0,6}"), 0..12)) {
        let lines: Vec<String> = rows.iter().map(|(reference, rest)| format!("{reference},{rest},subject,Ash,\n")).collect();
        let text = lines.concat();
        let kept: usize = csv(&text).iter().map(|r| r.raw.iter().filter(|b| !b.is_ascii_whitespace()).count()).sum();
        prop_assert_eq!(kept, text.bytes().filter(|b| !b.is_ascii_whitespace()).count());
    }

    #[test]
    fn a_mapping_never_panics(text in "(\\[columns\\.A\\]|to = \"[a-z._]{0,12}\"|date = \"%[a-zA-Z:#]{0,3}\"|\n|=|\"|[a-z]){0,12}") {
        let _ = Mapping::from_toml(&text);
    }
}
