//! `ppn audit`: is the log what it was, and what of it can be shown to others.

use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::Ordering;

use ppn_sealing::{Finding, MOST_NAMED, Proof, PublicKey};
use ppn_service::{ProofOf, Service, ServiceError, Verified};
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{Audit, AuditProof, AuditVerify, CheckProof, ListFormat};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::input;
use crate::progress::say;
use crate::seals::{self, Places};
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
        Audit::Verify(args) => verify(&service, &places, &args).await,
        Audit::Proof(args) => proof(&service, &args).await,
        Audit::Key => key(&service, &places).await,
        Audit::CheckProof(_) => Ok(Done::All),
    };
    service.store().close().await;
    done
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
