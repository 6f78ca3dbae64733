//! `ppn audit`: who did what, is the log what it was, and what of it can be shown to others.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ppn_domain::PersonId;
use ppn_sealing::{Finding, MOST_NAMED, Proof, PublicKey};
use ppn_service::{
    AuditQuery, ExportFormat, ExportedRow, ProofOf, Service, ServiceError, UnusualAccess, Verified,
};
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{
    Audit, AuditExport, AuditFilter, AuditFormat, AuditProof, AuditSearch, AuditUnusual, AuditVerify,
    CheckProof, ListFormat,
};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::input;
use crate::progress::say;
use crate::seals::{self, Places};
use crate::table::{harmless, table};
use crate::wiring;

/// No proof is larger.
const LARGEST_PROOF: u64 = 16 * 1024 * 1024;

/// Runs the command.
pub async fn run(config: &Config, what: Audit) -> Result<Done, Failure> {
    if let Audit::CheckProof(args) = what {
        return check_proof(&args);
    }
    let places = Places::named(config)?;
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let done = match what {
        Audit::Search(args) => search(&service, &args).await,
        Audit::Export(args) => export(&service, &args).await,
        Audit::Seen { person, format } => seen(&service, person, format).await,
        Audit::Unusual(args) => unusual(&service, &args).await,
        Audit::Verify(args) => verify(&service, &places, &args).await,
        Audit::Proof(args) => proof(&service, &args).await,
        Audit::Key => key(&service, &places).await,
        Audit::CheckProof(_) => Ok(Done::All),
    };
    service.store().close().await;
    done
}

fn query(filter: &AuditFilter) -> AuditQuery {
    AuditQuery {
        notice_id: filter.notice,
        work_item_id: filter.work_item,
        person_id: filter.person,
        who: filter.user.clone(),
        act: filter.act,
        from: filter.from,
        until: filter.until,
    }
}

async fn search(service: &Service, args: &AuditSearch) -> Result<Done, Failure> {
    let (by, query) = (wiring::operator("audit search"), query(&args.filter));
    let (mut rows, mut before) = (Vec::new(), None);
    while rows.len() < args.limit as usize {
        let left = args.limit - u32::try_from(rows.len()).unwrap_or(args.limit);
        let page = service.audit(&by, &query, before, left).await?;
        rows.extend(page.rows);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    match args.format {
        ListFormat::Json => {
            let rows: Vec<ExportedRow<'_>> = rows.iter().map(ExportedRow::of).collect();
            print_json(&json!({ "rows": rows, "more": before.is_some() }))?;
        }
        ListFormat::Table => {
            let mut table = table(&["At", "Who", "Act", "On", "From", "Why"]);
            for (_, row) in &rows {
                let on = match (row.work_item_id, row.notice_id, row.person_id) {
                    (_, Some(notice), _) => format!("notice {notice}"),
                    (Some(item), None, _) => format!("item {item}"),
                    (None, None, Some(person)) => format!("person {person}"),
                    (None, None, None) => String::new(),
                };
                table.add_row([
                    row.at.london_text(),
                    harmless(&row.who).into_owned(),
                    row.act.to_string(),
                    on,
                    harmless(&row.origin).into_owned(),
                    row.why.as_ref().map_or_else(String::new, |why| harmless(&why.text).into_owned()),
                ]);
            }
            print(|out| writeln!(out, "{table}"))?;
            if before.is_some() {
                say("There are more: give --limit, or use `ppn audit export`.");
            }
        }
    }
    Ok(Done::All)
}

async fn export(service: &Arc<Service>, args: &AuditExport) -> Result<Done, Failure> {
    let format = match args.format {
        AuditFormat::Csv => ExportFormat::Csv,
        AuditFormat::Ndjson => ExportFormat::Ndjson,
    };
    let by = wiring::operator("audit export");
    let mut export = service.export_log(&by, &query(&args.filter)).await?;
    print(|out| out.write_all(&format.header()))?;
    while let Some(rows) = export.next().await? {
        let rows = format.rows(&rows)?;
        print(|out| out.write_all(&rows))?;
    }
    Ok(Done::All)
}

async fn seen(service: &Service, person: PersonId, format: ListFormat) -> Result<Done, Failure> {
    let seen = service.who_has_seen(&wiring::operator("audit seen"), person).await?;
    match format {
        ListFormat::Json => print_json(&seen)?,
        ListFormat::Table => {
            let mut table = table(&["Who", "First", "Last", "Acts", "Had the work"]);
            for one in &seen {
                let acts: Vec<String> =
                    one.acts.iter().map(|(act, times)| format!("{act} {times}")).collect();
                table.add_row([
                    harmless(&one.who).into_owned(),
                    one.first.london_text(),
                    one.last.london_text(),
                    acts.join(", "),
                    if one.claimed { "yes" } else { "no" }.to_owned(),
                ]);
            }
            print(|out| writeln!(out, "{table}"))?;
        }
    }
    Ok(Done::All)
}

async fn unusual(service: &Service, args: &AuditUnusual) -> Result<Done, Failure> {
    let by = wiring::operator("audit unusual");
    let found = service.unusual_access(&by, args.from, args.until).await?;
    match args.format {
        ListFormat::Json => {
            let one = |of: &UnusualAccess| {
                json!({
                    "kind": of.kind.code(), "user": of.who, "first": of.first, "last": of.last,
                    "count": of.count, "notices": of.notices,
                })
            };
            let unusual: Vec<Value> = found.found.iter().map(one).collect();
            print_json(&json!({ "unusual": unusual, "whole": found.whole }))?;
        }
        ListFormat::Table if found.found.is_empty() => print(|out| writeln!(out, "Nothing unusual."))?,
        ListFormat::Table => {
            let mut table = table(&["What", "Who", "First", "Last", "Notices"]);
            for one in &found.found {
                table.add_row([
                    one.kind.code().replace('_', " "),
                    harmless(&one.who).into_owned(),
                    one.first.london_text(),
                    one.last.london_text(),
                    one.count.to_string(),
                ]);
            }
            print(|out| writeln!(out, "{table}"))?;
            say("Ask before you judge: there may be a good reason for each of these.");
        }
    }
    if !found.whole {
        say("The period has more rows than are looked at: choose a shorter one.");
    }
    Ok(Done::All)
}

async fn verify(service: &Service, places: &Places, args: &AuditVerify) -> Result<Done, Failure> {
    let mut believed: Vec<PublicKey> = args.public_key.clone();
    if believed.is_empty() {
        let key = places.key(service).await?.ok_or_else(|| {
            Failure::wrong("there is no key to believe: give --public-key, or run `ppn migrate` to make one")
        })?;
        believed.push(key.public());
        if places.key.is_none() {
            say(
                "The key is taken from the store that is checked: whoever can write there could have signed anything. Give --public-key, and set audit.key_file.",
            );
        }
    }
    let mut files = args.heads.clone();
    if files.is_empty() {
        files.extend(places.heads.clone().filter(|file| file.exists()));
    }
    if files.is_empty() {
        say(
            "No heads are kept outside the store, so rows cut off at the end do not show: set audit.heads_file, or give --heads.",
        );
    }
    let (mut outside, mut bad_lines) = (Vec::new(), Vec::new());
    for file in &files {
        let (heads, bad) = seals::read_heads(file)?;
        outside.push(heads);
        bad_lines.push((file, bad));
    }
    let verified = service.verify_log(&wiring::operator("audit verify"), believed, outside).await?;
    let bad_lines: Vec<String> = bad_lines
        .into_iter()
        .filter_map(|(file, bad)| {
            let line = bad.load(Ordering::Relaxed);
            (line > 0).then(|| format!("{}: line {line}: this is no head of a log", file.display()))
        })
        .collect();
    match args.format {
        ListFormat::Json => print_json(&as_json(&verified, &bad_lines))?,
        ListFormat::Table => print_words(&verified, &bad_lines)?,
    }
    Ok(if verified.faults == 0 && bad_lines.is_empty() { Done::All } else { Done::SomeRefused })
}

fn print_words(verified: &Verified, bad_lines: &[String]) -> Result<(), Failure> {
    let (inside, outside) = verified.heads;
    print(|out| {
        for finding in &verified.findings {
            writeln!(out, "{finding}")?;
        }
        if verified.faults > verified.findings.len() as u64 {
            writeln!(out, "and {} more, of which the first {MOST_NAMED} are named", verified.faults)?;
        }
        for line in bad_lines {
            writeln!(out, "{line}")?;
        }
        let sealed = verified.sealed;
        if verified.faults == 0 {
            writeln!(out, "{sealed} sealed rows: none changed, removed, inserted or reordered.")?;
        } else {
            writeln!(out, "{sealed} sealed rows: {} faults.", verified.faults)?;
        }
        writeln!(out, "{inside} signed heads in the store, {outside} outside it.")?;
        writeln!(out, "{} rows not sealed yet.", verified.unsealed)
    })
}

fn as_json(verified: &Verified, bad_lines: &[String]) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "fault": finding.fault.code(),
            "place": finding.place,
            "to_place": finding.to_place,
            "row": finding.row_id(),
            "head": finding.head.map(|(head, _)| head),
            "text": finding.to_string(),
        })
    };
    json!({
        "as_of": verified.at,
        "sealed": verified.sealed,
        "unsealed": verified.unsealed,
        "heads": { "store": verified.heads.0, "outside": verified.heads.1 },
        "faults": verified.faults,
        "findings": verified.findings.iter().map(finding).collect::<Vec<_>>(),
        "unreadable_lines": bad_lines,
    })
}

async fn proof(service: &Service, args: &AuditProof) -> Result<Done, Failure> {
    let of = match (args.row, args.since) {
        (Some(id), _) => ProofOf::Row(id),
        (None, Some(size)) => ProofOf::Since(size),
        (None, None) => return Err(Failure::wrong("give --row or --since")),
    };
    match service.prove(&wiring::operator("audit proof"), of).await {
        Ok(proof) => {
            print_json(&proof)?;
            Ok(Done::All)
        }
        Err(error @ ServiceError::NoProof(_)) => {
            Err(Failure::refused(format!("{error}: see `ppn audit verify`")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn key(service: &Service, places: &Places) -> Result<Done, Failure> {
    let key = places.key(service).await?;
    let key = key.ok_or_else(|| Failure::wrong("there is no key yet: run `ppn migrate`"))?;
    print(|out| writeln!(out, "{}", key.public()))?;
    Ok(Done::All)
}

fn check_proof(args: &CheckProof) -> Result<Done, Failure> {
    let name = input::name(&args.file);
    let proof: Proof = serde_json::from_slice(&read(&args.file, &name)?)
        .map_err(|e| Failure::wrong(format!("{name}: this is no proof of ours: {e}")))?;
    proof.check(&args.public_key).map_err(|fault| Failure::refused(format!("{name}: {fault}")))?;
    let words = match &proof {
        Proof::Inclusion(proof) => {
            format!(
                "The row stands in the log of {} rows signed on {}.",
                proof.head.head.size,
                proof.head.head.at.london_text()
            )
        }
        Proof::Consistency(proof) => format!(
            "The log of {} rows signed on {} goes on from that of {} rows signed on {}: nothing was changed or taken out.",
            proof.to.head.size,
            proof.to.head.at.london_text(),
            proof.from.head.size,
            proof.from.head.at.london_text()
        ),
    };
    print(|out| writeln!(out, "{words}"))?;
    Ok(Done::All)
}

fn read(file: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let done = if input::is_stdin(file) {
        std::io::stdin().lock().take(LARGEST_PROOF).read_to_end(&mut content)
    } else {
        std::fs::File::open(file).and_then(|f| f.take(LARGEST_PROOF).read_to_end(&mut content))
    };
    done.map_err(|e| Failure::file(name, &e))?;
    Ok(content)
}
