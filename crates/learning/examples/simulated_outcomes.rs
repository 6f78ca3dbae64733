//! Writes 5,000 invented notices and outcomes drawn for them, to try `ppn policy fit` with:
//! `cargo run -p ppn-learning --example simulated_outcomes -- FOLDER`
#![expect(clippy::unwrap_used, reason = "an example ends where something is not as it should be")]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/simulated/mod.rs"]
mod simulated;

use std::fmt::Write as _;
use std::path::PathBuf;

use ppn_domain::Band;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let made = simulated::simulated(1, 5_000);
    let mut notices = String::new();
    let mut outcomes = "source,reference,opened_at,found_band,outcome\n".to_owned();
    for (notice, found) in made.notices.iter().zip(&made.found) {
        notices += &serde_json::to_string(notice).unwrap();
        notices.push('\n');
        let band = found.band.map(Band::code).unwrap_or_default();
        let outcome = found.outcome.as_deref().unwrap_or_default();
        writeln!(outcomes, "{},{},{},{band},{outcome}", notice.source, notice.reference, found.opened_at)
            .unwrap();
    }
    std::fs::write(folder.join("notices.ndjson"), notices).unwrap();
    std::fs::write(folder.join("outcomes.csv"), outcomes).unwrap();
}
